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
    /// Its name in rows.
    pub fn name(self) -> &'static str {
        match self {
            Cause::OptOut => "opt_out",
            Cause::Complaint => "complaint",
            Cause::HardBounce => "hard_bounce",
        }
    }
}

/// The row that keeps an address from being written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Why.
    pub cause: Cause,
    /// Since when.
    #[serde(with = "millis")]
    pub at: Time,
}

impl Suppression {
    /// Whether a transactional letter stops too.
    pub fn stops_all(self) -> bool {
        self.cause == Cause::HardBounce
    }
}
