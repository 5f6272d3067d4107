//! What comes of a world once nothing goes wrong any more: every row that is due is looked at, every message is worked
//! through, every letter is taken, and time goes on.
//!
//! So "for ever" becomes a question about one world: from each in which nobody is in the middle of anything, this is run, and
//! what is still open at its end stays open.

use crate::actions::{begin_look, dispatch};
use crate::protocol::Protocol;
use crate::sending::{hear, record};
use crate::world::{Answer, CLOSE, GAP, Key, Scan, Step, Tick, Who, World};

/// What happens while nothing goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Calm {
    /// The mail service tells of a letter.
    Told(Key),
    /// A scanner looks at a customer, decides and commits.
    Looked(Who),
    /// A scanner puts a key on the queue and pushes the row.
    Dispatched(Key),
    /// A worker does all that there is to do about a letter.
    Worked(Key),
}

/// Long enough for a letter in doubt to be closed and for three letters, each a gap after the other.
const TICKS: Tick = CLOSE + 3 * GAP + 3;
/// More rounds in one tick than any world needs.
const ROUNDS: usize = 16;

impl Protocol {
    /// Whether nobody is in the middle of anything, and the time is that at which the scenario ends.
    pub(crate) fn is_calm(&self, world: &World) -> bool {
        world.now == self.scenario.ticks
            && world.workers.iter().all(Option::is_none)
            && world.scanners.iter().all(Option::is_none)
            && world.queue.iter().all(|messages| *messages == 0)
    }

    /// Lets everything happen that still is to, and tells of each thing after it. `false`: it does not come to rest.
    pub(crate) fn calm_down(&self, world: &mut World, mut told: impl FnMut(Calm, &World)) -> bool {
        for _ in 0..TICKS {
            if !(0..ROUNDS).any(|_| !self.round(world, &mut told)) {
                return false;
            }
            self.pass_time(world);
        }
        true
    }

    /// Does once what is due. Says whether anything was.
    fn round(&self, world: &mut World, told: &mut impl FnMut(Calm, &World)) -> bool {
        let before = *world;
        for key in Key::all() {
            hear(world, key);
            told(Calm::Told(key), world);
        }
        for who in Who::ALL {
            if let Some(Scan::Looking { holder, at, .. }) = begin_look(world, who) {
                self.decide(world, who, holder, at, true);
                told(Calm::Looked(who), world);
            }
        }
        for key in Key::all() {
            if let Some(Scan::Pushing { at, due, in_doubt, .. }) = dispatch(world, key) {
                self.push(world, key, (at, due, in_doubt));
                told(Calm::Dispatched(key), world);
            }
            while world.queue[key.index()] > 0 {
                self.work_through(world, key);
                told(Calm::Worked(key), world);
            }
        }
        *world != before
    }

    fn work_through(&self, world: &mut World, key: Key) {
        let Some(mut worker) = self.take(world, key) else { return };
        if worker.step == Step::InDoubt {
            self.settle(world, key);
            return;
        }
        self.ask_gate(world, &mut worker);
        let Some(mut worker) = self.write_verdict(world, worker).filter(|worker| worker.step == Step::Marked) else {
            return;
        };
        self.accept(world, &worker);
        worker.step = Step::Answered(Answer::Accepted);
        record(world, &worker);
    }
}
