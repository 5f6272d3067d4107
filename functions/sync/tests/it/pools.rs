//! Codes are made at a storefront before they are needed, and no answer that was lost makes one twice or loses one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use cloud::store::{GivenCode, Taken};
use retention::ids::{Lot, OfferName, ProductId, ProductKey};
use retention::order::Stamp;
use retention::product::{Product, Variant};
use retention::shop::{Created, Gives, SourceKind, Supply};
use serde_json::{Value, json};

use crate::bench::Bench;

const GRAPHQL: &str = "/admin/api/2026-01/graphql.json";
const BATCH: &str = "/wp-json/wc/v3/coupons/batch";
const KEEP: u32 = 20;

fn offer() -> OfferName {
    OfferName::parse("winback10").expect("a name")
}

/// The shop's win-back gives codes that its storefront makes.
fn creates(bench: &mut Bench, gives: Gives, products: &[&str]) -> Lot {
    let mut shop = bench.sync.recorder.shop.as_ref().clone();
    let source = shop.sources[0].name.clone();
    let offer = shop.offers.get_mut(&offer()).expect("an offer");
    offer.supply = Supply::Created(Created { source, prefix: "BACK".to_owned(), keep: KEEP });
    (offer.gives, offer.minimum_minor) = (gives, Some(2_500));
    offer.products = products.iter().map(|key| ProductKey::new(key)).collect();
    let lot = offer.lot().expect("a lot");
    bench.sync.recorder.shop = Arc::new(shop);
    lot
}

