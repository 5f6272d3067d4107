//! What the status of an order means, and which of two versions of one second is the newer one.

use retention::order::Payment::{Paid, PartlyRefunded, Pending, Refunded, Voided};
use serde_json::{Value, json};

use crate::hear::{order, time};

fn unpaid(status: &str) -> Value {
    json!({"status": status, "date_paid": null, "date_paid_gmt": null})
}

#[test]
fn each_status_has_its_payment() {
    let unpaid_and_paid = [
        ("pending", Pending, Pending),
        ("failed", Pending, Pending),
        ("checkout-draft", Pending, Pending),
        ("on-hold", Pending, Paid),
        ("processing", Paid, Paid),
        ("completed", Paid, Paid),
        ("cancelled", Voided, Paid),
        ("trash", Voided, Paid),
        ("refunded", Refunded, Refunded),
        ("ready-for-pickup", Pending, Paid),
        ("", Pending, Pending),
    ];
    for (status, without_time, with_time) in unpaid_and_paid {
        assert_eq!(order(unpaid(status)).payment, without_time, "{status}, no time of payment");
        assert_eq!(order(json!({"status": status})).payment, with_time, "{status}, with a time of payment");
    }
}

#[test]
fn an_order_may_arrive_pending_and_does_not_count_before_it_is_paid() {
    assert!(!order(unpaid("pending")).counts() && !order(unpaid("on-hold")).counts());
    assert!(order(json!({})).counts());
}

#[test]
fn a_cancelled_order_and_one_in_the_trash_are_cancelled_at_their_last_change() {
    for status in ["cancelled", "trash"] {
        let order = order(json!({"status": status}));
        assert_eq!(order.cancelled_at, Some(time("2026-03-14T08:26:58Z")), "{status}");
        assert!(!order.counts());
    }
}

#[test]
fn a_completed_order_has_left_the_shop_when_it_was_completed() {
    let completed = json!({"status": "completed", "date_completed_gmt": "2026-03-16T10:00:00"});
    assert_eq!(order(completed).fulfilled_at, Some(time("2026-03-16T10:00:00Z")));
    let timeless = order(json!({"status": "completed"}));
    assert_eq!(timeless.fulfilled_at, Some(timeless.stamp.at));
    assert_eq!(order(json!({"date_completed_gmt": "2026-03-16T10:00:00"})).fulfilled_at, None, "back at work");
}

#[test]
fn refunds_come_with_a_minus_sign_and_are_added_up() {
    let refunds = json!([{"id": 1, "reason": "", "total": "-10.00"}, {"id": 2, "reason": "late", "total": "-1.30"}]);
    let part = order(json!({"refunds": refunds}));
    assert_eq!((part.refunded_minor, part.net_minor(), part.payment), (1130, 4770, PartlyRefunded));
    assert!(part.counts(), "a refund lowers spend, never the count");
    let whole = order(json!({"refunds": [{"id": 1, "total": "-59.00"}]}));
    assert_eq!((whole.refunded_minor, whole.payment), (5900, Refunded));
    let unsigned = order(json!({"refunds": [{"id": 1, "total": "5.00"}]}));
    assert_eq!(unsigned.refunded_minor, 500, "a refund gives nothing, whatever its sign");
}

#[test]
fn an_order_that_went_back_whole_without_its_refunds_went_back_whole() {
    assert_eq!(order(json!({"status": "refunded"})).refunded_minor, 5900);
    let less = json!({"status": "refunded", "refunds": [{"id": 1, "total": "-50.00"}]});
    assert_eq!(order(less).refunded_minor, 5000, "where there are some, they say how much");
}

#[test]
fn of_two_versions_of_one_second_the_later_status_wins_in_any_order_of_arrival() {
    let completed = json!({"status": "completed", "date_completed_gmt": "2026-03-14T08:26:58"});
    let refunded = json!({"status": "refunded", "date_completed_gmt": "2026-03-14T08:26:58"});
    let progress = [
        [unpaid("pending"), unpaid("failed"), unpaid("on-hold"), unpaid("checkout-draft")].to_vec(),
        [json!({})].to_vec(),
        [json!({"refunds": [{"total": "-1.00"}]})].to_vec(),
        [completed].to_vec(),
        [refunded].to_vec(),
        [unpaid("cancelled"), json!({"status": "trash"})].to_vec(),
    ];
    for pair in progress.windows(2) {
        for (earlier, later) in pair[0].iter().flat_map(|earlier| pair[1].iter().map(move |later| (earlier, later))) {
            let (old, new) = (order(earlier.clone()).stamp, order(later.clone()).stamp);
            assert!(old.at == new.at && old < new, "{earlier} before {later}");
        }
    }
}

#[test]
fn a_later_change_wins_over_a_higher_status() {
    let back = json!({"status": "pending", "date_modified_gmt": "2026-03-14T08:26:59"});
    assert!(order(back).stamp > order(json!({"status": "cancelled"})).stamp);
}
