//! Lives as nobody would think of them: what may happen to a person, in any order and at any distance.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use proptest::prelude::*;
use retention::after_sale::{AfterSale, Fulfilment};
use retention::aggregates::Aggregates;
use retention::cart::Cart;
use retention::consent::{Said, Statement};
use retention::customer::Answer;
use retention::event::{Entity, Event, Person};
use retention::flow::{Class, Kind, StaleAfter, Step, Trigger, Wait};
use retention::ids::{CartId, OrderId, TopicName};
use retention::interest::{Interest, InterestKind, Review};
use retention::life::Life;
use retention::order::{Order, Payment, Stamp};
use retention::preferences::{Choice, Pause, Preferences, choose};
use retention::record::{Recorded, record};
use retention::send::State;
use retention::shop::Topic;
use retention::zones::Country;
use retention::{Customer, Reason, Send, Shop, Time};

use crate::world::*;

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// The person orders: which products, how many, and whether it is paid at once.
    Orders(Vec<(&'static str, i64)>, bool),
    /// Something happens to one of the orders so far.
    Order(prop::sample::Index, Change),
    /// The person opts in or out.
    Says(Said),
    /// The person fills one of two carts, or empties it.
    Fills(&'static str, bool),
    /// A sign of interest in something, or its end.
    Signs(InterestKind, &'static str, bool),
    /// What was waited for is there again, or costs less.
    Shelf(bool),
    /// A review with so many stars.
    Reviews(&'static str, u8),
    /// An answer to a question.
    Answers(u8),
    /// The person chooses: a topic that is off, days of a pause (none ends it), fewer letters.
    Chooses(bool, i64, bool),
    /// A link is followed.
    Clicks,
    /// An account is opened.
    Joins,
    /// From now on SES takes letters, or refuses every one.
    Ses(bool),
    /// The letter on its way is held up for so many hours: a backlog.
    Backlog(i64),
    /// Somebody looks, though nothing is due.
    Look,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Paid,
    Shipped,
    Delivered,
    Refunded,
    Cancelled,
}

/// Who, and what happens to them: each after so many minutes.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) born: Option<&'static str>,
    pub(crate) lives_in: LivesIn,
    pub(crate) happenings: Vec<(i64, Happening)>,
}

/// Where.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LivesIn {
    Zone(Tz),
    Country(&'static str),
    Unknown,
}

/// When every life begins.
pub(crate) const BEGINS: &str = "2026-01-20 11:00";

pub(crate) fn histories(born: impl Strategy<Value = Option<&'static str>>) -> impl Strategy<Value = History> {
    let minutes = prop_oneof![0_i64..3, 0_i64..60 * 26, 0_i64..60 * 24 * 70];
    let happenings = prop::collection::vec((minutes, happening()), 1..24);
    (born, lives_in(), happenings).prop_map(|(born, lives_in, happenings)| History { born, lives_in, happenings })
}

pub(crate) fn birthdays() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, Some("02-29"), Some("1990-03-29"), Some("10-25"), Some("01-01"), Some("12-31")])
}

fn lives_in() -> impl Strategy<Value = LivesIn> {
    prop::sample::select(vec![
        LivesIn::Unknown,
        LivesIn::Zone(Tz::America__New_York),
        LivesIn::Zone(Tz::Pacific__Apia),
        LivesIn::Zone(Tz::Australia__Lord_Howe),
        LivesIn::Zone(Tz::Asia__Kathmandu),
        LivesIn::Country("US"),
        LivesIn::Country("PT"),
    ])
}

