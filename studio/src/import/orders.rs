//! The rows of an order become the order.

use retention::EmailAddress;
use retention::Order;
use retention::Time;
use retention::address::PersonName;
use retention::after_sale::AfterSales;
use retention::birthday::Birthday;
use retention::event::{Entity, Event, Person};
use retention::ids::{OrderId, ProductKey, hex};
use retention::money::{Currency, Money};
use retention::order::{Line, Parts, Payment, Stamp};
use retention::zones::Country;
use sha2::{Digest, Sha256};

use super::cell;
use super::exports::Software;
use super::reader::{Bad, Cells, Reading, Told};

/// The most codes that are kept of one order.
const MAX_CODES: usize = 20;
/// The most units of a line, and the most that a line may come to in minor units.
const MAX_QUANTITY: i64 = 1_000_000;
const MAX_LINE_MINOR: i64 = 1_000_000_000_000;
/// The longest id, title and code that are kept, in bytes.
const ID_BYTES: usize = 64;
const TITLE_BYTES: usize = 255;

/// An order of which rows are still being read. What stands on several of them holds as it stands on the first.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The line on which it begins.
    pub(crate) line: u64,
    /// Whether one of its rows could not be read.
    pub(crate) is_bad: bool,
    id: Option<String>,
    number: Option<String>,
    customer_id: Option<String>,
    email: Option<EmailAddress>,
    name: Option<PersonName>,
    birthday: Option<Birthday>,
    country: Option<Country>,
    region: Option<String>,
    accepts: Option<bool>,
    currency: Option<Currency>,
    status: Option<String>,
    fulfilment: Option<String>,
    placed_at: Option<Time>,
    paid_at: Option<Time>,
    fulfilled_at: Option<Time>,
    cancelled_at: Option<Time>,
    total: Option<Money>,
    refunded: Option<Money>,
    parts: Parts,
    codes: Vec<String>,
    lines: Vec<Line>,
    /// What all lines come to, also those beyond the last that is kept.
    sum: i64,
}

/// How far an order is.
struct Standing {
    payment: Payment,
    cancelled_at: Option<Time>,
    fulfilled_at: Option<Time>,
}

impl Draft {
    /// An order that begins on this line.
    pub(crate) fn new(line: u64) -> Self {
        Self { line, ..Self::default() }
    }

    /// Whether a row is one more of this order. Exports leave the id out on all rows but the first, and repeat the number.
    pub(crate) fn goes_on_with(&self, cells: &Cells<'_>) -> bool {
        let number = cells.text("number");
        match cells.text("order_id") {
            Some(id) if self.id.is_some() => Some(id) == self.id,
            _ => number.is_some() && number == self.number,
        }
    }

    /// Remembers under which id and number a row stands, whatever else is wrong with it.
    pub(crate) fn name(&mut self, cells: &Cells<'_>) {
        fill(&mut self.id, cells.text("order_id"));
        fill(&mut self.number, cells.text("number"));
    }

    /// Takes in one more row.
    pub(crate) fn take(&mut self, cells: &Cells<'_>) -> Result<(), Bad> {
        self.name(cells);
        fill(&mut self.email, cells.read("email", EmailAddress::parse)?);
        fill(&mut self.customer_id, cells.customer_id()?);
        fill(&mut self.name, cells.text("first_name").and_then(|text| PersonName::parse(&text)));
        fill(&mut self.birthday, cells.read("birthday", Birthday::parse)?);
        fill(&mut self.accepts, cells.read("accepts_marketing", cell::flag)?);
        if self.country.is_none() {
            (self.country, self.region) = cells.reading.layout.place(cells.row);
        }
        fill(&mut self.status, cells.text("status"));
        fill(&mut self.fulfilment, cells.text("fulfilment"));
        self.placed_at = self.placed_at.into_iter().chain(cells.time("placed_at")?).min();
        fill(&mut self.paid_at, cells.time("paid_at")?);
        fill(&mut self.fulfilled_at, cells.time("fulfilled_at")?);
        fill(&mut self.cancelled_at, cells.time("cancelled_at")?);
        fill(&mut self.currency, cells.read("currency", Currency::parse)?);
        // The rows behind the first name no currency, and their amounts are of the first one's.
        let currency = self.currency.unwrap_or(cells.reading.currency);
        fill(&mut self.total, cells.money("total", currency)?);
        fill(&mut self.refunded, cells.money("refunded", currency)?);
        let part = |field| Ok::<_, Bad>(cells.money(field, currency)?.map(|money| money.minor));
        fill(&mut self.parts.subtotal, part("subtotal")?);
        fill(&mut self.parts.discount, part("discount")?);
        fill(&mut self.parts.shipping, part("shipping")?);
        fill(&mut self.parts.tax, part("tax")?);
        let codes = cells.text("code").unwrap_or_default();
        for code in codes.split(',').map(|code| cell::line(code, TITLE_BYTES)).filter(|code| !code.is_empty()) {
            if self.codes.len() < MAX_CODES && !self.codes.contains(&code) {
                self.codes.push(code);
            }
        }
        self.take_line(cells, currency)
    }

