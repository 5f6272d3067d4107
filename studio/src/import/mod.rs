//! `regulars import`: customers and orders out of a CSV file. History, which triggers no letter about the past.

mod cell;
mod columns;
mod customers;
mod encoding;
mod exports;
mod memory;
mod orders;
mod people;
mod reader;
mod table;
mod tail;

use std::io::Read;
use std::path::Path;

use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use retention::ids::SourceName;
use retention::money::Currency;
use retention::{Shop, Time};

pub use columns::{ColumnError, Columns};
pub use memory::histories;
pub use reader::BadRow;
pub(crate) use table::Table;

use crate::counted::counted;
use crate::failure::Failure;
use people::Writer;
use reader::Reader;

/// How many orders or people are held at once: memory stays bounded however long the file is.
const BATCH: usize = 2_000;
/// How many bad rows are listed.
const LISTED: usize = 50;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which column holds what, where the headers are not of a known export.
    pub columns: Columns,
    /// The storefront that the file came from. By default, for a known export the only source of its kind, for any other
    /// file `import`.
    pub source: Option<SourceName>,
    /// The proof of the people's consent; without it their consent is unknown. It is taken for those of whom nothing is
    /// known, and whom the file itself does not call unsubscribed.
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
    /// What the file is, if it is a known export.
    pub export: Option<&'static str>,
    /// Rows read.
    pub rows: u64,
    /// Orders written.
    pub orders: u64,
    /// Orders that were known already.
    pub known: u64,
    /// People written, counted once for each batch.
    pub people: u64,
    /// Orders and people of an export that name no address.
    pub nobody: u64,
    /// How many rows could not be read.
    pub bad_rows: u64,
    /// The first of them.
    pub listed: Vec<BadRow>,
}

/// Reads a file and writes what it tells.
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

/// Reads a table from anywhere and writes what it tells.
pub async fn read(
    store: &cloud::Store,
    shop: &Shop,
    input: impl Read,
    options: &Options,
    bar: &ProgressBar,
) -> Result<Report, Failure> {
    let mut reader = Reader::new(input, shop, options)?;
    let writer = Writer { store, shop, options };
    let mut report = Report { export: reader.export().map(|export| export.name), ..Report::default() };
    loop {
        let batch = reader.batch(BATCH, &mut report);
        let batch = batch.map_err(|failure| Failure::new(format!("{failure}; all whole orders before it are in")))?;
        if batch.is_empty() {
            break;
        }
        writer.write(batch, &mut report).await?;
        bar.set_message(counted(report.rows, "row", "rows"));
    }
    // What the reading and the writing found, in the order of the file.
    report.listed.sort_by_key(|row| row.line);
    Ok(report)
}

impl Report {
    /// The report as lines for a person.
    pub fn text(&self) -> String {
        let mut counts = vec![
            counted(self.orders, "order written", "orders written"),
            format!("{} known already", self.known),
            counted(self.people, "person changed", "people changed"),
        ];
        if self.nobody > 0 {
            counts.push(format!("{} without an address left out", self.nobody));
        }
        counts.push(counted(self.bad_rows, "bad row", "bad rows"));
        let mut lines = Vec::new();
        lines.extend(self.export.map(|export| format!("This is {export}.")));
        lines.push(format!("{}: {}", counted(self.rows, "row", "rows"), counts.join(", ")));
        lines.extend(self.listed.iter().map(ToString::to_string));
        if self.bad_rows > LISTED as u64 {
            lines.push(format!("and {} more", self.bad_rows - LISTED as u64));
        }
        lines.join("\n")
    }

    fn bad(&mut self, row: BadRow) {
        self.bad_rows += 1;
        if self.listed.len() < LISTED {
            self.listed.push(row);
        }
    }
}
