//! Asking a condition about somebody of whom nothing is known, when it is read.
//!
//! A fact that is absent makes it no, which may be meant. A division by a count that is zero, or an item of a list that is
//! empty, is meant by nobody.

use std::sync::LazyLock;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{Checked, ConditionFailed, View, evaluate};
use crate::aggregates::Aggregates;
use crate::customer::Customer;
use crate::ids::{CustomerId, Occasion};
use crate::money::Currency;
use crate::occurrence::{Occurrence, World};
use crate::shop::{GAP, Hours, Limits, Sending, Shop, TRANSIT, WEEKLY_CAP};
use crate::time::Time;

/// A shop that says nothing.
static SHOP: LazyLock<Option<Shop>> = LazyLock::new(|| {
    Some(Shop {
        zone: Tz::UTC,
        currency: Currency::parse("EUR").ok()?,
        sources: Vec::new(),
        limits: Limits { gap: GAP, weekly_cap: WEEKLY_CAP, day: Hours { from: NaiveTime::MIN, to: NaiveTime::MIN } },
        flows: Vec::new(),
        topics: Vec::new(),
        double_opt_in: false,
        offers: [].into(),
        days_of_supply: [].into(),
        categories: [].into(),
        care: [].into(),
        segments: [].into(),
        tiers: Vec::new(),
        rates: [].into(),
        transit: TRANSIT,
        sending: Sending::default(),
        revision: String::new(),
    })
});

pub(super) fn of_nobody(condition: &Checked) -> Result<(), ConditionFailed> {
    let Some(shop) = SHOP.as_ref() else { return Ok(()) };
    let since = Time::UNIX_EPOCH;
    let customer = Customer::new(CustomerId::derive("nobody", since), since);
    let occurrence = Occurrence::new(Occasion::of(&["trial"]), since);
    let aggregates = Aggregates::default();
    let world = World { shop, aggregates: &aggregates };
    let view = View { customer: &customer, occurrence: &occurrence, world, now: since + TimeDelta::days(1) };
    match evaluate::says(condition, &view) {
        Err(error) if evaluate::is_arithmetic(&error) => Err(evaluate::failed(condition, &error)),
        _ => Ok(()),
    }
}