    fn take_line(&mut self, cells: &Cells<'_>, currency: Currency) -> Result<(), Bad> {
        let title = cells.text("title").map(|title| cell::line(&title, TITLE_BYTES));
        let quantity = cells.read("quantity", |text| {
            let number = text.parse().ok().filter(|q: &i64| q.abs() <= MAX_QUANTITY);
            number.ok_or("not a whole number up to a million")
        })?;
        let unit_minor = cells.money("unit_price", currency)?.map_or(0, |money| money.minor);
        let Some(product) = cells.text("sku").or_else(|| title.clone()) else { return Ok(()) };
        let quantity = quantity.ok_or_else(|| ("quantity", "is empty".to_owned()))?;
        let sum = unit_minor.checked_mul(quantity).filter(|sum| sum.abs() <= MAX_LINE_MINOR);
        let sum = sum.and_then(|sum| self.sum.checked_add(sum));
        self.sum = sum.ok_or_else(|| ("unit_price", "out of range".to_owned()))?;
        if self.lines.len() < Order::MAX_LINES {
            let title = title.unwrap_or_else(|| cell::line(&product, TITLE_BYTES));
            self.lines.push(Line { product: ProductKey::new(&product), title, variant: None, quantity, unit_minor });
        }
        Ok(())
    }

    /// The order, once it is complete. `None` where it names no address.
    pub(crate) fn finish(self, reading: &Reading) -> Result<Option<Told>, Bad> {
        let empty = |field| (field, "is empty".to_owned());
        let id = self.id.as_deref().ok_or_else(|| empty("order_id"))?;
        let id = match reading.layout.export {
            Some(_) => cell::digits(id).map_err(|why| ("order_id", why))?,
            None => cell::line(id, ID_BYTES),
        };
        let Some(email) = self.email.clone() else {
            // An export lists what was sold over the counter to nobody; in a file of one's own it is a slip.
            return if reading.layout.export.is_some() { Ok(None) } else { Err(empty("email")) };
        };
        let placed_at = self.placed_at.ok_or_else(|| empty("placed_at"))?;
        let total =
            self.total.unwrap_or(Money { minor: self.sum, currency: self.currency.unwrap_or(reading.currency) });
        let Standing { payment, cancelled_at, fulfilled_at } = self.standing(reading, placed_at, total);
        let went_back = self.refunded.map_or(0, |money| money.minor.abs());
        let whole = payment == Payment::Refunded && went_back == 0;
        let last = [self.paid_at, fulfilled_at, cancelled_at].into_iter().flatten().fold(placed_at, Time::max);
        let rank = Order::rank(payment, fulfilled_at.is_some(), cancelled_at.is_some());
        let number = self.shown_number(reading, &id);
        let order = Order {
            id: OrderId::new(&reading.source, &id),
            number,
            placed_at,
            stamp: Stamp { at: last, rank, hash: hash(&self.lines, total, went_back) },
            payment,
            cancelled_at,
            test: false,
            total,
            parts: self.parts,
            refunded_minor: if whole { total.minor.max(0) } else { went_back },
            after: AfterSales::default(),
            cart: None,
            lines: self.lines,
            fulfilled_at,
            codes: self.codes,
            history: Some(reading.as_of),
        };
        let person = Person {
            id: self.customer_id,
            email: Some(email),
            name: self.name,
            country: self.country,
            region: self.region,
            birthday: self.birthday,
            ..Person::at(reading.source.clone())
        };
        let agrees = self.accepts.unwrap_or(!reading.layout.has("accepts_marketing"));
        let event = Event { person, statements: Vec::new(), entity: Entity::Order(Box::new(order)) };
        Ok(Some(Told { line: self.line, event, agrees }))
    }

