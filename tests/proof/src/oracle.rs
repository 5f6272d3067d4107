//! The oracle: what SES took, held against what the shop's rows say of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::send::State;
use retention::{Send, Time};

use crate::afterwards;
use crate::logs;
use crate::network::FAR_OFF;
use crate::script::{Act, Script, number_of};
use crate::ses::Asked;
use crate::shop::TestedShop;
use crate::verdict::Verdict;

/// The least time between two marketing letters to one person: what the shop's gap is, less what a clock may be off and a
/// call may take.
const SLACK: TimeDelta = TimeDelta::minutes(3);
/// How old something must be to be held against the shop.
const SETTLED: TimeDelta = TimeDelta::hours(48);

/// An opt-out or a complaint that was answered as done.
#[derive(Debug, Clone)]
pub struct OptOut {
    /// Under which ids the person was known then.
    pub ids: Vec<CustomerId>,
    /// How many writes the table had taken by then.
    pub write: u64,
}

/// An address of which a bounce or a complaint was taken in.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// The address.
    pub address: String,
    /// Whether all mail to it stops, and not marketing alone.
    pub all: bool,
    /// How many writes the table had taken by then.
    pub write: u64,
}

/// A person whose wish to be erased was answered as noted.
#[derive(Debug, Clone)]
pub struct Erased {
    /// The number of the person.
    pub person: usize,
    /// Under which ids the person was known then.
    pub ids: Vec<CustomerId>,
}

/// An event of the mail service that was answered as taken in.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Of which letter.
    pub send: String,
    /// What it told.
    pub kind: &'static str,
}

/// What the shop was told, and said that it had taken in.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Who is to get no marketing.
    pub opt_outs: Vec<OptOut>,
    /// Which addresses get no more.
    pub stopped: Vec<Stopped>,
    /// Who is to be erased.
    pub erased: Vec<Erased>,
    /// What it was told of letters.
    pub heard: Vec<Heard>,
    /// From when to when marketing was stopped: by the operator, or by the breaker.
    pub stops: Vec<(Time, Time)>,
}

impl Told {
    /// Takes over what else was told.
    pub(crate) fn extend(&mut self, other: Self) {
        self.opt_outs.extend(other.opt_outs);
        self.stopped.extend(other.stopped);
        self.erased.extend(other.erased);
        self.heard.extend(other.heard);
        self.stops.extend(other.stops);
    }
}

/// Judges a run that is over and healed.
pub async fn judge(shop: &TestedShop, run: &str, script: &Script, told: &Told) -> Result<Verdict, String> {
    let (opt_outs, network) = (&told.opt_outs, &shop.network);
    let now = network.now();
    let store = shop.store(&network.spared());
    let tally = network.tally();
    let mut verdict = Verdict {
        calls: tally.calls,
        faults: tally.faults,
        deaths: tally.deaths,
        trace: tally.trace,
        ..Verdict::default()
    };
    let mut sends: BTreeMap<String, Send> = BTreeMap::new();
    let mut people = Vec::new();
    let expiring = expiring(shop).await?;
    let mut walk = store.walk();
    loop {
        let page = walk.page().await.map_err(|e| e.to_string())?;
        if page.is_empty() {
            break;
        }
        for known in page {
            let history = store.history(&known.customer.id).await.map_err(|e| e.to_string())?;
            let all = history.into_iter().flat_map(|history| history.sends);
            let all = all.filter(|send| !expiring.contains(send.id.as_str()));
            sends.extend(all.map(|send| (send.id.to_string(), send)));
            people.push(known.customer);
        }
    }
    let named = network.services().messages_with_names();
    if named > 0 {
        verdict.finds(|v| &mut v.named_in_logs, format!("{run}: {named} messages of a queue name somebody"));
    }
    if let Some(fleet) = &shop.fleet {
        logs::judge(&fleet.logs()?, run, &mut verdict);
    }
    for said in network.said() {
        logs::judge(&said, run, &mut verdict);
    }
    verdict.history = history(shop, script, &sends, opt_outs);
    letters(shop, run, script, &sends, &mut verdict);
    rows(run, &sends, now, &mut verdict);
    confirmations(run, script, &sends, &mut verdict);
    events(run, &told.heard, &sends, &mut verdict);
    afterwards::judge(shop, run, (script, told), &sends, &mut verdict).await?;
    for mark in network.services().marks() {
        let Some(send) = sends.get(&mark.send).filter(|send| send.class == Class::Marketing) else { continue };
        if opt_outs.iter().any(|opt_out| opt_out.ids.contains(&send.customer) && mark.write > opt_out.write) {
            verdict.finds(|v| &mut v.after_opt_out, format!("{run}: {} marked after an opt-out", mark.send));
        }
    }
    for customer in &people {
        let mut ids = customer.former.iter().chain([&customer.id]);
        let asked_for = ids.any(|id| opt_outs.iter().any(|opt_out| opt_out.ids.contains(id)));
        if asked_for && customer.consent.is_subscribed() {
            verdict.finds(|v| &mut v.after_opt_out, format!("{run}: {} opted out, and is subscribed", customer.id));
        }
        if customer.consent.said().is_some() && !customer.consent.is_subscribed() && !asked_for {
            verdict
                .finds(|v| &mut v.opted_out_by_machine, format!("{run}: {} opted out, and nobody asked", customer.id));
        }
        let holder = customer.open.as_ref().and_then(|id| sends.get(id.as_str()));
        let ended = holder.is_some_and(|send| send.due_at.is_none());
        if ended && customer.next_look.is_none_or(|look| look <= now - SETTLED) {
            verdict.finds(|v| &mut v.slot_leaks, format!("{run}: the slot of {} is held by what ended", customer.id));
        }
    }
    if let Some(fleet) = shop.fleet.as_ref().filter(|_| !verdict.is_good()) {
        verdict.logs = fleet.logs()?;
    }
    Ok(verdict)
}

