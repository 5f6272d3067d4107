//! A checkout: a cart whose owner has begun to say who they are.
//!
//! There is no event for one that was abandoned, and an update comes at every change.

use retention::Money;
use retention::address::PersonName;
use retention::cart::Cart;
use retention::event::{Entity, Event, Person};
use retention::ids::CartId;
use serde::Deserialize;

use super::customer::{self, CustomerBody};
use super::line::{LineItem, lines};
use super::person::{Address, place};
use super::stamp;
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::object::Maybe;
use crate::person::{email, locale};
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
    let person = person(body, heard)?;
    if person.id.is_none() && person.email.is_none() {
        return Ok(None);
    }
    let statement = match body.customer.get() {
        Some(buyer) => customer::said(buyer, heard).map_err(|error| error.inside("customer", None))?,
        None => None,
    };
    // As within an order: only an act with a time can be placed among the others.
    let statements = statement.into_iter().filter(|statement| statement.act_at.is_some()).collect();
    Ok(Some(Event { person, statements, entity: Entity::Cart(Box::new(cart)) }))
}

fn person(body: &CheckoutBody<'_>, heard: Heard<'_>) -> Result<Person, Unreadable> {
    let buyer = body.customer.get();
    let id = buyer.map(|buyer| buyer.id.id("customer.id")).transpose()?.flatten();
    let emails = [Some(&body.email), buyer.map(|buyer| &buyer.email)];
    let names = [buyer.map(|buyer| &buyer.first_name), body.billing_address.get().map(|bill| &bill.first_name)];
    let locales = [Some(&body.customer_locale), buyer.map(|buyer| &buyer.locale)];
    let home = buyer.and_then(|buyer| buyer.default_address.get());
    let (country, region) =
        place([body.shipping_address.get(), body.billing_address.get(), home].into_iter().flatten()).unzip();
    Ok(Person {
        id,
        email: emails.into_iter().flatten().find_map(email),
        name: names.into_iter().flatten().find_map(|name| PersonName::parse(name.text()?)),
        locale: locales.into_iter().flatten().find_map(locale),
        country,
        region: region.flatten(),
        ..Person::at(heard.source.clone())
    })
}
