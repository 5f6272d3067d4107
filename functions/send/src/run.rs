//! What the letters of one batch share: the control row, the line before SES, the time that is left.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::mailer::{Outgoing, Submitted};
use retention::control::Control;
use retention::flow::Class;
use retention::pace::TOLERANCE_MICROS;
use retention::{Reason, Time};
use tokio::sync::Mutex;

use crate::Sender;
use crate::line::{Line, Turn};

/// How old the control row may be when a letter is marked. A kill switch stops all marketing within twice that.
const FRESH: TimeDelta = TimeDelta::seconds(10);
/// How many slots a letter may miss.
const MAX_SLOTS: usize = 5;

/// One batch at work.
#[derive(Debug)]
pub struct Run<'s> {
    pub(crate) sender: &'s Sender,
    pub(crate) line: Line<'s>,
    pub(crate) released: bool,
    control: Mutex<(Time, Control)>,
    missed: AtomicU64,
}

impl<'s> Run<'s> {
    /// Reads what a batch needs that must be over by `deadline`.
    pub async fn begin(sender: &'s Sender, deadline: Time) -> Result<Self, StoreError> {
        let now = sender.clock.now();
        let store = &sender.store;
        // Three calls hold much at once: on the heap, rather than in everything that waits for them.
        let read = async { tokio::try_join!(store.control(), store.is_released(now), Line::join(sender, deadline)) };
        let (control, released, line) = Box::pin(read).await?;
        Ok(Self { sender, line, released, control: Mutex::new((now, control)), missed: AtomicU64::new(0) })
    }

    /// How many slots letters have missed. Each stands empty, and the letter takes another.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The control row, read again where it is old.
    pub(crate) async fn control(&self) -> Result<Control, StoreError> {
        let mut control = self.control.lock().await;
        let now = self.sender.clock.now();
        if now - control.0 > FRESH {
            *control = (now, self.sender.store.control().await?);
        }
        Ok(control.1)
    }

    /// Asks SES in a slot, or in a later one where that was missed; after `limit` not at all.
    pub(crate) async fn submit(
        &self,
        class: Class,
        mut slot: i64,
        limit: Option<Time>,
        letter: &Outgoing,
    ) -> Submitted {
        let Sender { clock, mailer, .. } = self.sender;
        for _ in 0..MAX_SLOTS {
            clock.wait_until(slot).await;
            if limit.is_some_and(|limit| clock.now() >= limit) {
                return Submitted::NotNow(Reason::NotYet);
            }
            if clock.micros() <= slot + TOLERANCE_MICROS || !mailer.is_paced() {
                return mailer.submit(letter).await;
            }
            self.missed.fetch_add(1, Ordering::Relaxed);
            match self.line.turn(class, 0).await {
                Ok(Turn::At(next)) => slot = next,
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
            Turn::At(slot) => self.submit(class, slot, None, letter).await,
            Turn::NotNow(_, reason) => Submitted::NotNow(reason),
        })
    }
}
