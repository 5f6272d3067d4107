//! The defaults that ship with the product, each by name: an edit of one is seen here.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use chrono::TimeDelta;
use retention::birthday::LeapDay;
use retention::flow::{
    Anchor, AtRisk, Class, Cooldown, Exit, Flow, Hour, Kind, Lapse, Referral, Replenish, StaleAfter, Step, Sunset,
    Trigger, Wait,
};
use retention::shop::Gives;
use retention::time::days;
use shop::Tree;

/// One flow as a person reads it. A step is: id, kind, what its wait counts from where that is not the trigger, wait, and
/// what it has besides.
struct Shipped {
    flow: &'static str,
    /// On or off, class, priority.
    rule: &'static str,
    cooldown: &'static str,
    exit: &'static str,
    steps: &'static [&'static str],
}

const fn on(
    flow: &'static str,
    rule: &'static str,
    cooldown: &'static str,
    exit: &'static str,
    steps: &'static [&'static str],
) -> Shipped {
    Shipped { flow, rule, cooldown, exit, steps }
}

/// Every flow, the highest priority first.
const DEFAULTS: [Shipped; 28] = [
    on(
        "order_status",
        "on transactional 100",
        "",
        "",
        &[
            "confirmed useful 0d of confirmed",
            "shipped useful 0d of shipped",
            "delayed useful 0d of delayed",
            "delivered useful 0d of delivered",
            "cancelled useful 0d of cancelled",
            "refunded useful 0d of refunded",
            "return_requested useful 0d of return_requested",
            "return_received useful 0d of return_received",
        ],
    ),
    on("sign_up", "on transactional 100", "", "", &["confirm useful 0d"]),
    on("your_data", "on transactional 100", "", "", &["link useful 0d"]),
    on(
        "cart",
        "on marketing 90",
        "7d",
        "order",
        &[
            "kept useful 4h stale 1d",
            "help promotional 20h stale 1d",
            "shipping promotional 2d coupon cart_shipping stale 1d",
        ],
    ),
    on("back_in_stock", "on marketing 85", "", "bought", &["back useful 0d", "still-here promotional previous + 2d"]),
    on("replenish", "on marketing 80", "", "", &["soon useful -lead", "late promotional 25% cycle"]),
    on("care", "on marketing 75", "", "refund", &["care useful 3d"]),
    on("checkin", "on marketing 70", "180d", "refund", &["all-well useful 5d"]),
    on(
        "account_invite",
        "on marketing 68",
        "",
        "account",
        &["invite useful 1d", "reminder promotional 14d coupon account5"],
    ),
    on(
        "welcome",
        "on marketing 66",
        "",
        "order",
        &["hello useful 0d", "choosing useful 2d", "favourites promotional 4d"],
    ),
    on(
        "first_order",
        "on marketing 65",
        "",
        "order, refund",
        &["thanks useful 1d", "goes-with promotional delivered + 14d"],
    ),
    on("coupon_expiry", "on marketing 62", "", "redeemed", &["ends promotional -1d stale 20h"]),
    on(
        "birthday",
        "on marketing 60",
        "330d",
        "redeemed",
        &[
            "early promotional -3d at 09:00 coupon birthday15 stale today",
            "day useful 0d at 09:00 coupon birthday15 stale today",
            "reminder promotional 7d at 09:00 coupon birthday15 unused stale today",
        ],
    ),
    on("review", "on marketing 55", "", "review, refund", &["first useful 7d", "again useful 14d"]),
    on("survey", "on marketing 50", "180d", "answered", &["question useful 14d"]),
    on("price_drop", "on marketing 48", "", "bought", &["less useful 0d", "still-less promotional previous + 2d"]),
    on("wishlist", "on marketing 46", "30d", "bought", &["favourite promotional 3d coupon wishlist10"]),
    on("cross_sell", "on marketing 44", "", "bought", &["goes-with promotional 10d"]),
    on("second_order", "on marketing 42", "", "order", &["again promotional 0d"]),
    on("vip", "on marketing 40", "365d", "", &["reached useful 1d"]),
    on("loyal", "on marketing 38", "", "", &["thanks useful 1d"]),
    on("referral", "on marketing 36", "180d", "", &["friend promotional 2d coupon referral10"]),
    on("tier_near", "on marketing 34", "90d", "", &["near promotional 0d"]),
    on("anniversary", "on marketing 32", "", "", &["day useful 0d at 09:00"]),
    on("at_risk", "on marketing 30", "180d", "order", &["all-right useful 0d"]),
    on(
        "winback",
        "on marketing 28",
        "L",
        "order",
        &[
            "best-sellers useful 0d stale 7d",
            "ten-percent promotional previous + 14d coupon winback10 stale 7d",
            "last promotional previous + 14d coupon winback10 stale 7d",
        ],
    ),
    on("browse", "off marketing 20", "21d", "cart, order", &["questions useful 4h", "others promotional 1d"]),
    on("sunset", "on marketing 10", "365d", "click, order", &["go-on useful 0d", "last useful previous + 7d"]),
];

