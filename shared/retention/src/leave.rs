//! The shop leaves a storefront: what is known from there is erased, and nothing else.

use crate::customer::Customer;
use crate::ids::{OrderId, SourceName};
use crate::order::Order;
use crate::record::forget_order;

/// How many orders one write forgets: a transaction holds 100 items, and an order may lie under former ids too.
const AT_ONCE: usize = 5;

/// What leaving a storefront means for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// Nothing: the person was never there.
    Untouched,
    /// The person is known from there alone, and is to be erased.
    Erase,
    /// What came from there is to be forgotten; the rest of the person stays. Ask again afterwards: it takes as many orders
    /// as one write can.
    Forget {
        /// The customer without it.
        customer: Box<Customer>,
        /// The orders to delete, in the write of the customer, so that none is taken out twice.
        orders: Vec<OrderId>,
    },
}

/// What leaving `source` means for a customer with these orders.
pub fn leave(customer: &Customer, orders: &[Order], source: &SourceName) -> Leave {
    if customer.erased_at.is_some() {
        return Leave::Untouched;
    }
    let (from, elsewhere): (Vec<&Order>, Vec<&Order>) = orders.iter().partition(|order| order.id.is_of(source));
    let there = customer.storefront_ids.iter().any(|id| &id.source == source);
    let carts = customer.carts.iter().any(|cart| cart.id.is_of(source));
    if from.is_empty() && !there && !carts {
        return Leave::Untouched;
    }
    let elsewhere = !elsewhere.is_empty() || customer.storefront_ids.iter().any(|id| &id.source != source);
    if !elsewhere {
        return Leave::Erase;
    }
    let mut left = customer.clone();
    let now: Vec<&Order> = from.iter().copied().take(AT_ONCE).collect();
    for order in &now {
        forget_order(&mut left, order);
    }
    left.storefront_ids.retain(|id| &id.source != source);
    left.carts.retain(|cart| !cart.id.is_of(source));
    left.news.retain(|news| !news.order.is_of(source));
    Leave::Forget { customer: Box::new(left), orders: now.iter().map(|order| order.id.clone()).collect() }
}
