//! What happened to an order, in a view: its parcel, its refund, its return.

use retention::after_sale::{AfterSales, Fulfilment, ReturnState, Tracking};
use retention::order::Order;
use retention::send::About;
use serde::Serialize;

use super::{Purpose, one_line};
use crate::letter::LetterFacts;
use crate::links;
use crate::value::MoneyValue;

/// How many numbers of parcels are shown.
const MAX_TRACKING: usize = 10;

#[derive(Debug, Serialize)]
pub(super) struct NewsView {
    /// How to follow the parcel that the letter is about, else all of the order.
    tracking: Vec<TrackingView>,
    /// What went back with the refund that the letter is about.
    refund: Option<MoneyValue>,
    /// The return that the letter is about.
    returned: Option<ReturnView>,
}

#[derive(Debug, Serialize)]
struct TrackingView {
    /// The carrier's number.
    number: String,
    carrier: Option<String>,
    /// Where to look.
    url: Option<String>,
}

/// How far a return has come by now.
#[derive(Debug, Serialize)]
struct ReturnView {
    /// The shop agreed.
    approved: bool,
    /// The shop said no.
    declined: bool,
    /// The goods are back.
    received: bool,
}

impl NewsView {
    pub(super) fn of(purpose: Purpose<'_>, facts: &LetterFacts<'_>) -> Self {
        let part = match purpose.about {
            Some(About::Part(part)) => Some(part.as_str()),
            _ => None,
        };
        let after = facts.orders.first().map(|order: &Order| &order.after);
        let refund = after.and_then(|after| after.refunds.iter().find(|refund| Some(refund.id.as_str()) == part));
        let returned = after.and_then(|after| after.returns.iter().find(|goods| Some(goods.id.as_str()) == part));
        Self {
            tracking: after.map(|after| tracking(after, part)).unwrap_or_default(),
            refund: refund.map(|refund| refund.money.into()),
            returned: returned.map(|goods| ReturnView {
                approved: goods.state == ReturnState::Approved,
                declined: goods.state == ReturnState::Declined,
                received: goods.state == ReturnState::Received,
            }),
        }
    }

    /// The pages of carriers.
    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        self.tracking.iter().filter_map(|tracking| tracking.url.as_deref())
    }
}

/// The numbers of the parcel of this id; where there is none of it, those of all parcels that were not called back.
fn tracking(after: &AfterSales, part: Option<&str>) -> Vec<TrackingView> {
    let is_it = |parcel: &&Fulfilment| Some(parcel.id.as_str()) == part;
    let one = after.fulfilments.iter().find(is_it);
    let all = after.fulfilments.iter().filter(|parcel| one.is_none() && !parcel.cancelled);
    let parcels = one.into_iter().chain(all);
    parcels.flat_map(|parcel| &parcel.tracking).map(TrackingView::of).take(MAX_TRACKING).collect()
}

impl TrackingView {
    fn of(tracking: &Tracking) -> Self {
        Self {
            number: one_line(&tracking.number),
            carrier: tracking.carrier.as_deref().map(one_line).filter(|carrier| !carrier.is_empty()),
            url: tracking.url.clone().filter(|url| links::is_plain(url)),
        }
    }
}
