//! Parcels, and what carriers say of them.

use retention::Time;
use retention::after_sale::{AfterSale, Fulfilment, Tracking};
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use retention::order::Stamp;
use serde::Deserialize;

use super::stamp;
use crate::heard::{Heard, hash};
use crate::link::link;
use crate::list::Texts;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// A parcel: the body of its topics, and within an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct FulfilmentBody<'a> {
    id: Scalar<'a>,
    order_id: Scalar<'a>,
    pub(super) status: Scalar<'a>,
    shipment_status: Scalar<'a>,
    pub(super) created_at: Scalar<'a>,
    updated_at: Scalar<'a>,
    tracking_company: Scalar<'a>,
    tracking_number: Scalar<'a>,
    tracking_numbers: Texts<'a, 20>,
    tracking_url: Scalar<'a>,
    tracking_urls: Texts<'a, 20>,
}

/// What a carrier says of a parcel.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct CarrierBody<'a> {
    order_id: Scalar<'a>,
    fulfillment_id: Scalar<'a>,
    status: Scalar<'a>,
    happened_at: Scalar<'a>,
}

/// Reads the body of a parcel's own topics.
pub(super) fn event(body: &FulfilmentBody<'_>, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let parcel = body.within()?.ok_or_else(|| Unreadable::missing("id"))?;
    about(&body.order_id, parcel, heard)
}

/// Reads what a carrier says. `None` for what says nothing of where the parcel is, such as a printed label.
pub(super) fn carrier_event(body: &CarrierBody<'_>, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let id = body.fulfillment_id.id("fulfillment_id")?.ok_or_else(|| Unreadable::missing("fulfillment_id"))?;
    let at = body.happened_at.time("happened_at")?.ok_or_else(|| Unreadable::missing("happened_at"))?;
    let mut parcel = Fulfilment::new(id);
    if !says(&mut parcel, &body.status, at) {
        return Ok(None);
    }
    about(&body.order_id, parcel, heard).map(Some)
}

fn about(order: &Scalar<'_>, parcel: Fulfilment, heard: Heard<'_>) -> Result<Event, Unreadable> {
    let order = order.id("order_id")?.ok_or_else(|| Unreadable::missing("order_id"))?;
    Ok(Event {
        person: Person::at(heard.source.clone()),
        statements: Vec::new(),
        entity: Entity::AfterSale(OrderId::new(heard.source, &order), Box::new(AfterSale::Fulfilment(parcel))),
    })
}

/// Notes what a carrier says at `at`; `false` if it says nothing of where the parcel is.
fn says(parcel: &mut Fulfilment, status: &Scalar<'_>, at: Time) -> bool {
    let moment = match status.text() {
        Some("in_transit" | "carrier_picked_up") => &mut parcel.shipped_at,
        Some("out_for_delivery") => &mut parcel.out_for_delivery_at,
        Some("delivered" | "picked_up") => &mut parcel.delivered_at,
        Some("delayed" | "attempted_delivery" | "failure") => &mut parcel.delayed_at,
        _ => return false,
    };
    *moment = Some(at);
    true
}

impl FulfilmentBody<'_> {
    /// The parcel. `None` without an id, as very old payloads have it.
    pub(super) fn within(&self) -> Result<Option<Fulfilment>, Unreadable> {
        let Some(id) = self.id.id("id")? else { return Ok(None) };
        let mut parcel = Fulfilment::new(id);
        parcel.tracking = self.tracking()?;
        parcel.cancelled = self.status.text() == Some("cancelled");
        let rank = match self.status.text() {
            Some("success") => 2,
            Some("cancelled" | "error" | "failure") => 3,
            _ => 1,
        };
        // The same parcel stands in the order's body too, so the hash is over what is read of it.
        let content = format!("{:?}{:?}{:?}", self.status.text(), self.shipment_status.text(), parcel.tracking);
        let stamp: Stamp = stamp(&self.updated_at, &self.created_at, rank, &hash(content.as_bytes()))?;
        if rank == 2 {
            parcel.shipped_at = self.created_at.time("created_at")?;
        }
        says(&mut parcel, &self.shipment_status, stamp.at);
        parcel.stamp = Some(stamp);
        Ok(Some(parcel))
    }

    fn tracking(&self) -> Result<Vec<Tracking>, Unreadable> {
        const NUMBER_BYTES: usize = 100;
        let numbers = self.tracking_numbers.all("tracking_numbers")?;
        let urls = self.tracking_urls.all("tracking_urls")?;
        let carrier = self.tracking_company.line(NUMBER_BYTES);
        let one = std::slice::from_ref(&self.tracking_number);
        let numbers = if numbers.is_empty() { one } else { numbers };
        let url = |index: usize| {
            let url = urls.get(index).or(Some(&self.tracking_url).filter(|_| index == 0))?;
            link(url)
        };
        let tracked = numbers.iter().enumerate().filter_map(|(index, number)| {
            Some(Tracking { number: number.line(NUMBER_BYTES)?, carrier: carrier.clone(), url: url(index) })
        });
        Ok(tracked.collect())
    }
}
