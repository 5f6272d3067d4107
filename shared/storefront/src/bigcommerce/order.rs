//! An order of BigCommerce.

use retention::after_sale::{AfterSale, AfterSales, Fulfilment, Refund, Tracking};
use retention::consent::{By, Said as Word, Statement};
use retention::event::{Entity, Event, Person};
use retention::ids::{CartId, OrderId};
use retention::money::Currency;
use retention::order::{Line, Parts, Payment, Stamp};
use retention::{Money, Order, Time};
use serde::Deserialize;

use super::address::Address;
use super::order_line::LineItem;
use super::status::{Said, Standing};
use crate::amount::add;
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::{email, locale};
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// An order with what the API keeps beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Whole<'a> {
    order: Maybe<OrderBody<'a>>,
    products: Option<List<LineItem<'a>, { Order::MAX_LINES }>>,
    coupons: List<Coupon<'a>, 20>,
    shipments: List<Shipment<'a>, { AfterSales::MAX }>,
    refunds: List<RefundItem<'a>, { AfterSales::MAX }>,
}

/// An order as the API (v2) gives it. Amounts are strings of four decimals, in the currency that the customer pays in.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OrderBody<'a> {
    id: Scalar<'a>,
    customer_id: Scalar<'a>,
    date_created: Scalar<'a>,
    date_modified: Scalar<'a>,
    date_shipped: Scalar<'a>,
    status_id: Scalar<'a>,
    payment_status: Scalar<'a>,
    payment_method: Scalar<'a>,
    default_currency_code: Scalar<'a>,
    currency_code: Scalar<'a>,
    total_inc_tax: Scalar<'a>,
    total_tax: Scalar<'a>,
    subtotal_inc_tax: Scalar<'a>,
    shipping_cost_inc_tax: Scalar<'a>,
    discount_amount: Scalar<'a>,
    coupon_discount: Scalar<'a>,
    refunded_amount: Scalar<'a>,
    cart_id: Scalar<'a>,
    customer_locale: Scalar<'a>,
    is_email_opt_in: Scalar<'a>,
    billing_address: Maybe<Address<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Coupon<'a> {
    code: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Shipment<'a> {
    id: Scalar<'a>,
    date_created: Scalar<'a>,
    tracking_number: Scalar<'a>,
    tracking_carrier: Scalar<'a>,
    shipping_provider: Scalar<'a>,
    tracking_link: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct RefundItem<'a> {
    id: Scalar<'a>,
    created: Scalar<'a>,
    total_amount: Scalar<'a>,
    payments: List<RefundPayment<'a>, 20>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct RefundPayment<'a> {
    is_declined: Scalar<'a>,
}

/// Reads an order. `None` for an order that names nobody.
pub(super) fn event(whole: &Whole<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let body = whole.order.get().ok_or_else(|| Unreadable::missing("order"))?;
    let order = whole.order(body, hash, heard)?;
    let person = body.person(heard).map_err(|error| error.inside("order", None))?;
    let named = person.id.is_some() || person.email.is_some();
    let statements = body.statement(order.placed_at, heard).into_iter().collect();
    Ok(named.then(|| Event { person, statements, entity: Entity::Order(Box::new(order)) }))
}

impl OrderBody<'_> {
    fn person(&self, heard: Heard<'_>) -> Result<Person, Unreadable> {
        let bill = self.billing_address.get();
        Ok(Person {
            // Customer 0 is a guest.
            id: self.customer_id.id("customer_id")?.filter(|id| id != "0"),
            email: bill.and_then(|bill| email(&bill.email)),
            name: bill.and_then(Address::given_name),
            locale: locale(&self.customer_locale),
            country: bill.and_then(Address::country),
            ..Person::at(heard.source.clone())
        })
    }

    /// The tick at the checkout, which is an act of that moment. No tick is no act: it takes nothing back.
    fn statement(&self, placed_at: Time, heard: Heard<'_>) -> Option<Statement> {
        self.is_email_opt_in.is_true().then(|| Statement {
            said: Word::Subscribed,
            by: By::Storefront(heard.source.clone()),
            act_at: Some(placed_at),
            heard_at: heard.at,
            wording: "bigcommerce: is_email_opt_in at the checkout".to_owned(),
            confirmed: false,
        })
    }

    /// The currency that the customer pays in. `currency_code` is the one that prices were shown in.
    fn currency(&self) -> Result<Currency, Unreadable> {
        if let Some(currency) = self.default_currency_code.currency("default_currency_code")? {
            return Ok(currency);
        }
        let shown = self.currency_code.currency("currency_code")?;
        shown.ok_or_else(|| Unreadable::missing("default_currency_code"))
    }

    fn parts(&self, currency: Currency) -> Result<Parts, Unreadable> {
        let by_hand = self.discount_amount.minor("discount_amount", currency)?;
        let coupons = self.coupon_discount.minor("coupon_discount", currency)?;
        let discount = match (by_hand, coupons) {
            (None, None) => None,
            (by_hand, coupons) => Some(add("coupon_discount", by_hand.unwrap_or(0), coupons.unwrap_or(0))?),
        };
        let before = self.subtotal_inc_tax.minor("subtotal_inc_tax", currency)?;
        Ok(Parts {
            subtotal: before.map(|before| add("subtotal_inc_tax", before, -discount.unwrap_or(0))).transpose()?,
            discount,
            shipping: self.shipping_cost_inc_tax.minor("shipping_cost_inc_tax", currency)?,
            tax: self.total_tax.minor("total_tax", currency)?,
        })
    }
}

