//! What an event changes about a customer: an order's statistics, the entity's fields, the standing consent.

use std::collections::BTreeMap;

use crate::after_sale::ReturnState;
use crate::bought::{Bought, News, Purchase, RecentOrder};
use crate::cart::{Cart, CartState, RecentCart};
use crate::consent::Statement;
use crate::customer::{Answer, Customer, StorefrontId, limits};
use crate::event::{Entity, Event, Person};
use crate::feedback::Mailbox;
use crate::flow::Status;
use crate::ids::ProductKey;
use crate::interest;
use crate::money::Money;
use crate::order::{Order, Stamp};
use crate::shop::{BAD_ANSWER, FREEZE};
use crate::time::{Time, later};

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
    /// The order after it, if it is another.
    pub order: Option<Order>,
    /// The cart after it, if it is another.
    pub cart: Option<Cart>,
    /// The statements that changed the standing consent: proofs to keep.
    pub proofs: Vec<Statement>,
}

impl Change {
    /// A change of nothing.
    pub fn none(customer: &Customer) -> Self {
        Self { customer: customer.clone(), order: None, cart: None, proofs: Vec::new() }
    }
}

/// A customer whose cart became an order of somebody else; none if nothing changes by it.
pub fn complete_cart(customer: &Customer, order: &Order) -> Option<Customer> {
    let mut after = customer.clone();
    customer.cart(order.cart.as_ref()?)?;
    hear_completed(&mut after, order).then_some(after)
}

fn hear_completed(customer: &mut Customer, order: &Order) -> bool {
    let Some(id) = &order.cart else { return false };
    let state = CartState::Completed;
    customer.hear_cart(RecentCart { id: id.clone(), stamp: None, at: order.placed_at, state, total: None })
}

/// Applies an event to what is known: the customer, and the order of the same id if it is stored. What happened to an
/// order before it arrived stands in the event's order.
pub fn record(customer: &Customer, stored: Option<&Order>, event: &Event) -> Recorded {
    let mut after = customer.clone();
    let (mut order, mut kept_cart) = (None, None);
    let mut newer = true;
    match &event.entity {
        Entity::Order(new) => {
            newer = stored.is_none_or(|old| new.stamp > old.stamp);
            order = replace_order(&mut after, stored, joined(stored, new));
        }
        Entity::AfterSale(_, what) => {
            newer = false;
            order = stored.and_then(|old| {
                let mut new = old.clone();
                new.after.hear(what);
                replace_order(&mut after, stored, new)
            });
        }
        Entity::Cart(cart) => {
            newer = after.hear_cart(RecentCart::of(cart));
            let holds = after.cart(&cart.id).is_some_and(|known| known.stamp.as_ref() == Some(&cart.stamp));
            kept_cart = (newer && holds).then(|| cart.as_ref().clone());
        }
        Entity::Customer(stamp) => newer = is_newer(customer, &event.person, stamp),
        Entity::Gone(at) => {
            newer = false;
            gone(&mut after, &event.person, *at);
        }
        Entity::AccountEnabled(at) => after.account_since = after.account_since.into_iter().chain([*at]).min(),
        Entity::Interest(new) => newer = interest::hear(&mut after.interests, new, limits::INTERESTS),
        Entity::Review(new) => newer = interest::hear_review(&mut after.reviews, new, limits::REVIEWS),
        Entity::Answer(new) => newer = hear_answer(&mut after, new),
        Entity::Redeemed { code, at } => use_coupons(&mut after, std::slice::from_ref(code), *at),
        Entity::Consent | Entity::OnePerson => {}
    }
    if newer {
        take_person(&mut after, event);
    }
    let proofs: Vec<Statement> = event.statements.iter().filter(|s| after.consent.hear(s)).cloned().collect();
    if after == *customer && order.is_none() {
        let same = newer || is_same(customer, stored, event);
        return if same { Recorded::Already } else { Recorded::Older };
    }
    Recorded::Changed(Box::new(Change { customer: after, order, cart: kept_cart, proofs }))
}

