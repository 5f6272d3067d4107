//! An abandoned cart of Ecwid: an order that was begun and not finished.

use retention::cart::Cart;
use retention::event::{Entity, Event, Person};
use retention::ids::CartId;
use retention::money::{Currency, Money};
use retention::order::Stamp;
use serde::Deserialize;

use super::order_line::{LineItem, lines};
use super::person::{Address, place};
use crate::heard::Heard;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::email;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A cart as the API gives it. It has no link that leads back to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct CartBody<'a> {
    cart_id: Scalar<'a>,
    email: Scalar<'a>,
    customer_id: Scalar<'a>,
    hidden: Scalar<'a>,
    recovered_order_id: Scalar<'a>,
    create_timestamp: Scalar<'a>,
    create_date: Scalar<'a>,
    update_timestamp: Scalar<'a>,
    update_date: Scalar<'a>,
    total: Scalar<'a>,
    billing_person: Maybe<Address<'a>>,
    shipping_person: Maybe<Address<'a>>,
    items: List<LineItem<'a>, { Cart::MAX_LINES }>,
}

/// Reads a cart. `None` for a cart that names nobody.
pub(super) fn event(
    body: &CartBody<'_>,
    currency: Currency,
    hash: &str,
    heard: Heard<'_>,
) -> Result<Option<Event>, Unreadable> {
    let cart = body.cart(currency, hash, heard)?;
    let (bill, parcel) = (body.billing_person.get(), body.shipping_person.get());
    let (country, region) = place([parcel, bill].into_iter().flatten()).unzip();
    let person = Person {
        id: body.customer_id.id("customerId")?.filter(|id| id != "0"),
        email: email(&body.email),
        name: bill.and_then(Address::given_name),
        country,
        region: region.flatten(),
        ..Person::at(heard.source.clone())
    };
    let named = person.id.is_some() || person.email.is_some();
    Ok(named.then(|| Event { person, statements: Vec::new(), entity: Entity::Cart(Box::new(cart)) }))
}

impl CartBody<'_> {
    fn cart(&self, currency: Currency, hash: &str, heard: Heard<'_>) -> Result<Cart, Unreadable> {
        let id = self.cart_id.path_id("cartId")?.ok_or_else(|| Unreadable::missing("cartId"))?;
        let at = moment::first(&[
            (&self.update_timestamp, "updateTimestamp"),
            (&self.update_date, "updateDate"),
            (&self.create_timestamp, "createTimestamp"),
            (&self.create_date, "createDate"),
        ])?;
        let begun_at = moment::first(&[
            (&self.create_timestamp, "createTimestamp"),
            (&self.create_date, "createDate"),
            (&self.update_timestamp, "updateTimestamp"),
            (&self.update_date, "updateDate"),
        ])?;
        let ordered = self.recovered_order_id.id("recoveredOrderId")?.is_some_and(|order| order != "0");
        // A cart that the shop has hidden from its list is to be followed up no more: it is empty for us.
        let lines = if self.hidden.is_true() { Vec::new() } else { lines(self.items.first(), currency)? };
        let rank = u8::from(lines.is_empty()) + if ordered { 2 } else { 0 };
        Ok(Cart {
            id: CartId::new(heard.source, &id),
            stamp: Stamp { at, rank, hash: hash.to_owned() },
            begun_at,
            lines,
            total: self.total.minor("total", currency)?.map(|minor| Money { minor, currency }),
            url: None,
            completed_at: ordered.then_some(at),
        })
    }
}
