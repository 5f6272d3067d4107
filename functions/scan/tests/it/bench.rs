//! A scan with all that it needs, and rows that are due.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use cloud::clock::SetClock;
use cloud::queue::{LocalQueues, SendKey};
use cloud::rows;
use cloud::snapshot::Snapshot;
use cloud::store::{Committed, RulesWalk, Write};
use cloud::table::{self, Key};
use cloud::telemetry::Counts;
use cloud::{Clock, Queue, Store};
use retention::decide::NewSend;
use retention::flow::Class;
use retention::ids::{CustomerId, SendId};
use retention::pace::{Account, Pace};
use retention::{Customer, Send, Time};
use scan::{Ran, Scan};
use testkit::{Engine, FEW_FLOWS};

pub(crate) use testkit::people::planned as send;

/// Far more letters a second than any test has.
pub(crate) const NO_LIMIT: u32 = 10_000;
/// The most sends that a test writes with one customer: a transaction holds 100 rows.
const SENDS_TOGETHER: usize = 90;

/// A scan, its clock and its queues.
pub(crate) struct Bench {
    pub(crate) scan: Scan,
    pub(crate) clock: SetClock,
    pub(crate) queues: LocalQueues,
    _engine: Engine,
}

impl Bench {
    /// A scan for an account that takes so many letters a second.
    pub(crate) async fn open(ses_rate: u32) -> Self {
        let engine = Engine::for_tests().await.expect("an engine");
        let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
        for flow in &mut tree.shop.flows {
            flow.enabled = FEW_FLOWS.contains(&flow.name.as_str());
        }
        // A whole number of minutes, so that the shards begin with the first.
        let clock = SetClock::standing(Time::from_timestamp(1_772_000_640, 0).expect("a time"));
        let queues = LocalQueues::default();
        let scan = Scan {
            shop: Arc::new(tree.shop),
            store: engine.store(),
            snapshot: Snapshot::default(),
            queue: Queue::Local(queues.clone()),
            clock: Clock::Set(clock.clone()),
        };
        let account = Account { per_second: f64::from(ses_rate), per_day: None, sent: 0 };
        scan.store.note_account(&Pace::default(), &account, 1.0, clock.now()).await.expect("a write");
        // Everybody was looked at under the rules of now.
        let now = clock.now();
        let unknown = RulesWalk::default();
        let aggregates = scan.snapshot.get(&scan.store, now).await.expect("a read");
        let revision = scan::rules::revision(&scan.shop, &aggregates);
        scan.store.begin_rules_walk(&unknown, &revision, now).await.expect("a write");
        let begun = scan.store.rules_walk().await.expect("a read");
        scan.store.note_rules_walk(&begun, None).await.expect("a write");
        scan.store.meter().reset();
        Self { scan, clock, queues, _engine: engine }
    }

    /// From now on the account takes so many letters a day, of which so many have left.
    pub(crate) async fn may_send(&self, per_day: u64, sent: u64) {
        let account = Account { per_second: 14.0, per_day: Some(per_day), sent };
        let seen = self.store().pace().await.expect("a read");
        self.store().note_account(&seen, &account, 1.0, self.now()).await.expect("a write");
    }

    /// From now on the shop has other rules.
    pub(crate) fn has_rules(&mut self, revision: &str) {
        let mut shop = self.scan.shop.as_ref().clone();
        revision.clone_into(&mut shop.revision);
        self.scan.shop = Arc::new(shop);
    }

    pub(crate) fn store(&self) -> &Store {
        &self.scan.store
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The clock goes on.
    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.set(self.now() + span);
    }

    /// One run with time enough.
    pub(crate) async fn runs(&self) -> Ran {
        self.runs_until(self.now() + TimeDelta::minutes(15)).await
    }

    /// One run that has to stop at a time.
    pub(crate) async fn runs_until(&self, deadline: Time) -> Ran {
        scan::handle(&self.scan, "the run", deadline).await.expect("no failure")
    }

    /// One run with time enough, and what it counted.
    pub(crate) async fn counts(&self) -> (Ran, Counts) {
        let mut counts = Counts::default();
        let deadline = self.now() + TimeDelta::minutes(15);
        (scan::run(&self.scan, "the run", deadline, &mut counts).await.expect("no failure"), counts)
    }

