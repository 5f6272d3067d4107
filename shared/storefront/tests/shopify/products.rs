//! Products.

use retention::money::Currency;
use retention::product::Product;
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{hear, heard_at, mistake};

pub(crate) fn body(fields: &Value) -> Value {
    let mut body = json!({ "id": 7, "title": "Harbour Fog", "handle": "harbour-fog", "product_type": "Black tea",
        "status": "active", "updated_at": "2026-03-02T10:00:00Z", "images": [{ "src": "https://cdn.example/fog.jpg" }],
        "variants": [
            { "id": 71, "sku": "TEA-FOG-100", "title": "100 g", "price": "12.90", "inventory_management": "shopify",
                "inventory_policy": "deny", "inventory_quantity": 0 },
            { "id": 72, "sku": "", "title": "Default Title", "price": "24.00", "inventory_management": null,
                "inventory_quantity": -3 } ] });
    for (name, value) in fields.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

fn product(topic: &str, body: &Value) -> Product {
    match hear(topic, body.to_string().as_bytes()) {
        Ok(Parsed::Product(product)) => *product,
        other => panic!("not a product: {other:?}"),
    }
}

#[test]
fn a_product_is_known_by_what_orders_call_it() {
    let tea = product("products/update", &body(&json!({})));
    assert_eq!(
        (tea.id.as_str(), tea.title.as_str(), tea.categories[0].as_str()),
        ("shopify:7", "Harbour Fog", "Black tea")
    );
    assert_eq!(
        (tea.url.as_deref(), tea.image.as_deref()),
        (Some("/products/harbour-fog"), Some("https://cdn.example/fog.jpg"))
    );
    let [small, large] = &tea.variants[..] else { panic!("two variants") };
    assert_eq!((small.key.as_str(), small.stock, small.available), ("TEA-FOG-100", Some(0), false));
    assert_eq!((large.key.as_str(), large.stock, large.available), ("variant:72", None, true), "nobody counts");
    assert_eq!((small.title.as_deref(), large.title.as_deref()), (Some("100 g"), None));
    let euro = Currency::parse("EUR").expect("a currency");
    assert_eq!(small.price.as_ref().and_then(|price| price.money(euro)).map(|money| money.minor), Some(1290));
    assert!(tea.available());
}

#[test]
fn one_that_is_sold_no_more_is_gone_and_one_sold_on_order_is_there() {
    for status in ["archived", "draft"] {
        assert!(!product("products/update", &body(&json!({ "status": status }))).available(), "{status}");
    }
    let gone = product("products/delete", &json!({ "id": 7 }));
    assert!(gone.gone && gone.stamp.at == heard_at() && !gone.available());
    let mut on_order = body(&json!({}));
    on_order["variants"][0]["inventory_policy"] = json!("continue");
    assert!(product("products/update", &on_order).variants[0].available);
}

#[test]
fn what_is_no_product_is_named_by_its_field() {
    assert_eq!(mistake("products/update", &body(&json!({ "variants": null })).to_string()), "variants: missing");
    let mut odd = body(&json!({}));
    odd["variants"][1]["price"] = json!("free");
    assert_eq!(mistake("products/update", &odd.to_string()), "variants[1].price: not an amount");
}
