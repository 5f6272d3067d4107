//! `functions/send` in small: gate, mark, submit, record, and what becomes of a letter in doubt.

use retention::Reason;
use retention::send::State;

use crate::deciding::free_from;
use crate::properties::Property;
use crate::protocol::Protocol;
use crate::rules::Rule;
use crate::world::{Answer, CLOSE, DEADLY, GAP, Key, MESSAGES, SUSPECT, Send, Step, Tick, Verdict, Who, Worker, World};

impl Protocol {
    /// A free worker takes a message, and does what the row's state asks. The worker, if there is more to do.
    pub(crate) fn take(&self, world: &mut World, key: Key) -> Option<Worker> {
        world.queue[key.index()] -= 1;
        let mut send = world.send(key)?;
        let reading = |step| Some(Worker { key, attempt: send.attempt, overdue: false, step });
        if !send.is_open() {
            return None;
        }
        if send.state != State::Planned {
            if self.rules.hold(Rule::PoisonOnlyFromPlanned) {
                self.settle(world, key);
                return None;
            }
            let worker = reading(Step::InDoubt);
            return worker.filter(|_| self.begin_try(world, key, &mut send));
        }
        let worker = reading(Step::Read);
        worker.filter(|_| self.begin_try(world, key, &mut send))
    }

    /// Notes that a worker begins with a letter that was dispatched before without a verdict, and ends it where it has killed
    /// too many. Says whether the worker goes on.
    fn begin_try(&self, world: &mut World, key: Key, send: &mut Send) -> bool {
        if !self.scenario.poison || send.dispatches < SUSPECT {
            return true;
        }
        let by_tries = self.rules.hold(Rule::TriesNotDispatches);
        if by_tries && send.tries >= DEADLY && !send.tried_now {
            send.end(Reason::Poison, world.now);
            ended_as_poison(world, key);
        } else if by_tries && !send.tried_now {
            send.tries = (send.tries + 1).min(DEADLY);
            send.tried_now = true;
        }
        world.sends[key.index()] = Some(*send);
        send.is_open()
    }

    /// What is past its limit is in doubt; what is in doubt waits for evidence, and is closed at the latest then.
    pub(crate) fn settle(&self, world: &mut World, key: Key) {
        let Some(mut send) = world.send(key) else { return };
        let now = world.now;
        match send.state {
            State::Submitting if send.at < now => send.enter(State::Unknown, None, Some(now + 1)),
            State::Unknown => {
                let told_of_later = world.told.is_some_and(|told| told > send.at) && now > send.at;
                let closes = send.at + CLOSE;
                let hard = self.rules.hold(Rule::HardClose);
                if told_of_later || (hard && now >= closes) {
                    let reason = if told_of_later { Reason::NoEvent } else { Reason::NoEvidence };
                    if self.rules.hold(Rule::SettlementNeverResends) {
                        send.enter(State::LostSuspect, Some(reason), None);
                    } else {
                        world.broken.note_if(Property::S6, world.accepted[key.index()].times > 0);
                        send.enter(State::Planned, Some(reason), Some(now));
                    }
                } else {
                    let next = if hard { (now + 1).min(closes) } else { now + 1 };
                    send.enter(State::Unknown, None, Some(next));
                }
            }
            _ => return,
        }
        world.lost_workers[key.index()] = 0;
        world.sends[key.index()] = Some(send);
    }

    /// The worker reads customer and suppression, and asks whether the letter may leave.
    pub(crate) fn ask_gate(&self, world: &World, worker: &mut Worker) {
        let Key { who, .. } = worker.key;
        let person = if self.rules.hold(Rule::GateFollowsMerge) { world.follow(who) } else { who };
        let customer = world.customer(person);
        let is_holder = person == who && customer.open == Some(worker.key.letter);
        let free = free_from(customer, Some(worker.key), world.now);
        let verdict = if customer.suppressed {
            Verdict::Never(Reason::Suppressed)
        } else if customer.opted_out {
            Verdict::Never(Reason::NoConsent)
        } else if customer.bought {
            Verdict::Never(Reason::Bought)
        } else if self.rules.hold(Rule::GateAsksForSlot) && !is_holder {
            Verdict::Never(Reason::Outranked)
        } else if free > world.now {
            Verdict::NotNow(free)
        } else {
            Verdict::Go
        };
        worker.step = Step::Gated { person, fresh: true, fresh_address: true, verdict };
    }

