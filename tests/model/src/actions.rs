//! What can happen next: a step of somebody, an event from outside, the passing of time, or a fault.

use retention::send::State;

use crate::protocol::Protocol;
use crate::rules::Rule;
use crate::sending::{ended_as_poison, hear, mark_again, record};
use crate::world::{Answer, DEADLY, HORIZON, Key, MESSAGES, SUSPECT, Scan, Step, Tick, Who, Worker, World};

/// Something that happens. Workers and scanners are named by their place in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Time goes on. Whoever is in the middle of something is overdue then: a fault each.
    Tick,
    /// A scanner reads a due customer and the holder of the slot.
    Look(Who),
    /// It decides and commits.
    Decide(usize),
    /// A scanner puts the key of a due send on the queue.
    Dispatch(Key),
    /// It pushes the row.
    Push(usize),
    /// A scanner reads two profiles that are one person.
    ReadBoth,
    /// It merges them.
    Merge(usize),
    /// A worker takes a message and reads the send.
    Take(Key),
    /// It reads customer and suppression, and asks the gate.
    AskGate(usize),
    /// It writes the verdict, or the mark.
    Write(usize),
    /// Its mark is written, and the answer is lost: a fault.
    MarkUnanswered(usize),
    /// Its SDK writes the mark again.
    MarkAgain(usize),
    /// It calls the mail service: a fault, unless it gets a plain yes.
    Submit(usize, Answer),
    /// It finds itself past its limit, and does not call.
    GiveUp(usize),
    /// It writes what it knows.
    Record(usize),
    /// It works on a letter in doubt.
    Settle(usize),
    /// A worker dies: a fault.
    WorkerDies(usize),
    /// A scanner dies: a fault.
    ScannerDies(usize),
    /// A message for a row that is not due: duplicated, redelivered, or of a stale index. A fault.
    StrayMessage(Key),
    /// The mail service tells of a letter.
    Hear(Key),
    /// What it was to tell is lost: a fault.
    LoseEvent(Key),
    /// The person takes back their consent.
    OptOut(Who),
    /// The person buys.
    Buy(Who),
    /// Somebody else with this address opts out.
    Suppress(Who),
}

impl Protocol {
    /// All that can happen in a world, some of it in vain.
    pub(crate) fn possible(&self, world: &World, actions: &mut Vec<Action>) {
        let scenario = &self.scenario;
        let faulty = world.faults > 0;
        if world.now < scenario.ticks {
            actions.push(Action::Tick);
        }
        for (index, worker) in world.workers.iter().enumerate() {
            let Some(worker) = worker else { continue };
            match worker.step {
                Step::Read => actions.push(Action::AskGate(index)),
                Step::InDoubt => actions.push(Action::Settle(index)),
                Step::Gated { verdict, .. } => {
                    actions.push(Action::Write(index));
                    if faulty && verdict == crate::world::Verdict::Go {
                        actions.push(Action::MarkUnanswered(index));
                    }
                }
                Step::Unanswered => actions.push(Action::MarkAgain(index)),
                Step::Marked if self.may_submit(worker) => {
                    actions.push(Action::Submit(index, Answer::Accepted));
                    if faulty {
                        let bad = [Answer::Refused, Answer::NotNow, Answer::LostButAccepted, Answer::Lost];
                        actions.extend(bad.map(|answer| Action::Submit(index, answer)));
                    }
                }
                Step::Marked => actions.push(Action::GiveUp(index)),
                Step::Answered(_) => actions.push(Action::Record(index)),
            }
            if faulty {
                actions.push(Action::WorkerDies(index));
            }
        }
        for (index, scan) in world.scanners.iter().enumerate() {
            let Some(scan) = scan else { continue };
            actions.push(match scan {
                Scan::Looking { .. } => Action::Decide(index),
                Scan::Pushing { .. } => Action::Push(index),
                Scan::Merging { .. } => Action::Merge(index),
            });
            if faulty {
                actions.push(Action::ScannerDies(index));
            }
        }
        let free = |busy: usize, all: u8| busy < usize::from(all);
        let worker_free = free(world.workers.iter().flatten().count(), scenario.workers);
        let scanner_free = free(world.scanners.iter().flatten().count(), scenario.scanners);
        for who in Who::ALL {
            if scanner_free && is_due(world.customer(who).armed, world.now) {
                actions.push(Action::Look(who));
            }
            let customer = world.customer(who);
            let is_there = !customer.merged && scenario.is_there(who);
            if is_there && scenario.opt_out && !customer.opted_out {
                actions.push(Action::OptOut(who));
            }
            if is_there && scenario.order && !customer.bought {
                actions.push(Action::Buy(who));
            }
            if is_there && scenario.suppression && !customer.suppressed {
                actions.push(Action::Suppress(who));
            }
        }
        if scanner_free && scenario.merge && !world.customer(Who::B).merged {
            actions.push(Action::ReadBoth);
        }
        for key in Key::all() {
            let Some(send) = world.send(key) else { continue };
            let messages = world.queue[key.index()];
            if scanner_free && is_due(send.due, world.now) {
                actions.push(Action::Dispatch(key));
            }
            if worker_free && messages > 0 {
                actions.push(Action::Take(key));
            }
            if faulty && messages < MESSAGES {
                actions.push(Action::StrayMessage(key));
            }
            if world.accepted[key.index()].event.is_some() {
                actions.push(Action::Hear(key));
                if faulty {
                    actions.push(Action::LoseEvent(key));
                }
            }
        }
    }

