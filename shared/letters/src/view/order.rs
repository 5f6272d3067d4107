//! An order in a view: every fact that a confirmation owes its reader.

use retention::Money;
use retention::money::Currency;
use retention::order::{Line, Order, Payment};
use serde::Serialize;

use super::products::{StarView, page_of, stars};
use super::{Frame, one_line};
use crate::dates::day_of;
use crate::letter::LetterFacts;
use crate::value::{DateValue, MoneyValue};

/// How many lines are shown; the rest is counted. A letter stays under the size that mailboxes show as a whole.
pub(super) const MAX_LINES: usize = 40;

/// Of how many lines a review is asked for: whoever ordered forty things does not rate forty.
const MAX_STARRED: usize = 6;

#[derive(Debug, Serialize)]
pub(super) struct OrderView {
    /// The number that the customer knows.
    number: String,
    /// The day it was placed, where the customer is.
    date: DateValue,
    lines: Vec<LineView>,
    /// How many lines are not shown.
    more_lines: Option<usize>,
    /// Discounts as they lower the total, with their sign.
    discount: Option<MoneyValue>,
    /// The codes that gave them.
    codes: Option<Vec<String>>,
    /// The lines after discounts.
    subtotal: Option<MoneyValue>,
    shipping: Option<MoneyValue>,
    /// Nothing is paid for shipping.
    shipping_free: bool,
    tax: Option<MoneyValue>,
    /// The tax is part of the prices, and is not added to them.
    tax_included: bool,
    total: MoneyValue,
    /// What went back already.
    refunded: Option<MoneyValue>,
    /// Nobody has paid yet: bank transfer, cash on delivery.
    payment_pending: bool,
    /// The page of what stands in its first line, else the storefront.
    url: String,
}

#[derive(Debug, Serialize)]
pub(super) struct LineView {
    title: String,
    variant: Option<String>,
    quantity: i64,
    /// More than one: then the price of one is worth saying.
    several: bool,
    unit_price: MoneyValue,
    /// The price of the line.
    price: MoneyValue,
    /// Its page, else the storefront.
    url: String,
    /// Where it is reviewed, the lowest first; missing where the shop has no such page.
    stars: Option<Vec<StarView>>,
}

impl OrderView {
    pub(super) fn of(order: &Order, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Self {
        let of = |minor: i64| MoneyValue::from(Money { minor, currency: order.currency() });
        let parts = order.parts;
        let given = |minor: Option<i64>| minor.filter(|minor| *minor != 0);
        let hidden = order.lines.len().saturating_sub(MAX_LINES);
        Self {
            number: one_line(&order.number),
            date: day_of(order.placed_at, facts.customer, frame.shop.zone).into(),
            lines: order
                .lines
                .iter()
                .take(MAX_LINES)
                .enumerate()
                .map(|(index, line)| LineView {
                    stars: Some(stars(&line.product, frame)).filter(|stars| index < MAX_STARRED && !stars.is_empty()),
                    ..LineView::of(line, order.currency(), frame)
                })
                .collect(),
            more_lines: Some(hidden).filter(|hidden| *hidden > 0),
            discount: given(parts.discount).map(|minor| of(-minor)),
            codes: Some(order.codes.iter().take(5).map(|code| one_line(code)).collect::<Vec<_>>())
                .filter(|codes| !codes.is_empty()),
            subtotal: parts.subtotal.map(of),
            shipping: given(parts.shipping).map(of),
            shipping_free: parts.shipping == Some(0),
            tax: given(parts.tax).map(of),
            tax_included: tax_included(order),
            total: of(order.total.minor),
            refunded: Some(order.refunded()).filter(|minor| *minor > 0).map(of),
            payment_pending: order.payment == Payment::Pending,
            url: order.lines.first().map_or_else(|| frame.brand.url.clone(), |line| page_of(&line.product, frame)),
        }
    }
}

/// The source says how much tax there is, not whether the prices hold it: the sum tells.
fn tax_included(order: &Order) -> bool {
    let parts = order.parts;
    match (parts.subtotal, parts.tax) {
        (Some(subtotal), Some(tax)) => {
            let without_tax = subtotal.saturating_add(parts.shipping.unwrap_or(0));
            tax != 0 && without_tax == order.total.minor
        }
        _ => false,
    }
}

impl LineView {
    pub(super) fn of(line: &Line, currency: Currency, frame: Frame<'_>) -> Self {
        let of = |minor: i64| MoneyValue::from(Money { minor, currency });
        Self {
            title: one_line(&line.title),
            variant: line.variant.as_deref().map(one_line).filter(|variant| !variant.is_empty()),
            quantity: line.quantity,
            several: line.quantity != 1,
            unit_price: of(line.unit_minor),
            price: of(line.unit_minor.saturating_mul(line.quantity)),
            url: page_of(&line.product, frame),
            stars: None,
        }
    }
}
