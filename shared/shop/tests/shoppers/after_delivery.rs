//! What follows a parcel.

use crate::shopper::{Shopper, only};

/// An order that leaves after a day and arrives after three.
fn delivered<'s>(shop: &'s retention::Shop, sku: &str, euros: i64) -> Shopper<'s> {
    let mut shopper = Shopper::of(shop);
    shopper.buys("2026-03-02 10:00", "1", sku, euros).ships("2026-03-03 12:00", "1").delivers("2026-03-05 12:00", "1");
    shopper
}

#[test]
fn care_helps_three_days_after_delivery_where_there_is_something_to_say() {
    let shop = only(&["care"]);
    let mut shopper = delivered(&shop, "TEA-FOG-100", 20);
    assert_eq!(shopper.until("2026-06-01").got(), ["2026-03-08 12:00 care"]);
    let mut nothing = delivered(&shop, "NOTHING-IS-SAID-OF-IT", 20);
    assert_eq!(nothing.until("2026-06-01").got(), [""; 0]);
    let mut refunded = delivered(&shop, "TEA-FOG-100", 20);
    refunded.refunds("2026-03-06 10:00", "1", 20);
    assert_eq!(refunded.until("2026-06-01").got(), [""; 0]);
}

#[test]
fn checkin_asks_after_the_first_order_and_after_large_ones_twice_a_year_at_most() {
    let shop = only(&["checkin"]);
    let mut shopper = delivered(&shop, "TEA-FOG-100", 20);
    shopper
        .buys("2026-04-01 10:00", "2", "POT-STONE", 20)
        .ships("2026-04-02 12:00", "2")
        .delivers("2026-04-04 12:00", "2");
    shopper
        .buys("2026-05-01 10:00", "3", "POT-STONE", 150)
        .ships("2026-05-02 12:00", "3")
        .delivers("2026-05-04 12:00", "3");
    assert_eq!(shopper.until("2026-08-01").got(), ["2026-03-10 12:00 checkin"], "180 days");
    shopper
        .buys("2026-10-01 10:00", "4", "POT-STONE", 150)
        .ships("2026-10-02 12:00", "4")
        .delivers("2026-10-04 12:00", "4");
    assert_eq!(shopper.until("2026-12-01").got()[1..], ["2026-10-09 12:00 checkin"]);
}

#[test]
fn review_asks_after_one_week_and_two_and_stops_at_a_review() {
    let shop = only(&["review"]);
    let mut shopper = delivered(&shop, "TEA-FOG-100", 20);
    assert_eq!(shopper.until("2026-06-01").got(), ["2026-03-12 12:00 review", "2026-03-19 12:00 review"]);
    let mut reviewed = delivered(&shop, "TEA-FOG-100", 20);
    reviewed.reviews("2026-03-13 10:00", "TEA-FOG-100", 5);
    assert_eq!(reviewed.until("2026-06-01").got(), ["2026-03-12 12:00 review"]);
    let mut of_another = delivered(&shop, "TEA-FOG-100", 20);
    of_another.reviews("2026-03-13 10:00", "POT-STONE", 5);
    assert_eq!(of_another.until("2026-06-01").got().len(), 2, "a review of something else");
    let mut refunded = delivered(&shop, "TEA-FOG-100", 20);
    refunded.refunds("2026-03-06 10:00", "1", 20);
    assert_eq!(refunded.until("2026-06-01").got(), [""; 0]);
}

#[test]
fn survey_asks_two_weeks_after_delivery_until_it_is_answered_and_twice_a_year_at_most() {
    let shop = only(&["survey"]);
    let mut shopper = delivered(&shop, "TEA-FOG-100", 20);
    shopper
        .buys("2026-04-01 10:00", "2", "POT-STONE", 20)
        .ships("2026-04-02 12:00", "2")
        .delivers("2026-04-04 12:00", "2");
    // Summer time: noon by the clock of London is eleven by that of Dublin's winter.
    assert_eq!(shopper.until("2026-06-01").got(), ["2026-03-19 12:00 survey"]);
    let mut answered = delivered(&shop, "TEA-FOG-100", 20);
    answered.answers("2026-03-10 10:00", 9);
    assert_eq!(answered.until("2026-06-01").got(), [""; 0]);
}

#[test]
fn cross_sell_suggests_ten_days_after_all_of_an_order_has_left() {
    let shop = only(&["cross_sell"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).ships("2026-03-03 12:00", "1").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-13 12:00 cross_sell"]);
    let mut again = Shopper::of(&shop);
    again.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 20).ships("2026-03-03 12:00", "1");
    again.buys("2026-03-06 10:00", "2", "POT-STONE", 20).until("2026-06-01");
    assert_eq!(again.got(), [""; 0], "bought meanwhile");
}

#[test]
fn loyal_thanks_a_day_after_the_second_the_fifth_and_the_tenth_order_arrived() {
    let shop = only(&["loyal"]);
    let mut shopper = Shopper::of(&shop);
    for month in 1..=11 {
        let day = |day: u32| format!("2026-{month:02}-{day:02} 12:00");
        let number = month.to_string();
        shopper.buys(&day(5), &number, "TEA-FOG-100", 20).ships(&day(6), &number).delivers(&day(8), &number);
    }
    let got = shopper.until("2027-02-01").got();
    assert_eq!(got, ["2026-02-09 12:00 loyal", "2026-05-09 12:00 loyal", "2026-10-09 12:00 loyal"]);
}
