//! A shopper of the shipped shop: what happens to them, and which letters they get.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use retention::after_sale::{AfterSale, AfterSales, Fulfilment, Refund, Return, ReturnState, Tracking};
use retention::aggregates::Aggregates;
use retention::birthday::Birthday;
use retention::cart::{Cart, RecentCart};
use retention::consent::{By, Said, Statement};
use retention::customer::{Answer, Coupon};
use retention::event::{Entity, Event, Person};
use retention::ids::{CartId, CustomerId, OfferName, OrderId, ProductKey, SourceName};
use retention::interest::{Interest, InterestKind, Review};
use retention::life::Life;
use retention::money::Money;
use retention::order::{Line, Parts, Payment, Stamp};
use retention::record::{Recorded, record};
use retention::{Customer, EmailAddress, Order, Send, Shop, Time};
use shop::Tree;

static SHIPPED: LazyLock<Tree> = LazyLock::new(|| {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    shop::read(&templates).unwrap_or_else(|mistakes| panic!("{mistakes}"))
});

/// The shipped shop as it is.
pub(crate) fn shipped() -> &'static Tree {
    &SHIPPED
}

/// The shipped shop with these flows alone, switched on, and a storefront that writes nothing itself.
pub(crate) fn only(flows: &[&str]) -> Shop {
    let mut shop = SHIPPED.shop.clone();
    for name in flows {
        assert!(shop.flows.iter().any(|flow| flow.name.as_str() == *name), "no flow {name} is shipped");
    }
    for flow in &mut shop.flows {
        flow.enabled = flows.contains(&flow.name.as_str());
    }
    for source in &mut shop.sources {
        source.sends_own.clear();
    }
    shop
}

pub(crate) fn at(text: &str) -> Time {
    let full = if text.len() == 10 { format!("{text}T12:00:00Z") } else { format!("{}:00Z", text.replace(' ', "T")) };
    full.parse().expect("a time")
}

pub(crate) struct Shopper<'s> {
    pub(crate) life: Life<'s>,
    orders: BTreeMap<String, Order>,
    left: Vec<Send>,
}

static NOTHING: LazyLock<Aggregates> = LazyLock::new(Aggregates::default);

impl<'s> Shopper<'s> {
    /// Somebody who agreed to letters long before anything in a test happens.
    pub(crate) fn of(shop: &'s Shop) -> Self {
        Self::agreed(shop, "2025-01-01")
    }

    /// Somebody who agreed to letters then.
    pub(crate) fn agreed(shop: &'s Shop, when: &str) -> Self {
        Self::with(shop, &NOTHING, when)
    }

    pub(crate) fn with(shop: &'s Shop, aggregates: &'s Aggregates, when: &str) -> Self {
        let since = at(when);
        let mut customer = Customer::new(CustomerId::derive("someone", since), since);
        customer.email = EmailAddress::parse("someone@example.com").ok();
        let mut shopper =
            Self { life: Life::new(shop, aggregates, customer, Vec::new()), orders: BTreeMap::new(), left: Vec::new() };
        shopper.says(when, Said::Subscribed, By::Person);
        shopper
    }

    fn source(&self) -> SourceName {
        self.life.shop.sources[0].name.clone()
    }

    /// Time passes.
    pub(crate) fn until(&mut self, when: &str) -> &mut Self {
        self.left.extend(self.life.until(at(when)));
        self
    }

    /// Something is heard at its time, and decided at once.
    pub(crate) fn hears(&mut self, when: &str, entity: Entity, statements: Vec<Statement>) -> &mut Self {
        self.until(when);
        let stored = match &entity {
            Entity::Order(order) => self.orders.get(&order.number),
            Entity::AfterSale(id, _) => self.orders.values().find(|order| &order.id == id),
            _ => None,
        };
        let event = Event { person: Person::at(self.source()), statements, entity };
        if let Recorded::Changed(change) = record(&self.life.customer, stored, &event) {
            self.life.customer = change.customer;
            if let Some(order) = change.order {
                self.orders.insert(order.number.clone(), order);
            }
        }
        self.life.look(at(when));
        self.until(when)
    }

