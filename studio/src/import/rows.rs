//! Rows become orders: lines that follow each other under one order id are one order.

use std::fmt;
use std::io::Read;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use retention::after_sale::AfterSales;
use retention::address::PersonName;
use retention::birthday::Birthday;
use retention::ids::{OrderId, ProductKey, hex};
use retention::money::{Currency, Money};
use retention::order::{Line, Order, Parts, Payment, Stamp};
use retention::zones::Country;
use retention::{EmailAddress, Time, calendar};
use sha2::{Digest, Sha256};

use super::columns::Layout;
use super::{LISTED, Options};
use crate::failure::Failure;

/// A row that could not be read: where and why, never what it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// The field.
    pub column: &'static str,
    /// Why.
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.column, self.reason)
    }
}

/// An order as a file has it.
#[derive(Debug, Clone)]
pub(crate) struct ReadOrder {
    pub(crate) email: EmailAddress,
    pub(crate) name: Option<PersonName>,
    pub(crate) country: Option<Country>,
    pub(crate) region: Option<String>,
    pub(crate) birthday: Option<Birthday>,
    pub(crate) order: Order,
}

struct Row {
    email: EmailAddress,
    order_id: String,
    placed_at: Time,
    total: Option<Money>,
    line: Option<Line>,
    currency: Currency,
    name: Option<PersonName>,
    country: Option<Country>,
    region: Option<String>,
    birthday: Option<Birthday>,
    code: Option<String>,
}

/// Reads orders out of rows, a batch at a time.
pub(crate) struct Reader<'a, R> {
    rows: csv::StringRecordsIntoIter<R>,
    layout: Layout,
    options: &'a Options,
    /// The order whose rows are being read.
    current: Option<(String, Vec<Row>)>,
    row_count: u64,
    bad_rows: u64,
    listed: Vec<BadRow>,
}

impl<'a, R: Read> Reader<'a, R> {
    pub(crate) fn new(input: R, options: &'a Options) -> Result<Self, Failure> {
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let headers =
            csv.headers().map_err(|e| Failure::new(format!("its first line is no header of a CSV file: {e}")))?;
        let names: Vec<&str> = headers.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
        let layout = options.columns.layout(&names).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Self {
            rows: csv.into_records(),
            layout,
            options,
            current: None,
            row_count: 0,
            bad_rows: 0,
            listed: Vec::new(),
        })
    }

    pub(crate) fn rows(&self) -> u64 {
        self.row_count
    }

    pub(crate) fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    pub(crate) fn into_listed(self) -> Vec<BadRow> {
        self.listed
    }

    /// The next orders: at most `size`; none at the end of the file.
    pub(crate) fn batch(&mut self, size: usize) -> Result<Vec<ReadOrder>, Failure> {
        let mut orders = Vec::new();
        while orders.len() < size {
            let Some(record) = self.rows.next() else {
                orders.extend(self.current.take().and_then(|(_, rows)| to_order(rows, self.options)));
                break;
            };
            self.row_count += 1;
            let line = self.row_count + 1;
            let record = match record {
                Ok(record) => record,
                Err(error) if error.is_io_error() => return Err(Failure::new(format!("line {line}: {error}"))),
                Err(_) => {
                    self.bad(BadRow { line, column: "row", reason: "not UTF-8, or not CSV".to_owned() });
                    continue;
                }
            };
            let line = record.position().map_or(line, csv::Position::line);
            match row(&self.layout, &record, self.options) {
                Ok(row) => orders.extend(self.take(row)),
                Err((column, reason)) => self.bad(BadRow { line, column, reason }),
            }
        }
        Ok(orders)
    }

    /// Takes a row; the order before it is complete when it begins another.
    fn take(&mut self, row: Row) -> Option<ReadOrder> {
        match &mut self.current {
            Some((id, rows)) if *id == row.order_id => {
                rows.push(row);
                None
            }
            _ => {
                let before = self.current.replace((row.order_id.clone(), vec![row]));
                before.and_then(|(_, rows)| to_order(rows, self.options))
            }
        }
    }

    fn bad(&mut self, row: BadRow) {
        self.bad_rows += 1;
        if self.listed.len() < LISTED {
            self.listed.push(row);
        }
    }
}