/// Everything that was done, and every letter, in order of time.
fn history(shop: &TestedShop, script: &Script, sends: &BTreeMap<String, Send>, opt_outs: &[OptOut]) -> Vec<String> {
    let mut lines: Vec<(Time, String)> = Vec::new();
    for (at, act) in &script.acts {
        let what = match act {
            Act::Told(webhook) => format!("told: {}", webhook.body),
            Act::OptsOut(n) => format!("person {n} opts out"),
            Act::LooksAtLink(n) => format!("a machine follows the link of person {n}"),
            Act::Erases(n) => format!("person {n} has their data erased"),
            Act::StopsMarketing(stops) => format!("the operator stops marketing: {stops}"),
        };
        lines.push((*at, what));
    }
    for send in sends.values() {
        for change in &send.history {
            let reason = change.reason.map(retention::Reason::code).unwrap_or_default();
            let (state, of) = (change.to.name(), &send.customer);
            lines.push((change.at, format!("{} {}/{} of {of}: {state} {reason}", send.id, send.flow, send.step)));
        }
    }
    for asked in shop.network.services().asked() {
        let Asked { at, send, attempt, taken, to, after, .. } = asked;
        lines.push((at, format!("{send} SES asked, attempt {attempt} to {to}, taken {taken:?}, after write {after}")));
    }
    lines.sort();
    let mut lines: Vec<String> =
        lines.into_iter().map(|(at, line)| format!("{} {line}", at.format("%d %H:%M:%S%.3f"))).collect();
    lines.extend(opt_outs.iter().map(|o| format!("opt-out of {:?} durable at write {}", o.ids, o.write)));
    lines.extend(
        shop.network.services().marks().iter().map(|m| format!("mark {} {} at write {}", m.send, m.attempt, m.write)),
    );
    lines
}

/// The sends that the table forgets by itself, sooner or later: to whoever asks then, they never were.
async fn expiring(shop: &TestedShop) -> Result<BTreeSet<String>, String> {
    let store = shop.store(&shop.network.spared());
    let (client, table) = store.raw();
    let rows = client.scan().table_name(table).filter_expression("attribute_exists(expires)").send().await;
    let rows = rows.map_err(|e| format!("{e:?}"))?.items.unwrap_or_default();
    let id = |row: std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        row.get("sk")?.as_s().ok()?.strip_prefix("send#").map(str::to_owned)
    };
    Ok(rows.into_iter().filter_map(id).collect())
}

/// What SES was asked and what it took.
fn letters(shop: &TestedShop, run: &str, script: &Script, sends: &BTreeMap<String, Send>, verdict: &mut Verdict) {
    let asked = shop.network.services().asked();
    let mut attempts: BTreeMap<(&str, u32), u64> = BTreeMap::new();
    let mut taken: BTreeMap<&str, u64> = BTreeMap::new();
    let mut times: BTreeMap<&str, Vec<Time>> = BTreeMap::new();
    // A clock that is an hour off takes the night for day, and a gap for over.
    let off = if shop.network.is_skewed() { FAR_OFF } else { TimeDelta::zero() };
    for letter in &asked {
        *attempts.entry((&letter.send, letter.attempt)).or_default() += 1;
        if letter.taken.is_none() {
            continue;
        }
        verdict.letters += 1;
        let Some(send) = sends.get(&letter.send) else {
            verdict.finds(|v| &mut v.phantom, format!("{run}: {} was taken and is no send", letter.send));
            continue;
        };
        *taken.entry(send.id.as_str()).or_default() += 1;
        if send.class == Class::Marketing {
            times.entry(&letter.to).or_default().push(letter.at);
            let local = letter.at.with_timezone(&shop.templates.shop.zone);
            if is_night(local.time(), off) {
                verdict.finds(|v| &mut v.quiet_violations, format!("{run}: {} left at {local}", send.id));
            }
        }
        let own: Vec<usize> = if script.merges { vec![1, 2] } else { Vec::new() };
        let to = number_of(&letter.to);
        let stranger = letter
            .speaks_of
            .iter()
            .find(|n| Some(**n) != to && !(own.contains(n) && to.is_some_and(|to| own.contains(&to))));
        if to.is_none() || stranger.is_some() {
            verdict.finds(|v| &mut v.misdirected, format!("{run}: {} speaks of somebody else", send.id));
        }
    }
    for ((send, attempt), count) in attempts.into_iter().filter(|(_, count)| *count > 1) {
        verdict.finds(|v| &mut v.repeated_requests, format!("{run}: attempt {attempt} of {send}: {count} requests"));
    }
    for (id, count) in taken {
        let Some(send) = sends.get(id) else { continue };
        let may = 1 + u64::from(send.possible_duplicate && send.class == Class::Transactional);
        if count > may {
            verdict.finds(|v| &mut v.duplicate, format!("{run}: {} {id} was taken {count} times", send.flow));
        }
        let is_open_or_left =
            matches!(send.state, State::Sent | State::LostSuspect | State::Unknown | State::Submitting);
        if !is_open_or_left {
            let state = send.state.name();
            verdict.finds(
                |v| &mut v.phantom,
                format!("{run}: {id} was taken, and its row says {state} {:?}", send.reason),
            );
        }
    }
    let gap = shop.templates.shop.limits.gap - SLACK - off * 2;
    for (to, mut times) in times {
        times.sort_unstable();
        if times.windows(2).any(|pair| pair[1] - pair[0] < gap) {
            verdict.finds(|v| &mut v.duplicate, format!("{run}: two marketing letters within a gap to {to}"));
        }
    }
    let ids: BTreeSet<&str> = asked.iter().filter(|l| l.taken.is_some()).map(|letter| letter.send.as_str()).collect();
    for send in sends.values().filter(|send| send.state == State::Sent && !ids.contains(send.id.as_str())) {
        verdict.finds(|v| &mut v.lost, format!("{run}: {} is said to be sent, and was not taken", send.id));
    }
}

