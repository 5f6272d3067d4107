//! What stops the whole shop's sending, and what stops one address.

use serde::{Deserialize, Serialize};

use crate::time::{Time, millis, millis_option};

/// The control row: one for a shop, read once for each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Control {
    /// The operator stopped all marketing.
    #[serde(default)]
    pub kill_switch: bool,
    /// Bounces or complaints stopped it.
    #[serde(default)]
    pub breaker: bool,
    /// How often the breaker was reset: what was counted before no longer counts.
    #[serde(default)]
    pub resets: u32,
    /// When a restored table was released. What fell due before it may have left before it was restored, and is not sent.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub floor: Option<Time>,
}

/// Why an address gets no letters, the weaker first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The person opted out. Marketing stops, until a later explicit act.
    OptOut,
    /// The person called a letter spam. Marketing stops for good.
    Complaint,
    /// The mailbox does not exist, or takes no letters in a long time. All mail stops; lifted by hand.
    HardBounce,
}

impl Cause {
    /// All of them, the weaker first.
    pub const ALL: [Cause; 3] = [Cause::OptOut, Cause::Complaint, Cause::HardBounce];

    /// Its name in rows.
    pub fn name(self) -> &'static str {
        match self {
            Cause::OptOut => "opt_out",
            Cause::Complaint => "complaint",
            Cause::HardBounce => "hard_bounce",
        }
    }
}

/// One cause that keeps an address from being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Why.
    pub cause: Cause,
    /// Since when.
    #[serde(with = "millis")]
    pub at: Time,
}

/// The row that keeps an address from being written to: every cause for itself, and since when it stands. A stronger one does
/// not stand for a weaker one, since it may be lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Suppressions {
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    opt_out: Option<Time>,
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    complaint: Option<Time>,
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    hard_bounce: Option<Time>,
}

impl Suppressions {
    /// Since when a cause stands, if it does.
    pub fn since(self, cause: Cause) -> Option<Time> {
        match cause {
            Cause::OptOut => self.opt_out,
            Cause::Complaint => self.complaint,
            Cause::HardBounce => self.hard_bounce,
        }
    }

    /// A cause that stands, as it is lifted.
    pub fn get(self, cause: Cause) -> Option<Suppression> {
        self.since(cause).map(|at| Suppression { cause, at })
    }

    /// Whether nothing stands.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The strongest that stands.
    pub fn strongest(self) -> Option<Cause> {
        Cause::ALL.into_iter().rev().find(|cause| self.since(*cause).is_some())
    }

    /// Whether a transactional letter stops too.
    pub fn stops_all(self) -> bool {
        self.hard_bounce.is_some()
    }

    /// Takes one more cause in. Of two opt-outs the later holds, so that what lifts must be later than both; anything else
    /// stands since it was first heard.
    pub fn hear(&mut self, heard: &Suppression) {
        let stands = self.slot(heard.cause);
        *stands = match *stands {
            Some(at) if heard.cause == Cause::OptOut => Some(at.max(heard.at)),
            Some(at) => Some(at),
            None => Some(heard.at),
        };
    }

    /// Takes a cause away, if it stands since then.
    pub fn lift(&mut self, lifted: &Suppression) {
        let stands = self.slot(lifted.cause);
        *stands = stands.filter(|at| *at != lifted.at);
    }

    fn slot(&mut self, cause: Cause) -> &mut Option<Time> {
        match cause {
            Cause::OptOut => &mut self.opt_out,
            Cause::Complaint => &mut self.complaint,
            Cause::HardBounce => &mut self.hard_bounce,
        }
    }
}

impl From<Suppression> for Suppressions {
    fn from(one: Suppression) -> Self {
        let mut all = Self::default();
        all.hear(&one);
        all
    }
}