/// Takes in an answer; says whether anything changed. A bad one gives promotional letters a rest.
///
/// A letter is answered once: another answer to it takes the place of the first, since a thumb slips on a row of numbers.
/// The rest that a bad one began stays. What upset somebody is not undone by a better number.
pub fn hear_answer(customer: &mut Customer, new: &Answer) -> bool {
    let same_letter = |known: &Answer| known.asked_by.is_some() && known.asked_by == new.asked_by;
    if customer.answers.iter().any(|known| known == new || (same_letter(known) && known.score == new.score)) {
        return false;
    }
    customer.answers.retain(|known| !same_letter(known));
    customer.answers.push(new.clone());
    customer.answers.sort_by_key(|answer| (std::cmp::Reverse(answer.at), answer.score));
    customer.answers.truncate(limits::ANSWERS);
    if new.score <= BAD_ANSWER {
        customer.frozen_until = customer.frozen_until.max(Some(later(new.at, FREEZE)));
    }
    true
}

/// The newer of two versions of an order, with all that is known to have happened to it: that has clocks of its own.
fn joined(stored: Option<&Order>, new: &Order) -> Order {
    let Some(old) = stored else { return new.clone() };
    let mut whole = if new.stamp > old.stamp { new.clone() } else { old.clone() };
    whole.after.join(&old.after);
    whole.after.join(&new.after);
    whole
}

fn known_id<'a>(customer: &'a Customer, person: &Person) -> Option<&'a StorefrontId> {
    let id = person.id.as_deref()?;
    customer.storefront_ids.iter().find(|known| known.source == person.source && known.id == id)
}

fn is_newer(customer: &Customer, person: &Person, stamp: &Stamp) -> bool {
    known_id(customer, person).and_then(|known| known.stamp.as_ref()).is_none_or(|known| stamp > known)
}

fn is_same(customer: &Customer, stored: Option<&Order>, event: &Event) -> bool {
    match &event.entity {
        Entity::Customer(stamp) => known_id(customer, &event.person).and_then(|k| k.stamp.as_ref()) == Some(stamp),
        Entity::Order(order) => stored.is_some_and(|known| known.stamp == order.stamp),
        Entity::Cart(cart) => customer.cart(&cart.id).and_then(|known| known.stamp.as_ref()) == Some(&cart.stamp),
        _ => true,
    }
}

/// Takes over what an event says of the person. The customer's own entity replaces; an order fills what is missing,
/// and its address is the newest if the order is.
fn take_person(customer: &mut Customer, event: &Event) {
    let person = &event.person;
    let (replace, newest) = match &event.entity {
        Entity::Customer(_) => (true, true),
        Entity::Order(order) => (false, customer.orders.first().is_some_and(|first| first.id == order.id)),
        _ => (false, false),
    };
    let before = customer.email.clone();
    take(&mut customer.email, person.email.as_ref(), replace);
    if customer.email != before {
        // Another mailbox.
        customer.mailbox = Mailbox::default();
    }
    take(&mut customer.name, person.name.as_ref(), replace);
    // What the person chose here is newer than what a storefront goes on saying.
    if !customer.preferences.own_language {
        take(&mut customer.locale, person.locale.as_ref(), replace);
    }
    if !customer.preferences.own_birthday {
        take(&mut customer.birthday, person.birthday.as_ref(), replace);
    }
    if person.country.is_some() && (newest || customer.country.is_none()) {
        customer.country = person.country;
        customer.region.clone_from(&person.region);
    }
    let Some(id) = &person.id else { return };
    let stamp = match &event.entity {
        Entity::Customer(stamp) => Some(stamp.clone()),
        _ => None,
    };
    let known = customer.storefront_ids.iter().position(|k| k.source == person.source && &k.id == id);
    if let Some(index) = known {
        let known = &mut customer.storefront_ids[index];
        known.stamp = stamp.or(known.stamp.take());
    } else if customer.storefront_ids.len() < limits::STOREFRONT_IDS {
        customer.storefront_ids.push(StorefrontId {
            source: person.source.clone(),
            id: id.clone(),
            stamp,
            gone_at: None,
        });
    }
}

fn take<T: Clone>(field: &mut Option<T>, said: Option<&T>, replace: bool) {
    if said.is_some() && (replace || field.is_none()) {
        *field = said.cloned();
    }
}

/// The storefront has the customer's entity no more.
fn gone(customer: &mut Customer, person: &Person, at: Time) {
    let known =
        customer.storefront_ids.iter_mut().find(|k| k.source == person.source && Some(&k.id) == person.id.as_ref());
    if let Some(known) = known {
        known.gone_at = known.gone_at.into_iter().chain([at]).min();
    }
}

