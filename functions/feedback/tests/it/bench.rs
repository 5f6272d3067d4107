//! A feedback function, its table, and people whose letters have left.

use cloud::clock::SetClock;
use cloud::queue::{SqsEvent, SqsMessage};
use cloud::store::{Committed, Write};
use cloud::telemetry::Counts;
use cloud::{Clock, Store};
use feedback::Feedback;
use retention::consent::{By, Said, Statement};
use retention::decide::NewSend;
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::send::State;
use retention::{Customer, EmailAddress, Send, Time};
use serde_json::{Value, json};
use testkit::Engine;
use testkit::people::planned;

/// The configuration set of the shop.
pub(crate) const CONFIGURATION_SET: &str = "regulars-herons";
/// Whose letters leave.
pub(crate) const NORA: &str = "nora@example.com";

pub(crate) struct Bench {
    pub(crate) feedback: Feedback,
    _engine: Engine,
}

/// A moment of a day in March.
pub(crate) fn at(clock: &str) -> Time {
    format!("2026-03-02T{clock}:00Z").parse().expect("a time")
}

impl Bench {
    pub(crate) async fn open() -> Self {
        let engine = Engine::for_tests().await.expect("an engine");
        let feedback = Feedback {
            store: engine.store(),
            clock: Clock::Set(SetClock::standing(at("20:00"))),
            configuration_set: CONFIGURATION_SET.to_owned(),
        };
        Self { feedback, _engine: engine }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.feedback.store
    }

    pub(crate) fn now(&self) -> Time {
        self.feedback.clock.now()
    }

    /// So many marketing letters to Nora, marked at noon, in this state. They are of one person.
    pub(crate) async fn letters(&self, count: usize, state: State) -> Vec<Send> {
        self.letters_to(NORA, count, state).await
    }

    /// The same to whoever has an address.
    pub(crate) async fn letters_to(&self, address: &str, count: usize, state: State) -> Vec<Send> {
        let mut nora = Customer::new(CustomerId::derive(address, at("08:00")), at("08:00"));
        nora.email = EmailAddress::parse(address).ok();
        let yes = Statement {
            said: Said::Subscribed,
            by: By::Person,
            act_at: Some(at("08:00")),
            heard_at: at("08:00"),
            wording: "form".to_owned(),
            confirmed: false,
        };
        assert!(nora.consent.hear(&yes));
        let sends: Vec<Send> = (0..count).map(|number| letter(&nora, number, state)).collect();
        let new: Vec<NewSend> = sends.iter().map(|send| NewSend { send: send.clone(), again: false }).collect();
        let write = Write { exact: true, sends: &new, ..Write::new(None, &nora) };
        assert_eq!(self.store().commit(&write).await.expect("a write"), Committed::Done);
        sends
    }

    /// A batch of these bodies; how many of them come again.
    pub(crate) async fn hears(&self, bodies: &[Value]) -> usize {
        self.hears_texts(&bodies.iter().map(Value::to_string).collect::<Vec<_>>()).await
    }

    pub(crate) async fn hears_texts(&self, bodies: &[String]) -> usize {
        self.works_through(bodies).await.0
    }

    /// What is counted of a batch of these bodies, of which none comes again.
    pub(crate) async fn counts(&self, bodies: &[Value]) -> Counts {
        let (failed, counts) = self.works_through(&bodies.iter().map(Value::to_string).collect::<Vec<_>>()).await;
        assert_eq!(failed, 0);
        counts
    }

    /// A batch of these bodies: how many of them come again, and what is counted.
    pub(crate) async fn works_through(&self, bodies: &[String]) -> (usize, Counts) {
        let mut batch = SqsEvent::default();
        batch.records = (0..)
            .zip(bodies)
            .map(|(number, body): (usize, _)| {
                let mut message = SqsMessage::default();
                message.message_id = Some(number.to_string());
                message.body = Some(body.clone());
                message
            })
            .collect();
        let mut counts = Counts::default();
        let response = feedback::work_through(&self.feedback, &batch, &mut counts).await;
        (response.batch_item_failures.len(), counts)
    }

