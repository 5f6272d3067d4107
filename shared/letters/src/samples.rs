//! Sample customers: whom `check` writes every letter to, and whom `preview` shows. Ordinary, nameless, with signs that must
//! be escaped, very long, right to left, an empty basket, more lines than are shown, a currency without decimals.

use retention::address::PersonName;
use retention::after_sale::{AfterSales, Fulfilment, Refund, Return, ReturnState, Tracking};
use retention::aggregates::{Aggregates, BestSeller};
use retention::bought::{Bought, RecentOrder};
use retention::cart::Cart;
use retention::customer::{Coupon, Customer};
use retention::flow::{Class, Flow, Kind, Status, Step, Trigger};
use retention::ids::{CartId, CustomerId, Occasion, OrderId, ProductKey, SendId, SourceName};
use retention::money::Currency;
use retention::order::{Line, Order, Parts, Payment, Stamp};
use retention::product::Product;
use retention::send::About;
use retention::time::{Time, days, later};
use retention::{Money, Send};
use shop::Tree;

use crate::letter::{Letter, LetterFacts, Links, RenderError};
use crate::letters::{Draft, Letters};

/// The sample of which everything is long.
pub(crate) const LONG: &str = "long";

/// A customer and all that a letter may be told of them.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What is special of them: `ordinary`, `nameless`.
    pub name: &'static str,
    /// The profile.
    pub customer: Customer,
    /// What they ordered, the newest first.
    pub orders: Vec<Order>,
    /// What sells in the shop.
    pub aggregates: Aggregates,
    /// What lies in their basket.
    pub cart: Cart,
    /// What the send is about, where it is another product than that of the sample.
    pub subject: Option<About>,
    /// That product as the storefront has it now.
    pub product: Option<Product>,
    /// The code of the coupon, where it is another than that of the offer.
    pub code: Option<String>,
    /// The links that only the sender can make, where they are others than [`links`].
    pub links: Option<Links>,
    /// The moment at which they are written to.
    pub now: Time,
}

/// The moment at which all samples are written to.
pub fn now() -> Time {
    "2026-09-14T09:00:00Z".parse().unwrap_or_default()
}

/// All samples.
pub fn all(tree: &Tree) -> Vec<Sample> {
    let currency = tree.shop.currency;
    let (lines, aggregates) = (lines(tree), aggregates(tree));
    let sample = |name, person, orders| Sample::new(name, person, orders, &aggregates);
    let ordinary = || sample("ordinary", Some("Ada"), vec![order(currency, &lines)]);
    let yen = Currency::parse("JPY").unwrap_or(currency);
    let long = "Maximiliane-Alexandrina von Hohenstein-Weissenfels zu Sonnenberg und Hohenlohe";
    let mut empty = order(currency, &[]);
    empty.total.minor = 0;
    empty.parts = Parts::default();
    let many: Vec<Line> =
        (1..=47).map(|n| line(&format!("SAMPLE-{n}"), &format!("Sample no. {n}"), Some("10 g"), 1, 350)).collect();
    let mut quiet = ordinary();
    quiet.name = "nothing-to-show";
    quiet.aggregates = Aggregates::default();
    let mut unpaid = ordinary();
    unpaid.name = "unpaid";
    for order in &mut unpaid.orders {
        order.payment = Payment::Pending;
        order.parts = Parts { subtotal: Some(5_150), discount: None, shipping: Some(0), tax: Some(1_185) };
        order.total.minor = 6_335;
        order.codes.clear();
    }
    let mut yen_sample =
        sample("yen", Some("Haruka"), vec![order(yen, &[line("TEA-FOG-100", "Harbour Fog", Some("100 g"), 3, 1_980)])]);
    for order in &mut yen_sample.orders {
        order.parts = Parts { subtotal: Some(5_940), discount: None, shipping: Some(800), tax: None };
        order.total.minor = 6_740;
    }
    vec![
        ordinary(),
        sample("nameless", None, vec![order(currency, &lines[..1])]),
        sample(
            "escaped",
            Some("O'Brien & <b>"),
            vec![order(currency, &[line("X", "Tea <b>\"Fog\"</b> & {{shop.name}}\r\nBcc: x", Some("<i>"), 1, 990)])],
        ),
        sample(
            LONG,
            Some(long),
            vec![order(
                currency,
                &[line(
                    "TEA-FOG-100",
                    &"Harbour Fog from the far side of the water, ".repeat(4),
                    Some(&"x".repeat(60)),
                    12,
                    1_250,
                )],
            )],
        ),
        sample("emoji", Some("Zoë 🌿"), vec![order(currency, &[line("EMOJI", "Fog 🌫️ & tea 🍵", None, 1, 990)])]),
        sample("right-to-left", Some("נועה"), vec![order(currency, &lines)]),
        sample("empty-basket", Some("Ada"), vec![empty]),
        sample("many-lines", Some("Ada"), vec![order(currency, &many)]),
        yen_sample,
        quiet,
        unpaid,
    ]
}

