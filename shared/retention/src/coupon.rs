//! The coupon that a letter carries: one for each person, offer and occasion.

use crate::customer::{Coupon, Customer, limits};
use crate::ids::OfferName;
use crate::send::Send;
use crate::shop::{Offer, Shop, Supply};
use crate::time::{Time, later};

/// Whether a letter carries a coupon, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It carries none.
    None,
    /// The person holds it already.
    Held(Coupon),
    /// It is given now: this is the customer with it.
    Now(Box<Customer>),
    /// A code of this offer's pool is to be taken, and given with [`with_code`].
    OfPool(OfferName),
}

/// The coupon of a letter. It is given before the letter is marked, so that a second attempt finds the same one.
///
/// Where each code is given once, a person who holds an unused one of the offer that is still good gets it again, for the
/// new occasion: good from now on as any other.
pub fn give(customer: &Customer, send: &Send, shop: &Shop, now: Time) -> Given {
    let step = shop.flow(&send.flow).and_then(|flow| flow.step(&send.step));
    let offer = step.and_then(|step| step.coupon.as_ref()).and_then(|name| shop.offers.get_key_value(name));
    let Some((name, offer)) = offer else { return Given::None };
    let of_offer = || customer.coupons.iter().filter(|held| &held.offer == name);
    if let Some(held) = of_offer().find(|held| held.occasion == send.occasion) {
        return Given::Held(held.clone());
    }
    let code = match &offer.supply {
        Supply::Everybody(code) => Some(code),
        Supply::Pool | Supply::Created(_) => {
            of_offer().rev().find(|held| still_good(held, offer, now)).map(|held| &held.code)
        }
    };
    match code {
        Some(code) => Given::Now(Box::new(with_code(customer, send, (name, offer), code, now))),
        None => Given::OfPool(name.clone()),
    }
}

fn still_good(held: &Coupon, offer: &Offer, now: Time) -> bool {
    held.lot.is_some() && held.lot == offer.lot() && held.used_at.is_none() && now < later(held.given_at, offer.valid)
}

/// The customer, who is given this code of an offer on the occasion of a letter.
pub fn with_code(customer: &Customer, send: &Send, offer: (&OfferName, &Offer), code: &str, now: Time) -> Customer {
    let mut customer = customer.clone();
    customer.coupons.push(Coupon {
        offer: offer.0.clone(),
        code: code.to_owned(),
        lot: offer.1.lot(),
        occasion: send.occasion.clone(),
        given_at: now,
        used_at: None,
    });
    let extra = customer.coupons.len().saturating_sub(limits::COUPONS);
    customer.coupons.drain(..extra);
    customer
}
