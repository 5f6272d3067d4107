//! Two made-up customers for the check: of one everything is known, of the other nothing that may be missing.
//!
//! Views are built from both by the code that builds every view; where they differ in a field being there, a template
//! must ask before it uses it. None of this depends on the shop's own content, so a shop without a logo is still told
//! that a logo may be missing.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use retention::address::PersonName;
use retention::after_sale::{AfterSales, Fulfilment, Refund, Return, ReturnState, Tracking};
use retention::aggregates::{Aggregates, BestSeller};
use retention::cart::Cart;
use retention::customer::{Coupon, Customer};
use retention::flow::{Class, Flow, Trigger};
use retention::ids::{CartId, CustomerId, Occasion, OfferName, OrderId, ProductId, ProductKey, SourceName};
use retention::order::{Line, Order, Parts, Payment, Stamp};
use retention::product::{Price, Product, Variant};
use retention::send::About;
use retention::shop::{Gives, Offer, Supply, Tier};
use retention::time::{Time, later};
use retention::{Money, Shop};
use shop::{Brand, Content, Image, Localised, ProductContent, Question, Words};

use crate::letter::{LetterFacts, Links};
use crate::view::needs_order;

/// Everything that a letter of a flow may be given.
pub(crate) struct Specimen {
    pub(crate) shop: Shop,
    pub(crate) brand: Brand,
    pub(crate) occasion: Occasion,
    pub(crate) covers: Vec<Occasion>,
    pub(crate) about: Option<About>,
    pub(crate) links: Links,
    customer: Customer,
    orders: Vec<Order>,
    aggregates: Aggregates,
    coupon: Option<Coupon>,
    cart: Option<Cart>,
    product: Option<Product>,
    now: Time,
}

/// How much is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Everything,
    Little,
}

impl Specimen {
    /// The facts that a letter is composed of.
    pub(crate) fn facts(&self) -> LetterFacts<'_> {
        LetterFacts {
            customer: &self.customer,
            orders: &self.orders,
            aggregates: &self.aggregates,
            coupon: self.coupon.as_ref(),
            cart: self.cart.as_ref(),
            product: self.product.as_ref(),
            now: self.now,
        }
    }

    /// A specimen for a flow. `gives` is what its coupon is worth, where the letter carries one.
    pub(crate) fn of(shop: &Shop, brand: &Brand, flow: &Flow, known: Known, gives: Option<Gives>) -> Self {
        let full = known == Known::Everything;
        let marketing = flow.class == Class::Marketing;
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut customer = Customer::new(CustomerId::derive("specimen", now), now);
        customer.name = PersonName::parse("Ada").filter(|_| full);
        let orders = orders(full, shop, now, &flow.trigger);
        let occasions: Vec<Occasion> = orders
            .iter()
            .flat_map(|order| order.lines.iter().map(|line| ("replenish", line.product.as_str(), order.id.as_str())))
            .map(|(name, product, order)| Occasion::of(&[name, product, order]))
            .collect();
        let (occasion, covers) = match occasions.split_first() {
            Some((first, rest)) => (first.clone(), if full { rest.to_vec() } else { Vec::new() }),
            None => (Occasion::of(&["specimen"]), Vec::new()),
        };
        let (mut shop, coupon) = with_coupon(shop, full, gives, &occasion, now);
        // It is the same coupon for a flow of coupons that end.
        customer.coupons.extend(coupon.clone());
        let tier = Tier { name: "specimen".to_owned(), from_minor: 10_000 };
        shop.tiers = if full { vec![tier] } else { Vec::new() };
        let about = about(full, &flow.trigger, &occasion);
        Self {
            about,
            cart: cart(full, &shop, now),
            product: product(now).filter(|_| full),
            shop,
            brand: filled(brand, full),
            occasion,
            covers,
            links: Links {
                unsubscribe: Some("https://links.example/u/specimen".to_owned()).filter(|_| marketing),
                preferences: Some("https://links.example/p/specimen".to_owned()).filter(|_| full),
                action: Some("https://links.example/u/specimen/action".to_owned()),
                answer: Some("https://links.example/u/specimen/answer".to_owned()),
            },
            customer,
            orders,
            aggregates: if full { aggregates() } else { Aggregates::default() },
            coupon,
            now,
        }
    }
}

