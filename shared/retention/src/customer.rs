//! The customer row: what `decide` needs to know of one person, bounded in size.

use std::collections::BTreeMap;

use chrono::{Datelike, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::address::{EmailAddress, PersonName};
use crate::birthday::Birthday;
use crate::bought::{Bought, News, RecentOrder};
use crate::cart::{CartState, RecentCart};
use crate::consent::Consent;
use crate::feedback::Mailbox;
use crate::flow::Kind;
use crate::ids::{
    CartId, CustomerId, FlowName, Lot, Occasion, OfferName, OrderId, ProductKey, SendId, SourceName, StepId,
};
use crate::interest::{Interest, Review};
use crate::money::Money;
use crate::order::Stamp;
use crate::preferences::Preferences;
use crate::reason::Reason;
use crate::time::{Time, millis, millis_option, millis_vec};
use crate::zones::Country;

/// How much a profile keeps; older history is in its own rows. At most 8 kB in all.
pub mod limits {
    /// The newest orders, whatever their state.
    pub const ORDERS: usize = 20;
    /// Products bought, the latest first.
    pub const PRODUCTS: usize = 60;
    /// Marketing letters for gap and cap.
    pub const RECENT: usize = 30;
    /// Standings in flows; the ledger still refuses what was sent on an occasion that has left this list.
    pub const STANDINGS: usize = 24;
    /// Coupons held.
    pub const COUPONS: usize = 10;
    /// Carts, whatever became of them.
    pub const CARTS: usize = 5;
    /// News of orders, the newest first: what is older is told no more.
    pub const NEWS: usize = 12;
    /// Clicks, the newest first: enough to see the hour of the day.
    pub const CLICKS: usize = 12;
    /// Answers to questions, the newest first.
    pub const ANSWERS: usize = 3;
    /// Signs of interest, the newest first.
    pub const INTERESTS: usize = 20;
    /// Reviews, the newest first.
    pub const REVIEWS: usize = 10;
    /// Ids of one person at storefronts.
    pub const STOREFRONT_IDS: usize = 5;
    /// Currencies of net spend.
    pub const CURRENCIES: usize = 5;
}

/// One person who buys from the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Who, without saying who.
    pub id: CustomerId,
    /// Raised by every write of this row; every write is conditional on it.
    pub version: u64,
    /// Since when the shop knows this person here: the first event, or the moment of the import. What was due before
    /// is history.
    #[serde(with = "millis")]
    pub since: Time,
    /// Where letters go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Given name, for the greeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Language tag as the storefront gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Time zone, where it is known as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Tz>,
    /// Country of the last address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// State or province of the last address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Month and day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Birthday>,
    /// Standing consent to marketing.
    #[serde(default)]
    pub consent: Consent,
    /// How many orders count.
    #[serde(default)]
    pub order_count: u32,
    /// Net spend, a sum for each currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<Money>,
    /// The newest orders, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<RecentOrder>,
    /// The time of the first order that counts, also once it has left `orders`.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub first_order_at: Option<Time>,
    /// The newest news of orders, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub news: Vec<News>,
    /// Products bought, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Bought>,
    /// The newest carts, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carts: Vec<RecentCart>,
    /// What the person showed interest in, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<Interest>,
    /// Reviews that the person left, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// Answers to questions of ours, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// What the person chose of letters.
    #[serde(default, skip_serializing_if = "Preferences::is_default")]
    pub preferences: Preferences,
    /// When the person last asked for a link to their own data.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub data_asked_at: Option<Time>,
    /// How many marketing letters have reached the mailbox, by the mail service's word.
    #[serde(default)]
    pub delivered: u32,
    /// How letters fare in the mailbox.
    #[serde(default, skip_serializing_if = "Mailbox::is_unknown")]
    pub mailbox: Mailbox,
    /// When links in letters were followed, the newest first.
    #[serde(default, with = "millis_vec", skip_serializing_if = "Vec::is_empty")]
    pub clicks: Vec<Time>,
    /// Since when the person has an account, at any of the storefronts.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub account_since: Option<Time>,
    /// Promotional letters rest until then: a refund, a complaint to support, a bad survey answer.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub frozen_until: Option<Time>,
    /// Coupons given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Coupon>,
    /// Where the person stands in each flow and occasion that has begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standings: Vec<Standing>,
    /// The last letter of each flow, for cooldowns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub last_letters: BTreeMap<FlowName, LastLetter>,
    /// Marketing letters that may have reached the person, and the one on its way; oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<RecentLetter>,
    /// The one marketing letter on its way. Only `decide` and a merge write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<SendId>,
    /// Ids of customers that were merged into this one: the ledger stays under them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<CustomerId>,
    /// Set when this person was found to be another one: readers follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CustomerId>,
    /// When the person was erased. Nothing else is known of them then.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Time>,
    /// Ids and stamps at the storefronts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storefront_ids: Vec<StorefrontId>,
    /// When to decide again.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub next_look: Option<Time>,
    /// Under which rules `next_look` was computed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
}

