//! Two profiles turn out to be one person.
//!
//! The rules were checked in a model (V10 and V11 of the tests): both holders are folded first, the merge waits while
//! either is being submitted, and **both** planned letters yield, since each profile may want the other's occasion.

use chrono::TimeDelta;

use crate::bought::Bought;
use crate::customer::{Customer, LastLetter, Standing, limits};
use crate::fold::fold_holder;
use crate::interest;
use crate::preferences;
use crate::reason::Reason;
use crate::record;
use crate::send::{Send, State};
use crate::shop::Shop;
use crate::time::{Time, later, minutes};

/// When a merge that found a letter being submitted is tried again. A mark holds a few minutes at most.
const AFTER_SUBMITTING: TimeDelta = minutes(1);
/// How many former profiles one person may have.
const FORMER: usize = 16;

/// What a merge comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// A letter to one of them is being submitted: try again then. Until then each profile stays what it is.
    Waits(Time),
    /// An address shared by so many accounts is no identity. They stay apart.
    Crowded,
    /// One of them was erased: there is nobody to merge with.
    Erased,
    /// They become one.
    Done(Box<Merged>),
}

/// What to write, in one transaction conditional on both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The profile that stays. It is to be decided at once.
    pub kept: Customer,
    /// The profile that leads to it from now on, and holds nothing else.
    pub gone: Customer,
    /// The planned letters of both, which yield; each only if it is still planned.
    pub yields: Vec<Send>,
}

/// Which of two profiles stays: the one that the shop knew first.
pub fn in_order<'a>(a: &'a Customer, b: &'a Customer) -> (&'a Customer, &'a Customer) {
    if (a.since, &a.id) <= (b.since, &b.id) { (a, b) } else { (b, a) }
}

/// Merges the profile `gone`, whose slot `gone_holder` has, into the profile `kept`, whose slot `kept_holder` has.
pub fn merge(
    (kept, kept_holder): (&Customer, Option<&Send>),
    (gone, gone_holder): (&Customer, Option<&Send>),
    shop: &Shop,
    now: Time,
) -> Merge {
    if kept.erased_at.is_some() || gone.erased_at.is_some() {
        return Merge::Erased;
    }
    let holders = [(kept, kept_holder), (gone, gone_holder)];
    if holders.iter().any(|(_, holder)| holder.is_some_and(|send| send.state == State::Submitting)) {
        return Merge::Waits(later(now, AFTER_SUBMITTING));
    }
    let mut yields = Vec::new();
    let mut folded = holders.map(|(customer, holder)| {
        let mut customer = customer.clone();
        if fold_holder(&mut customer, holder) {
            yields.extend(holder.map(|send| yielding(send, now)));
            customer.recent.retain(|letter| Some(&letter.send) != customer.open.as_ref());
            customer.open = None;
        }
        customer
    });
    let [kept, gone] = &mut folded;
    take_over(kept, gone, shop);
    if kept.former.len() > FORMER || kept.storefront_ids.len() > limits::STOREFRONT_IDS {
        return Merge::Crowded;
    }
    kept.next_look = Some(now);
    let mut leads = Customer::new(gone.id.clone(), gone.since);
    leads.version = gone.version;
    leads.merged_into = Some(kept.id.clone());
    Merge::Done(Box::new(Merged { kept: kept.clone(), gone: leads, yields }))
}

fn yielding(holder: &Send, now: Time) -> Send {
    let mut yields = holder.clone();
    yields.end(Reason::Merged, now);
    yields
}

