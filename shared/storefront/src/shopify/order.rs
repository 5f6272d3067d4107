//! An order of Shopify.

use retention::after_sale::{AfterSale, AfterSales};
use retention::event::{Entity, Event};
use retention::ids::{CartId, OrderId};
use retention::money::Currency;
use retention::order::{Parts, Payment, Stamp};
use retention::{Money, Order, Time};
use serde::Deserialize;

use super::buyer::Buyer;
use super::customer::CustomerBody;
use super::fulfilment::FulfilmentBody;
use super::line::{LineItem, lines};
use super::person::Address;
use super::price::{Set, minor};
use super::refund::{RefundBody, refunded_minor};
use super::stamp;
use crate::amount::add;
use crate::heard::Heard;
use crate::list::List;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the order topics. `buyer_accepts_marketing` is left out on purpose: it is the tick at one checkout,
/// without a time, repeated in every later version of the order, also after the person has opted out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct OrderBody<'a> {
    id: Scalar<'a>,
    name: Scalar<'a>,
    order_number: Scalar<'a>,
    email: Scalar<'a>,
    contact_email: Scalar<'a>,
    customer: Maybe<CustomerBody<'a>>,
    customer_locale: Scalar<'a>,
    shipping_address: Maybe<Address<'a>>,
    billing_address: Maybe<Address<'a>>,
    created_at: Scalar<'a>,
    processed_at: Scalar<'a>,
    updated_at: Scalar<'a>,
    cancelled_at: Scalar<'a>,
    financial_status: Scalar<'a>,
    fulfillment_status: Scalar<'a>,
    test: Scalar<'a>,
    checkout_token: Scalar<'a>,
    currency: Scalar<'a>,
    total_price: Scalar<'a>,
    total_price_set: Maybe<Set<'a>>,
    subtotal_price: Scalar<'a>,
    subtotal_price_set: Maybe<Set<'a>>,
    total_discounts: Scalar<'a>,
    total_discounts_set: Maybe<Set<'a>>,
    total_tax: Scalar<'a>,
    total_tax_set: Maybe<Set<'a>>,
    total_shipping_price_set: Maybe<Set<'a>>,
    shipping_lines: List<ShippingItem<'a>, 100>,
    discount_codes: List<DiscountItem<'a>, 20>,
    line_items: List<LineItem<'a>, { Order::MAX_LINES }>,
    fulfillments: List<FulfilmentBody<'a>, 1000>,
    refunds: List<RefundBody<'a>, 1000>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ShippingItem<'a> {
    price: Scalar<'a>,
    price_set: Maybe<Set<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct DiscountItem<'a> {
    code: Scalar<'a>,
}

/// Reads the body of an order topic. `None` for an order that names nobody.
pub(super) fn event(body: &OrderBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let order = order(body, hash, heard)?;
    let buyer = Buyer {
        customer: body.customer.get(),
        emails: &[&body.email, &body.contact_email],
        locale: &body.customer_locale,
        shipping: body.shipping_address.get(),
        billing: body.billing_address.get(),
    };
    let Some(person) = buyer.person(heard)? else { return Ok(None) };
    Ok(Some(Event { person, statements: buyer.statements(heard)?, entity: Entity::Order(Box::new(order)) }))
}

