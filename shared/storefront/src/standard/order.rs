//! An order.

use retention::after_sale::AfterSales;
use retention::event::{Entity, Event};
use retention::ids::{CartId, OrderId};
use retention::money::Currency;
use retention::order::{Parts, Payment, Stamp};
use retention::{Money, Order};
use serde::Deserialize;

use super::customer::CustomerData;
use super::field;
use super::line::LineData;
use crate::heard::Heard;
use crate::list::{List, Texts};
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// What happened to an order, as far as the data must bear it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Anything.
    Any,
    /// It was paid: so its status says, or that the money went back since.
    Paid,
    /// It was cancelled: so it has the time of that.
    Cancelled,
}

/// An order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct OrderData<'a> {
    id: Scalar<'a>,
    number: Scalar<'a>,
    placed_at: Scalar<'a>,
    payment_status: Scalar<'a>,
    cancelled_at: Scalar<'a>,
    fulfilled_at: Scalar<'a>,
    test: Scalar<'a>,
    cart_id: Scalar<'a>,
    currency: Scalar<'a>,
    total: Scalar<'a>,
    subtotal: Scalar<'a>,
    discount: Scalar<'a>,
    shipping: Scalar<'a>,
    tax: Scalar<'a>,
    refunded: Scalar<'a>,
    discount_codes: Texts<'a, 20>,
    lines: Option<List<LineData<'a>, { Order::MAX_LINES }>>,
    customer: Maybe<CustomerData<'a>>,
}

impl OrderData<'_> {
    /// The event, with the stamp of the order's rank.
    pub(super) fn event(
        &self,
        change: Change,
        stamp: impl Fn(u8) -> Stamp,
        heard: Heard<'_>,
    ) -> Result<Event, Unreadable> {
        let order = self.order(change, stamp, heard)?;
        let customer = field::needed("customer", self.customer.get())?;
        let inside = |error: Unreadable| error.inside("customer", None);
        let person = customer.person(heard).map_err(inside)?;
        let statements = customer.statement(heard).map_err(inside)?.into_iter().collect();
        Ok(Event { person, statements, entity: Entity::Order(Box::new(order)) })
    }

    fn order(&self, change: Change, stamp: impl Fn(u8) -> Stamp, heard: Heard<'_>) -> Result<Order, Unreadable> {
        const NUMBER_BYTES: usize = 64;
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let currency = field::needed("currency", field::currency(&self.currency, "currency")?)?;
        let minor = field::needed("total", field::amount(&self.total, "total", currency)?)?;
        let payment = self.payment(change)?;
        let cancelled_at = field::time(&self.cancelled_at, "cancelled_at")?;
        if change == Change::Cancelled {
            field::needed("cancelled_at", cancelled_at)?;
        }
        let fulfilled_at = field::time(&self.fulfilled_at, "fulfilled_at")?;
        // An order that went back whole, without the amount: the status says how much.
        let whole = if payment == Payment::Refunded { minor.max(0) } else { 0 };
        Ok(Order {
            id: OrderId::new(heard.source, &id),
            number: field::line(&self.number, "number", NUMBER_BYTES)?.unwrap_or(id),
            placed_at: field::needed("placed_at", field::time(&self.placed_at, "placed_at")?)?,
            stamp: stamp(Order::rank(payment, fulfilled_at.is_some(), cancelled_at.is_some())),
            payment,
            cancelled_at,
            test: field::flag(&self.test, "test")?,
            total: Money { minor, currency },
            parts: self.parts(currency)?,
            refunded_minor: field::amount_from_zero(&self.refunded, "refunded", currency)?.unwrap_or(whole),
            lines: self.lines(currency)?,
            fulfilled_at,
            codes: self.codes()?,
            after: AfterSales::default(),
            cart: field::id(&self.cart_id, "cart_id")?.map(|id| CartId::new(heard.source, &id)),
            history: None,
        })
    }

    fn payment(&self, change: Change) -> Result<Payment, Unreadable> {
        let status = field::needed("payment_status", field::text(&self.payment_status, "payment_status")?)?;
        let wrong = |what| Err(Unreadable::field("payment_status", what));
        let payment = match status {
            "pending" => Payment::Pending,
            "authorized" => Payment::Authorised,
            "paid" => Payment::Paid,
            "partly_refunded" => Payment::PartlyRefunded,
            "refunded" => Payment::Refunded,
            "voided" => Payment::Voided,
            _ => return wrong("none of pending, authorized, paid, partly_refunded, refunded, voided"),
        };
        let was_paid = matches!(payment, Payment::Paid | Payment::PartlyRefunded | Payment::Refunded);
        if change == Change::Paid && !was_paid { wrong("not that of an order that was paid") } else { Ok(payment) }
    }

    fn parts(&self, currency: Currency) -> Result<Parts, Unreadable> {
        Ok(Parts {
            subtotal: field::amount(&self.subtotal, "subtotal", currency)?,
            discount: field::amount_from_zero(&self.discount, "discount", currency)?,
            shipping: field::amount(&self.shipping, "shipping", currency)?,
            tax: field::amount(&self.tax, "tax", currency)?,
        })
    }

    fn lines(&self, currency: Currency) -> Result<Vec<retention::order::Line>, Unreadable> {
        let items = field::needed("lines", self.lines.as_ref())?.all("lines")?;
        let line = |(index, item): (usize, &LineData<'_>)| {
            item.line(currency).map_err(|error| error.inside("lines", Some(index)))
        };
        items.iter().enumerate().map(line).collect()
    }

    fn codes(&self) -> Result<Vec<String>, Unreadable> {
        const CODE_BYTES: usize = 255;
        let codes = self.discount_codes.all("discount_codes")?.iter();
        let read: Result<Vec<_>, _> = codes
            .map(|code| field::needed("discount_codes", field::line(code, "discount_codes", CODE_BYTES)?))
            .collect();
        read
    }
}
