//! Whoever wants to be forgotten is forgotten, and stays so.

use acceptance::{CONSENT, TestShop, consent, order};
use cloud::store::Work;
use serde_json::json;
use studio::person;

const NORA: &str = "nora@example.com";

async fn shop_of_nora() -> TestShop {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-04 10:00").await;
    assert_eq!(shop.letters().len(), 2);
    shop
}

/// Everything in the table, as text.
async fn table(shop: &TestShop) -> String {
    let (client, table) = shop.local.store.raw();
    let rows = client.scan().table_name(table).send().await.expect("a scan");
    format!("{:?}", rows.items())
}

async fn erases(shop: &TestShop) {
    let said = person::erase(&shop.local.store, NORA, shop.local.clock.now()).await.expect("an answer");
    assert!(said.ends_with("is erased."), "{said}");
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_in_the_table() {
    let shop = shop_of_nora().await;
    assert!(table(&shop).await.contains("1001"));
    erases(&shop).await;
    let left = table(&shop).await;
    for trace in ["nora", "Nora", "1001", "TEA-FOG", "\"42\"", "single_opt_in", "memory"] {
        assert!(!left.contains(trace), "{trace} in {left}");
    }
    let history = &shop.local.store.walk().page().await.expect("a page")[0];
    assert!(history.orders.is_empty() && history.proofs.is_empty() && history.customer.erased_at.is_some());
    assert_eq!(history.sends.len(), 2, "that letters left is still counted");
    shop.until("2027-03-04 10:00").await;
    assert_eq!(shop.letters().len(), 2, "and no more leave");
}

#[tokio::test]
async fn what_arrives_late_of_an_erased_person_creates_nothing() {
    let shop = shop_of_nora().await;
    erases(&shop).await;
    shop.local.store.meter().reset();
    let mut late = order(1001, NORA, "2026-03-02 09:59");
    late["updated_at"] = json!(acceptance::at("2026-03-04 10:00").to_rfc3339());
    assert_eq!(shop.arrives("orders/updated", &late).await, (200, "erased".to_owned()));
    let opened = acceptance::at("2026-03-01 10:00").to_rfc3339();
    let account = json!({ "id": 42, "email": NORA, "created_at": opened, "updated_at": late["updated_at"] });
    assert_eq!(shop.arrives("customers/update", &account).await, (200, "erased".to_owned()));
    let yes = consent(NORA, "subscribed", "2026-03-02 09:58");
    assert_eq!(shop.arrives(CONSENT, &yes).await, (200, "erased".to_owned()));
    assert!(shop.local.store.meter().units().write.abs() < f64::EPSILON, "nothing was written");
}

#[tokio::test]
async fn somebody_who_comes_back_is_a_new_customer() {
    let shop = shop_of_nora().await;
    erases(&shop).await;
    shop.until("2026-04-01 10:00").await;
    assert_eq!(
        shop.arrives("orders/create", &order(1002, NORA, "2026-04-01 10:00")).await,
        (200, "recorded".to_owned())
    );
    let people = shop.local.store.walk().page().await.expect("a page");
    let new: Vec<_> = people.iter().filter(|history| history.customer.erased_at.is_none()).collect();
    assert_eq!((people.len(), new.len(), new[0].customer.order_count), (2, 1, 1));
    assert_eq!(shop.what_left()[2..], ["order_status/confirmed"]);
    let again = order(1002, NORA, "2026-04-01 10:00");
    assert_eq!(shop.arrives("orders/create", &again).await, (200, "already".to_owned()), "her names lead to her now");
}

#[tokio::test]
async fn an_opt_out_outlives_the_erasure() {
    let shop = shop_of_nora().await;
    let link = shop.letters().pop().and_then(|letter| letter.unsubscribe).expect("a link");
    assert_eq!(shop.follows("POST", &link, "").await.0, 200);
    erases(&shop).await;
    shop.until("2026-04-01 10:00").await;
    let mut back = order(1002, NORA, "2026-04-01 10:00");
    back["customer"]["email_marketing_consent"] = json!({ "state": "subscribed", "opt_in_level": "single_opt_in",
        "consent_updated_at": acceptance::at("2026-03-01 10:00").to_rfc3339() });
    shop.arrives("orders/create", &back).await;
    shop.until("2026-06-01 10:00").await;
    assert_eq!(shop.what_left()[2..], ["order_status/confirmed"], "the yes is older than the no");
}

#[tokio::test]
async fn an_erasure_that_is_work_is_done_by_the_next_run_and_twice_is_once() {
    let shop = shop_of_nora().await;
    let id = person::find(&shop.local.store, NORA).await.expect("nora").customer.id;
    for _ in 0..2 {
        shop.local.store.put_work(&Work::Erase(id.clone()), shop.local.clock.now()).await.expect("a write");
        shop.local.tick().await.expect("a run");
        assert!(!table(&shop).await.contains("1001"));
    }
}

#[tokio::test]
async fn a_person_gets_all_that_is_kept() {
    let shop = shop_of_nora().await;
    let all = person::export(&shop.local.store, NORA).await.expect("an export");
    let all: serde_json::Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!(all["customer"]["email"], NORA);
    assert_eq!(all["orders"][0]["id"], "shopify:1001");
    assert_eq!(all["consent"][0]["said"], "subscribed");
    assert_eq!(all["letters"].as_array().map(Vec::len), Some(2));
}
