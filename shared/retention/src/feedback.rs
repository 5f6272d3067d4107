//! What the mail service says of a letter after it took it, and what follows from it.
//!
//! Reports come in any order, late, and more than once. Each is taken in once, and any order of them comes to the same.

use serde::{Deserialize, Serialize};

use crate::consent::{By, Said, Statement};
use crate::control::{Cause, Suppression};
use crate::customer::{Customer, limits};
use crate::flow::Class;
use crate::ids::SendId;
use crate::reputation::Tally;
use crate::send::{Send, State};
use crate::time::{Time, millis, millis_option};

/// How many letters in a row may bounce for a passing reason before the mailbox counts as dead.
pub const PASSING_BOUNCES: usize = 5;

/// A report of the mail service about one attempt of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which attempt, as it was tagged.
    pub attempt: u32,
    /// The mail service's id of the letter.
    pub message_id: String,
    /// When what it reports happened, by the mail service's clock.
    pub at: Time,
    /// What it reports.
    pub news: News,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The letter was taken.
    Accepted,
    /// The letter was taken, and found to be unfit to be sent: a virus.
    Rejected,
    /// The recipient's server took it.
    Delivered,
    /// The recipient's server tells to wait.
    Delayed,
    /// It came back.
    Bounced(Bounce),
    /// The person called it spam.
    Complained,
    /// A link in it was followed.
    Clicked,
}

/// Why a letter came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounce {
    /// There is no such mailbox.
    Dead,
    /// The mailbox is full, its server away, or something of the kind.
    Passing,
    /// Something about the letter: its size or content. It says nothing of the mailbox.
    Letter,
}

/// What became of a letter, by the mail service's word: the first time of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fate {
    /// How many reports changed it: each is written only over the state that it was read in.
    pub reports: u32,
    /// When the recipient's server took it.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    /// When it came back.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub bounced_at: Option<Time>,
    /// When the person called it spam.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub complained_at: Option<Time>,
    /// When a link in it was first followed.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub clicked_at: Option<Time>,
    /// When the mail service found that it would not send it.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub rejected_at: Option<Time>,
}

impl Fate {
    /// Whether nothing was reported.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// How letters fare in a person's mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mailbox {
    /// When it last took a letter.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    delivered_at: Option<Time>,
    /// The letters that came back for a passing reason since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bounced: Vec<PassingBounce>,
}

/// A letter that came back for a passing reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PassingBounce {
    send: SendId,
    #[serde(with = "millis")]
    at: Time,
}

impl Mailbox {
    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether as many letters in a row came back as count for a dead mailbox.
    pub fn is_dead(&self) -> bool {
        self.bounced.len() >= PASSING_BOUNCES
    }

    fn took(&mut self, send: &SendId, at: Time) {
        self.delivered_at = self.delivered_at.max(Some(at));
        // An automatic answer is reported as a bounce of a letter that was delivered.
        self.bounced.retain(|bounce| Some(bounce.at) > self.delivered_at && &bounce.send != send);
    }

    fn returned(&mut self, send: &SendId, at: Time) {
        if self.delivered_at.is_some_and(|delivered| delivered >= at) {
            return;
        }
        // A letter comes back once, whenever that is first said.
        if let Some(known) = self.bounced.iter_mut().find(|bounce| &bounce.send == send) {
            known.at = known.at.min(at);
        } else {
            self.bounced.push(PassingBounce { send: send.clone(), at });
        }
        self.bounced.sort_by(|a, b| (a.at, &a.send).cmp(&(b.at, &b.send)));
        let extra = self.bounced.len().saturating_sub(PASSING_BOUNCES);
        self.bounced.drain(..extra);
    }

    /// Takes over what is known of the same mailbox elsewhere.
    pub(crate) fn join(&mut self, other: &Mailbox) {
        for bounce in &other.bounced {
            self.returned(&bounce.send, bounce.at);
        }
        self.delivered_at = self.delivered_at.max(other.delivered_at);
        self.bounced.retain(|bounce| Some(bounce.at) > self.delivered_at);
    }
}

/// A report that is not about a letter of ours: its tags name a send, and what else it says does not fit to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the report does not fit to the send that it names")]
pub struct Foreign;

