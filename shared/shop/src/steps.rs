//! The steps of a flow: each `[[step]]` of `flow.toml`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use retention::flow::{Anchor, Class, Hour, Kind, StaleAfter, Step, Trigger, Wait};
use retention::ids::{LetterName, OfferName, StepId};
use retention::shop::PROMOTIONAL_IN_A_ROW;

use crate::duration::{parse, parse_hour, parse_percent};
use crate::limits::statuses;
use crate::table::{At, Table};

/// What the steps of one flow are read against.
pub(crate) struct Surroundings<'a> {
    pub(crate) trigger: Option<&'a Trigger>,
    pub(crate) class: Option<Class>,
    pub(crate) letters: &'a BTreeSet<LetterName>,
    pub(crate) offers: &'a BTreeSet<OfferName>,
}

/// A step as far as it could be read, with its place.
struct Read<'d> {
    id: Option<At<'d, StepId>>,
    wait: Option<At<'d, Wait>>,
    step: Option<Step>,
    kind: Option<Kind>,
}

/// Reads the steps in their order, and holds each against those before it.
pub(crate) fn read(tables: Vec<Table<'_>>, around: &Surroundings<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut before = Before::default();
    for table in tables {
        let read = one(table, around, &mut before);
        before.check(&read);
        before.first_is_behind = true;
        steps.extend(read.step);
    }
    steps
}

/// What the steps so far say of the next.
#[derive(Default)]
struct Before {
    first_is_behind: bool,
    ids: BTreeSet<StepId>,
    coupon_given: bool,
    /// How many promotional steps there were in a row.
    promotional: usize,
    /// The wait of the last step that counts from the trigger.
    wait: Option<TimeDelta>,
}

impl Before {
    /// Reports a step that repeats an id, sells once too often, or comes too early.
    fn check(&mut self, read: &Read<'_>) {
        if let Some(id) = &read.id {
            if !self.ids.insert(id.value.clone()) {
                id.wrong(format!("there is already a step `{}`: two steps with one id would be one letter", id.value));
            }
            self.promotional = if read.kind == Some(Kind::Promotional) { self.promotional + 1 } else { 0 };
            if self.promotional > PROMOTIONAL_IN_A_ROW {
                id.wrong(format!(
                    "the third promotional step in a row: after {PROMOTIONAL_IN_A_ROW} of them comes a useful one"
                ));
            }
        }
        let from_trigger = read.step.as_ref().is_some_and(|step| step.after == Anchor::Trigger);
        if let Some(wait) = &read.wait
            && let Wait::For(span) = wait.value
            && from_trigger
        {
            if self.wait.is_some_and(|before| span < before) {
                wait.wrong("this step is due before the one above it: put the steps in their order");
            }
            self.wait = Some(span);
        }
    }
}

fn one<'d>(mut table: Table<'d>, around: &Surroundings<'_>, before: &mut Before) -> Read<'d> {
    let id =
        table.needed_text("id").and_then(|text| text.then(|raw| StepId::parse(raw).map_err(|error| error.to_string())));
    let letter = table.needed_text("letter").and_then(|text| letter(&text, around.letters));
    let kind = kind(&mut table, around.class);
    let of = table.text("of").and_then(|text| text.one_of("status", &statuses()));
    let after = anchor(&mut table, !before.first_is_behind);
    let wait_text = table.text("wait");
    let wait = wait_text.as_ref().and_then(|text| text.then(|raw| wait(raw)));
    if let Some(wait) = &wait {
        check_wait(wait, after, around.trigger);
    }
    let at_text = table.text("at");
    let at = at_text.as_ref().and_then(|text| text.then(|raw| parse_hour(raw)));
    if let (Some(text), Some(trigger)) = (&at_text, around.trigger)
        && !(matches!(trigger, Trigger::Birthday(_)) && after == Anchor::Trigger)
    {
        text.wrong("`at` is for a step that is due on a day: one of a birthday flow, counted from its trigger");
    }
    let stale_after = table.text("stale_after").and_then(|text| text.then(|raw| stale(raw)));
    let coupon_text = table.text("coupon");
    let coupon = coupon_text.as_ref().and_then(|text| offer(text, around.offers));
    if let (Some(text), Some(Class::Transactional)) = (&coupon_text, around.class) {
        text.wrong("a transactional letter carries no coupon");
    }
    before.coupon_given |= coupon_text.is_some();
    let unused = table.flag("while_coupon_unused");
    if let Some(unused) = &unused
        && unused.value
        && !before.coupon_given
    {
        unused.wrong("no step up to this one gives a coupon");
    }
    table.finish();
    let whole_wait = wait_text.is_none() || wait.is_some();
    let step = id.as_ref().zip(letter).zip(kind).filter(|_| whole_wait).map(|((id, letter), kind)| Step {
        id: id.value.clone(),
        letter,
        kind,
        of,
        after,
        wait: wait.as_ref().map_or(Wait::For(TimeDelta::zero()), |at| at.value),
        at: at.map(|at| Hour::Fixed(at.value)),
        days: None,
        stale_after: stale_after.map(|at| at.value),
        coupon,
        while_coupon_unused: unused.is_some_and(|at| at.value),
        only_if: None,
        variants: Vec::new(),
    });
    Read { id, wait, step, kind }
}

