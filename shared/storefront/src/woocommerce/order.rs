//! An order of WooCommerce.

use retention::after_sale::AfterSales;
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use retention::money::Currency;
use retention::order::Parts;
use retention::{Money, Order};
use serde::Deserialize;

use super::payment::{Said, Standing};
use super::place::{Address, name, place};
use super::product_line::LineItem;
use super::{id_above_zero, stamp};
use crate::amount::add;
use crate::heard::Heard;
use crate::list::List;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the order topics. Amounts are without tax whatever the shop shows, and have their tax beside them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct OrderBody<'a> {
    id: Scalar<'a>,
    number: Scalar<'a>,
    status: Scalar<'a>,
    currency: Scalar<'a>,
    prices_include_tax: Scalar<'a>,
    date_created_gmt: Scalar<'a>,
    date_modified_gmt: Scalar<'a>,
    date_paid_gmt: Scalar<'a>,
    date_completed_gmt: Scalar<'a>,
    discount_total: Scalar<'a>,
    discount_tax: Scalar<'a>,
    shipping_total: Scalar<'a>,
    shipping_tax: Scalar<'a>,
    total: Scalar<'a>,
    total_tax: Scalar<'a>,
    customer_id: Scalar<'a>,
    billing: Maybe<Address<'a>>,
    shipping: Maybe<Address<'a>>,
    line_items: List<LineItem<'a>, { Order::MAX_LINES }>,
    coupon_lines: List<CouponItem<'a>, 20>,
    refunds: List<RefundItem<'a>, 1000>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct CouponItem<'a> {
    code: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct RefundItem<'a> {
    total: Scalar<'a>,
}

/// Reads the body of an order topic. `None` for an order that names nobody.
pub(super) fn event(body: &OrderBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let order = body.order(hash, heard)?;
    let person = body.person(heard)?;
    let named = person.id.is_some() || person.email.is_some();
    Ok(named.then(|| Event { person, statements: Vec::new(), entity: Entity::Order(Box::new(order)) }))
}

impl OrderBody<'_> {
    fn person(&self, heard: Heard<'_>) -> Result<Person, Unreadable> {
        let billing = self.billing.get();
        let (country, region) = place([self.shipping.get(), billing].into_iter().flatten()).unzip();
        Ok(Person {
            id: id_above_zero(&self.customer_id, "customer_id")?,
            email: billing.and_then(|bill| email(&bill.email)),
            // The parcel may go to somebody else.
            name: billing.and_then(|bill| name(&bill.first_name)),
            country,
            region: region.flatten(),
            ..Person::at(heard.source.clone())
        })
    }

    fn order(&self, hash: &str, heard: Heard<'_>) -> Result<Order, Unreadable> {
        const CODE_BYTES: usize = 255;
        let id = id_above_zero(&self.id, "id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let currency = self.currency.currency("currency")?.ok_or_else(|| Unreadable::missing("currency"))?;
        let minor = self.total.minor("total", currency)?.ok_or_else(|| Unreadable::missing("total"))?;
        let went_back = self.refunded(currency)?;
        let completed_at = self.date_completed_gmt.utc("date_completed_gmt")?;
        let said = Said {
            status: self.status.text(),
            has_paid_date: self.date_paid_gmt.utc("date_paid_gmt")?.is_some(),
            has_completed_date: completed_at.is_some(),
            refunded: went_back.unwrap_or(0),
            total: minor,
        };
        let Standing { payment, cancelled, fulfilled } = said.standing();
        let rank = Order::rank(payment, fulfilled, cancelled);
        let stamp = stamp(&self.date_modified_gmt, &self.date_created_gmt, rank, hash)?;
        // An order that went back whole, without its refunds: the status says how much.
        let whole = if said.status == Some("refunded") { minor.max(0) } else { 0 };
        let codes = self.coupon_lines.first().iter().filter_map(|coupon| coupon.code.line(CODE_BYTES));
        let placed_at = self.date_created_gmt.utc("date_created_gmt")?;
        Ok(Order {
            id: OrderId::new(heard.source, &id),
            number: self.shown_number(&id),
            placed_at: placed_at.ok_or_else(|| Unreadable::missing("date_created_gmt"))?,
            payment,
            cancelled_at: cancelled.then_some(stamp.at),
            fulfilled_at: fulfilled.then_some(completed_at.unwrap_or(stamp.at)),
            stamp,
            test: false,
            total: Money { minor, currency },
            parts: self.parts(currency)?,
            refunded_minor: went_back.unwrap_or(whole),
            lines: self.lines(currency)?,
            codes: codes.collect(),
            after: AfterSales::default(),
            cart: None,
            history: None,
        })
    }

    /// The number as WooCommerce shows it to customers, such as `#727`. Plugins give orders numbers of their own, so it
    /// is not the id.
    fn shown_number(&self, id: &str) -> String {
        const NUMBER_BYTES: usize = 63;
        let number = match &self.number {
            Scalar::Number(digits) => Some(digits.clone()),
            text => text.line(NUMBER_BYTES),
        };
        let number = number.unwrap_or_else(|| id.to_owned());
        if number.starts_with('#') { number } else { format!("#{number}") }
    }

    /// What went back. Each refund has its total with a minus sign.
    fn refunded(&self, currency: Currency) -> Result<Option<i64>, Unreadable> {
        let mut sum = None;
        for (index, refund) in self.refunds.all("refunds")?.iter().enumerate() {
            let inside = |error: Unreadable| error.inside("refunds", Some(index));
            let minor = refund.total.minor("total", currency).map_err(inside)?;
            let minor = minor.ok_or_else(|| inside(Unreadable::missing("total")))?;
            sum = Some(add("refunds", sum.unwrap_or(0), minor.abs())?);
        }
        Ok(sum)
    }

    fn lines(&self, currency: Currency) -> Result<Vec<retention::order::Line>, Unreadable> {
        let with_tax = self.prices_include_tax.is_true();
        let items = self.line_items.first().iter().enumerate();
        let line = |(index, item): (usize, &LineItem<'_>)| {
            item.line(currency, with_tax).map_err(|error| error.inside("line_items", Some(index)))
        };
        items.map(line).collect()
    }

    /// The parts of the total, as the customer saw them: where the shop's prices hold the tax, so do these.
    fn parts(&self, currency: Currency) -> Result<Parts, Unreadable> {
        let with_tax = self.prices_include_tax.is_true();
        let part = |name: &str, net: &Scalar<'_>, tax_name: &str, tax: &Scalar<'_>| {
            let net = net.minor(name, currency)?;
            let tax = if with_tax { tax.minor(tax_name, currency)?.unwrap_or(0) } else { 0 };
            net.map(|net| add(name, net, tax)).transpose()
        };
        Ok(Parts {
            subtotal: self.subtotal(currency, with_tax)?,
            discount: part("discount_total", &self.discount_total, "discount_tax", &self.discount_tax)?,
            shipping: part("shipping_total", &self.shipping_total, "shipping_tax", &self.shipping_tax)?,
            tax: self.total_tax.minor("total_tax", currency)?,
        })
    }

    /// The lines after discounts, which WooCommerce does not sum up. `None` where not all lines were read.
    fn subtotal(&self, currency: Currency, with_tax: bool) -> Result<Option<i64>, Unreadable> {
        let Ok(items) = self.line_items.all("line_items") else { return Ok(None) };
        let mut sum = 0;
        for (index, item) in items.iter().enumerate() {
            let total = item.total(currency, with_tax).map_err(|error| error.inside("line_items", Some(index)))?;
            sum = add("line_items", sum, total)?;
        }
        Ok(Some(sum))
    }
}
