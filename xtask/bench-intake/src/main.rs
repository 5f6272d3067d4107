//! Takes the same order webhook in again and again, as `functions/intake` does but without its reads and writes, and
//! prints the CPU time as one line of JSON. What it is held against is `xtask/peers/intake.mjs`.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;

use chrono::TimeDelta;
use retention::aggregates::Aggregates;
use retention::decide::{Decision, Facts, decide};
use retention::event::{Entity, Event};
use retention::ids::{CustomerId, OrderId, SourceName};
use retention::record::{Recorded, record};
use retention::{Customer, Order, Shop, Time};
use serde_json::json;
use storefront::{Delivery, Parsed, Secrets, shopify};

/// How many orders the customer has placed before.
const EARLIER: i64 = 5;
/// How many webhooks are taken in before the measurement begins.
const WARM_UP: u32 = 500;

/// One webhook, and what is known when it comes.
struct Webhook {
    shop: Shop,
    source: SourceName,
    aggregates: Aggregates,
    secret: String,
    signature: String,
    body: String,
    customer: Customer,
    now: Time,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or(format!("{name} is missing: TEMPLATES BODY SECRET COUNT"));
    let templates = PathBuf::from(next("TEMPLATES")?);
    let body = std::fs::read_to_string(next("BODY")?)?;
    let secret = next("SECRET")?;
    let count: u32 = next("COUNT")?.parse()?;
    let webhook = Webhook::new(shop::read(&templates)?.shop, secret, body)?;
    for _ in 0..WARM_UP.min(count) {
        black_box(webhook.take_in()?);
    }
    let before = cpu_nanoseconds()?;
    for _ in 0..count {
        black_box(black_box(&webhook).take_in()?);
    }
    let spent = cpu_nanoseconds()? - before;
    let (order, decision) = webhook.take_in()?;
    let line = json!({
        "webhooks": count,
        "cpu_ns": spent,
        "read": { "number": order.number, "minor": order.total.minor, "lines": order.lines.len() },
        "orders": decision.customer.order_count,
        "sends": decision.sends.len(),
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

impl Webhook {
    fn new(shop: Shop, secret: String, body: String) -> Result<Self, Box<dyn Error>> {
        let source = shop.sources.first().ok_or("the shop has no source")?.name.clone();
        let signature = shopify::sign(body.as_bytes(), &Secrets::new([secret.as_str()])?);
        let now = Time::UNIX_EPOCH;
        let customer = Customer::new(CustomerId::derive("bench", now), now);
        let mut webhook =
            Self { shop, source, aggregates: Aggregates::default(), secret, signature, body, customer, now };
        let event = webhook.verify_and_parse()?;
        let Entity::Order(order) = &event.entity else { return Err("the body is not an order".into()) };
        webhook.now = order.stamp.at.max(order.placed_at) + TimeDelta::seconds(5);
        for number in (1..=EARLIER).rev() {
            let mut order = order.clone();
            order.id = OrderId::new(&webhook.source, &format!("earlier-{number}"));
            order.placed_at -= TimeDelta::days(40 * number);
            order.stamp.at = order.placed_at;
            order.history = Some(webhook.now);
            let earlier = Event { entity: Entity::Order(order), ..event.clone() };
            if let Recorded::Changed(change) = record(&webhook.customer, None, &earlier) {
                webhook.customer = change.customer;
            }
        }
        Ok(webhook)
    }

    fn take_in(&self) -> Result<(Order, Decision), Box<dyn Error>> {
        let event = self.verify_and_parse()?;
        let Recorded::Changed(change) = record(&self.customer, None, &event) else {
            return Err("the order is not new".into());
        };
        let facts = Facts { customer: &change.customer, open: None, existing: &[], aggregates: &self.aggregates };
        let decision = decide(&facts, &self.shop, self.now);
        Ok((change.order.ok_or("the change has no order")?, decision))
    }

    fn verify_and_parse(&self) -> Result<Event, Box<dyn Error>> {
        let headers = [
            ("content-type", "application/json"),
            (shopify::TOPIC_HEADER, "orders/create"),
            (shopify::SIGNATURE_HEADER, self.signature.as_str()),
        ];
        let delivery = Delivery::new(headers, self.body.as_bytes());
        let secrets = Secrets::new([self.secret.as_str()])?;
        let verified = shopify::verify(&delivery, &secrets)?;
        match shopify::parse(&verified, &self.source, self.now)? {
            Parsed::Event(event) => Ok(*event),
            _ => Err("the body is about nobody".into()),
        }
    }
}

/// How long this process, which has one thread, was on a processor: the first number of Linux's `schedstat`.
fn cpu_nanoseconds() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split_whitespace().next().ok_or("schedstat is empty")?.parse()?)
}
