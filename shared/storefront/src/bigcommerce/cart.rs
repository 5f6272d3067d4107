//! A cart of BigCommerce.

use retention::cart::Cart;
use retention::event::{Entity, Event, Person};
use retention::ids::CartId;
use retention::money::{Currency, Money};
use retention::order::{Line, Stamp};
use serde::Deserialize;

use crate::amount::{quantity, times};
use crate::heard::Heard;
use crate::list::List;
use crate::moment;
use crate::object::Maybe;
use crate::person::{email, locale};
use crate::product;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// What was fetched.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Whole<'a> {
    cart: Maybe<CartBody<'a>>,
}

/// A cart as the API (v3) gives it. A link that leads back to it works once and only for carts that were made by the API,
/// so there is none here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct CartBody<'a> {
    id: Scalar<'a>,
    customer_id: Scalar<'a>,
    email: Scalar<'a>,
    locale: Scalar<'a>,
    currency: Maybe<Code<'a>>,
    cart_amount: Scalar<'a>,
    created_time: Scalar<'a>,
    updated_time: Scalar<'a>,
    line_items: Maybe<Items<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Code<'a> {
    code: Scalar<'a>,
}

/// The lines by their kinds. Gift certificates name other people, and are left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Items<'a> {
    #[serde(rename = "physical_items")]
    physical: List<Item<'a>, { Cart::MAX_LINES }>,
    #[serde(rename = "digital_items")]
    digital: List<Item<'a>, { Cart::MAX_LINES }>,
    #[serde(rename = "custom_items")]
    custom: List<Item<'a>, { Cart::MAX_LINES }>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    variant_id: Scalar<'a>,
    product_id: Scalar<'a>,
    sku: Scalar<'a>,
    name: Scalar<'a>,
    quantity: Scalar<'a>,
    sale_price: Scalar<'a>,
    list_price: Scalar<'a>,
}

/// Reads a cart. `None` for a cart that names nobody.
pub(super) fn event(whole: &Whole<'_>, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
    let body = whole.cart.get().ok_or_else(|| Unreadable::missing("cart"))?;
    body.event(hash, heard).map_err(|error| error.inside("cart", None))
}

impl CartBody<'_> {
    fn event(&self, hash: &str, heard: Heard<'_>) -> Result<Option<Event>, Unreadable> {
        let cart = self.cart(hash, heard)?;
        let person = Person {
            id: self.customer_id.id("customer_id")?.filter(|id| id != "0"),
            email: email(&self.email),
            locale: locale(&self.locale),
            ..Person::at(heard.source.clone())
        };
        let named = person.id.is_some() || person.email.is_some();
        Ok(named.then(|| Event { person, statements: Vec::new(), entity: Entity::Cart(Box::new(cart)) }))
    }

    fn cart(&self, hash: &str, heard: Heard<'_>) -> Result<Cart, Unreadable> {
        let id = self.id.path_id("id")?.ok_or_else(|| Unreadable::missing("id"))?;
        let currency = self.currency.get().map(|code| code.code.currency("code")).transpose();
        let currency = currency.map_err(|error| error.inside("currency", None))?.flatten();
        let currency = currency.ok_or_else(|| Unreadable::missing("currency.code"))?;
        let at = moment::first(&[(&self.updated_time, "updated_time"), (&self.created_time, "created_time")])?;
        let begun_at = moment::first(&[(&self.created_time, "created_time"), (&self.updated_time, "updated_time")])?;
        let lines = self.line_items.get().map(|items| items.lines(currency)).transpose();
        let lines = lines.map_err(|error| error.inside("line_items", None))?.unwrap_or_default();
        Ok(Cart {
            id: CartId::new(heard.source, &id),
            stamp: Stamp { at, rank: u8::from(lines.is_empty()), hash: hash.to_owned() },
            begun_at,
            total: self.cart_amount.minor("cart_amount", currency)?.map(|minor| Money { minor, currency }),
            lines,
            url: None,
            completed_at: None,
        })
    }
}

impl Items<'_> {
    fn lines(&self, currency: Currency) -> Result<Vec<Line>, Unreadable> {
        let kinds = [
            ("physical_items", self.physical.first()),
            ("digital_items", self.digital.first()),
            ("custom_items", self.custom.first()),
        ];
        let mut lines = Vec::new();
        for (name, items) in kinds {
            for (index, item) in items.iter().enumerate() {
                lines.push(item.line(currency).map_err(|error| error.inside(name, Some(index)))?);
            }
        }
        lines.truncate(Cart::MAX_LINES);
        Ok(lines)
    }
}

impl Item<'_> {
    fn line(&self, currency: Currency) -> Result<Line, Unreadable> {
        const TITLE_BYTES: usize = 255;
        let title = self.name.line(TITLE_BYTES);
        let quantity = quantity("quantity", self.quantity.whole("quantity")?)?;
        let unit_minor = match self.sale_price.minor("sale_price", currency)? {
            Some(minor) => minor,
            None => self.list_price.minor("list_price", currency)?.ok_or_else(|| Unreadable::missing("list_price"))?,
        };
        // Nothing downstream has to fear a line whose total no integer holds.
        times("list_price", unit_minor, quantity)?;
        let variant = || Ok(self.variant_id.id("variant_id")?.filter(|id| id != "0"));
        let product = || Ok(self.product_id.id("product_id")?.filter(|id| id != "0"));
        Ok(Line {
            product: product::key(&self.sku, variant, product, title.as_deref())?,
            title: title.unwrap_or_default(),
            variant: None,
            quantity,
            unit_minor,
        })
    }
}
