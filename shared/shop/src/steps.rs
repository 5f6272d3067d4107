//! The steps of a flow: each `[[step]]` of `flow.toml`.

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta};
use retention::condition::Names;
use retention::flow::{Anchor, Class, Hour, Kind, StaleAfter, Status, Step, Trigger, Wait, Weekdays};
use retention::ids::{LetterName, OfferName, StepId};
use retention::shop::PROMOTIONAL_IN_A_ROW;

use crate::condition;
use crate::duration::{parse, parse_days, parse_hour, parse_percent};
use crate::limits::statuses;
use crate::table::{At, Table};
use crate::variants;

/// The hour of those of whom no better one is known.
const BEST: NaiveTime = match NaiveTime::from_hms_opt(10, 0, 0) {
    Some(hour) => hour,
    None => NaiveTime::MIN,
};

/// What the steps of one flow are read against.
pub(crate) struct Surroundings<'a> {
    pub(crate) trigger: Option<&'a Trigger>,
    pub(crate) class: Option<Class>,
    pub(crate) letters: &'a BTreeSet<LetterName>,
    pub(crate) offers: &'a BTreeSet<OfferName>,
    pub(crate) names: Names<'a>,
}

impl Surroundings<'_> {
    fn is_transactional(&self) -> bool {
        self.class == Some(Class::Transactional)
    }

    /// Whether each step is about its own news of an order, and stands for itself.
    fn tells_status(&self) -> bool {
        matches!(self.trigger, Some(Trigger::OrderStatus))
    }
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
        before.check(&read, around);
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
    told: BTreeSet<Status>,
    coupon_given: bool,
    /// How many promotional steps there were in a row.
    promotional: usize,
    /// The wait of the last step that counts from the trigger.
    wait: Option<TimeDelta>,
}

