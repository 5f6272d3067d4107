//! Tiers, coupons and recommendations.

use crate::shopper::{Shopper, at, only};

/// Silver from 100 euros, gold from 300.
fn shop(flow: &str) -> retention::Shop {
    let mut shop = only(&[flow]);
    let tier = |name: &str, from_minor| retention::shop::Tier { name: name.to_owned(), from_minor };
    shop.tiers = vec![tier("silver", 10_000), tier("gold", 30_000)];
    shop
}

#[test]
fn vip_greets_a_day_after_a_tier_is_reached_once_a_year() {
    let shop = shop("vip");
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "POT-STONE", 60).buys("2026-03-10 10:00", "2", "POT-STONE", 60);
    shopper.until("2026-04-01");
    assert_eq!(shopper.got(), ["2026-03-11 10:00 vip"]);
    shopper.buys("2026-05-01 10:00", "3", "POT-STONE", 200).until("2026-12-01");
    assert_eq!(shopper.got().len(), 1, "gold, but within a year");
}

#[test]
fn vip_counts_what_stayed_with_the_shop() {
    let shop = shop("vip");
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "POT-STONE", 120).refunds("2026-03-02 20:00", "1", 40).until("2026-12-01");
    assert_eq!(shopper.got(), [""; 0], "the tier was lost before the letter left");
    let mut returned = Shopper::of(&shop);
    returned.buys("2026-03-02 10:00", "1", "POT-STONE", 60).refunds("2026-03-04 10:00", "1", 60);
    assert_eq!(returned.life.customer.order_count, 1, "a return never lowers the count");
}

#[test]
fn tier_near_says_so_when_at_most_a_tenth_is_missing() {
    let shop = shop("tier_near");
    let mut near = Shopper::of(&shop);
    near.buys("2026-03-02 10:00", "1", "POT-STONE", 91).until("2026-06-01");
    assert_eq!(near.got(), ["2026-03-02 10:00 tier_near"]);
    let mut far = Shopper::of(&shop);
    far.buys("2026-03-02 10:00", "1", "POT-STONE", 89).until("2026-06-01");
    assert_eq!(far.got(), [""; 0]);
}

#[test]
fn coupon_expiry_reminds_a_day_before_and_not_of_what_was_used() {
    let shop = only(&["coupon_expiry"]);
    let mut shopper = Shopper::of(&shop);
    // Good for thirty days.
    shopper.gets_a_coupon("2026-01-05 10:00", "winback10").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-02-03 10:00 coupon_expiry"]);
    let mut used = Shopper::of(&shop);
    used.gets_a_coupon("2026-01-05 10:00", "winback10").redeems("2026-01-20 10:00").until("2026-06-01");
    assert_eq!(used.got(), [""; 0]);
}

#[test]
fn coupon_expiry_reminds_of_a_code_that_was_given_again_by_its_later_end() {
    let shop = only(&["coupon_expiry"]);
    let mut shopper = Shopper::of(&shop);
    shopper.gets_a_code_of_their_own("2026-01-05 10:00", "winback10", "lapse");
    shopper.gets_a_code_of_their_own("2026-01-25 10:00", "winback10", "another").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-02-23 10:00 coupon_expiry"]);
}

#[test]
fn a_simulated_pool_is_never_empty() {
    let mut shop = only(&["winback"]);
    for offer in shop.offers.values_mut() {
        offer.supply = retention::shop::Supply::Pool;
    }
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-01-05 10:00", "1", "POT-STONE", 1).until("2027-01-01");
    let held = &shopper.life.customer.coupons;
    assert_eq!((held.len(), held[0].lot.is_some()), (1, true), "one for both letters of the occasion");
}

#[test]
fn coupon_expiry_leaves_the_code_for_a_friend_alone() {
    let shop = only(&["coupon_expiry"]);
    let referral = shop.flows.iter().find(|flow| flow.name.as_str() == "referral").expect("a flow");
    let offer = referral.steps.iter().find_map(|step| step.coupon.clone()).expect("a coupon");
    let mut shopper = Shopper::of(&shop);
    shopper.gets_a_coupon("2026-01-05 10:00", offer.as_str()).until("2026-12-01");
    assert_eq!(shopper.got(), [""; 0]);
}

#[test]
fn coupon_expiry_never_comes_after_the_coupon_has_ended() {
    let shop = only(&["coupon_expiry"]);
    let mut shopper = Shopper::of(&shop);
    shopper.gets_a_coupon("2026-01-05 22:30", "winback10").until("2026-06-01");
    let ends = at("2026-02-04 22:30");
    assert!(shopper.got().iter().all(|line| at(&line[..16]) < ends), "{:?}", shopper.got());
    assert_eq!(shopper.got().len(), 1);
}

#[test]
fn referral_asks_whoever_is_happy_or_has_come_three_times() {
    let shop = only(&["referral"]);
    let mut happy = Shopper::of(&shop);
    happy.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).reviews("2026-03-10 10:00", "TEA-FOG-100", 4);
    assert_eq!(happy.until("2026-06-01").got(), ["2026-03-12 10:00 referral"]);
    let mut unhappy = Shopper::of(&shop);
    unhappy.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).reviews("2026-03-10 10:00", "TEA-FOG-100", 3);
    assert_eq!(unhappy.until("2026-06-01").got(), [""; 0]);
    let mut third = Shopper::of(&shop);
    third.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).buys("2026-03-10 10:00", "2", "TEA-FOG-100", 20);
    third.buys("2026-03-20 10:00", "3", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(third.got(), ["2026-03-22 10:00 referral"]);
}
