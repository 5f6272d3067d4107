//! A send: every email in the system is one of these rows, so the audit trail, the idempotency key, the outbox and
//! the statistics are one thing.

use serde::{Deserialize, Serialize};

use crate::feedback::Fate;
use crate::flow::{Class, Kind};
use crate::ids::{CartId, CustomerId, FlowName, LetterName, Nonce, Occasion, OrderId, SendId, StepId, VariantName};
use crate::reason::Reason;
use crate::time::{Time, millis, millis_option};

/// Where a send stands. `Planned`, `Submitting` and `Unknown` are open: each keeps a `due_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its moment has come; a worker may take it.
    Planned,
    /// A worker marked it and may be talking to SES. Ends at its limit.
    Submitting,
    /// Nobody can say whether SES took it. Waits for evidence.
    Unknown,
    /// SES took it.
    Sent,
    /// The evidence never came: it may have been lost.
    LostSuspect,
    /// A higher letter took the slot, or a merge: the one end that `decide` may take back.
    Yielded,
    /// Ended without a letter, for a reason of the person or the flow.
    Dropped,
    /// Ended without a letter: held out for comparison.
    HeldOut,
    /// Ended without a letter: too late.
    Expired,
    /// Ended without a letter: it could not be made, or was refused, or killed its workers.
    Rejected,
}

/// What a state means for the person it was meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// On its way: the slot stays taken.
    Open,
    /// It may have reached the person.
    MayHaveReached,
    /// It ended without a letter.
    NoLetter,
    /// It gave its slot away and may be wanted again.
    Yielded,
}

impl State {
    /// What the state means for the person.
    pub fn outcome(self) -> Outcome {
        match self {
            State::Planned | State::Submitting => Outcome::Open,
            State::Sent | State::Unknown | State::LostSuspect => Outcome::MayHaveReached,
            State::Dropped | State::HeldOut | State::Expired | State::Rejected => Outcome::NoLetter,
            State::Yielded => Outcome::Yielded,
        }
    }

    /// The state's name in rows and JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Submitting => "submitting",
            State::Unknown => "unknown",
            State::Sent => "sent",
            State::LostSuspect => "lost_suspect",
            State::Yielded => "yielded",
            State::Dropped => "dropped",
            State::HeldOut => "held_out",
            State::Expired => "expired",
            State::Rejected => "rejected",
        }
    }
}

/// A send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// Derived from customer, flow, step and occasion.
    pub id: SendId,
    /// To whom. A merge does not move it.
    pub customer: CustomerId,
    /// Of which flow.
    pub flow: FlowName,
    /// Which step of it.
    pub step: StepId,
    /// Which letter.
    pub letter: LetterName,
    /// Transactional or marketing.
    pub class: Class,
    /// Which of the letters that the step tries against each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantName>,
    /// Useful or promotional.
    pub kind: Kind,
    /// The flow's priority, for the lane it waits in.
    pub priority: u8,
    /// On which occasion.
    pub occasion: Occasion,
    /// Other occasions that this one letter serves: products that run out in the same week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Occasion>,
    /// The orders it speaks of, that of its own occasion first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderId>,
    /// What it is about beside orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// When it became due.
    #[serde(with = "millis")]
    pub wanted_at: Time,
    /// When it is too old to be sent.
    #[serde(with = "millis")]
    pub stale_at: Time,
    /// When it was created, or last created again.
    #[serde(with = "millis")]
    pub created_at: Time,
    /// Where it stands.
    pub state: State,
    /// Why, where it ended without a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// When somebody must look at it again; none in an end.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// How many marks it has had. Never goes back.
    #[serde(default)]
    pub attempt: u32,
    /// Who marked it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// When it was last marked.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub marked_at: Option<Time>,
    /// How often its key was put on a queue since the last verdict.
    #[serde(default)]
    pub dispatches: u32,
    /// How many workers died of it since the last verdict.
    #[serde(default)]
    pub tries: u32,
    /// When the last worker began.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Time>,
    /// SES's id of the letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Whether it was to be sent once more because nobody could say whether it had left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub possible_duplicate: bool,
    /// What became of the letter, by the mail service's word.
    #[serde(default, skip_serializing_if = "Fate::is_unknown")]
    pub fate: Fate,
    /// The last 20 changes of state.
    #[serde(default)]
    pub history: Vec<Transition>,
}

/// What a letter is about beside orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A cart.
    Cart(CartId),
    /// A product, by its key.
    Product(String),
    /// A category, by its name.
    Category(String),
    /// A parcel, refund or return of the order, by its id there.
    Part(String),
    /// A tier of net spend, reached or near.
    Tier(String),
    /// A coupon that the person got on this occasion.
    Coupon(Occasion),
    /// An order of this number, or a day that has come that many times.
    Number(u32),
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// Into which state.
    pub to: State,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// In which lane of the index a send waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Transactional.
    Now,
    /// Marketing of priority 70 and more.
    High,
    /// Marketing of priority 40 to 69.
    Middle,
    /// Marketing below.
    Low,
    /// In doubt: submitting or unknown.
    Settle,
}

