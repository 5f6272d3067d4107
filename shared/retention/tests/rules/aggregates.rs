//! What the shop's own orders say about everyone.

use retention::aggregates::{Aggregates, BestSeller, Repeat, Tally};
use retention::ids::ProductKey;
use retention::rank::Thirds;
use retention::{Order, Time};

use crate::world::{days, order, shop};

fn on(day: i64, products: &[&str]) -> Order {
    let lines: Vec<(&str, i64)> = products.iter().map(|sku| (*sku, 1)).collect();
    order(&day.to_string(), Time::UNIX_EPOCH + days(day), &lines)
}

/// The snapshot of day 1,000 over people, each with their orders.
fn snapshot(people: &[Vec<Order>]) -> Aggregates {
    let shop = shop();
    let mut tally = Tally::until(&shop, Time::UNIX_EPOCH + days(1_000));
    for orders in people {
        tally.add(orders);
    }
    tally.finish()
}

fn again(gap: i64) -> Vec<Order> {
    vec![on(0, &["TEA", "POT"]), on(gap, &["TEA"]), on(gap, &["TEA"])]
}

#[test]
fn a_product_is_bought_again_when_five_people_did_and_the_median_is_over_all_gaps() {
    let mut people: Vec<Vec<Order>> = [10, 20, 30, 40].map(again).into();
    assert_eq!(snapshot(&people).repeats.get(&ProductKey::new("TEA")), None, "four people");
    people.push(vec![on(0, &["TEA"]), on(50, &["TEA"]), on(150, &["TEA"]), on(2_000, &["TEA"])]);
    let aggregates = snapshot(&people);
    let tea = aggregates.repeats.get(&ProductKey::new("TEA"));
    assert_eq!(tea, Some(&Repeat { median_days: 40, customers: 5 }), "of 10 20 30 40 50 100");
    assert_eq!(aggregates.repeats.get(&ProductKey::new("POT")), None);
    assert_eq!(aggregates.median_gap_days, Some(40), "between any two orders of one person");
    people.push(vec![on(950, &["POT"]), on(960, &["POT"])]);
    let best: Vec<String> = snapshot(&people).best_sellers.into_iter().map(|best| best.title).collect();
    assert_eq!(best, ["POT"], "what sold in the last 90 days");
}

#[test]
fn thirty_people_fall_into_thirds() {
    let of = |n: i64| (0..=n % 3).map(|turn| on(n * 10 + turn, &["TEA"])).collect::<Vec<_>>();
    let people: Vec<Vec<Order>> = (0..30).map(of).collect();
    assert_eq!(snapshot(&people[..29]).thirds, None, "29 say nothing");
    let thirds = snapshot(&people).thirds;
    let spent_minor = [2000, 3000];
    assert_eq!(thirds, Some(Thirds { recency_days: [809, 910], orders: [2, 3], spent_minor }));
}

#[test]
fn what_only_shows_in_letters_is_no_new_revision_and_what_moves_occasions_is() {
    let same = Aggregates::default();
    let seller = BestSeller { product: ProductKey::new("SOAP"), title: "Soap".to_owned(), unit_minor: 900, orders: 3 };
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 2);
    let shown = Aggregates { date: day, best_sellers: vec![seller], ..Aggregates::default() };
    assert_eq!(shown.revision(), same.revision());
    let repeat = |median_days| [(ProductKey::new("SOAP"), Repeat { median_days, customers: 5 })].into();
    let (first, second) = (
        Aggregates { repeats: repeat(30), ..Aggregates::default() },
        Aggregates { repeats: repeat(31), ..Aggregates::default() },
    );
    let gap = Aggregates { median_gap_days: Some(30), ..Aggregates::default() };
    let revisions = [same, first, second, gap].map(|aggregates| aggregates.revision());
    let different: std::collections::BTreeSet<&String> = revisions.iter().collect();
    assert_eq!(different.len(), revisions.len());
}
