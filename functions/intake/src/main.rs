//! The Lambda function `intake`.

use std::sync::Arc;

use cloud::clients::Aws;
use cloud::config::Config;
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::{Clock, telemetry};
use intake::Intake;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let recorder = Recorder {
        shop: Arc::new(shop::read(&Config::templates())?.shop),
        store: aws.store(&parameters).await?,
        snapshot: Snapshot::default(),
        queue: aws.queue()?,
        clock: Clock::System,
    };
    let intake = Intake { recorder, parameters };
    let intake = &intake;
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(intake::bus::invoke(intake, &event.payload).await?)
    }))
    .await
}
