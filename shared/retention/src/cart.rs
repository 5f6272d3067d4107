//! A cart: what a person put together and has not bought yet.

use serde::{Deserialize, Serialize};

use crate::ids::CartId;
use crate::money::Money;
use crate::order::{Line, Stamp};
use crate::time::{Time, millis, millis_option};

/// A cart as it stands at its newest stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Source and the source's own token.
    pub id: CartId,
    /// Which version this is.
    pub stamp: Stamp,
    /// When it was begun.
    #[serde(with = "millis")]
    pub begun_at: Time,
    /// What is in it; nothing, once it was emptied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// What it would cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Where the person goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it became an order.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
}

/// A cart in the profile: what triggers and exits need of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentCart {
    /// Which.
    pub id: CartId,
    /// The newest version; none while only its order is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// When it last changed.
    #[serde(with = "millis")]
    pub at: Time,
    /// What it came to.
    #[serde(default)]
    pub state: CartState,
    /// What it would cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
}

impl RecentCart {
    /// What the profile keeps of a cart.
    pub fn of(cart: &Cart) -> Self {
        Self {
            id: cart.id.clone(),
            stamp: Some(cart.stamp.clone()),
            at: cart.stamp.at,
            state: cart.state(),
            total: cart.total,
        }
    }
}

/// What a cart came to. An order ends it for good, whatever a late update says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CartState {
    /// Something is in it.
    #[default]
    Open,
    /// Nothing is in it any more.
    Emptied,
    /// It became an order.
    Completed,
}

impl Cart {
    /// The most lines that are kept of one cart.
    pub const MAX_LINES: usize = 100;

    /// What it came to by what it says of itself.
    pub fn state(&self) -> CartState {
        match (self.completed_at, self.lines.is_empty()) {
            (Some(_), _) => CartState::Completed,
            (None, true) => CartState::Emptied,
            (None, false) => CartState::Open,
        }
    }
}
