//! A cart in a view: what is in it, and the way back to it.

use retention::cart::Cart;
use serde::Serialize;

use super::order::{LineView, MAX_LINES};
use super::{Frame, one_line};
use crate::links;
use crate::value::MoneyValue;

#[derive(Debug, Serialize)]
pub(super) struct CartView {
    lines: Vec<LineView>,
    /// How many lines are not shown.
    more_lines: Option<usize>,
    /// What it would cost.
    total: Option<MoneyValue>,
    /// The title of the first line.
    first_title: Option<String>,
    /// How many lines there are besides the first.
    others: Option<usize>,
    /// Where the person goes on with it, else the storefront.
    url: String,
}

impl CartView {
    pub(super) fn of(cart: &Cart, frame: Frame<'_>) -> Self {
        let currency = cart.total.map_or(frame.shop.currency, |total| total.currency);
        let lines = || cart.lines.iter().filter(|line| line.quantity > 0);
        let some = |count: usize| Some(count).filter(|count| *count > 0);
        let count = lines().count();
        Self {
            lines: lines().take(MAX_LINES).map(|line| LineView::of(line, currency, frame)).collect(),
            more_lines: some(count.saturating_sub(MAX_LINES)),
            total: cart.total.map(MoneyValue::from),
            first_title: lines().next().map(|line| one_line(&line.title)).filter(|title| !title.is_empty()),
            others: some(count.saturating_sub(1)),
            url: cart.url.clone().filter(|url| links::is_plain(url)).unwrap_or_else(|| frame.brand.url.clone()),
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}
