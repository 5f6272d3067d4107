//! Any order of events, repeats among them, and all at once: they come to the same.

use std::collections::BTreeSet;

use retention::send::State;
use serde_json::Value;

use crate::bench::{Bench, bounce, click, complaint, delivery};

/// Every order of some things.
fn orders(things: &[Value]) -> Vec<Vec<Value>> {
    let Some((first, rest)) = things.split_first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in orders(rest) {
        for place in 0..=order.len() {
            let mut order = order.clone();
            order.insert(place, first.clone());
            all.push(order);
        }
    }
    all
}

/// What there is to see after events came in this order: the fate of the letter, the person, the address.
async fn after(events: &[Value], together: bool) -> String {
    let bench = Bench::open().await;
    let sends = bench.letters(1, State::Unknown).await;
    if together {
        assert_eq!(bench.hears(events).await, 0);
    } else {
        for event in events {
            assert_eq!(bench.hears(std::slice::from_ref(event)).await, 0);
        }
    }
    let (row, nora) = (bench.row(&sends[0]).await, bench.nora(&sends[0]).await);
    let mut fate = row.fate;
    // How many reports it took to come to it depends on their order.
    fate.reports = 0;
    let person = (nora.delivered, nora.clicks, nora.consent, nora.mailbox);
    format!("{:?} {fate:?} {person:?} {:?}", row.state, bench.suppressed("nora@example.com").await)
}

#[tokio::test]
async fn five_events_in_every_order_and_all_at_once_come_to_the_same() {
    let bench = Bench::open().await;
    let send = &bench.letters(1, State::Unknown).await[0];
    let events = [
        delivery(send, 0, "12:01"),
        bounce(send, 0, "12:30", "Transient", "General", "4.0.0"),
        click(send, 0, "13:00"),
        complaint(send, 0, "14:00"),
        bounce(send, 0, "15:00", "Permanent", "General", "5.1.1"),
    ];
    let mut ends = BTreeSet::new();
    for mut order in orders(&events) {
        order.push(order[0].clone());
        ends.insert(after(&order, false).await);
    }
    let twice = [events.clone(), events.clone()].concat();
    ends.insert(after(&twice, true).await);
    assert_eq!(ends.len(), 1, "{ends:#?}");
    assert!(ends.iter().all(|end| end.starts_with("Sent") && end.ends_with("Some(\"hard_bounce\")")), "{ends:?}");
}
