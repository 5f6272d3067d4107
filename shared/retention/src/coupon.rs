//! The coupon that a letter carries: one for each person, offer and occasion.

use crate::customer::{Coupon, Customer, limits};
use crate::send::Send;
use crate::shop::Shop;
use crate::time::Time;

/// Whether a letter carries a coupon, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It carries none.
    None,
    /// The person holds it already.
    Held(Coupon),
    /// It is given now: this is the customer with it.
    Now(Box<Customer>),
}

/// The coupon of a letter. It is given before the letter is marked, so that a second attempt finds the same one.
pub fn give(customer: &Customer, send: &Send, shop: &Shop, now: Time) -> Given {
    let step = shop.flow(&send.flow).and_then(|flow| flow.step(&send.step));
    let offer = step.and_then(|step| step.coupon.as_ref()).and_then(|name| shop.offers.get_key_value(name));
    let Some((name, offer)) = offer else { return Given::None };
    if let Some(held) = customer.coupons.iter().find(|c| &c.offer == name && c.occasion == send.occasion) {
        return Given::Held(held.clone());
    }
    let mut customer = customer.clone();
    customer.coupons.push(Coupon {
        offer: name.clone(),
        code: offer.code.clone(),
        occasion: send.occasion.clone(),
        given_at: now,
        used_at: None,
    });
    let extra = customer.coupons.len().saturating_sub(limits::COUPONS);
    customer.coupons.drain(..extra);
    Given::Now(Box::new(customer))
}
