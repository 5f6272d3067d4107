//! A sender with all that it needs, and people who have something to get.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cloud::clock::SetClock;
use cloud::mailer::{Outgoing, Tags};
use cloud::queue::{SendKey, SqsEvent, SqsMessage};
use cloud::rows;
use cloud::snapshot::Snapshot;
use cloud::telemetry::Counts;
use cloud::{Clock, Mailer, Store};
use letters::Letters;
use retention::consent::Said;
use retention::event::Event;
use retention::ids::{CustomerId, Lot, OfferName, SendId};
use retention::send::State;
use retention::shop::{Supply, Undecided};
use retention::token::TokenKeys;
use retention::{Customer, EmailAddress, Send, Time};
use send::{Lately, Outcome, Run, Sender};
use serde_json::Value;
use testkit::{Engine, FEW_FLOWS, FakeSes, SlowWire, engine, fake_ses, life, people};

/// When the tests begin: a Monday in Dublin, by day.
pub(crate) const NOON: &str = "2026-03-02T12:00:00Z";
/// Where links lead.
pub(crate) const PUBLIC_URL: &str = "https://letters.twoherons.example";

/// A moment of the tests.
pub(crate) fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

/// The keys of links.
pub(crate) fn tokens() -> TokenKeys {
    TokenKeys::new(vec![b"a key for the links of the tests".to_vec()]).expect("a key")
}

/// A sender, its table, its clock, and SES.
pub(crate) struct Desk {
    pub(crate) ses: FakeSes,
    pub(crate) sender: Arc<Sender>,
    pub(crate) clock: SetClock,
    pub(crate) engine: Engine,
}

impl Desk {
    /// A sender that waits for SES as long as a test takes.
    pub(crate) async fn open() -> Self {
        Self::open_with(fake_ses::PATIENT).await
    }

    /// A sender that waits so long for SES.
    pub(crate) async fn open_with(timeout: Duration) -> Self {
        Self::open_to(FakeSes::start().await.expect("a fake"), timeout).await
    }

    /// A sender to this SES.
    pub(crate) async fn open_to(ses: FakeSes, timeout: Duration) -> Self {
        let engine = Engine::for_tests().await.expect("an engine");
        let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
        for flow in &mut tree.shop.flows {
            flow.enabled = FEW_FLOWS.contains(&flow.name.as_str());
        }
        let clock = SetClock::standing(at(NOON));
        let sender = Sender {
            letters: Arc::new(Letters::new(&tree)),
            shop: Arc::new(tree.shop),
            store: engine.store(),
            snapshot: Snapshot::default(),
            mailer: ses.mailer(timeout),
            tokens: tokens(),
            public_url: PUBLIC_URL.to_owned(),
            clock: Clock::Set(clock.clone()),
            lately: Lately::default(),
        };
        Self { ses, sender: Arc::new(sender), clock, engine }
    }

    /// The same desk with another mailer.
    pub(crate) fn with(mut self, mailer: Mailer) -> Self {
        Arc::get_mut(&mut self.sender).expect("nobody works yet").mailer = mailer;
        self
    }

    /// The same desk, whose sender is far from its table: what it writes stands there before it hears so.
    pub(crate) async fn far_from_the_table(mut self) -> (Self, SlowWire) {
        let wire = SlowWire::to(self.engine.address(), Duration::from_millis(30)).await.expect("a wire");
        let far =
            Store::new(engine::client(&wire.url()), self.engine.tables(), engine::hash_key(), cloud::table::SHARDS);
        Arc::get_mut(&mut self.sender).expect("nobody works yet").store = far;
        (self, wire)
    }

    /// From now on the shop gives up what it does not know to have left.
    pub(crate) fn gives_up_in_doubt(&mut self) {
        let sender = Arc::get_mut(&mut self.sender).expect("nobody works");
        let mut shop = sender.shop.as_ref().clone();
        shop.sending.undecided = Undecided::Close;
        sender.shop = Arc::new(shop);
    }

    /// From now on the shop may use so much of the account.
    pub(crate) fn may_use_percent_of_the_account(&mut self, percent: u8) {
        let sender = Arc::get_mut(&mut self.sender).expect("nobody works");
        let mut shop = sender.shop.as_ref().clone();
        shop.sending.ses_share = percent;
        sender.shop = Arc::new(shop);
    }