    /// The worker writes the verdict, if the send is as it read it. It goes on where it is to leave, or to read again.
    pub(crate) fn write_verdict(&self, world: &mut World, mut worker: Worker) -> Option<Worker> {
        let Step::Gated { verdict, .. } = worker.step else { return None };
        let key = worker.key;
        let seen = |send: &Send| send.state == State::Planned && send.attempt == worker.attempt;
        let stands = world.send(key).filter(seen);
        match (verdict, stands) {
            (Verdict::Go, _) => {
                worker.step =
                    if self.mark(world, &mut worker) { Step::Marked } else { return read_again(world, worker) };
                Some(worker)
            }
            (_, None) => None,
            (Verdict::NotNow(until), Some(mut send)) => {
                send.enter(State::Planned, None, Some(until));
                self.wrote_verdict(world, key, send);
                None
            }
            (Verdict::Never(reason), Some(mut send)) => {
                send.end(reason, world.now);
                self.wrote_verdict(world, key, send);
                None
            }
        }
    }

    fn wrote_verdict(&self, world: &mut World, key: Key, mut send: Send) {
        if send.state == State::Yielded && !self.rules.hold(Rule::YieldedIsAnEnd) {
            send.reason = None;
        }
        world.sends[key.index()] = Some(send);
        world.lost_workers[key.index()] = 0;
    }

    /// Moves the send to `submitting`, if send, customer and suppression are as the gate read them. Says whether the worker
    /// holds the mark.
    pub(crate) fn mark(&self, world: &mut World, worker: &mut Worker) -> bool {
        let Step::Gated { person, fresh, fresh_address, .. } = worker.step else { return false };
        let Some(mut send) = world.send(worker.key) else { return false };
        let seen = send.state == State::Planned && send.attempt == worker.attempt;
        let customer_stands = fresh || !self.rules.hold(Rule::VersionInMark);
        let address_stands = fresh_address || !self.rules.hold(Rule::SuppressionInMark);
        if !(seen && customer_stands && address_stands) {
            let looks_mine = send.state == State::Submitting && send.attempt == worker.attempt + 1;
            let mine = looks_mine && !self.rules.hold(Rule::NonceTellsMine);
            worker.attempt += u8::from(mine);
            return mine;
        }
        let customer = world.customer(world.follow(person));
        world.broken.note_if(Property::S2, customer.opted_out || customer.bought || customer.suppressed);
        worker.attempt += 1;
        send.attempt = worker.attempt;
        send.at = world.now;
        send.enter(State::Submitting, None, Some(world.now + 1));
        world.lost_workers[worker.key.index()] = 0;
        world.sends[worker.key.index()] = Some(send);
        true
    }

    /// Whether the worker still calls the mail service.
    pub(crate) fn may_submit(&self, worker: &Worker) -> bool {
        !worker.overdue || !self.rules.hold(Rule::NoCallAfterLimit)
    }

    /// The mail service takes a letter.
    pub(crate) fn accept(&self, world: &mut World, worker: &Worker) {
        let Key { who, letter } = worker.key;
        let person = world.follow(who);
        let is_theirs = |key: &Key| world.follow(key.who) == person;
        let earlier = || Key::all().filter(is_theirs).filter(|key| world.accepted[key.index()].times > 0);
        let same = earlier().find(|key| key.letter == letter);
        let within_gap = earlier().any(|key| world.now < world.accepted[key.index()].at + GAP);
        let after_merge = world.customer(Who::B).merged;
        match same {
            Some(key) if key.who != who => world.broken.note(Property::S7),
            Some(_) => world.broken.note(Property::S1),
            None => {}
        }
        world.broken.note_if(Property::S1, within_gap);
        world.broken.note_if(Property::S7, within_gap && after_merge);
        let accepted = &mut world.accepted[worker.key.index()];
        accepted.times = (accepted.times + 1).min(2);
        accepted.at = world.now;
        accepted.event = self.scenario.events.then_some(worker.attempt);
    }

