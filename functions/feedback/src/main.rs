//! The Lambda function `feedback`.

use cloud::clients::Aws;
use cloud::config::{self, Config};
use cloud::event::Handed;
use cloud::{Clock, telemetry};
use feedback::Feedback;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let feedback = Feedback {
        store: aws.store(&parameters).await?,
        clock: Clock::System,
        configuration_set: Config::read(config::CONFIGURATION_SET)?,
    };
    let feedback = &feedback;
    run(service_fn(async |event: LambdaEvent<Handed<_>>| {
        Ok::<_, Error>(feedback::handle(feedback, &event.payload.read()?).await)
    }))
    .await
}
