//! The line of letters before SES. One row hands out slots to all senders; a batch takes as many at a time as letters wait.
//!
//! A letter asks SES in its slot or not at all: one whose mark took too long takes another slot, so that no second holds
//! more letters than the account takes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloud::clients::SES_TIMEOUT;
use cloud::store::Slots;
use cloud::{Clock, StoreError};
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
/// How many seconds of the line one grant takes at the most. Two batches whose slots lie in each other end together, and the
/// line stands empty while both begin their next.
const MOST_SECONDS: usize = 3;
/// The longest span that is believed of a mark or a grant.
const LONGEST: i64 = SECOND;
/// How many reads a mark is taken to last, before one was seen.
const MARK_IN_READS: i64 = 2;
/// A marked letter that missed the slots of its batch takes another if that comes so soon. Behind the slots of others its whole
/// batch would wait for it, end together with theirs, and leave the line empty while both begin their next.
const SOON: i64 = SECOND;
/// A wait as short as this is not broken in two.
const SHORTEST_STEP: i64 = 20_000;
/// Of so many ends in a minute it is said which part may be unknown.
const MINUTE: i64 = 60 * SECOND;
const FEWEST_UNKNOWN: usize = 4;
const ONE_IN: usize = 20;

/// When a letter may ask SES.
#[derive(Debug)]
pub(crate) enum Turn<'l> {
    /// In a slot of this batch.
    At(Place<'l>),
    /// Not within this invocation.
    NotNow(Time, Reason),
}

/// A letter's place among those that are being marked. Each has a slot to come; whichever letter is ready first takes the
/// first, so that one that is late delays no other.
#[derive(Debug)]
pub(crate) struct Place<'l> {
    /// The slot that is this letter's if all are ready in time, in microseconds since 1970.
    pub(crate) slot: i64,
    places: &'l AtomicUsize,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.places.fetch_sub(1, Ordering::Relaxed);
    }
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

    /// How long before its slot a letter is marked: somewhat longer than marks have lately taken. One that is ready early may
    /// take the slot of one that is late.
    pub(crate) fn mark(&self) -> i64 {
        let usual = self.mark.load(Ordering::Relaxed);
        usual + usual / 4 + TOLERANCE_MICROS
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
    /// The slots of this batch that no letter has taken.
    slots: Mutex<BTreeSet<i64>>,
    /// How many letters have a place among them.
    places: AtomicUsize,
    missed: AtomicU64,
    begun_anew: AtomicU64,
    row: Mutex<Pace>,
}

