//! What a thin webhook named is fetched and recorded, or stays until it can be.

use chrono::TimeDelta;
use cloud::recording::take_in;
use cloud::store::Work;
use cloud::table::FETCH;
use retention::EmailAddress;
use retention::cart::{Cart, CartState};
use retention::event::{Entity, Event, Person};
use retention::fetch::{Fetch, FetchKind};
use retention::ids::{CartId, ProductKey, SourceName};
use retention::order::{Line, Stamp};
use retention::shop::SourceKind;
use serde_json::{Value, json};

use crate::bench::Bench;

const ORDER: &str = include_str!("../../../../shared/storefront/tests/fixtures/ecwid/order.json");

/// The order of the fixture, as Ecwid itself answers.
fn order() -> Value {
    let whole: Value = serde_json::from_str(ORDER).expect("a fixture");
    whole["entity"].clone()
}

fn work(kind: FetchKind, id: &str) -> Work {
    Work::Fetch(SourceName::parse("shopify").expect("a name"), Fetch::new(kind, id).expect("an id"))
}

async fn bench() -> Bench {
    let bench = Bench::of(SourceKind::Ecwid, "1003").await;
    bench.pass(TimeDelta::days(20));
    let profile = json!({ "formatsAndUnits": { "currency": "EUR" } });
    bench.answers("/api/v3/1003/profile", 200, profile);
    bench.sync.recorder.store.put_work(&work(FetchKind::Order, "TEA-7KQ2Z"), bench.now()).await.expect("noted");
    bench
}

/// When what is to be fetched is due next.
async fn due(bench: &Bench) -> Option<TimeDelta> {
    let never = bench.now() + TimeDelta::days(365);
    let due = bench.sync.recorder.store.due(FETCH, 0, never, 10, None).await.expect("a read");
    due.first().map(|due| due.at - bench.now())
}

#[tokio::test]
async fn an_order_that_was_only_named_is_fetched_and_recorded() {
    let bench = bench().await;
    bench.answers("/api/v3/1003/orders/TEA-7KQ2Z", 200, order());
    assert_eq!(bench.runs().await["recorded"], 1);
    let people = bench.people().await;
    assert_eq!((people.len(), people[0].orders.len(), people[0].customer.order_count), (1, 1, 1));
    assert_eq!(due(&bench).await, None, "the work is done");
    // Named again, it is the same.
    bench.sync.recorder.store.put_work(&work(FetchKind::Order, "TEA-7KQ2Z"), bench.now()).await.expect("noted");
    assert_eq!(bench.runs().await["already"], 1);
}

#[tokio::test]
async fn a_storefront_that_is_busy_says_when_and_one_that_refuses_waits_for_somebody() {
    let bench = bench().await;
    let path = "/api/v3/1003/orders/TEA-7KQ2Z";
    bench.vendor.answers(path, 429, vec![("retry-after", "90".to_owned())], Value::Null);
    assert_eq!(bench.runs().await["unanswered"], 1);
    assert_eq!(due(&bench).await, Some(TimeDelta::seconds(90)));
    bench.pass(TimeDelta::minutes(2));
    bench.answers(path, 503, Value::Null);
    bench.runs().await;
    assert_eq!(due(&bench).await, Some(TimeDelta::minutes(5)));
    bench.pass(TimeDelta::minutes(5));
    bench.answers(path, 403, Value::Null);
    bench.runs().await;
    assert_eq!(due(&bench).await, Some(TimeDelta::hours(1)), "a token that is not valid");
    bench.pass(TimeDelta::hours(1));
    bench.answers(path, 200, order());
    assert_eq!(bench.runs().await["recorded"], 1, "nothing was lost");
}

