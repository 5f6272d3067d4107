//! Nobody promises an order of arrival: whichever way the webhooks of one life come, and however often, the same stands in
//! the end.

use chrono::TimeDelta;
use cloud::erasing;
use cloud::store::{History, Work};
use cloud::table::WORK;
use retention::Time;
use retention::after_sale::AfterSales;
use retention::consent::Said;
use retention::event::Alias;
use retention::order::Order;
use serde_json::{Value, json};

use crate::door::{Door, SECRET};

/// A life has this many webhooks.
const EVENTS: usize = 6;
/// When it begins.
const BEGINS: &str = "2026-03-02T10:00:00Z";

fn at(minutes: i64) -> String {
    let begins: Time = BEGINS.parse().expect("a time");
    (begins + TimeDelta::minutes(minutes)).to_rfc3339()
}

/// Whether the changes of a life lie minutes apart, or all in one second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stamps {
    Apart,
    Equal,
}

/// The versions of an order of the person of this number: placed, changed, paid, fulfilled.
fn versions(n: usize, stamps: Stamps) -> [(&'static str, Value); 4] {
    let stamp = |minutes: i64| at(if stamps == Stamps::Apart { minutes } else { 0 });
    let order = |minutes: i64, status: &str, consent: &str| {
        json!({
            "id": 1000 + n, "name": format!("#{n}"), "email": format!("nora{n}@example.com"),
            "created_at": at(0), "processed_at": at(0), "updated_at": stamp(minutes),
            "financial_status": status, "fulfillment_status": null, "currency": "EUR", "total_price": "20.00",
            "checkout_token": format!("token{n}"),
            "line_items": [{ "sku": "TEA-FOG-100", "title": "Harbour Fog", "quantity": 2, "price": "10.00" }],
            "fulfillments": [], "refunds": [],
            "customer": { "id": 500 + n, "email": format!("nora{n}@example.com"), "email_marketing_consent": {
                "state": consent, "opt_in_level": "single_opt_in", "consent_updated_at": stamp(minutes) } },
        })
    };
    let created = order(0, "pending", "subscribed");
    let mut changed = order(1, "pending", "unsubscribed");
    changed["line_items"][0]["quantity"] = json!(3);
    let paid = order(2, "paid", "unsubscribed");
    let mut fulfilled = order(3, "paid", "unsubscribed");
    fulfilled["fulfillment_status"] = json!("fulfilled");
    fulfilled["fulfillments"] = json!([{ "id": 7000 + n, "order_id": 1000 + n, "status": "success",
        "created_at": at(3), "updated_at": at(3), "tracking_number": "1Z2345", "tracking_company": "Example Post" }]);
    [("orders/create", created), ("orders/updated", changed), ("orders/paid", paid), ("orders/fulfilled", fulfilled)]
}

fn refund(n: usize) -> (&'static str, Value) {
    let body = json!({ "id": 9000 + n, "order_id": 1000 + n, "created_at": at(4), "transactions": [
        { "kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR" } ] });
    ("refunds/create", body)
}

fn delivered(n: usize) -> (&'static str, Value) {
    let body = json!({ "id": 1, "fulfillment_id": 7000 + n, "order_id": 1000 + n, "status": "delivered",
        "happened_at": at(5) });
    ("fulfillment_events/create", body)
}

fn redact(n: usize) -> (&'static str, Value) {
    let body = json!({ "shop_id": 1, "shop_domain": "tea.example.com", "orders_to_redact": [1000 + n],
        "customer": { "id": 500 + n, "email": format!("nora{n}@example.com") } });
    ("customers/redact", body)
}

/// All orders in which six things can come, by Heap's algorithm.
fn permutations() -> Vec<[usize; EVENTS]> {
    fn heap(items: &mut [usize; EVENTS], k: usize, all: &mut Vec<[usize; EVENTS]>) {
        if k <= 1 {
            return all.push(*items);
        }
        for i in 0..k {
            heap(items, k - 1, all);
            items.swap(if k.is_multiple_of(2) { i } else { 0 }, k - 1);
        }
    }
    let mut all = Vec::new();
    heap(&mut [0, 1, 2, 3, 4, 5], EVENTS, &mut all);
    all
}

/// One way of arrival, with one of the six coming a second time: which and when differs from life to life.
fn with_a_repeat(n: usize, order: [usize; EVENTS]) -> Vec<usize> {
    let mut arriving = order.to_vec();
    let (which, after) = (n * 31 % EVENTS, n * 17 % (EVENTS + 1));
    arriving.insert(after, order[which]);
    arriving
}

async fn history(door: &Door, n: usize) -> Option<History> {
    let store = &door.intake.recorder.store;
    let found = store.find(&[Alias::Email(format!("nora{n}@example.com"))]).await.expect("a read");
    store.history(&found.customer?).await.expect("a read")
}

/// What must be the same: the order and what happened to it, the consent, the statistics. Ids differ from life to life.
fn essence(history: &History, n: usize) -> String {
    let customer = &history.customer;
    let [order] = &history.orders[..] else { panic!("{n}: {} orders", history.orders.len()) };
    let Order { stamp, payment, cancelled_at, total, refunded_minor, lines, fulfilled_at, after, .. } = order;
    let AfterSales { refunds, fulfilments, .. } = after;
    let refunds: Vec<_> = refunds.iter().map(|refund| (refund.at, refund.money)).collect();
    let parcels: Vec<_> = fulfilments
        .iter()
        .map(|p| (p.shipped_at, p.delivered_at, p.tracking.clone(), p.stamp.as_ref().map(|s| (s.at, s.rank))))
        .collect();
    let order = format!(
        "{:?}",
        (stamp.at, stamp.rank, payment, cancelled_at, total, refunded_minor, lines, fulfilled_at, refunds, parcels)
    );
    let recent: Vec<_> = customer.orders.iter().map(|o| (o.at, o.counts, o.refunded)).collect();
    let products: Vec<_> = customer
        .products
        .iter()
        .map(|p| (&p.product, p.orders, p.units, p.last[0].at, p.last[0].fulfilled_at))
        .collect();
    let carts: Vec<_> = customer.carts.iter().map(|cart| (cart.at, cart.state)).collect();
    let statistics = (customer.order_count, &customer.spent, recent, products, customer.frozen_until, carts);
    format!("{order} {statistics:?} {:?}", customer.consent)
}

async fn door() -> Door {
    let door = Door::with(Some(SECRET)).await;
    door.sets_the_clock(&at(60));
    door
}

async fn every_way_comes_to_the_same(stamps: Stamps) {
    let door = door().await;
    let mut same: Option<String> = None;
    for (n, order) in permutations().into_iter().enumerate() {
        let mut life = versions(n, stamps).to_vec();
        life.extend([refund(n), delivered(n)]);
        let arriving = with_a_repeat(n, order);
        for index in &arriving {
            let (topic, body) = &life[*index];
            let outcome = door.hears(topic, body).await;
            assert!(["recorded", "already", "older", "parked"].contains(&outcome.as_str()), "{topic}: {outcome}");
        }
        let nora = history(&door, n).await.expect("nora");
        // 20 paid and 5 back, and the last word was no.
        assert_eq!((nora.customer.spent[0].minor, nora.customer.consent.said()), (1500, Some(Said::Unsubscribed)));
        let essence = essence(&nora, n);
        assert_eq!(same.get_or_insert_with(|| essence.clone()), &essence, "{arriving:?}");
    }
}

#[tokio::test]
async fn all_720_ways_of_arrival_come_to_the_same() {
    every_way_comes_to_the_same(Stamps::Apart).await;
}

#[tokio::test]
async fn all_720_ways_come_to_the_same_when_everything_changed_in_one_second() {
    every_way_comes_to_the_same(Stamps::Equal).await;
}

#[tokio::test]
async fn all_720_ways_with_an_erasure_among_them_leave_nothing() {
    let door = door().await;
    for (n, order) in permutations().into_iter().enumerate() {
        let mut life = versions(n, Stamps::Apart).to_vec();
        life.extend([refund(n), redact(n)]);
        for index in with_a_repeat(n, order) {
            let (topic, body) = &life[index];
            door.hears(topic, body).await;
            // The work is done at once in every second life, and at the end in the others.
            if n.is_multiple_of(2) {
                door.works().await;
            }
        }
        door.works().await;
        let left = history(&door, n).await.expect("a tombstone");
        assert!(left.customer.erased_at.is_some(), "{order:?}");
        assert!(left.orders.is_empty() && left.proofs.is_empty() && left.customer.email.is_none(), "{order:?}");
    }
}

impl Door {
    /// Does the work that is noted, as the next run would.
    async fn works(&self) {
        let (store, now) = (&self.intake.recorder.store, self.intake.recorder.clock.now());
        for due in store.due(WORK, 0, now, 100, None).await.expect("a read") {
            let Some(Work::Erase(id)) = Work::parse(&due.key) else { panic!("{:?}", due.key) };
            let noted = store.noted(&due.key).await.expect("a read").expect("a row");
            assert!(erasing::erase(store, &id, now).await.expect("an erasure"));
            store.end_work(&due.key, &noted).await.expect("a write");
        }
    }
}
