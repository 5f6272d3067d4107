//! A shop of thousands of letters, worked for by processes of this machine, while everything that can go wrong does.

use chrono::TimeDelta;
use retention::Time;

use crate::faults::Faults;
use crate::fleet::{Fleet, LATER_MONDAY, Programs, really};
use crate::network::Network;
use crate::run::{Manner, Run};
use crate::script::{ACTIVE, Script};
use crate::seeds::HEALED;
use crate::shop::{Templates, TestedShop};
use crate::verdict::Verdict;

/// How many people there are for each letter that is asked for, in a hundred.
const PEOPLE_A_HUNDRED_LETTERS: usize = 45;
/// Events of the mail service and runs of the scheduler come in steps of so many seconds.
const STEP: i64 = 900;
/// So often, by the shop's own clock, it is told how far a run is.
const TOLD_EVERY: TimeDelta = TimeDelta::hours(3);

/// So many times as fast as the machine's clock time goes on: the SDK waits for seconds before it tries again.
const PACE: u32 = 10;

/// How much, and by which chance.
#[derive(Debug, Clone, Copy)]
pub struct Chaos {
    /// At least so many letters are to leave.
    pub letters: usize,
    /// So many processes are at work at once.
    pub workers: usize,
    /// What chance decides is drawn from this.
    pub seed: u64,
}

/// Runs it to its end. It takes up to an hour: `says` is told how far it is.
pub fn run(templates: &Templates, programs: &Programs, chaos: Chaos, says: impl Fn(&str)) -> Result<Verdict, String> {
    really(one(templates, programs, chaos, says))
}

async fn one(templates: &Templates, programs: &Programs, chaos: Chaos, says: impl Fn(&str)) -> Result<Verdict, String> {
    let begins = Time::from_timestamp(LATER_MONDAY, 0).unwrap_or_default();
    let mut dice = fastrand::Rng::with_seed(chaos.seed);
    // A hundredth to a fifth of all calls, each factor as likely as any other.
    let mut level = || [10, 14, 20, 28, 40, 57, 80, 113, 160, 200][dice.usize(0..10)];
    let (throttled, lost, applied_and_lost, stale, ses) = (level(), level(), level(), level(), level());
    let losing = level();
    let (failed, conflict) = (level(), level());
    // A batch or a scan is a hundred calls: of many more deaths none would come to its end.
    let (killed, frozen) = (dice.u32(3..=6), 1);
    // With half of the seeds the clocks of some processes are an hour off; the others are judged without allowance for that.
    let skewed = u32::from(dice.bool());
    let faults = Faults { throttled, failed, conflict, lost, applied_and_lost, stale, killed, frozen, ses, skewed };
    let network = Network::of_processes(chaos.seed, begins, faults, PACE)?;
    let fleet = Fleet::new(&network, templates, programs, chaos.workers)?;
    let shop = TestedShop::with_fleet(templates, network.clone(), fleet).await?;
    let script = Script::of_many(&network, begins, (chaos.letters * PEOPLE_A_HUNDRED_LETTERS).div_ceil(100));
    let manner =
        Manner { losing, complaints: 30, bounces: 20, hasty: 30, crowded: true, senders: chaos.workers, step: STEP };
    let mut run = Run::new(&shop, &script, manner);
    let work = async {
        run.until(begins + ACTIVE).await?;
        run.heals();
        run.until(begins + ACTIVE + HEALED).await
    };
    let telling = async {
        loop {
            network.reached(network.now() + TOLD_EVERY).await;
            let (hours, tally) = ((network.now() - begins).num_hours(), network.tally());
            let taken = network.services().asked().iter().filter(|letter| letter.taken.is_some()).count();
            says(&format!("hour {hours}: {taken} letters, {} faults, {} deaths", tally.faults, tally.deaths));
        }
    };
    tokio::select! {
        done = work => done?,
        () = telling => {}
    }
    run.judged(&format!("seed {}, {faults:?}", chaos.seed), &script).await
}
