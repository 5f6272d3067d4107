//! The Lambda function `intake`.

use cloud::clients::Aws;
use cloud::config::Config;
use cloud::telemetry;
use intake::Intake;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let recorder = aws.recorder(shop::read(&Config::templates())?.shop, &parameters).await?;
    let intake = Intake { recorder, parameters };
    let intake = &intake;
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(intake::bus::invoke(intake, &event.payload).await?)
    }))
    .await
}