impl Sample {
    fn new(name: &'static str, person: Option<&str>, orders: Vec<Order>, aggregates: &Aggregates) -> Self {
        let now = now();
        let mut customer = Customer::new(CustomerId::derive(name, now), later(now, -days(400)));
        customer.name = person.and_then(PersonName::parse);
        customer.products = orders.iter().flat_map(|order| &order.lines).take(1).map(bought).collect();
        let cart = cart(&orders, now);
        Self {
            name,
            customer,
            orders,
            aggregates: aggregates.clone(),
            cart,
            subject: None,
            product: None,
            code: None,
            links: None,
            now,
        }
    }

    /// The same person, who reads another language.
    #[must_use]
    pub fn reading(&self, locale: &str) -> Self {
        let mut reader = self.clone();
        reader.customer.locale = Some(locale.to_owned());
        reader
    }

    /// The send of one step to this customer.
    pub fn send(&self, flow: &Flow, step: &Step) -> Result<Send, RenderError> {
        let letter = || format!("{}/{}", flow.name, step.letter);
        let occasions = self.occasions(&flow.trigger);
        let nothing = || RenderError::Missing { letter: letter(), what: "what it is about" };
        let (occasion, covers) = occasions.split_first().ok_or_else(nothing)?;
        let class = if flow.class == Class::Marketing { "marketing" } else { "transactional" };
        let kind = if step.kind == Kind::Useful { "useful" } else { "promotional" };
        let id = SendId::derive(&self.customer.id, &flow.name, &step.id, occasion);
        let orders: Vec<&OrderId> = self.orders.iter().map(|order| &order.id).collect();
        let at = self.now.timestamp_millis();
        serde_json::from_value(serde_json::json!({
            "id": id, "customer": self.customer.id, "flow": flow.name, "step": step.id, "letter": step.letter,
            "class": class, "kind": kind, "priority": flow.priority, "occasion": occasion, "covers": covers,
            "orders": orders, "about": self.about(flow, step), "wanted_at": at, "stale_at": at, "created_at": at, "state": "planned",
        }))
        .map_err(|error| RenderError::Template { at: letter(), message: error.to_string() })
    }

    /// What a send of this flow is about.
    fn about(&self, flow: &Flow, step: &Step) -> Option<About> {
        let is_product =
            matches!(flow.trigger, Trigger::Browse | Trigger::Favourite | Trigger::BackInStock | Trigger::PriceDrop);
        if let Some(subject) = self.subject.as_ref().filter(|_| is_product) {
            return Some(subject.clone());
        }
        Some(match &flow.trigger {
            Trigger::OrderStatus => About::Part(match step.of? {
                Status::Shipped | Status::Delayed | Status::Delivered => "parcel".to_owned(),
                Status::Refunded => "refund".to_owned(),
                Status::ReturnRequested | Status::ReturnReceived => "return".to_owned(),
                Status::Confirmed | Status::Cancelled => return None,
            }),
            Trigger::Cart => About::Cart(self.cart.id.clone()),
            Trigger::Browse | Trigger::Favourite | Trigger::BackInStock | Trigger::PriceDrop => {
                About::Product("TEA-FROST-50".to_owned())
            }
            Trigger::Tier => About::Tier("silver".to_owned()),
            Trigger::TierNear(_) => About::Tier("bronze".to_owned()),
            Trigger::OrderCount(_) => About::Number(5),
            Trigger::Anniversary(_) => About::Number(2),
            Trigger::CouponExpiring => About::Coupon(Occasion::of(&["sample"])),
            _ => return None,
        })
    }

    fn occasions(&self, trigger: &Trigger) -> Vec<Occasion> {
        match trigger {
            Trigger::Replenish(_) => self
                .orders
                .iter()
                .flat_map(|order| {
                    order
                        .lines
                        .iter()
                        .map(|line| Occasion::of(&["replenish", line.product.as_str(), order.id.as_str()]))
                })
                .collect(),
            _ => vec![Occasion::of(&["sample"])],
        }
    }

    /// The coupon of a step, given today.
    pub fn coupon(&self, tree_offer: Option<(&retention::ids::OfferName, &retention::shop::Offer)>) -> Option<Coupon> {
        let (name, offer) = tree_offer?;
        Some(Coupon {
            offer: name.clone(),
            code: self.code.clone().unwrap_or_else(|| offer.supply.example()),
            lot: offer.lot(),
            occasion: Occasion::of(&["sample"]),
            given_at: self.now,
            used_at: None,
        })
    }