fn letter(text: &At<'_, &str>, letters: &BTreeSet<LetterName>) -> Option<LetterName> {
    let name = text.then(|raw| LetterName::parse(raw).map_err(|error| error.to_string()))?.value;
    if !letters.contains(&name) {
        text.unknown("letter", letters.iter().map(LetterName::as_str));
    }
    Some(name)
}

/// A transactional letter is useful by its nature; a marketing step says which it is.
fn kind(table: &mut Table<'_>, class: Option<Class>) -> Option<Kind> {
    let words = [("useful", Kind::Useful), ("promotional", Kind::Promotional)];
    if class == Some(Class::Transactional) {
        let Some(text) = table.text("kind") else { return Some(Kind::Useful) };
        let kind = text.one_of("kind", &words)?;
        if kind == Kind::Promotional {
            text.wrong("a transactional letter does not sell: its kind is `useful`");
        }
        return Some(kind);
    }
    table.needed_text("kind")?.one_of("kind", &words)
}

fn anchor(table: &mut Table<'_>, first: bool) -> Anchor {
    let Some(text) = table.text("after") else { return Anchor::Trigger };
    let anchor = text.one_of("anchor", &[("trigger", Anchor::Trigger), ("previous", Anchor::Previous)]);
    if anchor == Some(Anchor::Previous) && first {
        text.wrong("the first step has none before it: it counts from the `trigger`");
    }
    anchor.unwrap_or(Anchor::Trigger)
}

fn wait(raw: &str) -> Result<Wait, String> {
    let text = raw.trim();
    if text == "-lead" {
        return Ok(Wait::Lead);
    }
    if let Some(part) = text.strip_suffix("cycle") {
        let percent = parse_percent(part).ok_or("a part of the cycle is like `25% cycle`")?;
        return Ok(Wait::Cycle(percent));
    }
    parse(text).map(Wait::For)
}

fn check_wait(wait: &At<'_, Wait>, after: Anchor, trigger: Option<&Trigger>) {
    let Some(trigger) = trigger else { return };
    let replenish = matches!(trigger, Trigger::Replenish(_));
    match wait.value {
        Wait::Lead | Wait::Cycle(_) if !replenish => wait.wrong("only a replenish flow has a cycle and a lead"),
        Wait::Lead | Wait::Cycle(_) if after == Anchor::Previous => {
            wait.wrong("cycle and lead count from the trigger, not from the step before");
        }
        Wait::For(span) if span < TimeDelta::zero() && (after == Anchor::Previous || !trigger.is_known_ahead()) => {
            wait.wrong("a wait is below zero only from what is known ahead: a birthday, or the day a product runs out");
        }
        _ => {}
    }
}

fn stale(raw: &str) -> Result<StaleAfter, String> {
    if raw.trim() == "end of day" {
        return Ok(StaleAfter::EndOfDay);
    }
    let span = parse(raw).map_err(|error| format!("{error}, or `end of day`"))?;
    if span < TimeDelta::hours(1) { Err("this is at least 1h".to_owned()) } else { Ok(StaleAfter::For(span)) }
}

fn offer(text: &At<'_, &str>, offers: &BTreeSet<OfferName>) -> Option<OfferName> {
    let name = offers.iter().find(|name| name.as_str() == text.value);
    if name.is_none() {
        text.unknown("offer", offers.iter().map(OfferName::as_str));
    }
    name.cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_span_a_lead_or_a_part_of_the_cycle() {
        assert_eq!(wait("14d"), Ok(Wait::For(TimeDelta::days(14))));
        assert_eq!(wait("-3d"), Ok(Wait::For(TimeDelta::days(-3))));
        assert_eq!(wait("-lead"), Ok(Wait::Lead));
        assert_eq!(wait("25% cycle"), Ok(Wait::Cycle(25)));
        assert!(wait("lead").is_err() && wait("25 cycle").is_err());
    }

    #[test]
    fn a_letter_is_stale_after_a_span_or_at_the_end_of_the_day() {
        assert_eq!(stale("7d"), Ok(StaleAfter::For(TimeDelta::days(7))));
        assert_eq!(stale("end of day"), Ok(StaleAfter::EndOfDay));
        assert!(stale("-1d").is_err() && stale("0d").is_err());
    }
}
