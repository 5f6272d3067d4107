//! What a customer said of consent: the act with its time, its place and its words.

use retention::consent::{By, Said};
use retention::event::Entity;
use serde_json::json;

use crate::hear::{changed, event, example, now, source, time};

#[test]
fn a_subscription_comes_with_its_act_its_place_and_its_words() {
    let event = event(&example("order.placed"));
    let [statement] = &event.statements[..] else { panic!("not one statement") };
    assert_eq!((statement.said, &statement.by), (Said::Subscribed, &By::Storefront(source())));
    assert_eq!((statement.act_at, statement.heard_at), (Some(time("2026-03-02T08:58:30Z")), now()));
    assert_eq!(statement.wording, "checkout: Send me news and offers by email (2026-01)");
}

#[test]
fn an_opt_out_needs_no_words_and_is_about_nothing_but_consent() {
    let event = event(&example("consent.changed"));
    assert_eq!(event.entity, Entity::Consent);
    assert_eq!(event.person.id.as_deref(), Some("42"));
    let [statement] = &event.statements[..] else { panic!("not one statement") };
    assert_eq!((statement.said, statement.wording.as_str()), (Said::Unsubscribed, "account page"));
    assert_eq!(statement.act_at, Some(time("2026-05-01T16:30:00Z")));
}

#[test]
fn an_address_is_enough_to_say_whose_consent_it_is() {
    let event = event(&changed("consent.changed", json!({"id": null})));
    assert_eq!((event.person.id, event.person.email.unwrap().normal()), (None, "nora.byrne@example.com".into()));
}

#[test]
fn long_words_are_cut_and_stay_on_one_line() {
    let long = json!({"consent": {"source": "a\r\nb", "wording": "é".repeat(5000)}});
    let statement = event(&changed("consent.changed", long)).statements.remove(0);
    assert!(statement.wording.starts_with("a  b: é") && statement.wording.len() <= 1100);
}

#[test]
fn a_subscription_is_confirmed_where_the_shop_says_so_and_by_nothing_else() {
    let said = |confirmed: serde_json::Value| {
        let body = changed("order.placed", json!({"customer": {"consent": {"confirmed": confirmed}}}));
        event(&body).statements.remove(0).confirmed
    };
    assert!(!event(&example("order.placed")).statements.remove(0).confirmed);
    assert!(said(json!(true)) && !said(json!(false)) && !said(json!(null)));
}