/// What the rows say.
fn rows(run: &str, sends: &BTreeMap<String, Send>, now: Time, verdict: &mut Verdict) {
    for send in sends.values() {
        verdict.possible_duplicate += u64::from(send.possible_duplicate);
        if send.possible_duplicate && send.class == Class::Marketing {
            verdict
                .finds(|v| &mut v.duplicate, format!("{run}: {} is marketing, and was sent again in doubt", send.id));
        }
        verdict.lost_suspect += u64::from(send.state == State::LostSuspect);
        verdict.unknown += u64::from(send.history.iter().any(|change| change.to == State::Unknown));
        let old = send.created_at < now - SETTLED;
        if send.due_at.is_some() && !matches!(send.state, State::Planned | State::Submitting | State::Unknown) {
            let state = send.state.name();
            verdict.finds(|v| &mut v.ended_and_due, format!("{run}: {} is {state}, and due", send.id));
        }
        match send.state {
            State::Submitting | State::Unknown if old => {
                verdict.finds(|v| &mut v.unknown_open, format!("{run}: {} is still {}", send.id, send.state.name()));
            }
            State::Planned if old && send.due_at.is_none_or(|due| due <= now - TimeDelta::hours(1)) => {
                let (flow, step, due) = (&send.flow, &send.step, send.due_at);
                let what = format!("{run}: {} of {flow}/{step} is planned for {due:?}, and nobody comes", send.id);
                verdict.finds(|v| &mut v.lost, what);
            }
            state if send.due_at.is_none() && state != State::Sent && send.reason.is_none() => {
                verdict.finds(|v| &mut v.lost, format!("{run}: {} ended as {} for no reason", send.id, state.name()));
            }
            _ => {}
        }
    }
}

/// Each order that was taken in has a confirmation.
fn confirmations(run: &str, script: &Script, sends: &BTreeMap<String, Send>, verdict: &mut Verdict) {
    let orders = script.acts.iter().filter_map(|(_, act)| match act {
        Act::Told(webhook) if !script.erases(webhook.person) => webhook.order.as_ref(),
        _ => None,
    });
    for order in orders {
        let confirmed = |send: &&Send| send.class == Class::Transactional && send.orders.contains(order);
        if !sends.values().any(|send| confirmed(&send)) {
            verdict.finds(|v| &mut v.lost, format!("{run}: order {order:?} has no confirmation"));
        }
    }
}

/// Whatever was taken in of a letter stands in its row.
fn events(run: &str, heard: &[Heard], sends: &BTreeMap<String, Send>, verdict: &mut Verdict) {
    for Heard { send, kind } in heard {
        let Some(fate) = sends.get(send).map(|send| send.fate) else { continue };
        let stands = match *kind {
            "Delivery" => fate.delivered_at.is_some(),
            "Bounce" => fate.bounced_at.is_some(),
            "Complaint" => fate.complained_at.is_some(),
            // That it was taken is no news of a letter that is known to have left.
            _ => true,
        };
        if !stands {
            let what = format!("{run}: {kind} of {send} was taken in, and its row knows nothing of it");
            verdict.finds(|v| &mut v.lost, what);
        }
    }
}

/// Outside eight in the morning to nine in the evening, with what a clock may be off.
fn is_night(time: chrono::NaiveTime, off: TimeDelta) -> bool {
    use chrono::Timelike as _;
    let minutes = i64::from(time.hour() * 60 + time.minute());
    let off = off.num_minutes() + 1;
    !(8 * 60 - off..=21 * 60 + off).contains(&minutes)
}