    /// A worker is gone; its message comes again.
    pub(crate) fn die(&self, world: &mut World, worker: &Worker) {
        let index = worker.key.index();
        world.queue[index] = (world.queue[index] + 1).min(MESSAGES);
        self.lose_worker(world, worker);
    }

    /// A worker died or went past its function's timeout, which kills it as far as others can know. It counts once.
    pub(crate) fn lose_worker(&self, world: &mut World, worker: &Worker) {
        if self.scenario.poison && !worker.overdue {
            let lost = &mut world.lost_workers[worker.key.index()];
            *lost = (*lost + 1).min(DEADLY);
        }
    }
}

/// A lost race: the send is read again, and the worker goes on if it is still planned.
fn read_again(world: &World, mut worker: Worker) -> Option<Worker> {
    let send = world.send(worker.key).filter(|send| send.state == State::Planned)?;
    (worker.attempt, worker.step) = (send.attempt, Step::Read);
    Some(worker)
}

pub(crate) fn ended_as_poison(world: &mut World, key: Key) {
    if world.lost_workers[key.index()] < DEADLY {
        world.broken.note(Property::S8);
    }
    world.lost_workers[key.index()] = 0;
}

/// The SDK sent the mark a second time, and its condition failed: the row says whose it is.
pub(crate) fn mark_again(world: &World, mut worker: Worker) -> Option<Worker> {
    let mine = |send: &Send| send.state == State::Submitting && send.attempt == worker.attempt;
    if world.send(worker.key).is_some_and(|send| mine(&send)) {
        worker.step = Step::Marked;
        return Some(worker);
    }
    read_again(world, worker)
}

/// The worker writes what the mail service said, if the mark is still its own. An acceptance also replaces a doubt.
pub(crate) fn record(world: &mut World, worker: &Worker) {
    let Step::Answered(answer) = worker.step else { return };
    let Some(mut send) = world.send(worker.key).filter(|send| send.attempt == worker.attempt) else { return };
    let doubted = matches!(send.state, State::Unknown | State::LostSuspect);
    match (answer, send.state) {
        (Answer::Accepted, State::Submitting) => send.enter(State::Sent, None, None),
        (Answer::Accepted, _) if doubted => send.enter(State::Sent, None, None),
        (Answer::Refused, State::Submitting) => send.end(Reason::Refused, world.now),
        (Answer::NotNow, State::Submitting) => send.enter(State::Planned, None, Some(world.now + 1)),
        (Answer::Lost | Answer::LostButAccepted, State::Submitting) => {
            send.enter(State::Unknown, None, Some(world.now + 1));
        }
        _ => return,
    }
    world.lost_workers[worker.key.index()] = 0;
    world.sends[worker.key.index()] = Some(send);
}

/// An event of the mail service: it proves that the letter was taken.
pub(crate) fn hear(world: &mut World, key: Key) {
    let accepted = &mut world.accepted[key.index()];
    let Some(attempt) = accepted.event.take() else { return };
    let told: Tick = accepted.at;
    world.told = world.told.max(Some(told));
    let Some(mut send) = world.send(key) else { return };
    let settles = match send.state {
        State::Planned | State::Unknown | State::LostSuspect => true,
        State::Submitting => attempt == send.attempt,
        _ => false,
    };
    if settles {
        send.enter(State::Sent, None, None);
        world.lost_workers[key.index()] = 0;
        world.sends[key.index()] = Some(send);
    }
}
