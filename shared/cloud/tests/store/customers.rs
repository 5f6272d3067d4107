//! Customers: one version at a time, found by aliases.

use chrono::TimeDelta;
use cloud::rows;
use cloud::store::{Address, Committed, Names, Write};
use cloud::table::Key;
use retention::Customer;
use retention::control::{Cause, Suppression};
use retention::customer::{LastLetter, RecentLetter, Standing, limits};
use retention::event::Alias;
use retention::ids::{CustomerId, FlowName, TopicName};
use retention::preferences::Preferences;
use retention::record::{Recorded, record};
use testkit::{Engine, people};

use crate::{at, newcomer, send_of};

fn customer(name: &str) -> Customer {
    let mut customer = Customer::new(CustomerId::derive(name, at(0)), at(0));
    customer.email = people::person(1).email;
    customer
}

#[tokio::test]
async fn a_new_customer_is_found_by_every_alias() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer("ada");
    let aliases = people::person(1).aliases();
    assert_eq!(store.find(&aliases).await.expect("a read").unknown, aliases);
    let write = Write { names: Names { aliases: &aliases, ..Names::default() }, ..newcomer(&ada) };
    assert_eq!(store.commit(&write).await.expect("a write"), Committed::Done);
    for alias in &aliases {
        let found = store.find(std::slice::from_ref(alias)).await.expect("a read");
        assert_eq!((found.customer.as_ref(), found.unknown.len()), (Some(&ada.id), 0));
    }
    let known = store.customer(&ada.id).await.expect("a read").expect("a customer");
    assert_eq!(known.customer, Customer { version: 1, ..ada });
}

#[tokio::test]
async fn of_two_new_customers_under_one_alias_the_second_loses() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let aliases = [Alias::Email("same@example.com".to_owned())];
    let (first, second) = (customer("first"), customer("second"));
    let write = |customer| Write { names: Names { aliases: &aliases, ..Names::default() }, ..newcomer(customer) };
    assert_eq!(store.commit(&write(&first)).await.expect("a write"), Committed::Done);
    assert_eq!(store.commit(&write(&second)).await.expect("a write"), Committed::Lost);
    assert_eq!(store.customer(&second.id).await.expect("a read"), None, "nothing of it was written");
}

#[tokio::test]
async fn a_write_over_another_version_than_was_read_loses() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer("ada");
    store.commit(&newcomer(&ada)).await.expect("a write");
    let known = store.customer(&ada.id).await.expect("a read").expect("a customer");
    let write = Write { seen: Some(&known), ..newcomer(&known.customer) };
    assert_eq!(store.commit(&write).await.expect("a write"), Committed::Done);
    assert_eq!(store.commit(&write).await.expect("a write"), Committed::Lost);
    assert_eq!(store.commit(&newcomer(&ada)).await.expect("a write"), Committed::Lost, "nor as a new one");
}

#[tokio::test]
async fn an_opt_out_is_lifted_only_as_it_was_read() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer("ada");
    let email = ada.email.clone().expect("an address");
    let opt_out = |second| Suppression { cause: Cause::OptOut, at: at(second) };
    let suppress = Write { address: Address::Suppress(&opt_out(5)), ..newcomer(&ada) };
    assert_eq!(store.commit(&suppress).await.expect("a write"), Committed::Done);
    assert_eq!(store.suppression(&email).await.expect("a read"), Some(opt_out(5).into()));
    let known = store.customer(&ada.id).await.expect("a read").expect("a customer");
    for (second, committed) in [(4, Committed::Lost), (5, Committed::Done)] {
        let seen = opt_out(second);
        let lift = Write { seen: Some(&known), address: Address::Lift(&seen, at(9)), ..newcomer(&known.customer) };
        assert_eq!(store.commit(&lift).await.expect("a write"), committed);
    }
    assert_eq!(store.suppression(&email).await.expect("a read"), None);
}