fn happening() -> impl Strategy<Value = Happening> {
    let products = prop::sample::select(vec!["SOAP", "BALM", "MUG", "JUG"]);
    let lines = prop::collection::vec((products, 1_i64..4), 1..3);
    let change = prop::sample::select(vec![
        Change::Paid,
        Change::Shipped,
        Change::Delivered,
        Change::Refunded,
        Change::Cancelled,
    ]);
    let product = || prop::sample::select(vec!["SOAP", "BALM", "MUG", "JUG"]);
    let sign = prop::sample::select(vec![
        InterestKind::Favourite,
        InterestKind::ViewedProduct,
        InterestKind::ViewedCategory,
        InterestKind::BackInStock,
    ]);
    prop_oneof![
        6 => (lines, prop::bool::weighted(0.8)).prop_map(|(lines, paid)| Happening::Orders(lines, paid)),
        4 => (any::<prop::sample::Index>(), change).prop_map(|(which, change)| Happening::Order(which, change)),
        2 => prop::sample::select(vec![Said::Subscribed, Said::Unsubscribed]).prop_map(Happening::Says),
        2 => (prop::sample::select(vec!["a", "b"]), prop::bool::weighted(0.8)).prop_map(|(t, full)| Happening::Fills(t, full)),
        3 => (sign, product(), prop::bool::weighted(0.1)).prop_map(|(kind, what, over)| Happening::Signs(kind, what, over)),
        1 => any::<bool>().prop_map(Happening::Shelf),
        1 => (product(), 1_u8..=5).prop_map(|(what, stars)| Happening::Reviews(what, stars)),
        1 => (0_u8..=10).prop_map(Happening::Answers),
        1 => (any::<bool>(), prop::sample::select(vec![0, 30, 90]), any::<bool>())
            .prop_map(|(off, pause, fewer)| Happening::Chooses(off, pause, fewer)),
        1 => Just(Happening::Clicks),
        1 => Just(Happening::Joins),
        1 => any::<bool>().prop_map(Happening::Ses),
        1 => (1_i64..60).prop_map(Happening::Backlog),
        1 => Just(Happening::Look),
    ]
}

/// The flows that a person can switch off together.
pub(crate) const TOPIC: [&str; 5] = ["birthday", "sale", "replenish", "cart", "survey"];

fn topic() -> TopicName {
    TopicName::parse("some").expect("a name")
}

/// The shop of the other tests, with letters that are often in each other's way.
pub(crate) fn busy_shop() -> Shop {
    let after_hours = |name: &str, priority, hours: &[(i64, i64)], kind| {
        let steps = hours.iter().enumerate().map(|(n, (due, stale))| Step {
            stale_after: Some(StaleAfter::For(TimeDelta::hours(*stale))),
            ..step(&format!("s{n}"), kind, Wait::For(TimeDelta::hours(*due)))
        });
        flow(name, priority, Trigger::FirstOrder, steps.collect())
    };
    let mut flows = vec![
        order_status(),
        first_order(),
        replenish(),
        winback(),
        birthday(),
        after_hours("urgent", 90, &[(30, 20), (200, 20)], Kind::Useful),
        after_hours("sale", 20, &[(2, 60), (26, 60), (50, 60)], Kind::Promotional),
    ];
    flows.extend(every_other_trigger());
    let topic = Topic { name: topic(), flows: TOPIC.map(name).into() };
    Shop { topics: vec![topic], ..shop_of(flows) }
}

/// When a customer is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// At the moment that `decide` asked for.
    Exactly,
    /// Where the index has the customer, which an event moves earlier and never later.
    Lazily,
    /// At every full hour as well.
    EveryHour,
}

/// A life as far as it was lived, and what a shop would have stored of it.
#[derive(Debug)]
pub(crate) struct Lived<'a> {
    pub(crate) life: Life<'a>,
    pub(crate) now: Time,
    /// The letters that left, in order.
    pub(crate) left: Vec<Send>,
    /// Those of them that are marketing, and left while the person stood by a no.
    pub(crate) unwanted: Vec<Send>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) proofs: Vec<Statement>,
    /// Every version of a cart.
    pub(crate) carts: Vec<Cart>,
    /// What the person chose, and when.
    pub(crate) chosen: Vec<(Time, Preferences)>,
    /// What the person said, and when.
    pub(crate) said: Vec<(Time, Said)>,
    looks: Looks,
    armed: Option<Time>,
    ses_takes: bool,
}

impl<'a> Lived<'a> {
    /// A person who said yes when the life begins.
    pub(crate) fn begin(shop: &'a Shop, aggregates: &'a Aggregates, history: &History, looks: Looks) -> Self {
        let now = at(BEGINS);
        let mut customer = subscribed(now);
        if let Some(day) = history.born {
            customer = born(customer, day);
        }
        match history.lives_in {
            LivesIn::Zone(zone) => customer.zone = Some(zone),
            LivesIn::Country(code) => customer.country = Country::parse(code).ok(),
            LivesIn::Unknown => {}
        }
        let proofs = vec![statement(Said::Subscribed, now)];
        let said = vec![(now, Said::Subscribed)];
        let life = life(shop, aggregates, customer);
        let mut lived = Self {
            life,
            now,
            left: Vec::new(),
            unwanted: Vec::new(),
            orders: [].into(),
            proofs,
            carts: Vec::new(),
            chosen: Vec::new(),
            said,
            looks,
            armed: None,
            ses_takes: true,
        };
        lived.decides();
        lived
    }

