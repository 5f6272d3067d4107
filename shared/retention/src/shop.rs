//! The shop's rules: what the rules of this crate need to know of one shop.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use serde::Serialize;

use crate::condition::Condition;
use crate::flow::{Class, Flow, Status, Trigger};
use crate::ids::{FlowName, Lot, OfferName, ProductKey, SegmentName, SourceName, TopicName};
use crate::money::Currency;
use crate::store_name::StoreName;
use crate::time::{days, minutes};

/// The version of the rules themselves: raised when the same flows would decide otherwise.
pub const RULES_VERSION: u32 = 2;

/// A shop.
#[derive(Debug, Clone, Serialize)]
pub struct Shop {
    /// Its time zone.
    pub zone: Tz,
    /// Its currency.
    pub currency: Currency,
    /// Its storefronts.
    pub sources: Vec<Source>,
    /// Gap, cap and quiet hours.
    pub limits: Limits,
    /// All flows, the highest priority first, ties by name.
    pub flows: Vec<Flow>,
    /// The topics that a person switches on and off, in the order in which they are shown.
    pub topics: Vec<Topic>,
    /// Whether a storefront's yes that nobody confirmed waits for a confirmation by a link in a letter.
    pub double_opt_in: bool,
    /// Offers of `offers.toml`.
    pub offers: BTreeMap<OfferName, Offer>,
    /// How many days one unit of a product lasts, from `content.toml`.
    pub days_of_supply: BTreeMap<ProductKey, u32>,
    /// The category of a product, from `content.toml`.
    pub categories: BTreeMap<ProductKey, String>,
    /// The products of which there is something to say about their care.
    pub care: BTreeSet<ProductKey>,
    /// Named groups of people, from `segments.toml`.
    pub segments: BTreeMap<SegmentName, Condition>,
    /// The tiers of net spend, the lowest first.
    pub tiers: Vec<Tier>,
    /// What one unit of another currency is worth in the shop's, in millionths. Spend in a currency that is not here counts
    /// for nothing.
    pub rates: BTreeMap<Currency, u64>,
    /// How long a parcel is on its way, where nobody says that it has arrived.
    pub transit: TimeDelta,
    /// How letters leave. It decides nothing about who gets which.
    #[serde(skip)]
    pub sending: Sending,
    /// Hash of everything above, of [`RULES_VERSION`] and of the time zone data.
    pub revision: String,
}

/// How letters leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// What becomes of a confirmation of which nobody can say whether it left.
    pub undecided: Undecided,
    /// How much of the account's rate and of its daily quota this shop may use, in percent: 1 to 100.
    pub ses_share: u8,
}

/// What becomes of a transactional letter of which nobody can say whether it left. A marketing letter is never sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// It is sent once more, and counted as a possible duplicate.
    Resend,
    /// It is given up, and counted as one that may have been lost.
    Close,
}

impl Default for Sending {
    fn default() -> Self {
        Self { undecided: Undecided::Resend, ses_share: 100 }
    }
}

/// A storefront of the shop.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Its name in paths and keys.
    pub name: SourceName,
    /// What it is.
    pub kind: SourceKind,
    /// Which store of its kind, by the name under which the storefront itself knows it: where it is asked, and whose
    /// deliveries are heard. Nothing, where it is only listened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreName>,
    /// What it writes to customers about by itself.
    pub sends_own: BTreeSet<Status>,
}

/// Which storefront software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SourceKind {
    /// Shopify.
    Shopify,
    /// WooCommerce.
    WooCommerce,
    /// Ecwid, which is Lightspeed's online shop too.
    Ecwid,
    /// BigCommerce.
    BigCommerce,
    /// Any other shop: Standard Webhooks with bodies of our own form.
    Standard,
}

/// Flows that a person switches on and off together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its name in profiles and forms.
    pub name: TopicName,
    /// Its flows. A flow is of one topic at most.
    pub flows: BTreeSet<FlowName>,
}

/// A tier of net spend within [`TIER_WINDOW`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// Its name in occasions, conditions and letters.
    pub name: String,
    /// From how much on, in minor units of the shop's currency.
    pub from_minor: i64,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [SourceKind; 5] = [
        SourceKind::Shopify,
        SourceKind::WooCommerce,
        SourceKind::Ecwid,
        SourceKind::BigCommerce,
        SourceKind::Standard,
    ];

    /// Its name in `shop.toml`.
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Shopify => "shopify",
            SourceKind::WooCommerce => "woocommerce",
            SourceKind::Ecwid => "ecwid",
            SourceKind::BigCommerce => "bigcommerce",
            SourceKind::Standard => "standard",
        }
    }
}

/// What holds over every flow.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Limits {
    /// From the mark of one marketing letter to the creation of the next.
    pub gap: TimeDelta,
    /// Marketing letters in any seven days.
    pub weekly_cap: usize,
    /// Letters leave between these hours of the customer's day.
    pub day: Hours,
}

/// The hours of a day in which letters leave: from `from`, up to and without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// The first minute.
    pub from: NaiveTime,
    /// The first minute that is quiet again.
    pub to: NaiveTime,
}

