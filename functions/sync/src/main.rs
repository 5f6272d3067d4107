//! The Lambda function `sync`.

use chrono::TimeDelta;
use cloud::clients::Aws;
use cloud::config::Config;
use cloud::telemetry;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use retention::Time;
use serde::Deserialize;
use sync::{Codes, Ran, Sync};

/// How long before Lambda would end the run it stops by itself.
const MARGIN: TimeDelta = TimeDelta::seconds(35);
/// How long a run that asks storefronts begins anything new: the next one starts a minute after it.
const RUN: TimeDelta = TimeDelta::seconds(55);

/// What a schedule starts: `{}` every minute, `{"task": "aggregates"}` once a day.
#[derive(Debug, Deserialize)]
struct Start {
    #[serde(default)]
    task: Task,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Task {
    #[default]
    Storefronts,
    Aggregates,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let recorder = aws.recorder(shop::read(&Config::templates())?.shop, &parameters).await?;
    let clients = sync::clients(&recorder.shop, &parameters, recorder.clock.now()).await;
    let sync = &Sync { recorder, clients, codes: Codes::AtStorefronts };
    run(service_fn(async |event: LambdaEvent<Start>| {
        let ends = i64::try_from(event.context.deadline).ok().and_then(Time::from_timestamp_millis);
        let ends = ends.unwrap_or(Time::MAX_UTC) - MARGIN;
        if matches!(event.payload.task, Task::Aggregates) {
            return Ok(sync::aggregates(&sync.recorder, ends).await?);
        }
        let deadline = ends.min(sync.recorder.clock.now() + RUN);
        let ran = sync::handle(sync, &event.context.request_id, deadline).await?;
        tracing::info!(outcome = ?ran, "ran");
        Ok::<_, Error>(matches!(ran, Ran::Done(_)))
    }))
    .await
}
