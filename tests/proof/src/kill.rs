//! A worker dies at every call that it makes, before the call is applied, after it, and after its answer was read: each in a
//! run of its own, which then goes on to its end without a fault.
//!
//! A worker is a future of this process in virtual time, or a process of this machine that gets a signal.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use retention::Time;

use crate::faults::{Death, Faults, Moment};
use crate::fleet::{Fleet, LATER_MONDAY, Programs, really};
use crate::network::Network;
use crate::oracle::Verdict;
use crate::run::{Manner, Run};
use crate::script::{ACTIVE, Script};
use crate::seeds::{HEALED, MONDAY, virtually};
use crate::shop::{Templates, TestedShop};
use crate::workers::Function;

/// Every death there is: at each call that the workers of a function make in a run without faults, at each moment.
pub fn deaths(templates: &Templates, programs: Option<&Programs>) -> Result<Vec<Death>, String> {
    let mut calls = BTreeMap::new();
    let verdict = in_its_time(templates, programs, None, &mut calls)?;
    if let Some(finding) = verdict.findings.first() {
        return Err(format!("without any death: {finding}"));
    }
    let of_function = |(function, calls): (Function, usize)| {
        (1..=calls).flat_map(move |call| Moment::ALL.map(move |moment| (function, call, moment)))
    };
    Ok(calls.into_iter().flat_map(of_function).collect())
}

/// The run in which that death happens.
pub fn run(templates: &Templates, programs: Option<&Programs>, death: Death) -> Result<Verdict, String> {
    in_its_time(templates, programs, Some(death), &mut BTreeMap::new())
}

fn in_its_time(
    templates: &Templates,
    programs: Option<&Programs>,
    death: Option<Death>,
    calls: &mut BTreeMap<Function, usize>,
) -> Result<Verdict, String> {
    match programs {
        None => virtually(0, one(templates, None, death, calls)),
        Some(programs) => really(one(templates, Some(programs), death, calls)),
    }
}

async fn one(
    templates: &Templates,
    programs: Option<&Programs>,
    death: Option<Death>,
    calls: &mut BTreeMap<Function, usize>,
) -> Result<Verdict, String> {
    // Eight in the morning.
    let monday = if programs.is_some() { LATER_MONDAY } else { MONDAY };
    let begins = Time::from_timestamp(monday, 0).unwrap_or_default() + TimeDelta::hours(8);
    let shop = if let Some(programs) = programs {
        let network = Network::of_processes(1, begins, Faults::default(), 1)?;
        let fleet = Fleet::new(&network, templates, programs, usize::MAX >> 4)?;
        TestedShop::with_fleet(templates, network, fleet).await?
    } else {
        TestedShop::open(templates, Network::new(1, begins, Faults::default())?).await?
    };
    shop.network.dooms(death);
    let script = Script::of_everything(begins);
    // Where time is the machine's, what is done together must not hang on milliseconds: every run is to be the same.
    let step = if programs.is_some() { 900 } else { 1 };
    let mut run = Run::new(&shop, &script, Manner { step, ..Manner::default() });
    run.until(begins + ACTIVE + HEALED).await?;
    let name = death.map_or_else(
        || "no death".to_owned(),
        |(function, call, moment)| format!("{}, call {call}, {moment:?}", function.name()),
    );
    *calls = shop.network.calls();
    run.judged(&name, &script).await
}
