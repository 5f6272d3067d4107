//! One person is one customer, whatever they are called.

use retention::cart::CartState;
use serde_json::{Value, json};

use crate::door::{Door, SECRET};

const NORA: &str = "nora@example.com";
const AT_WORK: &str = "nora@work.example.com";

fn order(id: usize, email: &str, account: Option<u64>, token: &str) -> Value {
    json!({
        "id": id, "email": email, "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "financial_status": "paid", "currency": "EUR", "total_price": "20.00", "checkout_token": token,
        "customer": account.map(|id| json!({ "id": id })),
        "line_items": [{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "20.00" }],
    })
}

fn checkout(token: &str, email: &str, minute: u32, lines: &Value) -> Value {
    json!({ "token": token, "email": email, "currency": "EUR", "total_price": "20.00", "completed_at": null,
        "created_at": "2026-03-02T09:00:00Z", "updated_at": format!("2026-03-02T09:{minute:02}:00Z"),
        "abandoned_checkout_url": "https://shop.example/c/1", "line_items": lines })
}

fn one_line() -> Value {
    json!([{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "20.00" }])
}

fn account(id: u64, email: &str, minute: u32) -> Value {
    json!({ "id": id, "email": email, "created_at": "2026-03-02T09:00:00Z",
        "updated_at": format!("2026-03-02T10:{minute:02}:00Z") })
}

async fn door() -> Door {
    let door = Door::with(Some(SECRET)).await;
    door.sets_the_clock("2026-03-02T11:00:00Z");
    door
}

#[tokio::test]
async fn a_guest_who_registers_and_then_changes_the_address_is_one_person() {
    let door = door().await;
    door.hears("orders/create", &order(1, NORA, None, "a")).await;
    door.hears("customers/create", &account(42, NORA, 1)).await;
    door.hears("customers/update", &account(42, AT_WORK, 2)).await;
    door.hears("orders/create", &order(2, AT_WORK, None, "b")).await;
    door.hears("orders/create", &order(3, NORA, Some(42), "c")).await;
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].customer.order_count), (1, 3));
    assert_eq!(people[0].customer.email.as_ref().map(|email| email.expose().to_owned()), Some(AT_WORK.to_owned()));
}

#[tokio::test]
async fn two_accounts_that_the_shop_merged_are_one_person() {
    let door = door().await;
    door.hears("orders/create", &order(1, NORA, Some(42), "a")).await;
    door.hears("orders/create", &order(2, AT_WORK, Some(57), "b")).await;
    assert_eq!(door.intake.recorder.store.walk().page().await.expect("a page").len(), 2);
    let merged = json!({ "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/42",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/57", "status": "completed" });
    door.hears("customers/merge", &merged).await;
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].customer.order_count, people[0].orders.len()), (1, 2, 2));
    door.hears("orders/create", &order(3, AT_WORK, Some(57), "c")).await;
    assert_eq!(door.intake.recorder.store.walk().page().await.expect("a page")[0].customer.order_count, 3);
}

#[tokio::test]
async fn an_order_that_is_given_to_another_account_stays_with_whom_it_was_recorded() {
    let door = door().await;
    door.hears("orders/create", &order(1, NORA, Some(42), "a")).await;
    let mut moved = order(1, AT_WORK, Some(57), "a");
    moved["updated_at"] = json!("2026-03-02T10:30:00Z");
    assert_eq!(door.hears("orders/updated", &moved).await, "recorded");
    door.hears("orders/create", &order(2, AT_WORK, Some(57), "b")).await;
    let mut counts: Vec<u32> = door
        .intake
        .recorder
        .store
        .walk()
        .page()
        .await
        .expect("a page")
        .iter()
        .map(|p| p.customer.order_count)
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1], "two people, and no order is counted twice");
}

#[tokio::test]
async fn a_cart_is_whose_address_it_bears_and_ends_with_its_order_whoever_pays() {
    let door = door().await;
    assert_eq!(door.hears("checkouts/create", &checkout("t", "", 0, &one_line())).await, "nobody");
    assert_eq!(door.hears("checkouts/update", &checkout("t", NORA, 5, &one_line())).await, "recorded");
    assert_eq!(door.hears("checkouts/update", &checkout("t", NORA, 4, &one_line())).await, "older");
    let carts = async |door: &Door| {
        let people = door.intake.recorder.store.walk().page().await.expect("a page");
        let mut all: Vec<_> = people.iter().flat_map(|p| p.customer.carts.iter().map(|c| c.state)).collect();
        all.sort();
        (people.len(), all)
    };
    assert_eq!(carts(&door).await, (1, vec![CartState::Open]));
    door.hears("checkouts/update", &checkout("t", NORA, 6, &json!([]))).await;
    assert_eq!(carts(&door).await, (1, vec![CartState::Emptied]));
    door.hears("checkouts/update", &checkout("t", NORA, 7, &one_line())).await;
    // Somebody who is known by another address pays.
    door.hears("customers/create", &account(57, AT_WORK, 1)).await;
    door.hears("orders/create", &order(1, AT_WORK, Some(57), "t")).await;
    assert_eq!(carts(&door).await, (2, vec![CartState::Completed, CartState::Completed]));
    // And what comes late of the cart does not open it again.
    door.hears("checkouts/update", &checkout("t", NORA, 8, &one_line())).await;
    assert_eq!(carts(&door).await.1, [CartState::Completed, CartState::Completed]);
}

#[tokio::test]
async fn a_cart_that_comes_after_its_order_is_never_open() {
    let door = door().await;
    door.hears("orders/create", &order(1, NORA, None, "t")).await;
    door.hears("checkouts/update", &checkout("t", NORA, 5, &one_line())).await;
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].carts.len()), (1, 1));
    assert_eq!(people[0].customer.carts[0].state, CartState::Completed);
}

#[tokio::test]
async fn an_account_that_is_deleted_at_the_shop_ends_the_consent() {
    let door = door().await;
    let mut customer = account(42, NORA, 1);
    customer["email_marketing_consent"] = json!({ "state": "subscribed", "opt_in_level": "single_opt_in",
        "consent_updated_at": "2026-03-02T09:30:00Z" });
    door.hears("customers/create", &customer).await;
    let subscribed = async |door: &Door| {
        door.intake.recorder.store.walk().page().await.expect("a page")[0].customer.consent.is_subscribed()
    };
    assert!(subscribed(&door).await);
    let remains = json!({ "id": 42, "admin_graphql_api_id": "gid://shopify/Customer/42" });
    door.hears("customers/delete", &remains).await;
    assert!(!subscribed(&door).await);
}

#[tokio::test]
async fn the_consent_of_an_account_that_an_order_was_given_to_is_not_the_buyers() {
    let door = door().await;
    door.hears("orders/create", &order(1, NORA, Some(42), "a")).await;
    let mut moved = order(1, AT_WORK, Some(57), "a");
    moved["updated_at"] = json!("2026-03-02T10:30:00Z");
    moved["customer"]["email_marketing_consent"] = json!({ "state": "subscribed", "opt_in_level": "single_opt_in",
        "consent_updated_at": "2026-03-02T10:20:00Z" });
    door.hears("orders/updated", &moved).await;
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    assert_eq!(people[0].customer.consent.said(), None);
}
