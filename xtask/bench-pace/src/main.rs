//! A sender as a process of its own: `bench-pace ledger TEMPLATES`, or `bench-pace bare TEMPLATES LETTERS`.
//!
//! The first works through batches of keys as the function `send` does: each is a line that it reads, and says that it is done
//! with by a line. The second hands letters over
//! in slots of the same line and writes nothing down: what the pacer alone can do. Both print what it cost.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::TimeDelta;
use cloud::Clock;
use cloud::clients::Aws;
use cloud::clock::system_now;
use cloud::config::{self, Config};
use cloud::mailer::{Outgoing, Submitted, Tags};
use cloud::parameters::Parameters;
use cloud::queue::{SEND_TIMEOUT, SqsEvent, SqsMessage};
use cloud::snapshot::Snapshot;
use cloud::store::Tables;
use futures_util::{StreamExt as _, stream};
use letters::Letters;
use retention::flow::Class;
use retention::ids::{CustomerId, FlowName, Occasion, SendId, StepId};
use retention::token::TokenKeys;
use retention::{EmailAddress, Time};
use send::{Lately, Run, Sender};
use serde_json::json;

/// How many letters the pacer alone has under way.
const SIDE_BY_SIDE: usize = 400;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, templates, rest @ ..] = arguments.as_slice() else { return Err("two arguments or three".into()) };
    let sender = sender(Path::new(templates)).await?;
    let begun = Instant::now();
    let (letters, failed) = match mode.as_str() {
        "ledger" => with_ledger(&sender).await?,
        _ => bare(&sender, rest.first().ok_or("how many letters")?.parse()?).await?,
    };
    let units = sender.store.meter().units();
    let line = json!({
        "letters": letters, "failed": failed, "seconds": begun.elapsed().as_secs_f64(), "cpu_seconds": cpu_seconds()?,
        "read_units": units.read, "write_units": units.write,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

async fn sender(templates: &Path) -> Result<Sender, Failure> {
    let aws = Aws::load().await;
    let tree = shop::read(templates).map_err(|mistakes| mistakes.to_string())?;
    let key = Config::read("REGULARS_BENCH_HASH_KEY")?;
    let parameters = Parameters::Local([(config::HASH_KEY.to_owned(), key)].into());
    Ok(Sender {
        letters: Arc::new(Letters::new(&tree)),
        shop: Arc::new(tree.shop),
        store: aws.store_of(Tables::local(&Config::read(config::TABLE)?), &parameters).await?,
        snapshot: Snapshot::default(),
        mailer: aws.mailer()?,
        tokens: TokenKeys::new(vec![b"a key of no value, for the bench.".to_vec()])?,
        public_url: "https://links.example".to_owned(),
        clock: Clock::System,
        lately: Lately::default(),
    })
}

async fn with_ledger(sender: &Sender) -> Result<(usize, usize), Failure> {
    let (mut letters, mut failed) = (0, 0);
    for (number, line) in std::io::stdin().lines().enumerate() {
        let line = line?;
        let record = |(n, key): (usize, &str)| {
            let mut record = SqsMessage::default();
            (record.message_id, record.body) = (Some(n.to_string()), Some(key.to_owned()));
            record
        };
        let mut event = SqsEvent::default();
        event.records = line.split('\t').enumerate().map(record).collect();
        let answer = send::handle(sender, &event, &format!("{}-{number}", std::process::id()), deadline()).await;
        letters += event.records.len();
        failed += answer.batch_item_failures.len();
        writeln!(std::io::stdout(), "done")?;
    }
    Ok((letters, failed))
}

async fn bare(sender: &Sender, letters: usize) -> Result<(usize, usize), Failure> {
    let letter = letter()?;
    let run = Run::begin(sender, system_now() + TimeDelta::minutes(10)).await?;
    let hand_over = |_| run.hand_over(Class::Marketing, &letter);
    let ends: Vec<_> = stream::iter(0..letters).map(hand_over).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let taken = ends.iter().filter(|end| matches!(end, Ok(Submitted::Accepted(_)))).count();
    Ok((letters, letters - taken))
}

fn letter() -> Result<Outgoing, Failure> {
    let customer = CustomerId::derive("bench", Time::UNIX_EPOCH);
    let (flow, step) = (FlowName::parse("order_status"), StepId::parse("confirmed"));
    let (flow, step) = (flow.map_err(|e| e.to_string())?, step.map_err(|e| e.to_string())?);
    let address = |text| EmailAddress::parse(text).map_err(|e| e.to_string());
    Ok(Outgoing {
        from_name: "Two Herons".to_owned(),
        from: address("hello@twoherons.example")?,
        to: address("somebody@example.com")?,
        reply_to: address("hello@twoherons.example")?,
        subject: "A letter of the bench".to_owned(),
        html: "<p>A letter of the bench.</p>".to_owned(),
        text: "A letter of the bench.".to_owned(),
        headers: Vec::new(),
        tags: Tags {
            send: SendId::derive(&customer, &flow, &step, &Occasion::of(&["bench"])),
            customer,
            attempt: 1,
            flow: flow.to_string(),
            step: step.to_string(),
        },
    })
}

fn deadline() -> Time {
    system_now() + TimeDelta::from_std(SEND_TIMEOUT).unwrap_or_default()
}

/// What this process has had of a processor: user and system, in hundredths of a second, as Linux tells it.
fn cpu_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind_name = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?.1;
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).ok_or("a short /proc/self/stat")?.parse::<f64>().map_err(|_| "no number");
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