    /// The world after it. None where it comes to nothing.
    pub(crate) fn after(&self, before: &World, action: Action) -> Option<World> {
        let mut world = *before;
        match action {
            Action::Tick => {
                let busy = world.workers.iter().flatten().filter(|worker| !worker.overdue).count();
                let scanning = world.scanners.iter().flatten().count();
                world.faults = world.faults.checked_sub(u8::try_from(busy + scanning).ok()?)?;
                self.pass_time(&mut world);
            }
            Action::Look(who) => hire(&mut world.scanners, begin_look(before, who)?),
            Action::Decide(index) => {
                let Some(Scan::Looking { who, at, fresh, holder }) = world.scanners[index].take() else { return None };
                let _ = fresh && self.decide(&mut world, who, holder, at, true);
            }
            Action::Dispatch(key) => {
                let scan = dispatch(&mut world, key)?;
                hire(&mut world.scanners, scan);
            }
            Action::Push(index) => {
                let Some(Scan::Pushing { key, at, due, in_doubt }) = world.scanners[index].take() else { return None };
                self.push(&mut world, key, (at, due, in_doubt));
            }
            Action::ReadBoth => {
                let holder = |who| holder(before, who);
                let holders = [holder(Who::A), holder(Who::B)];
                hire(&mut world.scanners, Scan::Merging { at: world.now, fresh: true, holders });
            }
            Action::Merge(index) => {
                let Some(Scan::Merging { at, fresh, holders }) = world.scanners[index].take() else { return None };
                let _ = fresh && self.merge(&mut world, holders, at);
            }
            Action::Take(key) => {
                if let Some(worker) = self.take(&mut world, key) {
                    hire(&mut world.workers, worker);
                }
            }
            Action::StrayMessage(key) => {
                world.faults = world.faults.checked_sub(1)?;
                world.queue[key.index()] += 1;
            }
            Action::Hear(key) => hear(&mut world, key),
            Action::LoseEvent(key) => {
                world.faults = world.faults.checked_sub(1)?;
                world.accepted[key.index()].event = None;
            }
            Action::OptOut(who) => {
                world.people[who as usize].opted_out = true;
                self.decide(&mut world, who, holder(before, who), before.now, false);
            }
            Action::Buy(who) => {
                world.people[who as usize].bought = true;
                self.decide(&mut world, who, holder(before, who), before.now, false);
            }
            Action::Suppress(who) => {
                world.people[who as usize].suppressed = true;
                world.wrote_suppression(who);
            }
            Action::ScannerDies(index) => {
                world.faults = world.faults.checked_sub(1)?;
                world.scanners[index] = None;
            }
            _ => self.work(&mut world, action)?,
        }
        self.examine(&mut world);
        world.put_in_order();
        Some(world)
    }

