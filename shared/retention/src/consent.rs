//! Consent as a ledger of statements, and where a person stands after them.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::ids::SourceName;
use crate::time::{Time, days, later, millis, millis_option};

/// What a statement says about marketing by email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Yes, please.
    Subscribed,
    /// No, or no longer.
    Unsubscribed,
    /// Yes, please, and yet to be confirmed by a link in a letter.
    Pending,
}

/// Whose statement it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A storefront told us of its state.
    Storefront(SourceName),
    /// The shop stated it for the people of an import.
    Import,
    /// The person used a link of ours.
    Person,
    /// The person called a letter spam. It ends marketing for good.
    Complaint,
}

/// One statement of consent: who said what, when the act was, and in which words. Kept for ever as a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What was said.
    pub said: Said,
    /// By whom.
    pub by: By,
    /// When the person acted. A storefront that gives only its present state leaves it out.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub act_at: Option<Time>,
    /// When we heard of it.
    #[serde(with = "millis")]
    pub heard_at: Time,
    /// The wording, or where it stands: the opt-in level of the storefront, the text given with an import.
    pub wording: String,
    /// Whether the storefront says that the person confirmed it by a link in a letter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

/// Whoever signs up again within this span is not written to once more.
const ASK_AGAIN: TimeDelta = days(1);

impl Statement {
    /// A statement of the person's own, made here and now, in answer to where they stand: later than that in any case, also by
    /// a clock that is behind the one by which it was written. An opt-out right after a sign-up would come before it otherwise,
    /// and change nothing.
    pub fn own(said: Said, wording: &str, answers: &Consent, now: Time) -> Self {
        let held = answers.act_at.max(answers.pending_at);
        let at = held.map_or(now, |held| now.max(later(held, TimeDelta::milliseconds(1))));
        Self { said, by: By::Person, act_at: Some(at), heard_at: at, wording: wording.to_owned(), confirmed: false }
    }

    /// Whether a shop that asks everybody to confirm has to ask: a storefront's yes, and nobody says that it was confirmed.
    pub fn is_to_be_confirmed(&self) -> bool {
        self.said == Said::Subscribed && !self.confirmed && matches!(self.by, By::Storefront(_))
    }
}

/// Where a person stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Consent {
    /// The last word, `None` while nobody has said anything: unknown is no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<Said>,
    /// The time of the act that holds.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    act_at: Option<Time>,
    /// Whether an import said so: history is welcomed by no letter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    imported: bool,
    /// When the person signed up, while that is not confirmed.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pending_at: Option<Time>,
    /// A complaint: nothing raises it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    for_good: bool,
}

impl Consent {
    /// Whether marketing may be sent at all: the person said so, by an act that is known with its time.
    ///
    /// An order is no yes, in whatever country. Where a law lets one stand for a yes for some time (Canada's does for 24 months
    /// after the last purchase), nothing is made of that, and so nothing has to run out.
    pub fn is_subscribed(&self) -> bool {
        self.said == Some(Said::Subscribed) && !self.for_good
    }

    /// What holds, if anything was said.
    pub fn said(&self) -> Option<Said> {
        self.said
    }

    /// Since when a sign-up waits for its confirmation.
    pub fn pending_since(&self) -> Option<Time> {
        self.pending_at.filter(|_| !self.for_good)
    }

    /// Whether the person called a letter spam: nothing makes it a yes again.
    pub fn is_ended_for_good(&self) -> bool {
        self.for_good
    }

    /// When the person agreed by an act of their own; none where an import said so.
    pub fn subscribed_at(&self) -> Option<Time> {
        self.act_at.filter(|_| self.is_subscribed() && !self.imported)
    }

    /// When the person did what holds.
    pub fn acted_at(&self) -> Option<Time> {
        self.act_at
    }

    /// Takes one more statement; says whether anything changed.
    ///
    /// The later act holds, and of two at one moment the one that lowers. A state without a time of act may lower,
    /// never raise: a storefront that goes on saying `accepts_marketing: true` has not asked the person again.
    pub fn hear(&mut self, statement: &Statement) -> bool {
        let before = self.clone();
        // A storefront's clock may run ahead of ours; an act cannot be later than the moment we heard of it.
        let act = statement.act_at.map(|at| at.min(statement.heard_at));
        if statement.by == By::Complaint {
            self.for_good = true;
        }
        match (statement.said, act) {
            (Said::Subscribed, Some(act)) if self.act_at.is_none_or(|held| act > held) => {
                self.said = Some(Said::Subscribed);
                self.act_at = Some(act);
                self.imported = statement.by == By::Import;
                self.pending_at = None;
            }
            // Of two that say so at one moment, the person's own word counts.
            (Said::Subscribed, Some(act)) if self.act_at == Some(act) && self.said == Some(Said::Subscribed) => {
                self.imported &= statement.by == By::Import;
            }
            (Said::Subscribed, _) | (Said::Pending, None) => {}
            (Said::Pending, Some(act)) => {
                let answered = self.is_subscribed() || self.act_at.is_some_and(|held| act <= held);
                let asked = self.pending_at.is_some_and(|asked| act < later(asked, ASK_AGAIN));
                if !answered && !asked {
                    self.pending_at = Some(act);
                }
            }
            (Said::Unsubscribed, act) => {
                let act = act.unwrap_or(statement.heard_at);
                if self.act_at.is_none_or(|held| act >= held) {
                    self.said = Some(Said::Unsubscribed);
                    self.act_at = Some(act);
                    self.imported = false;
                    self.pending_at = self.pending_at.filter(|asked| *asked > act);
                }
            }
        }
        *self != before
    }

