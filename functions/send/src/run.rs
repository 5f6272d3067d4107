//! What the letters of one batch share: the control row, the line before SES, the time that is left.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::mailer::{Outgoing, Submitted};
use retention::control::Control;
use retention::flow::Class;
use retention::pace::TOLERANCE_MICROS;
use retention::{Reason, Time};
use tokio::sync::Mutex;

use crate::Sender;
use crate::line::{Line, Place, Turn};

/// How old the control row may be when a letter is marked. A kill switch stops all marketing within twice that.
const FRESH: TimeDelta = TimeDelta::seconds(10);
/// How many slots a letter may miss.
const MAX_SLOTS: usize = 5;
/// Between the beginnings of two letters of a batch lies three quarters of the line's interval, so that a batch that begins
/// soon has letters in advance; but no more than this, in microseconds.
const LONGEST_BETWEEN: i64 = 4_000;

/// One batch at work.
#[derive(Debug)]
pub struct Run<'s> {
    pub(crate) sender: &'s Sender,
    pub(crate) line: Line<'s>,
    pub(crate) released: bool,
    control: Mutex<(Time, Control)>,
    /// When the next letter may begin, in microseconds since 1970.
    next: AtomicI64,
}

impl<'s> Run<'s> {
    /// Reads what a batch needs that must be over by `deadline`.
    pub async fn begin(sender: &'s Sender, deadline: Time) -> Result<Self, StoreError> {
        let now = sender.clock.now();
        let store = &sender.store;
        // Three calls hold much at once: on the heap, rather than in everything that waits for them.
        let read = async { tokio::try_join!(store.control(), store.is_released(now), Line::join(sender, deadline)) };
        let (control, released, line) = Box::pin(read).await?;
        Ok(Self { sender, line, released, control: Mutex::new((now, control)), next: AtomicI64::new(0) })
    }

    /// The control row, read again where it is old.
    pub(crate) async fn control(&self) -> Result<Control, StoreError> {
        let mut control = self.control.lock().await;
        let now = self.sender.clock.now();
        if now < control.0 || now - control.0 > FRESH {
            *control = (now, self.sender.store.control().await?);
        }
        Ok(control.1)
    }

    /// Waits until this letter may be read and rendered: the letters of a batch begin as they can leave rather than all at
    /// once, so that those whose slot has come do not wait for those whose has not.
    pub(crate) async fn may_begin(&self) {
        let Sender { clock, mailer, .. } = self.sender;
        if !mailer.is_paced() {
            return;
        }
        let between = (self.line.row().interval_micros() * 3 / 4).min(LONGEST_BETWEEN);
        let now = clock.micros();
        let after = |next: i64| Some(now.max(next) + between);
        let next = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after).unwrap_or_default();
        clock.wait_until(now.max(next)).await;
    }

    /// Asks SES in the first slot of this batch, or in another that comes soon where that was missed; after `limit` not at all.
    pub(crate) async fn submit(
        &self,
        class: Class,
        place: Place<'_>,
        limit: Option<Time>,
        letter: &Outgoing,
    ) -> Submitted {
        let Sender { clock, mailer, .. } = self.sender;
        let past_limit = || limit.is_some_and(|limit| clock.now() >= limit);
        if !mailer.is_paced() {
            return if past_limit() { Submitted::NotNow(Reason::NotYet) } else { mailer.submit(letter).await };
        }
        let mut place = place;
        for _ in 0..MAX_SLOTS {
            if let Some(slot) = self.line.first(place) {
                clock.wait_until(slot).await;
                if past_limit() {
                    return Submitted::NotNow(Reason::NotYet);
                }
                if clock.micros() <= slot + TOLERANCE_MICROS {
                    return mailer.submit(letter).await;
                }
                self.line.miss();
            }
            match self.line.another(class).await {
                Ok(Turn::At(next)) => place = next,
                Ok(Turn::NotNow(_, reason)) => return Submitted::NotNow(reason),
                Err(error) => {
                    tracing::warn!(error = %error, "a letter missed its slot, and got no other");
                    return Submitted::NotNow(Reason::Throttled);
                }
            }
        }
        Submitted::NotNow(Reason::Throttled)
    }

    /// Hands a letter over in a slot of its own, and writes nothing down: what the line alone can do, for
    /// `cargo xtask bench pace`.
    pub async fn hand_over(&self, class: Class, letter: &Outgoing) -> Result<Submitted, StoreError> {
        Ok(match self.line.turn(class, 0).await? {
            Turn::At(place) => self.submit(class, place, None, letter).await,
            Turn::NotNow(_, reason) => Submitted::NotNow(reason),
        })
    }
}