    /// A step of a worker.
    fn work(&self, world: &mut World, action: Action) -> Option<()> {
        let (Action::AskGate(index)
        | Action::Write(index)
        | Action::MarkUnanswered(index)
        | Action::MarkAgain(index)
        | Action::Submit(index, _)
        | Action::GiveUp(index)
        | Action::Record(index)
        | Action::Settle(index)
        | Action::WorkerDies(index)) = action
        else {
            return None;
        };
        let mut worker = world.workers[index].take()?;
        let is_fault = match action {
            Action::MarkUnanswered(_) | Action::WorkerDies(_) => true,
            Action::Submit(_, answer) => answer != Answer::Accepted,
            _ => false,
        };
        world.faults = world.faults.checked_sub(u8::from(is_fault))?;
        world.workers[index] = match action {
            Action::AskGate(_) => {
                self.ask_gate(world, &mut worker);
                Some(worker)
            }
            Action::Write(_) => self.write_verdict(world, worker),
            Action::MarkUnanswered(_) => {
                let before = worker.attempt;
                let _ = self.mark(world, &mut worker);
                if worker.attempt == before {
                    return None;
                }
                worker.step = Step::Unanswered;
                Some(worker)
            }
            Action::MarkAgain(_) => mark_again(world, worker),
            Action::Submit(_, answer) => {
                if matches!(answer, Answer::Accepted | Answer::LostButAccepted) {
                    self.accept(world, &worker);
                }
                Some(Worker { step: Step::Answered(answer), ..worker })
            }
            Action::GiveUp(_) => Some(Worker { step: Step::Answered(Answer::NotNow), ..worker }),
            Action::Record(_) => {
                record(world, &worker);
                None
            }
            Action::Settle(_) => {
                self.settle(world, worker.key);
                None
            }
            _ => {
                self.die(world, &worker);
                None
            }
        };
        Some(())
    }

    /// A tick passes.
    pub(crate) fn pass_time(&self, world: &mut World) {
        world.now += 1;
        for index in 0..world.workers.len() {
            if let Some(worker) = world.workers[index] {
                self.lose_worker(world, &worker);
                world.workers[index] = Some(Worker { overdue: true, ..worker });
            }
        }
        for send in world.sends.iter_mut().flatten() {
            send.tried_now = false;
        }
    }

    /// It pushes the row, if the index still has it as it was seen.
    pub(crate) fn push(&self, world: &mut World, key: Key, (at, due, in_doubt): (Tick, Option<Tick>, bool)) {
        let Some(mut send) = world.send(key) else { return };
        let seen = send.due == due && in_doubt == (send.state != State::Planned);
        if !seen && self.rules.hold(Rule::PushIsConditional) {
            return;
        }
        send.due = Some(at + HORIZON);
        if self.scenario.poison {
            let by_dispatches = !self.rules.hold(Rule::TriesNotDispatches);
            let most = if by_dispatches { DEADLY } else { SUSPECT };
            send.dispatches = (send.dispatches + 1).min(most);
            let planned = send.state == State::Planned || !self.rules.hold(Rule::PoisonOnlyFromPlanned);
            if by_dispatches && send.dispatches == DEADLY && planned {
                send.end(retention::Reason::Poison, world.now);
                ended_as_poison(world, key);
            }
        }
        world.sends[key.index()] = Some(send);
    }
}

fn is_due(due: Option<Tick>, now: Tick) -> bool {
    due.is_some_and(|due| due <= now)
}

fn holder(world: &World, who: Who) -> Option<crate::world::Send> {
    world.customer(who).open.and_then(|letter| world.send(Key::new(who, letter)))
}

/// Puts somebody in a free place.
fn hire<T>(places: &mut [Option<T>], somebody: T) {
    if let Some(place) = places.iter_mut().find(|place| place.is_none()) {
        *place = Some(somebody);
    }
}

/// A scanner reads a customer that the index names, and the holder of the slot.
pub(crate) fn begin_look(world: &World, who: Who) -> Option<Scan> {
    is_due(world.customer(who).armed, world.now).then(|| Scan::Looking {
        who,
        at: world.now,
        fresh: true,
        holder: holder(world, who),
    })
}

/// A scanner puts the key of a due send on the queue.
pub(crate) fn dispatch(world: &mut World, key: Key) -> Option<Scan> {
    let send = world.send(key).filter(|send| is_due(send.due, world.now))?;
    let messages = &mut world.queue[key.index()];
    *messages = (*messages + 1).min(MESSAGES);
    Some(Scan::Pushing { key, at: world.now, due: send.due, in_doubt: send.state != State::Planned })
}