    /// The whole history, and some time after it.
    pub(crate) fn whole(mut self, history: &History, after: TimeDelta) -> Self {
        for (minutes, happening) in &history.happenings {
            self.until(self.now + TimeDelta::minutes(*minutes));
            self.happens(happening);
        }
        self.until(self.now + after);
        self
    }

    /// Something happens now, and is decided on at once.
    pub(crate) fn happens(&mut self, happening: &Happening) {
        match happening {
            Happening::Orders(lines, paid) => {
                let mut new = order(&format!("{:03}", self.orders.len()), self.now, lines);
                if !paid {
                    (new.payment, new.stamp.rank) = (Payment::Pending, 0);
                }
                self.hears(&new);
            }
            Happening::Order(which, change) if !self.orders.is_empty() => {
                let known = (*which.get(&self.orders.values().collect::<Vec<_>>())).clone();
                self.hears(&changed(known, *change, self.now));
            }
            Happening::Says(said) => {
                let statement = statement(*said, self.now);
                self.said.push((self.now, *said));
                if self.life.customer.consent.hear(&statement) {
                    self.proofs.push(statement);
                }
            }
            Happening::Fills(token, full) => {
                let line = order("x", self.now, &[("JUG", 1)]).lines;
                self.tell(Entity::Cart(Box::new(Cart {
                    id: CartId::new(&source(), token),
                    stamp: Stamp { at: self.now, rank: 0, hash: String::new() },
                    begun_at: self.now,
                    lines: if *full { line } else { Vec::new() },
                    total: Some(euro(1000)),
                    url: None,
                    completed_at: None,
                })));
            }
            Happening::Signs(kind, what, over) => {
                let sign = Interest { over: *over, ..Interest::new(*kind, (*what).to_owned(), self.now) };
                self.tell(Entity::Interest(sign));
            }
            Happening::Shelf(cheaper) => {
                for sign in &mut self.life.customer.interests {
                    let moment = if *cheaper { &mut sign.cheaper_at } else { &mut sign.back_at };
                    *moment = Some(self.now);
                }
            }
            Happening::Reviews(what, stars) => {
                let review = Review { subject: (*what).to_owned(), at: self.now, stars: Some(*stars) };
                self.tell(Entity::Review(review));
            }
            Happening::Answers(score) => {
                self.tell(Entity::Answer(Answer { at: self.now, score: *score, asked_by: None }));
            }
            Happening::Chooses(off, pause, fewer) => {
                let customer = &self.life.customer;
                let choice = Choice {
                    off: off.then(topic).into_iter().collect(),
                    pause: if *pause == 0 { Pause::End } else { Pause::For(days(*pause)) },
                    fewer: *fewer,
                    birthday: customer.birthday,
                    language: None,
                };
                self.life.customer = choose(customer, &choice, self.now).unwrap_or_else(|| customer.clone());
                self.chosen.push((self.now, self.life.customer.preferences.clone()));
            }
            Happening::Clicks => self.life.customer.clicks.insert(0, self.now),
            Happening::Joins => self.tell(Entity::AccountEnabled(self.now)),
            Happening::Ses(takes) => self.ses_takes = *takes,
            Happening::Backlog(hours) => {
                let open = self.life.customer.open.clone();
                let holder = open.and_then(|id| self.life.ledger.get_mut(&id));
                if let Some(holder) = holder.filter(|send| send.state == State::Planned) {
                    holder.due_at = Some(self.now + TimeDelta::hours(*hours));
                }
            }
            Happening::Order(..) | Happening::Look => {}
        }
        self.decides();
        self.until(self.now);
    }

    fn tell(&mut self, entity: Entity) {
        let event = Event { person: Person::at(source()), statements: Vec::new(), entity };
        if let Recorded::Changed(change) = record(&self.life.customer, None, &event) {
            self.life.customer = change.customer;
            self.carts.extend(change.cart);
        }
    }

    fn hears(&mut self, order: &Order) {
        let stored = self.orders.get(&order.id);
        if let Recorded::Changed(change) = record(&self.life.customer, stored, &event(order)) {
            self.life.customer = change.customer;
            self.orders.insert(order.id.clone(), change.order.expect("an order"));
        }
    }

