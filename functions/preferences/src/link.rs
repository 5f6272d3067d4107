//! Where a link leads, and whose it is: each door takes its own kind of token and no other.

use retention::Time;
use retention::ids::{CustomerId, SendId};
use retention::token::{Purpose, TokenKeys};

/// A link that we made.
pub(crate) struct Link {
    /// Whose.
    pub(crate) customer: CustomerId,
    /// Its token.
    pub(crate) token: String,
    /// Until when it is good, where it runs out.
    pub(crate) runs_out_at: Option<Time>,
    /// Where it leads.
    pub(crate) door: Door,
}

/// Where links lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// The page of the preferences; its POST is the one click (RFC 8058).
    Center,
    /// The form of the preferences.
    Preferences,
    /// A new yes.
    Subscribe,
    /// A wish for a link to one's own data.
    AskForData,
    /// The answer to a survey.
    Answer(Question),
    /// The confirmation of a sign-up.
    Confirm,
    /// One's own data.
    OwnData,
}

/// The question of a letter, and the score that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) send: SendId,
    pub(crate) score: Option<u8>,
}

impl Link {
    /// Reads what stands behind [`crate::PATH`].
    pub(crate) fn parse(rest: &str, tokens: &TokenKeys) -> Option<Self> {
        let (token, to) = rest.split_once('/').unwrap_or((rest, ""));
        let purpose = match to {
            "confirm" => Some((Purpose::Confirm, Door::Confirm)),
            "your-data" => Some((Purpose::Data, Door::OwnData)),
            _ => None,
        };
        let token_text = token.to_owned();
        if let Some((purpose, door)) = purpose {
            let (customer, until) = tokens.verify_for(purpose, token)?;
            return Some(Self { customer, token: token_text, runs_out_at: Some(until), door });
        }
        let door = match to {
            "" => Door::Center,
            "preferences" => Door::Preferences,
            "subscribe" => Door::Subscribe,
            "data" => Door::AskForData,
            _ => Door::Answer(Question::parse(to.strip_prefix("answer/")?)?),
        };
        Some(Self { customer: tokens.verify(token)?, token: token_text, runs_out_at: None, door })
    }
}

impl Question {
    fn parse(text: &str) -> Option<Self> {
        let (send, score) = text.split_once('/').unwrap_or((text, ""));
        Some(Self { send: SendId::parse(send)?, score: score.parse().ok().filter(|score| *score <= 10) })
    }
}
