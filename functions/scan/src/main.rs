//! The Lambda function `scan`.

use std::sync::Arc;

use cloud::clients::Aws;
use cloud::config::Config;
use cloud::snapshot::Snapshot;
use cloud::{Clock, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use retention::Time;
use scan::{Ran, Scan};

/// How long before Lambda would end the run it stops by itself.
const MARGIN_MILLIS: i64 = 5_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let scan = Scan {
        shop: Arc::new(shop::read(&Config::templates())?.shop),
        store: aws.store(&parameters).await?,
        snapshot: Snapshot::default(),
        queue: aws.queue()?,
        clock: Clock::System,
    };
    let scan = &scan;
    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let ends = i64::try_from(event.context.deadline).unwrap_or(i64::MAX).saturating_sub(MARGIN_MILLIS);
        let deadline = Time::from_timestamp_millis(ends).unwrap_or(Time::MAX_UTC);
        let ran = scan::handle(scan, &event.context.request_id, deadline).await?;
        tracing::info!(outcome = ?ran, "ran");
        Ok::<_, Error>(matches!(ran, Ran::Done { .. }))
    }))
    .await
}