/// Orders: with everything, or with the least that a trigger leaves.
fn orders(full: bool, shop: &Shop, now: Time, trigger: &Trigger) -> Vec<Order> {
    let Some(source) = shop.sources.first() else { return Vec::new() };
    if !full && !needs_order(trigger) && !matches!(trigger, Trigger::Replenish(_)) {
        return Vec::new();
    }
    let lines = lines(full);
    let parts = Parts { subtotal: Some(2_500), discount: Some(500), shipping: Some(450), tax: Some(400) };
    let order = Order {
        id: OrderId::new(&source.name, "1001"),
        number: "#1001".to_owned(),
        placed_at: later(now, -TimeDelta::days(30)),
        stamp: Stamp { at: now, rank: 0, hash: String::new() },
        payment: if full { Payment::Pending } else { Payment::Paid },
        cancelled_at: None,
        test: false,
        total: Money { minor: 2_950, currency: shop.currency },
        parts: if full { parts } else { Parts::default() },
        refunded_minor: if full { 100 } else { 0 },
        after: if full { after(shop, now) } else { AfterSales::default() },
        cart: None,
        lines,
        fulfilled_at: None,
        codes: if full { vec!["CODE".to_owned()] } else { Vec::new() },
        history: None,
    };
    vec![order]
}

/// Lines of each kind, and more than a letter shows; or one.
fn lines(full: bool) -> Vec<Line> {
    let line = |product: &str, variant: Option<&str>, quantity| Line {
        product: ProductKey::new(product),
        title: product.to_owned(),
        variant: variant.map(str::to_owned),
        quantity,
        unit_minor: 1_250,
    };
    let mut lines = vec![line(STOCKED, Some("250 g").filter(|_| full), if full { 2 } else { 1 })];
    if full {
        lines.extend((0..60).map(|n| line(&format!("MORE-{n}"), None, 1)));
    }
    lines
}

/// The id of the one part of an order that a letter is about: a parcel, a refund and a return alike.
const PART: &str = "1";

fn after(shop: &Shop, now: Time) -> AfterSales {
    let with_page = Tracking {
        number: "TRACK-1".to_owned(),
        carrier: Some("Carrier".to_owned()),
        url: Some("https://carrier.example/TRACK-1".to_owned()),
    };
    let bare = Tracking { number: "TRACK-2".to_owned(), carrier: None, url: None };
    let parcel = Fulfilment { tracking: vec![with_page, bare], ..Fulfilment::new(PART.to_owned()) };
    AfterSales {
        refunds: vec![Refund { id: PART.to_owned(), at: now, money: Money { minor: 100, currency: shop.currency } }],
        fulfilments: vec![parcel],
        returns: vec![Return { at: now, state: ReturnState::Approved, id: PART.to_owned() }],
    }
}

/// What a send of this trigger is about.
fn about(full: bool, trigger: &Trigger, occasion: &Occasion) -> Option<About> {
    if matches!(trigger, Trigger::CouponExpiring) {
        return Some(About::Coupon(occasion.clone()));
    }
    let about = match trigger {
        Trigger::OrderStatus => About::Part(PART.to_owned()),
        Trigger::Browse | Trigger::Favourite | Trigger::BackInStock | Trigger::PriceDrop => {
            About::Product(WANTED.to_owned())
        }
        Trigger::Tier | Trigger::TierNear(_) => About::Tier("specimen".to_owned()),
        Trigger::OrderCount(_) | Trigger::Anniversary(_) => About::Number(5),
        _ => return None,
    };
    Some(about).filter(|_| full)
}

fn cart(full: bool, shop: &Shop, now: Time) -> Option<Cart> {
    Some(Cart {
        id: CartId::new(&shop.sources.first()?.name, "specimen"),
        stamp: Stamp { at: now, rank: 0, hash: String::new() },
        begun_at: now,
        lines: lines(full),
        total: full.then_some(Money { minor: 2_500, currency: shop.currency }),
        url: full.then(|| "https://checkout.example/specimen".to_owned()),
        completed_at: None,
    })
}