    /// From now on the codes of the win-back are given once each, and whoever holds one is reminded before it ends.
    pub(crate) fn gives_codes_of_a_pool(&mut self) {
        let sender = Arc::get_mut(&mut self.sender).expect("nobody works");
        let mut shop = sender.shop.as_ref().clone();
        shop.offers.get_mut(&winback()).expect("an offer").supply = Supply::Pool;
        let reminder = shop.flows.iter_mut().find(|flow| flow.name.as_str() == "coupon_expiry").expect("a flow");
        reminder.enabled = true;
        sender.shop = Arc::new(shop);
    }

    /// Codes are imported for the win-back.
    pub(crate) async fn imports(&self, codes: &[&str]) {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        let added = self.store().add_codes(&winback(), &Lot::imported(), &codes, self.now()).await;
        assert_eq!(added.expect("a write"), codes.len() as u64);
    }

    /// The table's own row names another table, as after a restore.
    pub(crate) async fn names_the_table(&self, id: &str) {
        let (client, table) = self.store().raw();
        let row = [("pk", "X"), ("sk", "identity"), ("table_id", id)];
        let item = row.map(|(name, value)| (name.to_owned(), rows::text(value)));
        client.put_item().table_name(table).set_item(Some(item.into())).send().await.expect("a write");
    }

    pub(crate) fn store(&self) -> &Store {
        &self.sender.store
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The clock goes on.
    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.set(self.now() + chrono::TimeDelta::minutes(minutes));
    }

    /// An event is taken in, as intake takes it in.
    pub(crate) async fn arrives(&self, event: &Event) -> retention::Decision {
        life::arrives(self.store(), &self.sender.shop, event, self.now()).await
    }

    /// Person `n` has ordered: the confirmation, planned.
    pub(crate) async fn confirmation(&self, n: usize) -> Send {
        let order = people::order(&format!("{n}"), self.now(), &[("POT-STONE", 1)]);
        let decision = self.arrives(&people::ordered(&people::person(n), &order)).await;
        decision.sends.into_iter().next().expect("a confirmation").send
    }

    /// Person `n` agreed to marketing and ordered a day ago: the thanks for the first order, planned.
    pub(crate) async fn thanks(&self, n: usize) -> Send {
        self.arrives(&people::subscribed(&people::person(n), self.now())).await;
        let confirmed = self.confirmation(n).await;
        self.pass(24 * 60);
        self.looks_at(&confirmed).await
    }

    /// Person `n` stayed away for half a year: the letter of the win-back that carries a coupon, planned.
    pub(crate) async fn discount(&self, n: usize) -> Send {
        self.arrives(&people::subscribed(&people::person(n), self.now())).await;
        let order = people::order(&format!("{n}"), self.now(), &[("POT-STONE", 1)]);
        let confirmed = self.arrives(&people::ordered(&people::person(n), &order)).await.sends.remove(0).send;
        // The best sellers 180 days after the order, the discount 14 days later.
        for days in [180, 15] {
            self.pass(days * 24 * 60);
            let decision = life::look(self.store(), &self.sender.shop, &confirmed.customer, self.now()).await;
            for new in decision.sends {
                if new.send.step.as_str() == "ten-percent" {
                    return new.send;
                }
                self.deliver(&new.send).await;
            }
        }
        panic!("no discount");
    }

    /// The customer of a send is looked at: the letter that this creates.
    pub(crate) async fn looks_at(&self, send: &Send) -> Send {
        let decision = life::look(self.store(), &self.sender.shop, &send.customer, self.now()).await;
        decision.sends.into_iter().next().expect("a letter").send
    }

    /// A worker gets the key of a send: what it comes to, as it is counted.
    pub(crate) async fn deliver(&self, send: &Send) -> Outcome {
        self.deliver_in("a request", send).await
    }

    /// The same in an invocation of this name.
    pub(crate) async fn deliver_in(&self, request: &str, send: &Send) -> Outcome {
        let counts = self.counts(request, &[("a message", message(send))]).await.1;
        let of_the_line = |name: &str| name == "slots_missed" || name == "line_begun_anew";
        let counted = counts.all().iter().filter(|(name, count)| **count > 0 && !of_the_line(name));
        let counted: Vec<(&String, &u64)> = counted.collect();
        match counted[..] {
            [(name, 1)] => outcome_of(name),
            [(end, 1), (lost, 1)] if lost == State::LostSuspect.name() => match outcome_of(end) {
                Outcome::Ended(reason) => Outcome::MayBeLost(reason),
                other => panic!("{other:?} is no end"),
            },
            _ => panic!("not one outcome: {counted:?}"),
        }
    }

