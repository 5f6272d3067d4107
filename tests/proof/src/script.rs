//! What customers do in one run: they sign up, order, opt out, change their address, and their mail programs look at links.

use chrono::TimeDelta;
use retention::event::Person;
use retention::ids::{OrderId, SourceName};
use retention::{EmailAddress, Time};
use serde_json::{Value, json};
use testkit::people;

use crate::network::Network;
use crate::shop::SOURCE;

/// How long customers act.
pub const ACTIVE: TimeDelta = TimeDelta::hours(84);
const MINUTES_A_DAY: u32 = 24 * 60;

/// Something that somebody does.
#[derive(Debug, Clone)]
pub enum Act {
    /// The storefront tells of it, by a webhook.
    Told(Webhook),
    /// Person `n` opts out by the link in a letter.
    OptsOut(usize),
    /// A machine follows the link of person `n`.
    LooksAtLink(usize),
}

/// What a storefront tells.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The body.
    pub body: String,
    /// The order that it is about.
    pub order: Option<OrderId>,
}

/// A script.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// What is done, and when, in order of time.
    pub acts: Vec<(Time, Act)>,
    /// How many people there are, from 1 on.
    pub people: usize,
    /// Whether persons 1 and 2 turn out to be one.
    pub merges: bool,
}

impl Script {
    /// A script by chance, from `begins` on.
    pub fn by_chance(network: &Network, begins: Time) -> Self {
        let people = 1 + network.below(3) as usize;
        let mut script = Self { people, ..Self::default() };
        let after = |minutes: u32| begins + TimeDelta::minutes(i64::from(minutes));
        let mut orders = 0;
        for n in 1..=people {
            let signs_up = after(network.below(60));
            script.signs_up(n, signs_up);
            let first = 60 + network.below(5 * 60);
            let mut times = vec![first];
            if network.happens(400) {
                times.push(first + 60 + network.below(3 * MINUTES_A_DAY));
            }
            for minutes in times {
                orders += 1;
                script.orders(n, orders, after(minutes), TimeDelta::seconds(5));
            }
            if network.happens(350) {
                script.acts.push((after(first + network.below(3 * MINUTES_A_DAY)), Act::OptsOut(n)));
            }
            if network.happens(500) {
                script.acts.push((after(first + network.below(3 * MINUTES_A_DAY)), Act::LooksAtLink(n)));
            }
        }
        if people > 1 && network.happens(300) {
            script.merges = true;
            script.are_one_person(after(60 + network.below(3 * MINUTES_A_DAY)));
        }
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    /// Many people, who sign up and order in rushes of an hour each, opt out, and look at links.
    pub fn of_many(network: &Network, begins: Time, people: usize) -> Self {
        const RUSHES: u32 = 12;
        let mut script = Self { people, merges: true, ..Self::default() };
        // A rush is every seven hours.
        let at = |rush: u32| begins + TimeDelta::hours(i64::from(rush) * 7);
        let mut orders = 0;
        for n in 1..=people {
            let first = network.below(RUSHES / 2);
            script.signs_up(n, at(first));
            for rush in [first, first + 1 + network.below(3), first + 4 + network.below(2)] {
                orders += 1;
                script.orders(n, orders, at(rush) + TimeDelta::minutes(1), TimeDelta::seconds(5));
            }
            if network.happens(150) {
                script.acts.push((at(first + network.below(RUSHES / 2)) + TimeDelta::minutes(2), Act::OptsOut(n)));
            }
            if network.happens(200) {
                script.acts.push((at(first + network.below(RUSHES / 2)) + TimeDelta::minutes(2), Act::LooksAtLink(n)));
            }
        }
        script.are_one_person(at(RUSHES / 2));
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    /// One of everything: two people sign up and order, the thanks leave, one follows a link, they turn out to be one person,
    /// who orders again and opts out.
    pub fn of_everything(begins: Time) -> Self {
        let mut script = Self { people: 2, merges: true, ..Self::default() };
        let after = |hours: i64| begins + TimeDelta::hours(hours);
        for (n, hours) in [(1, 1), (2, 2), (1, 40)] {
            let at = after(hours);
            if hours < 24 {
                script.signs_up(n, at);
            }
            script.orders(n, usize::try_from(hours).unwrap_or_default(), at, TimeDelta::minutes(5));
        }
        script.acts.push((after(30), Act::LooksAtLink(1)));
        script.are_one_person(after(36));
        script.acts.push((after(70), Act::OptsOut(1)));
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    fn signs_up(&mut self, n: usize, at: Time) {
        let mut data = customer(n);
        data["consent"] = json!({ "state": "subscribed", "acted_at": at, "source": "sign-up", "wording": "test" });
        self.told(at, "consent.changed", &data, None);
    }

    /// An order, of which the storefront tells a little later.
    fn orders(&mut self, n: usize, order: usize, at: Time, late: TimeDelta) {
        let data = json!({
            "id": order.to_string(), "number": format!("#{order}"), "placed_at": at, "payment_status": "paid",
            "currency": "EUR", "total": "10.00", "customer": customer(n),
            "lines": [{ "sku": "POT-STONE", "title": "A stone pot", "quantity": 1, "unit_price": "10.00" }],
        });
        let id = SourceName::parse(SOURCE).ok().map(|source| OrderId::new(&source, &order.to_string()));
        self.told(at + late, "order.paid", &data, id);
    }

    /// The account of the first takes the address of the second, who is a guest: they are one person.
    fn are_one_person(&mut self, at: Time) {
        let mut data = customer(1);
        data["email"] = customer(2)["email"].clone();
        self.told(at, "customer.changed", &data, None);
    }

    fn told(&mut self, at: Time, what: &str, data: &Value, order: Option<OrderId>) {
        let body = json!({ "type": what, "timestamp": at, "data": data }).to_string();
        self.acts.push((at, Act::Told(Webhook { body, order })));
    }
}

/// Person `n`. The second is a guest, who has no account.
pub fn person(n: usize) -> Person {
    let known = people::person(n);
    let source = SourceName::parse(SOURCE).unwrap_or_else(|_| known.source.clone());
    Person { source, id: known.id.filter(|_| n != 2), ..known }
}

/// Person `n`, as the storefront writes of them.
fn customer(n: usize) -> Value {
    let person = person(n);
    let email = person.email.as_ref().map(EmailAddress::expose);
    json!({ "id": person.id, "email": email, "first_name": format!("Person {n}") })
}
