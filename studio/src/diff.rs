//! `regulars diff`: what a change of flows changes in letters, over the same people and the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cloud::store::History;
use retention::Shop;
use retention::ids::{CustomerId, FlowName, Occasion, StepId};
use serde::Serialize;

use crate::counted::counted;
use crate::simulate::{Balance, Letter, Question, simulate};

/// What a change of flows changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// How many people there are.
    pub people: u64,
    /// How many of them get other letters, or the same at another time.
    pub affected: u64,
    /// Each flow that sends other letters than before.
    pub flows: BTreeMap<FlowName, Change>,
    /// Letters of all flows, before and after.
    pub letters: [u64; 2],
    /// What marketing letters are for, before and after.
    pub balance: [Balance; 2],
    /// The same letters at another time.
    pub moved: u64,
}

/// What changes of one flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Letters before.
    pub before: u64,
    /// Letters after.
    pub after: u64,
    /// Letters that leave now and did not before.
    pub more: u64,
    /// Letters that leave no more.
    pub fewer: u64,
    /// People whom this flow writes to otherwise than before.
    pub people: u64,
}

/// One letter, whenever it leaves.
type Name<'l> = (&'l CustomerId, &'l FlowName, &'l StepId, &'l Occasion);

fn name(letter: &Letter) -> Name<'_> {
    (&letter.customer, &letter.flow, &letter.step, &letter.occasion)
}

/// Lives through the same time twice, by the rules of before and by those of after.
pub fn diff(people: &[History], (base, head): (&Shop, &Shop), question: Question) -> Difference {
    let (before, letters_before) = simulate(people, base, question);
    let (after, letters_after) = simulate(people, head, question);
    let times = |letters: &'_ [Letter]| letters.iter().map(|l| (owned(name(l)), l.at)).collect::<BTreeMap<_, _>>();
    let (was, is) = (times(&letters_before), times(&letters_after));
    let mut flows: BTreeMap<FlowName, Change> = BTreeMap::new();
    let mut by_flow: BTreeMap<FlowName, BTreeSet<CustomerId>> = BTreeMap::new();
    let mut affected: BTreeSet<&CustomerId> = BTreeSet::new();
    let mut moved = 0;
    for (name, at) in &is {
        let change = flows.entry(name.1.clone()).or_default();
        change.after += 1;
        match was.get(name) {
            None => {
                change.more += 1;
                by_flow.entry(name.1.clone()).or_default().insert(name.0.clone());
                affected.insert(&name.0);
            }
            Some(then) if then != at => {
                moved += 1;
                affected.insert(&name.0);
            }
            Some(_) => {}
        }
    }
    for name in was.keys() {
        let change = flows.entry(name.1.clone()).or_default();
        change.before += 1;
        if !is.contains_key(name) {
            change.fewer += 1;
            by_flow.entry(name.1.clone()).or_default().insert(name.0.clone());
            affected.insert(&name.0);
        }
    }
    flows.retain(|_, change| change.more > 0 || change.fewer > 0);
    for (flow, change) in &mut flows {
        change.people = by_flow.get(flow).map(|people| people.len() as u64).unwrap_or_default();
    }
    Difference {
        people: after.people,
        affected: affected.len() as u64,
        flows,
        letters: [was.len() as u64, is.len() as u64],
        balance: [before.balance, after.balance],
        moved,
    }
}

fn owned((customer, flow, step, occasion): Name<'_>) -> (CustomerId, FlowName, StepId, Occasion) {
    (customer.clone(), flow.clone(), step.clone(), occasion.clone())
}

impl Balance {
    /// The part that sells, in percent of all marketing letters.
    fn promotional_percent(self) -> u64 {
        let all = self.promotional + self.useful;
        (self.promotional * 100 + all / 2).checked_div(all).unwrap_or_default()
    }
}

impl Difference {
    /// The difference in Markdown: for a terminal, and as a comment under a change.
    pub fn markdown(&self, question: &Question, whose: &str) -> String {
        let (from, to) = (question.from.format("%Y-%m-%d"), question.to.format("%Y-%m-%d"));
        let mut out = String::from("### What this change does to letters\n\n");
        let mut line = |text: std::fmt::Arguments<'_>| {
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{text}");
        };
        line(format_args!("{whose}, from {from} to {to}: {}.\n", counted(self.people, "person", "people")));
        if self.flows.is_empty() && self.moved == 0 {
            line(format_args!("Nobody gets another letter, and none leaves at another time."));
            return out;
        }
        let [before, after] = self.letters;
        line(format_args!("| | before | after |\n|---|---:|---:|"));
        line(format_args!("| letters | {before} | {after} |"));
        let [sold, sells] = self.balance.map(Balance::promotional_percent);
        line(format_args!("| of marketing, letters that sell | {sold} % | {sells} % |\n"));
        line(format_args!(
            "**{}** with other letters than before; {} at another time.",
            counted(self.affected, "person", "people"),
            counted(self.moved, "letter", "letters")
        ));
        if self.flows.is_empty() {
            return out;
        }
        line(format_args!("\n| flow | before | after | more | fewer | people |\n|---|---:|---:|---:|---:|---:|"));
        for (flow, Change { before, after, more, fewer, people }) in &self.flows {
            line(format_args!("| `{flow}` | {before} | {after} | +{more} | -{fewer} | {people} |"));
        }
        out
    }
}
