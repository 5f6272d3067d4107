//! The shop on this machine: the production handlers over the embedded engine, with a clock that can be moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use cloud::aggregating::{self, Aggregated};
use cloud::clock::SetClock;
use cloud::door::{Request, Response};
use cloud::outbox::Outbox;
use cloud::parameters::Parameters;
use cloud::queue::{LocalQueues, SqsEvent, SqsMessage};
use cloud::recording::Recorder;
use cloud::snapshot::Snapshot;
use cloud::store::Tables;
use cloud::{Clock, LinkKeys, Mailer, Queue, Store};
use intake::Intake;
use letters::Letters;
use preferences::{Pages, Preferences};
use retention::flow::Class;
use retention::pace::{Account, Pace};
use retention::shop::Supply;
use retention::token::TokenKeys;
use retention::{Shop, Time};
use scan::Scan;
use send::{Lately, Sender};
use sync::{Codes, Sync};
use testkit::Engine;
use tokio::sync::Mutex;

use crate::counted::counted;
use crate::data_dir::{DataDir, SavedClock};
use crate::failure::Failure;

/// The key of links in letters of the local run. A deployed shop has keys of its own.
const LOCAL_TOKEN_KEY: &[u8; 32] = b"regulars: links on this machine.";
/// Shards of a lane in the local run: one, since one process reads them all.
const LOCAL_SHARDS: u16 = 1;
/// How long a run may take by the studio's clock, which stands still meanwhile.
const RUN_TIME: TimeDelta = TimeDelta::minutes(15);
/// Letters a second in the local run: there is nobody to pace for.
const NO_ACCOUNT: Account = Account { per_second: 10_000.0, per_day: None, sent: 0 };

/// Everything that runs on this machine.
#[derive(Debug)]
pub struct Local {
    /// The shop's rules.
    pub shop: Arc<Shop>,
    /// The table.
    pub store: Store,
    /// The folder of letters.
    pub outbox: Outbox,
    /// The clock.
    pub clock: SetClock,
    /// How far it is ahead of the machine's.
    ahead: std::sync::Mutex<TimeDelta>,
    data: DataDir,
    intake: Intake,
    scan: Scan,
    sender: Sender,
    preferences: Preferences,
    sync: Sync,
    queues: LocalQueues,
    /// One at a time moves the clock or works through the queue.
    turn: Mutex<()>,
    _engine: Engine,
}

/// Opens the table of a data directory, for commands that need nothing else.
pub async fn open_store(data: &DataDir) -> Result<(Engine, Store), Failure> {
    let engine = Engine::on_file(&data.database())
        .await
        .map_err(|e| Failure::new(format!("{} cannot be opened: {e}", data.database().display())))?;
    let (client, tables) = (engine.client().clone(), Tables::local(testkit::engine::TABLE));
    let store = Store::new(client, tables, testkit::engine::hash_key(), LOCAL_SHARDS);
    Ok((engine, store))
}

/// Reads `templates/`, or says what is wrong with it, line by line.
pub fn read_templates(templates: &Path) -> Result<shop::Tree, Failure> {
    shop::read(templates).map_err(|mistakes| Failure::new(mistakes.to_string()))
}

