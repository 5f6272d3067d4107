//! A product with what turned for the better of it, for those who wait for that, and for letters about it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::customer::Customer;
use crate::flow::Trigger;
use crate::ids::ProductKey;
use crate::interest::{Interest, InterestKind};
use crate::product::{Price, Product, Variant};
use crate::reason::Reason;
use crate::time::{Time, days, millis_option};

/// For how long a turn is news: everybody who waits is told within it, and a letter about an older one is stale anyway.
pub const NEWS: TimeDelta = days(7);

/// By how many hundredths a price must fall to be worth a letter: less is the noise of rounding and of exchange rates.
const WORTH: i64 = 5;

/// A product as its storefront has it, and what turned for the better since it is known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// What turned, a line for each variant of which anything did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
}

/// What turned for the better of one variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The variant.
    pub key: ProductKey,
    /// When it was last there again, after having been sold out.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Time>,
    /// When it last began to cost less. Nothing once it costs more again.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub cheaper_at: Option<Time>,
}

impl Listing {
    /// The listing with a new version of its product.
    pub fn after(before: Option<&Self>, product: Product) -> Self {
        let turn = |variant| Turn::of(before?, &product, variant);
        let turns = product.variants.iter().filter_map(turn).collect();
        Self { product, turns }
    }

    /// What turned of a variant.
    pub fn turn(&self, key: &ProductKey) -> Option<&Turn> {
        self.turns.iter().find(|turn| &turn.key == key)
    }

    /// Whether anything turned with this version that had not before.
    pub fn has_turned(&self, before: &Self) -> bool {
        self.turns.iter().any(|turn| before.turn(&turn.key) != Some(turn))
    }

    /// What turned after a moment, in the order of the variants.
    pub fn turned_since(&self, moment: Time) -> impl Iterator<Item = &Turn> {
        self.turns.iter().filter(move |turn| turn.back_at.max(turn.cheaper_at).is_some_and(|at| at > moment))
    }

    /// Whether a variant can be bought now.
    pub fn has(&self, key: &ProductKey) -> bool {
        !self.product.gone && self.variant(key).is_some_and(|variant| variant.available)
    }

    fn variant(&self, key: &ProductKey) -> Option<&Variant> {
        self.product.variants.iter().find(|variant| &variant.key == key)
    }
}

impl Turn {
    fn of(before: &Listing, product: &Product, variant: &Variant) -> Option<Self> {
        let key = &variant.key;
        let old = before.variant(key);
        let mut turn = before.turn(key).cloned().unwrap_or(Self { key: key.clone(), back_at: None, cheaper_at: None });
        // A variant that is new to a product was never sold out.
        let known = old.is_some() || before.product.gone;
        if known && !before.has(key) && variant.available && !product.gone {
            turn.back_at = Some(product.stamp.at);
        }
        match (old.and_then(|old| old.price.as_ref()), &variant.price) {
            (Some(old), Some(new)) if new.is_less(old, WORTH) => turn.cheaper_at = Some(product.stamp.at),
            (Some(old), Some(new)) if Price::is_less(old, new, 0) => turn.cheaper_at = None,
            _ => {}
        }
        (turn.back_at.is_some() || turn.cheaper_at.is_some()).then_some(turn)
    }

    /// A sign of interest that knows of this turn.
    pub fn told(&self, sign: &Interest) -> Interest {
        let mut sign = sign.clone();
        sign.back_at = sign.back_at.max(self.back_at);
        sign.cheaper_at = self.cheaper_at;
        sign
    }

    /// The customer who knows of this turn; none if they did already, or wait for nothing of the kind.
    pub fn tell(&self, customer: &Customer) -> Option<Customer> {
        let mut after = customer.clone();
        for sign in after.interests.iter_mut().filter(|sign| sign.waits_for(&self.key)) {
            *sign = self.told(sign);
        }
        (after != *customer).then_some(after)
    }
}

impl Interest {
    /// Whether the person is to hear what becomes of the product.
    pub fn waits(&self) -> bool {
        !self.over && matches!(self.kind, InterestKind::Favourite | InterestKind::BackInStock)
    }

    /// Whether the person is to hear what becomes of this product.
    pub fn waits_for(&self, key: &ProductKey) -> bool {
        self.waits() && self.subject == key.as_str()
    }
}

/// Whether letters of a flow are about things that are to be bought now.
pub fn sells_now(trigger: &Trigger) -> bool {
    matches!(
        trigger,
        Trigger::Cart
            | Trigger::Browse
            | Trigger::Favourite
            | Trigger::BackInStock
            | Trigger::PriceDrop
            | Trigger::Replenish(_)
    )
}

/// Why no letter is to be sent about these things, each under the key by which it is meant; nothing is said where none of
/// them is known.
pub(crate) fn refuses(things: &[(ProductKey, Listing)], trigger: &Trigger) -> Option<Reason> {
    if things.is_empty() || !sells_now(trigger) {
        return None;
    }
    if !things.iter().any(|(key, listing)| listing.has(key)) {
        return Some(Reason::OutOfStock);
    }
    let cheaper =
        |(key, listing): &(ProductKey, Listing)| listing.turn(key).is_some_and(|turn| turn.cheaper_at.is_some());
    (matches!(trigger, Trigger::PriceDrop) && !things.iter().any(cheaper)).then_some(Reason::Exited)
}
