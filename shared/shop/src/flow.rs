//! A flow: one folder of `templates/flows/` and its `flow.toml`.

use std::collections::{BTreeMap, BTreeSet};

use retention::condition::{Condition, Names};
use retention::flow::{Class, Cooldown, Exit, Flow, Trigger};
use retention::ids::{FlowName, LetterName, OfferName, SegmentName};

use crate::condition;
use crate::duration::parse;
use crate::steps::{self, Surroundings};
use crate::table::{At, Table};
use crate::trigger;

/// The priority of a transactional flow, which competes with nothing.
const TRANSACTIONAL_PRIORITY: u8 = 100;

/// What one flow is read against.
pub(crate) struct Known<'a> {
    pub(crate) flows: &'a BTreeSet<FlowName>,
    pub(crate) letters: &'a BTreeSet<LetterName>,
    pub(crate) offers: &'a BTreeSet<OfferName>,
    pub(crate) segments: &'a BTreeMap<SegmentName, Condition>,
    pub(crate) has_tiers: bool,
}

const EXITS: [(&str, Exit); 9] = [
    ("order", Exit::Order),
    ("refund", Exit::Refund),
    ("bought", Exit::Bought),
    ("account", Exit::Account),
    ("cart", Exit::Cart),
    ("review", Exit::Review),
    ("answered", Exit::Answered),
    ("redeemed", Exit::Redeemed),
    ("click", Exit::Click),
];

/// Reads a `flow.toml`.
pub(crate) fn read(name: &FlowName, mut table: Table<'_>, known: &Known<'_>) -> Option<Flow> {
    let enabled = table.needed_flag("enabled");
    let class = table.needed_text("class").and_then(|text| {
        text.one_of("class", &[("marketing", Class::Marketing), ("transactional", Class::Transactional)])
    });
    let priority = priority(&mut table, class);
    let trigger = table.needed_table("trigger").and_then(|trigger| trigger::read(trigger, class, known.has_tiers));
    let cooldown = table.text("cooldown").and_then(|text| cooldown(&text, trigger.as_ref()));
    let exit = table.texts("exit");
    let exit = exit.iter().filter_map(|text| text.one_of("exit", &EXITS)).collect();
    let excludes = table.texts("excludes").iter().filter_map(|text| excluded(text, name, known.flows)).collect();
    // While the trigger is not known, `order` may be there: one slip is told once.
    let order = trigger.as_ref().is_none_or(Trigger::has_order);
    let names = Names { segments: known.segments, order };
    let only_if = table.text("only_if").and_then(|text| condition::read(&text, &names));
    let holdout = table.text("holdout").and_then(|text| holdout(&text, class));
    let tables = table.tables("step");
    if tables.is_empty() {
        table.wrong("a flow has at least one [[step]]");
    }
    let around = Surroundings { trigger: trigger.as_ref(), class, letters: known.letters, offers: known.offers, names };
    let steps = steps::read(tables, &around);
    table.finish();
    Some(Flow {
        name: name.clone(),
        enabled: enabled?.value,
        class: class?,
        priority: priority?,
        trigger: trigger?,
        cooldown,
        exit,
        excludes,
        only_if,
        holdout: holdout.unwrap_or_default(),
        steps,
    })
}

fn priority(table: &mut Table<'_>, class: Option<Class>) -> Option<u8> {
    let Some(number) = table.number("priority") else {
        if class != Some(Class::Transactional) {
            table.wrong("the field `priority` is missing: who goes first when two letters are due, from 0 to 99");
        }
        return (class == Some(Class::Transactional)).then_some(TRANSACTIONAL_PRIORITY);
    };
    let read = number
        .then(|n| u8::try_from(*n).ok().filter(|p| *p <= 100).ok_or_else(|| "`priority` is from 0 to 99".to_owned()));
    read.map(|at| at.value)
}

/// The part of the people who get nothing, in percent.
fn holdout(text: &At<'_, &str>, class: Option<Class>) -> Option<u8> {
    if class == Some(Class::Transactional) {
        text.wrong("nobody is held out of letters that answer their own act");
    }
    let read = text.then(|raw| {
        let number = raw.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<u8>().ok());
        number.filter(|percent| *percent <= 100).ok_or_else(|| "`holdout` is like `10%`, from 0% to 100%".to_owned())
    });
    read.map(|at| at.value)
}

fn cooldown(text: &At<'_, &str>, trigger: Option<&Trigger>) -> Option<Cooldown> {
    if text.value.trim() == "L" {
        if trigger.is_some_and(|trigger| !matches!(trigger, Trigger::Lapsed(_))) {
            text.wrong("`L` is the age at which an order is old: only a `lapsed` flow has one");
            return None;
        }
        return Some(Cooldown::Lapse);
    }
    let span = text.then(|raw| {
        let span = parse(raw).map_err(|error| format!("{error}, or `L`"))?;
        if span > chrono::TimeDelta::zero() { Ok(span) } else { Err("a cooldown is above zero".to_owned()) }
    });
    span.map(|at| Cooldown::For(at.value))
}

fn excluded(text: &At<'_, &str>, own: &FlowName, flows: &BTreeSet<FlowName>) -> Option<FlowName> {
    if text.value == own.as_str() {
        text.wrong("a flow cannot exclude itself");
        return None;
    }
    let found = flows.iter().find(|flow| flow.as_str() == text.value);
    if found.is_none() {
        text.unknown("flow", flows.iter().filter(|flow| *flow != own).map(FlowName::as_str));
    }
    found.cloned()
}
