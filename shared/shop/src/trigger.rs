//! What begins a flow: the `trigger` of `flow.toml`.

use chrono::TimeDelta;
use retention::birthday::LeapDay;
use retention::flow::{Class, Lapse, Replenish, Trigger};
use retention::time::days;

use crate::duration::{parse, parse_percent};
use crate::table::{At, Table};

/// Defaults of a replenishment: the announcement, and its part of a short cycle.
const LEAD: TimeDelta = days(30);
const LEAD_AT_MOST: u8 = 25;
/// Defaults of a lapse: its bounds, and the age while a person has no gap yet.
const LAPSE_MIN: TimeDelta = days(60);
const LAPSE_MAX: TimeDelta = days(180);

#[derive(Clone, Copy)]
enum On {
    OrderStatus,
    FirstOrder,
    Replenish,
    Lapsed,
    Birthday,
}

const WORDS: [(&str, On); 5] = [
    ("order_status", On::OrderStatus),
    ("first_order", On::FirstOrder),
    ("replenish", On::Replenish),
    ("lapsed", On::Lapsed),
    ("birthday", On::Birthday),
];

/// Reads a trigger, and holds the class against it: only an answer to the customer's own act passes without consent.
pub(crate) fn read(mut table: Table<'_>, class: Option<Class>) -> Option<Trigger> {
    let on = table.needed_text("on")?;
    let kind = on.one_of("trigger", &WORDS)?;
    let trigger = match kind {
        On::OrderStatus => Some(Trigger::OrderStatus),
        On::FirstOrder => Some(Trigger::FirstOrder),
        On::Replenish => Some(Trigger::Replenish(replenish(&mut table))),
        On::Lapsed => lapse(&mut table).map(Trigger::Lapsed),
        On::Birthday => Some(Trigger::Birthday(leap_day(&mut table))),
    };
    match (class, kind) {
        (Some(Class::Marketing), On::OrderStatus) => on.wrong("letters about an order are `transactional`"),
        (Some(Class::Transactional), On::FirstOrder | On::Replenish | On::Lapsed | On::Birthday) => {
            on.wrong(format!("`{}` answers no act of the customer's: its letters are `marketing`", on.value));
        }
        _ => {}
    }
    table.finish();
    trigger
}

/// A span of at least a day, or the default.
fn span(text: Option<At<'_, &str>>, default: TimeDelta) -> TimeDelta {
    let read = text.and_then(|text| {
        text.then(|raw| {
            let span = parse(raw)?;
            if span >= TimeDelta::days(1) { Ok(span) } else { Err("this is at least 1d".to_owned()) }
        })
    });
    read.map_or(default, |at| at.value)
}

fn replenish(table: &mut Table<'_>) -> Replenish {
    let lead = span(table.text("lead"), LEAD);
    let at_most = table.text("lead_at_most").and_then(|text| {
        text.then(|raw| {
            parse_percent(raw).filter(|p| *p <= 90).ok_or_else(|| "this is like `25%`, at most 90%".to_owned())
        })
    });
    Replenish { lead, lead_at_most_percent: at_most.map_or(LEAD_AT_MOST, |at| at.value) }
}

fn lapse(table: &mut Table<'_>) -> Option<Lapse> {
    let gaps = table.needed_text("after").and_then(|text| text.then(|raw| gaps(raw)));
    let min = span(table.text("min"), LAPSE_MIN);
    let max_text = table.text("max");
    let max = span(max_text.clone(), LAPSE_MAX);
    let unknown = span(table.text("unknown"), max);
    if min > max {
        match max_text {
            Some(text) => text.wrong("`max` is not below `min`"),
            None => table.wrong("`min` is not above `max`, 180d"),
        }
        return None;
    }
    Some(Lapse { gaps: gaps?.value, min, max, unknown })
}

/// `2 x median_gap`.
fn gaps(raw: &str) -> Result<u8, String> {
    let form = "this is like `2 x median_gap`, with 1 to 9 gaps";
    let words: Vec<&str> = raw.split_whitespace().collect();
    match words[..] {
        [count, "x", "median_gap"] => count.parse().ok().filter(|n| (1..=9).contains(n)).ok_or_else(|| form.to_owned()),
        _ => Err(form.to_owned()),
    }
}

fn leap_day(table: &mut Table<'_>) -> LeapDay {
    let words = [("february-28", LeapDay::February28), ("march-1", LeapDay::March1)];
    table.text("leap_day").and_then(|text| text.one_of("day", &words)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lapse_counts_median_gaps() {
        assert_eq!(gaps("2 x median_gap"), Ok(2));
        for bad in ["2", "2x median_gap", "0 x median_gap", "10 x median_gap", "2 x gap"] {
            assert!(gaps(bad).is_err(), "{bad}");
        }
    }
}
