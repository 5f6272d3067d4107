//! What was looked at, wanted, waited for and left in a cart.

use retention::interest::InterestKind;

use crate::shopper::{Shopper, at, only};

#[test]
fn cart_reminds_after_four_hours_twenty_and_forty_eight() {
    let shop = only(&["cart"]);
    let mut shopper = Shopper::of(&shop);
    shopper.fills("2026-03-02 09:00", "t1", 40).until("2026-06-01");
    // The second would be due at five in the morning, and waits for the day and for the gap.
    assert_eq!(shopper.got(), ["2026-03-02 13:00 cart", "2026-03-03 08:00 cart", "2026-03-04 09:00 cart"]);
}

#[test]
fn cart_counts_from_the_last_change_and_ends_when_it_is_emptied_or_bought_or_left_for_another() {
    let shop = only(&["cart"]);
    let mut changed = Shopper::of(&shop);
    changed.fills("2026-03-02 09:00", "t1", 40).fills("2026-03-02 12:00", "t1", 60).until("2026-03-02 20:00");
    assert_eq!(changed.got(), ["2026-03-02 16:00 cart"]);
    let mut emptied = Shopper::of(&shop);
    emptied.fills("2026-03-02 09:00", "t1", 40).fills("2026-03-02 12:00", "t1", 0).until("2026-06-01");
    assert_eq!(emptied.got(), [""; 0]);
    let mut bought = Shopper::of(&shop);
    bought.fills("2026-03-02 09:00", "t1", 40).buys("2026-03-02 12:00", "1", "POT-STONE", 0).until("2026-06-01");
    assert_eq!(bought.got(), [""; 0], "an order of nothing, fully discounted, is an order");
    let mut another = Shopper::of(&shop);
    another.fills("2026-03-02 09:00", "t1", 40).fills("2026-03-02 12:00", "t2", 60).until("2026-03-02 20:00");
    assert_eq!(another.got(), ["2026-03-02 16:00 cart"], "the newer one alone");
}

#[test]
fn cart_rests_for_a_week_after_its_last_letter() {
    let shop = only(&["cart"]);
    let mut shopper = Shopper::of(&shop);
    shopper.fills("2026-03-02 09:00", "t1", 40).until("2026-03-02 20:00").buys(
        "2026-03-02 21:00",
        "1",
        "POT-STONE",
        40,
    );
    shopper.fills("2026-03-05 09:00", "t2", 40).until("2026-03-20");
    assert_eq!(shopper.got(), ["2026-03-02 13:00 cart"]);
    shopper.fills("2026-03-20 14:00", "t3", 40).until("2026-03-20 20:00");
    assert_eq!(shopper.got()[1..], ["2026-03-20 18:00 cart"]);
}

#[test]
fn browse_ships_switched_off_and_asks_about_what_was_looked_at_twice() {
    let shop = only(&["browse"]);
    let mut once = Shopper::of(&shop);
    once.signs("2026-03-02 09:00", InterestKind::ViewedProduct, "POT-STONE").until("2026-03-09");
    assert_eq!(once.got(), [""; 0]);
    let mut twice = Shopper::of(&shop);
    twice.signs("2026-03-02 09:00", InterestKind::ViewedProduct, "POT-STONE");
    twice.signs("2026-03-02 09:30", InterestKind::ViewedProduct, "POT-STONE").until("2026-04-01");
    assert_eq!(twice.got(), ["2026-03-02 13:30 browse", "2026-03-03 09:30 browse"]);
    let mut fills = Shopper::of(&shop);
    fills.signs("2026-03-02 09:00", InterestKind::ViewedProduct, "POT-STONE");
    fills.signs("2026-03-02 09:30", InterestKind::ViewedProduct, "POT-STONE").fills("2026-03-02 10:00", "t1", 40);
    assert_eq!(fills.until("2026-04-01").got(), [""; 0], "a cart has letters of its own");
    let mut bought = Shopper::of(&shop);
    bought.buys("2026-02-25 09:00", "1", "TEA-FOG-100", 20);
    bought.signs("2026-03-02 09:00", InterestKind::ViewedProduct, "POT-STONE");
    bought.signs("2026-03-02 09:30", InterestKind::ViewedProduct, "POT-STONE").until("2026-04-01");
    assert_eq!(bought.got(), [""; 0], "an order within ten days");
}

#[test]
fn wishlist_asks_after_three_days_unless_it_was_bought_or_taken_off() {
    let shop = only(&["wishlist"]);
    let favourite = InterestKind::Favourite;
    let mut shopper = Shopper::of(&shop);
    shopper.signs("2026-03-02 10:00", favourite, "POT-STONE").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-05 10:00 wishlist"]);
    let mut bought = Shopper::of(&shop);
    bought.signs("2026-03-02 10:00", favourite, "POT-STONE").buys("2026-03-03 10:00", "1", "POT-STONE", 40);
    assert_eq!(bought.until("2026-06-01").got(), [""; 0]);
    let mut other = Shopper::of(&shop);
    other.signs("2026-03-02 10:00", favourite, "POT-STONE").buys("2026-03-03 10:00", "1", "TEA-FOG-100", 40);
    assert_eq!(other.until("2026-03-20").got(), ["2026-03-05 10:00 wishlist"], "something else was bought");
    let mut off = Shopper::of(&shop);
    off.signs("2026-03-02 10:00", favourite, "POT-STONE").unsigns("2026-03-03 10:00", favourite, "POT-STONE");
    assert_eq!(off.until("2026-06-01").got(), [""; 0]);
}

#[test]
fn wishlist_writes_once_in_thirty_days() {
    let shop = only(&["wishlist"]);
    let mut shopper = Shopper::of(&shop);
    shopper.signs("2026-03-02 10:00", InterestKind::Favourite, "POT-STONE");
    shopper.signs("2026-03-10 10:00", InterestKind::Favourite, "TEA-FOG-100").until("2026-06-01");
    assert_eq!(shopper.got(), ["2026-03-05 10:00 wishlist"]);
}

#[test]
fn back_in_stock_tells_at_once_whoever_waits_and_nobody_who_has_it() {
    let shop = only(&["back_in_stock"]);
    let mut shopper = Shopper::of(&shop);
    shopper.signs("2026-03-02 10:00", InterestKind::BackInStock, "POT-STONE").until("2026-03-20");
    assert_eq!(shopper.got(), [""; 0]);
    shopper.product("2026-03-20 10:00", |sign| sign.back_at = Some(at("2026-03-20 10:00"))).until("2026-03-20 20:00");
    assert_eq!(shopper.got(), ["2026-03-20 10:00 back_in_stock"]);
    let mut bought = Shopper::of(&shop);
    bought.signs("2026-03-02 10:00", InterestKind::BackInStock, "POT-STONE").buys("2026-03-10", "1", "POT-STONE", 40);
    bought.product("2026-03-20 10:00", |sign| sign.back_at = Some(at("2026-03-20 10:00"))).until("2026-06-01");
    assert_eq!(bought.got(), [""; 0]);
}

#[test]
fn price_drop_tells_of_a_product_on_either_list_once() {
    let shop = only(&["price_drop"]);
    let mut shopper = Shopper::of(&shop);
    shopper.signs("2026-03-02 10:00", InterestKind::Favourite, "POT-STONE");
    shopper.signs("2026-03-02 10:00", InterestKind::BackInStock, "POT-STONE");
    shopper
        .product("2026-03-20 10:00", |sign| sign.cheaper_at = Some(at("2026-03-20 10:00")))
        .until("2026-03-20 20:00");
    assert_eq!(shopper.got(), ["2026-03-20 10:00 price_drop"]);
}
