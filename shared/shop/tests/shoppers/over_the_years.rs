//! Days that come again, and people who do not.

use retention::aggregates::Aggregates;
use retention::rank::Thirds;

use crate::shopper::{Shopper, only};

#[test]
fn replenish_announces_a_product_before_it_runs_out_and_once_more_after() {
    let shop = only(&["replenish"]);
    let mut shopper = Shopper::of(&shop);
    // 40 days of supply: announced a quarter of it before, and late a quarter after.
    shopper.buys("2026-01-05 10:00", "1", "TEA-FOG-100", 20).until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-02-04 10:00 replenish", "2026-02-24 10:00 replenish"]);
}

#[test]
fn at_risk_writes_when_the_next_order_is_late_by_the_own_measure() {
    let shop = only(&["at_risk"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).buys("2026-01-31 10:00", "2", "TEA-FOG-100", 20);
    shopper.until("2026-12-01");
    // One and a half times thirty days.
    assert_eq!(shopper.got(), ["2026-03-17 10:00 at_risk"]);
    let mut once = Shopper::of(&shop);
    once.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).until("2026-12-01");
    assert_eq!(once.got(), [""; 0], "nobody knows what is late");
}

#[test]
fn at_risk_writes_to_whom_the_shop_would_miss_when_they_fall_behind() {
    let shop = only(&["at_risk"]);
    let thirds = Some(Thirds { recency_days: [30, 60], orders: [2, 4], spent_minor: [5_000, 10_000] });
    let aggregates = Aggregates { thirds, ..Aggregates::default() };
    let mut valuable = Shopper::with(&shop, &aggregates, "2025-01-01");
    valuable.buys("2026-01-01 10:00", "1", "POT-STONE", 120).until("2026-12-01");
    assert_eq!(valuable.got(), ["2026-03-03 10:00 at_risk"]);
    let mut other = Shopper::with(&shop, &aggregates, "2025-01-01");
    other.buys("2026-01-01 10:00", "1", "POT-STONE", 20).until("2026-12-01");
    assert_eq!(other.got(), [""; 0]);
}

#[test]
fn winback_begins_when_the_last_order_is_old_and_ends_with_the_next() {
    let shop = only(&["winback"]);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).until("2026-12-01");
    assert_eq!(shopper.got(), ["2026-06-30 10:00 winback", "2026-07-14 10:00 winback", "2026-07-28 10:00 winback"]);
    let mut back = Shopper::of(&shop);
    back.buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).buys("2026-07-05 10:00", "2", "TEA-FOG-100", 20);
    assert_eq!(back.until("2026-08-01").got(), ["2026-06-30 10:00 winback"]);
}

#[test]
fn birthday_is_kept_at_nine_by_the_customers_clock() {
    let shop = only(&["birthday"]);
    let mut shopper = Shopper::of(&shop);
    shopper.was_born("06-20").buys("2026-01-01 10:00", "1", "TEA-FOG-100", 20).until("2026-12-01");
    assert_eq!(shopper.got()[..2], ["2026-06-17 08:00 birthday", "2026-06-20 08:00 birthday"]);
}

#[test]
fn anniversary_comes_every_year_while_there_are_orders() {
    let shop = only(&["anniversary"]);
    let mut shopper = Shopper::agreed(&shop, "2024-01-01");
    shopper.buys("2024-02-29 10:00", "1", "TEA-FOG-100", 20).until("2030-01-01");
    // The 28th in common years; nothing any more once two years have gone by without an order.
    assert_eq!(shopper.got(), ["2025-02-28 09:00 anniversary", "2026-02-28 09:00 anniversary"]);
}

#[test]
fn sunset_asks_twice_and_then_there_is_no_marketing_until_a_click_or_an_order() {
    let shop = only(&["sunset", "wishlist"]);
    let lived = |click: Option<&str>| {
        let mut shopper = Shopper::agreed(&shop, "2025-01-01");
        // Ten letters within 144 days.
        for letter in 0..10 {
            let day = crate::shopper::at("2025-02-03 09:00") + chrono::TimeDelta::days(16 * letter);
            let id = retention::ids::SendId::parse(&format!("{letter:032x}")).expect("an id");
            let flow = retention::ids::FlowName::parse("wishlist").expect("a name");
            let kind = retention::flow::Kind::Useful;
            shopper.life.customer.recent.push(retention::customer::RecentLetter { send: id, flow, at: day, kind });
        }
        shopper.life.look(crate::shopper::at("2025-06-27 10:00"));
        if let Some(when) = click {
            shopper.clicks(when);
        }
        shopper.signs("2025-09-01 10:00", retention::interest::InterestKind::Favourite, "POT-STONE");
        shopper.until("2025-12-01").got()
    };
    // The tenth letter was the day before: the gap and the night come first.
    assert_eq!(lived(None), ["2025-06-28 07:00 sunset", "2025-07-05 07:00 sunset"], "and no wish list");
    assert_eq!(lived(Some("2025-06-29 10:00")), ["2025-06-28 07:00 sunset", "2025-09-04 10:00 wishlist"]);
    let late = lived(Some("2025-08-01 10:00"));
    assert_eq!(late[2..], ["2025-09-04 10:00 wishlist"], "a click after it all opens the door again");
}
