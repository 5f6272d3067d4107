//! Why a letter was not sent, or not yet: one list for gate, decide, counters, plan and why.

use serde::{Deserialize, Serialize};

use crate::send::State;

/// A reason code. Its name in rows and JSON is its snake-case form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No standing consent to marketing.
    NoConsent,
    /// The person switched the topic of the flow off.
    TopicOff,
    /// The person asked for a pause.
    Paused,
    /// The person asked for fewer letters.
    Fewer,
    /// The address is suppressed, or there is none.
    Suppressed,
    /// The person was erased.
    Erased,
    /// A refund or complaint stopped promotional letters for a while.
    Frozen,
    /// Another marketing letter left too short a time ago.
    Gap,
    /// Enough letters this week.
    WeeklyCap,
    /// Two promotional letters in a row: a useful one must come first.
    Balance,
    /// Night in the customer's zone.
    QuietHours,
    /// A letter of higher priority has the slot, or is about to need it.
    Outranked,
    /// Two profiles became one, and either may have wanted the other's occasion.
    Merged,
    /// The flow's last letter is too recent for another occasion.
    Cooldown,
    /// Too old to be sent.
    Stale,
    /// The flow ended on this occasion.
    Exited,
    /// The person has bought since.
    Bought,
    /// This letter was sent already.
    AlreadySent,
    /// The person is in the group that gets no letters, for comparison.
    HeldOut,
    /// The flow's own condition says no.
    OnlyIf,
    /// The flow's own condition failed.
    ConditionError,
    /// No coupon is left.
    NoCoupon,
    /// Nothing to sell.
    OutOfStock,
    /// Nothing to show.
    NoContent,
    /// A letter of a flow that excludes this one left this week.
    Excluded,
    /// The flow is switched off, or is no more.
    FlowOff,
    /// The storefront writes about this itself.
    SendsOwn,
    /// It was due before the shop's history was imported.
    History,
    /// It is not due yet, or nothing has begun it.
    NotYet,
    /// The operator stopped marketing.
    KillSwitch,
    /// Bounces or complaints stopped marketing.
    Breaker,
    /// The day's quota is used up.
    Quota,
    /// More letters are on their way than the mail service takes in a second.
    Throttled,
    /// No connection to the mail service came about.
    Unreachable,
    /// The mail service does not answer as it should: sending rests for a while.
    Resting,
    /// The table is a copy, or was restored, and nobody has released it.
    NotReleased,
    /// It fell due before a backup was restored.
    Restored,
    /// The letter could not be made.
    RenderFailed,
    /// SES refused it.
    Refused,
    /// SES does not let us send: a role or an identity is not right. Alarmed; the letter waits.
    NotAllowed,
    /// It killed every worker that tried.
    Poison,
    /// Nothing proved that it left, within a day of its mark.
    NoEvidence,
    /// A later letter's event has come, and none of this one's.
    NoEvent,
    /// Many letters, no click, no order, and no answer to the question whether to go on.
    Sunset,
}

