//! Occasions out of facts: what a flow could be running for, for one customer.
//!
//! Nothing here is planned ahead. An occasion is a fact (a birthday, an order that grew old, a product that runs out)
//! that is derived anew each time, so an order, a cancellation or a changed flow needs no re-planning, and the gate can
//! ask whether the fact still holds.

use chrono::TimeDelta;

use crate::aggregates::Aggregates;
use crate::bought::{Bought, News, RecentOrder};
use crate::cart::{CartState, RecentCart};
use crate::customer::{Coupon, Customer, Standing};
use crate::flow::{AtRisk, Flow, Referral, Status, Sunset, Trigger};
use crate::ids::{FlowName, Occasion, OrderId};
use crate::interest::{Interest, InterestKind};
use crate::rank;
use crate::reason::Reason;
use crate::send::About;
use crate::shop::Shop;
use crate::time::{Time, days, later};

mod exits;
mod yearly;

/// Whoever bought within this span before looking at something is not asked about it.
const BROWSE_NO_ORDER: TimeDelta = days(10);
/// Below this, a cycle is no replenishment: nobody wants a reminder every few days.
const SHORTEST_CYCLE: TimeDelta = days(7);
/// Products that run out within this span share one letter.
pub const SHARED_LETTER: TimeDelta = days(7);

/// A fact that a flow runs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The fact's name, in the send id.
    pub occasion: Occasion,
    /// When what it is about happened: an order after this ends it.
    pub since: Time,
    /// What the steps' waits count from.
    pub anchor: Time,
    /// The cycle of a product.
    pub cycle: Option<TimeDelta>,
    /// Steps due up to then are history.
    pub floor: Option<Time>,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// What it is about beside an order.
    pub about: Option<About>,
    /// Which news of the order: only the steps that tell it are its own.
    pub status: Option<Status>,
    /// Why it is over, if it is.
    pub over: Option<Reason>,
}

impl Occurrence {
    /// A fact of this name, about something that happened at a moment.
    pub(crate) fn new(occasion: Occasion, at: Time) -> Self {
        Self {
            occasion,
            since: at,
            anchor: at,
            cycle: None,
            floor: None,
            order: None,
            about: None,
            status: None,
            over: None,
        }
    }

    /// The same, of an order.
    fn of_order(occasion: Occasion, order: &RecentOrder) -> Self {
        Self { floor: order.history, order: Some(order.id.clone()), ..Self::new(occasion, order.at) }
    }
}

/// What the rules need beside the customer.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The dated snapshot over all customers.
    pub aggregates: &'a Aggregates,
}

/// All occasions that `flow` has for this customer now, over ones included. Those of which no step could leave any more are
/// left out.
pub fn occurrences(flow: &Flow, customer: &Customer, world: World<'_>, now: Time) -> Vec<Occurrence> {
    let mut found = Vec::new();
    find(flow, customer, world, now, &mut found);
    found
}

/// Puts the same into an empty list.
pub(crate) fn find(flow: &Flow, customer: &Customer, world: World<'_>, now: Time, found: &mut Vec<Occurrence>) {
    if !may_have_begun(&flow.trigger, customer) {
        return;
    }
    let oldest = later(now, -flow.horizon());
    begun(&flow.trigger, customer, world, (oldest, now), found);
    found.retain(|occurrence| occurrence.anchor.max(occurrence.since) >= oldest);
    for occurrence in found {
        occurrence.over = occurrence.over.or_else(|| exits::exit(flow, customer, occurrence));
    }
}

