//! What customers do in one run: they sign up, order, opt out, change their address, and their mail programs look at links.

use chrono::TimeDelta;
use retention::Time;
use retention::event::{Entity, Event, Person};
use retention::order::Stamp;
use testkit::people;

use crate::network::Network;

/// How long customers act.
pub const ACTIVE: TimeDelta = TimeDelta::hours(84);
const MINUTES_A_DAY: u32 = 24 * 60;

/// Something that somebody does.
#[derive(Debug, Clone)]
pub enum Act {
    /// A storefront tells of it.
    Told(Box<Event>),
    /// Person `n` opts out by the link in a letter.
    OptsOut(usize),
    /// A machine follows the link of person `n`.
    LooksAtLink(usize),
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
            let person = person(n);
            let signs_up = after(network.below(60));
            script.told(signs_up, people::subscribed(&person, signs_up));
            let first = 60 + network.below(5 * 60);
            let mut times = vec![first];
            if network.happens(400) {
                times.push(first + 60 + network.below(3 * MINUTES_A_DAY));
            }
            for minutes in times {
                orders += 1;
                let at = after(minutes);
                let order = people::order(&format!("{orders}"), at, &[("POT-STONE", 1)]);
                script.told(at + TimeDelta::seconds(5), people::ordered(&person, &order));
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
            let at = after(60 + network.below(3 * MINUTES_A_DAY));
            script.told(at, one_person(at));
        }
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    /// One of everything: two people sign up and order, the thanks leave, one follows a link, they turn out to be one person,
    /// who orders again and opts out.
    pub fn of_everything(begins: Time) -> Self {
        let mut script = Self { people: 2, merges: true, ..Self::default() };
        let after = |hours: i64| begins + TimeDelta::hours(hours);
        for (n, hours) in [(1, 1), (2, 2), (1, 40)] {
            let (at, person) = (after(hours), person(n));
            if hours < 24 {
                script.told(at, people::subscribed(&person, at));
            }
            let order = people::order(&format!("{hours}"), at, &[("POT-STONE", 1)]);
            script.told(at + TimeDelta::minutes(5), people::ordered(&person, &order));
        }
        script.acts.push((after(30), Act::LooksAtLink(1)));
        script.told(after(36), one_person(after(36)));
        script.acts.push((after(70), Act::OptsOut(1)));
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    fn told(&mut self, at: Time, event: Event) {
        self.acts.push((at, Act::Told(Box::new(event))));
    }
}

/// The account of the first takes the address of the second, who is a guest: they are one person.
fn one_person(at: Time) -> Event {
    let person = Person { email: person(2).email, ..person(1) };
    let stamp = Stamp { at, rank: 1, hash: "account".to_owned() };
    Event { person, statements: Vec::new(), entity: Entity::Customer(stamp) }
}

/// Person `n`. The second is a guest, who has no account.
pub fn person(n: usize) -> Person {
    let person = people::person(n);
    if n == 2 { Person { id: None, ..person } } else { person }
}