    pub(crate) async fn row(&self, send: &Send) -> Send {
        self.store().send(&send.customer, &send.id).await.expect("a read").expect("a send")
    }

    pub(crate) async fn nora(&self, send: &Send) -> Customer {
        self.store().customer(&send.customer).await.expect("a read").expect("a customer").customer
    }

    /// What keeps an address from being written to, by its name.
    pub(crate) async fn suppressed(&self, address: &str) -> Option<&'static str> {
        let address = EmailAddress::parse(address).expect("an address");
        let stands = self.store().suppression(&address).await.expect("a read");
        stands.and_then(retention::control::Suppressions::strongest).map(retention::control::Cause::name)
    }
}

/// A letter that was marked at noon, once.
fn letter(to: &Customer, number: usize, state: State) -> Send {
    let mut send = planned(to, &number.to_string(), Class::Marketing, 28, at("12:00"));
    (send.attempt, send.marked_at) = (1, Some(at("12:00")));
    send.message_id = (state == State::Sent).then(|| message_id(number));
    let due = matches!(state, State::Planned | State::Submitting | State::Unknown).then(|| at("21:00"));
    send.enter(state, None, due, at("12:00"));
    send
}

/// SES's id of a letter.
pub(crate) fn message_id(number: usize) -> String {
    format!("0100-{number}")
}

/// An event as SES publishes it, about letter `number`. `what` is its part beside `mail`.
pub(crate) fn event(kind: &str, send: &Send, number: usize, what: &Value) -> Value {
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": "2026-03-02T12:00:00.000Z",
            "source": "Two Herons <hello@twoherons.example>",
            "sendingAccountId": "123456789012",
            "messageId": message_id(number),
            "destination": [NORA],
            "headersTruncated": false,
            "tags": {
                "ses:operation": ["SendEmail"],
                "ses:configuration-set": [CONFIGURATION_SET],
                "ses:from-domain": ["twoherons.example"],
                "customer": [send.customer.as_str()],
                "send": [send.id.as_str()],
                "attempt": ["1"],
            },
        },
    });
    for (name, value) in what.as_object().expect("an object") {
        event[name] = value.clone();
    }
    event
}

pub(crate) fn delivery(send: &Send, number: usize, clock: &str) -> Value {
    let what = json!({ "delivery": { "timestamp": at(clock), "processingTimeMillis": 700, "recipients": [NORA],
        "smtpResponse": "250 2.0.0 OK" } });
    event("Delivery", send, number, &what)
}

pub(crate) fn delayed(send: &Send, number: usize, clock: &str) -> Value {
    let recipient = json!({ "emailAddress": NORA, "status": "4.4.1", "diagnosticCode": "smtp; 421 later" });
    let what = json!({ "deliveryDelay": { "timestamp": at(clock), "delayType": "TransientCommunicationFailure",
        "expirationTime": at("23:00"), "delayedRecipients": [recipient] } });
    event("DeliveryDelay", send, number, &what)
}

pub(crate) fn click(send: &Send, number: usize, clock: &str) -> Value {
    event(
        "Click",
        send,
        number,
        &json!({ "click": { "timestamp": at(clock), "link": "https://twoherons.example/",
        "ipAddress": "192.0.2.1", "userAgent": "a browser" } }),
    )
}

pub(crate) fn complaint(send: &Send, number: usize, clock: &str) -> Value {
    event(
        "Complaint",
        send,
        number,
        &json!({ "complaint": { "timestamp": at(clock), "feedbackId": "1",
        "complainedRecipients": [{ "emailAddress": NORA }], "complaintFeedbackType": "abuse" } }),
    )
}

/// A bounce of a type and subtype, with the status of its one recipient.
pub(crate) fn bounce(send: &Send, number: usize, clock: &str, kind: &str, sub: &str, status: &str) -> Value {
    let recipient = json!({ "emailAddress": NORA, "action": "failed", "status": status, "diagnosticCode": "smtp; no" });
    event(
        "Bounce",
        send,
        number,
        &json!({ "bounce": { "timestamp": at(clock), "feedbackId": "1", "bounceType": kind,
        "bounceSubType": sub, "bouncedRecipients": [recipient], "reportingMTA": "dsn; mx.example" } }),
    )
}
