//! A line of an order or of a cart.

use retention::money::Currency;
use retention::order::Line;
use serde::Deserialize;

use crate::amount::{quantity, times};
use crate::list::List;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;
use crate::variant;

/// A line. Its price is that of one, of the chosen variation and options.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct LineItem<'a> {
    product_id: Scalar<'a>,
    combination_id: Scalar<'a>,
    sku: Scalar<'a>,
    name: Scalar<'a>,
    price: Scalar<'a>,
    quantity: Scalar<'a>,
    selected_options: List<Choice<'a>, 50>,
}

/// What was chosen: a size, a colour, a text for the engraving.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    value: Scalar<'a>,
}

/// All lines, with their places in errors.
pub(super) fn lines(items: &[LineItem<'_>], currency: Currency) -> Result<Vec<Line>, Unreadable> {
    let line =
        |(index, item): (usize, &LineItem<'_>)| item.line(currency).map_err(|error| error.inside("items", Some(index)));
    items.iter().enumerate().map(line).collect()
}

impl LineItem<'_> {
    fn line(&self, currency: Currency) -> Result<Line, Unreadable> {
        // All lines of an order lie in one row of 400 kB.
        const TITLE_BYTES: usize = 255;
        let title = self.name.line(TITLE_BYTES);
        let quantity = quantity("quantity", self.quantity.whole("quantity")?)?;
        let unit_minor = self.price.minor("price", currency)?.ok_or_else(|| Unreadable::missing("price"))?;
        // Nothing downstream has to fear a line whose total no integer holds.
        times("price", unit_minor, quantity)?;
        let combination = || Ok(self.combination_id.id("combinationId")?.filter(|id| id != "0"));
        let product = || Ok(self.product_id.id("productId")?.filter(|id| id != "0"));
        Ok(Line {
            product: product::key(&self.sku, combination, product, title.as_deref())?,
            title: title.unwrap_or_default(),
            variant: self.variant(),
            quantity,
            unit_minor,
        })
    }

    /// What was chosen from lists, such as `Black, M`. What a customer typed in is theirs, and is no variant.
    fn variant(&self) -> Option<String> {
        let listed =
            self.selected_options.first().iter().filter(|choice| {
                !matches!(choice.kind.text(), Some("TEXT" | "TEXTFIELD" | "TEXTAREA" | "DATE" | "FILES"))
            });
        variant::title(listed.map(|choice| &choice.value))
    }
}