impl Local {
    /// Puts the local shop together. Its clock stands at `at`.
    pub async fn open(
        templates: &Path,
        data: DataDir,
        secrets: Parameters,
        public_url: String,
        at: Time,
    ) -> Result<Self, Failure> {
        let tree = read_templates(templates)?;
        let (engine, store) = open_store(&data).await?;
        let set = SetClock::standing(at);
        let clock = Clock::Set(set.clone());
        let queues = LocalQueues::default();
        let queue = Queue::Local(queues.clone());
        let outbox = Outbox::new(data.letters(), clock.clone());
        let letters = Arc::new(Letters::new(&tree));
        let pages = Arc::new(Pages::new(&tree).map_err(Failure::new)?);
        let shop = Arc::new(tree.shop);
        // This process makes the aggregates itself, and forgets the old ones then.
        let snapshot = Snapshot::fresh_for(TimeDelta::MAX);
        let tokens = || TokenKeys::new(vec![LOCAL_TOKEN_KEY.to_vec()]).map_err(|e| Failure::new(e.to_string()));
        let recorder = Recorder {
            shop: shop.clone(),
            store: store.clone(),
            snapshot: snapshot.clone(),
            queue: queue.clone(),
            clock: clock.clone(),
        };
        store.note_account(&Pace::default(), &NO_ACCOUNT, 1.0, at).await?;
        let clients = sync::clients(&shop, &secrets, at).await;
        Ok(Self {
            sync: Sync { recorder: recorder.clone(), clients, codes: Codes::Here },
            intake: Intake { recorder, parameters: secrets },
            scan: Scan {
                shop: shop.clone(),
                store: store.clone(),
                snapshot: snapshot.clone(),
                queue,
                clock: clock.clone(),
            },
            sender: Sender {
                shop: shop.clone(),
                letters,
                store: store.clone(),
                snapshot: snapshot.clone(),
                mailer: Mailer::Outbox(outbox.clone()),
                tokens: tokens()?,
                public_url,
                clock: clock.clone(),
                lately: Lately::default(),
            },
            preferences: Preferences {
                shop: shop.clone(),
                pages,
                store: store.clone(),
                snapshot,
                tokens: LinkKeys::given(tokens()?),
                clock,
            },
            shop,
            store,
            outbox,
            clock: set,
            ahead: std::sync::Mutex::default(),
            data,
            queues,
            turn: Mutex::default(),
            _engine: engine,
        })
    }

    /// Answers a request as API Gateway would have it answered, then sends what it made due at once.
    pub async fn request(&self, request: &Request) -> Response {
        let path = cloud::door::path(request);
        if path.starts_with(preferences::PATH) {
            return Box::pin(preferences::handle(&self.preferences, request)).await;
        }
        let response = Box::pin(intake::handle(&self.intake, request)).await;
        if response.status_code == 200 {
            let _turn = self.turn.lock().await;
            self.drain().await;
        }
        response
    }

    /// Does what a minute of the deployed shop does: a scan, and all that it put on the queues.
    pub async fn tick(&self) -> Result<(), Failure> {
        let _turn = self.turn.lock().await;
        self.run().await?;
        self.save()
    }

    /// Sends what is on the queues.
    pub async fn send_waiting(&self) {
        let _turn = self.turn.lock().await;
        self.drain().await;
    }

    /// Moves the clock to `to`, from one due instant to the next, and says how many letters left.
    ///
    /// `arrivals` are requests that come in on the way, at their times, in order.
    pub async fn advance(&self, to: Time, arrivals: &[(Time, Request)]) -> Result<usize, Failure> {
        let _turn = self.turn.lock().await;
        let before = self.letters_left()?;
        let mut arrivals = arrivals.iter().peekable();
        let mut last: Option<Time> = None;
        loop {
            let run = self.store.next_due().await?.filter(|due| *due <= to).map(|due| {
                // What stays due after it was worked on waits for the next minute, as it would in the cloud.
                let after_last = last.map_or(due, |last| due.max(last + TimeDelta::milliseconds(1)));
                whole_minute(after_last).min(to)
            });
            let run = run.filter(|run| last.is_none_or(|last| *run > last));
            let arrival = arrivals.peek().map(|(at, _)| *at).filter(|at| *at <= to);
            let Some(next) = run.into_iter().chain(arrival).min() else { break };
            self.clock.set(next);
            while let Some((_, request)) = arrivals.next_if(|(at, _)| *at <= next) {
                Box::pin(intake::handle(&self.intake, request)).await;
            }
            if run == Some(next) {
                last = run;
                self.run().await?;
            } else {
                self.drain().await;
            }
        }
        self.clock.set(to);
        self.save()?;
        Ok(self.letters_left()? - before)
    }