/// Puts a new version of an order in the place of the old one, in all statistics. Returns the order as it is stored, if
/// that is another: one that an import brought stays history.
fn replace_order(customer: &mut Customer, old: Option<&Order>, mut new: Order) -> Option<Order> {
    new.history = old.and_then(|old| old.history).or(new.history);
    if old == Some(&new) {
        return None;
    }
    if let Some(old) = old {
        count(customer, old, -1);
    }
    count(customer, &new, 1);
    freeze(customer, old, &new);
    customer.orders.retain(|o| o.id != new.id);
    if !new.is_return() && !new.test {
        customer.orders.push(recent(&new));
        customer.order_newest();
        use_coupons(customer, &new.codes, new.placed_at);
    }
    hear_news(customer, &new);
    find_first(customer, &new);
    hear_completed(customer, &new);
    Some(new)
}

/// What the profile keeps of an order.
fn recent(order: &Order) -> RecentOrder {
    let parcels = || order.after.fulfilments.iter().filter(|parcel| !parcel.cancelled);
    let all_delivered = parcels().all(|parcel| parcel.delivered_at.is_some());
    RecentOrder {
        id: order.id.clone(),
        at: order.placed_at,
        counts: order.counts(),
        refunded: order.refunded() > 0,
        net: Some(Money { minor: order.net_minor(), currency: order.currency() }),
        shipped_at: parcels().filter_map(|parcel| parcel.shipped_at).chain(order.fulfilled_at).min(),
        fulfilled_at: order.fulfilled_at,
        delivered_at: parcels().filter_map(|parcel| parcel.delivered_at).max().filter(|_| all_delivered),
        history: order.history,
    }
}

/// Everything that happened to an order and is worth a letter, in the place of what was known of it.
fn hear_news(customer: &mut Customer, order: &Order) {
    customer.news.retain(|known| known.order != order.id);
    if order.test || order.is_return() {
        return;
    }
    let mut news = |status, part: &str, at: Option<Time>| {
        customer.news.extend(at.map(|at| News {
            order: order.id.clone(),
            status,
            part: part.to_owned(),
            at,
            history: order.history,
        }));
    };
    news(Status::Confirmed, "", order.counts().then_some(order.placed_at));
    news(Status::Cancelled, "", order.cancelled_at);
    for refund in &order.after.refunds {
        news(Status::Refunded, &refund.id, Some(refund.at));
    }
    for parcel in order.after.fulfilments.iter().filter(|parcel| !parcel.cancelled) {
        news(Status::Shipped, &parcel.id, parcel.shipped_at.filter(|_| !parcel.tracking.is_empty()));
        news(Status::Delayed, &parcel.id, parcel.delayed_at.filter(|_| parcel.delivered_at.is_none()));
        news(Status::Delivered, &parcel.id, parcel.delivered_at);
    }
    for goods in &order.after.returns {
        let status = match goods.state {
            ReturnState::Requested => Status::ReturnRequested,
            ReturnState::Received => Status::ReturnReceived,
            ReturnState::Approved | ReturnState::Declined => continue,
        };
        news(status, &goods.id, Some(goods.at));
    }
    customer.order_news();
}

/// The first order that counts: by the list while it holds all of them, then by the earliest that was ever seen.
fn find_first(customer: &mut Customer, order: &Order) {
    let counted = || customer.orders.iter().filter(|known| known.counts).map(|known| known.at);
    customer.first_order_at = if counted().count() == customer.order_count as usize {
        counted().min()
    } else {
        customer.first_order_at.into_iter().chain(order.counts().then_some(order.placed_at)).min()
    };
}

/// Takes an order out of all statistics.
pub(crate) fn forget_order(customer: &mut Customer, order: &Order) {
    count(customer, order, -1);
    customer.orders.retain(|known| known.id != order.id);
    customer.news.retain(|known| known.order != order.id);
    find_first(customer, order);
}

/// Promotional letters rest after money went back: from the refund's own time, and where a source only gives the sum, from
/// that of the version which has more of it.
fn freeze(customer: &mut Customer, old: Option<&Order>, new: &Order) {
    let known = old.map_or(0, |old| old.refunded_minor).max(new.after.refunded_minor(new.currency()));
    let unexplained = new.refunded_minor > known || new.is_return();
    let last = new.after.last_refund_at().max(unexplained.then_some(new.stamp.at));
    customer.frozen_until = customer.frozen_until.max(last.map(|at| later(at, FREEZE)));
}

fn use_coupons(customer: &mut Customer, codes: &[String], at: Time) {
    for coupon in customer.coupons.iter_mut().filter(|c| c.used_at.is_none()) {
        if codes.iter().any(|code| code.eq_ignore_ascii_case(&coupon.code)) {
            coupon.used_at = Some(at);
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
