//! Rows become what they tell of people: rows that follow each other under one order are one order.

use std::fmt;
use std::io::Read;

use chrono_tz::Tz;
use csv::StringRecord;
use retention::Time;
use retention::event::{Entity, Event};
use retention::ids::SourceName;
use retention::money::{Currency, Money};
use retention::shop::Shop;

use super::cell;
use super::columns::Layout;
use super::customers;
use super::exports::{Export, Lists};
use super::orders::Draft;
use super::table::{Row, Table};
use super::{Options, Report};
use crate::failure::Failure;

/// A row that could not be read: where and why, never what it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// The field, or `row` for the whole of it.
    pub column: &'static str,
    /// Why.
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.column, self.reason)
    }
}

/// The field that cannot be read, and why.
pub(crate) type Bad = (&'static str, String);

/// What a file tells of one person.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The line on which it begins.
    pub(crate) line: u64,
    /// The same as an event.
    pub(crate) event: Event,
    /// Whether the operator's word on consent covers it: the file does not say that the person refused or was not asked.
    pub(crate) agrees: bool,
}

impl Told {
    /// How many lines its order has.
    pub(crate) fn size(&self) -> usize {
        match &self.event.entity {
            Entity::Order(order) => order.lines.len(),
            _ => 0,
        }
    }
}

/// What the rows of one file have in common.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) layout: Layout,
    pub(crate) source: SourceName,
    pub(crate) as_of: Time,
    pub(crate) zone: Tz,
    pub(crate) currency: Currency,
    pub(crate) decimal_commas: bool,
}

/// One row, to be asked for its fields.
pub(crate) struct Cells<'r> {
    pub(crate) reading: &'r Reading,
    pub(crate) row: &'r StringRecord,
}

impl Cells<'_> {
    /// The text of a field, if it is not empty.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.reading.layout.value(field, self.row)
    }

    /// A field as `read` reads it.
    pub(crate) fn read<T, E: fmt::Display>(
        &self,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Bad> {
        self.text(field).map(|text| read(&text)).transpose().map_err(|e| (field, e.to_string()))
    }

    pub(crate) fn time(&self, field: &'static str) -> Result<Option<Time>, Bad> {
        self.read(field, |text| cell::time(text, self.reading.zone))
    }

    pub(crate) fn money(&self, field: &'static str, currency: Currency) -> Result<Option<Money>, Bad> {
        self.read(field, |text| cell::money(text, currency, self.reading.decimal_commas))
    }

    /// The id of a person at the storefront; a guest has none, or 0.
    pub(crate) fn customer_id(&self) -> Result<Option<String>, Bad> {
        let id = match self.reading.layout.export {
            Some(_) => self.read("customer_id", cell::digits)?,
            None => self.text("customer_id").map(|id| cell::line(&id, 64)),
        };
        Ok(id.filter(|id| id != "0"))
    }
}

/// Reads a file, a batch at a time.
pub(crate) struct Reader<R> {
    table: Table<R>,
    reading: Reading,
    /// The order whose rows are being read.
    draft: Option<Draft>,
    failed: Option<Failure>,
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(input: R, shop: &Shop, options: &Options) -> Result<Self, Failure> {
        let table = Table::open(input)?;
        let layout = options.columns.layout(&table.headers()).map_err(|e| Failure::new(e.to_string()))?;
        let reading = Reading {
            source: source(shop, options, layout.export)?,
            layout,
            as_of: options.as_of,
            zone: options.zone,
            currency: options.currency,
            decimal_commas: table.may_have_decimal_commas(),
        };
        Ok(Self { table, reading, draft: None, failed: None })
    }