    /// How many sends a run with time enough dispatches.
    pub(crate) async fn dispatches(&self) -> u64 {
        match self.runs().await {
            Ran::NotReleased => panic!("the table is its own"),
            Ran::Done { dispatched, .. } => dispatched,
            Ran::Leased => panic!("leased"),
        }
    }

    /// Meanwhile: once the table has been asked so many times, something happens.
    pub(crate) async fn after_requests(&self, count: u64, happens: impl AsyncFnOnce()) {
        while self.store().meter().units().requests < count {
            tokio::task::yield_now().await;
        }
        happens().await;
    }

    /// Stores a customer who is to be looked at then.
    pub(crate) async fn stores(&self, customer: &Customer) {
        assert_eq!(self.store().commit(&newcomer(customer, &[])).await.expect("a write"), Committed::Done);
    }

    /// Stores planned sends of a class and priority, due now.
    pub(crate) async fn plans(&self, class: Class, priority: u8, count: usize) -> Vec<Send> {
        let mut planned = Vec::new();
        let name = format!("{class:?}-{priority}-{}", self.now());
        for first in (0..count).step_by(SENDS_TOGETHER) {
            let customer = customer(&format!("{name}-{first}"), None);
            let numbers = first..count.min(first + SENDS_TOGETHER);
            let sends: Vec<Send> =
                numbers.map(|n| send(&customer, &n.to_string(), class, priority, self.now())).collect();
            self.plans_these(&customer, &sends).await;
            planned.extend(sends);
        }
        planned
    }

    /// Stores a customer with planned sends.
    pub(crate) async fn plans_these(&self, customer: &Customer, sends: &[Send]) {
        let new: Vec<NewSend> = sends.iter().map(|send| NewSend { send: send.clone(), again: false }).collect();
        assert_eq!(self.store().commit(&newcomer(customer, &new)).await.expect("a write"), Committed::Done);
    }

    /// The row of a send as it stands.
    pub(crate) async fn row(&self, send: &Send) -> Send {
        self.store().send(&send.customer, &send.id).await.expect("a read").expect("a send")
    }

    /// Takes what is on a queue and visible: the ids of sends.
    pub(crate) fn takes(&self, class: Class) -> Vec<SendId> {
        let received = self.queues.receive(class, usize::MAX, self.now());
        for message in &received {
            self.queues.delete(class, &message.id);
        }
        received.iter().map(|message| SendKey::parse(&message.body).expect("a key").send).collect()
    }

    /// Puts so many messages on the marketing queue, which nobody takes.
    pub(crate) async fn fills_the_queue(&self, count: usize) {
        let nobody = customer("nobody", None);
        let key = SendKey::new(nobody.id.clone(), send(&nobody, "x", Class::Marketing, 1, self.now()).id);
        let later = self.now() + TimeDelta::days(365);
        self.scan.queue.put(Class::Marketing, &vec![key; count], later).await.expect("a queue");
    }

    /// Changes the schema version of a row: to one of newer code, or back.
    pub(crate) async fn has_schema(&self, key: &Key, version: u16) {
        let (client, table) = self.store().raw();
        let call = client.update_item().table_name(table).key("pk", rows::text(&key.pk)).key("sk", rows::text(&key.sk));
        call.update_expression("SET #schema = :version")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":version", rows::number(version))
            .send()
            .await
            .expect("a write");
    }
}

/// A customer of whom nothing is known but when to look.
pub(crate) fn customer(name: &str, look: Option<Time>) -> Customer {
    let since = Time::UNIX_EPOCH;
    let mut customer = Customer::new(CustomerId::derive(name, since), since);
    customer.next_look = look;
    customer
}

/// So many customers of one shard, the first due a second before the next.
pub(crate) fn of_one_shard(count: usize, last: Time) -> Vec<Customer> {
    let names = (0..).map(|n: usize| customer(&n.to_string(), None));
    let first_shard = |c: &Customer| table::shard(table::LOOK, c.id.as_str(), table::SHARDS) == "look#0";
    let mut found: Vec<Customer> = names.filter(first_shard).take(count).collect();
    for (before, customer) in found.iter_mut().rev().zip(0..) {
        before.next_look = Some(last - TimeDelta::seconds(customer));
    }
    found
}

fn newcomer<'a>(customer: &'a Customer, sends: &'a [NewSend]) -> Write<'a> {
    Write { exact: true, sends, ..Write::new(None, customer) }
}
