//! Runs the model: every scenario with all rules, and then without one.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use stateright::{Checker as _, HasDiscoveries, Model as _};

use crate::actions::Action;
use crate::failures::{self, FAILURES, Failure, WORTH, Worth};
use crate::properties::{Broken, Property};
use crate::protocol::{HUNTED, Protocol};
use crate::reached::Seen;
use crate::rules::{Rule, Rules};
use crate::scenarios::{BOUNDED, FULL, Scenario};

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Only what fits into every run of the tests.
    pub bounded: bool,
    /// How many scenarios are walked through side by side; each takes up to four gigabytes in the full run.
    pub threads: NonZeroUsize,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How much was tried: `bounded` or `full`.
    pub bounds: &'static str,
    /// Scenarios with all rules.
    pub scenarios: usize,
    /// Different worlds in them.
    pub states: usize,
    /// Steps from one world to another in them.
    pub steps: usize,
    /// The longest of the shortest ways to a world.
    pub depth: usize,
    /// Properties broken in them.
    pub violations: usize,
    /// Failures that were looked for, each without its rule.
    pub rules_removed: usize,
    /// Failures that came back.
    pub found_again: usize,
    /// Other rules that were taken out alone.
    pub other_rules: usize,
    /// Those of them of which the outcome is another than docs/proof.md says.
    pub surprises: usize,
    /// What should have come about and never did.
    pub unreached: Vec<&'static str>,
}

impl Report {
    /// Whether everything is as it has to be.
    pub fn holds(&self) -> bool {
        self.violations == 0
            && self.rules_removed == failures::COUNT
            && self.found_again == failures::COUNT
            && self.surprises == 0
            && self.unreached.is_empty()
    }
}

