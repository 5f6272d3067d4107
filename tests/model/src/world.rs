//! What there is at one moment: rows, messages, workers in the middle of a letter, and what the mail service remembers.
//!
//! Time is a count of ticks. A tick is as long as a mark's limit, so a mark holds for the tick in which it is made; a send's
//! state and its reasons are those of `retention`.
//!
//! A version is not a number here: whoever has read a customer carries a mark that says whether the row is still the one
//! that was read. A number would make worlds differ that do not, and the model has to be finite.

use retention::Reason;
use retention::send::State;

/// A moment, in ticks.
pub type Tick = u8;

/// No letter to one person within so many ticks of the one before.
pub const GAP: Tick = 3;
/// A letter in doubt is closed so many ticks after its mark: later than the gap, as in the code (24 hours, 15.5 hours).
pub const CLOSE: Tick = 4;
/// How far a dispatched send's `due_at` is pushed.
pub const HORIZON: Tick = 1;
/// When the second letter of the low flow is due, after the end of the first.
pub const SECOND_LETTER: Tick = 1;
/// From this many dispatches on, a worker notes that it begins.
pub const SUSPECT: u8 = 1;
/// So many workers a letter kills before it is poison.
pub const DEADLY: u8 = 2;
/// A queue holds at most so many messages of one send here: a third changes nothing that two do not.
pub const MESSAGES: u8 = 2;

/// A profile. Where two are one person, `B` leads to `A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// The one that the shop knew first: it stays in a merge.
    A,
    /// The other.
    B,
}

impl Who {
    /// Both.
    pub const ALL: [Who; 2] = [Who::A, Who::B];
}

/// A letter. `L1` and `L2` are the two steps of a low flow, `H` is the one step of a flow of higher priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// The low flow's first.
    L1,
    /// The low flow's second.
    L2,
    /// The high flow's.
    H,
}

impl Letter {
    /// All three.
    pub const ALL: [Letter; 3] = [Letter::L1, Letter::L2, Letter::H];
}

/// Which send: its id is derived from the profile and the letter, the occasion being one for both profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Under which profile the row stands.
    pub who: Who,
    /// Which letter.
    pub letter: Letter,
}

impl Key {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// The key of a letter to a profile.
    pub fn new(who: Who, letter: Letter) -> Self {
        Self { who, letter }
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Key> {
        Who::ALL.into_iter().flat_map(|who| Letter::ALL.into_iter().map(move |letter| Key { who, letter }))
    }

    /// Its place in a list of all.
    pub fn index(self) -> usize {
        self.who as usize * Letter::ALL.len() + self.letter as usize
    }
}

/// The row of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Send {
    /// Where it stands.
    pub state: State,
    /// Why it ended, or yielded.
    pub reason: Option<Reason>,
    /// When it is due in the index; none in an end.
    pub due: Option<Tick>,
    /// How many marks it has had. It names the mark: no two marks of a row have the same attempt.
    pub attempt: u8,
    /// When it was last marked; of an end without a letter, when it ended.
    pub at: Tick,
    /// Dispatches since the last verdict, as far as they matter.
    pub dispatches: u8,
    /// Workers that are thought to have died of it since the last verdict.
    pub tries: u8,
    /// Whether the last of them may still live: it began in this tick.
    pub tried_now: bool,
}

impl Send {
    /// A row that was just created.
    pub fn planned(attempt: u8, now: Tick) -> Self {
        let (state, due) = (State::Planned, Some(now));
        Self { state, reason: None, due, attempt, at: 0, dispatches: 0, tries: 0, tried_now: false }
    }

    /// Moves into a state, as `retention::Send::enter` does.
    pub fn enter(&mut self, state: State, reason: Option<Reason>, due: Option<Tick>) {
        (self.state, self.reason, self.due) = (state, reason, due);
        (self.dispatches, self.tries, self.tried_now) = (0, 0, false);
    }

    /// Ends without a letter, in the state that the code gives the reason.
    pub fn end(&mut self, reason: Reason, now: Tick) {
        self.enter(reason.ending(), Some(reason), None);
        // Of a yielded letter nobody asks when.
        self.at = if self.state == State::Yielded { 0 } else { now };
    }

    /// Whether somebody must still do something about it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Planned | State::Submitting | State::Unknown)
    }

    /// Whether a letter may have reached the person, and the row says so.
    pub fn may_have_left(&self) -> bool {
        matches!(self.state, State::Submitting | State::Unknown | State::Sent | State::LostSuspect)
    }
}

/// Where a profile is in a flow on its one occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Standing {
    /// Whether the facts of the profile are an occasion of the flow.
    pub wanted: bool,
    /// How many steps are behind the person.
    pub passed: u8,
    /// When the last of them was.
    pub at: Tick,
    /// Whether the flow has ended for the person.
    pub ended: bool,
}

/// A profile's row.
#[expect(clippy::struct_excessive_bools, reason = "facts of a person that come about in any order")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Customer {
    /// The person took back their consent.
    pub opted_out: bool,
    /// The person bought, which is the exit of both flows.
    pub bought: bool,
    /// The row of suppression of the address: somebody else who has it opted out. It lies beside the profile, and writing it
    /// raises no version.
    pub suppressed: bool,
    /// Whether this profile leads to the other one.
    pub merged: bool,
    /// The letter that holds the slot.
    pub open: Option<Letter>,
    /// The marketing letters that count for the gap, each with its time.
    pub recent: [Option<Tick>; Key::COUNT],
    /// Where the person is in the low flow.
    pub low: Standing,
    /// Where the person is in the high flow.
    pub high: Standing,
    /// When the index has the profile.
    pub armed: Option<Tick>,
}