/// The window of the weekly cap, and of flows that exclude each other.
pub const WEEK: TimeDelta = days(7);
/// How long promotional letters rest after a refund or a complaint to support.
pub const FREEZE: TimeDelta = days(30);
/// Up to this score an answer is bad: a detractor of the net promoter score.
pub const BAD_ANSWER: u8 = 6;
/// The default gap: Klaviyo's 16 h, less the minutes that make two steps 16 h apart collide.
pub const GAP: TimeDelta = minutes(15 * 60 + 30);
/// The default weekly cap.
pub const WEEKLY_CAP: usize = 3;
/// The cap of those who had [`UNMOVED_LETTERS`] letters and never followed a link.
pub const WEEKLY_CAP_UNMOVED: usize = 2;
/// How many letters without a click lower the cap.
pub const UNMOVED_LETTERS: u32 = 5;
/// The window of net spend for tiers.
pub const TIER_WINDOW: TimeDelta = days(365);
/// How long a parcel is on its way, by default.
pub const TRANSIT: TimeDelta = days(4);
/// How far back the balance looks: a birthday gift is not held back by those of the year before.
pub const BALANCE: TimeDelta = days(60);
/// How many promotional letters may follow each other without a useful one.
pub const PROMOTIONAL_IN_A_ROW: usize = 2;

/// An offer: what a coupon is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Where its codes come from.
    pub supply: Supply,
    /// What it gives.
    pub gives: Gives,
    /// How long after the letter it is valid.
    pub valid: TimeDelta,
    /// What a basket has to come to, in minor units of the shop's currency. Said in the letter; the storefront holds to it.
    pub minimum_minor: Option<i64>,
    /// What it is for, where that is not everything. The storefront holds to it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<ProductKey>,
}

/// Where the codes of an offer come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Supply {
    /// One code for everybody, which the storefront knows.
    Everybody(String),
    /// Codes that were made at the storefront and imported. Each is given once.
    Pool,
    /// Codes that are made at a storefront through its API. Each is given once.
    Created(Created),
}

/// How codes are made at a storefront.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Created {
    /// At which.
    pub source: SourceName,
    /// What each of them begins with.
    pub prefix: String,
    /// How many of them lie ready.
    pub keep: u32,
}

impl Supply {
    /// A code such as one that a person gets, for letters that are looked at and not sent.
    pub fn example(&self) -> String {
        match self {
            Supply::Everybody(code) => code.clone(),
            Supply::Pool => "YOURS-7K2M4P9QXW".to_owned(),
            Supply::Created(created) => format!("{}-7K2M4P9QXW", created.prefix),
        }
    }
}

impl Offer {
    /// The lot of which its codes are now, where each is given once. Other terms make another lot: a code is worth what its
    /// letter says.
    pub fn lot(&self) -> Option<Lot> {
        let created = match &self.supply {
            Supply::Everybody(_) => return None,
            Supply::Pool => return Some(Lot::imported()),
            Supply::Created(created) => created,
        };
        let (kind, number) = match self.gives {
            Gives::Percent(part) => ("percent", i64::from(part)),
            Gives::Amount(minor) => ("amount", minor),
            Gives::FreeShipping => ("free_shipping", 0),
            Gives::Gift => ("gift", 0),
            Gives::Credit(minor) => ("credit", minor),
            Gives::EarlyAccess => ("early_access", 0),
        };
        let (number, minimum) = (number.to_string(), self.minimum_minor.unwrap_or_default().to_string());
        let mut terms = vec![created.source.as_str(), &created.prefix, kind, &number, &minimum];
        terms.extend(self.products.iter().map(ProductKey::as_str));
        Some(Lot::of_terms(&terms))
    }
}

/// What an offer gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Gives {
    /// A part of the price, in percent.
    Percent(u8),
    /// An amount, in minor units of the shop's currency.
    Amount(i64),
    /// Free shipping.
    FreeShipping,
    /// A present; what it is stands in `offers.toml`.
    Gift,
    /// Credit in the shop, in minor units of the shop's currency.
    Credit(i64),
    /// What is new before others see it.
    EarlyAccess,
}

impl Shop {
    /// The flow of this name.
    pub fn flow(&self, name: &FlowName) -> Option<&Flow> {
        self.flows.iter().find(|f| &f.name == name)
    }

    /// The topic of a flow, where it has one.
    pub fn topic_of(&self, flow: &FlowName) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.flows.contains(flow))
    }

    /// Whether there is a flow that is on and begins with what `begins` says.
    pub fn has_flow(&self, begins: impl Fn(&Trigger) -> bool) -> bool {
        self.flows.iter().any(|flow| flow.enabled && begins(&flow.trigger))
    }

    /// The storefront of this name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.name.as_str() == name)
    }

    /// The flows that are on, the highest priority first.
    pub fn enabled(&self, class: Class) -> impl Iterator<Item = &Flow> {
        self.flows.iter().filter(move |f| f.enabled && f.class == class)
    }
}
