//! What an event changes about a customer: an order's statistics, the entity's fields, the standing consent.

use std::collections::BTreeMap;

use crate::consent::Statement;
use crate::customer::{Bought, Customer, Purchase, RecentOrder, StorefrontId, limits};
use crate::event::{Entity, Event, Person};
use crate::ids::ProductKey;
use crate::money::Money;
use crate::order::{Order, Stamp};
use crate::shop::FREEZE;
use crate::time::later;

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Exactly this is known: a redelivery. Nothing is written.
    Already,
    /// Something newer is known. Nothing is written.
    Older,
    /// Something is new.
    Changed(Box<Change>),
}

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The customer after it.
    pub customer: Customer,
    /// The order after it.
    pub order: Option<Order>,
    /// The statements that changed the standing consent: proofs to keep.
    pub proofs: Vec<Statement>,
}

/// Applies an event to what is known: the customer, and the order of the same id if it is stored.
pub fn record(customer: &Customer, stored: Option<&Order>, event: &Event) -> Recorded {
    let mut after = customer.clone();
    let mut order = None;
    let mut newer = true;
    match &event.entity {
        Entity::Order(new) => match stored {
            Some(old) if old.stamp == new.stamp => newer = false,
            Some(old) if old.stamp > new.stamp => return Recorded::Older,
            _ => order = Some(replace_order(&mut after, stored, new)),
        },
        Entity::Customer(stamp) => newer = is_newer(customer, &event.person, stamp),
        Entity::Consent => {}
    }
    if newer {
        take_person(&mut after, event);
    }
    let proofs: Vec<Statement> = event.statements.iter().filter(|s| after.consent.hear(s)).cloned().collect();
    if after == *customer && order.is_none() {
        return if newer || is_same(customer, event) { Recorded::Already } else { Recorded::Older };
    }
    Recorded::Changed(Box::new(Change { customer: after, order, proofs }))
}

fn known_id<'a>(customer: &'a Customer, person: &Person) -> Option<&'a StorefrontId> {
    let id = person.id.as_deref()?;
    customer.storefront_ids.iter().find(|known| known.source == person.source && known.id == id)
}

fn is_newer(customer: &Customer, person: &Person, stamp: &Stamp) -> bool {
    known_id(customer, person).and_then(|known| known.stamp.as_ref()).is_none_or(|known| stamp > known)
}

fn is_same(customer: &Customer, event: &Event) -> bool {
    match &event.entity {
        Entity::Customer(stamp) => known_id(customer, &event.person).and_then(|k| k.stamp.as_ref()) == Some(stamp),
        Entity::Order(_) | Entity::Consent => true,
    }
}

/// Takes over what an event says of the person. The customer's own entity replaces; an order fills what is missing,
/// and its address is the newest if the order is.
fn take_person(customer: &mut Customer, event: &Event) {
    let person = &event.person;
    let (replace, newest) = match &event.entity {
        Entity::Customer(_) => (true, true),
        Entity::Order(order) => (false, customer.orders.first().is_some_and(|first| first.id == order.id)),
        Entity::Consent => (false, false),
    };
    take(&mut customer.email, person.email.as_ref(), replace);
    take(&mut customer.name, person.name.as_ref(), replace);
    take(&mut customer.locale, person.locale.as_ref(), replace);
    take(&mut customer.birthday, person.birthday.as_ref(), replace);
    if person.country.is_some() && (newest || customer.country.is_none()) {
        customer.country = person.country;
        customer.region.clone_from(&person.region);
    }
    let Some(id) = &person.id else { return };
    let stamp = match &event.entity {
        Entity::Customer(stamp) => Some(stamp.clone()),
        Entity::Order(_) | Entity::Consent => None,
    };
    let known = customer.storefront_ids.iter().position(|k| k.source == person.source && &k.id == id);
    if let Some(index) = known {
        let known = &mut customer.storefront_ids[index];
        known.stamp = stamp.or(known.stamp.take());
    } else if customer.storefront_ids.len() < limits::STOREFRONT_IDS {
        customer.storefront_ids.push(StorefrontId { source: person.source.clone(), id: id.clone(), stamp });
    }
}

fn take<T: Clone>(field: &mut Option<T>, said: Option<&T>, replace: bool) {
    if said.is_some() && (replace || field.is_none()) {
        *field = said.cloned();
    }
}

/// Puts a new version of an order in the place of the old one, in all statistics. Returns the order as it is stored:
/// one that an import brought stays history.
fn replace_order(customer: &mut Customer, old: Option<&Order>, new: &Order) -> Order {
    let mut new = new.clone();
    new.history = old.and_then(|old| old.history).or(new.history);
    if let Some(old) = old {
        count(customer, old, -1);
    }
    count(customer, &new, 1);
    let refunded_more = new.refunded_minor > old.map_or(0, |old| old.refunded_minor);
    if refunded_more || new.is_return() {
        customer.frozen_until = customer.frozen_until.max(Some(later(new.stamp.at, FREEZE)));
    }
    customer.orders.retain(|o| o.id != new.id);
    if !new.is_return() && !new.test {
        customer.orders.push(RecentOrder {
            id: new.id.clone(),
            at: new.placed_at,
            counts: new.counts(),
            refunded: new.refunded_minor > 0,
            history: new.history,
        });
        customer.order_newest();
        use_coupons(customer, &new);
    }
    new
}

fn use_coupons(customer: &mut Customer, order: &Order) {
    for coupon in customer.coupons.iter_mut().filter(|c| c.used_at.is_none()) {
        if order.codes.iter().any(|code| code.eq_ignore_ascii_case(&coupon.code)) {
            coupon.used_at = Some(order.placed_at);
        }
    }
}

/// Adds an order to count, spend and products, or takes it off again (`sign` -1).
fn count(customer: &mut Customer, order: &Order, sign: i64) {
    let counts = order.counts();
    if !counts && !order.is_return() {
        return;
    }
    if counts {
        customer.order_count = customer.order_count.saturating_add_signed(if sign < 0 { -1 } else { 1 });
    }
    customer.spend(Money { minor: sign * order.net_minor(), currency: order.currency() });
    let mut units: BTreeMap<&ProductKey, i64> = BTreeMap::new();
    for line in &order.lines {
        *units.entry(&line.product).or_default() += line.quantity;
    }
    for (product, units) in units {
        count_product(customer, order, product, units, sign);
    }
    customer.products.retain(|p| p.orders > 0 || p.units != 0);
    customer.order_products();
}

fn count_product(customer: &mut Customer, order: &Order, product: &ProductKey, units: i64, sign: i64) {
    let known = customer.products.iter().position(|p| &p.product == product);
    let index = match known {
        Some(index) => index,
        // Taking off a product that has left the profile changes nothing.
        None if sign < 0 => return,
        None => {
            customer.products.push(Bought {
                product: product.clone(),
                orders: 0,
                units: 0,
                first_at: order.placed_at,
                last: Vec::new(),
            });
            customer.products.len() - 1
        }
    };
    let bought = &mut customer.products[index];
    bought.units += sign * units;
    if units <= 0 {
        return;
    }
    bought.last.retain(|p| p.order != order.id);
    if sign < 0 {
        bought.orders = bought.orders.saturating_sub(1);
        return;
    }
    bought.first_at = if bought.orders == 0 { order.placed_at } else { bought.first_at.min(order.placed_at) };
    bought.orders += 1;
    bought.last.push(Purchase {
        order: order.id.clone(),
        at: order.placed_at,
        fulfilled_at: order.fulfilled_at,
        units,
        history: order.history,
    });
    bought.keep_last();
}
