//! What must come about at least once: a model in which a thing never happens proves nothing about it.

use std::sync::atomic::{AtomicU32, Ordering};

use retention::Reason;
use retention::send::State;

use crate::world::{Key, Letter, Scan, Send, Step, Who, World};

/// Something that comes about: its name, and whether it is so in a world.
type Reached = (&'static str, fn(&World) -> bool);

/// All of it.
pub const REACHED: [Reached; 19] = [
    ("three letters to one person", |world| Letter::ALL.iter().all(|letter| taken(world, Who::A, *letter))),
    ("a letter that is proven by the answer", |world| any(world, |send| send.state == State::Sent)),
    ("a letter that left at its second mark", |world| any(world, |s| s.state == State::Sent && s.attempt > 1)),
    ("a letter that a higher one outranked", |world| ended(world, Reason::Outranked)),
    ("a letter that a merge took back", |world| ended(world, Reason::Merged)),
    ("a letter that an opt-out stopped", |world| ended(world, Reason::NoConsent)),
    ("a letter that an order stopped", |world| ended(world, Reason::Bought)),
    ("a letter that a suppression stopped", |world| ended(world, Reason::Suppressed)),
    ("a letter that was refused", |world| ended(world, Reason::Refused)),
    ("a letter that killed its workers", |world| ended(world, Reason::Poison)),
    ("a letter closed on the evidence of a later one", |world| ended(world, Reason::NoEvent)),
    ("a letter closed without evidence", |world| ended(world, Reason::NoEvidence)),
    ("a letter in doubt that had left", |world| {
        let in_doubt = |key: &Key| world.send(*key).is_some_and(|send| send.state == State::Unknown);
        Key::all().filter(in_doubt).any(|key| world.accepted[key.index()].times > 0)
    }),
    ("a zombie that holds a mark", |world| {
        world.workers.iter().flatten().any(|worker| worker.overdue && worker.step == Step::Marked)
    }),
    ("a mark that was applied, and whose answer was lost", |world| {
        world.workers.iter().flatten().any(|worker| worker.step == Step::Unanswered)
    }),
    ("a letter in doubt that had left, and whose event was lost", |world| {
        // An event of a first attempt that is told proves it.
        let is_doubtful = |state| matches!(state, State::Unknown | State::LostSuspect);
        let in_doubt = |key: &Key| world.send(*key).is_some_and(|send| send.attempt == 1 && is_doubtful(send.state));
        let lost = |key: Key| world.accepted[key.index()].times > 0 && world.accepted[key.index()].event.is_none();
        Key::all().filter(in_doubt).any(lost)
    }),
    ("two workers with one letter", |world| matches!(world.workers, [Some(one), Some(other)] if one.key == other.key)),
    ("a merge that has to wait", |world| {
        let waits = |scan: &Scan| match scan {
            Scan::Merging { holders, .. } => holders.iter().flatten().any(|send| send.state == State::Submitting),
            _ => false,
        };
        world.scanners.iter().flatten().any(waits)
    }),
    ("letters under both profiles of one person", |world| {
        let sent = |who| Letter::ALL.iter().any(|letter| taken(world, who, *letter));
        world.customer(Who::B).merged && sent(Who::A) && sent(Who::B)
    }),
];

fn taken(world: &World, who: Who, letter: Letter) -> bool {
    world.accepted[Key::new(who, letter).index()].times > 0
}

fn any(world: &World, is_so: impl Fn(&Send) -> bool) -> bool {
    world.sends.iter().flatten().any(is_so)
}

fn ended(world: &World, reason: Reason) -> bool {
    any(world, |send| !send.is_open() && send.reason == Some(reason))
}

/// What has come about so far, in any world of any scenario.
#[derive(Debug, Default)]
pub struct Seen(AtomicU32);

impl Seen {
    /// Notes what is so in a world.
    pub fn note(&self, world: &World) {
        let known = self.0.load(Ordering::Relaxed);
        for (index, (_, is_so)) in REACHED.iter().enumerate() {
            if known & (1 << index) == 0 && is_so(world) {
                self.0.fetch_or(1 << index, Ordering::Relaxed);
            }
        }
    }

    /// What never came about.
    pub fn missing(&self) -> Vec<&'static str> {
        let known = self.0.load(Ordering::Relaxed);
        let missing = REACHED.iter().enumerate().filter(|(index, _)| known & (1 << index) == 0);
        missing.map(|(_, (name, _))| *name).collect()
    }
}
