//! All flows at once: what holds over every one of them.

use std::collections::BTreeMap;

use retention::send::State;

use crate::shopper::{Shopper, at, only};

#[test]
fn a_bad_answer_and_a_refund_rest_promotion_for_thirty_days() {
    let shop = only(&["winback"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).answers("2026-07-05 10:00", 3).until("2026-12-01");
    // The useful letter had left; the first that sells goes stale in the rest, and the last stands on its own at its end.
    assert_eq!(shopper.got(), ["2026-06-30 10:00 winback", "2026-08-04 10:00 winback"]);
}

#[test]
fn whoever_had_five_letters_and_never_followed_a_link_gets_two_a_week() {
    let shop = only(&["cart"]);
    let week = |delivered: u32| {
        let mut shopper = Shopper::of(&shop);
        shopper.life.customer.delivered = delivered;
        shopper.fills("2026-03-02 09:00", "t1", 40).until("2026-03-08");
        shopper.got().len()
    };
    assert_eq!((week(4), week(5)), (3, 2));
}

#[test]
fn whoever_is_held_out_gets_no_letter_and_a_row_in_the_ledger() {
    let mut shop = only(&["winback"]);
    let lived = |shop: &retention::Shop| {
        let mut shopper = Shopper::of(shop);
        shopper.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).until("2026-12-01");
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for send in shopper.life.ledger.values() {
            *states.entry(send.state.name()).or_default() += 1;
        }
        (shopper.got().len(), states.get(State::HeldOut.name()).copied().unwrap_or_default())
    };
    assert_eq!(lived(&shop), (3, 0));
    for flow in &mut shop.flows {
        flow.holdout = 100;
    }
    assert_eq!(lived(&shop), (0, 1), "one row, at the moment of the first letter");
}

#[test]
fn a_step_with_weekdays_waits_for_one_of_them() {
    let mut shop = only(&["wishlist"]);
    let monday = retention::flow::Weekdays::of([chrono::Weekday::Mon]);
    for flow in shop.flows.iter_mut().filter(|flow| flow.enabled) {
        for step in &mut flow.steps {
            step.days = monday;
            step.stale_after = Some(retention::flow::StaleAfter::For(chrono::TimeDelta::days(8)));
        }
    }
    let mut shopper = Shopper::of(&shop);
    // Due on a Thursday; the Monday after it begins at eight.
    shopper.signs("2026-03-02 10:00", retention::interest::InterestKind::Favourite, "POT-STONE").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-09 08:00 wishlist"]);
}

#[test]
fn a_step_at_the_best_hour_takes_the_hour_of_the_clicks_once_there_are_three() {
    let mut shop = only(&["wishlist"]);
    let ten = chrono::NaiveTime::from_hms_opt(10, 0, 0).expect("an hour");
    for flow in shop.flows.iter_mut().filter(|flow| flow.enabled) {
        for step in &mut flow.steps {
            step.at = Some(retention::flow::Hour::Best(ten));
        }
    }
    let left = |clicks: &[&str]| {
        let mut shopper = Shopper::of(&shop);
        for click in clicks {
            shopper.clicks(click);
        }
        shopper
            .signs("2026-03-02 09:00", retention::interest::InterestKind::Favourite, "POT-STONE")
            .until("2026-06-01");
        shopper.got()
    };
    assert_eq!(left(&["2026-02-01 19:10", "2026-02-02 19:40"]), ["2026-03-05 10:00 wishlist"]);
    let evenings = ["2026-02-01 19:10", "2026-02-02 19:40", "2026-02-03 07:00"];
    assert_eq!(left(&evenings), ["2026-03-05 19:00 wishlist"]);
}

#[test]
fn the_page_of_the_first_month_says_what_happens() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/first-month.md");
    let written = std::fs::read_to_string(page).unwrap_or_default();
    let how = "make it anew: cargo run -p shop --example first_month > docs/first-month.md";
    assert_eq!(written, crate::first_month::page(), "{how}");
}

#[test]
fn the_first_month_of_a_buyer_holds_gap_cap_and_day() {
    let every: Vec<String> = {
        let shop = only(&[]);
        let on = |flow: &&retention::Flow| flow.name.as_str() != "browse";
        shop.flows.iter().filter(on).map(|flow| flow.name.as_str().to_owned()).collect()
    };
    let names: Vec<&str> = every.iter().map(String::as_str).collect();
    let shop = only(&names);
    let mut shopper = Shopper::agreed(&shop, "2026-03-02 10:00");
    shopper.fills("2026-03-02 10:05", "t1", 40).buys("2026-03-02 10:20", "1", "TEA-FOG-100", 40);
    shopper.ships("2026-03-03 15:00", "1").delivers("2026-03-05 12:00", "1").until("2026-04-02");
    let marketing: Vec<_> = shopper.got().into_iter().filter(|line| !line.ends_with("order_status")).collect();
    let times: Vec<_> = marketing.iter().map(|line| at(&line[..16])).collect();
    assert!(times.windows(2).all(|two| two[1] - two[0] >= shop.limits.gap), "{marketing:?}");
    let in_a_week = |from: &retention::Time| {
        times.iter().filter(|at| **at >= *from && **at - *from < chrono::TimeDelta::days(7)).count()
    };
    assert!(times.iter().all(|from| in_a_week(from) <= shop.limits.weekly_cap), "{marketing:?}");
    assert!(times.len() >= 5, "and it is not silence: {marketing:?}");
}
