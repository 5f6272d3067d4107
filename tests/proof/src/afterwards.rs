//! What must not happen after something: a letter to a mailbox that does not exist, to somebody who called letters spam, to
//! somebody who was erased, or while marketing is stopped; and what must be left of whoever was erased.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use cloud::queue::SEND_TIMEOUT;
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::{Send, Time};

use crate::network::FAR_OFF;
use crate::oracle::{Erased, Told};
use crate::script::{Script, address};
use crate::ses::Asked;
use crate::shop::TestedShop;
use crate::verdict::Verdict;

/// A stop of all marketing is obeyed after so long: the control row may be twenty seconds old, and what was marked before asks.
const OBEYED: TimeDelta = TimeDelta::minutes(1);

/// Judges all of it.
pub(crate) async fn judge(
    shop: &TestedShop,
    run: &str,
    (script, told): (&Script, &Told),
    sends: &BTreeMap<String, Send>,
    verdict: &mut Verdict,
) -> Result<(), String> {
    let services = shop.network.services();
    let asked = services.asked();
    let is_marketing = |send: &str| sends.get(send).is_some_and(|send| send.class == Class::Marketing);
    for mark in services.marks() {
        let of = |letter: &&Asked| letter.send == mark.send && letter.attempt == mark.attempt;
        let Some(letter) = asked.iter().find(of) else { continue };
        let stops = |stopped: &&crate::oracle::Stopped| {
            stopped.address == letter.to && mark.write > stopped.write && (stopped.all || is_marketing(&mark.send))
        };
        if told.stopped.iter().any(|stopped| stops(&stopped)) {
            let what = format!("{run}: {} marked to an address that gets no more", mark.send);
            verdict.finds(|v| &mut v.after_suppression, what);
        }
    }
    verdict.bounced += told.stopped.iter().filter(|stopped| stopped.all).count() as u64;
    verdict.complained += told.stopped.iter().filter(|stopped| !stopped.all).count() as u64;
    despite_stop(shop, run, told, &asked, verdict, is_marketing);
    for erased in told.erased.iter().filter(|erased| !erased.ids.is_empty()) {
        verdict.erased += 1;
        gone(shop, run, erased, verdict).await?;
    }
    let later = |erased: &&Erased| !script.merges || erased.person > 2;
    let rows = rows(shop).await?;
    for erased in told.erased.iter().filter(|erased| !erased.ids.is_empty()).filter(later) {
        let names = [address(erased.person), format!("Person {}", erased.person)];
        if names.iter().any(|name| rows.iter().any(|row| holds(row, name))) {
            verdict.finds(|v| &mut v.after_erasure, format!("{run}: person {} is named by a row", erased.person));
        }
        let theirs = sends.values().filter(|send| erased.ids.contains(&send.customer));
        for send in theirs.filter(|send| send.message_id.is_some()) {
            let what =
                format!("{run}: {} is found at the mail service after person {} was erased", send.id, erased.person);
            verdict.finds(|v| &mut v.after_erasure, what);
        }
    }
    Ok(())
}

/// Marketing that asked the mail service while the operator had stopped it.
fn despite_stop(
    shop: &TestedShop,
    run: &str,
    told: &Told,
    asked: &[Asked],
    verdict: &mut Verdict,
    is_marketing: impl Fn(&str) -> bool,
) {
    let mut obeyed = OBEYED;
    // Whoever stands still between the last look and the call may ask as long as its mark holds.
    if shop.network.is_faulty() {
        obeyed += TimeDelta::from_std(SEND_TIMEOUT).unwrap_or_default() + TimeDelta::minutes(3);
    }
    if shop.network.is_skewed() {
        obeyed += FAR_OFF * 2;
    }
    let is_stopped = |at: Time| told.stops.iter().any(|(from, until)| at > *from + obeyed && at < *until);
    for letter in asked.iter().filter(|letter| is_stopped(letter.at) && is_marketing(&letter.send)) {
        let what = format!("{run}: {} asked at {} while marketing was stopped", letter.send, letter.at);
        verdict.finds(|v| &mut v.despite_stop, what);
    }
}

/// What is left of somebody who was erased: a tombstone, and letters that name nobody. Nothing was marked since.
async fn gone(shop: &TestedShop, run: &str, erased: &Erased, verdict: &mut Verdict) -> Result<(), String> {
    let store = shop.store(&shop.network.spared());
    let services = shop.network.services();
    let ids: Vec<&CustomerId> = erased.ids.iter().collect();
    let person = erased.person;
    for id in &ids {
        let known = store.customer(id).await.map_err(|e| e.to_string())?;
        if known.is_some_and(|known| known.customer.erased_at.is_none() || known.customer.email.is_some()) {
            verdict.finds(|v| &mut v.after_erasure, format!("{run}: person {person} was to be erased, and is there"));
        }
    }
    let buried = services.burials().into_iter().filter(|burial| ids.iter().any(|id| id.as_str() == burial.customer));
    let Some(write) = buried.map(|burial| burial.write).min() else { return Ok(()) };
    let asked = services.asked();
    for mark in services.marks().into_iter().filter(|mark| mark.write > write) {
        let of = |letter: &&Asked| letter.send == mark.send && ids.iter().any(|id| id.as_str() == letter.customer);
        if asked.iter().any(|letter| of(&letter)) {
            let what = format!("{run}: {} marked after person {person} was erased", mark.send);
            verdict.finds(|v| &mut v.after_erasure, what);
        }
    }
    Ok(())
}

/// Every row of both tables.
async fn rows(shop: &TestedShop) -> Result<Vec<Vec<AttributeValue>>, String> {
    let client = shop.network.spared().table();
    let mut rows = Vec::new();
    for table in ["shop", "shop-kept"] {
        let mut behind = None;
        loop {
            let page = client.scan().table_name(table).set_exclusive_start_key(behind).send().await;
            let page = page.map_err(|e| format!("{e:?}"))?;
            rows.extend(page.items.unwrap_or_default().into_iter().map(|row| row.into_values().collect()));
            behind = page.last_evaluated_key;
            if behind.is_none() {
                break;
            }
        }
    }
    Ok(rows)
}

/// Whether a text stands anywhere in a row, also in lists and maps.
fn holds(values: &[AttributeValue], text: &str) -> bool {
    values.iter().any(|value| match value {
        AttributeValue::S(said) => said.contains(text),
        AttributeValue::L(list) => holds(list, text),
        AttributeValue::M(map) => holds(&map.values().cloned().collect::<Vec<_>>(), text),
        _ => false,
    })
}