/// Whether there is anything at all of what begins it: of most flows there is nothing.
fn may_have_begun(trigger: &Trigger, customer: &Customer) -> bool {
    match trigger {
        Trigger::Subscribed => customer.consent.subscribed_at().is_some(),
        Trigger::SignUp => customer.consent.pending_since().is_some(),
        Trigger::DataRequest => customer.data_asked_at.is_some(),
        Trigger::OrderStatus => !customer.news.is_empty(),
        Trigger::FirstOrder
        | Trigger::GuestOrder
        | Trigger::Delivered { .. }
        | Trigger::Fulfilled
        | Trigger::OrderCount(_)
        | Trigger::OneOrder(_)
        | Trigger::AtRisk(_)
        | Trigger::Lapsed(_)
        | Trigger::Tier
        | Trigger::TierNear(_)
        | Trigger::Survey => !customer.orders.is_empty(),
        Trigger::Cart => !customer.carts.is_empty(),
        Trigger::Browse | Trigger::Favourite | Trigger::BackInStock | Trigger::PriceDrop => {
            !customer.interests.is_empty()
        }
        Trigger::Replenish(_) => !customer.products.is_empty(),
        Trigger::Birthday(_) => customer.birthday.is_some(),
        Trigger::Anniversary(_) => customer.first_order_at.is_some(),
        Trigger::CouponExpiring => !customer.coupons.is_empty(),
        Trigger::Referral(_) => !customer.orders.is_empty() || !customer.reviews.is_empty(),
        Trigger::Sunset(rule) => customer.recent.len() >= usize::from(rule.letters),
    }
}

/// What began it. An occasion that is older than `oldest` may be left out: most are, and a name costs more than the question.
fn begun(
    trigger: &Trigger,
    customer: &Customer,
    world: World<'_>,
    (oldest, now): (Time, Time),
    found: &mut Vec<Occurrence>,
) {
    let shop = world.shop;
    let is_new = |order: &&RecentOrder| order.at >= oldest;
    match trigger {
        Trigger::Subscribed => found.extend(subscribed(customer)),
        Trigger::SignUp => found.extend(customer.consent.pending_since().map(|at| at_a_moment("sign_up", at))),
        Trigger::DataRequest => found.extend(customer.data_asked_at.map(|at| at_a_moment("data", at))),
        Trigger::OrderStatus => {
            let news = customer.news.iter().filter(|news| news.at >= oldest);
            found.extend(news.map(|news| order_status(news, shop)));
        }
        Trigger::FirstOrder => {
            let first = customer.first_order().filter(is_new);
            found.extend(first.map(|first| Occurrence::of_order(Occasion::of(&["first_order"]), first)));
        }
        Trigger::GuestOrder => found.extend(customer.first_order().filter(is_new).map(|o| guest_order(o, customer))),
        Trigger::Cart => {
            let carts = customer.carts.iter().filter(|cart| cart.at >= oldest);
            found.extend(carts.map(|cart| cart_left(cart, customer)));
        }
        Trigger::Browse => found.extend(browse(customer)),
        Trigger::Favourite => {
            found.extend(favourites(customer).map(|sign| of_sign("favourite", sign, sign.at)));
        }
        Trigger::Delivered { needs_care } => {
            let cared = |order: &OrderId| customer.products_of(order).any(|product| shop.care.contains(product));
            found.extend(delivered(customer, shop, oldest).map(|mut occurrence| {
                let lacks = *needs_care && !occurrence.order.as_ref().is_some_and(cared);
                occurrence.over = lacks.then_some(Reason::NoContent);
                occurrence
            }));
        }
        Trigger::Survey => found.extend(delivered(customer, shop, oldest)),
        Trigger::Fulfilled => {
            let of_order = |order: &RecentOrder| {
                let anchor = order.fulfilled_at.filter(|at| order.at.max(*at) >= oldest)?;
                Some(Occurrence { anchor, ..Occurrence::of_order(order_name(order), order) })
            };
            found.extend(counted(customer).filter_map(of_order));
        }
        Trigger::OrderCount(numbers) => {
            found.extend(numbers.iter().filter_map(|n| order_count(*n, customer, shop, oldest)));
        }
        Trigger::OneOrder(unknown) => found.extend(one_order(*unknown, customer, world)),
        Trigger::Replenish(_) => {
            found.extend(customer.products.iter().filter_map(|bought| replenish(bought, world, oldest)));
        }
        Trigger::AtRisk(rule) => found.extend(at_risk(rule, customer, world, (oldest, now))),
        Trigger::Lapsed(lapse) => found.extend(customer.last_order().and_then(|last| {
            let anchor = later(last.at, lapse.after(customer.median_gap()));
            (last.at.max(anchor) >= oldest).then(|| lapsed(last, anchor))
        })),
        Trigger::Birthday(leap_day) => yearly::birthdays(*leap_day, customer, shop, (oldest, now), found),
        Trigger::Anniversary(within) => yearly::anniversaries(*within, customer, shop, (oldest, now), found),
        // What it is about is the last order that counts, or an older one.
        Trigger::Tier => {
            found.extend(customer.last_order().filter(is_new).and_then(|_| tier(customer, shop, now)));
        }
        Trigger::TierNear(percent) => {
            let last = customer.last_order().filter(is_new);
            found.extend(last.and_then(|last| tier_near(*percent, last, customer, shop, now)));
        }
        Trigger::CouponExpiring => {
            found.extend(customer.coupons.iter().filter_map(|coupon| coupon_ends(coupon, customer, shop, oldest)));
        }
        Trigger::Referral(rule) => referral(*rule, customer, oldest, found),
        Trigger::BackInStock => found.extend(waited_for(customer).filter_map(|sign| back(sign, customer))),
        Trigger::PriceDrop => {
            let wanted = waited_for(customer).chain(favourites(customer));
            found.extend(wanted.filter_map(|sign| cheaper(sign, customer)));
            // On both lists it is still one product.
            found.sort_by(|a, b| a.occasion.cmp(&b.occasion));
            found.dedup_by(|a, b| a.occasion == b.occasion);
        }
        Trigger::Sunset(rule) => found.extend(sunset(rule, customer, shop)),
    }
}