    pub(crate) fn says(&mut self, when: &str, said: Said, by: By) -> &mut Self {
        let act = Some(at(when));
        let statement =
            Statement { said, by, act_at: act, heard_at: at(when), wording: String::new(), confirmed: false };
        self.hears(when, Entity::Consent, vec![statement])
    }

    /// An order of one thing for that many euros.
    pub(crate) fn buys(&mut self, when: &str, number: &str, sku: &str, euros: i64) -> &mut Self {
        let order = self.order(when, number, sku, euros);
        self.hears(when, Entity::Order(Box::new(order)), Vec::new())
    }

    pub(crate) fn order(&self, when: &str, number: &str, sku: &str, euros: i64) -> Order {
        let line = Line {
            product: ProductKey::new(sku),
            title: sku.to_owned(),
            variant: None,
            quantity: 1,
            unit_minor: euros * 100,
        };
        Order {
            id: OrderId::new(&self.source(), number),
            number: number.to_owned(),
            placed_at: at(when),
            stamp: Stamp { at: at(when), rank: 2, hash: number.to_owned() },
            payment: Payment::Paid,
            cancelled_at: None,
            test: false,
            total: self.euros(euros),
            parts: Parts::default(),
            refunded_minor: 0,
            after: AfterSales::default(),
            cart: None,
            lines: vec![line],
            fulfilled_at: None,
            codes: Vec::new(),
            history: None,
        }
    }

    fn euros(&self, euros: i64) -> Money {
        Money { minor: euros * 100, currency: self.life.shop.currency }
    }

    /// What changes of an order, as the storefront tells it again.
    pub(crate) fn changes(&mut self, when: &str, number: &str, change: impl FnOnce(&mut Order)) -> &mut Self {
        self.until(when);
        let mut order = self.orders[number].clone();
        order.stamp.at = at(when);
        change(&mut order);
        self.hears(when, Entity::Order(Box::new(order)), Vec::new())
    }

    fn after(&mut self, when: &str, number: &str, what: AfterSale) -> &mut Self {
        let id = self.orders[number].id.clone();
        self.hears(when, Entity::AfterSale(id, Box::new(what)), Vec::new())
    }

    fn parcel(&mut self, when: &str, number: &str, change: impl FnOnce(&mut Fulfilment)) -> &mut Self {
        let mut parcel = Fulfilment::new("p1".to_owned());
        change(&mut parcel);
        self.after(when, number, AfterSale::Fulfilment(parcel))
    }

    /// The one parcel leaves, and so all of the order has left.
    pub(crate) fn ships(&mut self, when: &str, number: &str) -> &mut Self {
        let tracking = Tracking { number: "TRK1".to_owned(), carrier: None, url: None };
        let stamp = Some(Stamp { at: at(when), rank: 0, hash: String::new() });
        self.parcel(when, number, |parcel| {
            (parcel.stamp, parcel.tracking, parcel.shipped_at) = (stamp, vec![tracking], Some(at(when)));
        });
        self.changes(when, number, |order| order.fulfilled_at = Some(at(when)))
    }

    pub(crate) fn delivers(&mut self, when: &str, number: &str) -> &mut Self {
        self.parcel(when, number, |parcel| parcel.delivered_at = Some(at(when)))
    }

    pub(crate) fn delays(&mut self, when: &str, number: &str) -> &mut Self {
        self.parcel(when, number, |parcel| parcel.delayed_at = Some(at(when)))
    }

    pub(crate) fn refunds(&mut self, when: &str, number: &str, euros: i64) -> &mut Self {
        let money = self.euros(euros);
        self.after(when, number, AfterSale::Refund(Refund { id: "r1".to_owned(), at: at(when), money }))
    }

    pub(crate) fn returns(&mut self, when: &str, number: &str, state: ReturnState) -> &mut Self {
        self.after(when, number, AfterSale::Return(Return { at: at(when), state, id: "g1".to_owned() }))
    }

