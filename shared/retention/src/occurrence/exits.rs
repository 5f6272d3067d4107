//! What ends a flow on an occasion, once it has begun.

use super::Occurrence;
use crate::customer::Customer;
use crate::flow::{Exit, Flow};
use crate::reason::Reason;
use crate::send::About;

pub(super) fn exit(flow: &Flow, customer: &Customer, occurrence: &Occurrence) -> Option<Reason> {
    let since = occurrence.since;
    let refunded = || {
        let order = occurrence.order.as_ref();
        customer.orders.iter().any(|o| Some(&o.id) == order && o.refunded)
    };
    let bought = || match &occurrence.about {
        Some(About::Product(product)) => customer.bought_since(product, since),
        _ => customer.ordered_since(since),
    };
    let reviewed = || {
        let order = occurrence.order.as_ref();
        let of_order = |subject: &str| {
            order.is_none_or(|order| customer.products_of(order).any(|product| product.as_str() == subject))
        };
        customer.reviews.iter().any(|review| review.at > since && of_order(&review.subject))
    };
    let redeemed = || {
        let given = match &occurrence.about {
            Some(About::Coupon(occasion)) => occasion,
            _ => &occurrence.occasion,
        };
        customer.coupons.iter().any(|coupon| &coupon.occasion == given && coupon.used_at.is_some())
    };
    flow.exit.iter().find_map(|exit| match exit {
        Exit::Order => customer.ordered_since(since).then_some(Reason::Bought),
        Exit::Bought => bought().then_some(Reason::Bought),
        Exit::Refund => refunded().then_some(Reason::Exited),
        Exit::Account => customer.account_since.is_some().then_some(Reason::Exited),
        Exit::Cart => customer.carts.iter().any(|cart| cart.at > since).then_some(Reason::Exited),
        Exit::Review => reviewed().then_some(Reason::Exited),
        Exit::Answered => customer.answers.iter().any(|answer| answer.at > since).then_some(Reason::Exited),
        Exit::Redeemed => redeemed().then_some(Reason::Exited),
        Exit::Click => customer.clicks.first().is_some_and(|at| *at > since).then_some(Reason::Exited),
    })
}