fn counted(customer: &Customer) -> impl Iterator<Item = &RecentOrder> {
    customer.orders.iter().filter(|order| order.counts)
}

fn order_name(order: &RecentOrder) -> Occasion {
    Occasion::of(&["order", order.id.as_str()])
}

/// A moment in a name: two signs at two moments are two facts.
fn stamp(at: Time) -> String {
    at.timestamp().to_string()
}

/// What happened at a moment, and again at another.
fn at_a_moment(name: &str, at: Time) -> Occurrence {
    Occurrence::new(Occasion::of(&[name, &stamp(at)]), at)
}

/// Agreed to letters, before any order.
fn subscribed(customer: &Customer) -> Option<Occurrence> {
    let at = customer.consent.subscribed_at()?;
    let over = (!customer.orders.is_empty()).then_some(Reason::Bought);
    Some(Occurrence { over, ..Occurrence::new(Occasion::of(&["welcome"]), at) })
}

fn order_status(news: &News, shop: &Shop) -> Occurrence {
    let source = news.order.as_str().split(':').next().unwrap_or_default();
    // A source that shop.toml does not name speaks for itself.
    let sends_own = shop.source(source).is_none_or(|s| s.sends_own.contains(&news.status));
    let mut parts = vec![news.status.name(), news.order.as_str()];
    parts.extend((!news.part.is_empty()).then_some(news.part.as_str()));
    Occurrence {
        floor: news.history,
        order: Some(news.order.clone()),
        about: (!news.part.is_empty()).then(|| About::Part(news.part.clone())),
        status: Some(news.status),
        over: sends_own.then_some(Reason::SendsOwn),
        ..Occurrence::new(Occasion::of(&parts), news.at)
    }
}

fn guest_order(first: &RecentOrder, customer: &Customer) -> Occurrence {
    let over = customer.account_since.is_some().then_some(Reason::Exited);
    Occurrence { over, ..Occurrence::of_order(Occasion::of(&["guest_order"]), first) }
}