/// An answer to a question of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// From 0 to 10.
    pub score: u8,
    /// The letter that asked, where it was answered by a link in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<SendId>,
}

/// Where a person stands in one flow on one occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// In which flow.
    pub flow: FlowName,
    /// On which occasion.
    pub occasion: Occasion,
    /// The last step that is behind the person.
    pub passed: StepId,
    /// When it ended: the mark of its letter, or the end without one.
    #[serde(with = "millis")]
    pub at: Time,
    /// Why the flow is over on this occasion, for a reason of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Reason>,
}

/// A marketing letter for gap and cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentLetter {
    /// Which send.
    pub send: SendId,
    /// Its flow, for flows that exclude each other.
    pub flow: FlowName,
    /// When it was created; after the fold, the time of its last mark.
    #[serde(with = "millis")]
    pub at: Time,
    /// Useful or promotional, for the balance.
    pub kind: Kind,
}

/// The last letter of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLetter {
    /// When it was marked.
    #[serde(with = "millis")]
    pub at: Time,
    /// On which occasion: a cooldown holds back the next occasion, not the next step of the same.
    pub occasion: Occasion,
}

/// A coupon that the person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// Of which offer.
    pub offer: OfferName,
    /// The code as it is typed in.
    pub code: String,
    /// Of which lot, where the code is this person's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// On which occasion it was given.
    pub occasion: Occasion,
    /// When it was given.
    #[serde(with = "millis")]
    pub given_at: Time,
    /// When it was used.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Time>,
}

/// One id of the person at one storefront, with the stamp of what was last read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorefrontId {
    /// Where.
    pub source: SourceName,
    /// The id there.
    pub id: String,
    /// The newest version of the customer's entity there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// Since when the storefront has it no more.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Time>,
}

impl Customer {
    /// A customer of whom nothing is known yet.
    pub fn new(id: CustomerId, since: Time) -> Self {
        Self {
            id,
            version: 0,
            since,
            email: None,
            name: None,
            locale: None,
            zone: None,
            country: None,
            region: None,
            birthday: None,
            consent: Consent::default(),
            order_count: 0,
            spent: Vec::new(),
            orders: Vec::new(),
            first_order_at: None,
            news: Vec::new(),
            products: Vec::new(),
            carts: Vec::new(),
            interests: Vec::new(),
            reviews: Vec::new(),
            answers: Vec::new(),
            preferences: Preferences::default(),
            data_asked_at: None,
            delivered: 0,
            mailbox: Mailbox::default(),
            clicks: Vec::new(),
            account_since: None,
            frozen_until: None,
            coupons: Vec::new(),
            standings: Vec::new(),
            last_letters: BTreeMap::new(),
            recent: Vec::new(),
            open: None,
            former: Vec::new(),
            merged_into: None,
            erased_at: None,
            storefront_ids: Vec::new(),
            next_look: None,
            revision: String::new(),
        }
    }

    /// Adds to net spend, or takes off it.
    pub(crate) fn spend(&mut self, more: Money) {
        if let Some(sum) = self.spent.iter_mut().find(|sum| sum.currency == more.currency) {
            sum.minor += more.minor;
        } else if self.spent.len() < limits::CURRENCIES {
            self.spent.push(more);
        }
        self.spent.retain(|sum| sum.minor != 0);
    }

