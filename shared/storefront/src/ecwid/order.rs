//! An order of Ecwid.

use retention::after_sale::{AfterSale, AfterSales, Fulfilment, Refund, Return, ReturnState, Tracking};
use retention::consent::{By, Said as Word, Statement};
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use retention::money::Currency;
use retention::order::{Parts, Stamp};
use retention::{Money, Order, Time};
use serde::Deserialize;

use super::order_line::{LineItem, lines};
use super::person::{Address, place};
use super::status::{Goods, Said, Standing};
use crate::amount::add;
use crate::heard::Heard;
use crate::link::link;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::{email, locale};
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// An order as the API gives it. Amounts are numbers in the store's currency, which it does not name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct OrderBody<'a> {
    id: Scalar<'a>,
    internal_id: Scalar<'a>,
    order_number: Scalar<'a>,
    email: Scalar<'a>,
    customer_id: Scalar<'a>,
    lang: Scalar<'a>,
    accept_marketing: Scalar<'a>,
    payment_status: Scalar<'a>,
    fulfillment_status: Scalar<'a>,
    create_timestamp: Scalar<'a>,
    create_date: Scalar<'a>,
    update_timestamp: Scalar<'a>,
    update_date: Scalar<'a>,
    total: Scalar<'a>,
    subtotal: Scalar<'a>,
    tax: Scalar<'a>,
    coupon_discount: Scalar<'a>,
    discount: Scalar<'a>,
    discount_coupon: Maybe<Coupon<'a>>,
    shipping_option: Maybe<ShippingOption<'a>>,
    refunded_amount: Scalar<'a>,
    refunds: List<RefundItem<'a>, 1000>,
    tracking_number: Scalar<'a>,
    tracking_url: Scalar<'a>,
    billing_person: Maybe<Address<'a>>,
    shipping_person: Maybe<Address<'a>>,
    items: List<LineItem<'a>, { Order::MAX_LINES }>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Coupon<'a> {
    code: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ShippingOption<'a> {
    shipping_carrier_name: Scalar<'a>,
    shipping_rate: Scalar<'a>,
}

/// Money that went back. It has no id: the moment and the amount are one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct RefundItem<'a> {
    date: Scalar<'a>,
    amount: Scalar<'a>,
}

/// Reads an order. `None` for an order that names nobody.
pub(super) fn event(
    body: &OrderBody<'_>,
    currency: Currency,
    hash: &str,
    heard: Heard<'_>,
) -> Result<Option<Event>, Unreadable> {
    let order = body.order(currency, hash, heard)?;
    let person = body.person(heard)?;
    let named = person.id.is_some() || person.email.is_some();
    let statements = body.statement(order.placed_at, heard).into_iter().collect();
    Ok(named.then(|| Event { person, statements, entity: Entity::Order(Box::new(order)) }))
}

