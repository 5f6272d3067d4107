//! A trace in words: who did what at which tick, and what changed by it.

use std::fmt::Write as _;

use crate::actions::Action;
use crate::calm::Calm;
use crate::properties::Property;
use crate::protocol::Protocol;
use crate::world::{Answer, Key, Scan, Who, World};

impl Protocol {
    /// A trace from the beginning to where these properties are broken, a line for each step; what comes of the last world
    /// while nothing goes wrong is told too.
    pub fn story(&self, actions: &[Action], broken: &[Property]) -> Vec<String> {
        let mut world = self.beginning();
        let mut lines = Vec::with_capacity(actions.len() + 2);
        for action in actions {
            let Some(after) = self.after(&world, *action) else { break };
            if *action != Action::Tick {
                lines.push(format!("t{} {}{}", world.now, said(&world, *action), changes(&world, &after)));
            }
            world = after;
        }
        if self.is_calm(&world) {
            lines.push(format!("t{} from here on nothing goes wrong any more", world.now));
            let mut before = world;
            self.calm_down(&mut world, |calm, after| {
                let changes = changes(&before, after);
                if !changes.is_empty() {
                    lines.push(format!("t{} {}{changes}", after.now, calmly(calm)));
                }
                before = *after;
            });
            lines.push("and nothing else happens".to_owned());
        }
        let names: Vec<&str> = broken.iter().map(|property| property.name()).collect();
        lines.push(format!("broken: {}", names.join(", ")));
        lines
    }
}

fn calmly(calm: Calm) -> String {
    match calm {
        Calm::Told(key) => format!("the mail service tells of {}", name(key)),
        Calm::Looked(who) => format!("a scanner looks at {who:?}"),
        Calm::Dispatched(key) => format!("a scanner dispatches {}", name(key)),
        Calm::Worked(key) => format!("a worker works on {}", name(key)),
    }
}

fn name(key: Key) -> String {
    format!("{:?}.{:?}", key.who, key.letter)
}

fn said(world: &World, action: Action) -> String {
    let letter = |index: usize| world.workers[index].map(|worker| name(worker.key)).unwrap_or_default();
    let scan = |index: usize| match world.scanners[index] {
        Some(Scan::Looking { who, .. }) => format!("{who:?}"),
        Some(Scan::Pushing { key, .. }) => name(key),
        _ => "both profiles".to_owned(),
    };
    match action {
        Action::Tick => "a tick passes".to_owned(),
        Action::Look(who) => format!("a scanner reads {who:?}"),
        Action::Decide(index) => format!("the scanner of {} decides", scan(index)),
        Action::Dispatch(key) => format!("a scanner puts {} on the queue", name(key)),
        Action::Push(index) => format!("the scanner of {} pushes it", scan(index)),
        Action::ReadBoth => "a scanner reads both profiles".to_owned(),
        Action::Merge(_) => "the scanner merges them".to_owned(),
        Action::Take(key) => format!("a worker takes {}", name(key)),
        Action::AskGate(index) => format!("the worker of {} asks the gate", letter(index)),
        Action::Write(index) => format!("the worker of {} writes", letter(index)),
        Action::MarkUnanswered(index) => format!("the worker of {} marks and gets no answer", letter(index)),
        Action::MarkAgain(index) => format!("the SDK of the worker of {} marks again", letter(index)),
        Action::Submit(index, answer) => {
            let answer = match answer {
                Answer::Accepted => "is taken",
                Answer::Refused => "is refused",
                Answer::NotNow => "is throttled",
                Answer::LostButAccepted => "is taken, the answer is lost",
                Answer::Lost => "is not taken, the answer is lost",
            };
            format!("{} {answer}", letter(index))
        }
        Action::GiveUp(index) => format!("the worker of {} is past its limit", letter(index)),
        Action::Record(index) => format!("the worker of {} records", letter(index)),
        Action::Settle(index) => format!("the worker of {} looks for evidence", letter(index)),
        Action::WorkerDies(index) => format!("the worker of {} dies", letter(index)),
        Action::ScannerDies(index) => format!("the scanner of {} dies", scan(index)),
        Action::StrayMessage(key) => format!("a stray message of {}", name(key)),
        Action::Hear(key) => format!("the mail service tells of {}", name(key)),
        Action::LoseEvent(key) => format!("what was to be told of {} is lost", name(key)),
        Action::OptOut(who) => format!("{who:?} opts out"),
        Action::Buy(who) => format!("{who:?} buys"),
        Action::Suppress(who) => format!("somebody else with the address of {who:?} opts out"),
    }
}

/// What differs in the rows, after a colon; nothing where nothing does.
fn changes(before: &World, after: &World) -> String {
    let mut said = Vec::new();
    for key in Key::all() {
        let (old, new) = (before.send(key), after.send(key));
        let state = |send: Option<crate::world::Send>| send.map(|send| (send.state, send.reason, send.attempt));
        let Some(send) = new.filter(|_| state(old) != state(new)) else { continue };
        let mut change = format!("{} {}", name(key), send.state.name());
        if let Some(reason) = send.reason {
            let _ = write!(change, " ({})", reason.code());
        }
        said.push(change);
    }
    for who in Who::ALL {
        let (old, new) = (before.customer(who), after.customer(who));
        if old.open != new.open {
            let holder = new.open.map_or("nobody".to_owned(), |letter| format!("{letter:?}"));
            said.push(format!("{who:?}'s slot: {holder}"));
        }
        for (key, (old, new)) in Key::all().zip(old.recent.iter().zip(new.recent)) {
            match new {
                _ if *old == new => {}
                Some(at) => said.push(format!("{who:?}'s recent has {} at t{at}", name(key))),
                None => said.push(format!("{who:?}'s recent loses {}", name(key))),
            }
        }
    }
    for key in Key::all() {
        if after.accepted[key.index()].times > before.accepted[key.index()].times {
            said.push(format!("{} has left at t{}", name(key), after.accepted[key.index()].at));
        }
    }
    if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) }
}