impl Reason {
    /// The code as it stands in rows and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NoConsent => "no_consent",
            Reason::TopicOff => "topic_off",
            Reason::Paused => "paused",
            Reason::Fewer => "fewer",
            Reason::Suppressed => "suppressed",
            Reason::Erased => "erased",
            Reason::Frozen => "frozen",
            Reason::Gap => "gap",
            Reason::WeeklyCap => "weekly_cap",
            Reason::Balance => "balance",
            Reason::QuietHours => "quiet_hours",
            Reason::Outranked => "outranked",
            Reason::Merged => "merged",
            Reason::Cooldown => "cooldown",
            Reason::Stale => "stale",
            Reason::Exited => "exited",
            Reason::Bought => "bought",
            Reason::AlreadySent => "already_sent",
            Reason::HeldOut => "held_out",
            Reason::OnlyIf => "only_if",
            Reason::ConditionError => "condition_error",
            Reason::NoCoupon => "no_coupon",
            Reason::OutOfStock => "out_of_stock",
            Reason::NoContent => "no_content",
            Reason::Excluded => "excluded",
            Reason::FlowOff => "flow_off",
            Reason::SendsOwn => "sends_own",
            Reason::History => "history",
            Reason::NotYet => "not_yet",
            Reason::KillSwitch => "kill_switch",
            Reason::Breaker => "breaker",
            Reason::Quota => "quota",
            Reason::Throttled => "throttled",
            Reason::Unreachable => "unreachable",
            Reason::Resting => "resting",
            Reason::NotReleased => "not_released",
            Reason::Restored => "restored",
            Reason::RenderFailed => "render_failed",
            Reason::Refused => "refused",
            Reason::NotAllowed => "not_allowed",
            Reason::Poison => "poison",
            Reason::NoEvidence => "no_evidence",
            Reason::NoEvent => "no_event",
            Reason::Sunset => "sunset",
        }
    }

    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::NoConsent => "has not agreed to marketing",
            Reason::TopicOff => "has switched this topic off",
            Reason::Paused => "has asked for a pause",
            Reason::Fewer => "has asked for at most one marketing letter in 30 days",
            Reason::Suppressed => "the address gets no letters: it bounced, complained or opted out, or there is none",
            Reason::Erased => "the person was erased",
            Reason::Frozen => "promotional letters rest after a refund or a complaint",
            Reason::Gap => "the last marketing letter is too recent",
            Reason::WeeklyCap => "enough marketing letters within seven days",
            Reason::Balance => "two promotional letters in a row: a useful one comes first",
            Reason::QuietHours => "it is night where the customer is",
            Reason::Outranked => "a letter of higher priority goes first",
            Reason::Merged => "two profiles of this person became one",
            Reason::Cooldown => "this flow's last letter is too recent",
            Reason::Stale => "too late to be sent: it was held back past its limit, or never in time",
            Reason::Exited => "what began the flow no longer holds",
            Reason::Bought => "has bought since",
            Reason::AlreadySent => "was sent already",
            Reason::HeldOut => "is in the group held out for comparison",
            Reason::OnlyIf => "the flow's condition does not hold",
            Reason::ConditionError => "the flow's condition could not be evaluated",
            Reason::NoCoupon => "no coupon is left",
            Reason::OutOfStock => "the product is out of stock",
            Reason::NoContent => "there is nothing to show",
            Reason::Excluded => "a letter of a flow that excludes this one left within a week",
            Reason::FlowOff => "the flow is switched off",
            Reason::SendsOwn => "the storefront writes about this itself",
            Reason::History => "it was due before the import",
            Reason::NotYet => "is not due yet",
            Reason::KillSwitch => "marketing is stopped by the kill switch",
            Reason::Breaker => "marketing is stopped by the reputation breaker",
            Reason::Quota => "today's sending quota is used up",
            Reason::Throttled => "waits for its turn: the mail service takes so many letters a second",
            Reason::Unreachable => "the mail service could not be reached",
            Reason::Resting => "sending rests for a while: the mail service does not answer as it should",
            Reason::NotReleased => "the table was restored or copied: `regulars release` lets it send",
            Reason::Restored => "it fell due before the table was restored",
            Reason::RenderFailed => "the letter could not be rendered",
            Reason::Refused => "the mail service refused it",
            Reason::NotAllowed => "the mail service does not let the shop send: check role and identity",
            Reason::Poison => "every worker that tried it died",
            Reason::NoEvidence => "nothing proved within a day that it left",
            Reason::NoEvent => "the mail service told of later letters and not of it",
            Reason::Sunset => "no click and no order in a long time, and no answer to the question whether to go on",
        }
    }

    /// The state in which a send ends for this reason.
    pub fn ending(self) -> State {
        match self {
            Reason::Stale | Reason::Restored => State::Expired,
            Reason::RenderFailed | Reason::Refused | Reason::Poison | Reason::NoContent => State::Rejected,
            Reason::HeldOut => State::HeldOut,
            Reason::Outranked | Reason::Merged => State::Yielded,
            _ => State::Dropped,
        }
    }

    /// Whether it is a reason of the person, which ends the flow, and not one of timing, after which the next step
    /// stands on its own.
    pub fn ends_flow(self) -> bool {
        matches!(
            self,
            Reason::NoConsent
                | Reason::TopicOff
                | Reason::Suppressed
                | Reason::Erased
                | Reason::Exited
                | Reason::Bought
                | Reason::HeldOut
                | Reason::Sunset
        )
    }
}
