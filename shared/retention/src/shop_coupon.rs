//! A coupon as the storefront knows it: whether a code that a letter would name is still good there.

use serde::{Deserialize, Serialize};

use crate::ids::SourceName;
use crate::order::Stamp;
use crate::time::{Time, millis_option};

/// A coupon of a storefront at its newest stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopCoupon {
    /// Where it is.
    pub source: SourceName,
    /// The storefront's own id of it: all that is left of one that was deleted.
    pub id: String,
    /// Which version this is.
    pub stamp: Stamp,
    /// Whether it was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// The code, as it is typed in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Until when it is good; none: for ever.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// How often it may be used; none: as often as anyone likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// How often it was used.
    #[serde(default)]
    pub used: i64,
}

impl ShopCoupon {
    /// Whether somebody could use it at `now`.
    pub fn is_good(&self, now: Time) -> bool {
        !self.gone
            && self.expires_at.is_none_or(|until| now < until)
            && self.limit.is_none_or(|limit| self.used < limit)
    }
}