fn cart_left(cart: &RecentCart, customer: &Customer) -> Occurrence {
    let newer = customer.carts.iter().any(|other| other.at > cart.at && other.id != cart.id);
    let worthless = cart.total.is_some_and(|total| total.minor <= 0);
    let over = match cart.state {
        CartState::Completed => Some(Reason::Bought),
        CartState::Emptied => Some(Reason::Exited),
        CartState::Open => (newer || worthless).then_some(Reason::Exited),
    };
    let about = Some(About::Cart(cart.id.clone()));
    Occurrence { about, over, ..Occurrence::new(Occasion::of(&["cart", cart.id.as_str()]), cart.at) }
}

/// The newest thing that was looked at twice.
fn browse(customer: &Customer) -> Option<Occurrence> {
    let viewed = |sign: &&Interest| matches!(sign.kind, InterestKind::ViewedProduct | InterestKind::ViewedCategory);
    let newest = customer.interests.iter().find(viewed)?;
    let twice = customer.interests.iter().filter(viewed).find(|sign| sign.first_at.is_some())?;
    let about = match twice.kind {
        InterestKind::ViewedCategory => About::Category(twice.subject.clone()),
        _ => About::Product(twice.subject.clone()),
    };
    let seen_since = newest.at > twice.at;
    let bought = customer.ordered_since(later(twice.at, -BROWSE_NO_ORDER));
    let over = bought.then_some(Reason::Bought).or(seen_since.then_some(Reason::Exited));
    let occasion = Occasion::of(&["view", &twice.subject, &stamp(twice.at)]);
    Some(Occurrence { about: Some(about), over, ..Occurrence::new(occasion, twice.at) })
}

fn favourites(customer: &Customer) -> impl Iterator<Item = &Interest> {
    customer.interests.iter().filter(|sign| sign.kind == InterestKind::Favourite && !sign.over)
}

fn waited_for(customer: &Customer) -> impl Iterator<Item = &Interest> {
    customer.interests.iter().filter(|sign| sign.kind == InterestKind::BackInStock && !sign.over)
}

fn of_sign(name: &str, sign: &Interest, at: Time) -> Occurrence {
    let about = Some(About::Product(sign.subject.clone()));
    let occasion = Occasion::of(&[name, &sign.subject, &stamp(at)]);
    Occurrence { about, since: sign.at, anchor: at, ..Occurrence::new(occasion, at) }
}

fn back(sign: &Interest, customer: &Customer) -> Option<Occurrence> {
    let at = sign.back_at.filter(|at| *at > sign.at)?;
    let over = customer.bought_since(&sign.subject, sign.at).then_some(Reason::Bought);
    Some(Occurrence { over, ..of_sign("back", sign, at) })
}

fn cheaper(sign: &Interest, customer: &Customer) -> Option<Occurrence> {
    let at = sign.cheaper_at.filter(|at| *at > sign.at)?;
    let over = customer.bought_since(&sign.subject, sign.at).then_some(Reason::Bought);
    Some(Occurrence { over, ..of_sign("cheaper", sign, at) })
}

/// Orders that were delivered, or will have been.
fn delivered(customer: &Customer, shop: &Shop, oldest: Time) -> impl Iterator<Item = Occurrence> {
    counted(customer).filter_map(move |order| {
        let anchor = order.delivered(shop.transit).filter(|at| order.at.max(*at) >= oldest)?;
        Some(Occurrence { anchor, ..Occurrence::of_order(order_name(order), order) })
    })
}

fn order_count(number: u32, customer: &Customer, shop: &Shop, oldest: Time) -> Option<Occurrence> {
    let order = customer.order_of_number(number)?;
    let anchor = order.delivered(shop.transit).filter(|at| order.at.max(*at) >= oldest)?;
    let occasion = Occasion::of(&["orders", &number.to_string()]);
    let about = Some(About::Number(number));
    Some(Occurrence { anchor, about, ..Occurrence::of_order(occasion, order) })
}