    /// The number that the customer knows. WooCommerce's export leaves off the sign that its letters have.
    fn shown_number(&self, reading: &Reading, id: &str) -> String {
        let number = self.number.as_deref().map_or_else(|| id.to_owned(), |number| cell::line(number, ID_BYTES - 1));
        let is_bare = reading.layout.export.is_some_and(|export| export.software == Software::WooCommerce);
        if is_bare && !number.starts_with('#') { format!("#{number}") } else { number }
    }

    /// How far the order is, by the words of who wrote the file: the same as the webhook of that storefront means.
    fn standing(&self, reading: &Reading, placed_at: Time, total: Money) -> Standing {
        let (status, cancelled_at) = (self.status.as_deref().unwrap_or_default(), self.cancelled_at);
        match reading.layout.export.map(|export| export.software) {
            None => Standing { payment: Payment::Paid, cancelled_at, fulfilled_at: None },
            Some(Software::Shopify) => {
                let payment = match status {
                    "authorized" | "partially_paid" => Payment::Authorised,
                    "paid" => Payment::Paid,
                    "partially_refunded" => Payment::PartlyRefunded,
                    "refunded" => Payment::Refunded,
                    "voided" | "expired" => Payment::Voided,
                    _ => Payment::Pending,
                };
                let fulfilled = self.fulfilment.as_deref() == Some("fulfilled");
                let fulfilled_at = fulfilled.then_some(self.fulfilled_at.unwrap_or(placed_at));
                Standing { payment, cancelled_at, fulfilled_at }
            }
            Some(Software::WooCommerce) => {
                let status = status.strip_prefix("wc-").unwrap_or(status).to_ascii_lowercase();
                let (paid, cancelled) = match status.as_str() {
                    "pending" | "failed" | "checkout-draft" | "draft" | "auto-draft" | "" => (false, false),
                    "processing" | "completed" | "refunded" => (true, false),
                    "cancelled" | "trash" => (self.paid_at.is_some(), true),
                    _ => (self.paid_at.is_some(), false),
                };
                let went_back = self.refunded.map_or(0, |money| money.minor.abs());
                let payment = match (paid, cancelled) {
                    (true, _) if status == "refunded" || (went_back > 0 && went_back >= total.minor) => {
                        Payment::Refunded
                    }
                    (true, _) if went_back > 0 => Payment::PartlyRefunded,
                    (true, _) => Payment::Paid,
                    (false, true) => Payment::Voided,
                    (false, false) => Payment::Pending,
                };
                let fulfilled = status == "completed" || (status == "refunded" && self.fulfilled_at.is_some());
                Standing {
                    payment,
                    cancelled_at: cancelled.then_some(placed_at),
                    fulfilled_at: fulfilled.then_some(self.fulfilled_at.unwrap_or(placed_at)),
                }
            }
        }
    }
}

fn fill<T>(field: &mut Option<T>, said: Option<T>) {
    if field.is_none() {
        *field = said;
    }
}

/// What the content hash of a version out of a file begins with.
const OF_A_FILE: char = '-';

/// Whether this version of an order was read out of a file, and not heard from its storefront.
pub(crate) fn is_of_a_file(order: &Order) -> bool {
    order.stamp.hash.starts_with(OF_A_FILE)
}

/// The content hash of the order's version. It sorts before that of any body of the storefront's own, which says more:
/// at the same second and the same progress the webhook is the newer version.
fn hash(lines: &[Line], total: Money, went_back: i64) -> String {
    const DIGITS: usize = 15;
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.product.as_str());
        hash.update(line.quantity.to_be_bytes());
        hash.update(line.unit_minor.to_be_bytes());
    }
    hash.update(total.minor.to_be_bytes());
    hash.update(went_back.to_be_bytes());
    format!("{OF_A_FILE}{}", hex(&hash.finalize(), DIGITS))
}
