//! One person's past, out of their rows: what happened in order of time, and the life as it was known at any moment.
//!
//! The rows tell of what things came to. An order counts as known from the time it was placed, and each thing that happened
//! to it from its own time; for the rest an order stands as it is stored. Of a cart, a sign of interest and an account only
//! the newest time is kept.

use crate::aggregates::Aggregates;
use crate::cart::{Cart, RecentCart};
use crate::consent::{Consent, Statement};
use crate::customer::{Answer, Customer, RecentLetter, limits};
use crate::event::{Entity, Event, Person};
use crate::flow::Class;
use crate::fold::pass;
use crate::ids::SourceName;
use crate::interest::{self, Interest, Review};
use crate::life::Life;
use crate::order::Order;
use crate::preferences::Preferences;
use crate::record::{Recorded, record};
use crate::send::{Outcome, Send};
use crate::shop::{FREEZE, Shop};
use crate::time::{Time, later};

/// The rows of one person.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The profile.
    pub customer: &'a Customer,
    /// All orders.
    pub orders: &'a [Order],
    /// All carts.
    pub carts: &'a [Cart],
    /// All statements of consent.
    pub proofs: &'a [Statement],
    /// All sends.
    pub sends: &'a [Send],
}

/// Something that happened.
#[derive(Debug, Clone)]
enum Happening<'a> {
    /// An order came to this, from that.
    Order(Box<Order>, Option<Box<Order>>),
    /// A cart came to this.
    Cart(&'a Cart),
    /// The person, or somebody for them, spoke of consent.
    Statement(&'a Statement),
    /// A sign of interest.
    Interest(&'a Interest),
    /// A review.
    Review(&'a Review),
    /// An answer.
    Answer(&'a Answer),
    /// The person chose what to get.
    Chose(&'a Preferences),
    /// The person asked for a link to their own data.
    AskedForData,
    /// A link was followed.
    Click,
    /// The person had an account.
    Account,
    /// What gave promotional letters a rest until then, also where that has left the profile.
    Rest(Time),
}

/// A person's past.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    rows: Rows<'a>,
    happened: Vec<(Time, Happening<'a>)>,
}

impl<'a> Past<'a> {
    /// Puts what the rows tell into order.
    pub fn new(rows: Rows<'a>) -> Self {
        let mut happened: Vec<(Time, Happening<'a>)> = Vec::new();
        for proof in rows.proofs {
            happened.push((proof.act_at.unwrap_or(proof.heard_at), Happening::Statement(proof)));
        }
        for order in rows.orders {
            let mut before: Option<Box<Order>> = None;
            for version in versions(order).map(Box::new) {
                let at = version.stamp.at;
                happened.push((at, Happening::Order(version.clone(), before.replace(version))));
            }
        }
        let customer = rows.customer;
        happened.extend(rows.carts.iter().map(|cart| (cart.stamp.at, Happening::Cart(cart))));
        happened.extend(customer.interests.iter().map(|sign| (sign.at, Happening::Interest(sign))));
        happened.extend(customer.reviews.iter().map(|review| (review.at, Happening::Review(review))));
        happened.extend(customer.answers.iter().map(|answer| (answer.at, Happening::Answer(answer))));
        let chosen = &customer.preferences;
        happened.extend(chosen.chosen_at.map(|at| (at, Happening::Chose(chosen))));
        happened.extend(customer.data_asked_at.map(|at| (at, Happening::AskedForData)));
        happened.extend(customer.clicks.iter().map(|click| (*click, Happening::Click)));
        happened.extend(customer.frozen_until.map(|until| (later(until, -FREEZE), Happening::Rest(until))));
        happened.extend(customer.account_since.map(|since| (since, Happening::Account)));
        // The sort keeps the order of those at one moment: a word of consent before the order that it came with.
        happened.sort_by_key(|(at, _)| *at);
        Self { rows, happened }
    }

    /// The life as it was known at `at`. Letters on their way then are taken for letters that left.
    pub fn life_at<'s>(&self, shop: &'s Shop, aggregates: &'s Aggregates, at: Time) -> Life<'s> {
        let mut customer = without_past(self.rows.customer);
        let then = self.happened.partition_point(|(time, _)| *time <= at);
        for (time, what) in &self.happened[..then] {
            happen(&mut customer, *time, what);
        }
        // An order tells of its newest version, not of the one with which the money went back.
        customer.frozen_until = customer.frozen_until.min(self.rows.customer.frozen_until);
        for coupon in &mut customer.coupons {
            coupon.used_at = coupon.used_at.filter(|used| *used <= at);
        }
        customer.coupons.retain(|coupon| coupon.given_at <= at);
        let mut ledger: Vec<Send> = self.rows.sends.iter().filter(|send| send.created_at <= at).cloned().collect();
        ledger.sort_by(|a, b| a.ended_at().cmp(&b.ended_at()).then_with(|| a.id.cmp(&b.id)));
        for send in &mut ledger {
            send.due_at = None;
            replay(&mut customer, send);
        }
        let extra = customer.recent.len().saturating_sub(limits::RECENT);
        customer.recent.drain(..extra);
        Life::new(shop, aggregates, customer, ledger)
    }

    /// Lives on from `from` to `end`, that instant included: everything that the rows tell happens at its time, and letters
    /// leave as the rules say. Returns every send whose state changed, in order.
    pub fn live(&self, life: &mut Life<'_>, from: Time, end: Time) -> Vec<Send> {
        let begin = self.happened.partition_point(|(time, _)| *time <= from);
        let mut changed = Vec::new();
        life.look_on(from);
        let mut rest = self.happened[begin..].iter().peekable();
        loop {
            let happens = rest.peek().map(|(at, _)| *at).filter(|at| *at <= end);
            let due = life.next().filter(|at| *at <= end);
            match (happens, due) {
                (Some(at), due) if due.is_none_or(|due| at <= due) => {
                    while let Some((_, what)) = rest.next_if(|(time, _)| *time == at) {
                        happen(&mut life.customer, at, what);
                    }
                    life.look_on(at);
                }
                (_, Some(at)) => changed.extend(life.step(at)),
                (_, None) => return changed,
            }
        }
    }
}

/// What an order came to, at each moment at which it came to something else.
fn versions(order: &Order) -> impl Iterator<Item = Order> {
    let after = &order.after;
    let parcels = after.fulfilments.iter().flat_map(|p| [p.shipped_at, p.delivered_at, p.delayed_at]).flatten();
    let others = after.refunds.iter().map(|refund| refund.at).chain(after.returns.iter().map(|goods| goods.at));
    // Where only the sum is known of what went back, it went back with the newest version.
    let unexplained = order.refunded_minor > order.after.refunded_minor(order.currency());
    let own = order.cancelled_at.into_iter().chain(order.fulfilled_at).chain(unexplained.then_some(order.stamp.at));
    let mut times: Vec<Time> = parcels.chain(others).chain(own).map(|at| at.max(order.placed_at)).collect();
    times.push(order.placed_at);
    times.sort_unstable();
    times.dedup();
    times.into_iter().map(move |at| {
        let mut version = order.clone();
        version.stamp.at = at;
        if unexplained && at < order.stamp.at {
            version.refunded_minor = 0;
        }
        version.cancelled_at = order.cancelled_at.filter(|cancelled| *cancelled <= at);
        version.fulfilled_at = order.fulfilled_at.filter(|fulfilled| *fulfilled <= at);
        version.after = order.after.until(at);
        version
    })
}

/// A profile of which nothing has happened yet: who it is, and what has no time.
fn without_past(profile: &Customer) -> Customer {
    let mut customer = profile.clone();
    customer.order_count = 0;
    customer.consent = Consent::default();
    customer.orders.clear();
    customer.first_order_at = None;
    customer.news.clear();
    customer.products.clear();
    customer.spent.clear();
    customer.carts.clear();
    customer.interests.clear();
    customer.reviews.clear();
    customer.answers.clear();
    customer.preferences = Preferences::default();
    customer.data_asked_at = None;
    customer.clicks.clear();
    customer.account_since = None;
    customer.standings.clear();
    customer.last_letters.clear();
    customer.recent.clear();
    customer.open = None;
    customer.frozen_until = None;
    customer.next_look = None;
    customer
}

fn happen(customer: &mut Customer, at: Time, what: &Happening<'_>) {
    match what {
        Happening::Statement(statement) => drop(customer.consent.hear(statement)),
        Happening::Order(order, before) => with_order(customer, order, before.as_deref()),
        Happening::Cart(cart) => drop(customer.hear_cart(RecentCart::of(cart))),
        Happening::Interest(sign) => drop(interest::hear(&mut customer.interests, sign, limits::INTERESTS)),
        Happening::Review(review) => drop(interest::hear_review(&mut customer.reviews, review, limits::REVIEWS)),
        Happening::Answer(answer) => drop(crate::record::hear_answer(customer, answer)),
        Happening::Chose(wishes) => customer.preferences = Preferences::clone(wishes),
        Happening::AskedForData => customer.data_asked_at = Some(at),
        Happening::Click => customer.clicks.insert(0, at),
        Happening::Account => customer.account_since = Some(at),
        Happening::Rest(until) => customer.frozen_until = customer.frozen_until.max(Some(*until)),
    }
}

fn with_order(customer: &mut Customer, order: &Order, before: Option<&Order>) {
    let Some(source) = order.id.as_str().split(':').next().and_then(|name| SourceName::parse(name).ok()) else {
        return;
    };
    let entity = Entity::Order(Box::new(order.clone()));
    let event = Event { person: Person::at(source), statements: Vec::new(), entity };
    if let Recorded::Changed(change) = record(customer, before, &event) {
        *customer = change.customer;
    }
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
