//! A shop and its people, for the tests of the rules.

use chrono::TimeDelta;
use chrono_tz::Tz;
use retention::after_sale::AfterSales;
use retention::aggregates::Aggregates;
use retention::birthday::{Birthday, LeapDay};
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::flow::{
    Anchor, AtRisk, Class, Cooldown, Exit, Flow, Hour, Kind, Lapse, Referral, Replenish, StaleAfter, Status, Step,
    Sunset, Trigger, Wait,
};
use retention::ids::{CustomerId, FlowName, LetterName, OrderId, ProductKey, SourceName, StepId};
use retention::life::Life;
use retention::money::{Currency, Money};
use retention::order::{Line, Order, Parts, Payment, Stamp};
use retention::record::{Recorded, record};
use retention::shop::{GAP, Hours, Limits, Sending, Shop, Source, SourceKind, TRANSIT, Tier, WEEKLY_CAP};
use retention::{Customer, EmailAddress, Send, Time};

pub(crate) fn at(text: &str) -> Time {
    let full = if text.len() == 10 { format!("{text}T12:00:00Z") } else { format!("{}:00Z", text.replace(' ', "T")) };
    full.parse().expect("a time")
}

pub(crate) fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

pub(crate) fn name(text: &str) -> FlowName {
    FlowName::parse(text).expect("a name")
}

pub(crate) fn source() -> SourceName {
    SourceName::parse("shopify").expect("a name")
}

pub(crate) fn euro(minor: i64) -> Money {
    Money { minor, currency: Currency::parse("EUR").expect("a currency") }
}

pub(crate) fn step(id: &str, kind: Kind, wait: Wait) -> Step {
    Step {
        id: StepId::parse(id).expect("a name"),
        letter: LetterName::parse(id).expect("a name"),
        kind,
        of: None,
        after: Anchor::Trigger,
        wait,
        at: None,
        days: None,
        stale_after: None,
        coupon: None,
        while_coupon_unused: false,
        only_if: None,
        variants: Vec::new(),
    }
}

pub(crate) fn flow(flow_name: &str, priority: u8, trigger: Trigger, steps: Vec<Step>) -> Flow {
    Flow {
        name: name(flow_name),
        enabled: true,
        class: Class::Marketing,
        priority,
        trigger,
        cooldown: None,
        exit: Vec::new(),
        excludes: Vec::new(),
        only_if: None,
        holdout: 0,
        steps,
    }
}

pub(crate) fn order_status() -> Flow {
    let of =
        |status: Status| Step { of: Some(status), ..step(status.name(), Kind::Useful, Wait::For(TimeDelta::zero())) };
    let steps = Status::ALL.map(of).to_vec();
    Flow { class: Class::Transactional, ..flow("order_status", 100, Trigger::OrderStatus, steps) }
}

pub(crate) fn first_order() -> Flow {
    let steps = vec![step("thanks", Kind::Useful, Wait::For(days(1)))];
    Flow { exit: vec![Exit::Order, Exit::Refund], ..flow("first_order", 65, Trigger::FirstOrder, steps) }
}

pub(crate) fn replenish() -> Flow {
    let trigger = Trigger::Replenish(Replenish { lead: days(30), lead_at_most_percent: 25 });
    let steps = vec![step("soon", Kind::Useful, Wait::Lead), step("late", Kind::Useful, Wait::Cycle(25))];
    flow("replenish", 80, trigger, steps)
}

pub(crate) fn winback() -> Flow {
    let lapse = Lapse { gaps: 2, min: days(60), max: days(180), unknown: days(180) };
    let then = |id: &str, kind| Step {
        after: Anchor::Previous,
        stale_after: Some(StaleAfter::For(days(7))),
        ..step(id, kind, Wait::For(days(14)))
    };
    let first = Step {
        stale_after: Some(StaleAfter::For(days(7))),
        ..step("best-sellers", Kind::Useful, Wait::For(TimeDelta::zero()))
    };
    Flow {
        cooldown: Some(Cooldown::Lapse),
        exit: vec![Exit::Order],
        excludes: vec![name("replenish")],
        ..flow(
            "winback",
            28,
            Trigger::Lapsed(lapse),
            vec![first, then("discount", Kind::Promotional), then("last", Kind::Promotional)],
        )
    }
}

