//! What the law asks for is noted at once and durably, and nothing else of the kind is believed.

use cloud::store::Work;
use cloud::table::WORK;
use serde_json::{Value, json};

use crate::door::{Door, SECRET};

const NORA: &str = "nora@example.com";

fn order() -> Value {
    json!({
        "id": 1, "email": NORA, "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
        "financial_status": "paid", "currency": "EUR", "total_price": "20.00", "customer": { "id": 42 },
        "line_items": [{ "sku": "TEA", "title": "Tea", "quantity": 1, "price": "20.00" }],
    })
}

fn asks(more: &Value) -> Value {
    let mut body = json!({ "shop_id": 1, "shop_domain": "tea.example.com", "customer": { "id": 42, "email": NORA } });
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

async fn door() -> Door {
    let door = Door::with(Some(SECRET)).await;
    door.sets_the_clock("2026-03-02T11:00:00Z");
    door
}

async fn noted(door: &Door) -> Vec<Work> {
    let due =
        door.intake.recorder.store.due(WORK, 0, door.intake.recorder.clock.now(), 100, None).await.expect("a read");
    due.iter().filter_map(|due| Work::parse(&due.key)).collect()
}

#[tokio::test]
async fn a_question_is_noted_with_its_time_until_it_is_answered() {
    let door = door().await;
    let question = asks(&json!({ "data_request": { "id": 7 }, "orders_requested": [1] }));
    assert_eq!(door.hears("customers/data_request", &question).await, "nobody", "nobody is known by that name");
    door.hears("orders/create", &order()).await;
    assert_eq!(door.hears("customers/data_request", &question).await, "export_noted");
    let asked = door.intake.recorder.store.asked_for_export().await.expect("a read");
    assert_eq!((asked.len(), asked[0].at), (1, door.intake.recorder.clock.now()));
    door.intake.recorder.store.answered(&asked[0].customer).await.expect("a write");
    assert!(door.intake.recorder.store.asked_for_export().await.expect("a read").is_empty());
}

#[tokio::test]
async fn an_erasure_is_noted_as_work_that_is_due_now() {
    let door = door().await;
    door.hears("orders/create", &order()).await;
    let erasure = asks(&json!({ "orders_to_redact": [] }));
    for _ in 0..2 {
        assert_eq!(door.hears("customers/redact", &erasure).await, "erasure_noted");
    }
    assert!(matches!(noted(&door).await[..], [Work::Erase(_)]));
}

#[tokio::test]
async fn whoever_is_erased_before_they_are_known_is_not_created_by_what_comes_late() {
    let door = door().await;
    assert_eq!(door.hears("customers/redact", &asks(&json!({ "orders_to_redact": [1] }))).await, "erasure_noted");
    assert_eq!(door.hears("orders/create", &order()).await, "erased");
    let mut later = order();
    (later["id"], later["created_at"], later["updated_at"]) =
        (json!(2), json!("2026-03-02T12:00:00Z"), json!("2026-03-02T12:00:00Z"));
    door.sets_the_clock("2026-03-02T12:00:00Z");
    assert_eq!(door.hears("orders/create", &later).await, "recorded", "somebody who came back");
}

#[tokio::test]
async fn a_shop_that_leaves_is_noted_as_work() {
    let door = door().await;
    let leaves = json!({ "shop_id": 1, "shop_domain": "tea.example.com" });
    assert_eq!(door.hears("shop/redact", &leaves).await, "erasure_noted");
    assert!(matches!(&noted(&door).await[..], [Work::Leave(source)] if source.as_str() == "shopify"));
}

#[tokio::test]
async fn a_signed_body_sent_again_under_another_topic_erases_nobody() {
    let door = door().await;
    door.hears("orders/create", &order()).await;
    let question = asks(&json!({ "data_request": { "id": 7 }, "orders_requested": [] }));
    let erasure = asks(&json!({ "orders_to_redact": [] }));
    let leaves = json!({ "shop_id": 1, "shop_domain": "tea.example.com" });
    for (topic, body) in [
        ("customers/redact", &question),
        ("shop/redact", &question),
        ("shop/redact", &erasure),
        ("customers/redact", &leaves),
        ("customers/data_request", &erasure),
        ("customers/redact", &order()),
        ("shop/redact", &order()),
        ("customers/delete", &order()),
    ] {
        assert_eq!(door.hears(topic, body).await, "quarantined", "{topic}: {body}");
    }
    assert!(
        noted(&door).await.is_empty()
            && door.intake.recorder.store.asked_for_export().await.expect("a read").is_empty()
    );
}
