//! A flow as data: when it begins, its steps, what ends it.

use chrono::{NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::birthday::LeapDay;
use crate::ids::{FlowName, LetterName, OfferName, StepId};

/// What the letters of a flow may be sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Answers the customer's own act: passes consent, quiet hours, gap, cap and freeze.
    Transactional,
    /// Everything else: needs consent.
    Marketing,
}

/// What a marketing letter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It sells. At most two in a row without a useful one.
    Promotional,
    /// It helps.
    Useful,
}

/// A flow of `templates/flows/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The name of its folder.
    pub name: FlowName,
    /// Off: nothing begins, and open sends are dropped at the gate.
    pub enabled: bool,
    /// Transactional or marketing.
    pub class: Class,
    /// Who goes first when two are due; ties go by name.
    pub priority: u8,
    /// What begins it.
    pub trigger: Trigger,
    /// How long after its last letter the next occasion may begin.
    pub cooldown: Option<Cooldown>,
    /// What ends it early.
    pub exit: Vec<Exit>,
    /// Flows whose letters are not sent within the same week.
    pub excludes: Vec<FlowName>,
    /// Its letters in their order.
    pub steps: Vec<Step>,
}

/// One letter of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Part of the send id: a new id is a new letter.
    pub id: StepId,
    /// The letter's file beside `flow.toml`.
    pub letter: LetterName,
    /// Useful or promotional.
    pub kind: Kind,
    /// What the wait counts from.
    pub after: Anchor,
    /// How long.
    pub wait: Wait,
    /// The hour of the customer's day, for a step that is due on a day.
    pub at: Option<NaiveTime>,
    /// After which age it is no longer sent.
    pub stale_after: Option<StaleAfter>,
    /// The offer whose coupon it carries.
    pub coupon: Option<OfferName>,
    /// Only while the coupon of this flow and occasion is unused.
    pub while_coupon_unused: bool,
}

/// What begins a flow. Each gives occasions out of the customer's facts (see [`crate::occurrence`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Trigger {
    /// Something happened to an order, and the storefront does not write about it itself.
    OrderStatus(Status),
    /// The first order.
    FirstOrder,
    /// A consumable is about to run out.
    Replenish(Replenish),
    /// The last order is old.
    Lapsed(Lapse),
    /// The birthday comes.
    Birthday(LeapDay),
}

/// What a storefront or we write about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The order was placed.
    Confirmed,
}

impl Status {
    /// Its name in files and occasions.
    pub fn name(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
        }
    }
}

/// When a product is announced before it runs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replenish {
    /// How long before it is due.
    pub lead: TimeDelta,
    /// At most this part of the cycle, in percent: a product of 30 days cannot be announced 30 days ahead.
    pub lead_at_most_percent: u8,
}

/// When an order is old: a multiple of the person's own median gap, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lapse {
    /// How many median gaps.
    pub gaps: u8,
    /// At least.
    pub min: TimeDelta,
    /// At most.
    pub max: TimeDelta,
    /// While the person has no gap yet.
    pub unknown: TimeDelta,
}

impl Lapse {
    /// The age at which this person's last order is old.
    pub fn after(&self, median_gap: Option<TimeDelta>) -> TimeDelta {
        median_gap.map_or(self.unknown, |gap| (gap * i32::from(self.gaps)).clamp(self.min, self.max))
    }
}

/// What a step's wait counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Anchor {
    /// The trigger's own time: of the order, of the lapse, of the birthday, of the day a product runs out.
    Trigger,
    /// The end of the step before.
    Previous,
}

/// How long a step waits from its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Wait {
    /// A span; below zero only for an anchor that is known ahead.
    For(TimeDelta),
    /// The announcement before a product runs out.
    Lead,
    /// A part of a product's cycle, in percent.
    Cycle(u8),
}

/// After which age a letter is no longer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StaleAfter {
    /// A span from when it was due.
    For(TimeDelta),
    /// The end of the customer's day on which it was due.
    EndOfDay,
}

/// How long after a flow's last letter its next occasion may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Cooldown {
    /// A span.
    For(TimeDelta),
    /// As long as an order takes to be old.
    Lapse,
}

/// What ends a flow on an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Exit {
    /// Any order placed since the occasion began, whatever its state.
    Order,
    /// Money of the order went back.
    Refund,
}

impl Flow {
    /// The step of this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|s| &s.id == id)
    }
}
