//! Many at once: of one delivery, about one person, about one row.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::door::{Door, SECRET};

const NORA: &str = "nora@example.com";

fn order(id: usize) -> Value {
    json!({
        "id": id, "email": NORA, "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "financial_status": "paid", "currency": "EUR", "total_price": "20.00", "customer": { "id": 42, "email": NORA },
        "line_items": [{ "sku": format!("SKU-{id}"), "title": "Tea", "quantity": 1, "price": "20.00" }],
    })
}

fn account() -> Value {
    json!({ "id": 42, "email": NORA, "first_name": "Nora", "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:01Z" })
}

async fn door() -> Door {
    let door = Door::with(Some(SECRET)).await;
    door.sets_the_clock("2026-03-02T10:01:00Z");
    door
}

/// Delivers as a storefront does: again, until it is taken.
async fn until_taken(door: &Door, topic: &str, body: &Value) -> String {
    for _ in 0..50 {
        let outcome = door.hears(topic, body).await;
        if outcome != "try again" {
            return outcome;
        }
    }
    panic!("never taken");
}

#[tokio::test]
async fn a_hundred_copies_of_one_delivery_at_once_have_one_effect() {
    let door = door().await;
    let body = order(1);
    let outcomes = join_all((0..100).map(|_| until_taken(&door, "orders/create", &body))).await;
    let count = |name: &str| outcomes.iter().filter(|outcome| *outcome == name).count();
    assert_eq!((count("recorded"), count("already")), (1, 99), "{outcomes:?}");
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    assert_eq!((people.len(), people[0].customer.order_count, people[0].sends.len()), (1, 1, 1));
}

#[tokio::test]
async fn an_order_and_an_account_of_one_new_person_at_once_make_one_person() {
    for _ in 0..10 {
        let door = door().await;
        let (order, account) = (order(1), account());
        let at_once = (until_taken(&door, "orders/create", &order), until_taken(&door, "customers/create", &account));
        tokio::join!(at_once.0, at_once.1);
        let people = door.intake.recorder.store.walk().page().await.expect("a page");
        let customer = &people[0].customer;
        assert_eq!((people.len(), customer.order_count), (1, 1));
        assert!(customer.name.is_some() && customer.storefront_ids.len() == 1);
    }
}

#[tokio::test]
async fn fifty_writers_of_one_row_lose_nothing_of_each_other() {
    let door = door().await;
    let bodies: Vec<Value> = (1..=50).map(order).collect();
    join_all(bodies.iter().map(|body| until_taken(&door, "orders/create", body))).await;
    let people = door.intake.recorder.store.walk().page().await.expect("a page");
    let [nora] = &people[..] else { panic!("{} people", people.len()) };
    assert_eq!((nora.orders.len(), nora.customer.order_count, nora.customer.products.len()), (50, 50, 50));
    assert_eq!(nora.customer.spent[0].minor, 50 * 2000);
    assert_eq!(nora.customer.version, 50, "each write saw the one before");
}