type Bad = (&'static str, String);

fn row(layout: &Layout, record: &csv::StringRecord, options: &Options) -> Result<Row, Bad> {
    let need = |field: &'static str| layout.value(field, record).ok_or_else(|| (field, "is empty".to_owned()));
    let because = |field: &'static str| move |e: &dyn fmt::Display| (field, e.to_string());
    let email = EmailAddress::parse(&need("email")?).map_err(|e| because("email")(&e))?;
    let placed_at = time(&need("placed_at")?, options.zone).ok_or_else(|| {
        ("placed_at", "not a time such as 2026-03-02T10:15:00+01:00 or 2026-03-02 10:15:00".to_owned())
    })?;
    let currency = match layout.value("currency", record) {
        Some(code) => Currency::parse(&code).map_err(|e| because("currency")(&e))?,
        None => options.currency,
    };
    let money = |field: &'static str| {
        let amount = layout.value(field, record).map(|text| Money::parse(&text, currency));
        amount.transpose().map_err(|e| because(field)(&e))
    };
    let quantity = need("quantity")?;
    let quantity: i64 = quantity
        .parse()
        .ok()
        .filter(|q: &i64| q.abs() <= 1_000_000)
        .ok_or_else(|| ("quantity", "not a whole number up to a million".to_owned()))?;
    let title = layout.value("title", record);
    let product = layout.value("sku", record).or_else(|| title.clone());
    let unit_minor = money("unit_price")?.map_or(0, |m| m.minor);
    if unit_minor.checked_mul(quantity).is_none_or(|total| total.abs() > 1_000_000_000_000) {
        return Err(("unit_price", "out of range".to_owned()));
    }
    let line = product.map(|product| Line {
        title: title.unwrap_or_else(|| product.clone()).chars().take(200).collect(),
        product: ProductKey::new(&product),
        variant: None,
        quantity,
        unit_minor,
    });
    let birthday = layout.value("birthday", record).map(|text| Birthday::parse(&text));
    Ok(Row {
        email,
        order_id: need("order_id")?.chars().take(64).collect(),
        placed_at,
        total: money("total")?,
        line,
        currency,
        name: layout.value("first_name", record).and_then(|text| PersonName::parse(&text)),
        country: layout.value("country", record).and_then(|text| Country::parse(&text).ok()),
        region: layout.value("region", record),
        birthday: birthday.transpose().map_err(|e| because("birthday")(&e))?,
        code: layout.value("code", record),
    })
}

/// A time with an offset, or of the shop's clock. A local time in a gap or an overlap is taken as the calendar says.
fn time(text: &str, zone: Tz) -> Option<Time> {
    if let Ok(time) =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"))
    {
        return Some(time.to_utc());
    }
    let forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let local = local.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))?;
    Some(calendar::local(zone, local.date(), local.time()))
}

/// One order out of its rows. It was placed at the earliest time that they name; a missing total is the sum of lines.
fn to_order(rows: Vec<Row>, options: &Options) -> Option<ReadOrder> {
    let placed_at = rows.iter().map(|row| row.placed_at).min()?;
    let given = rows.iter().find_map(|row| row.total);
    let summed = rows.iter().filter_map(|row| row.line.as_ref()).map(|line| line.unit_minor * line.quantity).sum();
    let first = rows.first()?;
    let total = given.unwrap_or(Money { minor: summed, currency: first.currency });
    let id = OrderId::new(&options.source, &first.order_id);
    let number = first.order_id.clone();
    let (email, name, country, birthday) = (first.email.clone(), first.name.clone(), first.country, first.birthday);
    let region = first.region.clone();
    let mut codes: Vec<String> = rows.iter().filter_map(|row| row.code.clone()).collect();
    codes.dedup();
    codes.truncate(20);
    let lines: Vec<Line> = rows.into_iter().filter_map(|row| row.line).take(Order::MAX_LINES).collect();
    let mut hash = Sha256::new();
    for line in &lines {
        hash.update(line.product.as_str());
        hash.update(line.quantity.to_be_bytes());
        hash.update(line.unit_minor.to_be_bytes());
    }
    hash.update(total.minor.to_be_bytes());
    let order = Order {
        id,
        number,
        placed_at,
        stamp: Stamp { at: placed_at, rank: 0, hash: hex(&hash.finalize(), 16) },
        payment: Payment::Paid,
        cancelled_at: None,
        test: false,
        total,
        parts: Parts::default(),
        refunded_minor: 0,
        after: AfterSales::default(),
        cart: None,
        lines,
        fulfilled_at: None,
        codes,
        history: Some(options.as_of),
    };
    Some(ReadOrder { email, name, country, region, birthday, order })
}