/// A storefront that makes codes, and loses the answer to each question of a kind once.
#[derive(Clone, Default)]
struct Codes {
    made: Arc<Mutex<Vec<String>>>,
    lost: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Codes {
    /// Makes one, if there is none.
    fn make(&self, code: &Value) -> bool {
        let (mut made, code) = (self.made.lock().unwrap_or_else(PoisonError::into_inner), code.as_str().unwrap_or(""));
        let is_new = !made.iter().any(|there| there.eq_ignore_ascii_case(code));
        if is_new {
            made.push(code.to_owned());
        }
        is_new
    }

    fn has(&self, code: &Value) -> bool {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().any(|there| Some(there.as_str()) == code.as_str())
    }

    fn all(&self) -> Vec<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer, or nothing of it, the first time that this is asked.
    fn answer(&self, what: &'static str, answer: Value) -> (u16, Value) {
        let is_first = self.lost.lock().unwrap_or_else(PoisonError::into_inner).insert(what);
        if is_first { (503, Value::Null) } else { (200, answer) }
    }

    fn shopify(&self, body: &Value) -> (u16, Value) {
        let (query, variables) = (body["query"].as_str().unwrap_or(""), &body["variables"]);
        let taken = json!([{ "code": "TAKEN", "message": "Code must be unique. Please try a different code." }]);
        let errors = |is_new: bool| if is_new { json!([]) } else { taken.clone() };
        if query.contains("codeDiscountNodeByCode") {
            let node = self.has(&variables["code"]).then(|| json!({ "id": "gid://shopify/DiscountCodeNode/7" }));
            return self.answer("find", json!({ "data": { "codeDiscountNodeByCode": node } }));
        }
        if query.contains("made:") {
            let is_new = self.make(&variables["discount"]["code"]);
            let node = is_new.then(|| json!({ "id": "gid://shopify/DiscountCodeNode/7" }));
            let made = json!({ "codeDiscountNode": node, "userErrors": errors(is_new) });
            return self.answer("create", json!({ "data": { "made": made } }));
        }
        if query.contains("added:") {
            let codes = variables["codes"].as_array().cloned().unwrap_or_default();
            // Of those that are there the job says so itself.
            for code in &codes {
                self.make(&code["code"]);
            }
            let added = json!({ "bulkCreation": { "id": "gid://shopify/Bulk/1" }, "userErrors": [] });
            return self.answer("add", json!({ "data": { "added": added } }));
        }
        let nodes = json!([{ "errors": [] }, { "errors": errors(false) }]);
        let job = json!({ "done": true, "codes": { "nodes": nodes } });
        self.answer("job", json!({ "data": { "discountRedeemCodeBulkCreation": job } }))
    }

    fn woocommerce(&self, body: &Value) -> (u16, Value) {
        let there = json!({ "id": 0, "error": { "code": "woocommerce_rest_coupon_code_already_exists" } });
        let coupons = body["create"].as_array().cloned().unwrap_or_default();
        let made = coupons.iter().map(|coupon| {
            if self.make(&coupon["code"]) { json!({ "id": 5, "code": coupon["code"] }) } else { there.clone() }
        });
        let made: Vec<Value> = made.collect();
        self.answer("batch", json!({ "create": made }))
    }
}

/// Every code that lies in the pool.
async fn pool(bench: &Bench, lot: &Lot) -> BTreeSet<String> {
    let nobody = retention::ids::CustomerId::parse(&"0".repeat(20)).expect("an id");
    let codes = bench.sync.recorder.store.free_codes(&offer(), lot, &nobody, 1_000).await.expect("a read");
    codes.into_iter().collect()
}

#[tokio::test]
async fn each_answer_of_shopify_may_be_lost_once_and_the_pool_holds_what_was_made() {
    let mut bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    let lot = creates(&mut bench, Gives::Percent(10), &[]);
    let codes = Codes::default();
    let shopify = codes.clone();
    bench.vendor.does(GRAPHQL, move |body| shopify.shopify(body));
    for lost in ["find", "create", "add", "job"] {
        assert_eq!(bench.runs().await.get("codes_made"), None, "{lost}");
        assert!(codes.lost.lock().unwrap_or_else(PoisonError::into_inner).contains(lost));
        assert_eq!(pool(&bench, &lot).await.len(), 0, "what may not be there is given to nobody");
        bench.pass(TimeDelta::minutes(5));
    }
    assert_eq!(bench.runs().await["codes_made"], u64::from(KEEP));
    let (made, pool) = (codes.all(), pool(&bench, &lot).await);
    assert_eq!((made.len(), made.into_iter().collect::<BTreeSet<String>>()), (KEEP as usize, pool.clone()));
    assert!(pool.iter().all(|code| code.starts_with("BACK-") && code.len() == 15), "{pool:?}");
    assert_eq!(bench.runs().await.get("codes_made"), None, "it is full");
}

#[tokio::test]
async fn a_discount_of_shopify_says_what_the_offer_gives_and_is_used_once() {
    let mut bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    let source = bench.sync.recorder.shop.sources[0].name.clone();
    let stamp = Stamp { at: bench.now(), rank: 0, hash: String::new() };
    let variant = Variant { key: ProductKey::new("TEA"), title: None, price: None, stock: None, available: true };
    let product =
        Product { gone: false, variants: vec![variant], ..Product::gone(ProductId::new(&source, "41"), stamp) };
    bench.sync.recorder.store.put_product(&product, bench.now()).await.expect("a write");
    creates(&mut bench, Gives::Amount(500), &["TEA"]);
    let codes = Codes::default();
    codes.lost.lock().unwrap_or_else(PoisonError::into_inner).extend(["find", "create", "add", "job"]);
    let shopify = codes.clone();
    bench.vendor.does(GRAPHQL, move |body| shopify.shopify(body));
    bench.runs().await;
    let told = bench.vendor.told();
    let discount = &told[1].1["variables"]["discount"];
    assert_eq!((&discount["usageLimit"], &discount["code"]), (&json!(1), &json!(codes.all()[0])));
    assert_eq!(discount["endsAt"], Value::Null, "how long it is good counts from the letter");
    let amount = json!({ "discountAmount": { "amount": "5.00", "appliesOnEachItem": false } });
    let items = json!({ "products": { "productsToAdd": ["gid://shopify/Product/41"] } });
    assert_eq!(discount["customerGets"], json!({ "value": amount, "items": items }));
    let minimum = json!({ "subtotal": { "greaterThanOrEqualToSubtotal": "25.00" } });
    assert_eq!((&discount["minimumRequirement"], &discount["context"]), (&minimum, &json!({ "all": "ALL" })));
}

#[tokio::test]
async fn woocommerce_makes_coupons_for_one_use_and_a_lost_answer_makes_none_twice() {
    let mut bench = Bench::of(SourceKind::WooCommerce, "https://shop.example").await;
    let lot = creates(&mut bench, Gives::FreeShipping, &[]);
    let codes = Codes::default();
    let woocommerce = codes.clone();
    bench.vendor.does(BATCH, move |body| woocommerce.woocommerce(body));
    assert_eq!(bench.runs().await.get("codes_made"), None);
    bench.pass(TimeDelta::minutes(5));
    assert_eq!(bench.runs().await["codes_made"], u64::from(KEEP));
    assert_eq!((codes.all().len(), codes.all().into_iter().collect()), (KEEP as usize, pool(&bench, &lot).await));
    let told = bench.vendor.told();
    let coupon = &told.iter().find(|(what, _)| what.ends_with(BATCH)).expect("a batch").1["create"][0];
    let (uses, shipping, minimum) = (&coupon["usage_limit"], &coupon["free_shipping"], &coupon["minimum_amount"]);
    assert_eq!((uses, shipping, minimum), (&json!(1), &json!(true), &json!("25.00")));
}

#[tokio::test]
async fn a_pool_is_filled_when_less_than_half_of_it_is_left() {
    let mut bench = Bench::of(SourceKind::WooCommerce, "https://shop.example").await;
    let lot = creates(&mut bench, Gives::Percent(10), &[]);
    let codes = Codes::default();
    codes.lost.lock().unwrap_or_else(PoisonError::into_inner).insert("batch");
    let woocommerce = codes.clone();
    bench.vendor.does(BATCH, move |body| woocommerce.woocommerce(body));
    assert_eq!(bench.runs().await["codes_made"], 20);
    let store = bench.sync.recorder.store.clone();
    let customer = retention::Customer::new(retention::ids::CustomerId::derive("ada", bench.now()), bench.now());
    store.commit(&cloud::store::Write::new(None, &customer)).await.expect("a write");
    for (code, expected) in pool(&bench, &lot).await.into_iter().zip((1..=11).map(|taken| (taken > 10).then_some(11))) {
        let known = store.customer(&customer.id).await.expect("a read").expect("a customer");
        let given = GivenCode { code, customer: None, occasion: None, at: bench.now(), used_at: None };
        let taken = store.take_code(&known, &known.customer, (&offer(), &lot), &given).await.expect("a write");
        assert_eq!(taken, Taken::Done);
        bench.pass(TimeDelta::minutes(10));
        assert_eq!(bench.runs().await.get("codes_made").copied(), expected);
    }
    assert_eq!((codes.all().len(), pool(&bench, &lot).await.len()), (31, 20));
}

#[tokio::test]
async fn codes_are_not_made_for_a_product_that_is_not_known_nor_by_a_token_that_may_not() {
    let mut bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    creates(&mut bench, Gives::Percent(10), &["NOWHERE"]);
    bench.vendor.does(GRAPHQL, |_| (200, json!({ "errors": [{ "extensions": { "code": "ACCESS_DENIED" } }] })));
    assert_eq!(bench.runs().await["codes_not_made"], 1);
    assert_eq!(bench.vendor.told(), []);
    let lot = creates(&mut bench, Gives::Percent(10), &[]);
    assert_eq!(bench.runs().await.get("codes_made"), None);
    assert_eq!(bench.vendor.told().len(), 1);
    bench.runs().await;
    assert_eq!(bench.vendor.told(), [], "it is tried again after an hour");
    assert_eq!(pool(&bench, &lot).await.len(), 0);
}

#[tokio::test]
async fn a_shop_on_somebodys_machine_asks_no_storefront_for_codes_and_has_some() {
    let mut bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    let lot = creates(&mut bench, Gives::Percent(10), &["NOWHERE"]);
    bench.sync.codes = sync::Codes::Here;
    assert_eq!(bench.runs().await["codes_made"], u64::from(KEEP));
    assert_eq!((bench.vendor.told(), pool(&bench, &lot).await.len()), (vec![], KEEP as usize));
}
