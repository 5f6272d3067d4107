//! A worker dies at every call that it makes, before the call is applied, after it, and after its answer was read: each in a
//! run of its own, which then goes on to its end without a further fault. There are two lives to die in: one in which all goes
//! well, and one with what befalls letters.
//!
//! A worker is a future of this process in virtual time, or a process of this machine that gets a signal.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use retention::Time;

use crate::faults::{Death, Faults, Moment};
use crate::fleet::{Fleet, LATER_MONDAY, Programs, really};
use crate::network::Network;
use crate::run::{Manner, Run};
use crate::script::{ACTIVE, Script};
use crate::seeds::{HEALED, MONDAY, virtually};
use crate::shop::{FEW_SHARDS, Templates, TestedShop};
use crate::verdict::Verdict;
use crate::workers::{self, Function};

/// How the kind of a query begins that asks a shard for what is due.
const OF_A_SHARD: &str = "DynamoDB_20120810.Query due ";

/// In as many lives of processes a death is looked for: one makes a few calls less than another, and may not come to the last.
/// In virtual time each call comes again.
const LIVES: usize = 4;

/// What happens in a run beside the death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// One of everything, and all goes well.
    Plain,
    /// Odd answers of the mail service, bounce, complaint, events that are lost, an erasure, a stop of all marketing.
    Troubled,
}

impl Life {
    /// Both.
    pub const ALL: [Life; 2] = [Life::Plain, Life::Troubled];

    fn script(self, begins: Time) -> Script {
        match self {
            Life::Plain => Script::of_everything(begins),
            Life::Troubled => Script::of_trouble(begins),
        }
    }

    /// Whether a run without any death came to what it is there for.
    fn came_about(self, verdict: &Verdict) -> bool {
        match self {
            // Nothing goes wrong, also where sockets are closed while they are idle: so nothing is in doubt.
            Life::Plain => (verdict.unknown, verdict.possible_duplicate, verdict.lost_suspect) == (0, 0, 0),
            Life::Troubled => {
                (verdict.bounced, verdict.complained, verdict.erased) == (1, 1, 1) && verdict.possible_duplicate == 1
            }
        }
    }
}

/// At which of a function's calls workers die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// At each.
    Every,
    /// At each, but of queries that ask one shard after the other at the middle one alone. Processes work on all sixteen that
    /// a table has, and four of five of their calls are such queries.
    OneShard,
    /// At one of each kind alone, the middle one.
    OneOfEachKind,
}

/// Every death there is in a life: at each call that the workers of a function make in a run without faults, at each moment;
/// or at some of the calls alone.
pub fn deaths(templates: &Templates, programs: Option<&Programs>, life: Life, at: Calls) -> Result<Vec<Death>, String> {
    let mut calls = BTreeMap::new();
    let verdict = in_its_time(templates, programs, (life, None), &mut calls)?;
    if let Some(finding) = verdict.findings.first() {
        return Err(format!("{life:?}, without any death: {finding}"));
    }
    if !life.came_about(&verdict) {
        return Err(format!("{life:?}, without any death, came to something else: {verdict:?}"));
    }
    let of_function = |(function, kinds): (Function, Vec<String>)| {
        let calls = match at {
            Calls::Every => (1..=kinds.len()).collect(),
            Calls::OneShard => with_one_shard(&kinds),
            Calls::OneOfEachKind => middle_of_each(&kinds),
        };
        calls.into_iter().flat_map(move |call| Moment::ALL.map(move |moment| (function, call, moment)))
    };
    Ok(calls.into_iter().flat_map(of_function).collect())
}

/// Of each kind of call, the how manyth of all calls its middle one is.
fn middle_of_each(kinds: &[String]) -> Vec<usize> {
    let mut calls: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (before, kind) in kinds.iter().enumerate() {
        calls.entry(kind).or_default().push(before + 1);
    }
    calls.into_values().filter_map(|calls| calls.get(calls.len() / 2).copied()).collect()
}

/// The how manyth of all calls each is; of the queries that ask one shard after the other, the middle one.
fn with_one_shard(kinds: &[String]) -> Vec<usize> {
    let rows = kinds.chunk_by(|one, next| one == next && one.starts_with(OF_A_SHARD));
    let middle = |before: &mut usize, row: &[String]| {
        let middle = *before + row.len() / 2 + 1;
        *before += row.len();
        Some(middle)
    };
    rows.scan(0, middle).collect()
}

/// The run in which that death happens; where it comes about in none of them, the last.
pub fn run(templates: &Templates, programs: Option<&Programs>, life: Life, death: Death) -> Result<Verdict, String> {
    let once = || in_its_time(templates, programs, (life, Some(death)), &mut BTreeMap::new());
    let mut verdict = once()?;
    for _ in 1..programs.map_or(1, |_| LIVES) {
        if verdict.deaths > 0 || !verdict.is_good() {
            break;
        }
        verdict = once()?;
    }
    Ok(verdict)
}

fn in_its_time(
    templates: &Templates,
    programs: Option<&Programs>,
    of: (Life, Option<Death>),
    calls: &mut BTreeMap<Function, Vec<String>>,
) -> Result<Verdict, String> {
    match programs {
        None => virtually(0, one(templates, None, of, calls)),
        Some(programs) => really(one(templates, Some(programs), of, calls)),
    }
}

async fn one(
    templates: &Templates,
    programs: Option<&Programs>,
    (life, death): (Life, Option<Death>),
    calls: &mut BTreeMap<Function, Vec<String>>,
) -> Result<Verdict, String> {
    // Eight in the morning.
    let monday = if programs.is_some() { LATER_MONDAY } else { MONDAY };
    let begins = Time::from_timestamp(monday, 0).unwrap_or_default() + TimeDelta::hours(8);
    let shop = if let Some(programs) = programs {
        let network = Network::of_processes(1, begins, Faults::default(), 1)?;
        let fleet = Fleet::new(&network, templates, programs, usize::MAX >> 4)?;
        TestedShop::with_fleet(templates, network, fleet).await?
    } else {
        // The longer life makes enough calls as it is.
        let shards = if life == Life::Plain { FEW_SHARDS } else { 1 };
        TestedShop::open(templates, Network::new(1, begins, Faults::default())?, shards).await?
    };
    shop.network.dooms(death);
    if death.is_none() {
        shop.network.notes_kinds();
    }
    let script = life.script(begins);
    // Where time is the machine's, what is done together must not hang on milliseconds: every run is to be the same.
    let step = if programs.is_some() { 900 } else { 1 };
    let mut run = Run::new(&shop, &script, Manner { step, ..Manner::default() });
    run.until(begins + ACTIVE + HEALED).await?;
    let name = death.map_or_else(
        || format!("{life:?}, no death"),
        |(function, call, moment)| format!("{life:?}, {}, call {call}, {moment:?}", function.name()),
    );
    *calls = shop.network.kinds();
    if death.is_none() && programs.is_some() {
        workers::misled(&shop).await;
    }
    run.judged(&name, &script).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_queries_that_ask_shards_in_a_row_it_is_the_middle_one_and_of_other_calls_each() {
        let (due, history) = ([OF_A_SHARD, "due_shard"].concat(), "DynamoDB_20120810.Query pk".to_owned());
        let kinds = [&history, &history, &due, &due, &due, &history, &due, &history].map(String::clone);
        assert_eq!(with_one_shard(&kinds), [1, 2, 4, 6, 7, 8]);
        assert_eq!(middle_of_each(&kinds), [5, 6]);
    }
}
