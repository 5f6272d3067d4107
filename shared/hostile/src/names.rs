//! The words of each kind: the names of the fields that its parser reads, and the texts that mean something to it.

use std::collections::BTreeSet;

use retention::shop::SourceKind;
use serde_json::Value;

use crate::sample;

/// The scopes of BigCommerce and the events of Ecwid, which are chosen in their bodies.
const EVENTS: [&str; 14] = [
    "store/order/created",
    "store/shipment/created",
    "store/cart/converted",
    "store/cart/abandoned",
    "store/cart/lineItem/created",
    "store/customer/updated",
    "store/customer/address/created",
    "store/subscriber/created",
    "store/product/inventory/updated",
    "order.created",
    "order.deleted",
    "unfinished_order.updated",
    "customer.updated",
    "product.deleted",
];

/// The names of the fields that the parser of a kind reads, and of all others in its samples.
pub(crate) fn fields(kind: SourceKind) -> Vec<String> {
    let known = match kind {
        SourceKind::Shopify => include_str!("names/shopify.txt"),
        SourceKind::WooCommerce => include_str!("names/woocommerce.txt"),
        SourceKind::Ecwid => include_str!("names/ecwid.txt"),
        SourceKind::BigCommerce => include_str!("names/bigcommerce.txt"),
        SourceKind::Standard => include_str!("names/standard.txt"),
    };
    let mut names: BTreeSet<String> = known.lines().map(str::to_owned).collect();
    each(kind, &mut |name, _| names.extend(name.map(str::to_owned)));
    names.into_iter().collect()
}

/// The texts of the samples of a kind, and those by which bodies are told apart.
pub(crate) fn texts(kind: SourceKind) -> Vec<String> {
    let mut texts: BTreeSet<String> = EVENTS.iter().map(|&event| event.to_owned()).collect();
    each(kind, &mut |_, value| texts.extend(value.as_str().map(str::to_owned)));
    texts.into_iter().collect()
}

/// Goes through everything in the samples of a kind, with the name under which it stands.
fn each(kind: SourceKind, see: &mut impl FnMut(Option<&str>, &Value)) {
    fn walk(name: Option<&str>, value: &Value, see: &mut impl FnMut(Option<&str>, &Value)) {
        see(name, value);
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(Some(name), value, see)),
            Value::Array(items) => items.iter().for_each(|item| walk(None, item, see)),
            _ => {}
        }
    }
    for sample in sample::of(kind) {
        if let Ok(whole) = serde_json::from_str::<Value>(sample.body) {
            walk(None, &whole, see);
        }
    }
}
