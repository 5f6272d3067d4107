//! `regulars import`: orders out of a CSV file. History, which triggers no letter about the past.

mod columns;
mod people;
mod rows;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use retention::ids::SourceName;
use retention::money::Currency;
use retention::{Shop, Time};

pub use columns::{ColumnError, Columns};
pub use rows::BadRow;

use crate::failure::Failure;
use people::Writer;
use rows::Reader;

/// How many orders are held at once: memory stays bounded however long the file is.
const BATCH: usize = 4_000;
/// How many bad rows are listed.
const LISTED: usize = 50;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which column holds what.
    pub columns: Columns,
    /// The storefront that the orders came from.
    pub source: SourceName,
    /// The proof of the people's consent; without it their consent is unknown.
    pub consent: Option<String>,
    /// The moment of the import.
    pub as_of: Time,
    /// The zone of times that name none.
    pub zone: Tz,
    /// The currency of amounts that name none.
    pub currency: Currency,
}

/// What an import did.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Orders written.
    pub orders: u64,
    /// Orders that were known already.
    pub known: u64,
    /// People they belong to, counted once for each batch.
    pub people: u64,
    /// How many rows could not be read.
    pub bad_rows: u64,
    /// The first of them.
    pub listed: Vec<BadRow>,
}

/// Reads a file and writes its orders.
pub async fn file(store: &cloud::Store, shop: &Shop, path: &Path, options: &Options) -> Result<Report, Failure> {
    let name = path.display();
    let open = std::fs::File::open(path).map_err(|e| Failure::new(format!("{name} cannot be opened: {e}")))?;
    let bytes = open.metadata().map(|m| m.len()).unwrap_or_default();
    let bar = ProgressBar::new(bytes);
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let read = read(store, shop, bar.wrap_read(open), options, &bar).await;
    bar.finish_and_clear();
    read.map_err(|failure| failure.about(&name.to_string()))
}

/// Reads orders from anywhere and writes them.
pub async fn read(
    store: &cloud::Store,
    shop: &Shop,
    input: impl Read,
    options: &Options,
    bar: &ProgressBar,
) -> Result<Report, Failure> {
    let mut reader = Reader::new(input, options)?;
    let writer = Writer { store, shop, options };
    let mut report = Report::default();
    loop {
        let batch = reader.batch(BATCH)?;
        report.rows = reader.rows();
        if batch.is_empty() {
            break;
        }
        let mut people: BTreeMap<String, Vec<rows::ReadOrder>> = BTreeMap::new();
        for order in batch {
            people.entry(order.email.normal()).or_default().push(order);
        }
        report.people += people.len() as u64;
        writer.write(people.into_values().collect(), &mut report).await?;
        bar.set_message(format!("{} orders", report.orders + report.known));
    }
    report.bad_rows = reader.bad_rows();
    report.listed = reader.into_listed();
    Ok(report)
}

impl Report {
    /// The report as lines for a person.
    pub fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} rows: {} orders written, {} known already, {} bad rows",
            self.rows, self.orders, self.known, self.bad_rows
        )];
        lines.extend(self.listed.iter().map(ToString::to_string));
        if self.bad_rows > LISTED as u64 {
            lines.push(format!("and {} more", self.bad_rows - LISTED as u64));
        }
        lines.join("\n")
    }
}
