//! Invented people, their orders and their letters.

use retention::after_sale::AfterSales;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::flow::Class;
use retention::ids::{FlowName, LetterName, Occasion, OrderId, ProductKey, SourceName, StepId};
use retention::money::{Currency, Money};
use retention::order::{Line, Order, Parts, Payment, Stamp};
use retention::send::State;
use retention::{Customer, EmailAddress, Send, Time};

/// The storefront of tests.
pub fn source() -> SourceName {
    SourceName::parse("shopify").expect("a name")
}

/// Number `n` of the invented people.
pub fn person(n: usize) -> Person {
    Person {
        id: Some(format!("{}", 7_000_000 + n)),
        email: EmailAddress::parse(&format!("person{n}@example.com")).ok(),
        name: retention::address::PersonName::parse(&format!("Person {n}")),
        ..Person::at(source())
    }
}

/// A paid order of one or more products at 10.00 each.
pub fn order(id: &str, placed_at: Time, lines: &[(&str, i64)]) -> Order {
    let currency = Currency::parse("EUR").expect("a currency");
    let line = |(sku, quantity): &(&str, i64)| Line {
        product: ProductKey::new(sku),
        title: format!("Product {sku}"),
        variant: None,
        quantity: *quantity,
        unit_minor: 1000,
    };
    Order {
        id: OrderId::new(&source(), id),
        number: format!("#{id}"),
        placed_at,
        stamp: Stamp { at: placed_at, rank: 2, hash: id.to_owned() },
        payment: Payment::Paid,
        cancelled_at: None,
        test: false,
        total: Money { minor: lines.iter().map(|(_, q)| q * 1000).sum(), currency },
        parts: Parts::default(),
        refunded_minor: 0,
        after: AfterSales::default(),
        cart: None,
        lines: lines.iter().map(line).collect(),
        fulfilled_at: None,
        codes: Vec::new(),
        history: None,
    }
}

/// The event of an order.
pub fn ordered(person: &Person, order: &Order) -> Event {
    Event { person: person.clone(), statements: Vec::new(), entity: Entity::Order(Box::new(order.clone())) }
}

/// The event of a consent given at `act`.
pub fn subscribed(person: &Person, act: Time) -> Event {
    let statement = Statement {
        said: Said::Subscribed,
        by: By::Storefront(person.source.clone()),
        act_at: Some(act),
        heard_at: act,
        wording: "test".to_owned(),
        confirmed: false,
    };
    Event { person: person.clone(), statements: vec![statement], entity: Entity::Consent }
}

/// A planned letter of a flow that there is, due at a time.
pub fn planned(customer: &Customer, occasion: &str, class: Class, priority: u8, due: Time) -> Send {
    let (flow, step) = (FlowName::parse("winback").expect("a name"), StepId::parse("first").expect("a name"));
    let letter = LetterName::parse("first").expect("a name");
    let mut send = Send {
        class,
        priority,
        stale_at: due + chrono::TimeDelta::days(9),
        ..Send::planned(&customer.id, (&flow, &step, &letter), &Occasion::of(&[occasion]), due)
    };
    send.enter(State::Planned, None, Some(due), due);
    send
}
