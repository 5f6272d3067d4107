use model::{protocol::Protocol, rules::*, scenarios::Scenario};
use stateright::{Checker, Model, HasDiscoveries};
fn main() {
    let a: Vec<u8> = std::env::args().nth(1).unwrap().split(',').map(|x| x.parse().unwrap()).collect();
    let f: String = std::env::args().nth(2).unwrap_or_default();
    let removed: Vec<Rule> = std::env::args().nth(3).map(|s| s.split(',').filter_map(|n| n.parse::<usize>().ok()).map(|n| Rule::ALL[n]).collect()).unwrap_or_default();
    let mut s = Scenario { name: "x", workers: a[0], scanners: a[1], ticks: a[2], faults: a[3], low_steps: a[4], high_due: a[5], ..Scenario::PLAIN };
    s.opt_out = f.contains('o'); s.order = f.contains('b'); s.suppression = f.contains('s'); s.poison = f.contains('p'); s.events = !f.contains('n');
    if f.contains('m') { s.merge = true; s.wants_low = [true, true]; s.wants_high=[false, true]; }
    if f.contains('M') { s.merge = true; s.wants_low = [true, true]; s.wants_high=[true, true]; }
    if f.contains('h') { s.wants_high = [false, s.wants_high[1] && s.merge]; }
    if f.contains('H') { s.wants_high = [false, false]; }
    let t = std::time::Instant::now();
    let p = Protocol { scenario: s, rules: Rules::without(&removed) };
    println!("{removed:?} size {}", std::mem::size_of::<model::world::World>());
    let c = p.checker().threads(if f.contains('2') {2} else {1}).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("unique {} total {} depth {} {:.1}s", c.unique_state_count(), c.state_count(), c.max_depth(), t.elapsed().as_secs_f32());
    for (n, path) in c.discoveries() { 
        if n.starts_with('S') { println!("== {n}"); for (st, ac) in path.into_vec() { println!("{ac:?}"); if ac.is_none() { println!("{st:?}"); } } } else { println!("reached {n}"); }
    }
}