/// A send after a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The row.
    pub send: Send,
    /// Whether anything of it is new.
    pub is_new: bool,
    /// Whether it had ended without a letter, and a letter left all the same: to be looked into by a person.
    pub left_all_the_same: bool,
}

impl Heard {
    /// What of it counts for the shop's reputation: each letter, bounce and complaint once.
    pub fn counts(&self, seen: &Send, report: &Report) -> Tally {
        if !self.is_new {
            return Tally::default();
        }
        let bounced = report.news == News::Bounced(Bounce::Dead) && seen.fate.bounced_at.is_none();
        let complained = report.news == News::Complained && seen.fate.complained_at.is_none();
        Tally {
            letters: u64::from(seen.fate.reports == 0),
            bounces: u64::from(bounced),
            complaints: u64::from(complained),
        }
    }
}

/// Takes a report in: every one proves that the letter was taken, and settles a send that is in doubt.
pub fn hear(send: &Send, report: &Report, now: Time) -> Result<Heard, Foreign> {
    let is_last = report.attempt == send.attempt;
    let other_letter = send.message_id.as_ref().is_some_and(|id| *id != report.message_id);
    if report.attempt == 0 || report.attempt > send.attempt || (is_last && other_letter) {
        return Err(Foreign);
    }
    let mut after = send.clone();
    if send.is_settled_by(report.attempt) {
        after.left(&report.message_id, now);
    }
    let fate = &mut after.fate;
    match report.news {
        News::Accepted | News::Delayed => {}
        News::Rejected => earliest(&mut fate.rejected_at, report.at),
        News::Delivered => earliest(&mut fate.delivered_at, report.at),
        News::Bounced(_) => earliest(&mut fate.bounced_at, report.at),
        News::Complained => earliest(&mut fate.complained_at, report.at),
        News::Clicked => earliest(&mut fate.clicked_at, report.at),
    }
    let is_new = after != *send;
    after.fate.reports += u32::from(is_new);
    let ended =
        matches!(send.state, State::Dropped | State::HeldOut | State::Expired | State::Rejected | State::Yielded);
    Ok(Heard { send: after, is_new, left_all_the_same: ended })
}

fn earliest(known: &mut Option<Time>, at: Time) {
    *known = Some(known.map_or(at, |known| known.min(at)));
}

/// What a report says of the person: the profile after it, if that is another, and the proof to keep of a complaint.
/// `here` says whether the letter went to the address that the person has now. `before` and `after` are the send's row.
pub fn person(
    customer: &Customer,
    (before, after): (&Send, &Send),
    report: &Report,
    here: bool,
    now: Time,
) -> Option<(Customer, Option<Statement>)> {
    let mut known = customer.clone();
    let mut proof = None;
    match report.news {
        News::Delivered => {
            let first = before.fate.delivered_at.is_none();
            known.delivered += u32::from(first && before.class == Class::Marketing);
            if here {
                known.mailbox.took(&before.id, report.at);
            }
        }
        News::Bounced(Bounce::Passing) if here && after.fate.delivered_at.is_none() => {
            known.mailbox.returned(&before.id, report.at);
        }
        News::Clicked if !known.clicks.contains(&report.at) => {
            known.clicks.push(report.at);
            known.clicks.sort_unstable_by(|a, b| b.cmp(a));
            known.clicks.truncate(limits::CLICKS);
        }
        News::Complained => {
            let said = Statement {
                said: Said::Unsubscribed,
                by: By::Complaint,
                act_at: Some(report.at),
                heard_at: now,
                wording: "complaint to the mail service".to_owned(),
                confirmed: false,
            };
            if known.consent.hear(&said) {
                proof = Some(said);
            }
        }
        _ => {}
    }
    (known != *customer).then_some((known, proof))
}

/// What a report means for the address that the letter went to; `customer` is the profile after it, of whose address it is.
pub fn suppression(report: &Report, customer: Option<&Customer>) -> Option<Suppression> {
    let cause = match report.news {
        News::Bounced(Bounce::Dead) => Cause::HardBounce,
        News::Bounced(Bounce::Passing) if customer.is_some_and(|c| c.mailbox.is_dead()) => Cause::HardBounce,
        News::Complained => Cause::Complaint,
        _ => return None,
    };
    Some(Suppression { cause, at: report.at })
}