#[tokio::test]
async fn a_merged_customer_leads_to_the_one_it_is() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let (ada, mut former) = (customer("ada"), customer("former"));
    former.merged_into = Some(ada.id.clone());
    store.commit(&newcomer(&ada)).await.expect("a write");
    store.commit(&newcomer(&former)).await.expect("a write");
    let found = store.customer(&former.id).await.expect("a read").expect("a customer");
    assert_eq!(found.customer.id, ada.id);
}

#[tokio::test]
async fn a_row_of_a_newer_schema_is_refused_and_left_as_it_is() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer("ada");
    let mut item = rows::to_item(&Key::customer(&ada.id), &ada).expect("an item");
    item.insert("schema".to_owned(), rows::number(cloud::table::SCHEMA + 1));
    let (client, table) = store.raw();
    client.put_item().table_name(table).set_item(Some(item)).send().await.expect("a write");
    let error = store.customer(&ada.id).await.expect_err("a refusal");
    assert!(error.is_worth_retrying() && error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_signed_body_of_6_megabytes_is_kept_in_parts() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    // Bytes that do not compress.
    let mut state = 1_u32;
    let body: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(6 * 1024 * 1024)
    .collect();
    store.quarantine(&people::source(), "orders/create", "unreadable", &body, at(0)).await.expect("kept");
    let (client, table) = store.raw();
    let kept = client.scan().table_name(table).select(aws_sdk_dynamodb::types::Select::Count);
    let count = kept.into_paginator().send().try_collect().await.expect("a scan");
    assert_eq!(count.iter().map(aws_sdk_dynamodb::operation::scan::ScanOutput::count).sum::<i32>(), 18);
}

#[tokio::test]
async fn the_row_of_a_customer_with_thousands_of_orders_is_at_most_8_kilobytes() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let mut ada = customer("ada");
    for n in 0..3_000_i64 {
        let sku = format!("STOCK-KEEPING-UNIT-{}", n * 7_919 % 400);
        let placed_at = at(n * 86_413) + TimeDelta::milliseconds(n * 331 % 1_000);
        let order = people::order(&format!("{}", 5_600_000_000_000 + n * 4_294_967), placed_at, &[(&sku, 1)]);
        match record(&ada, None, &people::ordered(&people::person(1), &order)) {
            Recorded::Changed(change) => ada = change.customer,
            other => panic!("{other:?}"),
        }
    }
    for (n, day) in (0..limits::RECENT).zip(0_i64..) {
        let send = send_of(&ada, &format!("order {}", 5_600_000_000_000 + day * 4_294_967));
        let moment = at(day * 86_413);
        ada.recent.push(RecentLetter { send: send.id, flow: send.flow.clone(), at: moment, kind: send.kind });
        if n < limits::STANDINGS {
            let (flow, occasion) = (send.flow.clone(), send.occasion.clone());
            ada.standings.push(Standing { flow, occasion, passed: send.step, at: moment, ended: None });
            let flow = FlowName::parse(&format!("flow_number_{n}")).expect("a name");
            ada.last_letters.insert(flow, LastLetter { at: moment, occasion: send.occasion });
        }
    }
    ada.preferences = Preferences {
        chosen_at: Some(at(1)),
        off: ["reminders", "offers", "birthday"].map(|topic| TopicName::parse(topic).expect("a name")).into(),
        paused_until: Some(at(2)),
        fewer: true,
        own_birthday: true,
        own_language: true,
    };
    ada.data_asked_at = Some(at(3));
    store.meter().reset();
    store.commit(&newcomer(&ada)).await.expect("a write");
    // A transaction costs two units for each kilobyte begun.
    assert!(store.meter().units().write <= 2.0 * 8.0, "{:?}", store.meter().units());
    assert_eq!(store.customer(&ada.id).await.expect("a read").expect("ada").customer, Customer { version: 1, ..ada });
}
