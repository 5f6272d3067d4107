//! A flow as data: when it begins, its steps, what ends it.

use chrono::{NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::birthday::LeapDay;
use crate::condition::Condition;
use crate::ids::{CustomerId, FlowName, LetterName, OfferName, StepId, VariantName};
use crate::time::days;

/// The longest cycle of a product that a wait is a part of.
const LONGEST_CYCLE: TimeDelta = days(3_650);
/// What is over is still named for that long, with its reason.
const SLACK: TimeDelta = days(30);
/// An order that has not arrived by then is not waited for.
const LONGEST_DELIVERY: TimeDelta = days(120);

/// What the letters of a flow may be sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Answers the customer's own act: passes consent, quiet hours, gap, cap and freeze.
    Transactional,
    /// Everything else: needs consent.
    Marketing,
}

/// What a marketing letter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// What must hold when a letter leaves.
    pub only_if: Option<Condition>,
    /// The part of the people, in percent, who get none of its letters, for comparison.
    pub holdout: u8,
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
    /// Which news of an order it tells, in a flow of `order_status`.
    pub of: Option<Status>,
    /// What the wait counts from.
    pub after: Anchor,
    /// How long.
    pub wait: Wait,
    /// The hour of the customer's day: the first one at or after the wait's end.
    pub at: Option<Hour>,
    /// The days of the customer's week on which it may leave; none stands for all.
    pub days: Option<Weekdays>,
    /// After which age it is no longer sent.
    pub stale_after: Option<StaleAfter>,
    /// The offer whose coupon it carries.
    pub coupon: Option<OfferName>,
    /// Only while the coupon of this flow and occasion is unused.
    pub while_coupon_unused: bool,
    /// What must hold when it leaves, beside what the flow asks for.
    pub only_if: Option<Condition>,
    /// Letters that are tried against each other; `letter` is not among them then.
    pub variants: Vec<Variant>,
}

/// One of the letters that a step tries against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Its name in the ledger.
    pub id: VariantName,
    /// Its letter.
    pub letter: LetterName,
    /// Its share, beside those of the others.
    pub weight: u16,
}

/// The hour at which a step leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Hour {
    /// This one.
    Fixed(NaiveTime),
    /// The one at which the person has clicked most, where that is known; else this one.
    Best(NaiveTime),
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Weekdays(u8);

impl Weekdays {
    /// These days; none of none.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = days.into_iter().fold(0, |bits, day| bits | 1 << day.num_days_from_monday());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether a day is one of them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }
}

/// What begins a flow. Each gives occasions out of the customer's facts (see [`crate::occurrence`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Trigger {
    /// The person agreed to letters, and no import said so.
    Subscribed,
    /// A storefront's yes waits for its confirmation by the person.
    SignUp,
    /// The person asked for a link to their own data.
    DataRequest,
    /// Something happened to an order, and the storefront does not write about it itself.
    OrderStatus,
    /// The first order.
    FirstOrder,
    /// The first order, of somebody who has no account.
    GuestOrder,
    /// A cart was left.
    Cart,
    /// The same product or category was looked at twice or more.
    Browse,
    /// A product was put on the list of favourites.
    Favourite,
    /// An order was delivered.
    Delivered {
        /// Only if there is something to say about the care of what was bought.
        needs_care: bool,
    },
    /// All of an order has left the shop.
    Fulfilled,
    /// An order was delivered that was the second, the fifth: those of the list.
    OrderCount(Vec<u32>),
    /// One order, and no second within what is usual in the shop. The span stands for that while it is not known.
    OneOrder(TimeDelta),
    /// A consumable is about to run out.
    Replenish(Replenish),
    /// The next order is late by the person's own measure, or by the shop's.
    AtRisk(AtRisk),
    /// The last order is old.
    Lapsed(Lapse),
    /// The birthday comes.
    Birthday(LeapDay),
    /// The day of the first order comes again, and there was an order within this span.
    Anniversary(TimeDelta),
    /// Net spend has reached a tier.
    Tier,
    /// Net spend is short of the next tier by at most this part of it, in percent.
    TierNear(u8),
    /// A coupon of the person's own is about to end.
    CouponExpiring,
    /// A good review, or that many orders.
    Referral(Referral),
    /// A product that the person waits for is there again.
    BackInStock,
    /// A product that the person waits for, or has among the favourites, costs less.
    PriceDrop,
    /// An order was delivered: one question.
    Survey,
    /// Many letters, no click, no order.
    Sunset(Sunset),
}

/// What a storefront or we write about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The order was placed, and counts.
    Confirmed,
    /// A parcel has left that can be followed.
    Shipped,
    /// A carrier says that a parcel is late.
    Delayed,
    /// A parcel was handed over.
    Delivered,
    /// The order was cancelled.
    Cancelled,
    /// Money went back.
    Refunded,
    /// The customer asks to send goods back.
    ReturnRequested,
    /// The goods are back.
    ReturnReceived,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 8] = [
        Status::Confirmed,
        Status::Shipped,
        Status::Delayed,
        Status::Delivered,
        Status::Cancelled,
        Status::Refunded,
        Status::ReturnRequested,
        Status::ReturnReceived,
    ];

    /// Its name in files and occasions.
    pub fn name(self) -> &'static str {
        match self {
            Status::Confirmed => "confirmed",
            Status::Shipped => "shipped",
            Status::Delayed => "delayed",
            Status::Delivered => "delivered",
            Status::Cancelled => "cancelled",
            Status::Refunded => "refunded",
            Status::ReturnRequested => "return_requested",
            Status::ReturnReceived => "return_received",
        }
    }
}