/// The product that a letter is about, as a storefront has it.
fn product(now: Time) -> Option<Product> {
    let variant = Variant {
        key: ProductKey::new(WANTED),
        title: None,
        price: Price::parse("12.50", None).ok(),
        stock: Some(3),
        available: true,
    };
    let stamp = Stamp { at: now, rank: 0, hash: String::new() };
    let id = ProductId::new(&SourceName::parse("specimen").ok()?, "1");
    Some(Product { title: "Stocked".to_owned(), variants: vec![variant], gone: false, ..Product::gone(id, stamp) })
}

/// Products of which content.toml says everything: one that was ordered, one that a letter is about, one beside them.
const STOCKED: &str = "STOCKED";
const WANTED: &str = "WANTED";
const BESIDE: &str = "BESIDE";

fn aggregates() -> Aggregates {
    let seller =
        |key: &str| BestSeller { product: ProductKey::new(key), title: key.to_owned(), unit_minor: 1_250, orders: 9 };
    Aggregates { best_sellers: [STOCKED, BESIDE, "BEST-3", "BEST-4"].map(seller).to_vec(), ..Aggregates::default() }
}

/// The offer of its coupon.
const SPECIMEN: &str = "specimen";

/// The shop with one offer more, and the coupon of it.
fn with_coupon(
    shop: &Shop,
    full: bool,
    gives: Option<Gives>,
    occasion: &Occasion,
    now: Time,
) -> (Shop, Option<Coupon>) {
    let mut shop = shop.clone();
    let Some((gives, offer)) = gives.zip(OfferName::parse(SPECIMEN).ok()) else { return (shop, None) };
    let code = "SPECIMEN".to_owned();
    let minimum_minor = full.then_some(2_000);
    let supply = Supply::Everybody(code.clone());
    let valid = TimeDelta::days(30);
    shop.offers.insert(offer.clone(), Offer { supply, gives, valid, minimum_minor, products: BTreeSet::new() });
    let coupon = Coupon { offer, code, lot: None, occasion: occasion.clone(), given_at: now, used_at: None };
    (shop, Some(coupon))
}

/// The shop as its customers know it, with everything that may be there, or without.
fn filled(brand: &Brand, full: bool) -> Brand {
    let mut brand = brand.clone();
    let image = || Image { url: format!("{}/picture.png", brand.url), alt: "A picture".to_owned() };
    let words = Words {
        title: Some("Stocked".to_owned()),
        blurb: Some("A blurb".to_owned()),
        care: Some("How to keep it.".to_owned()),
        video: Some("How it is done".to_owned()),
        faq: vec![Question { question: "Why?".to_owned(), answer: "Because.".to_owned() }],
    };
    let content = ProductContent {
        words,
        url: Some(format!("{}/stocked", brand.url)),
        image: Some(image()),
        video: Some(format!("{}/film", brand.url)),
        ..ProductContent::default()
    };
    // Of the least that a letter about care is made for, one thing is said.
    let little = Words { blurb: None, title: None, care: None, video: None, ..content.words.clone() };
    let little = ProductContent { words: little, ..ProductContent::default() };
    let keys = [STOCKED, WANTED, BESIDE].into_iter();
    let products = keys.map(|key| (ProductKey::new(key), if full { content.clone() } else { little.clone() }));
    brand.logo = full.then(image);
    brand.content = Content { products: products.collect(), ..Content::default() };
    brand.contact.phone = full.then(|| "+353 20 915 0132".to_owned());
    brand.contact.hours = full.then(|| Localised::new("at any hour"));
    brand.signature.role = full.then(|| Localised::new("keeper"));
    brand.links.review = full.then(|| format!("{}/review?product={{product}}&stars={{stars}}", brand.url));
    brand.links.reorder = full.then(|| format!("{}/again?product={{product}}&quantity={{quantity}}", brand.url));
    brand.gifts = [(SPECIMEN, Localised::new("a gift"))]
        .into_iter()
        .filter_map(|(name, gift)| Some((OfferName::parse(name).ok()?, gift)))
        .collect();
    brand
}
