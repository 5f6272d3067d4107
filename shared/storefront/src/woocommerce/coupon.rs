//! A coupon.

use retention::order::Stamp;
use retention::shop_coupon::ShopCoupon;
use serde::Deserialize;

use super::{Remains, id_above_zero, stamp};
use crate::heard::Heard;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the coupon topics.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CouponBody<'a> {
    id: Scalar<'a>,
    code: Scalar<'a>,
    discount_type: Scalar<'a>,
    date_created_gmt: Scalar<'a>,
    date_modified_gmt: Scalar<'a>,
    date_expires_gmt: Scalar<'a>,
    usage_limit: Scalar<'a>,
    usage_count: Scalar<'a>,
}

/// Reads the body of a coupon topic.
pub(super) fn coupon(body: &CouponBody<'_>, hash: &str, heard: Heard<'_>) -> Result<ShopCoupon, Unreadable> {
    const CODE_BYTES: usize = 255;
    // Topics are not signed: of all bodies with an id only a coupon's has this.
    if body.discount_type.text().is_none() {
        return Err(Unreadable::missing("discount_type"));
    }
    Ok(ShopCoupon {
        source: heard.source.clone(),
        id: id_above_zero(&body.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?,
        stamp: stamp(&body.date_modified_gmt, &body.date_created_gmt, 0, hash)?,
        gone: false,
        code: body.code.line(CODE_BYTES).ok_or_else(|| Unreadable::missing("code"))?,
        expires_at: body.date_expires_gmt.utc("date_expires_gmt")?,
        limit: body.usage_limit.whole("usage_limit")?.filter(|limit| *limit > 0),
        used: body.usage_count.whole("usage_count")?.unwrap_or(0),
    })
}

/// Reads what is left of a coupon that was deleted.
pub(super) fn gone(remains: &Remains<'_>, hash: &str, heard: Heard<'_>) -> Result<ShopCoupon, Unreadable> {
    Ok(ShopCoupon {
        source: heard.source.clone(),
        id: id_above_zero(&remains.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?,
        stamp: Stamp { at: heard.at, rank: 0, hash: hash.to_owned() },
        gone: true,
        code: String::new(),
        expires_at: None,
        limit: None,
        used: 0,
    })
}