    /// A worker gets the key of a send within a batch that is at work already.
    pub(crate) async fn deliver_within(&self, run: &Run<'_>, send: &Send) -> Outcome {
        let key = SendKey::new(send.customer.clone(), send.id.clone());
        send::deliver(run, &key, &[b"a request", b"a message"]).await.expect("no failure")
    }

    /// A batch begins that has as long as Lambda gives it.
    pub(crate) async fn run(&self) -> Run<'_> {
        Run::begin(&self.sender, self.deadline()).await.expect("a read")
    }

    /// A batch begins that has as long as a test wants.
    pub(crate) async fn long_run(&self) -> Run<'_> {
        Run::begin(&self.sender, self.now() + chrono::TimeDelta::hours(1)).await.expect("a read")
    }

    fn deadline(&self) -> Time {
        self.now() + chrono::TimeDelta::from_std(cloud::queue::SEND_TIMEOUT).expect("a span")
    }

    /// The row of a send as it stands.
    pub(crate) async fn row(&self, send: &Send) -> Send {
        self.store().send(&send.customer, &send.id).await.expect("a read").expect("a send")
    }

    /// The customer of a send as it stands.
    pub(crate) async fn customer(&self, send: &Send) -> Customer {
        self.store().customer(&send.customer).await.expect("a read").expect("a customer").customer
    }

    /// Person `n` says yes or no to marketing, now.
    pub(crate) async fn says(&self, n: usize, said: Said) {
        let mut event = people::subscribed(&people::person(n), self.now());
        event.statements[0].said = said;
        self.arrives(&event).await;
    }

    /// A batch of messages, each an id and a text, is worked through: the answer as SQS reads it.
    pub(crate) async fn works_through(&self, messages: &[(&str, String)]) -> Value {
        self.counts("a request", messages).await.0
    }

    /// The same in an invocation of a name, and what it counts.
    pub(crate) async fn counts(&self, request: &str, messages: &[(&str, String)]) -> (Value, Counts) {
        let mut batch = SqsEvent::default();
        batch.records = messages
            .iter()
            .map(|(id, body)| {
                let mut message = SqsMessage::default();
                message.message_id = Some((*id).to_owned());
                message.body = Some(body.clone());
                message
            })
            .collect();
        let mut counts = Counts::default();
        let answer = send::work_through(&self.sender, &batch, request, self.deadline(), &mut counts).await;
        (serde_json::to_value(answer).expect("JSON"), counts)
    }
}

/// The offer of the win-back.
pub(crate) fn winback() -> OfferName {
    OfferName::parse("winback10").expect("a name")
}

/// The message that names a send.
pub(crate) fn message(send: &Send) -> String {
    SendKey::new(send.customer.clone(), send.id.clone()).body()
}

/// A letter that nobody planned, to hand over as it is.
pub(crate) fn letter() -> Outgoing {
    let address = |text| EmailAddress::parse(text).expect("an address");
    Outgoing {
        from_name: "Two Herons".to_owned(),
        from: address("hello@twoherons.example"),
        to: address("person1@example.com"),
        reply_to: address("hello@twoherons.example"),
        subject: "s".to_owned(),
        html: "h".to_owned(),
        text: "t".to_owned(),
        headers: Vec::new(),
        tags: Tags {
            customer: CustomerId::derive("x", Time::UNIX_EPOCH),
            send: SendId::parse(&"0".repeat(32)).expect("an id"),
            attempt: 1,
            flow: "f".to_owned(),
            step: "s".to_owned(),
        },
    }
}

/// The outcome that has this name in counts.
fn outcome_of(counted: &str) -> Outcome {
    let reason = |code: &str| serde_json::from_value(code.into()).expect("a reason");
    match (counted, counted.split_once('.')) {
        ("sent", _) => Outcome::Sent,
        ("in_doubt", _) => Outcome::InDoubt,
        ("possible_duplicate", _) => Outcome::Again,
        ("already", _) => Outcome::Already,
        (_, Some(("held", code))) => Outcome::NotNow(reason(code)),
        (_, Some(("ended", code))) => Outcome::Ended(reason(code)),
        _ => panic!("{counted} is no outcome of a letter"),
    }
}