    /// The known export that it is.
    pub(crate) fn export(&self) -> Option<&'static Export> {
        self.reading.layout.export
    }

    /// The next that is told: about `size` of them, none at the end. What stands before a failure is handed out first.
    pub(crate) fn batch(&mut self, size: usize, report: &mut Report) -> Result<Vec<Told>, Failure> {
        let mut batch = Vec::new();
        while batch.len() < size && self.failed.is_none() {
            match self.table.next() {
                Ok(Some(row)) => {
                    report.rows += 1;
                    match self.reading.layout.lists {
                        Lists::Orders => batch.extend(self.order_row(&row, report)),
                        Lists::Customers => batch.extend(self.customer_row(row, report)),
                    }
                }
                Ok(None) => {
                    batch.extend(self.complete(report));
                    break;
                }
                Err(failure) => self.failed = Some(failure),
            }
        }
        match self.failed.take() {
            Some(failure) if batch.is_empty() => Err(failure),
            failed => {
                self.failed = failed;
                Ok(batch)
            }
        }
    }

    fn customer_row(&mut self, row: Row, report: &mut Report) -> Option<Told> {
        let read = match row.bad {
            Some(why) => Err(("row", why)),
            None => customers::told(&Cells { reading: &self.reading, row: &row.cells }, row.line),
        };
        match read {
            Ok(None) => report.nobody += 1,
            Ok(told) => return told,
            Err((column, reason)) => report.bad(BadRow { line: row.line, column, reason }),
        }
        None
    }

    /// Takes a row in; the order before it is complete when it begins another. A bad row spoils its order: half an order
    /// would look like a whole one.
    fn order_row(&mut self, row: &Row, report: &mut Report) -> Option<Told> {
        let cells = Cells { reading: &self.reading, row: &row.cells };
        let layout = &self.reading.layout;
        let tells =
            row.bad.is_none() || (layout.is_whole("order_id", cells.row) && layout.is_whole("number", cells.row));
        let begins = tells && self.draft.as_ref().is_none_or(|draft| !draft.goes_on_with(&cells));
        let before = if begins { self.complete(report) } else { None };
        let draft = self.draft.get_or_insert_with(|| Draft::new(row.line));
        let cells = Cells { reading: &self.reading, row: &row.cells };
        let read = match &row.bad {
            Some(why) => Err(("row", why.clone())),
            None => draft.take(&cells),
        };
        if let Err((column, reason)) = read {
            draft.name(&cells);
            draft.is_bad = true;
            report.bad(BadRow { line: row.line, column, reason });
        }
        before
    }

    fn complete(&mut self, report: &mut Report) -> Option<Told> {
        let draft = self.draft.take().filter(|draft| !draft.is_bad)?;
        let line = draft.line;
        match draft.finish(&self.reading) {
            Ok(None) => report.nobody += 1,
            Ok(told) => return told,
            Err((column, reason)) => report.bad(BadRow { line, column, reason }),
        }
        None
    }
}

/// The source whose ids the file holds. For a known export it must be one of `shop.toml`, so that a webhook about the
/// same order is about the same order.
fn source(shop: &Shop, options: &Options, export: Option<&Export>) -> Result<SourceName, Failure> {
    let import = || SourceName::parse("import").map_err(|e| Failure::new(e.to_string()));
    let Some(export) = export else { return options.source.clone().map_or_else(import, Ok) };
    let kind = export.software.name();
    let fitting = shop.sources.iter().filter(|source| export.software.is(source.kind));
    let known: Vec<&SourceName> = fitting.map(|source| &source.name).collect();
    let listed = || known.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (&options.source, known.as_slice()) {
        (_, []) => Err(Failure::new(format!(
            "this is {}, and shop.toml has no source of kind {}: add it under [[source]] first",
            export.name,
            kind.to_lowercase()
        ))),
        (Some(source), known) if known.contains(&source) => Ok(source.clone()),
        (Some(source), _) => {
            let what = format!("--source {source} is no {kind} source of shop.toml, and this is {}", export.name);
            Err(Failure::new(format!("{what}: there is {}", listed())))
        }
        (None, [only]) => Ok((*only).clone()),
        (None, _) => {
            let what = format!("this is {}, and shop.toml has several {kind} sources", export.name);
            Err(Failure::new(format!("{what}: say which with --source, of {}", listed())))
        }
    }
}