pub(crate) fn birthday() -> Flow {
    let nine = chrono::NaiveTime::from_hms_opt(9, 0, 0).map(Hour::Fixed);
    let day = |id: &str, wait: i64| Step { at: nine, ..step(id, Kind::Promotional, Wait::For(days(wait))) };
    Flow {
        cooldown: Some(Cooldown::For(days(330))),
        ..flow("birthday", 60, Trigger::Birthday(LeapDay::February28), vec![day("soon", -3), day("day", 0)])
    }
}

/// A flow for every other trigger, with the exits that fit it.
pub(crate) fn every_other_trigger() -> Vec<Flow> {
    let hours = |count| Wait::For(TimeDelta::hours(count));
    let useful = |wait: &[i64]| -> Vec<Step> {
        wait.iter().enumerate().map(|(n, hour)| step(&format!("u{n}"), Kind::Useful, hours(*hour))).collect()
    };
    let selling = |wait: &[i64]| -> Vec<Step> {
        wait.iter().enumerate().map(|(n, hour)| step(&format!("s{n}"), Kind::Promotional, hours(*hour))).collect()
    };
    let with = |flow: Flow, cooldown: i64, exit: &[Exit]| Flow {
        cooldown: Some(Cooldown::For(days(cooldown))),
        exit: exit.to_vec(),
        ..flow
    };
    let lists = Sunset { letters: 4, within: days(180), no_order: days(60) };
    let nine = chrono::NaiveTime::from_hms_opt(9, 0, 0).map(Hour::Fixed);
    let yearly = vec![Step { at: nine, ..step("day", Kind::Useful, hours(0)) }];
    vec![
        with(flow("cart", 90, Trigger::Cart, selling(&[4, 20, 48])), 7, &[Exit::Order]),
        with(flow("browse", 20, Trigger::Browse, useful(&[4, 24])), 21, &[Exit::Cart, Exit::Order]),
        with(flow("wishlist", 46, Trigger::Favourite, selling(&[72])), 30, &[Exit::Bought]),
        with(flow("care", 75, Trigger::Delivered { needs_care: true }, useful(&[72])), 1, &[Exit::Refund]),
        with(flow("review", 55, Trigger::Delivered { needs_care: false }, useful(&[168, 336])), 5, &[Exit::Review]),
        Flow { holdout: 40, ..with(flow("survey", 50, Trigger::Survey, useful(&[336])), 30, &[Exit::Answered]) },
        with(flow("cross-sell", 44, Trigger::Fulfilled, selling(&[240])), 5, &[Exit::Bought]),
        with(flow("second-order", 42, Trigger::OneOrder(days(30)), selling(&[0])), 5, &[Exit::Order]),
        with(flow("loyal", 38, Trigger::OrderCount(vec![2, 5]), useful(&[24])), 5, &[]),
        with(
            flow("at-risk", 30, Trigger::AtRisk(AtRisk { gap_percent: 150, min: days(7) }), useful(&[0])),
            60,
            &[Exit::Order],
        ),
        with(flow("anniversary", 32, Trigger::Anniversary(days(730)), yearly), 300, &[]),
        with(flow("vip", 40, Trigger::Tier, useful(&[24])), 365, &[]),
        with(flow("tier-near", 34, Trigger::TierNear(50), selling(&[0])), 90, &[]),
        with(flow("referral", 36, Trigger::Referral(Referral { stars: 4, orders: 3 }), selling(&[48])), 90, &[]),
        with(flow("back", 85, Trigger::BackInStock, useful(&[0])), 1, &[Exit::Bought]),
        with(flow("cheaper", 48, Trigger::PriceDrop, selling(&[0])), 1, &[Exit::Bought]),
        with(flow("welcome", 66, Trigger::Subscribed, useful(&[0, 48])), 1, &[Exit::Order]),
        with(flow("account", 68, Trigger::GuestOrder, useful(&[24])), 1, &[Exit::Account]),
        with(flow("sunset", 10, Trigger::Sunset(lists), useful(&[0, 168])), 365, &[Exit::Click, Exit::Order]),
    ]
}

