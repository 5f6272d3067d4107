//! Who gets what, when and why, before it happens.

use acceptance::{CONSENT, TestShop, at, consent, order};
use chrono::TimeDelta;
use retention::ids::{CustomerId, Lot, OfferName, StepId};
use retention::send::State;
use retention::shop::Supply;
use retention::{Reason, Shop};
use serde_json::{Value, json};
use studio::plan::{Part, Plan, plan};

const NORA: &str = "nora@example.com";

#[tokio::test]
async fn a_plan_names_the_letters_that_then_leave() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    let local = &shop.local;
    let foretold = plan(&local.store, &local.shop, at("2026-03-02 12:00"), TimeDelta::days(270)).await.expect("a plan");
    let foretold: Vec<String> = foretold.letters.iter().map(|l| format!("{}/{}", l.flow, l.step)).collect();
    shop.until("2026-11-27 12:00").await;
    assert_eq!(foretold, shop.what_left()[1..]);
}

#[tokio::test]
async fn a_plan_says_for_everyone_else_which_rule_held_it_back() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    let local = &shop.local;
    let plan = plan(&local.store, &local.shop, at("2026-03-03 12:00"), TimeDelta::days(30)).await.expect("a plan");
    assert_eq!(plan.letters, []);
    let reason = |flow: &str| plan.held.iter().find(|h| h.flow.as_str() == flow).map(|h| h.reason);
    assert_eq!(reason("first_order"), Some(Reason::NoConsent));
    assert_eq!(reason("replenish"), Some(Reason::NoConsent));
    assert_eq!(reason("order_status"), Some(Reason::AlreadySent));
}

#[tokio::test]
async fn a_plan_can_be_asked_for_one_flow_one_customer_or_one_rule() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    let mut kenjis = order(1002, "kenji@example.com", "2026-03-02 09:59");
    kenjis["customer"]["id"] = json!(57);
    shop.arrives("orders/create", &kenjis).await;
    let local = &shop.local;
    let whole = plan(&local.store, &local.shop, at("2026-03-02 12:00"), TimeDelta::days(40)).await.expect("a plan");
    let asked = |part: Part| {
        let mut some = whole.clone();
        some.keep(&part);
        (some.letters.len(), some.held.len())
    };
    assert_eq!(asked(Part::default()), (whole.letters.len(), whole.held.len()));
    let flow = whole.letters.iter().map(|letter| letter.flow.clone()).find(|flow| flow.as_str() == "first_order");
    assert_eq!(asked(Part { flow, ..Part::default() }), (1, 1), "one gets it, of the other the rule is named");
    let customer = Some(whole.letters[0].customer.clone());
    assert_eq!(asked(Part { customer, ..Part::default() }).0, whole.letters.len(), "Kenji gets none");
    let reason = Some(Reason::NoConsent);
    let held = whole.held.iter().filter(|held| held.reason == Reason::NoConsent).count();
    assert_eq!(asked(Part { reason, ..Part::default() }), (0, held));
    assert!(held > 0);
}

#[tokio::test]
async fn a_plan_gives_the_codes_of_a_pool_to_the_first_letters_and_holds_back_the_others() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    for (number, name) in [(1_001, "nora"), (1_002, "kenji"), (1_003, "ana")] {
        let address = format!("{name}@example.com");
        let mut consent = consent(&address, "subscribed", "2026-03-02 09:58");
        consent["customer_id"] = json!(number);
        shop.arrives(CONSENT, &consent).await;
        let mut order = order(number, &address, "2026-03-02 09:59");
        order["customer"]["id"] = json!(number);
        shop.arrives("orders/create", &order).await;
    }
    let mut of_a_pool = Shop::clone(&shop.local.shop);
    let name = OfferName::parse("winback10").expect("a name");
    of_a_pool.offers.get_mut(&name).expect("the offer").supply = Supply::Pool;
    let store = &shop.local.store;
    let mut plan = plan(store, &of_a_pool, at("2026-03-02 12:00"), TimeDelta::days(270)).await.expect("a plan");
    let takers = |plan: &Plan| -> Vec<CustomerId> {
        let takes = plan.letters.iter().filter(|letter| letter.code_of.as_ref() == Some(&name));
        takes.map(|letter| letter.customer.clone()).collect()
    };
    let (all, letters) = (takers(&plan), plan.letters.len());
    assert_eq!(all.len(), 3);
    store
        .add_codes(&name, &Lot::imported(), &["ONE-1".to_owned(), "ONE-2".to_owned()], at("2026-03-02 12:00"))
        .await
        .expect("codes");
    plan.hold_without_codes(store, &of_a_pool).await.expect("a read");
    // The last of them would have carried the code once more.
    assert_eq!((takers(&plan), plan.letters.len()), (all[..2].to_vec(), letters - 2));
    let held = plan.held.iter().filter(|held| held.reason == Reason::NoCoupon);
    let held: Vec<_> = held.map(|held| (&held.customer, held.step.as_ref().map(StepId::as_str))).collect();
    assert_eq!(held, [(&all[2], Some("ten-percent")), (&all[2], Some("last"))]);
    assert!(plan.text().contains("held: no_coupon"), "{}", plan.text());
}