impl Customer {
    /// A profile that holds nothing.
    pub fn nobody() -> Self {
        Self {
            opted_out: false,
            bought: false,
            suppressed: false,
            merged: false,
            open: None,
            recent: [None; Key::COUNT],
            low: Standing::default(),
            high: Standing::default(),
            armed: None,
        }
    }
}

/// What the gate said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It may leave.
    Go,
    /// Not before this tick.
    NotNow(Tick),
    /// It ends without a letter.
    Never(Reason),
}

/// What a worker knows of its call of the mail service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// Taken.
    Accepted,
    /// Refused for good.
    Refused,
    /// Throttled, or not asked at all.
    NotNow,
    /// No answer: the letter was taken.
    LostButAccepted,
    /// No answer: the letter was not taken.
    Lost,
}

/// How far a worker is with its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// It has read the send.
    Read,
    /// It has read a send in doubt. Only where poison may end one: else reading and writing are one step, since the
    /// write hangs on everything that was read.
    InDoubt,
    /// It has read customer and suppression, and asked the gate.
    Gated {
        /// Whose profile it read.
        person: Who,
        /// Whether the profile still is as it was read.
        fresh: bool,
        /// Whether the row of suppression still is.
        fresh_address: bool,
        /// What the gate said.
        verdict: Verdict,
    },
    /// Its mark was written, and the answer lost: the SDK's retry is on its way.
    Unanswered,
    /// It holds the mark.
    Marked,
    /// The mail service has answered, or not.
    Answered(Answer),
}

/// A worker in the middle of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker {
    /// Which letter.
    pub key: Key,
    /// The attempt that it read, or has marked.
    pub attempt: u8,
    /// Whether a tick has passed since it began: its function's timeout, and its mark's limit.
    pub overdue: bool,
    /// How far it is.
    pub step: Step,
}

/// A scanner in the middle of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scan {
    /// It has read a due customer and the holder of the slot.
    Looking {
        /// Whose profile.
        who: Who,
        /// When.
        at: Tick,
        /// Whether the profile still is as it was read.
        fresh: bool,
        /// The holder's row as it was read.
        holder: Option<Send>,
    },
    /// It has put a key on the queue.
    Pushing {
        /// Whose.
        key: Key,
        /// When.
        at: Tick,
        /// Where the index had the row.
        due: Option<Tick>,
        /// Whether that was in the lane of the letters in doubt.
        in_doubt: bool,
    },
    /// It has read both profiles and both holders.
    Merging {
        /// When.
        at: Tick,
        /// Whether both profiles still are as they were read.
        fresh: bool,
        /// The holders' rows.
        holders: [Option<Send>; 2],
    },
}

/// What the mail service remembers of a send: the oracle. The ledger is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Accepted {
    /// How often it took the letter.
    pub times: u8,
    /// When it last did.
    pub at: Tick,
    /// The attempt of which it has an event to tell; none where it was told or lost.
    pub event: Option<u8>,
}

/// The world at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct World {
    /// The time.
    pub now: Tick,
    /// How many faults may still happen.
    pub faults: u8,
    /// The profiles.
    pub people: [Customer; 2],
    /// The ledger.
    pub sends: [Option<Send>; Key::COUNT],
    /// How many messages of each send are on the queue.
    pub queue: [u8; Key::COUNT],
    /// The workers, those with nothing to do first.
    pub workers: [Option<Worker>; 2],
    /// The scanners, likewise.
    pub scanners: [Option<Scan>; 2],
    /// The time of the latest letter of which the mail service has told.
    pub told: Option<Tick>,
    /// What the mail service took.
    pub accepted: [Accepted; Key::COUNT],
    /// How many workers of each letter died or were overdue since its last verdict.
    pub lost_workers: [u8; Key::COUNT],
    /// The properties that were broken on the way here.
    pub broken: crate::properties::Broken,
}

impl World {
    /// The row of a send.
    pub fn send(&self, key: Key) -> Option<Send> {
        self.sends[key.index()]
    }

    /// A profile.
    pub fn customer(&self, who: Who) -> &Customer {
        &self.people[who as usize]
    }

    /// The profile to which one leads.
    pub fn follow(&self, who: Who) -> Who {
        if self.customer(who).merged { Who::A } else { who }
    }

    /// A profile was written: whoever has read it has read an old one.
    pub fn wrote_customer(&mut self, written: Who) {
        for worker in self.workers.iter_mut().flatten() {
            if let Step::Gated { person, fresh, .. } = &mut worker.step
                && *person == written
            {
                *fresh = false;
            }
        }
        for scan in self.scanners.iter_mut().flatten() {
            match scan {
                Scan::Looking { who, fresh, .. } if *who == written => *fresh = false,
                Scan::Merging { fresh, .. } => *fresh = false,
                _ => {}
            }
        }
    }

    /// A row of suppression was written.
    pub fn wrote_suppression(&mut self, of: Who) {
        for worker in self.workers.iter_mut().flatten() {
            if let Step::Gated { person, fresh_address, .. } = &mut worker.step
                && *person == of
            {
                *fresh_address = false;
            }
        }
    }

    /// Two workers that exchange their letters are the same world: an order among them makes it one state.
    pub fn put_in_order(&mut self) {
        self.workers.sort_unstable();
        self.scanners.sort_unstable();
    }
}
