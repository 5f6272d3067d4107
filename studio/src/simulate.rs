//! `regulars simulate`: virtual time over everybody's past, through the rules of the deployed functions.
//!
//! What the rows tell happens at its time, letters leave as the rules say and are taken at once. It says what is sent, and
//! claims nothing about what is bought for it. The same input gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZero;
use std::thread;

use chrono::{NaiveDate, TimeDelta};
use cloud::store::History;
use retention::aggregates::{Aggregates, Tally};
use retention::calendar;
use retention::flow::{Class, Kind};
use retention::ids::{CustomerId, FlowName, Occasion, StepId};
use retention::past::Past;
use retention::send::{Outcome, State};
use retention::{Reason, Shop, Time};
use serde::Serialize;

use crate::counted::counted;

/// Within this span two letters to one person meet.
const WEEK: TimeDelta = TimeDelta::days(7);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// From when; what happened before is known.
    pub from: Time,
    /// Until when, that instant included.
    pub to: Time,
    /// Name everybody who gets more letters than this within seven days, transactional ones too.
    pub threshold: usize,
}

/// A letter that would leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Letter {
    /// When.
    pub at: Time,
    /// To whom.
    pub customer: CustomerId,
    /// Of which flow.
    pub flow: FlowName,
    /// Which step.
    pub step: StepId,
    /// On which occasion.
    pub occasion: Occasion,
    /// Whether it sells.
    #[serde(skip)]
    pub kind: Kind,
    /// Whether it answers the customer's own act.
    #[serde(skip)]
    pub class: Class,
}

/// What would happen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// How many people there are.
    pub people: u64,
    /// How many of them get a letter.
    pub reached: u64,
    /// Letters a flow.
    pub letters: BTreeMap<FlowName, u64>,
    /// Letters a day by the shop's clock, and of them each flow's.
    pub days: BTreeMap<NaiveDate, BTreeMap<FlowName, u64>>,
    /// Marketing letters that sell, and that help.
    pub balance: Balance,
    /// How many letters that fell due in the time were held back, by flow and by each rule that did.
    pub deferred: BTreeMap<FlowName, BTreeMap<&'static str, u64>>,
    /// How many letters did not leave at all, by flow and reason.
    pub dropped: BTreeMap<FlowName, BTreeMap<&'static str, u64>>,
    /// How many people get letters of both flows within seven days.
    pub overlap: BTreeMap<FlowName, BTreeMap<FlowName, u64>>,
    /// How many weeks of a person, counted from the beginning, have that many marketing letters.
    pub weeks: BTreeMap<usize, u64>,
    /// Who gets more letters within seven days than was asked for, and the most that they get.
    pub over_threshold: BTreeMap<CustomerId, usize>,
}

/// What marketing letters are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// They sell.
    pub promotional: u64,
    /// They help.
    pub useful: u64,
}

/// Lives through everybody's time, on all cores. The letters come in order of time.
pub fn simulate(people: &[History], shop: &Shop, question: Question) -> (Simulation, Vec<Letter>) {
    let aggregates = aggregates(people, shop, question.from);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let share = people.len().div_ceil(workers).max(1);
    let parts: Vec<(Simulation, Vec<Letter>)> = thread::scope(|scope| {
        let aggregates = &aggregates;
        let live = |some| scope.spawn(move || part(some, shop, aggregates, question));
        let running: Vec<_> = people.chunks(share).map(live).collect();
        // A worker that panicked would be a fault of the rules: nothing may be left out in silence.
        running
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)))
            .collect()
    });
    let mut sum = Simulation::default();
    let mut letters = Vec::new();
    for (part, more) in parts {
        sum.add(part);
        letters.extend(more);
    }
    letters.sort();
    (sum, letters)
}

/// The aggregates of what was known at `until`.
pub fn aggregates(people: &[History], shop: &Shop, until: Time) -> Aggregates {
    let mut tally = Tally::until(shop, until);
    for history in people {
        tally.add(&history.orders);
    }
    tally.finish()
}

