//! A new buyer's first month under everything that ships switched on, as the page `docs/first-month.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use retention::Send;
use retention::send::State;

use crate::shopper::{Shopper, at, shipped};

/// The page.
pub(crate) fn page() -> String {
    let tree = shipped();
    let mut shop = tree.shop.clone();
    for source in &mut shop.sources {
        source.sends_own.clear();
    }
    let mut nora = Shopper::agreed(&shop, "2026-03-02 10:15");
    nora.fills("2026-03-02 10:05", "t1", 14).buys("2026-03-02 10:20", "1", "TEA-FOG-100", 14);
    nora.ships("2026-03-03 15:00", "1").delivers("2026-03-05 12:00", "1").until("2026-04-02 10:20");
    let mut left: Vec<&Send> = nora.life.ledger.values().filter(|send| send.state == State::Sent).collect();
    left.sort_by_key(|send| (send.ended_at(), send.id.clone()));
    let mut out = String::from(HEAD);
    for send in left {
        let strings = tree.letters.flows[&send.flow].strings["en"].letters.get(send.letter.as_str());
        let subject = strings.and_then(|texts| texts.get("subject")).map_or("", |text| text.value.as_str());
        let after = send.ended_at() - at("2026-03-02 10:20");
        let when = send.ended_at().with_timezone(&shop.zone).format("%-d %B, %H:%M");
        writeln!(out, "| {} | {when} | {} | {subject} |", after.num_days(), send.flow).expect("text");
    }
    out.push_str(BETWEEN);
    let mut held: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for ((flow, step, _), reason) in &nora.life.dropped {
        held.insert((flow.as_str(), step.as_str()), reason.sentence());
    }
    for send in nora.life.ledger.values().filter(|send| send.state != State::Sent) {
        if let Some(reason) = send.reason {
            held.insert((send.flow.as_str(), send.step.as_str()), reason.sentence());
        }
    }
    for ((flow, step), reason) in held {
        writeln!(out, "| {flow} | {step} | {reason} |").expect("text");
    }
    out
}

const HEAD: &str = "# A new buyer's first month

Nora fills a cart on 2 March at 10:05, agrees to letters and orders at 10:20, as a guest: a bag of tea. It leaves the next
day and arrives on the 5th. Every flow that ships is on as it ships, and her storefront writes nothing itself. These are all
letters that she gets until 2 April. The hours are Dublin's; summer time begins on 29 March.

| day | when | flow | subject |
|---:|---|---|---|
";

const BETWEEN: &str = "
What was due and did not leave, and why:

| flow | step | why |
|---|---|---|
";
