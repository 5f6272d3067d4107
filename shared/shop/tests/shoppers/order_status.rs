//! What happens to an order is told at once, by day and by night, each thing once.

use retention::after_sale::ReturnState;
use retention::consent::{By, Said};
use retention::flow::Status;

use crate::shopper::{Shopper, at, only};

const FLOW: [&str; 1] = ["order_status"];

fn steps(shopper: &Shopper<'_>) -> Vec<String> {
    let mut sends: Vec<_> = shopper.life.ledger.values().filter(|send| send.marked_at.is_some()).collect();
    sends.sort_by_key(|send| send.marked_at);
    sends.iter().map(|send| format!("{} {}", send.ended_at().format("%m-%d %H:%M"), send.step)).collect()
}

#[test]
fn each_news_of_an_order_is_told_once() {
    let shop = only(&FLOW);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 23:10", "1", "TEA-FOG-100", 40);
    shopper.ships("2026-03-03 15:00", "1").delays("2026-03-05 08:00", "1").delivers("2026-03-06 11:00", "1");
    shopper.returns("2026-03-07 09:00", "1", ReturnState::Requested);
    shopper.returns("2026-03-10 09:00", "1", ReturnState::Received);
    shopper.refunds("2026-03-11 10:00", "1", 40).until("2026-05-01");
    let told = [
        "03-02 23:10 confirmed",
        "03-03 15:00 shipped",
        "03-05 08:00 delayed",
        "03-06 11:00 delivered",
        "03-07 09:00 return_requested",
        "03-10 09:00 return_received",
        "03-11 10:00 refunded",
    ];
    assert_eq!(steps(&shopper), told);
}

#[test]
fn a_cancellation_is_told_and_needs_no_consent() {
    let shop = only(&FLOW);
    let mut shopper = Shopper::of(&shop);
    shopper.says("2026-01-01", Said::Unsubscribed, By::Person).buys("2026-03-02 10:00", "1", "TEA-FOG-100", 40);
    shopper.changes("2026-03-02 12:00", "1", |order| order.cancelled_at = Some(at("2026-03-02 12:00")));
    assert_eq!(steps(&shopper), ["03-02 10:00 confirmed", "03-02 12:00 cancelled"]);
}

#[test]
fn a_parcel_that_nobody_can_follow_is_not_announced() {
    let shop = only(&FLOW);
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 40);
    shopper.changes("2026-03-03 10:00", "1", |order| order.fulfilled_at = Some(at("2026-03-03 10:00")));
    assert_eq!(steps(&shopper), ["03-02 10:00 confirmed"]);
}

#[test]
fn news_that_is_a_day_old_is_told_no_more() {
    let shop = only(&FLOW);
    let mut shopper = Shopper::of(&shop);
    let old = shopper.order("2026-03-02 10:00", "1", "TEA-FOG-100", 40);
    shopper.hears("2026-03-03 10:01", retention::event::Entity::Order(Box::new(old)), Vec::new()).until("2026-05-01");
    assert_eq!(steps(&shopper), [""; 0]);
}

#[test]
fn what_the_storefront_tells_itself_is_left_to_it() {
    let mut shop = only(&FLOW);
    shop.sources[0].sends_own = [Status::Confirmed, Status::Shipped].into();
    let mut shopper = Shopper::of(&shop);
    shopper.buys("2026-03-02 10:00", "1", "TEA-FOG-100", 40).ships("2026-03-03 15:00", "1");
    shopper.delivers("2026-03-06 11:00", "1");
    assert_eq!(steps(&shopper), ["03-06 11:00 delivered"]);
}
