//! A worker dies at every call that it makes, before the call is applied, after it, and after its answer was read: each in a
//! run of its own, which then goes on to its end without a fault.

use chrono::TimeDelta;
use retention::Time;

use crate::network::{Faults, Moment, Network};
use crate::oracle::Verdict;
use crate::run::{Death, Manner, Run};
use crate::script::{ACTIVE, Script};
use crate::seeds::{HEALED, MONDAY, virtually};
use crate::shop::{Templates, TestedShop};

/// Every death there is: of each worker of a run without faults, at each of its calls, at each moment.
pub fn deaths(templates: &Templates) -> Result<Vec<Death>, String> {
    let mut calls = Vec::new();
    let verdict = virtually(0, one(templates, None, &mut calls))?;
    if let Some(finding) = verdict.findings.first() {
        return Err(format!("without any death: {finding}"));
    }
    let of_worker = |(worker, calls): (usize, usize)| {
        (1..=calls).flat_map(move |call| Moment::ALL.map(move |moment| (worker, call, moment)))
    };
    Ok(calls.into_iter().enumerate().flat_map(of_worker).collect())
}

/// The run in which that death happens.
pub fn run(templates: &Templates, death: Death) -> Result<Verdict, String> {
    virtually(0, one(templates, Some(death), &mut Vec::new()))
}

async fn one(templates: &Templates, death: Option<Death>, calls: &mut Vec<usize>) -> Result<Verdict, String> {
    // Eight in the morning.
    let begins = Time::from_timestamp(MONDAY, 0).unwrap_or_default() + TimeDelta::hours(8);
    let network = Network::new(1, begins, Faults::default())?;
    let shop = TestedShop::open(templates, network).await?;
    let script = Script::of_everything(begins);
    let mut run = Run::new(&shop, &script, Manner { death, ..Manner::default() });
    run.until(begins + ACTIVE + HEALED).await?;
    let name = death.map_or_else(
        || "no death".to_owned(),
        |(worker, call, moment)| format!("worker {worker}, call {call}, {moment:?}"),
    );
    *calls = run.calls();
    run.judged(&name, &script).await
}
