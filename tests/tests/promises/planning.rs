//! Who gets what, when and why, before it happens.

use acceptance::{CONSENT, TestShop, at, consent, order};
use chrono::TimeDelta;
use retention::Reason;
use studio::plan::plan;

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
    for part in
        ["subscribed, 1 orders", "order #1001 of 17.80 EUR", "first_order/thanks  sent", "replenish/soon  not_yet"]
    {
        assert!(story.contains(part), "{part}\n{story}");
    }
    assert!(!story.contains(NORA), "names by id");
}
