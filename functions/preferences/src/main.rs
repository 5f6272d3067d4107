//! The Lambda function `preferences`.

use std::sync::Arc;

use cloud::clients::Aws;
use cloud::config::Config;
use cloud::event::Handed;
use cloud::snapshot::Snapshot;
use cloud::{Clock, LinkKeys, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use preferences::{Pages, Preferences};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let clock = Clock::System;
    let tree = shop::read(&Config::templates())?;
    let preferences = Preferences {
        pages: Arc::new(Pages::new(&tree)?),
        shop: Arc::new(tree.shop),
        store: aws.store(&parameters).await?,
        snapshot: Snapshot::default(),
        tokens: LinkKeys::read(&parameters, clock.now()).await?,
        clock,
    };
    let preferences = &preferences;
    run(service_fn(async |event: LambdaEvent<Handed<_>>| {
        Ok::<_, Error>(preferences::handle(preferences, &event.payload.read()?).await)
    }))
    .await
}