impl OrderBody<'_> {
    fn person(&self, heard: Heard<'_>) -> Result<Person, Unreadable> {
        let (bill, parcel) = (self.billing_person.get(), self.shipping_person.get());
        let (country, region) = place([parcel, bill].into_iter().flatten()).unzip();
        Ok(Person {
            id: self.customer_id.id("customerId")?.filter(|id| id != "0"),
            email: email(&self.email),
            // The parcel may go to somebody else.
            name: bill.and_then(Address::given_name),
            locale: locale(&self.lang),
            country,
            region: region.flatten(),
            ..Person::at(heard.source.clone())
        })
    }

    /// The tick at the checkout, which is an act of that moment. No tick is no act: it takes nothing back.
    fn statement(&self, placed_at: Time, heard: Heard<'_>) -> Option<Statement> {
        self.accept_marketing.is_true().then(|| Statement {
            said: Word::Subscribed,
            by: By::Storefront(heard.source.clone()),
            act_at: Some(placed_at),
            heard_at: heard.at,
            wording: "ecwid: acceptMarketing at the checkout".to_owned(),
            confirmed: false,
        })
    }

    fn order(&self, currency: Currency, hash: &str, heard: Heard<'_>) -> Result<Order, Unreadable> {
        const NUMBER_BYTES: usize = 64;
        const CODE_BYTES: usize = 255;
        let id = self.own_id()?;
        let minor = self.total.minor("total", currency)?.ok_or_else(|| Unreadable::missing("total"))?;
        let went_back = self.refunded(currency)?;
        let said = Said {
            payment: self.payment_status.text(),
            fulfilment: self.fulfillment_status.text(),
            refunded: went_back,
            total: minor,
        };
        let standing: Standing = said.standing();
        let placed_at = moment::first(&[
            (&self.create_timestamp, "createTimestamp"),
            (&self.create_date, "createDate"),
            (&self.update_timestamp, "updateTimestamp"),
            (&self.update_date, "updateDate"),
        ])?;
        let stamp = Stamp {
            at: moment::first(&[
                (&self.update_timestamp, "updateTimestamp"),
                (&self.update_date, "updateDate"),
                (&self.create_timestamp, "createTimestamp"),
                (&self.create_date, "createDate"),
            ])?,
            rank: Order::rank(standing.payment, standing.goods >= Goods::Shipped, standing.cancelled),
            hash: hash.to_owned(),
        };
        // An order that went back whole, without the amount: the status says how much.
        let whole = if said.payment == Some("REFUNDED") { minor.max(0) } else { 0 };
        Ok(Order {
            number: self.id.line(NUMBER_BYTES).unwrap_or_else(|| id.clone()),
            id: OrderId::new(heard.source, &id),
            placed_at,
            payment: standing.payment,
            cancelled_at: standing.cancelled.then_some(stamp.at),
            fulfilled_at: (standing.goods >= Goods::Shipped).then_some(stamp.at),
            test: false,
            total: Money { minor, currency },
            parts: self.parts(currency)?,
            refunded_minor: if went_back == 0 { whole } else { went_back },
            after: self.after(standing.goods, &stamp, currency)?,
            cart: None,
            lines: lines(self.items.first(), currency)?,
            codes: self.discount_coupon.get().and_then(|coupon| coupon.code.line(CODE_BYTES)).into_iter().collect(),
            stamp,
            history: None,
        })
    }

    /// The id that stays: the internal one. The one that customers see (`id`) has a prefix and a suffix of the shop's own.
    fn own_id(&self) -> Result<String, Unreadable> {
        if let Some(id) = self.internal_id.id("internalId")? {
            return Ok(id);
        }
        if let Some(id) = self.order_number.id("orderNumber")? {
            return Ok(id);
        }
        self.id.path_id("id")?.ok_or_else(|| Unreadable::missing("internalId"))
    }

    /// What went back: by the refunds or by their sum, whichever knows of more. The sum is kept for some ways of payment
    /// only.
    fn refunded(&self, currency: Currency) -> Result<i64, Unreadable> {
        let mut sum = 0;
        for (index, refund) in self.refunds.all("refunds")?.iter().enumerate() {
            let minor = refund.amount.minor("amount", currency);
            let minor = minor.map_err(|error| error.inside("refunds", Some(index)))?;
            sum = add("refunds", sum, minor.unwrap_or(0).abs())?;
        }
        Ok(sum.max(self.refunded_amount.minor("refundedAmount", currency)?.unwrap_or(0)))
    }

    fn parts(&self, currency: Currency) -> Result<Parts, Unreadable> {
        let coupon = self.coupon_discount.minor("couponDiscount", currency)?;
        let others = self.discount.minor("discount", currency)?;
        let discount = match (coupon, others) {
            (None, None) => None,
            (coupon, others) => Some(add("discount", coupon.unwrap_or(0), others.unwrap_or(0))?),
        };
        let before = self.subtotal.minor("subtotal", currency)?;
        let subtotal = before.map(|before| add("subtotal", before, -discount.unwrap_or(0))).transpose()?;
        let option = self.shipping_option.get();
        let shipping = option.map(|option| option.shipping_rate.minor("shippingRate", currency)).transpose();
        Ok(Parts {
            subtotal,
            discount,
            shipping: shipping.map_err(|error| error.inside("shippingOption", None))?.flatten(),
            tax: self.tax.minor("tax", currency)?,
        })
    }

    fn after(&self, goods: Goods, stamp: &Stamp, currency: Currency) -> Result<AfterSales, Unreadable> {
        // Ecwid has one status and one number to follow for the whole order, so it is one parcel.
        const WHOLE: &str = "order";
        let mut after = AfterSales::default();
        if goods >= Goods::Shipped {
            after.hear(&AfterSale::Fulfilment(Fulfilment {
                stamp: Some(stamp.clone()),
                tracking: self.tracking().into_iter().collect(),
                shipped_at: Some(stamp.at),
                out_for_delivery_at: (goods == Goods::OutForDelivery).then_some(stamp.at),
                delivered_at: (goods >= Goods::Delivered).then_some(stamp.at),
                ..Fulfilment::new(WHOLE.to_owned())
            }));
        }
        if goods == Goods::Returned {
            let back = Return { at: stamp.at, state: ReturnState::Received, id: WHOLE.to_owned() };
            after.hear(&AfterSale::Return(back));
        }
        for (index, item) in self.refunds.first().iter().enumerate() {
            let inside = |error: Unreadable| error.inside("refunds", Some(index));
            let minor = item.amount.minor("amount", currency).map_err(inside)?.unwrap_or(0).abs();
            let Some(at) = item.date.moment("date").map_err(inside)? else { continue };
            let id = format!("{}-{minor}", at.timestamp());
            after.hear(&AfterSale::Refund(Refund { id, at, money: Money { minor, currency } }));
        }
        Ok(after)
    }

    fn tracking(&self) -> Option<Tracking> {
        const TEXT_BYTES: usize = 120;
        let carrier = self.shipping_option.get().and_then(|option| option.shipping_carrier_name.line(TEXT_BYTES));
        let number = self.tracking_number.line(TEXT_BYTES)?;
        Some(Tracking { number, carrier, url: link(&self.tracking_url) })
    }
}
