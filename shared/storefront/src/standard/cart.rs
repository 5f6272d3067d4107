//! A cart.

use retention::Money;
use retention::Time;
use retention::cart::Cart;
use retention::event::{Entity, Event};
use retention::ids::CartId;
use retention::order::Stamp;
use serde::Deserialize;

use super::customer::CustomerData;
use super::field;
use super::line::LineData;
use crate::heard::Heard;
use crate::list::List;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A cart with whose it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CartData<'a> {
    id: Scalar<'a>,
    begun_at: Scalar<'a>,
    currency: Scalar<'a>,
    total: Scalar<'a>,
    url: Scalar<'a>,
    lines: Option<List<LineData<'a>, { Cart::MAX_LINES }>>,
    customer: Maybe<CustomerData<'a>>,
}

impl CartData<'_> {
    /// The event, of a cart that became an order if it is `completed`.
    pub(super) fn event(&self, completed: bool, stamp: Stamp, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let customer = field::needed("customer", self.customer.get())?;
        let cart = self.cart(completed.then_some(stamp.at), stamp, heard)?;
        let person = customer.person(heard).map_err(|error| error.inside("customer", None))?;
        let statement = customer.statement(heard).map_err(|error| error.inside("customer", None))?;
        Ok(Event { person, statements: statement.into_iter().collect(), entity: Entity::Cart(Box::new(cart)) })
    }

    fn cart(&self, completed_at: Option<Time>, stamp: Stamp, heard: Heard<'_>) -> Result<Cart, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let currency = field::needed("currency", field::currency(&self.currency, "currency")?)?;
        let items = field::needed("lines", self.lines.as_ref())?.all("lines")?;
        let line = |(index, item): (usize, &LineData<'_>)| {
            item.line(currency).map_err(|error| error.inside("lines", Some(index)))
        };
        let total = field::amount(&self.total, "total", currency)?;
        Ok(Cart {
            id: CartId::new(heard.source, &id),
            begun_at: field::time(&self.begun_at, "begun_at")?.unwrap_or(stamp.at),
            stamp,
            lines: items.iter().enumerate().map(line).collect::<Result<_, _>>()?,
            total: total.map(|minor| Money { minor, currency }),
            url: field::url(&self.url, "url")?,
            completed_at,
        })
    }
}