    /// Remembers that the clock was moved by hand, so that it stays ahead of the machine's.
    pub fn stay_ahead(&self) {
        let ahead = self.clock.now() - cloud::clock::system_now();
        *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = ahead.max(TimeDelta::zero());
    }

    /// Makes the aggregates of the day anew, out of all orders.
    pub async fn refresh_aggregates(&self) -> Result<(), Failure> {
        aggregate(&self.store, &self.shop, self.clock.now()).await?;
        self.intake.recorder.snapshot.forget();
        Ok(())
    }

    /// Where everything of this shop lies.
    pub fn data(&self) -> &DataDir {
        &self.data
    }

    async fn run(&self) -> Result<(), Failure> {
        self.drain().await;
        // Where no storefront can be asked there is nothing to fetch.
        let makes_codes = self.shop.offers.values().any(|offer| matches!(offer.supply, Supply::Created(_)));
        if makes_codes || !self.sync.clients.is_empty() {
            Box::pin(sync::handle(&self.sync, "studio", self.clock.now() + RUN_TIME)).await?;
        }
        Box::pin(scan::handle(&self.scan, "studio", self.clock.now() + RUN_TIME)).await?;
        self.drain().await;
        Ok(())
    }

    /// Works through the queues until nothing is visible, transactional letters first.
    async fn drain(&self) {
        for class in [Class::Transactional, Class::Marketing] {
            loop {
                let received = self.queues.receive(class, cloud::queue::BATCH, self.clock.now());
                if received.is_empty() {
                    break;
                }
                let messages = received.iter().map(|message| {
                    let mut record = SqsMessage::default();
                    record.message_id = Some(message.id.clone());
                    record.body = Some(message.body.clone());
                    record
                });
                let mut batch = SqsEvent::default();
                batch.records = messages.collect();
                let request = format!("{}-{}", received[0].id, received[0].receives);
                let response = {
                    let deadline = self.clock.now() + RUN_TIME;
                    send::handle(&self.sender, &batch, &request, deadline).await
                };
                let failed = |id: &str| response.batch_item_failures.iter().any(|f| f.item_identifier == id);
                for message in received.iter().filter(|message| !failed(&message.id)) {
                    self.queues.delete(class, &message.id);
                }
            }
        }
    }

    fn letters_left(&self) -> Result<usize, Failure> {
        self.data.count_letters()
    }

    fn save(&self) -> Result<(), Failure> {
        let ahead = *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.data.save_clock(&SavedClock { now: self.clock.now(), ahead_seconds: ahead.num_seconds() })
    }
}

/// The first whole minute from `at` on: when the scheduler runs what is due at it.
fn whole_minute(at: Time) -> Time {
    let minute = TimeDelta::minutes(1).num_milliseconds();
    let millis = at.timestamp_millis();
    Time::from_timestamp_millis(millis + (-millis).rem_euclid(minute)).unwrap_or(at)
}

/// Where `templates/` is, unless told: that of this source tree, else that of the working directory.
pub fn default_templates() -> PathBuf {
    let of_the_tree = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("templates");
    if of_the_tree.is_dir() { of_the_tree } else { PathBuf::from("templates") }
}

/// Makes the aggregates of what was known at `until`, out of everybody: whoever cannot be read is a failure.
pub async fn aggregate(store: &Store, shop: &Shop, until: Time) -> Result<(), Failure> {
    match aggregating::refresh(store, shop, until, || true).await? {
        Aggregated::Stored { left_out: 0 } => Ok(()),
        Aggregated::Stored { left_out } => Err(Failure::new(format!(
            "the aggregates were made without {} who cannot be read",
            counted(left_out, "person", "people")
        ))),
        Aggregated::OutOfTime => Err(Failure::new("the aggregates were not made in time".to_owned())),
    }
}