    /// Puts the orders in order, each once, and keeps as many as a profile holds.
    pub(crate) fn order_newest(&mut self) {
        self.orders.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.id.cmp(&a.id)));
        self.orders.dedup_by(|a, b| a.id == b.id);
        self.orders.truncate(limits::ORDERS);
    }

    /// Puts the news in order, the newest first, and keeps as much as a profile holds.
    pub(crate) fn order_news(&mut self) {
        let key = |news: &News| (news.status, news.order.clone(), news.part.clone());
        self.news.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| key(a).cmp(&key(b))));
        self.news.dedup();
        self.news.truncate(limits::NEWS);
    }

    /// Takes in a cart at its version, or with no version its completion by an order. Says whether anything changed.
    pub(crate) fn hear_cart(&mut self, new: RecentCart) -> bool {
        let before = self.carts.clone();
        match self.carts.iter_mut().find(|known| known.id == new.id) {
            Some(known) => {
                let completed = CartState::Completed;
                let ended = known.state == completed || new.state == completed;
                if new.stamp > known.stamp {
                    known.clone_from(&new);
                }
                if ended {
                    known.state = completed;
                }
            }
            None => self.carts.push(new),
        }
        self.order_carts();
        self.carts != before
    }

    /// The cart of this id, while the profile holds it.
    pub fn cart(&self, id: &CartId) -> Option<&RecentCart> {
        self.carts.iter().find(|known| &known.id == id)
    }

    /// Puts the carts in order, the newest first, and keeps as many as a profile holds.
    pub(crate) fn order_carts(&mut self) {
        self.carts.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.id.cmp(&a.id)));
        self.carts.truncate(limits::CARTS);
    }

    /// Puts the products in order, the latest bought first, and keeps as many as a profile holds.
    pub(crate) fn order_products(&mut self) {
        let last = |bought: &Bought| bought.last.first().map(|purchase| purchase.at);
        self.products.sort_by(|a, b| last(b).cmp(&last(a)).then_with(|| a.product.cmp(&b.product)));
        self.products.truncate(limits::PRODUCTS);
    }

    /// The newest order that counts.
    pub fn last_order(&self) -> Option<&RecentOrder> {
        self.orders.iter().find(|o| o.counts)
    }

    /// The first order that counts, while the profile still holds all of them.
    pub fn first_order(&self) -> Option<&RecentOrder> {
        let mut oldest_first = self.orders.iter().rev().filter(|o| o.counts);
        (oldest_first.clone().count() == self.order_count as usize).then(|| oldest_first.next()).flatten()
    }

    /// Whether any order, whatever its state, was placed after `since`.
    pub fn ordered_since(&self, since: Time) -> bool {
        self.orders.first().is_some_and(|o| o.at > since)
    }

    /// The median gap between the days on which the person bought, from the orders in the profile.
    pub fn median_gap(&self) -> Option<TimeDelta> {
        let mut days: Vec<i32> =
            self.orders.iter().filter(|o| o.counts).map(|o| o.at.date_naive().num_days_from_ce()).collect();
        days.dedup();
        // In the place of each day, how far it lies behind the one before it.
        for newer in 1..days.len() {
            days[newer - 1] -= days[newer];
        }
        days.pop();
        let mut gaps = days;
        gaps.sort_unstable();
        let middle = gaps.len() / 2;
        let days = |gap: i32| TimeDelta::days(i64::from(gap));
        match gaps.len() {
            0 => None,
            n if n % 2 == 1 => Some(days(gaps[middle])),
            _ => Some((days(gaps[middle - 1]) + days(gaps[middle])) / 2),
        }
    }

    /// The `number`th order that counts, counted from the first, while the profile still holds it.
    pub fn order_of_number(&self, number: u32) -> Option<&RecentOrder> {
        let from_newest = self.order_count.checked_sub(number).filter(|_| number > 0)?;
        self.orders.iter().filter(|o| o.counts).nth(usize::try_from(from_newest).ok()?)
    }

    /// What was bought in an order, as far as the profile knows.
    pub fn products_of(&self, order: &OrderId) -> impl Iterator<Item = &ProductKey> {
        let of_order = self.products.iter().filter(move |b| b.last.iter().any(|purchase| &purchase.order == order));
        of_order.map(|bought| &bought.product)
    }

    /// Whether this product was bought after `since`.
    pub fn bought_since(&self, product: &str, since: Time) -> bool {
        let mut bought = self.products.iter().filter(|b| b.product.as_str() == product);
        bought.any(|b| b.last.first().is_some_and(|last| last.at > since))
    }

    /// Where the person stands in `flow` on `occasion`, once it has begun.
    pub fn standing(&self, flow: &FlowName, occasion: &Occasion) -> Option<&Standing> {
        self.standings.iter().find(|s| &s.flow == flow && &s.occasion == occasion)
    }
}
