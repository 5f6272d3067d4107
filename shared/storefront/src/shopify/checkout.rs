//! A checkout: a cart whose owner has begun to say who they are.
//!
//! There is no event for one that was abandoned, and an update comes at every change.

use retention::Money;
use retention::cart::Cart;
use retention::event::{Entity, Event};
use retention::ids::CartId;
use serde::Deserialize;

use super::buyer::Buyer;
use super::customer::CustomerBody;
use super::line::{LineItem, lines};
use super::person::Address;
use super::stamp;
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the checkout topics.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CheckoutBody<'a> {
    token: Scalar<'a>,
    email: Scalar<'a>,
    customer: Maybe<CustomerBody<'a>>,
    customer_locale: Scalar<'a>,
    shipping_address: Maybe<Address<'a>>,
    billing_address: Maybe<Address<'a>>,
    created_at: Scalar<'a>,
    updated_at: Scalar<'a>,
    completed_at: Scalar<'a>,
    currency: Scalar<'a>,
    total_price: Scalar<'a>,
    abandoned_checkout_url: Scalar<'a>,
    line_items: Option<List<LineItem<'a>, { Cart::MAX_LINES }>>,
}

/// Reads the body of a checkout topic. `None` while nobody can say whose it is.
pub(super) fn event(body: &CheckoutBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    const TOKEN_BYTES: usize = 64;
    let token = body.token.line(TOKEN_BYTES).ok_or_else(|| Unreadable::missing("token"))?;
    let completed_at = body.completed_at.time("completed_at")?;
    let currency = body.currency.currency("currency")?.ok_or_else(|| Unreadable::missing("currency"))?;
    let items = body.line_items.as_ref().ok_or_else(|| Unreadable::missing("line_items"))?;
    let stamp = stamp(&body.updated_at, &body.created_at, u8::from(completed_at.is_some()), hash)?;
    let total = body.total_price.minor("total_price", currency)?;
    let cart = Cart {
        id: CartId::new(heard.source, &token),
        begun_at: body.created_at.time("created_at")?.unwrap_or(stamp.at),
        stamp,
        lines: lines(items, currency)?,
        total: total.map(|minor| Money { minor, currency }),
        url: link(&body.abandoned_checkout_url),
        completed_at,
    };
    let buyer = Buyer {
        customer: body.customer.get(),
        emails: &[&body.email],
        locale: &body.customer_locale,
        shipping: body.shipping_address.get(),
        billing: body.billing_address.get(),
    };
    let Some(person) = buyer.person(heard)? else { return Ok(None) };
    Ok(Some(Event { person, statements: buyer.statements(heard)?, entity: Entity::Cart(Box::new(cart)) }))
}
