//! The shop's storefronts, limits and parcels, out of `shop.toml`.

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta};
use retention::flow::Status;
use retention::ids::SourceName;
use retention::shop::{GAP, Hours, Limits, Sending, Source, SourceKind, TRANSIT, Undecided, WEEKLY_CAP};
use retention::store_name::StoreName;
use retention::time::minutes;

use crate::duration::{parse, parse_hour};
use crate::table::Table;

/// How long a marked letter may be on its way to SES. The gap counts from the mark to the creation of the next letter
/// and must be longer.
const MARK_LIMIT: TimeDelta = minutes(5);
/// The longest gap that leaves room for a letter a day.
const MAX_GAP: TimeDelta = TimeDelta::days(7);

/// The longest time a parcel is on its way.
const MAX_TRANSIT: TimeDelta = TimeDelta::days(60);

/// The words for what a storefront writes about.
pub(crate) fn statuses() -> [(&'static str, Status); 8] {
    Status::ALL.map(|status| (status.name(), status))
}

/// Reads `[limits]`; what it leaves out has its default.
pub(crate) fn read_limits(table: Option<Table<'_>>) -> Limits {
    let (from, to) = (NaiveTime::from_hms_opt(8, 0, 0), NaiveTime::from_hms_opt(21, 0, 0));
    let day = Hours { from: from.unwrap_or_default(), to: to.unwrap_or_default() };
    let mut limits = Limits { gap: GAP, weekly_cap: WEEKLY_CAP, day };
    let Some(mut table) = table else { return limits };
    if let Some(gap) = table.text("gap").and_then(|text| text.then(|raw| gap(raw))) {
        limits.gap = gap.value;
    }
    if let Some(cap) = table.number("weekly_cap") {
        match usize::try_from(cap.value).ok().filter(|cap| (1..=21).contains(cap)) {
            Some(count) => limits.weekly_cap = count,
            None => cap.wrong("`weekly_cap` is from 1 to 21"),
        }
    }
    if let Some(day) = table.text("day").and_then(|text| text.then(|raw| hours(raw))) {
        limits.day = day.value;
    }
    table.finish();
    limits
}

fn gap(raw: &str) -> Result<TimeDelta, String> {
    let gap = parse(raw)?;
    if gap <= MARK_LIMIT {
        return Err("the gap is longer than 5min: a letter on its way takes up to that".to_owned());
    }
    if gap > MAX_GAP { Err("the gap is at most 7d".to_owned()) } else { Ok(gap) }
}

fn hours(raw: &str) -> Result<Hours, String> {
    let (from, to) = raw.split_once(" to ").ok_or("the day is like `08:00 to 21:00`")?;
    let hours = Hours { from: parse_hour(from)?, to: parse_hour(to)? };
    if hours.to - hours.from < TimeDelta::hours(1) {
        return Err("the day ends at least an hour after it begins".to_owned());
    }
    Ok(hours)
}

/// Reads `[sending]`: what becomes of a confirmation of which nobody can say whether it left, and how much of the account
/// this shop may use.
pub(crate) fn read_sending(table: Option<Table<'_>>) -> Sending {
    let mut sending = Sending::default();
    let Some(mut table) = table else { return sending };
    let words = [("resend", Undecided::Resend), ("close", Undecided::Close)];
    if let Some(undecided) = table.text("undecided").and_then(|text| text.one_of("way", &words)) {
        sending.undecided = undecided;
    }
    if let Some(share) = table.number("ses_share").and_then(|number| number.then(|percent| percent_of(*percent))) {
        sending.ses_share = share.value;
    }
    table.finish();
    sending
}

fn percent_of(number: i64) -> Result<u8, String> {
    let percent = u8::try_from(number).ok().filter(|percent| (1..=100).contains(percent));
    percent.ok_or_else(|| "the share of the account is 1 to 100 percent".to_owned())
}

/// Reads `[shipping]`: how long a parcel is on its way where nobody says that it has arrived.
pub(crate) fn read_transit(table: Option<Table<'_>>) -> TimeDelta {
    let Some(mut table) = table else { return TRANSIT };
    let transit = table.text("transit").and_then(|text| text.then(|raw| transit(raw)));
    table.finish();
    transit.map_or(TRANSIT, |at| at.value)
}

fn transit(raw: &str) -> Result<TimeDelta, String> {
    let span = parse(raw)?;
    let fits = (TimeDelta::days(1)..=MAX_TRANSIT).contains(&span);
    fits.then_some(span).ok_or_else(|| "a parcel is on its way for 1d to 60d".to_owned())
}

/// Reads every `[[source]]`.
pub(crate) fn read_sources(shop: &mut Table<'_>) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    let tables = shop.tables("source");
    if tables.is_empty() {
        shop.wrong("a shop has at least one [[source]], such as name = \"shopify\", kind = \"shopify\"");
    }
    for mut table in tables {
        let name = table.needed_text("name").and_then(|text| {
            let read = text.then(|raw| SourceName::parse(raw).map_err(|error| error.to_string()))?;
            if sources.iter().any(|source| source.name == read.value) {
                text.wrong(format!("there is already a source `{}`", text.value));
            }
            Some(read.value)
        });
        let kind = table
            .needed_text("kind")
            .and_then(|text| text.one_of("storefront", &SourceKind::ALL.map(|kind| (kind.name(), kind))));
        let store = table.text("store").zip(kind).and_then(|(text, kind)| {
            let read = text.then(|raw| StoreName::parse(kind, raw).map_err(|error| error.to_string()));
            read.map(|read| read.value)
        });
        // These two write about all of it by themselves; the others about nothing, unless the shop says so.
        let sends_own = if table.value("sends_own").is_some() {
            table.texts("sends_own").iter().filter_map(|text| text.one_of("status", &statuses())).collect()
        } else {
            match kind {
                Some(SourceKind::Shopify | SourceKind::WooCommerce) => BTreeSet::from(Status::ALL),
                _ => BTreeSet::new(),
            }
        };
        table.finish();
        if let (Some(name), Some(kind)) = (name, kind) {
            sources.push(Source { name, kind, store, sends_own });
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_longer_than_a_letter_is_on_its_way() {
        assert!(gap("5min").is_err());
        assert_eq!(gap("6min"), Ok(TimeDelta::minutes(6)));
        assert!(gap("8d").is_err());
    }

    #[test]
    fn a_parcel_is_on_its_way_for_one_to_sixty_days() {
        assert_eq!(transit("1d"), Ok(TimeDelta::days(1)));
        assert!(transit("60d").is_ok() && transit("23h").is_err() && transit("61d").is_err());
    }

    #[test]
    fn a_day_ends_after_it_begins() {
        assert!(hours("08:00 to 21:00").is_ok());
        assert!(hours("21:00 to 08:00").is_err());
        assert!(hours("08:00").is_err());
    }
}
