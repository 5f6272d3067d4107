//! Everybody who waits for a product is told when it is there again, in as many runs as it takes.

use chrono::TimeDelta;
use cloud::erasing::erase;
use cloud::store::{Beside, Committed, Work, Write, Written};
use cloud::table::WORK;
use retention::ids::{CustomerId, ProductId, ProductKey, SourceName};
use retention::interest::{Interest, InterestKind};
use retention::order::Stamp;
use retention::product::{Product, Variant};
use retention::{Customer, Time};
use scan::Ran;

use crate::bench::{Bench, NO_LIMIT, customer};

const KEY: &str = "POT-1";

/// The pot, there or sold out.
async fn pot(bench: &Bench, available: bool) {
    let id = ProductId::new(&SourceName::parse("own").expect("a name"), "pot");
    let stamp = Stamp { at: bench.now(), rank: u8::from(available), hash: "v".to_owned() };
    let variant = Variant { key: ProductKey::new(KEY), title: None, price: None, stock: None, available };
    let product = Product { gone: false, variants: vec![variant], ..Product::gone(id, stamp) };
    assert_eq!(bench.store().put_product(&product, bench.now()).await.expect("a write"), Written::Done);
}

/// Somebody who asked to be told, a day ago.
async fn waiter(bench: &Bench, name: &str) -> Customer {
    let mut customer = customer(name, None);
    let sign = Interest::new(InterestKind::BackInStock, KEY.to_owned(), bench.now() - TimeDelta::days(1));
    customer.interests = vec![sign.clone()];
    let beside = Beside { waits: std::slice::from_ref(&sign), ..Beside::default() };
    let write = Write { exact: true, beside, ..Write::new(None, &customer) };
    assert_eq!(bench.store().commit(&write).await.expect("a write"), Committed::Done);
    customer
}

async fn back_at(bench: &Bench, id: &CustomerId) -> Option<Time> {
    let known = bench.store().customer(id).await.expect("a read").expect("a customer");
    known.customer.interests.first().and_then(|sign| sign.back_at)
}

/// How many are on the list.
async fn listed(bench: &Bench) -> usize {
    bench.store().waiting_for(&ProductKey::new(KEY), None, 1_000).await.expect("a read").len()
}

async fn has_work(bench: &Bench) -> bool {
    !bench.store().due(WORK, 0, bench.now() + TimeDelta::days(1), 10, None).await.expect("a read").is_empty()
}

#[tokio::test]
async fn a_long_list_is_told_in_pieces_and_everybody_once() {
    const MANY: usize = 250;
    let bench = Bench::open(NO_LIMIT).await;
    pot(&bench, false).await;
    let mut people = Vec::new();
    for number in 0..MANY {
        people.push(waiter(&bench, &number.to_string()).await.id);
    }
    pot(&bench, true).await;
    let turned = bench.now();
    bench.pass(TimeDelta::minutes(2));
    let mut runs = 0;
    while has_work(&bench).await {
        // A run is over after some of them: once it has asked the table so often, its time is up.
        let (begun, deadline) = (bench.store().meter().units().requests, bench.now() + TimeDelta::minutes(1));
        let time_is_up = bench.after_requests(begun + 400, async || bench.pass(TimeDelta::minutes(1)));
        let run = bench.runs_until(deadline);
        tokio::pin!(run);
        let ran = tokio::select! {
            ran = &mut run => ran,
            () = time_is_up => run.await,
        };
        assert!(matches!(ran, Ran::Done { .. }));
        bench.pass(TimeDelta::minutes(1));
        runs += 1;
        assert!(runs < 50, "it never ends");
    }
    assert!(runs > 1, "all of them in one piece");
    for id in &people {
        assert_eq!(back_at(&bench, id).await, Some(turned));
        let known = bench.store().customer(id).await.expect("a read").expect("a customer");
        assert_eq!(known.customer.version, 2, "written once");
    }
}

#[tokio::test]
async fn who_waits_no_more_leaves_the_list_and_an_erased_person_with_the_erasure() {
    let bench = Bench::open(NO_LIMIT).await;
    pot(&bench, false).await;
    let (ada, ben) = (waiter(&bench, "ada").await, waiter(&bench, "ben").await);
    let cleo = waiter(&bench, "cleo").await;
    let known = bench.store().customer(&ada.id).await.expect("a read").expect("a customer");
    let mut bought = known.customer.clone();
    bought.interests[0].over = true;
    bench.store().commit(&Write::new(Some(&known), &bought)).await.expect("a write");
    assert!(erase(bench.store(), &ben.id, bench.now()).await.expect("a write"));
    assert_eq!(listed(&bench).await, 2, "the erased person is on no list");
    pot(&bench, true).await;
    bench.pass(TimeDelta::minutes(2));
    bench.runs().await;
    assert_eq!((back_at(&bench, &ada.id).await, back_at(&bench, &cleo.id).await.is_some()), (None, true));
    assert_eq!(listed(&bench).await, 1);
}

#[tokio::test]
async fn whoever_became_one_with_another_is_told_as_that_one() {
    let bench = Bench::open(NO_LIMIT).await;
    pot(&bench, false).await;
    let (ada, ben) = (customer("ada", None), waiter(&bench, "ben").await);
    bench.stores(&ada).await;
    bench.store().put_work(&Work::Merge(ada.id.clone(), ben.id.clone()), bench.now()).await.expect("a write");
    bench.runs().await;
    pot(&bench, true).await;
    bench.pass(TimeDelta::minutes(2));
    bench.runs().await;
    let one = bench.store().customer(&ben.id).await.expect("a read").expect("a customer").customer;
    assert_eq!(one.former.len(), 1);
    assert!(one.interests[0].back_at.is_some());
    assert!(!has_work(&bench).await);
}

#[tokio::test]
async fn a_long_list_does_not_hold_up_who_is_due() {
    const MANY: usize = 100;
    let bench = Bench::open(NO_LIMIT).await;
    pot(&bench, false).await;
    for number in 0..MANY {
        waiter(&bench, &number.to_string()).await;
    }
    pot(&bench, true).await;
    bench.pass(TimeDelta::minutes(2));
    bench.stores(&customer("due", Some(bench.now()))).await;
    // In the middle of the list twenty seconds have gone by; the run has a quarter of an hour.
    let begun = bench.store().meter().units().requests;
    let time_goes_by = bench.after_requests(begun + 100, async || bench.pass(TimeDelta::seconds(20)));
    let (ran, ()) = tokio::join!(bench.runs(), time_goes_by);
    assert!(matches!(ran, Ran::Done { looked: 1.., .. }), "{ran:?}");
    assert!(has_work(&bench).await, "the rest of the list waits for the next run");
}