impl Whole<'_> {
    fn order(&self, body: &OrderBody<'_>, hash: &str, heard: Heard<'_>) -> Result<Order, Unreadable> {
        const CODE_BYTES: usize = 255;
        let mut order = body.order(hash, heard).map_err(|error| error.inside("order", None))?;
        let currency = order.total.currency;
        order.lines = self.lines(currency)?;
        order.codes = self.coupons.first().iter().filter_map(|coupon| coupon.code.line(CODE_BYTES)).collect();
        order.after = self.after(&order.stamp, currency)?;
        Ok(order)
    }

    fn lines(&self, currency: Currency) -> Result<Vec<Line>, Unreadable> {
        // An order whose lines were not fetched would be taken for one that was emptied.
        let items = self.products.as_ref().ok_or_else(|| Unreadable::missing("products"))?.first().iter().enumerate();
        let line = |(index, item): (usize, &LineItem<'_>)| {
            item.line(currency).map_err(|error| error.inside("products", Some(index)))
        };
        items.map(line).collect()
    }

    /// Parcels and refunds. A parcel has no time of its last change: the newest version of its order has it as it stands.
    fn after(&self, stamp: &Stamp, currency: Currency) -> Result<AfterSales, Unreadable> {
        let mut after = AfterSales::default();
        for (index, shipment) in self.shipments.first().iter().enumerate() {
            let parcel = shipment.parcel(stamp).map_err(|error| error.inside("shipments", Some(index)))?;
            after.hear(&AfterSale::Fulfilment(parcel));
        }
        for (index, item) in self.refunds.first().iter().enumerate() {
            let refund = item.refund(currency).map_err(|error| error.inside("refunds", Some(index)))?;
            if let Some(refund) = refund {
                after.hear(&AfterSale::Refund(refund));
            }
        }
        Ok(after)
    }
}

impl OrderBody<'_> {
    /// The order by what stands in its own body.
    fn order(&self, hash: &str, heard: Heard<'_>) -> Result<Order, Unreadable> {
        let id = self.id.id("id")?.filter(|id| id != "0").ok_or_else(|| Unreadable::missing("id"))?;
        let currency = self.currency()?;
        let minor = self.total_inc_tax.minor("total_inc_tax", currency)?;
        let minor = minor.ok_or_else(|| Unreadable::missing("total_inc_tax"))?;
        let went_back = self.refunded_amount.minor("refunded_amount", currency)?.unwrap_or(0).max(0);
        let said = Said {
            status: self.status_id.whole("status_id")?,
            payment: self.payment_status.text(),
            refunded: went_back,
            total: minor,
        };
        let Standing { payment, cancelled, fulfilled } = said.standing();
        let at = moment::first(&[(&self.date_modified, "date_modified"), (&self.date_created, "date_created")])?;
        let shipped_at = self.date_shipped.moment("date_shipped")?;
        // An order that went back whole, without the amount: the status says how much.
        let whole = if payment == Payment::Refunded { minor.max(0) } else { 0 };
        Ok(Order {
            number: format!("#{id}"),
            id: OrderId::new(heard.source, &id),
            placed_at: moment::first(&[(&self.date_created, "date_created")])?,
            stamp: Stamp { at, rank: Order::rank(payment, fulfilled, cancelled), hash: hash.to_owned() },
            payment,
            cancelled_at: cancelled.then_some(at),
            test: self.payment_method.text() == Some("Test Payment Gateway"),
            total: Money { minor, currency },
            parts: self.parts(currency)?,
            refunded_minor: if went_back == 0 { whole } else { went_back },
            after: AfterSales::default(),
            cart: self.cart_id.path_id("cart_id")?.map(|cart| CartId::new(heard.source, &cart)),
            lines: Vec::new(),
            fulfilled_at: fulfilled.then_some(shipped_at.unwrap_or(at)),
            codes: Vec::new(),
            history: None,
        })
    }
}

impl Shipment<'_> {
    fn parcel(&self, stamp: &Stamp) -> Result<Fulfilment, Unreadable> {
        const TEXT_BYTES: usize = 120;
        let id = self.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let carrier = [&self.tracking_carrier, &self.shipping_provider];
        let tracking = self.tracking_number.line(TEXT_BYTES).map(|number| Tracking {
            number,
            carrier: carrier.into_iter().find_map(|carrier| carrier.line(TEXT_BYTES)),
            url: link(&self.tracking_link),
        });
        Ok(Fulfilment {
            stamp: Some(stamp.clone()),
            tracking: tracking.into_iter().collect(),
            shipped_at: self.date_created.moment("date_created")?,
            ..Fulfilment::new(id)
        })
    }
}

impl RefundItem<'_> {
    /// `None` for a refund of which every payment was declined: nothing went back.
    fn refund(&self, currency: Currency) -> Result<Option<Refund>, Unreadable> {
        let payments = self.payments.first();
        if !payments.is_empty() && payments.iter().all(|payment| payment.is_declined.is_true()) {
            return Ok(None);
        }
        let id = self.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let minor = self.total_amount.minor("total_amount", currency)?;
        let minor = minor.ok_or_else(|| Unreadable::missing("total_amount"))?;
        let at = moment::first(&[(&self.created, "created")])?;
        Ok(Some(Refund { id, at, money: Money { minor: minor.abs(), currency } }))
    }
}
