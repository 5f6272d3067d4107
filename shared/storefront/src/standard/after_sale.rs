//! What happened to an order after it was placed. Each event has an id of its own and names the order, and may arrive
//! before it.

use retention::after_sale::{AfterSale, Fulfilment, Refund, Return, ReturnState, Tracking};
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use retention::order::Stamp;
use retention::{Money, Time};
use serde::Deserialize;

use super::field;
use crate::heard::Heard;
use crate::list::List;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Shipped,
    OutForDelivery,
    Delivered,
    Delayed,
}

/// A parcel.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ParcelData<'a> {
    id: Scalar<'a>,
    order_id: Scalar<'a>,
    tracking: List<TrackingData<'a>, 20>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct TrackingData<'a> {
    number: Scalar<'a>,
    carrier: Scalar<'a>,
    url: Scalar<'a>,
}

/// A refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct RefundData<'a> {
    id: Scalar<'a>,
    order_id: Scalar<'a>,
    currency: Scalar<'a>,
    amount: Scalar<'a>,
}

/// A return.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ReturnData<'a> {
    id: Scalar<'a>,
    order_id: Scalar<'a>,
}

impl ParcelData<'_> {
    /// The event.
    pub(super) fn event(&self, moment: Moment, stamp: Stamp, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let mut parcel = Fulfilment::new(field::needed("id", field::id(&self.id, "id")?)?);
        parcel.tracking = self.tracking()?;
        let field = match moment {
            Moment::Shipped => &mut parcel.shipped_at,
            Moment::OutForDelivery => &mut parcel.out_for_delivery_at,
            Moment::Delivered => &mut parcel.delivered_at,
            Moment::Delayed => &mut parcel.delayed_at,
        };
        *field = Some(stamp.at);
        // What carries no number says nothing of the numbers.
        parcel.stamp = (!parcel.tracking.is_empty()).then_some(stamp);
        about(&self.order_id, AfterSale::Fulfilment(parcel), heard)
    }

    fn tracking(&self) -> Result<Vec<Tracking>, Unreadable> {
        const BYTES: usize = 100;
        let read = |item: &TrackingData<'_>| {
            Ok(Tracking {
                number: field::needed("number", field::line(&item.number, "number", BYTES)?)?,
                carrier: field::line(&item.carrier, "carrier", BYTES)?,
                url: field::url(&item.url, "url")?,
            })
        };
        let items = self.tracking.all("tracking")?.iter().enumerate();
        items.map(|(index, item)| read(item).map_err(|e: Unreadable| e.inside("tracking", Some(index)))).collect()
    }
}

impl RefundData<'_> {
    /// The event.
    pub(super) fn event(&self, at: Time, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        let currency = field::needed("currency", field::currency(&self.currency, "currency")?)?;
        let minor = field::needed("amount", field::amount_from_zero(&self.amount, "amount", currency)?)?;
        let refund = Refund { id, at, money: Money { minor, currency } };
        about(&self.order_id, AfterSale::Refund(refund), heard)
    }
}

impl ReturnData<'_> {
    /// The event.
    pub(super) fn event(&self, state: ReturnState, at: Time, heard: Heard<'_>) -> Result<Event, Unreadable> {
        let id = field::needed("id", field::id(&self.id, "id")?)?;
        about(&self.order_id, AfterSale::Return(Return { at, state, id }), heard)
    }
}

fn about(order: &Scalar<'_>, what: AfterSale, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let order = field::needed("order_id", field::id(order, "order_id")?)?;
    Ok(Event {
        person: Person::at(heard.source.clone()),
        statements: Vec::new(),
        entity: Entity::AfterSale(OrderId::new(heard.source, &order), Box::new(what)),
    })
}