impl Before {
    /// Reports a step that repeats an id, sells once too often, or comes too early.
    fn check(&mut self, read: &Read<'_>, around: &Surroundings<'_>) {
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
            && !around.tells_status()
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
    let (letter, variants) = variants::read(&mut table, around.letters);
    let kind = kind(&mut table, around.class);
    let of = status(&mut table, around, &mut before.told);
    let after = anchor(&mut table, around, !before.first_is_behind);
    let wait_text = table.text("wait");
    let wait = wait_text.as_ref().and_then(|text| text.then(|raw| wait(raw)));
    if let Some(wait) = &wait {
        check_wait(wait, after, around.trigger);
    }
    let (at, days) = (hour(&mut table, around), weekdays(&mut table, around));
    let stale_after = table.text("stale_after").and_then(|text| text.then(|raw| stale(raw)));
    let coupon = coupon(&mut table, around, before);
    let while_coupon_unused = while_coupon_unused(&mut table, before);
    let only_if = table.text("only_if").map(|text| condition::read(&text, &around.names));
    table.finish();
    let whole = (wait_text.is_none() || wait.is_some()) && only_if.as_ref().is_none_or(Option::is_some);
    let step = id.as_ref().zip(letter).zip(kind).filter(|_| whole).map(|((id, letter), kind)| Step {
        id: id.value.clone(),
        letter,
        kind,
        of,
        after,
        wait: wait.as_ref().map_or(Wait::For(TimeDelta::zero()), |at| at.value),
        at,
        days,
        stale_after: stale_after.map(|at| at.value),
        coupon,
        while_coupon_unused,
        only_if: only_if.flatten(),
        variants,
    });
    Read { id, wait, step, kind }
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

/// The news that a step of `order_status` tells: each has one step at most.
fn status(table: &mut Table<'_>, around: &Surroundings<'_>, told: &mut BTreeSet<Status>) -> Option<Status> {
    let Some(text) = table.text("of") else {
        if around.tells_status() {
            table.wrong("the field `of` is missing: which news of an order this step tells, such as `shipped`");
        }
        return None;
    };
    if around.trigger.is_some() && !around.tells_status() {
        text.wrong("only the steps of an `order_status` flow tell news of an order");
        return None;
    }
    let status = text.one_of("status", &statuses())?;
    if !told.insert(status) {
        text.wrong(format!("there is already a step of `{}`", status.name()));
    }
    Some(status)
}

/// Other words for the trigger's own time, where they say better what it is.
#[derive(Clone, Copy)]
enum Word {
    Of(Anchor),
    Due,
    Birthday,
}

const ANCHORS: [(&str, Word); 7] = [
    ("trigger", Word::Of(Anchor::Trigger)),
    ("previous", Word::Of(Anchor::Previous)),
    ("delivered", Word::Of(Anchor::Delivered)),
    ("shipped", Word::Of(Anchor::Shipped)),
    ("fulfilled", Word::Of(Anchor::Fulfilled)),
    ("due", Word::Due),
    ("birthday", Word::Birthday),
];

fn anchor(table: &mut Table<'_>, around: &Surroundings<'_>, first: bool) -> Anchor {
    let Some(text) = table.text("after") else { return Anchor::Trigger };
    let Some(word) = text.one_of("anchor", &ANCHORS) else { return Anchor::Trigger };
    let trigger = around.trigger;
    let is = |fits: fn(&Trigger) -> bool| trigger.is_none_or(fits);
    match word {
        Word::Of(Anchor::Previous) if first => {
            text.wrong("the first step has none before it: it counts from the `trigger`");
        }
        Word::Of(Anchor::Previous) if around.tells_status() => {
            text.wrong("each step of an `order_status` flow stands for itself: it counts from the `trigger`");
        }
        Word::Of(Anchor::Delivered | Anchor::Shipped | Anchor::Fulfilled) if !is(Trigger::has_order) => {
            text.wrong(format!("not every occasion of this trigger is about an order that could be `{}`", text.value));
        }
        Word::Due if !is(|trigger| matches!(trigger, Trigger::Replenish(_) | Trigger::CouponExpiring)) => {
            text.wrong("only a `replenish` and a `coupon_expiring` flow have something that is due");
        }
        Word::Birthday if !is(|trigger| matches!(trigger, Trigger::Birthday(_))) => {
            text.wrong("only a `birthday` flow has a birthday");
        }
        _ => {}
    }
    match word {
        Word::Of(anchor) => anchor,
        Word::Due | Word::Birthday => Anchor::Trigger,
    }
}

/// The hour of the day, of marketing steps: what answers the customer's own act leaves at once.
fn hour(table: &mut Table<'_>, around: &Surroundings<'_>) -> Option<Hour> {
    let text = table.text("at")?;
    if around.is_transactional() {
        text.wrong("a transactional letter leaves at once: it waits for no hour");
    }
    text.then(|raw| at(raw)).map(|at| at.value)
}

fn at(raw: &str) -> Result<Hour, String> {
    let text = raw.trim();
    let Some(rest) = text.strip_prefix("best") else {
        let hour = parse_hour(text).map(Hour::Fixed);
        return hour.map_err(|error| format!("{error}, or `best`, or `best, else 10:00`"));
    };
    match rest.trim_start().strip_prefix(',').map(str::trim_start).and_then(|rest| rest.strip_prefix("else ")) {
        Some(hour) => parse_hour(hour).map(Hour::Best),
        None if rest.is_empty() => Ok(Hour::Best(BEST)),
        None => Err("this is `best`, or like `best, else 10:00`".to_owned()),
    }
}

fn weekdays(table: &mut Table<'_>, around: &Surroundings<'_>) -> Option<Weekdays> {
    let texts = table.one_or_more("days");
    if let Some(text) = texts.first().filter(|_| around.is_transactional()) {
        text.wrong("a transactional letter leaves at once: it waits for no day");
    }
    Weekdays::of(texts.iter().filter_map(|text| text.then(|raw| parse_days(raw))).flat_map(|days| days.value))
}

fn coupon(table: &mut Table<'_>, around: &Surroundings<'_>, before: &mut Before) -> Option<OfferName> {
    let text = table.text("coupon")?;
    if around.is_transactional() {
        text.wrong("a transactional letter carries no coupon");
    }
    before.coupon_given = true;
    offer(&text, around.offers)
}

fn while_coupon_unused(table: &mut Table<'_>, before: &Before) -> bool {
    let Some(unused) = table.flag("while_coupon_unused") else { return false };
    if unused.value && !before.coupon_given {
        unused.wrong("no step up to this one gives a coupon");
    }
    unused.value
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
        Wait::Lead | Wait::Cycle(_) if after != Anchor::Trigger => {
            wait.wrong("cycle and lead count from the trigger, and from nothing else");
        }
        Wait::For(span) if span < TimeDelta::zero() && (after != Anchor::Trigger || !trigger.is_known_ahead()) => {
            wait.wrong(
                "a wait is below zero only from a trigger that is known ahead: a birthday or anniversary, the day a product \
                 runs out, the end of a coupon",
            );
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
    fn an_hour_is_fixed_or_the_best_one() {
        let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap_or_default();
        let eight = NaiveTime::from_hms_opt(8, 30, 0).unwrap_or_default();
        assert_eq!(at("10:00"), Ok(Hour::Fixed(ten)));
        assert_eq!(at("best"), Ok(Hour::Best(ten)));
        assert_eq!(at("best, else 08:30"), Ok(Hour::Best(eight)));
        assert!(["", "bester", "best 10:00", "best, else", "best, else x"].into_iter().all(|bad| at(bad).is_err()));
    }

    #[test]
    fn a_letter_is_stale_after_a_span_or_at_the_end_of_the_day() {
        assert_eq!(stale("7d"), Ok(StaleAfter::For(TimeDelta::days(7))));
        assert_eq!(stale("end of day"), Ok(StaleAfter::EndOfDay));
        assert!(stale("-1d").is_err() && stale("0d").is_err());
    }
}
