//! Bounded configurations: how many of everything there are, and what may happen to them.

use crate::world::{Letter, Tick, Who};

/// A configuration.
#[expect(clippy::struct_excessive_bools, reason = "what may happen, each for itself")]
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Whose facts are an occasion of the low flow.
    pub wants_low: [bool; 2],
    /// Whose facts are an occasion of the high flow.
    pub wants_high: [bool; 2],
    /// How many steps the low flow has, one or two.
    pub low_steps: u8,
    /// When the letter of the high flow is due.
    pub high_due: Tick,
    /// How many workers may be at work at once, at most two.
    pub workers: u8,
    /// How many scanners, likewise.
    pub scanners: u8,
    /// At which tick the scenario ends, and only what is due is still done.
    pub ticks: Tick,
    /// How many faults may happen.
    pub faults: u8,
    /// Whether a person may opt out.
    pub opt_out: bool,
    /// Whether a person may buy, which is the exit of both flows.
    pub order: bool,
    /// Whether another customer with the same address may opt out.
    pub suppression: bool,
    /// Whether the two profiles may turn out to be one person, at any time.
    pub merge: bool,
    /// Whether the mail service tells of its letters.
    pub events: bool,
    /// Whether dispatches and dead workers are counted.
    pub poison: bool,
}

impl Scenario {
    /// One person with both flows, one worker, one scanner, nothing that goes wrong.
    pub const PLAIN: Scenario = Scenario {
        name: "plain",
        wants_low: [true, false],
        wants_high: [true, false],
        low_steps: 2,
        high_due: 1,
        workers: 1,
        scanners: 1,
        ticks: 5,
        faults: 0,
        opt_out: false,
        order: false,
        suppression: false,
        merge: false,
        events: true,
        poison: false,
    };

    /// Whether a profile is there at all.
    pub fn is_there(&self, who: Who) -> bool {
        self.wants_low[who as usize] || self.wants_high[who as usize]
    }

    /// Whether the facts of a profile ask for a letter.
    pub fn wants(&self, who: Who, letter: Letter) -> bool {
        match letter {
            Letter::L1 => self.wants_low[who as usize],
            Letter::L2 => self.wants_low[who as usize] && self.low_steps > 1,
            Letter::H => self.wants_high[who as usize],
        }
    }
}

/// One person with one letter.
const ONE_LETTER: Scenario = Scenario { wants_high: [false; 2], low_steps: 1, ..Scenario::PLAIN };
/// One person with one letter of each flow.
const TWO_LETTERS: Scenario = Scenario { low_steps: 1, ..Scenario::PLAIN };
/// Two profiles of one person: both have the occasion of the low flow, the second that of the high flow too. What the mail
/// service tells is left out where nothing turns on it.
const TWO_PROFILES: Scenario =
    Scenario { wants_low: [true; 2], wants_high: [false, true], merge: true, events: false, ..TWO_LETTERS };
/// The same, and both have the occasions of both flows, the low one with two letters.
const TWO_FULL_PROFILES: Scenario = Scenario { wants_high: [true; 2], low_steps: 2, ..TWO_PROFILES };

/// What fits into every run of the tests: under a minute on two cores.
pub const BOUNDED: &[Scenario] = &[
    Scenario { name: "three letters", ticks: 6, ..Scenario::PLAIN },
    Scenario { name: "three letters, a fault", ticks: 4, faults: 1, opt_out: true, ..Scenario::PLAIN },
    Scenario { name: "two workers", workers: 2, ticks: 3, faults: 1, order: true, suppression: true, ..TWO_LETTERS },
    Scenario { name: "two scanners", scanners: 2, ticks: 3, faults: 1, opt_out: true, ..TWO_LETTERS },
    Scenario { name: "two of each", workers: 2, scanners: 2, ticks: 2, faults: 1, opt_out: true, ..TWO_LETTERS },
    Scenario { name: "in doubt", ticks: 5, faults: 2, ..TWO_LETTERS },
    Scenario { name: "poison", workers: 2, ticks: 4, faults: 3, poison: true, events: false, ..ONE_LETTER },
    Scenario { name: "merge", ticks: 3, ..TWO_PROFILES },
    Scenario { name: "merge, a fault", ticks: 1, faults: 1, opt_out: true, ..TWO_PROFILES },
    Scenario { name: "merge, two workers", workers: 2, ticks: 1, ..TWO_PROFILES },
];

