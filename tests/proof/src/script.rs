//! What customers do in one run: they sign up, order, opt out, change their address, have their data erased, and their mail
//! programs look at links; and what the mail service does with their letters.

use chrono::TimeDelta;
use retention::event::Person;
use retention::ids::{OrderId, SourceName};
use retention::{EmailAddress, Time};
use serde_json::{Value, json};
use testkit::people;

use crate::network::Network;
use crate::ses::Odd;
use crate::shop::SOURCE;

/// How long customers act.
pub const ACTIVE: TimeDelta = TimeDelta::hours(84);
const MINUTES_A_DAY: u32 = 24 * 60;
/// How late a storefront tells of an order.
const SOON: TimeDelta = TimeDelta::seconds(5);

/// Something that somebody does.
#[derive(Debug, Clone)]
pub enum Act {
    /// The storefront tells of it, by a webhook.
    Told(Webhook),
    /// Person `n` opts out by the link in a letter.
    OptsOut(usize),
    /// A machine follows the link of person `n`.
    LooksAtLink(usize),
    /// Person `n` has their data erased, behind the link that was mailed for it.
    Erases(usize),
    /// The operator stops all marketing, or lets it go on, also after the breaker stopped it.
    StopsMarketing(bool),
}

/// What becomes of a letter that the mail service took, other than that it arrives and is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It comes back: there is no such mailbox.
    Bounces,
    /// It arrives, and is called spam.
    Complains,
    /// The event that it was taken is lost; that it arrived is told.
    HalfTold,
    /// Every event of it is lost.
    NotTold,
}

/// What a storefront tells.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The body.
    pub body: String,
    /// Of which person.
    pub person: usize,
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
    /// How the mail service answers the how manyth request for a letter to person `n`.
    pub answers: Vec<(usize, usize, Odd)>,
    /// What becomes of the letter of the how manyth request for one to person `n`.
    pub fates: Vec<(usize, usize, Fate)>,
}

impl Script {
    /// A script by chance, from `begins` on.
    pub fn by_chance(network: &Network, begins: Time) -> Self {
        // Most shops are small: what goes wrong goes wrong with one or two people, and many small ones are many orders of events.
        let people = [1, 1, 1, 2, 2, 3][network.below(6) as usize];
        let mut script = Self { people, ..Self::default() };
        let after = |minutes: u32| begins + TimeDelta::minutes(i64::from(minutes));
        let mut orders = 0;
        for n in 1..=people {
            let signs_up = after(network.below(60));
            script.signs_up(n, signs_up);
            let first = 60 + network.below(5 * 60);
            let some_time = |network: &Network| first + network.below(3 * MINUTES_A_DAY);
            let erases = network.happens(120).then(|| some_time(network));
            let mut times = vec![first];
            if network.happens(400) {
                times.push(first + 60 + network.below(3 * MINUTES_A_DAY));
            }
            for minutes in times {
                orders += 1;
                // Who was erased does not come back. The storefront may tell late of what was before.
                let is_gone = erases.is_some_and(|at| minutes >= at);
                let late = if erases.is_some() && network.happens(300) { TimeDelta::days(2) } else { SOON };
                if !is_gone {
                    script.orders(n, orders, after(minutes), late);
                }
            }
            if network.happens(350) {
                script.acts.push((after(some_time(network)), Act::OptsOut(n)));
            }
            if network.happens(500) {
                script.acts.push((after(some_time(network)), Act::LooksAtLink(n)));
            }
            script.acts.extend(erases.map(|minutes| (after(minutes), Act::Erases(n))));
        }
        if network.happens(100) {
            let stops = network.below(3 * MINUTES_A_DAY);
            script.stops_marketing(after(stops), after(stops + 30 + network.below(180)));
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
                script.orders(n, orders, at(rush) + TimeDelta::minutes(1), SOON);
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

    /// What else befalls letters: one to the first person is throttled, and one taken with a 500 while marketing was stopped
    /// before it; the second person's mailbox does not exist, and they order again; the third calls a letter spam, and orders
    /// again; the fourth, of whose letter nothing is heard, opts out, is erased, and the storefront tells late of an order.
    pub fn of_trouble(begins: Time) -> Self {
        let mut script = Self { people: 4, ..Self::default() };
        let after = |minutes: i64| begins + TimeDelta::minutes(minutes);
        let orders = [(1, 60, 5), (2, 90, 5), (3, 120, 5), (4, 45, 5), (2, 1_200, 5), (4, 1_260, 180), (3, 1_560, 5)];
        for (number, (n, minutes, late)) in orders.into_iter().enumerate() {
            if number < 4 {
                script.signs_up(n, after(minutes));
            }
            script.orders(n, number + 1, after(minutes), TimeDelta::minutes(late));
        }
        script.answers = vec![(1, 1, Odd::Throttled), (1, 3, Odd::TakenAndFails), (4, 1, Odd::TakenAndReset)];
        script.fates =
            vec![(1, 3, Fate::HalfTold), (2, 1, Fate::Bounces), (3, 1, Fate::Complains), (4, 1, Fate::NotTold)];
        script.stops_marketing(after(24 * 60 + 30), after(26 * 60 + 30));
        script.acts.push((after(1_230), Act::OptsOut(4)));
        script.acts.push((after(1_320), Act::Erases(4)));
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    /// Whether person `n`, or whoever they turn out to be, is erased in the end.
    pub(crate) fn erases(&self, n: usize) -> bool {
        let is_one = |other: usize| other == n || (self.merges && n <= 2 && other <= 2);
        self.acts.iter().any(|(_, act)| matches!(act, Act::Erases(other) if is_one(*other)))
    }

    fn stops_marketing(&mut self, from: Time, until: Time) {
        self.acts.push((from, Act::StopsMarketing(true)));
        self.acts.push((until, Act::StopsMarketing(false)));
    }

    fn signs_up(&mut self, n: usize, at: Time) {
        let mut data = customer(n);
        data["consent"] = json!({ "state": "subscribed", "acted_at": at, "source": "sign-up", "wording": "test" });
        self.told(at, "consent.changed", &data, (n, None));
    }

    /// An order, of which the storefront tells a little later.
    fn orders(&mut self, n: usize, order: usize, at: Time, late: TimeDelta) {
        let data = json!({
            "id": order.to_string(), "number": format!("#{order}"), "placed_at": at, "payment_status": "paid",
            "currency": "EUR", "total": "10.00", "customer": customer(n),
            "lines": [{ "sku": "POT-STONE", "title": "A stone pot", "quantity": 1, "unit_price": "10.00" }],
        });
        let id = SourceName::parse(SOURCE).ok().map(|source| OrderId::new(&source, &order.to_string()));
        self.told(at + late, "order.paid", &data, (n, id));
    }

    /// The account of the first takes the address of the second, who is a guest: they are one person.
    fn are_one_person(&mut self, at: Time) {
        let mut data = customer(1);
        data["email"] = customer(2)["email"].clone();
        self.told(at, "customer.changed", &data, (1, None));
    }

    fn told(&mut self, at: Time, what: &str, data: &Value, (person, order): (usize, Option<OrderId>)) {
        let body = json!({ "type": what, "timestamp": at, "data": data }).to_string();
        self.acts.push((at, Act::Told(Webhook { body, person, order })));
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

/// Whose address it is, as a number.
pub(crate) fn number_of(address: &str) -> Option<usize> {
    address.strip_prefix("person")?.split('@').next()?.parse().ok()
}

/// The address of person `n`.
pub(crate) fn address(n: usize) -> String {
    people::person(n).email.as_ref().map(EmailAddress::expose).unwrap_or_default().to_owned()
}
