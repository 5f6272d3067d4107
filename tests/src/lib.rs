//! A shop on this machine for the acceptance tests, and the verbs of those who use it.

#![expect(clippy::missing_panics_doc, reason = "a test may stop where it stands")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cloud::door::{Request, Response};
use cloud::parameters::Parameters;
use mail_parser::MessageParser;
use retention::Time;
use serde_json::{Value, json};
use storefront::adapter::Adapter;
use storefront::{Secrets, shopify};
use studio::data_dir::DataDir;
use studio::http::event;
use studio::local::Local;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The webhook secret of the tests.
pub const SECRET: &str = "a-secret-for-tests-only";

/// The secret of the tests in the form of Standard Webhooks.
pub const STANDARD_SECRET: &str = "whsec_YS1zZWNyZXQtZm9yLXRlc3RzLW9ubHk7IGludmVudGVk";

/// A shop with a clock of its own and letters in a folder.
#[derive(Debug)]
pub struct TestShop {
    /// The shop.
    pub local: Local,
    folder: TempDir,
}

/// A letter that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Recipient.
    pub to: String,
    /// `flow/step`.
    pub what: String,
    /// Subject.
    pub subject: String,
    /// Text part.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// The unsubscribe header.
    pub unsubscribe: Option<String>,
}

/// The repository's own `templates/`.
pub fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates")
}

/// A time of the tests: `2026-03-02 10:00`, in UTC.
pub fn at(text: &str) -> Time {
    format!("{}:00Z", text.replace(' ', "T")).parse().expect("a time")
}

impl TestShop {
    /// Opens the shop of the repository's `templates/` at a moment, with [a few of its flows](testkit::FEW_FLOWS) on.
    pub async fn open(now: &str) -> Self {
        Self::open_edited(now, &[], |shop| shop).await
    }

    /// Opens a shop of other templates.
    pub async fn open_with(now: &str, templates: &Path) -> Self {
        Self::start(now, templates, tempfile::tempdir().expect("a folder"), &[]).await
    }

    /// Opens the same shop with further sources, each a name, a kind and a secret. They write nothing to customers
    /// themselves.
    pub async fn open_with_sources(now: &str, sources: &[(&str, &str, &str)]) -> Self {
        Self::open_with_flows(now, sources, &testkit::FEW_FLOWS).await
    }

    /// Opens the same shop with further sources, and with these flows on.
    pub async fn open_with_flows(now: &str, sources: &[(&str, &str, &str)], flows: &[&str]) -> Self {
        let further = |mut text: String| {
            for (name, kind, _) in sources {
                write!(text, "\n[[source]]\nname = \"{name}\"\nkind = \"{kind}\"\nsends_own = []\n").expect("text");
            }
            text
        };
        Self::open_as(now, sources, flows, further).await
    }

    /// Opens the same shop with its `shop.toml` edited.
    pub async fn open_edited(now: &str, sources: &[(&str, &str, &str)], edit: impl FnOnce(String) -> String) -> Self {
        Self::open_as(now, sources, &testkit::FEW_FLOWS, edit).await
    }

    async fn open_as(
        now: &str,
        sources: &[(&str, &str, &str)],
        flows: &[&str],
        edit: impl FnOnce(String) -> String,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("templates");
        copy_tree(&templates(), &own);
        for flow in std::fs::read_dir(own.join("flows")).expect("flows").map(|flow| flow.expect("a flow")) {
            if !flows.contains(&flow.file_name().to_string_lossy().as_ref()) {
                let file = flow.path().join("flow.toml");
                let text = std::fs::read_to_string(&file).expect("flow.toml");
                let is_switch = |line: &&str| line.starts_with("enabled");
                let lines = text.lines().map(|line| if is_switch(&line) { "enabled = false" } else { line });
                std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("a file");
            }
        }
        let file = own.join("shop.toml");
        let text = std::fs::read_to_string(&file).expect("shop.toml");
        std::fs::write(&file, edit(text)).expect("a file");
        Self::start(now, &own, folder, sources).await
    }

    async fn start(now: &str, templates: &Path, folder: TempDir, sources: &[(&str, &str, &str)]) -> Self {
        let data = DataDir::create(&folder.path().join("data")).expect("a data directory");
        let secrets = sources.iter().map(|(name, _, secret)| (*name, *secret)).chain([("shopify", SECRET)]);
        let secrets = secrets.map(|(name, secret)| (format!("source/{name}"), secret.to_owned())).collect();
        let url = "http://127.0.0.1:4280".to_owned();
        let local = Local::open(templates, data, Parameters::Local(secrets), url, at(now)).await.expect("a shop");
        Self { local, folder }
    }

    /// A folder for files of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clock goes to a time, from one due instant to the next.
    pub async fn until(&self, time: &str) {
        self.local.advance(at(time), &[]).await.expect("time passes");
    }

    /// A webhook as Shopify signs it.
    pub fn signed(topic: &str, body: &[u8]) -> Request {
        let secrets = Secrets::new([SECRET]).expect("a secret");
        Self::webhook(
            &[(shopify::TOPIC_HEADER, topic), (shopify::SIGNATURE_HEADER, &shopify::sign(body, &secrets))],
            body,
        )
    }