fn tree() -> Tree {
    shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("templates")).unwrap()
}

#[test]
fn every_flow_ships_with_the_defaults_of_the_table() {
    let tree = tree();
    let names: Vec<&str> = tree.shop.flows.iter().map(|flow| flow.name.as_str()).collect();
    assert_eq!(names, DEFAULTS.map(|default| default.flow), "the highest priority first");
    for (flow, default) in tree.shop.flows.iter().zip(&DEFAULTS) {
        let name = default.flow;
        assert_eq!(rule(flow), default.rule, "{name}");
        assert_eq!(cooldown(flow), default.cooldown, "{name}: cooldown");
        assert_eq!(flow.exit.iter().copied().map(exit).collect::<Vec<_>>().join(", "), default.exit, "{name}: exit");
        assert_eq!(flow.steps.iter().map(step).collect::<Vec<_>>(), default.steps, "{name}: steps");
        assert_eq!(flow.holdout, 0, "{name}: nobody is held out unless the shop says so");
        assert!(flow.steps.iter().all(|step| step.days.is_none() && step.variants.is_empty()), "{name}");
    }
}

#[test]
fn every_trigger_ships_with_the_numbers_of_the_table() {
    let tree = tree();
    let trigger = |name: &str| tree.shop.flows.iter().find(|flow| flow.name.as_str() == name).unwrap().trigger.clone();
    let plain = [
        ("order_status", Trigger::OrderStatus),
        ("sign_up", Trigger::SignUp),
        ("your_data", Trigger::DataRequest),
        ("cart", Trigger::Cart),
        ("back_in_stock", Trigger::BackInStock),
        ("account_invite", Trigger::GuestOrder),
        ("welcome", Trigger::Subscribed),
        ("first_order", Trigger::FirstOrder),
        ("coupon_expiry", Trigger::CouponExpiring),
        ("survey", Trigger::Survey),
        ("price_drop", Trigger::PriceDrop),
        ("wishlist", Trigger::Favourite),
        ("cross_sell", Trigger::Fulfilled),
        ("vip", Trigger::Tier),
        ("browse", Trigger::Browse),
        ("checkin", Trigger::Delivered { needs_care: false }),
        ("review", Trigger::Delivered { needs_care: false }),
    ];
    let with_numbers = [
        ("care", Trigger::Delivered { needs_care: true }),
        ("loyal", Trigger::OrderCount(vec![2, 5, 10])),
        ("second_order", Trigger::OneOrder(days(30))),
        ("replenish", Trigger::Replenish(Replenish { lead: days(30), lead_at_most_percent: 25 })),
        ("at_risk", Trigger::AtRisk(AtRisk { gap_percent: 150, min: days(14) })),
        ("winback", Trigger::Lapsed(Lapse { gaps: 2, min: days(60), max: days(180), unknown: days(180) })),
        ("birthday", Trigger::Birthday(LeapDay::February28)),
        ("anniversary", Trigger::Anniversary(days(730))),
        ("tier_near", Trigger::TierNear(10)),
        ("referral", Trigger::Referral(Referral { stars: 4, orders: 3 })),
        ("sunset", Trigger::Sunset(Sunset { letters: 10, within: days(180), no_order: days(365) })),
    ];
    assert_eq!(plain.len() + with_numbers.len(), DEFAULTS.len());
    for (flow, expected) in plain.into_iter().chain(with_numbers) {
        assert_eq!(trigger(flow), expected, "{flow}");
    }
}

