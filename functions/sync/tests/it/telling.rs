//! Who opted out here is written back to the storefronts that can be told.

use chrono::TimeDelta;
use cloud::recording::take_in;
use cloud::store::Work;
use retention::EmailAddress;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::ids::CustomerId;
use retention::shop::SourceKind;
use serde_json::{Value, json};

use crate::bench::Bench;

const NORA: &str = "nora@example.com";

/// Nora, who has the account 42 at the shop's one storefront, says something here.
async fn says(bench: &Bench, said: Said) -> CustomerId {
    let recorder = &bench.sync.recorder;
    let source = recorder.shop.sources[0].name.clone();
    let mut person = Person::at(source);
    (person.id, person.email) = (Some("42".to_owned()), EmailAddress::parse(NORA).ok());
    let now = bench.now();
    let statement = Statement {
        said,
        by: By::Person,
        act_at: Some(now),
        heard_at: now,
        wording: "a link".to_owned(),
        confirmed: false,
    };
    let event = Event { person, statements: vec![statement], entity: Entity::Consent };
    take_in(recorder, &event).await.expect("recorded");
    let id = bench.people().await[0].customer.id.clone();
    recorder.store.put_work(&Work::OptOut(id.clone()), now).await.expect("noted");
    id
}

async fn waits(bench: &Bench, id: &CustomerId) -> bool {
    let noted = bench.sync.recorder.store.noted(&Work::OptOut(id.clone()).key()).await;
    noted.expect("a read").is_some()
}

#[tokio::test]
async fn shopify_hears_of_an_opt_out_with_the_time_of_the_act() {
    let bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    let at = bench.now();
    let id = says(&bench, Said::Unsubscribed).await;
    let path = "/admin/api/2026-01/customers/42.json";
    bench.answers(path, 200, json!({ "customer": { "id": 42 } }));
    assert_eq!(bench.runs().await["told"], 1);
    let consent =
        json!({ "state": "unsubscribed", "opt_in_level": "single_opt_in", "consent_updated_at": at.to_rfc3339() });
    let body = json!({ "customer": { "id": 42, "email_marketing_consent": consent } });
    assert_eq!(bench.vendor.told(), [(format!("PUT {path}"), body)]);
    assert!(!waits(&bench, &id).await, "told once");
}

#[tokio::test]
async fn ecwid_hears_of_it_by_the_account() {
    let bench = Bench::of(SourceKind::Ecwid, "1003").await;
    says(&bench, Said::Unsubscribed).await;
    bench.answers("/api/v3/1003/customers/42", 200, json!({ "updateCount": 1 }));
    assert_eq!(bench.runs().await["told"], 1);
    assert_eq!(
        bench.vendor.told(),
        [("PUT /api/v3/1003/customers/42".to_owned(), json!({ "acceptMarketing": false }))]
    );
}

#[tokio::test]
async fn bigcommerce_hears_of_it_by_the_address_and_nobody_else_is_deleted() {
    let bench = Bench::of(SourceKind::BigCommerce, "abc123").await;
    says(&bench, Said::Unsubscribed).await;
    // A storefront that did not heed the filter.
    let all = json!({ "data": [{ "id": 7, "email": "kenji@example.com" }, { "id": 8, "email": "Nora@Example.com" }] });
    bench.answers("/stores/abc123/v3/customers/subscribers?email=nora%40example.com", 200, all);
    bench.answers("/stores/abc123/v3/customers/subscribers/8", 204, Value::Null);
    assert_eq!(bench.runs().await["told"], 1);
    assert_eq!(bench.vendor.told(), [("DELETE /stores/abc123/v3/customers/subscribers/8".to_owned(), Value::Null)]);
}

#[tokio::test]
async fn a_storefront_that_is_away_is_told_later_and_one_that_refuses_is_let_be() {
    let bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    let path = "/admin/api/2026-01/customers/42.json";
    let id = says(&bench, Said::Unsubscribed).await;
    bench.answers(path, 503, Value::Null);
    assert_eq!(bench.runs().await["unanswered"], 1);
    assert!(waits(&bench, &id).await);
    bench.pass(TimeDelta::minutes(5));
    // A token that may only read.
    bench.answers(path, 403, Value::Null);
    assert_eq!(bench.runs().await["not_told"], 1);
    assert!(!waits(&bench, &id).await);
}

#[tokio::test]
async fn who_has_agreed_again_meanwhile_is_left_alone() {
    let bench = Bench::of(SourceKind::Shopify, "sample-shop").await;
    says(&bench, Said::Unsubscribed).await;
    bench.pass(TimeDelta::seconds(1));
    let id = says(&bench, Said::Subscribed).await;
    bench.runs().await;
    assert!(bench.vendor.told().is_empty() && !waits(&bench, &id).await);
}