impl Lane {
    /// All lanes of sends, in the order in which they are dispatched.
    pub const ALL: [Lane; 5] = [Lane::Settle, Lane::Now, Lane::High, Lane::Middle, Lane::Low];

    /// The lane's name in the index.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Now => "now",
            Lane::High => "high",
            Lane::Middle => "middle",
            Lane::Low => "low",
            Lane::Settle => "settle",
        }
    }
}

impl Send {
    /// How many changes of state a row keeps.
    pub const HISTORY: usize = 20;

    /// A letter of a step on an occasion, planned at `now` and due at once: nobody has tried it. What it is about, its class
    /// and its limits are for whoever wants it to say.
    pub fn planned(
        customer: &CustomerId,
        (flow, step, letter): (&FlowName, &StepId, &LetterName),
        occasion: &Occasion,
        now: Time,
    ) -> Self {
        Self {
            id: SendId::derive(customer, flow, step, occasion),
            customer: customer.clone(),
            flow: flow.clone(),
            step: step.clone(),
            letter: letter.clone(),
            class: Class::Marketing,
            variant: None,
            kind: Kind::Useful,
            priority: 0,
            occasion: occasion.clone(),
            covers: Vec::new(),
            orders: Vec::new(),
            about: None,
            wanted_at: now,
            stale_at: now,
            created_at: now,
            state: State::Planned,
            reason: None,
            due_at: Some(now),
            attempt: 0,
            nonce: None,
            marked_at: None,
            dispatches: 0,
            tries: 0,
            tried_at: None,
            message_id: None,
            possible_duplicate: false,
            fate: Fate::default(),
            history: Vec::new(),
        }
    }

    /// The lane of a planned send.
    pub fn planned_lane(&self) -> Lane {
        match (self.class, self.priority) {
            (Class::Transactional, _) => Lane::Now,
            (Class::Marketing, 70..) => Lane::High,
            (Class::Marketing, 40..) => Lane::Middle,
            (Class::Marketing, _) => Lane::Low,
        }
    }

    /// The lane in which the send waits now; none where it ended.
    pub fn lane(&self) -> Option<Lane> {
        match self.state {
            State::Planned => Some(self.planned_lane()),
            State::Submitting | State::Unknown => Some(Lane::Settle),
            _ => None,
        }
    }

    /// Moves into a state and keeps the trace. Leaving a queue's hands resets what counts dispatches and deaths.
    pub fn enter(&mut self, to: State, reason: Option<Reason>, due_at: Option<Time>, now: Time) {
        self.state = to;
        self.reason = reason;
        self.due_at = due_at;
        self.dispatches = 0;
        self.tries = 0;
        self.tried_at = None;
        self.history.push(Transition { at: now, to, reason });
        if self.history.len() > Self::HISTORY {
            self.history.remove(0);
        }
    }

    /// Ends without a letter. One that was to be sent once more, and is not, may have left the first time.
    pub fn end(&mut self, reason: Reason, now: Time) {
        let to = if self.possible_duplicate { State::LostSuspect } else { reason.ending() };
        self.enter(to, Some(reason), None, now);
    }

    /// Whether the mail service told that one attempt or another was taken.
    pub fn is_proven(&self) -> bool {
        self.fate.reports > 0
    }

    /// Whether the proof that an attempt of it was taken settles it.
    pub fn is_settled_by(&self, attempt: u32) -> bool {
        match self.state {
            // Between two attempts: the one before was taken after all.
            State::Planned | State::Unknown | State::LostSuspect => true,
            // The worker that is at a later attempt has its own answer coming.
            State::Submitting => attempt == self.attempt,
            _ => false,
        }
    }

    /// The mail service took it. Of whoever was erased nothing is kept by which it finds the letter.
    pub fn left(&mut self, message_id: &str, now: Time) {
        self.message_id = (!self.is_stripped()).then(|| message_id.to_owned());
        self.enter(State::Sent, None, None, now);
    }

    /// Names nobody any more, since its person was erased.
    pub(crate) fn strip(&mut self) {
        self.occasion = Self::of_nobody();
        self.covers.clear();
        self.orders.clear();
        self.about = None;
        self.message_id = None;
    }

    fn is_stripped(&self) -> bool {
        self.occasion == Self::of_nobody()
    }

    fn of_nobody() -> Occasion {
        Occasion::of(&["erased"])
    }

    /// Waits for its next moment.
    pub fn postpone(&mut self, until: Time, reason: Reason, now: Time) {
        self.enter(State::Planned, Some(reason), Some(until), now);
    }

    /// The time of the last mark, else of the last change of state: when the step ended.
    pub fn ended_at(&self) -> Time {
        let changed = self.history.last().map_or(self.created_at, |t| t.at);
        match self.state.outcome() {
            Outcome::MayHaveReached => self.marked_at.unwrap_or(changed),
            _ => changed,
        }
    }
}
