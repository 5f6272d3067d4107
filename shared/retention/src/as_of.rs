//! One customer's life as it was known at a moment: what a plan for that moment begins with.

use crate::aggregates::Aggregates;
use crate::consent::{Consent, Statement};
use crate::customer::{Customer, RecentLetter, limits};
use crate::event::{Entity, Event, Person};
use crate::flow::Class;
use crate::fold::pass;
use crate::ids::SourceName;
use crate::order::Order;
use crate::record::{Recorded, record};
use crate::send::{Outcome, Send};
use crate::shop::Shop;
use crate::simulate::Life;
use crate::time::Time;

/// Rebuilds a customer out of rows that existed at `at`: orders placed, statements made and letters marked by then.
///
/// An order counts as known from the time it was placed, and a cancellation from its own time; for the rest an order
/// stands as it is stored. Letters on their way at `at` are taken for letters that left.
pub fn as_of<'a>(
    profile: &Customer,
    orders: &[Order],
    proofs: &[Statement],
    sends: &[Send],
    (shop, aggregates): (&'a Shop, &'a Aggregates),
    at: Time,
) -> Life<'a> {
    let mut customer = profile.clone();
    customer.order_count = 0;
    customer.consent = Consent::default();
    customer.orders.clear();
    customer.first_order_at = None;
    customer.news.clear();
    customer.carts.retain(|cart| cart.at <= at);
    customer.interests.retain(|sign| sign.at <= at);
    for sign in &mut customer.interests {
        sign.back_at = sign.back_at.filter(|back| *back <= at);
        sign.cheaper_at = sign.cheaper_at.filter(|cheaper| *cheaper <= at);
    }
    customer.reviews.retain(|review| review.at <= at);
    customer.answers.retain(|answer| answer.at <= at);
    customer.clicks.retain(|click| *click <= at);
    customer.account_since = customer.account_since.filter(|since| *since <= at);
    customer.products.clear();
    customer.spent.clear();
    customer.standings.clear();
    customer.last_letters.clear();
    customer.recent.clear();
    customer.open = None;
    customer.frozen_until = None;
    customer.next_look = None;
    let mut proofs: Vec<&Statement> = proofs.iter().filter(|p| p.act_at.unwrap_or(p.heard_at) <= at).collect();
    proofs.sort_by_key(|p| p.heard_at);
    for proof in proofs {
        customer.consent.hear(proof);
    }
    let mut known: Vec<Order> = orders.iter().filter(|order| order.placed_at <= at).cloned().collect();
    known.sort_by(|a, b| a.placed_at.cmp(&b.placed_at).then_with(|| a.id.cmp(&b.id)));
    for mut order in known {
        order.cancelled_at = order.cancelled_at.filter(|cancelled| *cancelled <= at);
        order.fulfilled_at = order.fulfilled_at.filter(|fulfilled| *fulfilled <= at);
        order.after = order.after.until(at);
        customer = with_order(customer, order);
    }
    // An order tells of its newest version, not of the one with which the money went back.
    customer.frozen_until = customer.frozen_until.min(profile.frozen_until);
    for coupon in &mut customer.coupons {
        coupon.used_at = coupon.used_at.filter(|used| *used <= at);
    }
    customer.coupons.retain(|coupon| coupon.given_at <= at);
    let mut ledger: Vec<Send> = sends.iter().filter(|send| send.created_at <= at).cloned().collect();
    ledger.sort_by(|a, b| a.ended_at().cmp(&b.ended_at()).then_with(|| a.id.cmp(&b.id)));
    for send in &mut ledger {
        send.due_at = None;
        replay(&mut customer, send);
    }
    let extra = customer.recent.len().saturating_sub(limits::RECENT);
    customer.recent.drain(..extra);
    Life::new(shop, aggregates, customer, ledger)
}

fn replay(customer: &mut Customer, send: &Send) {
    match send.state.outcome() {
        Outcome::Yielded => {}
        Outcome::NoLetter => pass(customer, send, send.ended_at(), send.reason.filter(|r| r.ends_flow())),
        Outcome::Open | Outcome::MayHaveReached => {
            pass(customer, send, send.ended_at(), None);
            if send.class == Class::Marketing {
                customer.recent.push(RecentLetter {
                    send: send.id.clone(),
                    flow: send.flow.clone(),
                    at: send.ended_at(),
                    kind: send.kind,
                });
            }
        }
    }
}

fn with_order(customer: Customer, order: Order) -> Customer {
    let Some(source) = order.id.as_str().split(':').next().and_then(|name| SourceName::parse(name).ok()) else {
        return customer;
    };
    let event = Event { person: Person::at(source), statements: Vec::new(), entity: Entity::Order(Box::new(order)) };
    match record(&customer, None, &event) {
        Recorded::Changed(change) => change.customer,
        Recorded::Already | Recorded::Older => customer,
    }
}
