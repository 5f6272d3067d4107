//! The mail service: it takes letters, says what the account may send, and answers oddly where it is told to.
//!
//! Its own log is the oracle: what it took is noted before anything is answered, and by nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use chrono::TimeDelta;
use retention::Time;
use serde_json::{Value, json};

use crate::network::locked;
use crate::services::Reply;

/// The target of `SendEmail`.
pub(crate) const SEND_EMAIL: &str = "POST /v2/email/outbound-emails";
/// The target of `GetAccount`.
pub(crate) const GET_ACCOUNT: &str = "GET /v2/email/account";

/// An odd answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// It takes the letter, and never answers.
    TakenAndHangs,
    /// It takes the letter, and the connection is reset.
    TakenAndReset,
    /// It takes the letter, and says that it failed (500).
    TakenAndFails,
    /// It takes the letter, and gives no id.
    TakenWithoutId,
    /// It takes the letter, and its answer breaks off.
    TakenAndTruncated,
    /// It fails (500), and does not take it.
    Fails,
    /// The account's sending is paused.
    Paused,
    /// Too many letters in a second.
    Throttled,
    /// It refuses the letter for good.
    Refused,
}

impl Odd {
    /// How many there are.
    pub(crate) const MANY: u32 = 9;
    /// All of them.
    pub(crate) const ALL: [Odd; 9] = [
        Odd::TakenAndHangs,
        Odd::TakenAndReset,
        Odd::TakenAndFails,
        Odd::TakenWithoutId,
        Odd::TakenAndTruncated,
        Odd::Fails,
        Odd::Paused,
        Odd::Throttled,
        Odd::Refused,
    ];

    fn takes(self) -> bool {
        matches!(
            self,
            Self::TakenAndHangs
                | Self::TakenAndReset
                | Self::TakenAndFails
                | Self::TakenWithoutId
                | Self::TakenAndTruncated
        )
    }
}

/// A request to SES to send a letter.
#[derive(Debug, Clone)]
pub struct Asked {
    /// When, by the network's clock.
    pub at: Time,
    /// To whom.
    pub to: String,
    /// The how manyth request for a letter to this address it is.
    pub nth: usize,
    /// Of which customer, by its tag.
    pub customer: String,
    /// Which send, by its tag.
    pub send: String,
    /// Which attempt, by its tag.
    pub attempt: u32,
    /// The people whom its subject, its HTML or its text names or writes the address of.
    pub speaks_of: BTreeSet<usize>,
    /// Under which id it was taken; none if it was not.
    pub taken: Option<String>,
    /// How many writes the table had taken by then.
    pub after: u64,
}

/// The mail service.
#[derive(Debug)]
pub(crate) struct Ses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Letters a second that the account may send.
    per_second: u32,
    asked: Vec<Asked>,
    /// How many requests there were for letters to whom.
    counts: BTreeMap<String, usize>,
    /// How it answers the how manyth request for a letter to whom.
    script: BTreeMap<(String, usize), Odd>,
    /// Letters in 24 hours, and until when that is the limit.
    per_day: Option<(usize, Time)>,
}

impl State {
    fn sent_today(&self, now: Time) -> usize {
        let today = |asked: &&Asked| asked.taken.is_some() && now - asked.at < TimeDelta::hours(24);
        self.asked.iter().filter(today).count()
    }

    fn may_send(&self, now: Time) -> Option<usize> {
        self.per_day.filter(|(_, until)| now < *until).map(|(per_day, _)| per_day)
    }

    fn next(&self, to: &str) -> usize {
        self.counts.get(to).copied().unwrap_or_default() + 1
    }
}

impl Default for Ses {
    fn default() -> Self {
        Self(Mutex::new(State { per_second: 500, ..State::default() }))
    }
}

impl Ses {
    /// From now on the account may send so many letters a second.
    pub(crate) fn may_send_a_second(&self, letters: u32) {
        locked(&self.0).per_second = letters;
    }

    /// Every request but the first so many, in order.
    pub(crate) fn asked_since(&self, first: usize) -> Vec<Asked> {
        locked(&self.0).asked.get(first..).unwrap_or_default().to_vec()
    }

    /// Until then the account may send so many letters in 24 hours.
    pub(crate) fn may_send_until(&self, until: Time, per_day: usize) {
        locked(&self.0).per_day = Some((per_day, until));
    }