    /// A cart of that many euros; of none, emptied.
    pub(crate) fn fills(&mut self, when: &str, token: &str, euros: i64) -> &mut Self {
        let line = Line {
            product: ProductKey::new("POT-STONE"),
            title: "Pot".to_owned(),
            variant: None,
            quantity: 1,
            unit_minor: euros * 100,
        };
        let cart = Cart {
            id: CartId::new(&self.source(), token),
            stamp: Stamp { at: at(when), rank: 0, hash: String::new() },
            begun_at: at(when),
            lines: if euros > 0 { vec![line] } else { Vec::new() },
            total: Some(self.euros(euros)),
            url: None,
            completed_at: None,
        };
        assert_eq!(RecentCart::of(&cart).total, cart.total);
        self.hears(when, Entity::Cart(Box::new(cart)), Vec::new())
    }

    pub(crate) fn signs(&mut self, when: &str, kind: InterestKind, subject: &str) -> &mut Self {
        let sign = Interest::new(kind, subject.to_owned(), at(when));
        self.hears(when, Entity::Interest(sign), Vec::new())
    }

    pub(crate) fn unsigns(&mut self, when: &str, kind: InterestKind, subject: &str) -> &mut Self {
        let sign = Interest { over: true, ..Interest::new(kind, subject.to_owned(), at(when)) };
        self.hears(when, Entity::Interest(sign), Vec::new())
    }

    pub(crate) fn reviews(&mut self, when: &str, sku: &str, stars: u8) -> &mut Self {
        let review = Review { subject: sku.to_owned(), at: at(when), stars: Some(stars) };
        self.hears(when, Entity::Review(review), Vec::new())
    }

    pub(crate) fn answers(&mut self, when: &str, score: u8) -> &mut Self {
        self.hears(when, Entity::Answer(Answer { at: at(when), score, asked_by: None }), Vec::new())
    }

    pub(crate) fn opens_an_account(&mut self, when: &str) -> &mut Self {
        self.hears(when, Entity::AccountEnabled(at(when)), Vec::new())
    }

    /// A link in a letter is followed.
    pub(crate) fn clicks(&mut self, when: &str) -> &mut Self {
        self.until(when);
        self.life.customer.clicks.insert(0, at(when));
        self.life.look(at(when));
        self.until(when)
    }

    /// A coupon is given, on the occasion of some letter.
    pub(crate) fn gets_a_coupon(&mut self, when: &str, offer: &str) -> &mut Self {
        self.until(when);
        self.life.customer.coupons.push(Coupon {
            offer: OfferName::parse(offer).expect("a name"),
            code: "THANKS".to_owned(),
            lot: None,
            occasion: retention::ids::Occasion::of(&["some", "letter"]),
            given_at: at(when),
            used_at: None,
        });
        self.life.look(at(when));
        self.until(when)
    }

    /// A code that is the person's alone is given, once more where they hold it already.
    pub(crate) fn gets_a_code_of_their_own(&mut self, when: &str, offer: &str, occasion: &str) -> &mut Self {
        self.gets_a_coupon(when, offer);
        if let Some(coupon) = self.life.customer.coupons.last_mut() {
            coupon.lot = Some(retention::ids::Lot::imported());
            coupon.occasion = retention::ids::Occasion::of(&[occasion]);
        }
        self.life.look(at(when));
        self.until(when)
    }

    pub(crate) fn redeems(&mut self, when: &str) -> &mut Self {
        let entity = Entity::Redeemed { code: "THANKS".to_owned(), at: at(when) };
        self.hears(when, entity, Vec::new())
    }

    pub(crate) fn was_born(&mut self, day: &str) -> &mut Self {
        self.life.customer.birthday = Birthday::parse(day).ok();
        self
    }

    /// What is known of a product changes for whoever waits for it.
    pub(crate) fn product(&mut self, when: &str, change: impl Fn(&mut Interest)) -> &mut Self {
        self.until(when);
        self.life.customer.interests.iter_mut().for_each(change);
        self.life.look(at(when));
        self.until(when)
    }

    /// Every letter that left: when, and of which flow.
    pub(crate) fn got(&self) -> Vec<String> {
        let line = |send: &Send| format!("{} {}", send.ended_at().format("%Y-%m-%d %H:%M"), send.flow);
        self.left.iter().map(line).collect()
    }
}