pub(crate) fn shop_of(mut flows: Vec<Flow>) -> Shop {
    flows.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.name.cmp(&b.name)));
    let hour = |h| chrono::NaiveTime::from_hms_opt(h, 0, 0).expect("an hour");
    Shop {
        zone: Tz::Europe__Warsaw,
        currency: euro(0).currency,
        sources: vec![Source { name: source(), kind: SourceKind::Shopify, store: None, sends_own: [].into() }],
        limits: Limits { gap: GAP, weekly_cap: WEEKLY_CAP, day: Hours { from: hour(8), to: hour(21) } },
        flows,
        topics: Vec::new(),
        double_opt_in: false,
        offers: [].into(),
        days_of_supply: [(ProductKey::new("SOAP"), 40), (ProductKey::new("BALM"), 44)].into(),
        categories: [].into(),
        care: [ProductKey::new("SOAP")].into(),
        segments: [].into(),
        tiers: vec![Tier { name: "silver".to_owned(), from_minor: 4_000 }],
        rates: [].into(),
        transit: TRANSIT,
        sending: Sending::default(),
        revision: "r1".to_owned(),
    }
}

pub(crate) fn shop() -> Shop {
    shop_of(vec![order_status(), first_order(), replenish(), winback(), birthday()])
}

/// A person at the storefront, who said yes at `since`.
pub(crate) fn subscribed(since: Time) -> Customer {
    let mut customer = Customer::new(CustomerId::derive("someone", since), since);
    customer.email = EmailAddress::parse("someone@example.com").ok();
    customer.consent.hear(&statement(Said::Subscribed, since));
    customer
}

pub(crate) fn statement(said: Said, act: Time) -> Statement {
    Statement {
        said,
        by: By::Storefront(source()),
        act_at: Some(act),
        heard_at: act,
        wording: String::new(),
        confirmed: false,
    }
}

pub(crate) fn born(mut customer: Customer, day: &str) -> Customer {
    customer.birthday = Birthday::parse(day).ok();
    customer
}

pub(crate) fn order(id: &str, placed_at: Time, lines: &[(&str, i64)]) -> Order {
    let line = |(sku, quantity): &(&str, i64)| Line {
        product: ProductKey::new(sku),
        title: (*sku).to_owned(),
        variant: None,
        quantity: *quantity,
        unit_minor: 1000,
    };
    Order {
        id: OrderId::new(&source(), id),
        number: format!("#{id}"),
        placed_at,
        stamp: Stamp { at: placed_at, rank: 2, hash: id.to_owned() },
        payment: Payment::Paid,
        cancelled_at: None,
        test: false,
        total: euro(lines.iter().map(|(_, quantity)| quantity * 1000).sum()),
        parts: Parts::default(),
        refunded_minor: 0,
        after: AfterSales::default(),
        cart: None,
        lines: lines.iter().map(line).collect(),
        fulfilled_at: None,
        codes: Vec::new(),
        history: None,
    }
}

pub(crate) fn event(order: &Order) -> Event {
    Event { person: Person::at(source()), statements: Vec::new(), entity: Entity::Order(Box::new(order.clone())) }
}

/// The customer after an order arrived.
pub(crate) fn after(customer: &Customer, stored: Option<&Order>, order: &Order) -> Customer {
    match record(customer, stored, &event(order)) {
        Recorded::Changed(change) => change.customer,
        other => panic!("nothing changed: {other:?}"),
    }
}

pub(crate) fn life<'a>(shop: &'a Shop, aggregates: &'a Aggregates, customer: Customer) -> Life<'a> {
    Life::new(shop, aggregates, customer, Vec::new())
}

/// Takes an order in as intake does: record, then decide at once.
pub(crate) fn arrives(life: &mut Life<'_>, order: &Order, now: Time) {
    life.customer = after(&life.customer, None, order);
    life.look(now);
}

/// `flow/step` and the day, of every letter.
pub(crate) fn letters(sends: &[Send]) -> Vec<String> {
    let line = |s: &Send| format!("{} {}/{}", s.ended_at().format("%Y-%m-%d %H:%M"), s.flow, s.step);
    sends.iter().map(line).collect()
}
