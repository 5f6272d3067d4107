//! What a panic can show of a person: the debug form of everything that is held of them. It is written to a log, and told to
//! Lambda's runtime.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use proof::shop::Templates;
use retention::Time;
use testkit::{Engine, life, people};

/// What was said by the panic hook.
fn said_by(panics: impl FnOnce()) -> String {
    let said: Arc<Mutex<String>> = Arc::default();
    let hears = said.clone();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| *hears.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string()));
    let ended = panic::catch_unwind(AssertUnwindSafe(panics));
    panic::set_hook(before);
    assert!(ended.is_err(), "nothing panicked");
    said.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[tokio::test]
async fn a_panic_that_shows_all_that_is_held_of_a_person_names_nobody() {
    let templates = Templates::read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    let engine = Engine::in_memory().await.unwrap();
    let (store, now) = (engine.store(), Time::UNIX_EPOCH + TimeDelta::days(20_000));
    let person = people::person(1);
    let event = people::ordered(&person, &people::order("1", now, &[("POT-STONE", 1)]));
    let decision = life::arrives(&store, &templates.shop, &event, now).await;
    let id = &decision.sends[0].send.customer;
    let known = store.customer(id).await.unwrap().expect("a customer");
    let history = store.history(id).await.unwrap().expect("a history");
    let letter = cloud::mailer::Outgoing {
        from_name: "Two Herons".to_owned(),
        from: known.customer.email.clone().unwrap(),
        to: known.customer.email.clone().unwrap(),
        reply_to: known.customer.email.clone().unwrap(),
        subject: "Person 1, it is on its way".to_owned(),
        html: "<p>Dear Person 1</p>".to_owned(),
        text: "Dear Person 1, person1@example.com".to_owned(),
        headers: vec![("To".to_owned(), "person1@example.com".to_owned())],
        tags: cloud::mailer::Tags {
            customer: id.clone(),
            send: decision.sends[0].send.id.clone(),
            attempt: 1,
            flow: "order_status".to_owned(),
            step: "confirmed".to_owned(),
        },
    };
    let said = said_by(|| panic!("{person:?} {event:?} {decision:?} {known:?} {history:?} {letter:?}"));
    assert!(said.contains("order_status"), "it shows what it may: {said}");
    for name in ["person1", "example.com", "Person 1"] {
        assert!(!said.contains(name), "{name} stands in {said}");
    }
}
