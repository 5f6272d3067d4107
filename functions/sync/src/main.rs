//! The Lambda function `sync`.

use cloud::clients::Aws;
use cloud::config::Config;
use cloud::telemetry;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use retention::Time;
use sync::{Ran, Sync};

/// How long before Lambda would end the run it stops by itself: a question to a storefront takes up to half a minute.
const MARGIN_MILLIS: i64 = 35_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let recorder = aws.recorder(shop::read(&Config::templates())?.shop, &parameters).await?;
    let clients = sync::clients(&recorder.shop, &parameters, recorder.clock.now()).await;
    let sync = &Sync { recorder, clients };
    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let ends = i64::try_from(event.context.deadline).unwrap_or(i64::MAX).saturating_sub(MARGIN_MILLIS);
        let deadline = Time::from_timestamp_millis(ends).unwrap_or(Time::MAX_UTC);
        let ran = sync::handle(sync, &event.context.request_id, deadline).await?;
        tracing::info!(outcome = ?ran, "ran");
        Ok::<_, Error>(matches!(ran, Ran::Done(_)))
    }))
    .await
}
