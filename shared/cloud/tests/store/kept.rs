//! Opt-outs, what lifts them, and erasures stand in a table of their own, in the order in which they became true.

use aws_sdk_dynamodb::types::AttributeValue;
use cloud::store::{Address, Committed, Write};
use retention::Customer;
use retention::control::{Cause, Suppression};
use retention::erase::tombstone;
use retention::ids::CustomerId;
use testkit::{Engine, people};

use crate::at;

/// The lines of the second table: what, and whether it lifts.
async fn lines(engine: &Engine) -> Vec<(String, bool)> {
    let read = engine.client().scan().table_name(engine.tables().kept).send().await.expect("a read");
    let mut items = read.items.unwrap_or_default();
    let text = |value: &AttributeValue| value.as_s().expect("text").clone();
    items.sort_by_key(|item| text(&item["sk"]));
    let kind = |pk: String| pk.split('#').next().unwrap_or_default().to_owned();
    items.iter().map(|item| (kind(text(&item["pk"])), item.contains_key("lifts"))).collect()
}

#[tokio::test]
async fn each_of_them_is_kept_with_what_makes_it_true() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let mut ada = Customer::new(CustomerId::derive("ada", at(0)), at(0));
    ada.email = people::person(1).email;
    let opt_out = Suppression { cause: Cause::OptOut, at: at(5) };
    let write = Write { address: Address::Suppress(&opt_out), ..Write::new(None, &ada) };
    assert_eq!(store.commit(&write).await.expect("a write"), Committed::Done);
    assert_eq!(store.commit(&write).await.expect("a write"), Committed::Lost, "nothing is kept of what did not happen");
    let known = store.customer(&ada.id).await.expect("a read").expect("ada");
    let lift = Write { address: Address::Lift(&opt_out, at(7)), ..Write::new(Some(&known), &known.customer) };
    assert_eq!(store.commit(&lift).await.expect("a write"), Committed::Done);
    let known = store.customer(&ada.id).await.expect("a read").expect("ada");
    store.bury(&known, &tombstone(&known.customer, at(9))).await.expect("a write");
    let (suppression, erasure) = ("suppression".to_owned(), "erasure".to_owned());
    assert_eq!(lines(&engine).await, [(suppression.clone(), false), (suppression, true), (erasure, false)]);
}