    /// Decides as intake does, and arms the index as a commit does.
    fn decides(&mut self) {
        self.life.look(self.now);
        let next = self.life.customer.next_look;
        self.armed = match self.armed {
            Some(armed) => Some(next.map_or(armed, |next| next.min(armed))),
            None => next,
        };
    }

    /// Lives until a time, that instant included.
    pub(crate) fn until(&mut self, end: Time) {
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = next;
            let is_hour = self.looks == Looks::EveryHour && is_full_hour(next);
            let is_due = self.looks == Looks::Lazily && self.armed.is_some_and(|at| at <= next);
            if is_hour || is_due {
                self.life.look(next);
            }
            for send in self.life.step(next) {
                match send.state {
                    State::Sent if self.ses_takes => {
                        if send.class == Class::Marketing && !self.agrees() {
                            self.unwanted.push(send.clone());
                        }
                        self.left.push(send);
                    }
                    State::Sent => {
                        self.life.ledger.get_mut(&send.id).expect("its row").end(Reason::Refused, next);
                    }
                    _ => {}
                }
            }
            if is_due {
                self.armed = self.life.customer.next_look;
            }
            if self.looks == Looks::EveryHour {
                self.armed = Some(next_hour(next));
            }
        }
        self.now = end;
    }

    fn next(&self) -> Option<Time> {
        let sends = self.life.ledger.values().filter_map(|send| send.due_at).min();
        let look = match self.looks {
            Looks::Exactly => self.life.customer.next_look,
            Looks::Lazily => self.armed,
            Looks::EveryHour => Some(next_hour(self.now)).into_iter().chain(self.life.customer.next_look).min(),
        };
        look.into_iter().chain(sends).min()
    }

    /// The marketing letters that left, with their times.
    pub(crate) fn marketing(&self) -> impl Iterator<Item = (Time, &Send)> {
        self.left.iter().filter(|send| send.class == Class::Marketing).map(|send| (send.ended_at(), send))
    }

    /// Whether the person stands by a yes now, by what they said so far.
    fn agrees(&self) -> bool {
        // Of two words at one moment the no holds.
        let last = self.said.last().map(|(at, _)| *at);
        self.said.iter().filter(|(at, _)| Some(*at) == last).all(|(_, said)| *said == Said::Subscribed)
    }

    /// What the tests compare of two lives: which letters, in which order, and when.
    pub(crate) fn letters(&self) -> Vec<String> {
        let line = |s: &Send| format!("{} {}/{} {}", s.ended_at(), s.flow, s.step, s.occasion);
        self.left.iter().map(line).collect()
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.life.customer.open.is_none() && self.life.ledger.values().all(|send| send.due_at.is_none())
    }

    pub(crate) fn customer(&self) -> &Customer {
        &self.life.customer
    }
}

fn is_full_hour(time: Time) -> bool {
    time.timestamp() % 3600 == 0
}

fn next_hour(time: Time) -> Time {
    let past = time.timestamp().rem_euclid(3600);
    time + TimeDelta::seconds(3600 - past)
}

/// A later version of an order.
pub(crate) fn changed(mut order: Order, change: Change, now: Time) -> Order {
    match change {
        Change::Paid if order.payment == Payment::Pending => order.payment = Payment::Paid,
        Change::Shipped => order.fulfilled_at = order.fulfilled_at.or(Some(now)),
        Change::Delivered => {
            let mut parcel = Fulfilment::new("p".to_owned());
            (parcel.shipped_at, parcel.delivered_at) = (Some(now), Some(now));
            order.after.hear(&AfterSale::Fulfilment(parcel));
        }
        Change::Refunded if order.payment >= Payment::Paid => {
            order.payment = Payment::PartlyRefunded;
            order.refunded_minor = (order.refunded_minor + 500).min(order.total.minor);
        }
        Change::Cancelled => order.cancelled_at = order.cancelled_at.or(Some(now)),
        Change::Paid | Change::Refunded => {}
    }
    let rank = Order::rank(order.payment, order.fulfilled_at.is_some(), order.cancelled_at.is_some());
    let delivered = order.after.fulfilments.len();
    let hash = format!("{:?}{}{delivered}", order.fulfilled_at, order.refunded_minor);
    order.stamp = Stamp { at: now.max(order.stamp.at), rank, hash };
    order
}