/// What takes minutes and gigabytes.
pub const FULL: &[Scenario] = &[
    Scenario { name: "two of each", workers: 2, scanners: 2, ticks: 4, faults: 1, opt_out: true, ..TWO_LETTERS },
    Scenario { name: "three letters", ticks: 6, faults: 2, opt_out: true, ..Scenario::PLAIN },
    Scenario { name: "two workers", workers: 2, ticks: 4, faults: 2, order: true, suppression: true, ..TWO_LETTERS },
    Scenario { name: "two scanners", scanners: 2, ticks: 4, faults: 2, opt_out: true, ..TWO_LETTERS },
    Scenario { name: "in doubt", ticks: 7, faults: 3, ..TWO_LETTERS },
    Scenario { name: "poison", workers: 2, ticks: 6, faults: 4, poison: true, events: false, ..ONE_LETTER },
    Scenario { name: "merge, a fault", ticks: 3, faults: 1, ..TWO_PROFILES },
    Scenario { name: "merge, every letter", ticks: 4, ..TWO_FULL_PROFILES },
    Scenario { name: "merge, two workers", workers: 2, ticks: 3, opt_out: true, ..TWO_PROFILES },
    Scenario { name: "merge, two scanners", scanners: 2, ticks: 3, ..TWO_PROFILES },
    Scenario { name: "merge, two faults", ticks: 2, faults: 2, ..TWO_PROFILES },
    Scenario { name: "merge, events", ticks: 3, events: true, ..TWO_PROFILES },
];

/// Where a rule is taken out: small worlds, in each of which some rules are needed.
pub mod probes {
    use super::{ONE_LETTER, Scenario, TWO_FULL_PROFILES, TWO_LETTERS, TWO_PROFILES};

    /// One letter, and an opt-out.
    pub const OPT_OUT: Scenario = Scenario { name: "one letter, opt-out", ticks: 4, opt_out: true, ..ONE_LETTER };
    /// A flow of two letters, nothing else.
    pub const TWO_STEPS: Scenario = Scenario { name: "two steps", ticks: 5, low_steps: 2, ..ONE_LETTER };
    /// One letter and one fault.
    pub const ONE_FAULT: Scenario = Scenario { name: "one letter, a fault", ticks: 5, faults: 1, ..ONE_LETTER };
    /// Two flows, and an opt-out.
    pub const TWO_FLOWS: Scenario = Scenario { name: "two flows, opt-out", ticks: 4, opt_out: true, ..TWO_LETTERS };
    /// Two flows, and one fault.
    pub const FLOWS_AND_FAULT: Scenario =
        Scenario { name: "two flows, opt-out, a fault", ticks: 5, faults: 1, opt_out: true, ..TWO_LETTERS };
    /// One letter, and a queue that stands still.
    pub const STANDSTILL: Scenario =
        Scenario { name: "one letter, standstill", ticks: 4, poison: true, events: false, ..ONE_LETTER };
    /// One letter, and three faults.
    pub const THREE_FAULTS: Scenario =
        Scenario { name: "one letter, three faults", ticks: 4, faults: 3, poison: true, events: false, ..ONE_LETTER };
    /// One letter, to an address that somebody else has too.
    pub const SHARED_ADDRESS: Scenario =
        Scenario { name: "one letter, shared address", ticks: 2, suppression: true, ..ONE_LETTER };
    /// Two workers with one letter.
    pub const TWO_WORKERS: Scenario =
        Scenario { name: "one letter, two workers", workers: 2, ticks: 2, faults: 1, ..ONE_LETTER };
    /// A merge in which nothing goes wrong.
    pub const MERGE: Scenario = Scenario { name: "merge", ticks: 3, ..TWO_PROFILES };
    /// A merge, with every letter there is.
    pub const FULL_MERGE: Scenario = Scenario { name: "merge, every letter", ticks: 3, ..TWO_FULL_PROFILES };
    /// A merge and a fault.
    pub const MERGE_AND_FAULT: Scenario = Scenario { name: "merge, a fault", ticks: 2, faults: 1, ..TWO_PROFILES };
}