/// One order, and no second within the shop's median gap.
fn one_order(unknown: TimeDelta, customer: &Customer, world: World<'_>) -> Option<Occurrence> {
    let first = customer.first_order().filter(|_| customer.order_count == 1)?;
    let usual = world.aggregates.median_gap_days.map(|days| TimeDelta::days(i64::from(days)));
    let anchor = later(first.at, usual.unwrap_or(unknown));
    Some(Occurrence { anchor, ..Occurrence::of_order(Occasion::of(&["one_order"]), first) })
}

/// Late by the person's own measure, or, of those who are worth much, by the shop's.
fn at_risk(rule: &AtRisk, customer: &Customer, world: World<'_>, (oldest, now): (Time, Time)) -> Option<Occurrence> {
    let last = customer.last_order()?;
    let median_gap = customer.median_gap();
    let own = median_gap.map(|gap| (gap * i32::from(rule.gap_percent) / 100).max(rule.min));
    let thirds = world.aggregates.thirds.as_ref();
    let behind = thirds.and_then(|thirds| rank::falls_behind_after(customer, world.shop, thirds));
    let after = own.into_iter().chain(behind).min()?;
    let anchor = later(last.at, after);
    if last.at.max(anchor) < oldest {
        return None;
    }
    let lapse = world.shop.flows.iter().find_map(|flow| match &flow.trigger {
        Trigger::Lapsed(lapse) if flow.enabled => Some(lapse.after(median_gap)),
        _ => None,
    });
    // From then on it is winning back.
    let over = lapse.is_some_and(|lapse| later(last.at, lapse) <= now).then_some(Reason::Exited);
    let occasion = Occasion::of(&["at_risk", last.id.as_str()]);
    Some(Occurrence { anchor, over, ..Occurrence::of_order(occasion, last) })
}

fn lapsed(last: &RecentOrder, anchor: Time) -> Occurrence {
    let occasion = Occasion::of(&["lapse", last.id.as_str()]);
    Occurrence { anchor, ..Occurrence::of_order(occasion, last) }
}

fn replenish(bought: &Bought, world: World<'_>, oldest: Time) -> Option<Occurrence> {
    let last = bought.last.first()?;
    let cycle = cycle(bought, last.units, world)?.max(SHORTEST_CYCLE);
    let anchor = later(last.fulfilled_at.unwrap_or(last.at), cycle);
    if last.at.max(anchor) < oldest {
        return None;
    }
    let occasion = Occasion::of(&["replenish", bought.product.as_str(), last.order.as_str()]);
    Some(Occurrence {
        anchor,
        cycle: Some(cycle),
        floor: last.history,
        order: Some(last.order.clone()),
        about: Some(About::Product(bought.product.as_str().to_owned())),
        ..Occurrence::new(occasion, last.at)
    })
}

/// How long a purchase of a consumable lasts: its days of supply, else the person's own gap, else everyone's median.
fn cycle(bought: &Bought, units: i64, world: World<'_>) -> Option<TimeDelta> {
    let supply = world.shop.days_of_supply.get(&bought.product);
    let repeat = world.aggregates.repeats.get(&bought.product);
    let by_supply = supply.map(|d| TimeDelta::days((i64::from(*d) * units.max(1)).min(3_650)));
    by_supply.or_else(|| repeat.and_then(|r| bought.own_gap().or(Some(TimeDelta::days(i64::from(r.median_days))))))
}

fn tier(customer: &Customer, shop: &Shop, now: Time) -> Option<Occurrence> {
    let (tier, order) = rank::tier(customer, shop, now)?;
    let about = Some(About::Tier(tier.name.clone()));
    Some(Occurrence { about, ..Occurrence::of_order(Occasion::of(&["tier", &tier.name]), order) })
}

fn tier_near(percent: u8, last: &RecentOrder, customer: &Customer, shop: &Shop, now: Time) -> Option<Occurrence> {
    let (tier, missing) = rank::next_tier(customer, shop, now)?;
    let near = tier.from_minor.saturating_mul(i64::from(percent)) / 100;
    let about = Some(About::Tier(tier.name.clone()));
    (missing <= near)
        .then(|| Occurrence { about, ..Occurrence::of_order(Occasion::of(&["tier_near", &tier.name]), last) })
}