#[tokio::test]
async fn a_plan_for_the_past_knows_only_what_was_known_then() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-04-20 10:00").await;
    shop.arrives("orders/create", &order(1002, NORA, "2026-04-20 09:59")).await;
    let local = &shop.local;
    let plan = plan(&local.store, &local.shop, at("2026-04-19 12:00"), TimeDelta::days(3)).await.expect("a plan");
    let letters: Vec<&str> = plan.letters.iter().map(|l| l.step.as_str()).collect();
    assert_eq!(letters, ["late"], "the second order was not known");
}

#[tokio::test]
async fn why_tells_the_whole_story_of_a_customer() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-05 10:00").await;
    let local = &shop.local;
    let story = studio::why::why(&local.store, &local.shop, NORA, local.clock.now()).await.expect("a story");
    for part in [
        "subscribed, 1 order\n",
        "order #1001 of 17.80 EUR",
        "first_order/thanks  sent",
        "replenish/soon           not_yet",
        "cart                     not begun: it is switched off",
        "What comes next, if nothing happens before 2027-04-09 10:00 UTC:\n  2026-0",
    ] {
        assert!(story.contains(part), "{part}\n{story}");
    }
    assert!(!story.contains(NORA), "names by id");
}

/// An order of one of the people, who have accounts of their own.
fn of(person: u64, number: u64, at: &str) -> Value {
    let mut order = order(number + person, &format!("person-{person}@example.com"), at);
    order["customer"]["id"] = json!(500 + person);
    order
}

/// Twenty people under every flow that ships: some have agreed, some have ordered twice, some have a parcel, some a cart.
async fn full_shop() -> TestShop {
    let templates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates");
    let shop = TestShop::open_with("2026-03-02 10:00", &templates).await;
    for person in 0..20_u64 {
        let email = format!("person-{person}@example.com");
        let minute = |from: &str, more: u64| format!("{from}:{:02}", (person + more) % 60);
        if person % 5 != 0 {
            let mut yes = consent(&email, "subscribed", &minute("2026-03-02 09", 0));
            yes["customer_id"] = json!(500 + person);
            shop.arrives(CONSENT, &yes).await;
        }
        shop.arrives("orders/create", &of(person, 1000, &minute("2026-03-02 09", 1))).await;
    }
    shop.until("2026-03-05 12:00").await;
    for person in (0..20_u64).step_by(2) {
        let parcel = json!({ "id": 9000 + person, "order_id": 1000 + person, "status": "success",
            "created_at": "2026-03-05T11:00:00Z", "updated_at": "2026-03-05T11:00:00Z",
            "shipment_status": null, "tracking_number": "TRK1", "line_items": [] });
        shop.arrives("fulfillments/create", &parcel).await;
    }
    shop.until("2026-03-09 12:00").await;
    for person in (0..20_u64).step_by(3) {
        let email = format!("person-{person}@example.com");
        shop.arrives("orders/create", &of(person, 2000, "2026-03-09 11:59")).await;
        let cart = json!({ "token": format!("t{person}"), "email": email, "currency": "EUR", "total_price": "20.00",
            "completed_at": null, "created_at": "2026-03-09T11:59:30Z", "updated_at": "2026-03-09T11:59:40Z",
            "line_items": [{ "sku": "POT-STONE", "title": "Pot", "quantity": 1, "price": "20.00" }] });
        shop.arrives("checkouts/create", &cart).await;
    }
    shop
}

#[tokio::test]
async fn what_a_plan_foretells_of_a_month_is_what_happens_with_every_flow_on() {
    let shop = full_shop().await;
    let (from, to) = (at("2026-03-09 14:30"), at("2026-04-09 14:30"));
    shop.until("2026-03-09 12:30").await;
    let local = &shop.local;
    local.refresh_aggregates().await.expect("aggregates");
    // New aggregates move occasions: everybody is looked at once more.
    for minute in ["12:40", "12:51", "13:00"] {
        shop.until(&format!("2026-03-09 {minute}")).await;
        local.tick().await.expect("a run");
    }
    shop.until("2026-03-09 14:30").await;
    let plan = plan(&local.store, &local.shop, from, to - from).await.expect("a plan");
    let mut foretold: Vec<_> = plan
        .letters
        .iter()
        .map(|l| ((l.customer.clone(), l.flow.clone(), l.step.clone(), l.occasion.clone()), l.at))
        .collect();
    shop.until("2026-04-09 14:30").await;
    let people = local.store.walk().page().await.expect("a page");
    let sends =
        people.iter().flat_map(|person| &person.sends).filter(|s| s.state == State::Sent && s.ended_at() > from);
    let mut happened: Vec<_> = sends
        .map(|s| ((s.customer.clone(), s.flow.clone(), s.step.clone(), s.occasion.clone()), s.ended_at()))
        .collect();
    foretold.sort();
    happened.sort();
    let names = |letters: &[(_, _)]| letters.iter().map(|(name, _)| name).cloned().collect::<Vec<_>>();
    assert_eq!(names(&foretold), names(&happened));
    assert!(happened.len() > 60, "a month of twenty people: {}", happened.len());
    for ((name, then), (_, was)) in foretold.iter().zip(&happened) {
        // The scheduler runs once a minute.
        assert!((*was - *then).abs() <= TimeDelta::minutes(2), "{name:?}: {then} and {was}");
    }
}