/// When a person is at risk of not coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AtRisk {
    /// How much of the person's own median gap has passed, in percent.
    pub gap_percent: u16,
    /// At least.
    pub min: TimeDelta,
}

/// What makes a person one who would recommend the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Referral {
    /// A review of that many stars or more.
    pub stars: u8,
    /// Or the order of this number.
    pub orders: u32,
}

/// When a person does not want to hear from the shop any more, it seems. Opens say nothing: machines open letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sunset {
    /// That many marketing letters,
    pub letters: u8,
    /// within this span, with no click,
    pub within: TimeDelta,
    /// and no order within this one.
    pub no_order: TimeDelta,
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
    /// When the order was delivered, or will have been: shipped and the usual days on the way.
    Delivered,
    /// When the order's first parcel left.
    Shipped,
    /// When all of the order had left.
    Fulfilled,
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

/// What ends a flow on an occasion, since the occasion began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Exit {
    /// Any order placed, whatever its state.
    Order,
    /// Money of the order went back.
    Refund,
    /// The product was bought; where the occasion is not about one, anything was.
    Bought,
    /// There is an account.
    Account,
    /// Something was put into a cart.
    Cart,
    /// A review was left of something in the order.
    Review,
    /// The question was answered.
    Answered,
    /// The coupon was used.
    Redeemed,
    /// A link was followed.
    Click,
}

impl Trigger {
    /// Whether what the steps count from is a day of the calendar.
    pub fn is_a_day(&self) -> bool {
        matches!(self, Trigger::Birthday(_) | Trigger::Anniversary(_))
    }

    /// Whether each of its occasions is about an order, so that steps may count from its parcels and conditions may name
    /// it. A referral is not: a good review begins it too.
    pub fn has_order(&self) -> bool {
        match self {
            Trigger::OrderStatus
            | Trigger::FirstOrder
            | Trigger::GuestOrder
            | Trigger::Delivered { .. }
            | Trigger::Fulfilled
            | Trigger::OrderCount(_)
            | Trigger::OneOrder(_)
            | Trigger::Replenish(_)
            | Trigger::AtRisk(_)
            | Trigger::Lapsed(_)
            | Trigger::Tier
            | Trigger::TierNear(_)
            | Trigger::Survey => true,
            Trigger::Subscribed
            | Trigger::SignUp
            | Trigger::DataRequest
            | Trigger::Cart
            | Trigger::Browse
            | Trigger::Favourite
            | Trigger::Birthday(_)
            | Trigger::Anniversary(_)
            | Trigger::CouponExpiring
            | Trigger::Referral(_)
            | Trigger::BackInStock
            | Trigger::PriceDrop
            | Trigger::Sunset(_) => false,
        }
    }

    /// Whether the moment that the steps count from is known ahead, so that a wait may be below zero.
    pub fn is_known_ahead(&self) -> bool {
        matches!(self, Trigger::Birthday(_) | Trigger::Anniversary(_) | Trigger::Replenish(_) | Trigger::CouponExpiring)
    }
}

impl Flow {
    /// How long after an occasion's anchor the last of its letters could leave, at the very most: all waits and limits one
    /// after the other, and what parcels, cycles, weekdays and hours may add.
    pub fn horizon(&self) -> TimeDelta {
        let waits = self.steps.iter().map(|step| {
            let wait = match step.wait {
                Wait::For(span) => span.max(TimeDelta::zero()),
                Wait::Lead => TimeDelta::zero(),
                Wait::Cycle(_) => LONGEST_CYCLE,
            };
            let stale = match step.stale_after {
                Some(StaleAfter::For(span)) => span,
                Some(StaleAfter::EndOfDay) | None => days(4),
            };
            wait + stale
        });
        let on_the_way = if self.steps.iter().all(|step| matches!(step.after, Anchor::Trigger | Anchor::Previous)) {
            SLACK
        } else {
            LONGEST_DELIVERY
        };
        waits.sum::<TimeDelta>() + on_the_way
    }

    /// Whether a person gets none of its letters, for comparison: by a hash, so that it is the same at every look, in every
    /// plan and on every machine.
    pub fn holds_out(&self, customer: &CustomerId) -> bool {
        draw(&["holdout", self.name.as_str(), customer.as_str()], 100) < u64::from(self.holdout)
    }

    /// The step of this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|s| &s.id == id)
    }
}

impl Step {
    /// The letter of those that are tried against each other that this person gets, always the same.
    pub fn variant_for(&self, flow: &FlowName, customer: &CustomerId) -> Option<&Variant> {
        let all: u64 = self.variants.iter().map(|variant| u64::from(variant.weight)).sum();
        let mut drawn = draw(&["variant", flow.as_str(), self.id.as_str(), customer.as_str()], all.max(1));
        self.variants.iter().find(|variant| {
            let is_it = drawn < u64::from(variant.weight);
            drawn = drawn.saturating_sub(u64::from(variant.weight));
            is_it
        })
    }

    /// The letters that it may send.
    pub fn letters(&self) -> impl Iterator<Item = &LetterName> {
        let tried = self.variants.iter().map(|variant| &variant.letter);
        std::iter::once(&self.letter).filter(|_| self.variants.is_empty()).chain(tried)
    }
}

/// A number below `end`, by a hash of the parts. 64 bits make the last of them no likelier by more than one in 10^16.
fn draw(parts: &[&str], end: u64) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    u64::from_be_bytes(std::array::from_fn(|at| bytes[at])) % end
}
