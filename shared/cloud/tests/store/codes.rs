//! A code of a pool is given once, whoever reaches for it, and stays given.

use std::collections::BTreeSet;

use cloud::Store;
use cloud::store::{CodeCounts, GivenCode, Taken, Write};
use futures_util::future::join_all;
use retention::Customer;
use retention::customer::Coupon;
use retention::ids::{CustomerId, Lot, Occasion, OfferName};
use testkit::Engine;

use crate::{at, newcomer};

fn offer() -> OfferName {
    OfferName::parse("back10").expect("a name")
}

fn codes(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("BACK-{n:03}")).collect()
}

async fn customers(store: &Store, count: usize) -> Vec<CustomerId> {
    let mut ids = Vec::new();
    for n in 0..count {
        let customer = Customer::new(CustomerId::derive(&n.to_string(), at(0)), at(0));
        store.commit(&newcomer(&customer)).await.expect("a write");
        ids.push(customer.id);
    }
    ids
}

/// The customer with a code, as a sender writes it.
fn with(customer: &Customer, code: &str) -> (Customer, GivenCode) {
    let occasion = Occasion::of(&["lapse", "1"]);
    let mut after = customer.clone();
    after.coupons.push(Coupon {
        offer: offer(),
        code: code.to_owned(),
        lot: Some(Lot::imported()),
        occasion: occasion.clone(),
        given_at: at(5),
        used_at: None,
    });
    let customer = Some(customer.id.clone());
    (after, GivenCode { code: code.to_owned(), customer, occasion: Some(occasion), at: at(5), used_at: None })
}

/// Takes whatever is free, until something is had or nothing is left.
async fn takes(store: &Store, id: &CustomerId) -> Option<String> {
    loop {
        let known = store.customer(id).await.expect("a read").expect("a customer");
        let free = store.free_codes(&offer(), &Lot::imported(), id, 3).await.expect("a read");
        if free.is_empty() {
            return None;
        }
        for code in free {
            let (after, given) = with(&known.customer, &code);
            let lot = Lot::imported();
            match store.take_code(&known, &after, (&offer(), &lot), &given).await.expect("a write") {
                Taken::Done => return Some(code),
                Taken::Gone => {}
                Taken::Lost => break,
            }
        }
    }
}

#[tokio::test]
async fn twenty_people_at_once_are_given_twenty_codes_and_the_next_none() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert_eq!(store.add_codes(&offer(), &Lot::imported(), &codes(20), at(1)).await.expect("a write"), 20);
    let ids = customers(&store, 21).await;
    let given = join_all(ids.iter().take(20).map(|id| takes(&store, id))).await;
    let given: BTreeSet<String> = given.into_iter().map(|code| code.expect("a code")).collect();
    assert_eq!(given, codes(20).into_iter().collect());
    assert_eq!(takes(&store, &ids[20]).await, None);
    let counts = store.count_codes(&offer(), &Lot::imported()).await.expect("a read");
    assert_eq!(counts, CodeCounts { free: 0, given: 20, used: 0 });
    for id in &ids[..20] {
        let held = store.customer(id).await.expect("a read").expect("a customer").customer.coupons;
        let row = store.given_code(&offer(), &held[0].code).await.expect("a read").expect("a row");
        assert_eq!((held.len(), row.customer.as_ref()), (1, Some(id)));
    }
}

#[tokio::test]
async fn one_person_is_not_given_two_codes_by_two_senders() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    store.add_codes(&offer(), &Lot::imported(), &codes(2), at(1)).await.expect("a write");
    let id = customers(&store, 1).await.remove(0);
    let known = store.customer(&id).await.expect("a read").expect("a customer");
    let mut taken = Vec::new();
    for code in codes(2) {
        let (after, given) = with(&known.customer, &code);
        let lot = Lot::imported();
        taken.push(store.take_code(&known, &after, (&offer(), &lot), &given).await.expect("a write"));
    }
    assert_eq!(taken, [Taken::Done, Taken::Lost]);
    let free = store.free_codes(&offer(), &Lot::imported(), &id, 9).await.expect("a read");
    assert_eq!(free, ["BACK-001"]);
}

#[tokio::test]
async fn a_code_that_is_there_or_was_given_is_not_put_into_the_pool_again() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let (offer, lot) = (offer(), Lot::imported());
    let add = async |codes: &[String]| store.add_codes(&offer, &lot, codes, at(1)).await.expect("a write");
    assert_eq!(add(&codes(120)).await, 120, "more than one transaction holds");
    let id = customers(&store, 1).await.remove(0);
    let mine = takes(&store, &id).await.expect("a code");
    assert_eq!(add(&[mine.to_lowercase(), "back-003".to_owned(), "NEW-1".to_owned(), "new-1".to_owned()]).await, 1);
    let counts = store.count_codes(&offer, &lot).await.expect("a read");
    assert_eq!(counts, CodeCounts { free: 120, given: 1, used: 0 });
    assert_eq!(store.count_free(&offer, &lot, 50).await.expect("a read"), 50, "no more are counted than are asked for");
    assert_eq!(store.count_free(&offer, &Lot::of_terms(&["other"]), 50).await.expect("a read"), 0, "another lot");
}

#[tokio::test]
async fn a_code_that_lay_in_two_lots_is_given_once() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let other = Lot::of_terms(&["other"]);
    store.add_codes(&offer(), &Lot::imported(), &codes(1), at(1)).await.expect("a write");
    store.add_codes(&offer(), &other, &codes(1), at(1)).await.expect("a write");
    let ids = customers(&store, 2).await;
    assert_eq!(takes(&store, &ids[0]).await.as_deref(), Some("BACK-000"));
    let known = store.customer(&ids[1]).await.expect("a read").expect("a customer");
    let (after, given) = with(&known.customer, "BACK-000");
    assert_eq!(store.take_code(&known, &after, (&offer(), &other), &given).await.expect("a write"), Taken::Gone);
    assert_eq!(store.count_free(&offer(), &other, 9).await.expect("a read"), 0, "nor is it reached for again");
}

#[tokio::test]
async fn what_is_used_is_counted_with_the_profile_and_an_erased_person_is_named_no_more() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    store.add_codes(&offer(), &Lot::imported(), &codes(1), at(1)).await.expect("a write");
    let id = customers(&store, 1).await.remove(0);
    takes(&store, &id).await.expect("a code");
    let known = store.customer(&id).await.expect("a read").expect("a customer");
    let mut after = known.customer.clone();
    // The same code on another occasion: one row.
    after.coupons.push(Coupon { occasion: Occasion::of(&["birthday"]), ..after.coupons[0].clone() });
    after.coupons.iter_mut().for_each(|coupon| coupon.used_at = Some(at(9)));
    store.commit(&Write::new(Some(&known), &after)).await.expect("a write");
    let counts = store.count_codes(&offer(), &Lot::imported()).await.expect("a read");
    assert_eq!(counts, CodeCounts { free: 0, given: 1, used: 1 });
    assert!(cloud::erasing::erase(&store, &id, at(10)).await.expect("a write"));
    let row = store.given_code(&offer(), "back-000").await.expect("a read").expect("a row");
    assert_eq!((row.customer, row.occasion, row.used_at), (None, None, Some(at(9))));
}
