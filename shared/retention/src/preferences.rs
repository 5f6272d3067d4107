//! What a person chose for themselves: topics, a pause, fewer letters, and what of the profile is their own word.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::birthday::Birthday;
use crate::customer::Customer;
use crate::ids::{FlowName, TopicName};
use crate::shop::Shop;
use crate::time::{Time, days, later, millis_option};

/// Whoever asks for fewer letters gets at most one marketing letter within this span.
pub const FEWER: TimeDelta = days(30);
/// At most one letter with a link to a person's own data leaves within this span, however often it is asked for.
const DATA_AGAIN: TimeDelta = days(1);

/// What a person chose. Everybody else has the default: all topics, no pause.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preferences {
    /// When they last chose. Of two profiles of one person the later choice holds, as a whole.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub chosen_at: Option<Time>,
    /// The topics that they switched off.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub off: BTreeSet<TopicName>,
    /// Marketing rests until then.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Time>,
    /// At most one marketing letter within [`FEWER`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fewer: bool,
    /// The birthday, or that there is none, is the person's own word: no storefront replaces it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_birthday: bool,
    /// The language likewise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_language: bool,
}

/// What the form of the preferences says, read and found to be possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The topics that are switched off.
    pub off: BTreeSet<TopicName>,
    /// What becomes of the pause.
    pub pause: Pause,
    /// Whether fewer letters are wanted.
    pub fewer: bool,
    /// The birthday; none is to be forgotten.
    pub birthday: Option<Birthday>,
    /// The language, where one was chosen.
    pub language: Option<String>,
}

/// What a choice says of the pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It stays as it is.
    Keep,
    /// Letters go on.
    End,
    /// Letters rest for so long from now on.
    For(TimeDelta),
}

impl Preferences {
    /// Whether nothing was ever chosen.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the topic of a flow is switched off. A flow without a topic cannot be switched off alone.
    pub fn switch_off(&self, flow: &FlowName, shop: &Shop) -> bool {
        !self.off.is_empty() && shop.topic_of(flow).is_some_and(|topic| self.off.contains(&topic.name))
    }

    /// Until when letters rest, if they do at `now`.
    pub fn pause(&self, now: Time) -> Option<Time> {
        self.paused_until.filter(|until| *until > now)
    }
}

/// The customer after a choice; none if it changes nothing.
pub fn choose(customer: &Customer, choice: &Choice, now: Time) -> Option<Customer> {
    let mut after = customer.clone();
    let wishes = &mut after.preferences;
    wishes.off.clone_from(&choice.off);
    wishes.fewer = choice.fewer;
    wishes.paused_until = match choice.pause {
        Pause::Keep => wishes.pause(now),
        Pause::End => None,
        Pause::For(span) => Some(later(now, span)),
    };
    if choice.birthday != customer.birthday {
        after.birthday = choice.birthday;
        wishes.own_birthday = true;
    }
    if choice.language.is_some() && choice.language != customer.locale {
        after.locale.clone_from(&choice.language);
        wishes.own_language = true;
    }
    if after == *customer {
        return None;
    }
    after.preferences.chosen_at = Some(now);
    Some(after)
}

/// The customer after asking for a link to their own data; none if they asked within a day.
pub fn ask_for_data(customer: &Customer, now: Time) -> Option<Customer> {
    let is_new = customer.data_asked_at.is_none_or(|asked| later(asked, DATA_AGAIN) <= now);
    is_new.then(|| Customer { data_asked_at: Some(now), ..customer.clone() })
}

/// Takes over what the same person chose under another profile.
pub(crate) fn join(kept: &mut Customer, gone: &Customer) {
    if gone.preferences.chosen_at > kept.preferences.chosen_at {
        kept.preferences.clone_from(&gone.preferences);
        if gone.preferences.own_birthday {
            kept.birthday = gone.birthday;
        }
        if gone.preferences.own_language {
            kept.locale.clone_from(&gone.locale);
        }
    }
    kept.data_asked_at = kept.data_asked_at.max(gone.data_asked_at);
}