fn part(people: &[History], shop: &Shop, aggregates: &Aggregates, question: Question) -> (Simulation, Vec<Letter>) {
    let mut simulation = Simulation::default();
    let mut letters = Vec::new();
    for history in people {
        letters.extend(simulation.person(history, shop, aggregates, question));
    }
    (simulation, letters)
}

impl Simulation {
    fn person(&mut self, history: &History, shop: &Shop, aggregates: &Aggregates, question: Question) -> Vec<Letter> {
        let Question { from, to, threshold } = question;
        let past = Past::new(history.rows());
        let mut life = past.life_at(shop, aggregates, from);
        let changed = past.live(&mut life, from, to);
        let mut letters = Vec::new();
        for send in &changed {
            match send.state {
                State::Sent => letters.push(Letter {
                    at: send.ended_at(),
                    customer: history.customer.id.clone(),
                    flow: send.flow.clone(),
                    step: send.step.clone(),
                    occasion: send.occasion.clone(),
                    kind: send.kind,
                    class: send.class,
                }),
                state if state.outcome() == Outcome::NoLetter => count(&mut self.dropped, &send.flow, send.reason),
                _ => {}
            }
        }
        let held_out = life.ledger.values().filter(|send| send.state == State::HeldOut && send.created_at > from);
        for send in held_out {
            count(&mut self.dropped, &send.flow, send.reason);
        }
        // A rule may hold a letter back before its time has come: it counts if that came.
        for ((flow, _, _, reason), _) in life.deferred.iter().filter(|(_, due)| **due > from && **due <= to) {
            count(&mut self.deferred, flow, Some(*reason));
        }
        for ((flow, ..), reason) in &life.dropped {
            count(&mut self.dropped, flow, Some(*reason));
        }
        self.people += 1;
        self.reached += u64::from(!letters.is_empty());
        self.letters_of(&letters, shop, from, to);
        let most = most_within_a_week(&letters);
        if most > threshold {
            self.over_threshold.insert(history.customer.id.clone(), most);
        }
        letters
    }

    fn letters_of(&mut self, letters: &[Letter], shop: &Shop, from: Time, to: Time) {
        let mut weeks: BTreeMap<i64, usize> = BTreeMap::new();
        let mut meet: BTreeSet<(&FlowName, &FlowName)> = BTreeSet::new();
        for (index, letter) in letters.iter().enumerate() {
            *self.letters.entry(letter.flow.clone()).or_default() += 1;
            let day = calendar::day_of(shop.zone, letter.at);
            *self.days.entry(day).or_default().entry(letter.flow.clone()).or_default() += 1;
            for other in letters[index + 1..].iter().take_while(|other| other.at - letter.at < WEEK) {
                if other.flow != letter.flow {
                    meet.insert(((&letter.flow).min(&other.flow), (&letter.flow).max(&other.flow)));
                }
            }
            if letter.class == Class::Marketing {
                *weeks.entry((letter.at - from).num_days() / 7).or_default() += 1;
                match letter.kind {
                    Kind::Promotional => self.balance.promotional += 1,
                    Kind::Useful => self.balance.useful += 1,
                }
            }
        }
        for (a, b) in meet {
            *self.overlap.entry(a.clone()).or_default().entry(b.clone()).or_default() += 1;
        }
        let all = u64::try_from((to - from).num_days()).unwrap_or_default().div_ceil(7);
        let some = weeks.len() as u64;
        *self.weeks.entry(0).or_default() += all.saturating_sub(some);
        for letters in weeks.into_values() {
            *self.weeks.entry(letters).or_default() += 1;
        }
    }

    fn add(&mut self, more: Self) {
        self.people += more.people;
        self.reached += more.reached;
        self.balance.promotional += more.balance.promotional;
        self.balance.useful += more.balance.useful;
        add(&mut self.letters, more.letters);
        add(&mut self.weeks, more.weeks);
        for (day, flows) in more.days {
            add(self.days.entry(day).or_default(), flows);
        }
        let tables = [(&mut self.deferred, more.deferred), (&mut self.dropped, more.dropped)];
        for (table, more) in tables {
            for (flow, reasons) in more {
                add(table.entry(flow).or_default(), reasons);
            }
        }
        for (flow, others) in more.overlap {
            add(self.overlap.entry(flow).or_default(), others);
        }
        self.over_threshold.extend(more.over_threshold);
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *sums.entry(key).or_default() += count;
    }
}