    /// Composes the letter of one step for this customer.
    pub fn compose(&self, tree: &Tree, letters: &Letters, flow: &Flow, step: &Step) -> Result<Letter, RenderError> {
        let (ready, send, coupon) = self.ready(tree, flow, step)?;
        ready.compose_send(letters, &send, coupon.as_ref())
    }

    /// This customer as the letter of one step needs them, its send, and the coupon that it carries.
    pub fn ready(&self, tree: &Tree, flow: &Flow, step: &Step) -> Result<(Self, Send, Option<Coupon>), RenderError> {
        let send = self.send(flow, step)?;
        let coupon = self.coupon(step.coupon.as_ref().and_then(|name| tree.shop.offers.get_key_value(name)));
        let mut then = self.clone();
        if matches!(flow.trigger, Trigger::CouponExpiring) {
            then.customer.coupons.extend(self.coupon(tree.shop.offers.iter().next()));
        }
        if matches!(flow.trigger, Trigger::SignUp | Trigger::DataRequest) {
            then.orders.clear();
        }
        if matches!(flow.trigger, Trigger::TierNear(_)) {
            let net = Money { minor: 11_250, currency: tree.shop.currency };
            then.customer.orders.extend(self.orders.first().map(|order| recent(order, net)));
        }
        if matches!(step.of, Some(Status::Cancelled | Status::Refunded | Status::ReturnReceived)) {
            then.orders.iter_mut().for_each(give_back);
        }
        Ok((then, send, coupon))
    }

    /// Composes the letter of a send to this customer.
    pub fn compose_send(&self, letters: &Letters, send: &Send, coupon: Option<&Coupon>) -> Result<Letter, RenderError> {
        letters.compose(send, &self.facts(coupon), &self.links_of(send))
    }

    /// The same letter on its way.
    pub fn draft_send(&self, letters: &Letters, send: &Send, coupon: Option<&Coupon>) -> Result<Draft, RenderError> {
        letters.draft(send, &self.facts(coupon), &self.links_of(send))
    }

    fn facts<'s>(&'s self, coupon: Option<&'s Coupon>) -> LetterFacts<'s> {
        LetterFacts {
            customer: &self.customer,
            orders: &self.orders,
            aggregates: &self.aggregates,
            coupon,
            cart: Some(&self.cart),
            product: self.product.as_ref(),
            now: self.now,
        }
    }

    fn links_of(&self, send: &Send) -> Links {
        let own = self.links.clone().filter(|_| send.class == Class::Marketing);
        own.unwrap_or_else(|| links(send.class))
    }
}

/// The links of a letter, as a sender would make them.
pub fn links(class: Class) -> Links {
    match class {
        Class::Transactional => Links {
            action: Some("https://letters.twoherons.example/u/v2.k1.c2FtcGxl/confirm".to_owned()),
            ..Links::default()
        },
        Class::Marketing => Links {
            unsubscribe: Some("https://letters.twoherons.example/u/v1.k1.c2FtcGxl".to_owned()),
            preferences: Some("https://letters.twoherons.example/p/v1.k1.c2FtcGxl".to_owned()),
            answer: Some("https://letters.twoherons.example/u/v1.k1.c2FtcGxl/answer/5a".to_owned()),
            action: None,
        },
    }
}

/// What is ordered: three things, as content.toml calls them.
fn lines(tree: &Tree) -> Vec<Line> {
    let lines = [
        ("TEA-BREAKFAST-250", "Heron's Breakfast", Some("250 g, loose leaf"), 2, 1_450),
        ("TEA-FOG-100", "Harbour Fog", Some("100 g, loose leaf"), 1, 1_250),
        ("TEA-NETTLE-80", "Nettle & Mint", None, 1, 1_000),
    ];
    let own = things(tree, lines.map(|(key, ..)| key));
    let lines = lines.into_iter().zip(own).map(|((_, title, variant, quantity, minor), (key, called))| {
        line(key.as_str(), called.as_deref().unwrap_or(title), variant, quantity, minor)
    });
    lines.collect()
}

/// As many things as these: the shop's own, where it does not have them all; what each is called there.
fn things<const N: usize>(tree: &Tree, invented: [&str; N]) -> Vec<(ProductKey, Option<String>)> {
    let known = &tree.brand.content.products;
    let invented = invented.map(ProductKey::new);
    let all_there = invented.iter().all(|key| known.contains_key(key));
    let own = || known.keys().cycle().take(if all_there { 0 } else { N }).cloned().collect::<Vec<_>>();
    let keys = if known.is_empty() || all_there { invented.to_vec() } else { own() };
    keys.into_iter().map(|key| (key.clone(), known.get(&key).and_then(|product| product.words.title.clone()))).collect()
}

