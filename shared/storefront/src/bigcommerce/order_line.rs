//! A line of an order.

use retention::money::Currency;
use retention::order::Line;
use serde::Deserialize;

use crate::amount::{quantity, times};
use crate::list::List;
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;
use crate::variant;

/// A line of an order, from the list of its products.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct LineItem<'a> {
    product_id: Scalar<'a>,
    variant_id: Scalar<'a>,
    name: Scalar<'a>,
    sku: Scalar<'a>,
    quantity: Scalar<'a>,
    price_inc_tax: Scalar<'a>,
    product_options: List<Choice<'a>, 50>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    #[serde(rename = "type")]
    kind: Scalar<'a>,
    display_value: Scalar<'a>,
}

impl LineItem<'_> {
    /// The line at the price that the customer pays for one, with its tax.
    pub(super) fn line(&self, currency: Currency) -> Result<Line, Unreadable> {
        // All lines of an order lie in one row of 400 kB.
        const TITLE_BYTES: usize = 255;
        let title = self.name.line(TITLE_BYTES);
        let quantity = quantity("quantity", self.quantity.whole("quantity")?)?;
        let unit = self.price_inc_tax.minor("price_inc_tax", currency)?;
        let unit_minor = unit.ok_or_else(|| Unreadable::missing("price_inc_tax"))?;
        // Nothing downstream has to fear a line whose total no integer holds.
        times("price_inc_tax", unit_minor, quantity)?;
        // A product that was typed in by hand has the ids 0.
        let variant = || Ok(self.variant_id.id("variant_id")?.filter(|id| id != "0"));
        let product = || Ok(self.product_id.id("product_id")?.filter(|id| id != "0"));
        Ok(Line {
            product: product::key(&self.sku, variant, product, title.as_deref())?,
            title: title.unwrap_or_default(),
            variant: self.variant(),
            quantity,
            unit_minor,
        })
    }

    /// What was chosen from lists, such as `Black, M`. What a customer typed in or uploaded is theirs, and is no variant.
    fn variant(&self) -> Option<String> {
        let typed = |choice: &&Choice<'_>| {
            let kind = choice.kind.text().unwrap_or_default();
            !["Text field", "Multi-line text field", "Date field", "File Upload field", "Number field"].contains(&kind)
        };
        let listed = self.product_options.first().iter().filter(typed);
        variant::title(listed.map(|choice| &choice.display_value))
    }
}
