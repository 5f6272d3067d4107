//! Bounded configurations: how many of everything there are, and what may happen to them.

use crate::world::{Letter, Tick, Who};

/// A configuration.
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