    /// The how manyth request for a letter to an address is answered so.
    pub(crate) fn answers(&self, to: &str, nth: usize, odd: Odd) {
        locked(&self.0).script.insert((to.to_owned(), nth), odd);
    }

    /// How this request is to be answered, where the script says.
    pub(crate) fn told(&self, body: &[u8]) -> Option<Odd> {
        let state = locked(&self.0);
        if state.script.is_empty() {
            return None;
        }
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let to = recipient(&asked);
        let nth = state.next(&to);
        state.script.get(&(to, nth)).copied()
    }

    /// What the account may send.
    pub(crate) fn account(&self, now: Time) -> Reply {
        let state = locked(&self.0);
        let sent = state.sent_today(now);
        let per_day = state.may_send(now).map_or_else(|| json!(-1.0), |per_day| json!(per_day));
        Reply::ok(
            json!({ "SendQuota": { "MaxSendRate": state.per_second, "Max24HourSend": per_day, "SentLast24Hours": sent } })
                .to_string(),
        )
    }

    /// Answers a request, which the table had taken `after` writes before. None: not at all.
    pub(crate) fn answer(&self, body: &[u8], odd: Option<Odd>, now: Time, after: u64) -> Option<Reply> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let to = recipient(&request);
        let mut state = locked(&self.0);
        let is_full = state.may_send(now).is_some_and(|per_day| state.sent_today(now) >= per_day);
        let taken = if is_full { false } else { odd.is_none_or(Odd::takes) };
        let id = taken.then(|| format!("ses-{}", state.asked.len() + 1));
        let nth = state.next(&to);
        state.counts.insert(to.clone(), nth);
        state.asked.push(noted(&request, (to.clone(), nth), id.clone(), now, after));
        drop(state);
        // As SES does, what it says names whom the letter was to.
        let said = |status, code, what: &str| Some(Reply::error(status, code, &format!("{what} (recipient: {to})")));
        if is_full {
            return said(429, "TooManyRequestsException", "Daily message quota exceeded.");
        }
        match odd {
            None => Some(Reply::ok(json!({ "MessageId": id.unwrap_or_default() }).to_string())),
            Some(Odd::TakenAndHangs | Odd::TakenAndReset) => None,
            Some(Odd::TakenAndFails) => said(500, "InternalFailure", "it was taken all the same"),
            Some(Odd::TakenWithoutId) => Some(Reply::ok("{}".to_owned())),
            Some(Odd::TakenAndTruncated) => Some(Reply::ok("{\"Mess".to_owned())),
            Some(Odd::Fails) => said(500, "InternalFailure", "it was not taken"),
            Some(Odd::Paused) => said(400, "SendingPausedException", "paused"),
            Some(Odd::Throttled) => said(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
            Some(Odd::Refused) => {
                said(400, "MessageRejected", "Email address is not verified. These identities failed the check:")
            }
        }
    }
}

fn recipient(request: &Value) -> String {
    request["Destination"]["ToAddresses"][0].as_str().unwrap_or_default().to_owned()
}

fn noted(request: &Value, (to, nth): (String, usize), taken: Option<String>, at: Time, after: u64) -> Asked {
    let tag = |name: &str| {
        let tags = request["EmailTags"].as_array()?;
        let tag = tags.iter().find(|tag| tag["Name"] == name)?;
        tag["Value"].as_str().map(str::to_owned)
    };
    let simple = &request["Content"]["Simple"];
    let part = |value: &Value| people_in(value["Data"].as_str().unwrap_or_default());
    let parts = [&simple["Subject"], &simple["Body"]["Html"], &simple["Body"]["Text"]];
    Asked {
        at,
        to,
        nth,
        customer: tag("customer").unwrap_or_default(),
        send: tag("send").unwrap_or_default(),
        attempt: tag("attempt").and_then(|tag| tag.parse().ok()).unwrap_or_default(),
        speaks_of: parts.into_iter().flat_map(part).collect(),
        taken,
        after,
    }
}

/// The people whom a text names or writes the address of: `Person 7`, `person7@`.
fn people_in(text: &str) -> Vec<usize> {
    let behind = |word: &str| -> Vec<usize> {
        let number = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        text.split(word).skip(1).filter_map(number).collect()
    };
    [behind("Person "), behind("person")].concat()
}