    /// A webhook with headers of the test's choice.
    pub fn webhook(headers: &[(&str, &str)], body: &[u8]) -> Request {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        event("POST", "/webhooks/shopify", headers, body).expect("a request")
    }

    /// The headers with which a source would send a body now, signed with `secret`.
    pub fn headers_of(&self, source: &str, secret: &str, topic: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        let kind = self.local.shop.source(source).expect("a source").kind;
        Adapter::new(kind, [secret]).expect("a secret").sign(topic, body, self.local.clock.now())
    }

    /// A request arrives at the address of a source; the answer's status and outcome.
    pub async fn arrives_at(&self, source: &str, headers: &[(&'static str, String)], body: &[u8]) -> (i64, String) {
        let request = event("POST", &format!("/webhooks/{source}"), headers.iter().cloned(), body).expect("a request");
        Self::read(self.local.request(&request).await)
    }

    /// A signed webhook arrives; the answer's status and outcome.
    pub async fn arrives(&self, topic: &str, body: &Value) -> (i64, String) {
        Self::read(self.local.request(&Self::signed(topic, body.to_string().as_bytes())).await)
    }

    /// Status, and outcome or error, of an answer.
    pub fn read(response: Response) -> (i64, String) {
        let body = response.body.map(|body| body.as_ref().to_vec()).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let said = body["outcome"].as_str().or_else(|| body["error"].as_str());
        (response.status_code, said.unwrap_or_default().to_owned())
    }

    /// Opens or posts an unsubscribe link.
    pub async fn follows(&self, method: &str, url: &str, body: &str) -> (i64, String) {
        let path = url.trim_start_matches("http://127.0.0.1:4280");
        let request = event(method, path, Vec::<(String, String)>::new(), body.as_bytes()).expect("a request");
        let response = self.local.request(&request).await;
        let text = response.body.map(|body| String::from_utf8_lossy(body.as_ref()).into_owned()).unwrap_or_default();
        (response.status_code, text)
    }

    /// Answers requests at a port until it is told to stop.
    pub fn serve(self, listener: TcpListener) -> JoinHandle<()> {
        tokio::spawn(async move {
            // The folder stays while the shop is open.
            let Self { local, folder: _folder } = self;
            studio::server::serve(local, listener).await.expect("the server runs");
        })
    }

    /// Every letter that left, oldest first.
    pub fn letters(&self) -> Vec<Left> {
        let read = std::fs::read_dir(self.local.outbox.folder()).expect("the outbox");
        let mut files: Vec<PathBuf> = read.map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| left(&std::fs::read(file).expect("a letter"))).collect()
    }

    /// `flow/step` of every letter, oldest first.
    pub fn what_left(&self) -> Vec<String> {
        self.letters().into_iter().map(|letter| letter.what).collect()
    }
}

/// Copies a folder with all that is in it.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn left(bytes: &[u8]) -> Left {
    let message = MessageParser::default().parse(bytes).expect("a letter");
    let raw = |name: &str| message.header_raw(name).map(|value| value.trim().to_owned());
    Left {
        to: message.to().and_then(|to| to.first()).and_then(|a| a.address()).expect("a recipient").to_owned(),
        what: format!(
            "{}/{}",
            raw(cloud::outbox::header::FLOW).expect("a flow"),
            raw(cloud::outbox::header::STEP).expect("a step")
        ),
        subject: message.subject().expect("a subject").to_owned(),
        text: message.body_text(0).expect("a text").into_owned(),
        html: message.body_html(0).expect("HTML").into_owned(),
        unsubscribe: raw("List-Unsubscribe").map(|header| header.trim_matches(['<', '>']).to_owned()),
    }
}

/// An order in Shopify's shape, paid, of one packet of tea that lasts 40 days.
pub fn order(id: u64, email: &str, placed_at: &str) -> Value {
    let time = at(placed_at).to_rfc3339();
    json!({
        "id": id,
        "name": format!("#{id}"),
        "email": email,
        "created_at": time,
        "processed_at": time,
        "updated_at": time,
        "currency": "EUR",
        "total_price": "17.80",
        "subtotal_price": "12.90",
        "total_tax": "2.41",
        "total_discounts": "0.00",
        "financial_status": "paid",
        "fulfillment_status": null,
        "test": false,
        "line_items": [{ "id": 1, "sku": "TEA-FOG-100", "title": "Harbour Fog", "quantity": 1, "price": "12.90" }],
        "shipping_lines": [{ "title": "Post", "price": "4.90" }],
        "customer": { "id": 42, "email": email, "first_name": "Nora", "created_at": time, "updated_at": time },
        "shipping_address": { "country_code": "IE", "first_name": "Nora" },
    })
}

/// A consent in Shopify's shape.
pub fn consent(email: &str, state: &str, act: &str) -> Value {
    json!({
        "customer_id": 42,
        "email_address": email,
        "email_marketing_consent": {
            "state": state, "opt_in_level": "single_opt_in", "consent_updated_at": at(act).to_rfc3339(),
        },
    })
}

/// The topic of a consent.
pub const CONSENT: &str = "customers/email_marketing_consent_update";
