//! Goods that come back.

use retention::after_sale::{AfterSale, Return, ReturnState};
use retention::event::{Entity, Event, Person};
use retention::ids::OrderId;
use serde::Deserialize;

use crate::heard::Heard;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// The body of the return topics. It has no time of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ReturnBody<'a> {
    id: Scalar<'a>,
    status: Scalar<'a>,
    order: Maybe<OrderName<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OrderName<'a> {
    id: Scalar<'a>,
}

/// Reads the body of a return topic. `None` for a state that means nothing to the customer.
pub(super) fn event(body: &ReturnBody<'_>, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let order = body.order.get().ok_or_else(|| Unreadable::missing("order"))?;
    let order = order.id.id("id").map_err(|error| error.inside("order", None))?;
    let order = order.ok_or_else(|| Unreadable::missing("order.id"))?;
    let id = body.id.id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
    let state = match body.status.text().map(str::to_ascii_lowercase).as_deref() {
        Some("requested") => ReturnState::Requested,
        Some("open") => ReturnState::Approved,
        Some("declined") => ReturnState::Declined,
        // Closed: all of it was dealt with.
        Some("closed") => ReturnState::Received,
        _ => return Ok(None),
    };
    Ok(Some(Event {
        person: Person::at(heard.source.clone()),
        statements: Vec::new(),
        entity: Entity::AfterSale(
            OrderId::new(heard.source, &order),
            Box::new(AfterSale::Return(Return { at: heard.at, state, id })),
        ),
    }))
}
