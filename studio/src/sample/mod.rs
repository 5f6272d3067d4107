//! The sample shop: 100 invented customers of a tea shop, two years of their orders, and the webhooks of its last weeks.
//!
//! Nothing here is planted: history is imported as a shop would import it, and the last three weeks arrive as signed
//! webhooks at their times. Which letters come of it is for the rules.

mod dice;
mod history;
mod people;
mod webhooks;

use chrono::TimeDelta;
use cloud::door::Request;
use cloud::store::History;
use retention::{Shop, Time};

use crate::failure::Failure;
use crate::import::{self, Columns, Options};
use crate::local::Local;

/// The source of the sample shop, as `shop.toml` names it.
pub const SOURCE: &str = "shopify";
/// How many customers the shop has when it is imported.
const PEOPLE: usize = 100;
/// How far back the sample begins to live.
pub const BACK: TimeDelta = TimeDelta::days(21);

/// When the sample shop begins to live, if it ends now.
pub fn begins(now: Time) -> Time {
    now - BACK
}

/// Everybody of the sample shop, with all their orders, for tools that write nothing. What was ordered before `from` is
/// history.
pub fn histories(shop: &Shop, from: Time) -> Result<Vec<History>, Failure> {
    let people = people::people(from);
    let (subscribed, unknown) = history::csv(&people, from + BACK);
    let mut all = Vec::new();
    for (file, consent) in [(subscribed, Some("sample shop: newsletter sign-up")), (unknown, None)] {
        let (some, _) = import::histories(file.as_bytes(), shop, &options(shop, consent, from)?)?;
        all.extend(some);
    }
    Ok(all)
}

/// Loads the sample shop into an empty local shop whose clock stands three weeks back, and plays its webhooks until `now`.
pub async fn load(local: &Local, secret: &str, now: Time) -> Result<usize, Failure> {
    let begins = local.clock.now();
    let people = people::people(begins);
    let (subscribed, unknown) = history::csv(&people, begins);
    for (file, consent) in [(subscribed, Some("sample shop: newsletter sign-up")), (unknown, None)] {
        import(local, &file, consent, begins).await?;
    }
    local.refresh_aggregates().await?;
    let webhooks = webhooks::webhooks(&people, begins, now);
    let requests: Result<Vec<(Time, Request)>, Failure> =
        webhooks.iter().map(|webhook| Ok((webhook.at, webhook.request(SOURCE, secret)?))).collect();
    local.advance(now, &requests?).await
}

async fn import(local: &Local, file: &str, consent: Option<&str>, as_of: Time) -> Result<(), Failure> {
    let shop: &Shop = &local.shop;
    let options = options(shop, consent, as_of)?;
    let bar = indicatif::ProgressBar::hidden();
    let report = import::read(&local.store, shop, file.as_bytes(), &options, &bar).await?;
    if report.bad_rows > 0 {
        return Err(Failure::new(format!("the sample's own history: {}", report.text())));
    }
    Ok(())
}

/// How the sample's own files are read.
fn options(shop: &Shop, consent: Option<&str>, as_of: Time) -> Result<Options, Failure> {
    let source = shop.source(SOURCE).ok_or_else(|| {
        Failure::new(format!("the sample shop needs a source named `{SOURCE}` in shop.toml; --empty starts without it"))
    })?;
    Ok(Options {
        columns: Columns::default(),
        source: Some(source.name.clone()),
        consent: consent.map(str::to_owned),
        as_of,
        zone: shop.zone,
        currency: shop.currency,
    })
}
