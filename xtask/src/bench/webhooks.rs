//! `cargo xtask bench webhooks`: durable order webhooks a second in a local run.
//!
//! Signed orders of new customers go through the real `intake`, several at once, into the embedded engine on a file: each
//! answer of 200 stands for a committed transaction of profile, order, names and confirmation. The peer is the floor of any
//! intake that answers when something durable stands: the same bodies, each put as one item by the plain SDK into a second
//! table of the same engine, verified and read by nobody. What lies between the two is what verifying, deciding and a
//! transaction of nine rows cost; both are bound by the engine, which writes one at a time.
//!
//! It is a figure of this machine and of the profile that xtask was built with, here for its ratio. A deployed shop is
//! bound by Lambda's and DynamoDB's own limits, and pays by the unit: see `bench units`.

use std::sync::Arc;
use std::time::Instant;

use chrono::TimeDelta;
use cloud::clock::SetClock;
use cloud::door::Request;
use cloud::parameters::Parameters;
use cloud::queue::LocalQueues;
use cloud::recording::Recorder;
use cloud::rows::text;
use cloud::snapshot::Snapshot;
use cloud::{Clock, Queue};
use futures_util::{StreamExt as _, stream};
use intake::Intake;
use retention::Time;
use testkit::Engine;

use super::figure::Figure;
use super::orders;

const BENCH: &str = "webhooks";
/// How many are under way at once.
const AT_ONCE: usize = 8;
/// The table of the peer.
const BODIES: &str = "bodies";

/// What `bench webhooks` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many webhooks arrive
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(100..=100_000))]
    count: u64,
}

/// Measures both.
pub(super) async fn measure(root: &std::path::Path, args: &Args) -> Result<Vec<Figure>, String> {
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let engine = Engine::on_file(&folder.path().join("table.db")).await.map_err(|e| e.to_string())?;
    let begins = Time::from_timestamp(1_772_445_600, 0).unwrap_or_default();
    let secret = (format!("source/{}", orders::SOURCE), orders::SECRET.to_owned());
    let recorder = Recorder {
        shop: Arc::new(tree.shop),
        store: engine.store(),
        snapshot: Snapshot::default(),
        queue: Queue::Local(LocalQueues::default()),
        clock: Clock::Set(SetClock::standing(begins + TimeDelta::minutes(1))),
    };
    let intake = Intake { recorder, parameters: Parameters::Local([secret].into()) };
    let bodies: Vec<String> = (1..=args.count).map(|n| orders::body(n, n, begins)).collect::<Result<_, _>>()?;
    let requests: Vec<Request> =
        bodies.iter().map(|body| orders::request(orders::TOPIC, body)).collect::<Result<_, _>>()?;

    let ours = rate(args.count, stream::iter(&requests).map(|request| taken(&intake, request))).await?;
    cloud::table::create(engine.client(), BODIES).await.map_err(|e| format!("{e:?}"))?;
    let puts = bodies.iter().enumerate().map(|(n, body)| put(&engine, n, body));
    let floor = rate(args.count, stream::iter(puts)).await?;
    Ok(vec![Figure::new(BENCH, "durable", ours, "webhooks/s").against("one bare item for each body", floor)])
}

async fn taken(intake: &Intake, request: &Request) -> Result<(), String> {
    let answer = intake::handle(intake, request).await;
    let said = answer.body.map(|body| String::from_utf8_lossy(body.as_ref()).into_owned()).unwrap_or_default();
    if said.contains("\"recorded\"") { Ok(()) } else { Err(format!("answered {} {said}", answer.status_code)) }
}

async fn put(engine: &Engine, n: usize, body: &str) -> Result<(), String> {
    let put = engine.client().put_item().table_name(BODIES);
    let put = put.item("pk", text(&n.to_string())).item("sk", text("body"));
    let put = put.item("body", text(body));
    put.send().await.map(drop).map_err(|e| format!("{e:?}"))
}

/// How many a second of `count` are done, [`AT_ONCE`] at once.
async fn rate<F: Future<Output = Result<(), String>>>(
    count: u64,
    works: impl stream::Stream<Item = F>,
) -> Result<f64, String> {
    let begun = Instant::now();
    let mut done = std::pin::pin!(works.buffer_unordered(AT_ONCE));
    while let Some(one) = done.next().await {
        one?;
    }
    let count = f64::from(u32::try_from(count).map_err(|e| e.to_string())?);
    Ok(count / begun.elapsed().as_secs_f64())
}