    /// Takes over where another profile of the same person stands: the later act holds, and of two at one moment the
    /// one that lowers. A complaint to either is one for good.
    pub(crate) fn join(&mut self, other: &Consent) {
        self.for_good |= other.for_good;
        let lowers = |consent: &Consent| consent.said == Some(Said::Unsubscribed);
        if (other.act_at, lowers(other)) > (self.act_at, lowers(self)) {
            self.said = other.said;
            self.act_at = other.act_at;
            self.imported = other.imported;
        }
        let pending = self.pending_at.max(other.pending_at);
        self.pending_at = pending.filter(|asked| !self.is_subscribed() && self.act_at.is_none_or(|act| *asked > act));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn says(said: Said, by: By, act_day: Option<i64>, heard_day: i64) -> Statement {
        let day = |d| later(Time::UNIX_EPOCH, days(d));
        Statement {
            said,
            by,
            act_at: act_day.map(day),
            heard_at: day(heard_day),
            wording: String::new(),
            confirmed: false,
        }
    }

    fn after(statements: &[Statement]) -> bool {
        let mut consent = Consent::default();
        for statement in statements {
            consent.hear(statement);
        }
        consent.is_subscribed()
    }

    fn shop() -> By {
        By::Import
    }

    #[test]
    fn unknown_is_no_and_a_state_without_a_time_never_raises() {
        assert!(!after(&[]));
        assert!(!after(&[says(Said::Subscribed, shop(), None, 1)]));
        assert!(after(&[says(Said::Subscribed, shop(), Some(1), 1)]));
    }

    #[test]
    fn a_state_without_a_time_may_lower() {
        assert!(!after(&[says(Said::Subscribed, shop(), Some(1), 1), says(Said::Unsubscribed, shop(), None, 2)]));
    }

    #[test]
    fn an_opt_out_with_us_is_undone_only_by_a_later_act() {
        let opted_out = [says(Said::Subscribed, shop(), Some(1), 1), says(Said::Unsubscribed, By::Person, Some(5), 5)];
        let and = |more: Statement| after(&[opted_out[0].clone(), opted_out[1].clone(), more]);
        assert!(!and(says(Said::Subscribed, shop(), None, 9)), "a stale state");
        assert!(!and(says(Said::Subscribed, shop(), Some(1), 9)), "an older act heard again");
        assert!(!and(says(Said::Subscribed, shop(), Some(5), 9)), "an act at the same moment");
        assert!(and(says(Said::Subscribed, shop(), Some(6), 9)), "a new act");
    }

    #[test]
    fn a_complaint_is_for_good() {
        assert!(!after(&[
            says(Said::Unsubscribed, By::Complaint, Some(2), 2),
            says(Said::Subscribed, shop(), Some(9), 9)
        ]));
    }

    #[test]
    fn the_order_of_arrival_does_not_matter_for_acts_with_a_time() {
        let (yes, no) = (says(Said::Subscribed, shop(), Some(3), 9), says(Said::Unsubscribed, shop(), Some(4), 9));
        assert!(!after(&[yes.clone(), no.clone()]));
        assert!(!after(&[no, yes]));
    }

    #[test]
    fn whoever_answers_what_holds_acts_after_it_also_by_a_clock_that_is_behind() {
        let [yes, no] = [Said::Subscribed, Said::Unsubscribed];
        let day = |d| later(Time::UNIX_EPOCH, days(d));
        let mut consent = Consent::default();
        assert_eq!(Statement::own(yes, "a link", &consent, day(3)).act_at, Some(day(3)));
        for (said, subscribed) in [(yes, true), (no, false), (yes, true)] {
            let own = Statement::own(said, "a link", &consent, day(3));
            assert!(consent.hear(&own));
            assert_eq!(consent.is_subscribed(), subscribed);
        }
        assert!(consent.hear(&says(no, By::Person, Some(5), 5)));
        assert!(consent.hear(&says(Said::Pending, By::Person, Some(7), 7)));
        let own = Statement::own(no, "a link", &consent, day(6));
        assert!(consent.hear(&own));
        assert_eq!(consent.pending_since(), None);
    }

    #[test]
    fn an_act_in_the_future_counts_from_when_it_was_heard() {
        assert!(!after(&[
            says(Said::Subscribed, shop(), Some(90), 1),
            says(Said::Unsubscribed, By::Person, Some(5), 5)
        ]));
    }
}