fn coupon_ends(coupon: &Coupon, customer: &Customer, shop: &Shop, oldest: Time) -> Option<Occurrence> {
    let anchor = later(coupon.given_at, shop.offers.get(&coupon.offer)?.valid);
    // A code that is for a friend is not the person's to use.
    let for_a_friend = |flow: &Flow| {
        matches!(flow.trigger, Trigger::Referral(_))
            && flow.steps.iter().any(|step| step.coupon.as_ref() == Some(&coupon.offer))
    };
    if coupon.given_at.max(anchor) < oldest || shop.flows.iter().any(for_a_friend) {
        return None;
    }
    let occasion = Occasion::of(&["coupon", coupon.offer.as_str(), coupon.occasion.as_str()]);
    // A code of one's own that was given again since is good for longer than was said first.
    let again = |other: &Coupon| other.lot.is_some() && other.code == coupon.code && other.given_at > coupon.given_at;
    let over = (coupon.used_at.is_some() || customer.coupons.iter().any(again)).then_some(Reason::Exited);
    let about = Some(About::Coupon(coupon.occasion.clone()));
    Some(Occurrence { anchor, about, over, ..Occurrence::new(occasion, coupon.given_at) })
}

fn referral(rule: Referral, customer: &Customer, oldest: Time, found: &mut Vec<Occurrence>) {
    let good = customer.reviews.iter().filter(|review| review.stars.is_some_and(|stars| stars >= rule.stars));
    found.extend(
        good.map(|review| Occurrence::new(Occasion::of(&["review", &review.subject, &stamp(review.at)]), review.at)),
    );
    let of_number = customer.order_of_number(rule.orders).filter(|order| order.at >= oldest);
    found.extend(
        of_number.map(|order| Occurrence::of_order(Occasion::of(&["orders", &rule.orders.to_string()]), order)),
    );
}

/// That many letters within the span and no click since before the first of them: the last of them is the occasion.
fn sunset(rule: &Sunset, customer: &Customer, shop: &Shop) -> Option<Occurrence> {
    let asks = |name: &FlowName| asking(shop).any(|flow| &flow.name == name);
    let moved = customer.clicks.iter().copied().chain(customer.consent.acted_at()).max();
    let unanswered = customer.recent.iter().filter(|r| moved.is_none_or(|at| r.at > at) && !asks(&r.flow));
    // The first letter of each run of that many, and its last.
    let mut runs = unanswered.clone().zip(unanswered.skip(usize::from(rule.letters.max(1)) - 1));
    let (_, last) = runs.find(|(first, last)| last.at - first.at <= rule.within)?;
    if customer.ordered_since(later(last.at, -rule.no_order)) {
        return None;
    }
    Some(Occurrence::new(Occasion::of(&["sunset", last.send.as_str()]), last.at))
}

/// Whether the person was asked whether to go on, twice, and has neither followed a link nor ordered nor agreed anew.
pub fn has_set(customer: &Customer, shop: &Shop) -> bool {
    let asked = |standing: &&Standing| {
        let flow = asking(shop).find(|flow| flow.name == standing.flow);
        flow.and_then(|flow| flow.steps.last()).is_some_and(|last| last.id == standing.passed)
            && standing.ended.is_none()
    };
    customer.standings.iter().filter(asked).any(|standing| {
        let moved = customer.clicks.first().copied().max(customer.consent.acted_at());
        moved.is_none_or(|at| at <= standing.at) && !customer.ordered_since(standing.at)
    })
}

/// The flows that ask whether to go on.
fn asking(shop: &Shop) -> impl Iterator<Item = &Flow> {
    shop.flows.iter().filter(|flow| matches!(flow.trigger, Trigger::Sunset(_)))
}