/// What whoever takes slots holds.
#[derive(Debug, Default)]
struct Hand {
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
            slots: Mutex::default(),
            places: AtomicUsize::new(0),
            missed: AtomicU64::new(0),
            begun_anew: AtomicU64::new(0),
            row: Mutex::new(row),
        })
    }

    /// How many slots no letter was ready for. Each stands empty.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// How often this batch found a line that a wrong clock had put far ahead, and began it anew.
    pub(crate) fn begun_anew(&self) -> u64 {
        self.begun_anew.load(Ordering::Relaxed)
    }

    /// The day's quota is used up: the mail service said so. No letter of this batch asks any more, whatever slot it has.
    pub(crate) fn quota_is_used(&self) {
        let row = self.row();
        if let Some(quota) = row.quota {
            self.saw(Pace { sent: quota, ..row });
            self.slots().clear();
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first slot of this batch that has not passed, for a letter that is ready. It belongs to whoever asks, and to
    /// nobody else.
    pub(crate) fn first(&self, place: Place<'_>) -> Option<i64> {
        drop(place);
        let mut slots = self.slots();
        while let Some(slot) = slots.pop_first() {
            if self.sender.clock.micros() <= slot + TOLERANCE_MICROS {
                return Some(slot);
            }
            self.miss();
        }
        None
    }

    /// A place at the first slot from a moment on that no letter has.
    fn place(&self, from: i64) -> Option<Place<'_>> {
        let taken = self.places.load(Ordering::Relaxed);
        let slot = self.slots().iter().skip(taken).find(|slot| **slot >= from).copied()?;
        self.places.fetch_add(1, Ordering::Relaxed);
        Some(Place { slot, places: &self.places })
    }

    pub(crate) fn miss(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// The pacing row as it was last seen.
    pub(crate) fn row(&self) -> Pace {
        self.row.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn saw(&self, row: Pace) {
        *self.row.lock().unwrap_or_else(PoisonError::into_inner) = row;
    }

    /// A place at the next slot from `lead` microseconds after now on.
    pub(crate) async fn turn(&self, class: Class, lead: i64) -> Result<Turn<'_>, StoreError> {
        if !self.sender.mailer.is_paced() {
            self.places.fetch_add(1, Ordering::Relaxed);
            return Ok(Turn::At(Place { slot: self.sender.clock.micros(), places: &self.places }));
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let turn = self.take(class, lead, length(class)).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        turn
    }

    /// A place at another slot, for a letter that missed its own: soon or not at all.
    pub(crate) async fn another(&self, class: Class) -> Result<Turn<'_>, StoreError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let turn = self.take(class, 0, SOON).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        turn
    }

    async fn take(&self, class: Class, lead: i64, length: i64) -> Result<Turn<'_>, StoreError> {
        let Sender { clock, store, lately, .. } = self.sender;
        let mut hand = self.hand.lock().await;
        let mut begun = clock.micros();
        loop {
            let row = self.row();
            let now = at(begun);
            if let Some(until) = row.rests(now) {
                return Ok(Turn::NotNow(until, Reason::Resting));
            }
            // A slot of this batch was counted when it was taken.
            if let Some(place) = self.place(begun + lead) {
                return Ok(Turn::At(place));
            }
            let left = row.left_today(class).map_or(i64::MAX, |left| i64::try_from(left).unwrap_or(i64::MAX));
            if left == 0 {
                return Ok(Turn::NotNow(now + AFTER_QUOTA, Reason::Quota));
            }
            if let Some(until) = hand.full {
                return Ok(Turn::NotNow(until, Reason::Throttled));
            }
            let from = begun + lead + lately.grant();
            let ahead = (from + length).min(self.last);
            // Slots beyond this batch's time would stand empty.
            let fit = (self.last - from.max(row.tat)) / row.interval_micros() + 1;
            let waiting = self.waiting.load(Ordering::Relaxed).clamp(1, MOST_SECONDS * row.per_second());
            let count = i64::try_from(waiting).unwrap_or(1).min(fit).min(left).max(1);
            if from > ahead {
                hand.full = Some(at(from.max(row.tat)));
                continue;
            }
            let asked = clock.micros();
            let taken = store.take_slots(count, row.interval_micros(), from, ahead).await?;
            if matches!(taken, Slots::Anew(..)) {
                tracing::error!("the line of letters was further ahead than any clock would put it; it begins anew");
                self.begun_anew.fetch_add(1, Ordering::Relaxed);
            }
            match taken {
                Slots::From(first, after) | Slots::Anew(first, after) => {
                    note(&lately.grant, clock.micros() - asked);
                    let slots = (0..count).map(|n| first + n * row.interval_micros());
                    self.slots().extend(slots.filter(|slot| *slot <= self.last));
                    self.saw(after);
                    if first > self.last {
                        hand.full = Some(at(first));
                    }
                    begun = begun.max(clock.micros());
                }
                Slots::Full(tat) => {
                    if length == SOON {
                        return Ok(Turn::NotNow(at(tat), Reason::Throttled));
                    }
                    if tat > self.last {
                        hand.full = Some(at(tat));
                    } else {
                        let free = tat - length;
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
    fn before_a_first_mark_a_read_says_how_long_one_may_take_and_after_it_no_read_does() {
        let lately = Lately::default();
        lately.read(50_000);
        assert_eq!(lately.mark(), 125_000 + TOLERANCE_MICROS);
        lately.marked(200_000);
        lately.read(400_000);
        assert_eq!(lately.mark(), 250_000 + TOLERANCE_MICROS);
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