fn take_over(kept: &mut Customer, gone: &Customer, shop: &Shop) {
    kept.since = kept.since.min(gone.since);
    if kept.email.is_none() || kept.email == gone.email {
        kept.mailbox.join(&gone.mailbox);
    }
    or(&mut kept.email, gone.email.as_ref());
    or(&mut kept.name, gone.name.as_ref());
    or(&mut kept.locale, gone.locale.as_ref());
    or(&mut kept.zone, gone.zone.as_ref());
    if kept.country.is_none() {
        kept.country = gone.country;
        kept.region.clone_from(&gone.region);
    }
    // That there is none may be the person's own word.
    if !kept.preferences.own_birthday {
        or(&mut kept.birthday, gone.birthday.as_ref());
    }
    preferences::join(kept, gone);
    kept.consent.join(&gone.consent);
    kept.order_count = kept.order_count.saturating_add(gone.order_count);
    for money in &gone.spent {
        kept.spend(*money);
    }
    kept.orders.extend(gone.orders.iter().cloned());
    kept.order_newest();
    for bought in &gone.products {
        take_product(&mut kept.products, bought);
    }
    kept.order_products();
    for cart in &gone.carts {
        kept.hear_cart(cart.clone());
    }
    for interest in &gone.interests {
        interest::hear(&mut kept.interests, interest, limits::INTERESTS);
    }
    for review in &gone.reviews {
        interest::hear_review(&mut kept.reviews, review, limits::REVIEWS);
    }
    kept.first_order_at = kept.first_order_at.into_iter().chain(gone.first_order_at).min();
    kept.news.extend(gone.news.iter().cloned());
    kept.order_news();
    for answer in &gone.answers {
        record::hear_answer(kept, answer);
    }
    kept.delivered = kept.delivered.saturating_add(gone.delivered);
    kept.clicks.extend(gone.clicks.iter().copied());
    kept.clicks.sort_unstable_by(|a, b| b.cmp(a));
    kept.clicks.truncate(limits::CLICKS);
    kept.account_since = kept.account_since.into_iter().chain(gone.account_since).min();
    kept.frozen_until = kept.frozen_until.max(gone.frozen_until);
    kept.coupons.extend(gone.coupons.iter().cloned());
    kept.coupons.sort_by(|a, b| a.given_at.cmp(&b.given_at).then_with(|| a.code.cmp(&b.code)));
    keep_last(&mut kept.coupons, limits::COUPONS);
    for standing in &gone.standings {
        take_standing(&mut kept.standings, standing, shop);
    }
    kept.standings.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.occasion.cmp(&b.occasion)));
    keep_last(&mut kept.standings, limits::STANDINGS);
    for (flow, last) in &gone.last_letters {
        let known = kept.last_letters.entry(flow.clone()).or_insert_with(|| last.clone());
        if (last.at, &last.occasion) > (known.at, &known.occasion) {
            *known = LastLetter::clone(last);
        }
    }
    kept.recent.extend(gone.recent.iter().cloned());
    kept.recent.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.send.cmp(&b.send)));
    keep_last(&mut kept.recent, limits::RECENT);
    for id in &gone.storefront_ids {
        if !kept.storefront_ids.iter().any(|known| known.source == id.source && known.id == id.id) {
            kept.storefront_ids.push(id.clone());
        }
    }
    kept.former.push(gone.id.clone());
    kept.former.extend(gone.former.iter().cloned());
}

fn or<T: Clone>(field: &mut Option<T>, other: Option<&T>) {
    if field.is_none() {
        *field = other.cloned();
    }
}

fn keep_last<T>(list: &mut Vec<T>, count: usize) {
    let extra = list.len().saturating_sub(count);
    list.drain(..extra);
}

fn take_product(products: &mut Vec<Bought>, other: &Bought) {
    let Some(known) = products.iter_mut().find(|known| known.product == other.product) else {
        products.push(other.clone());
        return;
    };
    known.orders = known.orders.saturating_add(other.orders);
    known.units = known.units.saturating_add(other.units);
    known.first_at = known.first_at.min(other.first_at);
    known.last.extend(other.last.iter().cloned());
    known.keep_last();
}

/// The further standing of one flow and occasion holds; one that is over is the furthest.
fn take_standing(standings: &mut Vec<Standing>, other: &Standing, shop: &Shop) {
    let step_of = |standing: &Standing| {
        let flow = shop.flow(&standing.flow)?;
        flow.steps.iter().position(|step| step.id == standing.passed)
    };
    let far = |standing: &Standing| (standing.ended.is_some(), step_of(standing), standing.at);
    match standings.iter_mut().find(|known| known.flow == other.flow && known.occasion == other.occasion) {
        Some(known) if far(other) > far(known) => known.clone_from(other),
        Some(_) => {}
        None => standings.push(other.clone()),
    }
}
