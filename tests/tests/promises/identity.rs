//! One person is one customer, whatever names they come under.

use acceptance::{CONSENT, TestShop, consent, order};
use cloud::store::History;
use serde_json::{Value, json};

const OLD: &str = "nora@example.com";
const NEW: &str = "nora.new@example.com";

fn guest(mut order: Value) -> Value {
    order["customer"] = Value::Null;
    order
}

/// The account 42 as Shopify tells of it.
fn account(email: &str, updated: &str) -> Value {
    let updated = acceptance::at(updated).to_rfc3339();
    json!({ "id": 42, "email": email, "first_name": "Nora", "created_at": updated, "updated_at": updated })
}

async fn people(shop: &TestShop) -> Vec<History> {
    shop.local.store.walk().page().await.expect("a page")
}

#[tokio::test]
async fn a_guest_who_opens_an_account_is_the_same_person() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives("orders/create", &guest(order(1001, OLD, "2026-03-02 09:59"))).await;
    shop.arrives("customers/create", &account(OLD, "2026-03-02 10:00")).await;
    shop.arrives("orders/create", &order(1002, OLD, "2026-03-02 10:00")).await;
    let people = people(&shop).await;
    assert_eq!((people.len(), people[0].customer.order_count), (1, 2));
}

#[tokio::test]
async fn an_account_that_takes_the_address_of_a_guest_makes_two_customers_one() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives("orders/create", &order(1001, OLD, "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &guest(order(1002, NEW, "2026-03-02 09:59"))).await;
    assert_eq!(people(&shop).await.len(), 2);
    assert_eq!(shop.arrives("customers/update", &account(NEW, "2026-03-02 10:00")).await, (200, "recorded".to_owned()));
    let merged = people(&shop).await;
    assert_eq!(merged.len(), 1);
    let person = &merged[0];
    assert_eq!((person.customer.order_count, person.orders.len(), person.sends.len()), (2, 2, 2));
    assert_eq!(person.customer.email.as_ref().map(|email| email.expose().to_owned()).as_deref(), Some(NEW));
    // A later version of the guest's order is the one person's too, and counts once.
    let mut cancelled = guest(order(1002, NEW, "2026-03-02 09:59"));
    cancelled["updated_at"] = json!(acceptance::at("2026-03-02 10:00").to_rfc3339());
    cancelled["cancelled_at"] = cancelled["updated_at"].clone();
    shop.arrives("orders/cancelled", &cancelled).await;
    let person = &people(&shop).await[0];
    assert_eq!((person.customer.order_count, person.orders.len()), (1, 2));
    assert_eq!(person.orders.iter().filter(|order| order.cancelled_at.is_some()).count(), 1);
    // And nobody is welcomed twice.
    shop.until("2026-03-20 10:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed", "order_status/confirmed", "order_status/cancelled"]);
}

#[tokio::test]
async fn consent_and_letters_of_both_survive() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(OLD, "subscribed", "2026-03-02 09:57")).await;
    shop.arrives("orders/create", &order(1001, OLD, "2026-03-02 09:58")).await;
    shop.until("2026-03-04 10:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed", "first_order/thanks"]);
    shop.arrives("orders/create", &guest(order(1002, NEW, "2026-03-04 09:59"))).await;
    shop.arrives("customers/update", &account(NEW, "2026-03-04 10:00")).await;
    let person = &people(&shop).await[0];
    assert!(person.customer.consent.is_subscribed());
    assert_eq!(person.customer.recent.len(), 1, "gap and cap go on counting");
    shop.until("2026-03-12 10:00").await;
    let thanks = shop.what_left().iter().filter(|what| *what == "first_order/thanks").count();
    assert_eq!(thanks, 1);
}

#[tokio::test]
async fn an_order_to_another_address_makes_nobody_one() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives("orders/create", &guest(order(1001, NEW, "2026-03-02 09:58"))).await;
    shop.arrives("customers/create", &account(OLD, "2026-03-02 09:59")).await;
    // The account 42 orders, with a friend's address for the parcel.
    shop.arrives("orders/create", &order(1002, NEW, "2026-03-02 10:00")).await;
    assert_eq!(people(&shop).await.len(), 2);
}
