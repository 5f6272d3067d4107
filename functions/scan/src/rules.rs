//! The rules have changed, or there are new aggregates: a walk over all customers, whose next looks were computed under
//! the old ones. A product that has turned out to be a consumable, a shop whose median gap is known at last: they move
//! occasions of people to whom nothing has happened.
//!
//! A bounded piece in each run, after everything that is due, from where the last run stopped. Only rows whose next look
//! moves are written. What fell due in the past under the new rules is as stale as it would have been: nobody gets a burst.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::deciding::{self, Change};
use cloud::store::{History, RulesWalk, Written};
use cloud::telemetry::Counts;
use futures_util::future::join_all;
use retention::aggregates::Aggregates;
use retention::decide::{Facts, decide};
use retention::ids::CustomerId;
use retention::{Shop, Time};

use crate::Scan;

/// How long new rules are left alone: a deployment that is taken back at once moves nobody.
const REST: TimeDelta = TimeDelta::minutes(10);
/// How long the walk may take of one run.
const PIECE: TimeDelta = TimeDelta::seconds(20);
/// How many customers are written side by side.
const SIDE_BY_SIDE: usize = 8;

/// Goes on with the walk, if there is one.
pub(crate) async fn walk(scan: &Scan, state: RulesWalk, deadline: Time, counts: &mut Counts) {
    if let Err(error) = go_on(scan, state, deadline, counts).await {
        tracing::error!(error = %error, "the walk after changed rules did not get on; the next run goes on");
        counts.add("failed", 1);
    }
}

async fn go_on(scan: &Scan, mut state: RulesWalk, deadline: Time, counts: &mut Counts) -> Result<(), StoreError> {
    let begun = scan.clock.now();
    let aggregates = scan.snapshot.get(&scan.store, begun).await?;
    let revision = revision(&scan.shop, &aggregates);
    if state.revision.as_ref() != Some(&revision) {
        scan.store.begin_rules_walk(&state, &revision, begun).await?;
        tracing::info!(revision, "new rules: everybody is looked at in ten minutes");
        return Ok(());
    }
    if state.through || state.seen_at.is_none_or(|seen| begun < seen + REST) {
        return Ok(());
    }
    let ends = deadline.min(begun + PIECE);
    let walk = match &state.behind {
        Some(behind) => scan.store.walk_on(behind),
        None => scan.store.walk(),
    };
    let mut walk = walk.leaving_out_unreadable();
    while scan.clock.now() < ends {
        let people = walk.page().await?;
        if people.is_empty() {
            counts.add("failed", walk.unreadable());
            if scan.store.note_rules_walk(&state, None).await? == Written::Done {
                counts.add("walk_through", 1);
                tracing::info!(revision, "everybody was looked at under the new rules");
            }
            return Ok(());
        }
        page(scan, &people, &aggregates, counts).await;
        let Some(behind) = walk.behind().cloned() else { continue };
        if scan.store.note_rules_walk(&state, Some(&behind)).await? == Written::Moved {
            // Another run is at it, or the rules have changed once more.
            return Ok(());
        }
        state = RulesWalk { behind: Some(behind), ..state };
    }
    Ok(())
}

/// Under what everybody is looked at: the rules, and what of the aggregates moves occasions.
pub fn revision(shop: &Shop, aggregates: &Aggregates) -> String {
    format!("{}/{}", shop.revision, aggregates.revision())
}

/// Looks at everybody of a page whose next look moves.
async fn page(scan: &Scan, people: &[History], aggregates: &Aggregates, counts: &mut Counts) {
    let now = scan.clock.now();
    counts.add("walked", people.len() as u64);
    let mut moved = Vec::new();
    for person in people {
        if moves(scan, person, aggregates, now) {
            moved.push(&person.customer.id);
        }
    }
    for some in moved.chunks(SIDE_BY_SIDE) {
        let mut looks = Vec::new();
        for id in some {
            looks.push(look(scan, id, aggregates));
        }
        for looked in join_all(looks).await {
            match looked {
                Ok(()) => counts.add("moved", 1),
                Err(error) => {
                    tracing::error!(error = %error, "a customer could not be looked at; their next look will");
                    counts.add("failed", 1);
                }
            }
        }
    }
}

/// Whether the rules of now want something else of a person than the row does.
fn moves(scan: &Scan, person: &History, aggregates: &Aggregates, now: Time) -> bool {
    let customer = &person.customer;
    if customer.merged_into.is_some() || customer.erased_at.is_some() {
        return false;
    }
    let open = person.sends.iter().find(|send| Some(&send.id) == customer.open.as_ref());
    let facts = Facts { customer, open, existing: &person.sends, aggregates };
    let decision = decide(&facts, &scan.shop, now);
    !decision.sends.is_empty() || decision.yields.is_some() || decision.customer.next_look != customer.next_look
}

async fn look(scan: &Scan, id: &CustomerId, aggregates: &Aggregates) -> Result<(), StoreError> {
    let Some(known) = scan.store.customer(id).await? else { return Ok(()) };
    let change = Change { look: true, ..Change::new(Some(&known), &known.customer) };
    // Whoever was first has decided by the rules of now.
    deciding::commit(&scan.store, &scan.shop, aggregates, &change, scan.clock.now()).await?;
    Ok(())
}