/// One line of an order.
pub fn line(product: &str, title: &str, variant: Option<&str>, quantity: i64, unit_minor: i64) -> Line {
    Line {
        product: ProductKey::new(product),
        title: title.to_owned(),
        variant: variant.map(str::to_owned),
        quantity,
        unit_minor,
    }
}

/// An order of these lines, of seven weeks ago, with a discount, shipping and the tax that is part of it.
pub fn order(currency: Currency, lines: &[Line]) -> Order {
    let sum: i64 = lines.iter().map(|line| line.unit_minor * line.quantity).sum();
    let (discount, shipping) = (sum / 10, 495);
    let parts = Parts {
        subtotal: Some(sum - discount),
        discount: Some(discount),
        shipping: Some(shipping),
        tax: Some((sum - discount) * 23 / 123),
    };
    let at = later(now(), -days(49));
    let source = SourceName::parse("shopify").ok();
    Order {
        id: source.map_or_else(|| unreachable!("a name of ours"), |source| OrderId::new(&source, "1042")),
        number: "#1042".to_owned(),
        placed_at: at,
        stamp: Stamp { at, rank: 2, hash: "0".to_owned() },
        payment: Payment::Paid,
        cancelled_at: None,
        test: false,
        total: Money { minor: sum - discount + shipping, currency },
        parts,
        refunded_minor: 0,
        after: after(),
        cart: None,
        lines: lines.to_vec(),
        fulfilled_at: None,
        codes: vec!["WELCOME10".to_owned()],
        history: None,
    }
}

/// An order in the profile, with what it added to net spend.
fn recent(order: &Order, net: Money) -> RecentOrder {
    RecentOrder {
        id: order.id.clone(),
        at: order.placed_at,
        counts: true,
        refunded: false,
        net: Some(net),
        shipped_at: None,
        fulfilled_at: None,
        delivered_at: None,
        history: None,
    }
}

/// The first line of an order goes back.
fn give_back(order: &mut Order) {
    let minor = order.lines.first().map_or(0, |line| line.unit_minor * line.quantity);
    let money = Money { minor, currency: order.currency() };
    order.after.refunds.push(Refund { id: "refund".to_owned(), at: now(), money });
}

/// A parcel that is on its way, and a return that the shop agreed to.
fn after() -> AfterSales {
    let tracking = Tracking {
        number: "TH 4711 0815 IE".to_owned(),
        carrier: Some("Curlew Post".to_owned()),
        url: Some("https://curlew.example/follow?n=TH47110815IE&lang=en".to_owned()),
    };
    let parcel = Fulfilment { tracking: vec![tracking], ..Fulfilment::new("parcel".to_owned()) };
    let back = Return { at: now(), state: ReturnState::Approved, id: "return".to_owned() };
    AfterSales { refunds: Vec::new(), fulfilments: vec![parcel], returns: vec![back] }
}

/// A cart of what the person has ordered before, of a day ago.
pub fn cart(orders: &[Order], now: Time) -> Cart {
    let at = later(now, -days(1));
    let source = SourceName::parse("shopify").ok();
    let lines: Vec<Line> = orders.iter().flat_map(|order| order.lines.clone()).collect();
    let minor = lines.iter().map(|line| line.unit_minor * line.quantity).sum();
    Cart {
        id: source.map_or_else(|| unreachable!("a name of ours"), |source| CartId::new(&source, "token")),
        stamp: Stamp { at, rank: 0, hash: "0".to_owned() },
        begun_at: at,
        lines,
        total: orders.first().map(|order| Money { minor, currency: order.currency() }),
        url: Some("https://checkout.curlew.example/recover?key=abc&locale=en".to_owned()),
        completed_at: None,
    }
}

fn bought(line: &Line) -> Bought {
    Bought {
        product: line.product.clone(),
        orders: 1,
        units: line.quantity,
        first_at: later(now(), -days(49)),
        last: Vec::new(),
    }
}

fn aggregates(tree: &Tree) -> Aggregates {
    let sellers = [
        ("TEA-BREAKFAST-250", "Heron's Breakfast", 1_450),
        ("TEA-ORCHARD-100", "Orchard Oolong", 1_650),
        ("TEA-QUIET-100", "The Quiet Hour", 1_150),
        ("TEA-FOG-100", "Harbour Fog", 1_250),
        ("TEA-FROST-50", "First Frost", 2_200),
        ("TEA-NETTLE-80", "Nettle & Mint", 1_000),
    ];
    let own = things(tree, sellers.map(|(key, ..)| key));
    let best_sellers = sellers.into_iter().zip(own).map(|((_, title, unit_minor), (product, called))| BestSeller {
        product,
        title: called.unwrap_or_else(|| title.to_owned()),
        unit_minor,
        orders: 12,
    });
    Aggregates { best_sellers: best_sellers.collect(), ..Aggregates::default() }
}