/// One thing to try.
enum Try {
    AllRules(Scenario),
    Failure(&'static Failure),
    Worth(&'static Worth),
}

/// What one walk through a scenario came to.
struct Walk {
    states: usize,
    steps: usize,
    depth: usize,
    broken: Vec<Property>,
    seconds: f32,
}

/// Tries everything, and says a line for people about each scenario and each rule.
pub fn prove(options: &Options, say: &(dyn Fn(&str) + Sync)) -> Report {
    let scenarios = if options.bounded { BOUNDED } else { FULL };
    // The largest come first, so that no thread is left alone with one of them.
    let mut tries: Vec<Try> = scenarios.iter().map(|scenario| Try::AllRules(*scenario)).collect();
    tries.extend(FAILURES.iter().map(Try::Failure));
    // What is found at once is always tried; to find nothing takes a whole walk.
    tries.extend(WORTH.iter().filter(|worth| !options.bounded || worth.breaks.is_some()).map(Try::Worth));
    let report = Mutex::new(Report {
        bounds: if options.bounded { "bounded" } else { "full" },
        scenarios: scenarios.len(),
        states: 0,
        steps: 0,
        depth: 0,
        violations: 0,
        rules_removed: 0,
        found_again: 0,
        other_rules: 0,
        surprises: 0,
        unreached: Vec::new(),
    });
    let lost = Mutex::new(Vec::new());
    let seen = Arc::new(Seen::default());
    let next = AtomicUsize::new(0);
    thread::scope(|threads| {
        for _ in 0..options.threads.get() {
            threads.spawn(|| {
                while let Some(what) = tries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match what {
                        Try::AllRules(scenario) => all_rules(scenario, &seen, &report, say),
                        Try::Failure(failure) => {
                            if !comes_back(failure, say) {
                                lost.lock().unwrap_or_else(PoisonError::into_inner).push(failure.number());
                            }
                        }
                        Try::Worth(worth) => {
                            let as_said = is_worth(worth, say);
                            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                            report.other_rules += 1;
                            report.surprises += usize::from(!as_said);
                        }
                    }
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut numbers: Vec<&str> = FAILURES.iter().map(Failure::number).collect();
    numbers.dedup();
    report.rules_removed = numbers.len();
    report.found_again = numbers.iter().filter(|number| !lost.contains(number)).count();
    report.unreached = seen.missing();
    report
}

fn all_rules(scenario: &Scenario, seen: &Arc<Seen>, report: &Mutex<Report>, say: &(dyn Fn(&str) + Sync)) {
    let protocol = Protocol { scenario: *scenario, rules: Rules::without(&[]), hunted: None, seen: Arc::clone(seen) };
    let walk = walk(&protocol);
    let Walk { states, steps, depth, seconds, .. } = walk;
    let verdict = if walk.broken.is_empty() { "nothing is broken" } else { "BROKEN" };
    say(&format!(
        "all rules, {}: {states} states, {steps} steps, depth {depth}, {verdict} ({seconds:.0} s)",
        bounds(scenario)
    ));
    for property in &walk.broken {
        tell(&protocol, &shortest(&protocol, &[*property]), &[*property], say);
    }
    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
    report.states += states;
    report.steps += steps;
    report.depth = report.depth.max(depth);
    report.violations += walk.broken.len();
}

/// Whether a failure comes back without its rules.
fn comes_back(failure: &Failure, say: &(dyn Fn(&str) + Sync)) -> bool {
    let rules = Rules::without(failure.removed);
    let protocol = Protocol { scenario: failure.scenario, rules, hunted: None, seen: Arc::default() };
    let trace = shortest(&protocol, failure.broken);
    let without: Vec<&str> = failure.removed.iter().map(|rule| rule.name()).collect();
    let (name, without) = (failure.name, without.join(", "));
    if trace.is_empty() {
        say(&format!("{name} without \"{without}\": {} HOLDS", failure.broken[0].name()));
        return false;
    }
    let instead: Vec<&str> = failure.removed.iter().map(|rule| rule.obvious_reading()).collect();
    let text = format!("{name} without \"{without}\" ({}): {} steps", instead.join("; "), trace.len());
    let mut lines = vec![text];
    lines.extend(protocol.story(&trace, failure.broken).into_iter().map(|line| format!("    {line}")));
    say(&lines.join("\n"));
    true
}

/// Whether a rule taken out alone breaks what it is said to break, and nothing if nothing.
fn is_worth(worth: &Worth, say: &(dyn Fn(&str) + Sync)) -> bool {
    let Worth { rule, breaks, scenarios } = *worth;
    let mut states = 0;
    for scenario in scenarios {
        let protocol =
            Protocol { scenario: *scenario, rules: Rules::without(&[rule]), hunted: None, seen: Arc::default() };
        if let Some(property) = breaks {
            let trace = shortest(&protocol, &[property]);
            if !trace.is_empty() {
                say(&format!("without \"{}\": {} is broken in {} steps", rule.name(), property.name(), trace.len()));
                return true;
            }
            continue;
        }
        let walk = walk(&protocol);
        states += walk.states;
        if let Some(property) = walk.broken.first() {
            say(&format!("without \"{}\": {} is BROKEN", rule.name(), property.name()));
            tell(&protocol, &shortest(&protocol, &[*property]), &[*property], say);
            return false;
        }
    }
    let verdict = if breaks.is_some() { "NOTHING is broken" } else { "nothing is broken, the other rules suffice" };
    say(&format!("without \"{}\": {verdict} ({states} states)", rule.name()));
    breaks.is_none()
}

/// Walks through a scenario, to its end or to the first property that is broken.
fn walk(protocol: &Protocol) -> Walk {
    let begun = Instant::now();
    let checker = protocol.clone().checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let mut broken: Vec<Property> = checker.discoveries().keys().filter_map(|name| Property::named(name)).collect();
    broken.sort_unstable();
    Walk {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        broken,
        seconds: begun.elapsed().as_secs_f32(),
    }
}

/// The shortest way to a world in which these properties are broken; empty where there is none.
///
/// The checker goes through worlds in the order of their depth and in blocks, and keeps the last that it finds in a block.
/// So it is asked again for a shorter way until there is none.
fn shortest(protocol: &Protocol, broken: &[Property]) -> Vec<Action> {
    let protocol = Protocol { hunted: Some(Broken::of(broken)), ..protocol.clone() };
    let mut best: Vec<Action> = Vec::new();
    loop {
        let checker = protocol.clone().checker().finish_when(HasDiscoveries::AnyFailures);
        let checker = if best.is_empty() { checker } else { checker.target_max_depth(best.len() + 1) };
        let found = checker.spawn_bfs().join().discovery(HUNTED);
        let Some(path) = found else { return best };
        best = path.into_actions();
    }
}

fn tell(protocol: &Protocol, trace: &[Action], broken: &[Property], say: &(dyn Fn(&str) + Sync)) {
    let lines: Vec<String> = protocol.story(trace, broken).into_iter().map(|line| format!("    {line}")).collect();
    say(&lines.join("\n"));
}

/// A scenario's bounds in a few words.
fn bounds(scenario: &Scenario) -> String {
    let Scenario { name, workers, scanners, ticks, faults, .. } = scenario;
    format!("{name} (workers {workers}, scanners {scanners}, ticks {ticks}, faults {faults})")
}

/// The rules of which nothing is said: neither a failure nor a worth names them alone.
pub fn unspoken() -> Vec<Rule> {
    let in_failure = |rule: &Rule| FAILURES.iter().any(|failure| failure.removed == [*rule]);
    let in_worth = |rule: &Rule| WORTH.iter().any(|worth| worth.rule == *rule);
    Rule::ALL.into_iter().filter(|rule| !in_failure(rule) && !in_worth(rule)).collect()
}
