//! What each variable is of one person and occasion. Nothing stands for what is not known.

#![expect(clippy::unnecessary_wraps, reason = "every row of the table reads by one type of function")]

use std::collections::BTreeSet;

use chrono::Datelike;

use super::View;
use crate::bought::RecentOrder;
use crate::customer::Customer;
use crate::ids::ProductKey;
use crate::interest::InterestKind;
use crate::rank::{self, Rfm};
use crate::shop::Shop;
use crate::time::Time;
use crate::zones::Country;

/// How far back letters are counted, in days.
const LETTERS_DAYS: i64 = 90;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact<'a> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
    Texts(Vec<&'a str>),
}

pub(super) fn country<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    view.customer.country.as_ref().map(Country::code).map(Fact::Text)
}

pub(super) fn region<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    view.customer.region.as_deref().map(Fact::Text)
}

pub(super) fn locale<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    view.customer.locale.as_deref().map(Fact::Text)
}

pub(super) fn orders<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(i64::from(view.customer.order_count)))
}

pub(super) fn spent<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(major(rank::spent(view.customer, view.world.shop), view.world.shop))
}

pub(super) fn spent_365<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(major(rank::spent_recently(view.customer, view.world.shop, view.now), view.world.shop))
}

pub(super) fn days_since_order<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(days_since(view.customer.last_order()?.at, view.now))
}

pub(super) fn days_since_first<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(days_since(view.customer.first_order_at?, view.now))
}

pub(super) fn median_gap<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(view.customer.median_gap()?.num_days()))
}

pub(super) fn products<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Texts(view.customer.products.iter().map(|bought| bought.product.as_str()).collect()))
}

pub(super) fn categories<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let bought = view.customer.products.iter();
    let all: BTreeSet<&str> =
        bought.filter_map(|b| view.world.shop.categories.get(&b.product)).map(String::as_str).collect();
    Some(Fact::Texts(all.into_iter().collect()))
}

pub(super) fn subscribed<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(view.customer.consent.is_subscribed()))
}

pub(super) fn account<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(view.customer.account_since.is_some()))
}

pub(super) fn birthday<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(view.customer.birthday.is_some()))
}

pub(super) fn letters<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let Customer { recent, open, .. } = view.customer;
    // The one on its way does not count: the condition is asked when it is planned and again when it leaves.
    let others = recent.iter().filter(|letter| Some(&letter.send) != open.as_ref());
    let today = view.now.num_days_from_ce();
    let within = others.filter(|letter| i64::from(today - letter.at.num_days_from_ce()) < LETTERS_DAYS);
    Some(count(within.count()))
}

pub(super) fn delivered<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(i64::from(view.customer.delivered)))
}

pub(super) fn clicked<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(!view.customer.clicks.is_empty()))
}

pub(super) fn days_since_click<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(days_since(*view.customer.clicks.first()?, view.now))
}

pub(super) fn favourites<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let signs = view.customer.interests.iter();
    let listed = signs.filter(|sign| sign.kind == InterestKind::Favourite && !sign.over);
    Some(Fact::Texts(listed.map(|sign| sign.subject.as_str()).collect()))
}

pub(super) fn reviews<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(count(view.customer.reviews.len()))
}

pub(super) fn stars<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let stars: Vec<f64> = view.customer.reviews.iter().filter_map(|r| r.stars).map(f64::from).collect();
    let number = u32::try_from(stars.len()).ok().filter(|number| *number > 0)?;
    Some(Fact::Double(stars.iter().sum::<f64>() / f64::from(number)))
}

pub(super) fn coupons<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(count(view.customer.coupons.iter().filter(|coupon| coupon.used_at.is_none()).count()))
}

pub(super) fn tier<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let tier = rank::tier(view.customer, view.world.shop, view.now);
    tier.map(|(tier, _)| Fact::Text(&tier.name))
}

pub(super) fn recency<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(i64::from(rfm(view)?.recency)))
}

pub(super) fn frequency<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(i64::from(rfm(view)?.frequency)))
}

pub(super) fn spend<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Int(i64::from(rfm(view)?.spend)))
}

pub(super) fn sources<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let known = view.customer.storefront_ids.iter().filter(|id| id.gone_at.is_none());
    let names: BTreeSet<&str> = known.map(|id| id.source.as_str()).collect();
    Some(Fact::Texts(names.into_iter().collect()))
}

pub(super) fn order_total<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let shop = view.world.shop;
    Some(major(rank::worth(order(view)?.net?, shop)?, shop))
}

pub(super) fn order_number<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    number(view).map(Fact::Int)
}

pub(super) fn order_first<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(number(view) == Some(1)))
}

pub(super) fn order_source<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let id = view.occurrence.order.as_ref()?.as_str();
    Some(Fact::Text(id.split_once(':').map_or(id, |(source, _)| source)))
}

pub(super) fn order_products<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    let id = view.occurrence.order.as_ref()?;
    Some(Fact::Texts(view.customer.products_of(id).map(ProductKey::as_str).collect()))
}

pub(super) fn order_refunded<'a>(view: &View<'a>) -> Option<Fact<'a>> {
    Some(Fact::Bool(order(view)?.refunded))
}

/// The order that the occasion is about, while the profile holds it.
fn order<'a>(view: &View<'a>) -> Option<&'a RecentOrder> {
    let id = view.occurrence.order.as_ref()?;
    view.customer.orders.iter().find(|order| &order.id == id)
}

/// Which of the orders that count it is, counted from the first.
fn number(view: &View<'_>) -> Option<i64> {
    let order = order(view).filter(|order| order.counts)?;
    let counted = view.customer.orders.iter().filter(|order| order.counts);
    let newer = counted.take_while(|other| other.id != order.id).count();
    let number = i64::from(view.customer.order_count) - i64::try_from(newer).ok()?;
    (number > 0).then_some(number)
}

fn rfm(view: &View<'_>) -> Option<Rfm> {
    rank::rfm(view.customer, view.world.shop, view.world.aggregates.thirds.as_ref()?, view.now)
}

/// Whole days of UTC; none for what lies ahead.
fn days_since<'a>(at: Time, now: Time) -> Fact<'a> {
    Fact::Int((now.date_naive() - at.date_naive()).num_days().max(0))
}

fn count<'a>(number: usize) -> Fact<'a> {
    Fact::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Minor units of the shop's currency in major ones.
fn major<'a>(minor: i64, shop: &Shop) -> Fact<'a> {
    #[expect(clippy::cast_precision_loss, reason = "nobody spends 2^53 cents")]
    let minor = minor as f64;
    Fact::Double(minor / f64::from(10_u32.saturating_pow(shop.currency.decimals())))
}
