//! The line of letters before SES. One row hands out slots to all senders; a batch takes as many at a time as letters wait.
//!
//! A letter asks SES in its slot or not at all: one whose mark took too long takes another slot, so that no second holds
//! more letters than the account takes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use cloud::{Clock, StoreError};
use cloud::clients::SES_TIMEOUT;
use cloud::store::Slots;
use retention::flow::Class;
use retention::pace::{Pace, TOLERANCE_MICROS};
use retention::{Reason, Time};

use crate::Sender;

/// How long a line a letter may stand in. Marketing keeps it short, so that a confirmation waits for little.
const SECOND: i64 = 1_000_000;
/// What is left of an invocation after the last letter has asked SES: its answer, and the record of it.
const AFTER_SES: i64 = 2 * SECOND;
/// How long a letter waits once the day's quota is used up.
const AFTER_QUOTA: chrono::TimeDelta = chrono::TimeDelta::minutes(15);
/// The longest span that is believed of a mark or a grant.
const LONGEST: i64 = SECOND;
/// How many reads a mark is taken to last, before one was seen.
const MARK_IN_READS: i64 = 2;
/// A wait as short as this is not broken in two.
const SHORTEST_STEP: i64 = 20_000;
/// Of so many ends in a minute it is said which part may be unknown.
const MINUTE: i64 = 60 * SECOND;
const FEWEST_UNKNOWN: usize = 4;
const ONE_IN: usize = 20;

/// When a letter may ask SES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// In this slot, in microseconds since 1970.
    At(i64),
    /// Not within this invocation.
    NotNow(Time, Reason),
}

/// What this process has lately seen: how long its calls take, and how its letters ended.
#[derive(Debug, Default)]
pub struct Lately {
    mark: AtomicI64,
    grant: AtomicI64,
    ends: Mutex<VecDeque<(i64, bool)>>,
}

impl Lately {
    /// Notes how long a mark took, in microseconds.
    pub(crate) fn marked(&self, micros: i64) {
        note(&self.mark, micros);
    }

    /// How long before its slot a letter is marked.
    pub(crate) fn mark(&self) -> i64 {
        let usual = self.mark.load(Ordering::Relaxed);
        usual + usual / 4 + TOLERANCE_MICROS / 5
    }

    /// Notes how long a read took, in microseconds. Before the first mark that is all there is to go by: without it every
    /// letter of a new process's first batch would miss its slot.
    fn read(&self, micros: i64) {
        let guess = micros.saturating_mul(MARK_IN_READS).clamp(0, LONGEST);
        // Whoever was first has seen a mark, or guessed as well.
        let _ = self.mark.compare_exchange(0, guess, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Waits until a letter of this slot is to be marked. Each wait goes half of the way: marks may take longer, while a
    /// letter waits, than they took when it began to.
    pub(crate) async fn until_mark(&self, clock: &Clock, slot: i64) {
        let mut now = clock.micros();
        loop {
            let left = slot - self.mark() - now;
            if left <= 0 {
                return;
            }
            now += if left > SHORTEST_STEP { left / 2 } else { left };
            clock.wait_until(now).await;
        }
    }

    fn grant(&self) -> i64 {
        let usual = self.grant.load(Ordering::Relaxed);
        usual + usual / 4
    }

    /// Notes how a letter ended. Whether of this minute's letters too many ended unknown.
    pub(crate) fn ended(&self, at: i64, unknown: bool) -> bool {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.push_back((at, unknown));
        while ends.front().is_some_and(|(then, _)| at - then > MINUTE) {
            ends.pop_front();
        }
        let bad = ends.iter().filter(|(_, unknown)| *unknown).count();
        bad >= FEWEST_UNKNOWN && bad * ONE_IN >= ends.len()
    }
}

/// Believes a longer span at once, and a shorter one little by little.
fn note(usual: &AtomicI64, micros: i64) {
    let before = usual.load(Ordering::Relaxed);
    let now = micros.clamp(0, LONGEST);
    usual.store(now.max(before - before / 8 + now / 8), Ordering::Relaxed);
}

/// The line, as one batch stands in it.
#[derive(Debug)]
pub(crate) struct Line<'s> {
    sender: &'s Sender,
    /// The last moment at which a letter of this batch may ask SES.
    last: i64,
    hand: tokio::sync::Mutex<Hand>,
    waiting: AtomicUsize,
    row: Mutex<Pace>,
}

#[derive(Debug, Default)]
struct Hand {
    slots: VecDeque<i64>,
    /// Until when the line is too long for this batch.
    full: Option<Time>,
}

impl<'s> Line<'s> {
    /// Asks the account what it may send, where that was long ago, and stands in line until `deadline`.
    pub(crate) async fn join(sender: &'s Sender, deadline: Time) -> Result<Self, StoreError> {
        let mut row = Pace::default();
        if sender.mailer.is_paced() {
            let asked = sender.clock.micros();
            row = sender.store.pace().await?;
            sender.lately.read(sender.clock.micros() - asked);
            let now = sender.clock.now();
            if row.is_old(now) {
                row = ask_account(sender, row, now).await?;
            }
        }
        let ses = i64::try_from(SES_TIMEOUT.as_micros()).unwrap_or(i64::MAX);
        Ok(Self {
            sender,
            last: deadline.timestamp_micros().saturating_sub(ses + AFTER_SES),
            hand: tokio::sync::Mutex::default(),
            waiting: AtomicUsize::new(0),
            row: Mutex::new(row),
        })
    }

