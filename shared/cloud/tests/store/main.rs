//! The store against an engine that others wrote: the embedded one, or whichever `AWS_ENDPOINT_URL_DYNAMODB` names.

mod customers;
mod index;
mod kept;
mod ledger;
mod orders_to_come;
mod products;

use cloud::store::Write;
use retention::{Customer, Send, Time};

/// A moment of the tests.
pub(crate) fn at(second: i64) -> Time {
    Time::from_timestamp(1_772_000_000 + second, 0).expect("a time")
}

/// A write of a new customer and nothing else.
pub(crate) fn newcomer(customer: &Customer) -> Write<'_> {
    Write { exact: true, ..Write::new(None, customer) }
}

/// A planned send of a customer.
pub(crate) fn send_of(customer: &Customer, occasion: &str) -> Send {
    use retention::feedback::Fate;
    use retention::flow::{Class, Kind};
    use retention::ids::{FlowName, LetterName, Occasion, SendId, StepId};
    use retention::send::State;
    let (flow, step) = (FlowName::parse("winback").expect("a name"), StepId::parse("first").expect("a name"));
    let occasion = Occasion::of(&[occasion]);
    let mut send = Send {
        id: SendId::derive(&customer.id, &flow, &step, &occasion),
        customer: customer.id.clone(),
        flow,
        step,
        letter: LetterName::parse("first").expect("a name"),
        class: Class::Marketing,
        variant: None,
        kind: Kind::Useful,
        priority: 28,
        occasion,
        covers: Vec::new(),
        orders: Vec::new(),
        about: None,
        wanted_at: at(0),
        stale_at: at(1_000_000),
        created_at: at(0),
        state: State::Planned,
        reason: None,
        due_at: Some(at(0)),
        attempt: 0,
        nonce: None,
        marked_at: None,
        dispatches: 0,
        tries: 0,
        tried_at: None,
        message_id: None,
        possible_duplicate: false,
        fate: Fate::default(),
        history: Vec::new(),
    };
    send.enter(State::Planned, None, Some(at(0)), at(0));
    send
}
