//! `regulars coupons`: the pools of codes that are given once each.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use cloud::Store;
use cloud::store::CodeCounts;
use retention::ids::{Lot, OfferName};
use retention::shop::Supply;
use retention::{Shop, Time};
use serde_json::json;

use crate::counted::counted;
use crate::failure::Failure;
use crate::import::Table;

/// How many codes are written before more are read.
const BATCH: usize = 2_000;
/// How many bad lines are listed.
const LISTED: usize = 50;

/// What an import of codes did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Codes that are new in the pool.
    pub added: u64,
    /// Codes that lay in it, or that somebody was given.
    pub known: u64,
    /// Codes that stood in the file before, in whatever case.
    pub repeated: u64,
    /// Lines that hold no code.
    pub bad: u64,
    /// The first of them: the line, and why.
    pub listed: Vec<(u64, String)>,
}

/// Where the code stands in a row.
enum Column {
    /// There is nothing else in the file, not even a header.
    Only,
    Named(usize),
}

/// Reads a file of codes, one a line or a table with a column `code`, into the pool of an offer.
pub async fn import(store: &Store, shop: &Shop, offer: &str, file: &Path, now: Time) -> Result<Report, Failure> {
    let name = file.display();
    let open = std::fs::File::open(file).map_err(|e| Failure::new(format!("{name} cannot be opened: {e}")))?;
    read(store, shop, offer, open, now).await.map_err(|failure| failure.about(&name.to_string()))
}

/// Reads codes from anywhere into the pool of an offer.
pub async fn read(store: &Store, shop: &Shop, offer: &str, input: impl Read, now: Time) -> Result<Report, Failure> {
    let (offer, lot) = pool(shop, offer)?;
    let mut table = Table::open(input)?;
    let mut import =
        Import { store, offer, lot, now, seen: HashSet::new(), codes: Vec::new(), report: Report::default() };
    let column = column(&table.headers())?;
    if let Column::Only = column {
        let first = table.headers().first().map(|code| (*code).to_owned());
        import.take(1, &first.unwrap_or_default()).await?;
    }
    let at = if let Column::Named(at) = column { at } else { 0 };
    while let Some(row) = table.next()? {
        match row.bad {
            Some(why) => import.bad(row.line, why),
            None => import.take(row.line, row.cells.get(at).unwrap_or_default()).await?,
        }
    }
    import.write().await?;
    Ok(import.report)
}

fn pool<'s>(shop: &'s Shop, offer: &str) -> Result<(&'s OfferName, Lot), Failure> {
    let found = shop.offers.iter().find(|(name, _)| name.as_str() == offer);
    let Some((name, offer)) = found else {
        let names: Vec<&str> = shop.offers.keys().map(OfferName::as_str).collect();
        return Err(Failure::new(format!("no offer `{offer}`: offers.toml has {}", names.join(", "))));
    };
    let lot = offer.lot().ok_or_else(|| {
        Failure::new(format!("`{name}` has one code for everybody: write `pool = true` in the place of its `code`"))
    })?;
    Ok((name, lot))
}

fn column(headers: &[&str]) -> Result<Column, Failure> {
    let named = headers.iter().position(|name| name.eq_ignore_ascii_case("code"));
    match named {
        Some(at) => Ok(Column::Named(at)),
        None if headers.len() == 1 => Ok(Column::Only),
        None => Err(Failure::new("line 1: no column is called `code`; or write one code a line")),
    }
}

struct Import<'a> {
    store: &'a Store,
    offer: &'a OfferName,
    lot: Lot,
    now: Time,
    seen: HashSet<String>,
    codes: Vec<String>,
    report: Report,
}

impl Import<'_> {
    async fn take(&mut self, line: u64, cell: &str) -> Result<(), Failure> {
        let code = cell.trim();
        if !shop::is_code(code) {
            self.bad(line, shop::NOT_A_CODE.to_owned());
        } else if self.seen.insert(code.to_ascii_uppercase()) {
            self.codes.push(code.to_owned());
        } else {
            self.report.repeated += 1;
        }
        if self.codes.len() >= BATCH { self.write().await } else { Ok(()) }
    }

    fn bad(&mut self, line: u64, why: String) {
        self.report.bad += 1;
        if self.report.listed.len() < LISTED {
            self.report.listed.push((line, why));
        }
    }

    async fn write(&mut self) -> Result<(), Failure> {
        let codes = std::mem::take(&mut self.codes);
        let added = self.store.add_codes(self.offer, &self.lot, &codes, self.now).await?;
        self.report.added += added;
        self.report.known += codes.len() as u64 - added;
        Ok(())
    }
}

impl Report {
    /// The report as lines for a person.
    pub fn text(&self) -> String {
        let Self { added, known, repeated, bad, .. } = self;
        let counts = format!(
            "{} new in the pool, {} known, {repeated} stood twice in the file, {}.",
            counted(*added, "code is", "codes are"),
            counted(*known, "was", "were"),
            counted(*bad, "is no code", "are no codes")
        );
        let lines = self.listed.iter().map(|(line, why)| format!("line {line}: {why}"));
        let more = (*bad > LISTED as u64).then(|| format!("and {} more", bad - LISTED as u64));
        std::iter::once(counts).chain(lines).chain(more).collect::<Vec<_>>().join("\n")
    }
}

/// Says of each offer whose codes are given once how many are free, given and used.
pub async fn list(store: &Store, shop: &Shop, as_json: bool) -> Result<String, Failure> {
    let mut pools = Vec::new();
    for (name, offer) in &shop.offers {
        if let Some(lot) = offer.lot() {
            let from = if matches!(offer.supply, Supply::Pool) { "imported" } else { "created" };
            pools.push((name, from, store.count_codes(name, &lot).await?));
        }
    }
    if as_json {
        let row = |(name, from, counts): &(&OfferName, &str, CodeCounts)| json!({ "offer": name, "codes": from, "free": counts.free, "given": counts.given, "used": counts.used });
        let rows: Vec<_> = pools.iter().map(row).collect();
        return serde_json::to_string(&rows).map_err(|e| Failure::new(e.to_string()));
    }
    if pools.is_empty() {
        return Ok("No offer has codes that are given once: each has one code for everybody.".to_owned());
    }
    let head = format!("{:<24} {:<9} {:>9} {:>9} {:>9}", "offer", "codes", "free", "given", "used");
    let line = |(name, from, CodeCounts { free, given, used }): &(&OfferName, &str, CodeCounts)| {
        format!("{:<24} {from:<9} {free:>9} {given:>9} {used:>9}", name.as_str())
    };
    Ok(std::iter::once(head).chain(pools.iter().map(line)).collect::<Vec<_>>().join("\n"))
}