#[tokio::test]
async fn an_answer_about_something_else_is_not_recorded() {
    let bench = bench().await;
    let mut another = order();
    another["id"] = json!("TEA-OTHER");
    bench.answers("/api/v3/1003/orders/TEA-7KQ2Z", 200, another);
    assert_eq!(bench.runs().await["unanswered"], 1);
    assert!(bench.people().await.is_empty() && due(&bench).await.is_some());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_kept() {
    let bench = bench().await;
    let mut odd = order();
    odd["total"] = json!("a lot");
    bench.answers("/api/v3/1003/orders/TEA-7KQ2Z", 200, odd);
    assert_eq!(bench.runs().await["quarantined"], 1);
    let source = SourceName::parse("shopify").expect("a name");
    let kept = bench.sync.recorder.store.quarantined(&source, bench.now()).await.expect("a read");
    assert_eq!((kept.len(), kept[0].topic.as_str(), due(&bench).await), (1, "fetched/order", None));
}

#[tokio::test]
async fn a_customer_who_is_not_there_any_more_is_gone() {
    let bench = bench().await;
    bench.answers("/api/v3/1003/orders/TEA-7KQ2Z", 200, order());
    bench.runs().await;
    assert!(bench.people().await[0].customer.consent.is_subscribed());
    bench.sync.recorder.store.put_work(&work(FetchKind::Customer, "318"), bench.now()).await.expect("noted");
    assert_eq!(bench.runs().await["recorded"], 1);
    let customer = &bench.people().await[0].customer;
    assert!(!customer.consent.is_subscribed() && customer.storefront_ids[0].gone_at.is_some());
}

#[tokio::test]
async fn what_no_token_opens_waits_and_is_counted() {
    let mut bench = bench().await;
    bench.sync.clients.clear();
    assert_eq!(bench.runs().await["no_token"], 1);
    assert_eq!(due(&bench).await, Some(TimeDelta::hours(1)));
}

#[tokio::test]
async fn what_is_named_while_it_is_fetched_is_fetched_again() {
    let bench = bench().await;
    let store = &bench.sync.recorder.store;
    let work = work(FetchKind::Order, "TEA-7KQ2Z");
    let seen = store.noted(&work.key()).await.expect("a read").expect("a row");
    store.put_work(&work, bench.now()).await.expect("noted");
    store.end_work(&work.key(), &seen).await.expect("a write");
    assert!(due(&bench).await.is_some());
}

#[tokio::test]
async fn more_than_one_page_of_the_index_is_done_in_one_run() {
    let bench = bench().await;
    bench.answers("/api/v3/1003/orders/TEA-7KQ2Z", 200, order());
    for number in 0..230 {
        let gone = work(FetchKind::Order, &format!("GONE-{number}"));
        bench.sync.recorder.store.put_work(&gone, bench.now()).await.expect("noted");
    }
    assert_eq!(bench.runs().await["recorded"], 1);
    assert_eq!(due(&bench).await, None);
}

#[tokio::test]
async fn a_cart_that_is_not_there_any_more_is_empty_and_a_strange_one_is_nobodys() {
    let bench = bench().await;
    let recorder = &bench.sync.recorder;
    let source = recorder.shop.sources[0].name.clone();
    let (id, now) = (CartId::new(&source, "6626E60A"), bench.now());
    let line =
        Line { product: ProductKey::new("TEA"), title: "Tea".to_owned(), variant: None, quantity: 1, unit_minor: 500 };
    let cart = Cart {
        id: id.clone(),
        stamp: Stamp { at: now, rank: 0, hash: "a".to_owned() },
        begun_at: now,
        lines: vec![line],
        total: None,
        url: None,
        completed_at: None,
    };
    let person = Person { email: EmailAddress::parse("nora@example.com").ok(), ..Person::at(source) };
    let event = Event { person, statements: Vec::new(), entity: Entity::Cart(Box::new(cart)) };
    take_in(recorder, &event).await.expect("recorded");
    for cart in ["6626E60A", "ANOTHER"] {
        recorder.store.put_work(&work(FetchKind::Cart, cart), bench.now()).await.expect("noted");
    }
    let counts = bench.runs().await;
    assert_eq!((counts["recorded"], counts["nobody"]), (1, 1));
    let people = bench.people().await;
    assert_eq!((people.len(), people[0].customer.cart(&id).map(|cart| cart.state)), (1, Some(CartState::Emptied)));
}
