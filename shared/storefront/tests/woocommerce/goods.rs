//! Products and coupons.

use retention::product::Product;
use retention::shop_coupon::ShopCoupon;
use serde_json::{Value, json};
use storefront::Parsed;

use crate::hear::{CUSTOMER, ORDER, hear, mistake, time};

pub(crate) fn product_body(fields: &Value) -> Value {
    let mut body = json!({ "id": 94, "name": "Harbour Fog &amp; friends", "permalink": "https://shop.example/product/fog/",
        "type": "simple", "status": "publish", "sku": "", "price": "12.90", "manage_stock": true, "stock_quantity": 3,
        "stock_status": "instock", "date_created_gmt": "2026-01-10T10:00:00", "date_modified_gmt": "2026-03-02T10:00:00",
        "categories": [{ "id": 9, "name": "Black tea", "slug": "black-tea" }],
        "images": [{ "id": 1, "src": "https://shop.example/fog.jpg" }] });
    for (name, value) in fields.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn coupon_body(fields: &Value) -> Value {
    let mut body = json!({ "id": 19, "code": "spring10", "amount": "10.00", "discount_type": "percent",
        "date_created_gmt": "2026-01-10T10:00:00", "date_modified_gmt": "2026-03-02T10:00:00",
        "date_expires_gmt": "2026-04-01T00:00:00", "usage_limit": 100, "usage_count": 7 });
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

fn coupon(topic: &str, body: &Value) -> ShopCoupon {
    match hear(topic, body.to_string().as_bytes()) {
        Ok(Parsed::Coupon(coupon)) => *coupon,
        other => panic!("not a coupon: {other:?}"),
    }
}

#[test]
fn a_product_has_its_page_picture_price_and_stock() {
    let tea = product("product.updated", &product_body(&json!({})));
    assert_eq!((tea.id.as_str(), tea.title.as_str()), ("shop:94", "Harbour Fog & friends"));
    assert_eq!(
        (tea.url.as_deref(), tea.image.as_deref()),
        (Some("https://shop.example/product/fog/"), Some("https://shop.example/fog.jpg"))
    );
    let variant = &tea.variants[0];
    assert_eq!((variant.key.as_str(), variant.stock, variant.available), ("product:94", Some(3), true));
    assert_eq!(tea.stamp.at, time("2026-03-02T10:00:00Z"), "it is UTC");
}

#[test]
fn what_is_sold_out_or_hidden_or_deleted_is_not_there() {
    let stands = |fields| product("product.updated", &product_body(&fields)).available();
    assert!(!stands(json!({ "stock_status": "outofstock" })) && !stands(json!({ "status": "private" })));
    assert!(stands(json!({ "stock_status": "onbackorder" })));
    assert!(!product("product.deleted", &json!({ "id": 94 })).available());
}

#[test]
fn a_coupon_is_good_until_it_ends_or_is_used_up_or_is_gone() {
    let now = time("2026-03-10T00:00:00Z");
    let spring = coupon("coupon.updated", &coupon_body(&json!({})));
    assert_eq!((spring.code.as_str(), spring.used, spring.limit), ("spring10", 7, Some(100)));
    assert!(spring.is_good(now) && !spring.is_good(time("2026-04-01T00:00:00Z")));
    assert!(!coupon("coupon.updated", &coupon_body(&json!({ "usage_count": 100 }))).is_good(now));
    let for_ever = json!({ "date_expires_gmt": null, "usage_limit": null });
    assert!(coupon("coupon.created", &coupon_body(&for_ever)).is_good(time("2036-01-01T00:00:00Z")));
    let gone = coupon("coupon.deleted", &json!({ "id": 19 }));
    assert!(!gone.is_good(now) && gone.id == "19");
}

#[test]
fn no_body_is_taken_for_another() {
    for (topic, what) in [("product.updated", "stock_status: missing"), ("coupon.updated", "discount_type: missing")] {
        for body in [ORDER, CUSTOMER] {
            assert_eq!(mistake(topic, body), what, "{topic}");
        }
    }
    assert!(hear("product.updated", coupon_body(&json!({})).to_string().as_bytes()).is_err());
    assert!(hear("coupon.updated", product_body(&json!({})).to_string().as_bytes()).is_err());
}
