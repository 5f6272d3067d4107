//! An opt-out that a person gave here is written back to the storefronts that they are known at.
//!
//! A storefront that goes on saying that they agree raises nothing here; but it has letters of its own.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::telemetry::Counts;
use retention::Customer;
use retention::consent::Said;
use retention::ids::CustomerId;
use retention::shop::Source;
use sources::{Client, SourceError};

use crate::Sync;
use crate::work::unanswered;

/// Tells every storefront that can be told. Says after how long to try again, if one of them did not answer.
pub(crate) async fn opt_out(
    sync: &Sync,
    id: &CustomerId,
    counts: &mut Counts,
) -> Result<Option<TimeDelta>, StoreError> {
    let Some(known) = sync.recorder.store.customer(id).await? else { return Ok(None) };
    // Somebody who has agreed again since, or was erased, has nothing to tell.
    if known.customer.consent.said() != Some(Said::Unsubscribed) {
        return Ok(None);
    }
    let mut again = None;
    for source in &sync.recorder.shop.sources {
        let Some(client) = sync.clients.get(&source.name) else { continue };
        match tell(sync, source, client, &known.customer).await {
            Ok(true) => counts.add("told", 1),
            Ok(false) => {}
            Err(error) if error.again() => again = again.max(Some(unanswered(source, &error, counts))),
            // It would refuse the next time too: a token that may only read.
            Err(error) => {
                tracing::warn!(source = %source.name, error = %error, "a storefront was not told of an opt-out");
                counts.add("not_told", 1);
            }
        }
    }
    Ok(again)
}

async fn tell(sync: &Sync, source: &Source, client: &Client, customer: &Customer) -> Result<bool, SourceError> {
    let at = customer.consent.acted_at().unwrap_or_else(|| sync.recorder.clock.now());
    let mut accounts = customer.storefront_ids.iter().filter(|id| id.source == source.name && id.gone_at.is_none());
    let mut told = client.unsubscribe(accounts.next().map(|id| id.id.as_str()), customer.email.as_ref(), at).await?;
    for other in accounts {
        told |= client.unsubscribe(Some(&other.id), None, at).await?;
    }
    Ok(told)
}