#[test]
fn the_offers_of_the_flows_are_worth_what_their_letters_say() {
    let tree = tree();
    let offers: Vec<(&str, Gives, i64)> =
        tree.shop.offers.iter().map(|(name, offer)| (name.as_str(), offer.gives, offer.valid.num_days())).collect();
    let expected = [
        ("account5", Gives::Percent(5), 30),
        ("birthday15", Gives::Percent(15), 21),
        ("cart_shipping", Gives::FreeShipping, 3),
        ("referral10", Gives::Percent(10), 60),
        ("winback10", Gives::Percent(10), 30),
        ("wishlist10", Gives::Percent(10), 14),
    ];
    assert_eq!(offers, expected);
    let tiers: Vec<(&str, i64)> = tree.shop.tiers.iter().map(|tier| (tier.name.as_str(), tier.from_minor)).collect();
    assert_eq!(tiers, [("bronze", 12_000), ("silver", 25_000), ("gold", 50_000)]);
    assert_eq!(tree.shop.transit, days(4));
    assert_eq!((tree.shop.care.len(), tree.shop.categories.len(), tree.shop.segments.len()), (7, 7, 6));
}

#[test]
fn every_letter_of_a_flow_is_the_letter_of_a_step() {
    let tree = tree();
    for (flow, folder) in &tree.letters.flows {
        let steps = &tree.shop.flow(flow).unwrap().steps;
        for letter in folder.letters.keys() {
            assert!(steps.iter().any(|step| &step.letter == letter), "{flow}/{letter}");
        }
    }
}

#[test]
fn conditions_stand_where_the_table_has_them() {
    let tree = tree();
    let with: Vec<&str> =
        tree.shop.flows.iter().filter(|flow| flow.only_if.is_some()).map(|flow| flow.name.as_str()).collect();
    assert_eq!(with, ["checkin"]);
    assert!(tree.shop.flows.iter().flat_map(|flow| &flow.steps).all(|step| step.only_if.is_none()));
    let excludes: Vec<String> =
        tree.shop.flows.iter().flat_map(|f| f.excludes.iter().map(|other| format!("{} {other}", f.name))).collect();
    assert_eq!(excludes, ["winback replenish"]);
}

fn rule(flow: &Flow) -> String {
    let enabled = if flow.enabled { "on" } else { "off" };
    let class = match flow.class {
        Class::Transactional => "transactional",
        Class::Marketing => "marketing",
    };
    format!("{enabled} {class} {}", flow.priority)
}

fn cooldown(flow: &Flow) -> String {
    match flow.cooldown {
        None => String::new(),
        Some(Cooldown::Lapse) => "L".to_owned(),
        Some(Cooldown::For(time)) => span(time),
    }
}

fn exit(exit: Exit) -> &'static str {
    match exit {
        Exit::Order => "order",
        Exit::Refund => "refund",
        Exit::Bought => "bought",
        Exit::Account => "account",
        Exit::Cart => "cart",
        Exit::Review => "review",
        Exit::Answered => "answered",
        Exit::Redeemed => "redeemed",
        Exit::Click => "click",
    }
}

fn step(step: &Step) -> String {
    let kind = match step.kind {
        Kind::Promotional => "promotional",
        Kind::Useful => "useful",
    };
    let after = match step.after {
        Anchor::Trigger => "",
        Anchor::Previous => "previous + ",
        Anchor::Delivered => "delivered + ",
        Anchor::Shipped => "shipped + ",
        Anchor::Fulfilled => "fulfilled + ",
    };
    let wait = match step.wait {
        Wait::For(time) => span(time),
        Wait::Lead => "-lead".to_owned(),
        Wait::Cycle(percent) => format!("{percent}% cycle"),
    };
    let mut text = format!("{} {kind} {after}{wait}", step.id);
    let at = step.at.map(|hour| match hour {
        Hour::Fixed(time) => format!(" at {}", time.format("%H:%M")),
        Hour::Best(time) => format!(" at best, else {}", time.format("%H:%M")),
    });
    let stale = step.stale_after.map(|stale| match stale {
        StaleAfter::For(time) => format!(" stale {}", span(time)),
        StaleAfter::EndOfDay => " stale today".to_owned(),
    });
    text.extend(step.of.map(|status| format!(" of {}", status.name())));
    text.extend(at);
    text.extend(step.coupon.as_ref().map(|offer| format!(" coupon {offer}")));
    text.extend(step.while_coupon_unused.then_some(" unused".to_owned()));
    text.extend(stale);
    text
}

/// In days where it is whole days, else in hours.
fn span(time: TimeDelta) -> String {
    if time.num_hours() % 24 == 0 { format!("{}d", time.num_days()) } else { format!("{}h", time.num_hours()) }
}