fn count(table: &mut BTreeMap<FlowName, BTreeMap<&'static str, u64>>, flow: &FlowName, reason: Option<Reason>) {
    if let Some(reason) = reason {
        *table.entry(flow.clone()).or_default().entry(reason.code()).or_default() += 1;
    }
}

/// The most letters within any seven days. They come in order of time.
fn most_within_a_week(letters: &[Letter]) -> usize {
    let within = |index: usize| letters[index..].iter().take_while(|other| other.at - letters[index].at < WEEK).count();
    (0..letters.len()).map(within).max().unwrap_or_default()
}

impl Simulation {
    /// The simulation for a person who reads it.
    pub fn text(&self, question: &Question) -> String {
        let (from, to) = (question.from.format("%Y-%m-%d %H:%M"), question.to.format("%Y-%m-%d %H:%M UTC"));
        let all: u64 = self.letters.values().sum();
        let mut out = format!(
            "From {from} to {to}: {}, {} a letter, {}.\n",
            counted(self.people, "person", "people"),
            counted(self.reached, "of them gets", "of them get"),
            counted(all, "letter", "letters")
        );
        let Balance { promotional, useful } = self.balance;
        line(&mut out, format_args!("Marketing letters: {useful} help, {promotional} sell.\n"));
        line(&mut out, format_args!("{:<16} {:>8}  {:>9}  {:>8}", "flow", "letters", "held back", "not sent"));
        let flows: BTreeSet<&FlowName> =
            self.letters.keys().chain(self.deferred.keys()).chain(self.dropped.keys()).collect();
        for flow in flows {
            let letters = self.letters.get(flow).copied().unwrap_or_default();
            let sum = |table: &BTreeMap<FlowName, BTreeMap<&'static str, u64>>| {
                table.get(flow).map(|reasons| reasons.values().sum::<u64>()).unwrap_or_default()
            };
            let (deferred, dropped) = (sum(&self.deferred), sum(&self.dropped));
            line(&mut out, format_args!("{:<16} {letters:>8}  {deferred:>9}  {dropped:>8}", flow.as_str()));
        }
        reasons(&mut out, "Held back once due, by rule", &self.deferred);
        reasons(&mut out, "Not sent, by reason", &self.dropped);
        line(&mut out, format_args!("\nMarketing letters in a week of one person, and the number of such weeks:"));
        for (letters, weeks) in &self.weeks {
            line(&mut out, format_args!("  {letters:>3}  {weeks:>9}"));
        }
        if !self.overlap.is_empty() {
            line(&mut out, format_args!("\nPeople who get letters of both flows within seven days:"));
            for (flow, others) in &self.overlap {
                for (other, people) in others {
                    line(&mut out, format_args!("  {:<16} {:<16} {people:>7}", flow.as_str(), other.as_str()));
                }
            }
        }
        let Question { threshold, .. } = question;
        line(
            &mut out,
            format_args!(
                "\nMore than {} within seven days: {}",
                counted(*threshold, "letter", "letters"),
                counted(self.over_threshold.len(), "person", "people")
            ),
        );
        for (customer, most) in self.over_threshold.iter().take(LISTED) {
            line(&mut out, format_args!("  {customer}  {most}"));
        }
        if self.over_threshold.len() > LISTED {
            line(&mut out, format_args!("  and {} more: --json has all of them", self.over_threshold.len() - LISTED));
        }
        out
    }
}

/// How many people are listed for a person who reads.
const LISTED: usize = 20;

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{text}");
}

fn reasons(out: &mut String, title: &str, table: &BTreeMap<FlowName, BTreeMap<&'static str, u64>>) {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in table.values().flatten() {
        *sums.entry(reason).or_default() += count;
    }
    if !sums.is_empty() {
        line(out, format_args!("\n{title}:"));
        for (reason, count) in sums {
            line(out, format_args!("  {reason:<16} {count:>8}"));
        }
    }
}