    /// The pacing row as it was last seen.
    pub(crate) fn row(&self) -> Pace {
        self.row.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn saw(&self, row: Pace) {
        *self.row.lock().unwrap_or_else(PoisonError::into_inner) = row;
    }

    /// The next slot from `lead` microseconds after now on.
    pub(crate) async fn turn(&self, class: Class, lead: i64) -> Result<Turn, StoreError> {
        if !self.sender.mailer.is_paced() {
            return Ok(Turn::At(self.sender.clock.micros()));
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let turn = self.take(class, lead).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        turn
    }

    async fn take(&self, class: Class, lead: i64) -> Result<Turn, StoreError> {
        let Sender { clock, store, lately, .. } = self.sender;
        let mut hand = self.hand.lock().await;
        let mut begun = clock.micros();
        loop {
            let row = self.row();
            let now = at(begun);
            if let Some(until) = row.rests(now) {
                return Ok(Turn::NotNow(until, Reason::Resting));
            }
            if row.left_today(class) == Some(0) {
                return Ok(Turn::NotNow(now + AFTER_QUOTA, Reason::Quota));
            }
            // What waited for its turn to take a slot may have missed it.
            while let Some(slot) = hand.slots.pop_front() {
                if slot >= begun + lead && slot <= self.last {
                    return Ok(Turn::At(slot));
                }
            }
            if let Some(until) = hand.full {
                return Ok(Turn::NotNow(until, Reason::Throttled));
            }
            let waiting = self.waiting.load(Ordering::Relaxed).clamp(1, row.per_second());
            let count = i64::try_from(waiting).unwrap_or(1);
            let from = begun + lead + lately.grant();
            let ahead = from + length(class);
            let asked = clock.micros();
            match store.take_slots(count, row.interval_micros(), from, ahead).await? {
                Slots::From(first, after) => {
                    note(&lately.grant, clock.micros() - asked);
                    hand.slots.extend((0..count).map(|n| first + n * row.interval_micros()));
                    self.saw(after);
                    if first > self.last {
                        hand.full = Some(at(first));
                    }
                    begun = begun.max(clock.micros());
                }
                Slots::Full(tat) => {
                    let free = tat - length(class);
                    if free + lead > self.last {
                        hand.full = Some(at(tat));
                    } else {
                        clock.wait_until(free).await;
                        begun = free.max(clock.micros());
                    }
                }
            }
        }
    }
}

/// How far ahead the line may end for a letter of a class to join it.
fn length(class: Class) -> i64 {
    match class {
        Class::Transactional => 15 * SECOND,
        Class::Marketing => 5 * SECOND,
    }
}

fn at(micros: i64) -> Time {
    Time::from_timestamp_micros(micros).unwrap_or(Time::MAX_UTC)
}

/// An account that does not say what it may send is asked by the next batch again; until then what it said before holds.
async fn ask_account(sender: &Sender, row: Pace, now: Time) -> Result<Pace, StoreError> {
    let share = f64::from(sender.shop.sending.ses_share) / 100.0;
    match sender.mailer.account().await {
        Some(Ok(account)) => sender.store.note_account(&row, &account, share, now).await,
        Some(Err(error)) => {
            tracing::error!(error = %error, "the account did not say what it may send");
            Ok(row)
        }
        None => Ok(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_grows_at_once_and_shrinks_slowly_and_has_an_end() {
        let usual = AtomicI64::new(0);
        note(&usual, 80_000);
        assert_eq!(usual.load(Ordering::Relaxed), 80_000);
        note(&usual, 0);
        assert_eq!(usual.load(Ordering::Relaxed), 70_000);
        note(&usual, 60 * SECOND);
        assert_eq!(usual.load(Ordering::Relaxed), LONGEST);
    }

    #[test]
    fn four_unknown_ends_that_are_a_twentieth_of_a_minute_are_too_many() {
        let lately = Lately::default();
        for n in 0..76 {
            assert!(!lately.ended(n, false));
        }
        assert!((76..79).all(|n| !lately.ended(n, true)));
        assert!(lately.ended(79, true), "4 of 80");
        assert!(!lately.ended(80, false), "4 of 81");
        let lately = Lately::default();
        assert!((0..3).all(|n| !lately.ended(n, true)));
        assert!(!lately.ended(MINUTE + 10, true), "the others are of another minute");
    }
}
