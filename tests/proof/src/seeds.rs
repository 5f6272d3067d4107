//! A shop under faults that a seed draws, to its end, and what the oracle says of it.

use chrono::TimeDelta;
use retention::Time;

use crate::faults::Faults;
use crate::logs::Logs;
use crate::network::Network;
use crate::run::{Manner, Run};
use crate::script::{ACTIVE, Script};
use crate::shop::{FEW_SHARDS, Templates, TestedShop};
use crate::verdict::Verdict;

/// A Monday in Dublin.
pub(crate) const MONDAY: i64 = 1_772_409_600;
/// After the script and the faults are over: long enough for a letter in doubt to be closed.
pub(crate) const HEALED: TimeDelta = TimeDelta::hours(75);

/// Runs one seed to its end. The same seed is the same run.
pub fn run(templates: &Templates, seed: u64) -> Result<Verdict, String> {
    virtually(seed, one(templates, seed))
}

/// Runs something in virtual time, on this thread alone, and looks through what it logs.
pub(crate) fn virtually(seed: u64, work: impl Future<Output = Result<Verdict, String>>) -> Result<Verdict, String> {
    let logs = Logs::default();
    let listening = logs.listen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    // What the SDK itself leaves to chance: how long it waits before it tries again.
    fastrand::seed(seed);
    let mut verdict = tokio::task::LocalSet::new().block_on(&runtime, Box::pin(work))?;
    drop(listening);
    logs.judge(&format!("seed {seed}"), &mut verdict);
    Ok(verdict)
}

async fn one(templates: &Templates, seed: u64) -> Result<Verdict, String> {
    let begins = Time::from_timestamp(MONDAY, 0).unwrap_or_default();
    let mut dice = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let mut level = || [0, 0, 5, 10, 30, 100][dice.usize(0..6)];
    let faults = Faults {
        throttled: level(),
        failed: level() / 2,
        conflict: level(),
        lost: level(),
        applied_and_lost: level(),
        stale: level(),
        killed: level(),
        frozen: level() / 10,
        ses: level() * 2,
        skewed: level() / 10,
    };
    let manner =
        Manner { losing: level(), complaints: 30, bounces: 30, hasty: 150, crowded: true, ..Manner::default() };
    let network = Network::new(seed, begins + TimeDelta::minutes(dice.i64(0..24 * 60)), faults)?;
    // A day's quota that is used up before everybody has their letters, until the account may send more.
    let begins = network.now();
    if dice.u32(0..10) == 0 {
        let raised = begins + TimeDelta::hours(dice.i64(6..48));
        network.services().ses().may_send_until(raised, dice.usize(1..5));
    }
    let shards = if dice.u32(0..4) == 0 { FEW_SHARDS } else { 1 };
    let shop = TestedShop::open(templates, network.clone(), shards).await?;
    let script = Script::by_chance(&network, begins);
    let mut run = Run::new(&shop, &script, manner);
    run.until(begins + ACTIVE).await?;
    run.heals();
    run.until(begins + ACTIVE + HEALED).await?;
    run.judged(&format!("seed {seed}"), &script).await
}
