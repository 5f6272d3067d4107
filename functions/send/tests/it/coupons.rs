//! Codes that are given once each: taken after the gate and before the mark, and the person's from then on.

use chrono::TimeDelta;
use cloud::store::{CodeCounts, Write};
use retention::customer::Coupon;
use retention::ids::{Lot, Occasion};
use retention::send::State;
use retention::{Reason, Send, Time};
use send::Outcome;
use testkit::fake_ses::Answer;
use testkit::people;

use crate::desk::{Desk, winback};

/// A sender of a shop whose win-back gives codes of a pool.
async fn desk() -> Desk {
    let mut desk = Desk::open().await;
    desk.gives_codes_of_a_pool();
    desk
}

async fn counts(desk: &Desk) -> (u64, u64, u64) {
    let counts = desk.store().count_codes(&winback(), &Lot::imported()).await.expect("a read");
    let CodeCounts { free, given, used } = counts;
    (free, given, used)
}

/// The person of a send was given this code before, on another occasion.
async fn holds(desk: &Desk, send: &Send, given_at: Time, used_at: Option<Time>) {
    let known = desk.store().customer(&send.customer).await.expect("a read").expect("a customer");
    let mut customer = known.customer.clone();
    customer.coupons.push(Coupon {
        offer: winback(),
        code: "BEFORE-1".to_owned(),
        lot: Some(Lot::imported()),
        occasion: Occasion::of(&["before"]),
        given_at,
        used_at,
    });
    desk.store().commit(&Write::new(Some(&known), &customer)).await.expect("a write");
}

#[tokio::test]
async fn a_letter_takes_a_code_out_of_the_pool_and_keeps_it_at_the_second_attempt() {
    let desk = desk().await;
    desk.imports(&["ONE-1", "ONE-2", "ONE-3"]).await;
    let discount = desk.discount(1).await;
    let before = desk.ses.log().len();
    desk.ses.answers(&[Answer::THROTTLED]);
    desk.deliver(&discount).await;
    let held = desk.customer(&discount).await.coupons;
    assert_eq!((held.len(), counts(&desk).await), (1, (2, 1, 0)));
    desk.pass(1);
    assert_eq!(desk.deliver(&discount).await, Outcome::Sent);
    assert_eq!((desk.customer(&discount).await.coupons.clone(), counts(&desk).await), (held.clone(), (2, 1, 0)));
    let row = desk.store().given_code(&winback(), &held[0].code).await.expect("a read").expect("a row");
    assert_eq!((row.customer, row.occasion), (Some(discount.customer.clone()), Some(discount.occasion.clone())));
    for asked in &desk.ses.log()[before..] {
        assert!(asked.part("Text").contains(&held[0].code), "{}", asked.part("Text"));
    }
}

#[tokio::test]
async fn a_letter_whose_pool_is_empty_waits_and_says_so_until_codes_come_or_it_is_stale() {
    let desk = desk().await;
    let discount = desk.discount(1).await;
    let before = desk.ses.connections();
    assert_eq!(desk.deliver(&discount).await, Outcome::NotNow(Reason::NoCoupon));
    let row = desk.row(&discount).await;
    assert_eq!((row.state, row.reason, row.attempt), (State::Planned, Some(Reason::NoCoupon), 0));
    assert_eq!((row.due_at, desk.ses.connections()), (Some(desk.now() + TimeDelta::minutes(30)), before));
    desk.imports(&["LATE-1"]).await;
    desk.pass(30);
    assert_eq!(desk.deliver(&discount).await, Outcome::Sent);
    assert_eq!(counts(&desk).await, (0, 1, 0));

    let second = desk.discount(2).await;
    assert_eq!(desk.deliver(&second).await, Outcome::NotNow(Reason::NoCoupon), "one code is one person's");
    desk.clock.set(second.stale_at);
    assert_eq!(desk.deliver(&second).await, Outcome::Ended(Reason::Stale));
}

#[tokio::test]
async fn who_holds_an_unused_code_that_is_still_good_gets_it_again() {
    for (days, used, again) in [(29, false, true), (30, false, false), (1, true, false)] {
        let desk = desk().await;
        desk.imports(&["NEW-1"]).await;
        let discount = desk.discount(1).await;
        let given_at = desk.now() - TimeDelta::days(days);
        holds(&desk, &discount, given_at, used.then(|| desk.now())).await;
        assert_eq!(desk.deliver(&discount).await, Outcome::Sent);
        let expected = if again { "BEFORE-1" } else { "NEW-1" };
        let held = desk.customer(&discount).await.coupons.pop().expect("a coupon");
        let (of_now, good_from_now) = (held.occasion == discount.occasion, held.given_at == desk.now());
        assert_eq!((held.code.as_str(), of_now, good_from_now), (expected, true, true), "{days} days, used: {used}");
        assert_eq!(counts(&desk).await.0, u64::from(again), "{days} days, used: {used}");
        assert!(desk.ses.log().last().expect("a letter").part("Text").contains(expected));
    }
}

#[tokio::test]
async fn a_code_of_a_pool_is_reminded_of_before_it_ends_and_redeemed_in_any_case() {
    let desk = desk().await;
    desk.imports(&["ONCE-MORE"]).await;
    let discount = desk.discount(1).await;
    assert_eq!(desk.deliver(&discount).await, Outcome::Sent);
    desk.pass(29 * 24 * 60);
    let reminder = desk.looks_at(&discount).await;
    assert_eq!(reminder.flow.as_str(), "coupon_expiry");
    let mut order = people::order("second", desk.now(), &[("POT-STONE", 1)]);
    assert_eq!(desk.deliver(&reminder).await, Outcome::Sent);
    assert!(desk.ses.log().last().expect("a letter").part("Text").contains("ONCE-MORE"));
    order.codes = vec!["once-more".to_owned()];
    desk.arrives(&people::ordered(&people::person(1), &order)).await;
    assert_eq!(desk.customer(&discount).await.coupons[0].used_at, Some(desk.now()));
    assert_eq!(counts(&desk).await, (0, 1, 1));
}
