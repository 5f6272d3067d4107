//! The function with its table and clock, and somebody who follows links.

use std::path::Path;
use std::sync::Arc;

use cloud::clock::SetClock;
use cloud::door::{Request, Response};
use cloud::snapshot::Snapshot;
use cloud::store::{History, Work};
use cloud::{Clock, LinkKeys, Store};
use preferences::{Pages, Preferences};
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::token::{Purpose, TokenKeys};
use retention::{Customer, Decision, Time};
use serde_json::{Value, json};
use shop::Tree;
use testkit::{Engine, life, people};

/// When the tests begin: a Monday in Dublin, by day.
pub(crate) const NOON: &str = "2026-03-02T12:00:00Z";
/// The form as the page of somebody with all topics sends it.
pub(crate) const WHOLE: &str = "form=preferences&topic=reminders&topic=orders&topic=offers&topic=birthday&topic=regulars\
                                &pause=none&birthday_day=&birthday_month=";

/// Flows that would take the slot from what the tests are about.
const IN_THE_WAY: [&str; 2] = ["welcome", "account_invite"];

pub(crate) fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

pub(crate) fn tree() -> Tree {
    let mut tree = shop::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates")).expect("templates");
    for flow in &mut tree.shop.flows {
        flow.enabled &= !IN_THE_WAY.contains(&flow.name.as_str());
    }
    tree
}

/// Keys of links, the newest first.
pub(crate) fn keys(seeds: &[u8]) -> TokenKeys {
    TokenKeys::new(seeds.iter().map(|seed| vec![*seed; 32]).collect()).expect("keys")
}

pub(crate) struct Desk {
    pub(crate) preferences: Preferences,
    pub(crate) clock: SetClock,
    _engine: Engine,
}

/// An answer as a browser reads it.
pub(crate) struct Answered {
    pub(crate) status: i64,
    pub(crate) body: String,
    response: Response,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::of(&tree()).await
    }

    /// With letters in Polish too, which are English ones here.
    pub(crate) async fn in_two_languages() -> Self {
        let mut tree = tree();
        let words = tree.letters.words["en"].clone();
        tree.letters.words.insert("pl".to_owned(), words);
        Self::of(&tree).await
    }

    pub(crate) async fn of(tree: &Tree) -> Self {
        let engine = Engine::for_tests().await.expect("an engine");
        let clock = SetClock::standing(at(NOON));
        let preferences = Preferences {
            pages: Arc::new(Pages::new(tree).expect("pages")),
            shop: Arc::new(tree.shop.clone()),
            store: engine.store(),
            snapshot: Snapshot::default(),
            tokens: LinkKeys::given(keys(&[2, 1])),
            clock: Clock::Set(clock.clone()),
        };
        Self { preferences, clock, _engine: engine }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.preferences.store
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(crate) fn pass(&self, hours: i64) {
        self.clock.set(self.now() + chrono::TimeDelta::hours(hours));
    }

    /// Person `n` agreed to marketing an hour ago.
    pub(crate) async fn subscriber(&self, n: usize) -> CustomerId {
        let act = self.now() - chrono::TimeDelta::hours(1);
        self.arrives(&people::subscribed(&people::person(n), act)).await.customer.id
    }

    pub(crate) async fn arrives(&self, event: &retention::event::Event) -> Decision {
        life::arrives(self.store(), &self.preferences.shop, event, self.now()).await
    }

    pub(crate) async fn looks_at(&self, id: &CustomerId) -> Decision {
        life::look(self.store(), &self.preferences.shop, id, self.now()).await
    }

    pub(crate) async fn customer(&self, id: &CustomerId) -> Customer {
        self.store().customer(id).await.expect("a read").expect("a customer").customer
    }

    pub(crate) async fn history(&self, id: &CustomerId) -> History {
        self.store().history(id).await.expect("a read").expect("a customer")
    }

    /// The letters of a flow that were made for somebody.
    pub(crate) async fn letters_of(&self, id: &CustomerId, flow: &str) -> usize {
        let sends = self.history(id).await.sends;
        sends.iter().filter(|send| send.flow.as_str() == flow && send.class == Class::Transactional).count()
    }

    pub(crate) async fn is_noted(&self, work: &Work) -> bool {
        self.store().noted(&work.key()).await.expect("a read").is_some()
    }

    /// The path of somebody's own page.
    pub(crate) fn link(&self, id: &CustomerId) -> String {
        format!("/u/{}", self.preferences.tokens.held().sign(id))
    }

    /// The path that a letter with a link of its own leads to.
    pub(crate) fn link_for(&self, purpose: Purpose, id: &CustomerId, until: Time) -> String {
        let token = self.preferences.tokens.held().sign_until(purpose, id, until);
        let door = if purpose == Purpose::Confirm { "confirm" } else { "your-data" };
        format!("/u/{token}/{door}")
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.asks("GET", path, "", &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answered {
        self.asks("POST", path, body, &[("content-type", "application/x-www-form-urlencoded")]).await
    }

    /// A request as API Gateway sends it.
    pub(crate) async fn asks(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answered {
        let headers: serde_json::Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let request: Request = serde_json::from_value(json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
            "requestContext": {
                "accountId": "a", "apiId": "b", "stage": "$default", "timeEpoch": 0,
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "" },
            },
            "body": body, "isBase64Encoded": false,
        }))
        .expect("a request");
        let response = preferences::handle(&self.preferences, &request).await;
        let body = response.body.as_ref().map(|body| String::from_utf8_lossy(body.as_ref()).into_owned());
        Answered { status: response.status_code, body: body.unwrap_or_default(), response }
    }
}