fn order(body: &OrderBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Order, Unreadable> {
    const NUMBER_BYTES: usize = 64;
    const CODE_BYTES: usize = 255;
    const TOKEN_BYTES: usize = 64;
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let number = body.name.line(NUMBER_BYTES).map_or_else(
        || body.order_number.id("order_number").map(|number| format!("#{}", number.as_ref().unwrap_or(&id))),
        Ok,
    )?;
    let total = total(body)?;
    let payment = payment(&body.financial_status);
    let cancelled_at = body.cancelled_at.time("cancelled_at")?;
    let fulfilled = body.fulfillment_status.text() == Some("fulfilled");
    let rank = Order::rank(payment, fulfilled, cancelled_at.is_some());
    let stamp = stamp(&body.updated_at, &body.created_at, rank, hash)?;
    Ok(Order {
        id: OrderId::new(heard.source, &id),
        number,
        placed_at: placed_at(body)?,
        fulfilled_at: if fulfilled { Some(fulfilled_at(body, &stamp)?) } else { None },
        stamp,
        payment,
        cancelled_at,
        test: body.test.is_true(),
        total,
        parts: parts(body, total.currency)?,
        refunded_minor: refunded_minor(&body.refunds, payment, total, &body.total_price_set)?,
        lines: lines(&body.line_items, total.currency)?,
        codes: body.discount_codes.first().iter().filter_map(|item| item.code.line(CODE_BYTES)).collect(),
        after: after(body, total)?,
        cart: body.checkout_token.line(TOKEN_BYTES).map(|token| CartId::new(heard.source, &token)),
        history: None,
    })
}

/// What happened to it so far: its refunds and parcels, each under its own id.
fn after(body: &OrderBody<'_>, total: Money) -> Result<AfterSales, Unreadable> {
    let mut after = AfterSales::default();
    for (index, refund) in body.refunds.all("refunds")?.iter().enumerate() {
        let known = refund.within(total, &body.total_price_set);
        let known = known.map_err(|error| error.inside("refunds", Some(index)))?;
        if let Some(refund) = known {
            after.hear(&AfterSale::Refund(refund));
        }
    }
    for (index, parcel) in body.fulfillments.all("fulfillments")?.iter().enumerate() {
        let known = parcel.within().map_err(|error| error.inside("fulfillments", Some(index)))?;
        if let Some(parcel) = known {
            after.hear(&AfterSale::Fulfilment(parcel));
        }
    }
    Ok(after)
}

/// When it was placed: an order that was imported into the shop was processed long before it was created there.
fn placed_at(body: &OrderBody<'_>) -> Result<Time, Unreadable> {
    match body.processed_at.time("processed_at")? {
        Some(at) => Ok(at),
        None => body.created_at.time("created_at")?.ok_or_else(|| Unreadable::missing("created_at")),
    }
}

/// When the last parcel left, of an order that is fulfilled as a whole.
fn fulfilled_at(body: &OrderBody<'_>, stamp: &Stamp) -> Result<Time, Unreadable> {
    let mut last = None;
    for (index, item) in body.fulfillments.all("fulfillments")?.iter().enumerate() {
        if item.status.text() == Some("success") {
            let at = item.created_at.time("created_at");
            last = last.max(at.map_err(|error| error.inside("fulfillments", Some(index)))?);
        }
    }
    Ok(last.unwrap_or(stamp.at))
}

fn payment(status: &Scalar<'_>) -> Payment {
    match status.text() {
        // Part of the money is there, so somebody means to buy.
        Some("authorized" | "partially_paid") => Payment::Authorised,
        Some("paid") => Payment::Paid,
        Some("partially_refunded") => Payment::PartlyRefunded,
        Some("refunded") => Payment::Refunded,
        Some("voided" | "expired") => Payment::Voided,
        // What is not known does not count as an order.
        _ => Payment::Pending,
    }
}

fn total(body: &OrderBody<'_>) -> Result<Money, Unreadable> {
    let shop = body.total_price_set.get().and_then(|set| set.shop_money.get());
    let own = shop.map(|shop| shop.currency_code.currency("total_price_set.shop_money.currency_code")).transpose()?;
    let currency = match own.flatten() {
        Some(currency) => currency,
        None => body.currency.currency("currency")?.ok_or_else(|| Unreadable::missing("currency"))?,
    };
    let minor = minor("total_price", &body.total_price_set, &body.total_price, currency)?;
    Ok(Money { minor: minor.ok_or_else(|| Unreadable::missing("total_price"))?, currency })
}

fn parts(body: &OrderBody<'_>, currency: Currency) -> Result<Parts, Unreadable> {
    let part = |name, set, plain| minor(name, set, plain, currency);
    let shipping = match part("total_shipping_price", &body.total_shipping_price_set, &Scalar::Absent)? {
        Some(shipping) => Some(shipping),
        None => shipping(body, currency)?,
    };
    Ok(Parts {
        subtotal: part("subtotal_price", &body.subtotal_price_set, &body.subtotal_price)?,
        discount: part("total_discounts", &body.total_discounts_set, &body.total_discounts)?,
        shipping,
        tax: part("total_tax", &body.total_tax_set, &body.total_tax)?,
    })
}

/// Shipping in payloads that do not sum it up. `None` where nothing is shipped.
fn shipping(body: &OrderBody<'_>, currency: Currency) -> Result<Option<i64>, Unreadable> {
    let mut sum = None;
    for (index, item) in body.shipping_lines.all("shipping_lines")?.iter().enumerate() {
        let price = minor("price", &item.price_set, &item.price, currency);
        let price = price.map_err(|error| error.inside("shipping_lines", Some(index)))?;
        sum = Some(add("shipping_lines", sum.unwrap_or(0), price.unwrap_or(0))?);
    }
    Ok(sum)
}
