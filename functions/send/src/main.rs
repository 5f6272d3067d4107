//! The Lambda function `send`.

use std::sync::Arc;

use cloud::clients::Aws;
use cloud::config::{self, Config};
use cloud::event::Handed;
use cloud::snapshot::Snapshot;
use cloud::{Clock, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use letters::Letters;
use retention::Time;
use retention::token::TokenKeys;
use send::{Lately, Sender};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let aws = Aws::load().await;
    let parameters = aws.parameters()?;
    let clock = Clock::System;
    let tree = shop::read(&Config::templates())?;
    let keys = parameters.secrets(config::TOKEN_KEYS, clock.now()).await?;
    let sender = Sender {
        letters: Arc::new(Letters::new(&tree)),
        shop: Arc::new(tree.shop),
        store: aws.store(&parameters).await?,
        snapshot: Snapshot::default(),
        mailer: aws.mailer()?,
        tokens: TokenKeys::new(keys.into_iter().map(String::into_bytes).collect())?,
        public_url: Config::read(config::PUBLIC_URL)?.trim_end_matches('/').to_owned(),
        clock,
        lately: Lately::default(),
    };
    let sender = &sender;
    run(service_fn(async |event: LambdaEvent<Handed<_>>| {
        let ends = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let deadline = Time::from_timestamp_millis(ends).unwrap_or(Time::MAX_UTC);
        Ok::<_, Error>(send::handle(sender, &event.payload.read()?, &event.context.request_id, deadline).await)
    }))
    .await
}
