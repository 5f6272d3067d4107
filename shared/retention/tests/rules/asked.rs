//! Marketing goes to those who said yes, and an order says nothing. So no law that lets an order stand for a yes for some time,
//! as Canada's does for 24 months, has anything here that could run out.

use retention::aggregates::Aggregates;
use retention::consent::Said;
use retention::flow::Class;
use retention::zones::Country;

use crate::world::*;

/// A shop in which every flow is on.
fn every_flow() -> retention::Shop {
    let mut flows = every_other_trigger();
    flows.extend([order_status(), first_order(), replenish(), winback(), birthday()]);
    shop_of(flows)
}

/// Somebody in Canada who buys twice, within a month, and what left for them in four years.
fn buys_in_canada(said: &[retention::consent::Statement]) -> Vec<retention::Send> {
    let (shop, aggregates) = (every_flow(), Aggregates::default());
    let mut customer = born(subscribed(at("2026-03-01")), "1990-06-01");
    customer.consent = retention::consent::Consent::default();
    customer.country = Country::parse("CA").ok();
    for statement in said {
        customer.consent.hear(statement);
    }
    let mut life = life(&shop, &aggregates, customer);
    let mut left = Vec::new();
    for (id, day) in [("1", "2026-03-02 15:00"), ("2", "2026-04-02 15:00")] {
        let order = order(id, at(day), &[("SOAP", 1), ("BALM", 1)]);
        left.extend(life.until(order.placed_at));
        arrives(&mut life, &order, order.placed_at);
    }
    left.extend(life.until(at("2030-04-02")));
    left
}

#[test]
fn somebody_in_canada_who_only_bought_gets_no_marketing_neither_within_24_months_of_it_nor_after() {
    let mut without_time = statement(Said::Subscribed, at("2026-03-02"));
    without_time.act_at = None;
    for said in [vec![], vec![without_time], vec![statement(Said::Pending, at("2026-03-02"))]] {
        let left = buys_in_canada(&said);
        assert!(!left.is_empty(), "the orders are confirmed");
        assert!(left.iter().all(|send| send.class == Class::Transactional), "{said:?}: {:?}", letters(&left));
    }
}

#[test]
fn somebody_in_canada_who_said_yes_has_said_it_without_an_end() {
    let left = buys_in_canada(&[statement(Said::Subscribed, at("2026-03-01"))]);
    let marketing = |from: &str, to: &str| {
        let within = |send: &&retention::Send| (at(from)..at(to)).contains(&send.ended_at());
        left.iter().filter(within).filter(|send| send.class == Class::Marketing).count()
    };
    assert!(marketing("2026-03-01", "2028-04-02") > 0, "{:?}", letters(&left));
    let left_no = buys_in_canada(&[
        statement(Said::Subscribed, at("2026-03-01")),
        statement(Said::Unsubscribed, at("2026-03-01")),
    ]);
    assert!(left_no.iter().all(|send| send.class == Class::Transactional), "and a no ends it");
}
