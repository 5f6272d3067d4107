//! What Shopify's words on consent come out as: the consent topic, the older fields, and silence.

use retention::consent::{By, Consent, Said};
use retention::event::Entity;
use serde_json::{Value, json};

use crate::hear::{CONSENT, CUSTOMER, OLD_CUSTOMER, event, heard_at, mistake, source, time, with, without};

const TOPIC: &str = storefront::shopify::CONSENT_TOPIC;

fn consent(fields: Value) -> Option<(Said, Option<retention::Time>)> {
    let body = with(CONSENT, Value::from_iter([("email_marketing_consent", fields)]));
    event(TOPIC, &body).statements.first().map(|s| (s.said, s.act_at))
}

#[test]
fn the_consent_topic_states_an_act_with_its_time_and_wording() {
    let event = event(TOPIC, CONSENT);
    assert_eq!(event.entity, Entity::Consent);
    assert_eq!(event.person.id.as_deref(), Some("7700111222333"));
    assert_eq!(event.person.email.unwrap().normal(), "ada.lindqvist@example.com");
    let [statement] = &event.statements[..] else { panic!("not one statement") };
    assert_eq!((statement.said, &statement.by), (Said::Unsubscribed, &By::Storefront(source())));
    assert_eq!((statement.act_at, statement.heard_at), (Some(time("2026-04-01T08:00:00Z")), heard_at()));
    assert_eq!(statement.wording, "shopify: single_opt_in");
}

#[test]
fn the_topic_has_two_names_in_shopifys_own_pages_and_both_are_read() {
    assert_eq!(event("customers/email_marketing_consent_update", CONSENT), event(TOPIC, CONSENT));
}

#[test]
fn only_subscribed_and_unsubscribed_speak() {
    let at = Some(time("2026-04-01T08:00:00Z"));
    assert_eq!(consent(json!({"state": "subscribed"})), Some((Said::Subscribed, at)));
    assert_eq!(consent(json!({"state": "SUBSCRIBED"})), Some((Said::Subscribed, at)));
    assert_eq!(consent(json!({"state": "unsubscribed"})), Some((Said::Unsubscribed, at)));
    for silent in
        [json!("not_subscribed"), json!("pending"), json!("redacted"), json!("invalid"), json!(null), json!(1)]
    {
        assert_eq!(consent(json!({"state": silent})), None, "{silent}");
    }
}

#[test]
fn a_state_without_a_time_gets_none() {
    assert_eq!(consent(json!({"state": "subscribed", "consent_updated_at": null})), Some((Said::Subscribed, None)));
}

#[test]
fn an_address_may_be_missing_where_the_id_is_there() {
    for address in [json!(null), json!(""), json!("nobody")] {
        assert_eq!(event(TOPIC, &with(CONSENT, json!({"email_address": address}))).person.email, None);
    }
    assert_eq!(mistake(TOPIC, &without(CONSENT, &["customer_id"])), "customer_id: missing");
    assert_eq!(mistake(TOPIC, &without(CONSENT, &["email_marketing_consent"])), "email_marketing_consent: missing");
}

#[test]
fn a_customer_of_the_versions_between_carries_the_state_itself() {
    let state = json!({"state": "subscribed", "opt_in_level": null, "consent_updated_at": "2023-05-01T00:00:00-04:00"});
    // The older field stands beside it in those versions, and gives way.
    let event = event(
        "customers/update",
        &with(CUSTOMER, json!({"email_marketing_consent": state, "accepts_marketing": false})),
    );
    let [statement] = &event.statements[..] else { panic!("not one statement") };
    assert_eq!((statement.said, statement.act_at), (Said::Subscribed, Some(time("2023-05-01T04:00:00Z"))));
    assert_eq!(statement.wording, "shopify: email_marketing_consent");
    let silent = json!({"email_marketing_consent": {"state": "not_subscribed"}, "accepts_marketing": false});
    assert!(self::event("customers/update", &with(CUSTOMER, silent)).statements.is_empty());
}

#[test]
fn the_oldest_form_is_a_flag_with_or_without_a_time() {
    let event_of = |fields: Value| event("customers/update", &with(OLD_CUSTOMER, fields));
    let [statement] = &event_of(json!({})).statements[..] else { panic!("not one statement") };
    assert_eq!((statement.said, statement.act_at), (Said::Subscribed, Some(time("2019-08-02T14:00:00Z"))));
    assert_eq!(statement.wording, "shopify: confirmed_opt_in");
    let timeless = event_of(json!({"accepts_marketing": false, "accepts_marketing_updated_at": null}));
    assert_eq!((timeless.statements[0].said, timeless.statements[0].act_at), (Said::Unsubscribed, None));
    assert!(event_of(json!({"accepts_marketing": null})).statements.is_empty());
}

#[test]
fn a_storefront_that_goes_on_saying_yes_after_an_opt_out_raises_nothing() {
    let mut consent = Consent::default();
    consent.hear(&event(TOPIC, CONSENT).statements[0]);
    for stale in [json!({}), json!({"accepts_marketing_updated_at": null})] {
        let statements = event("customers/update", &with(OLD_CUSTOMER, stale)).statements;
        assert!(!consent.hear(&statements[0]) && !consent.is_subscribed());
    }
}

#[test]
fn an_opt_in_level_that_is_no_level_is_kept_short() {
    let wording = |level: Value| {
        let body = with(CONSENT, json!({"email_marketing_consent": {"opt_in_level": level}}));
        event(TOPIC, &body).statements[0].wording.clone()
    };
    assert_eq!(wording(json!("x".repeat(1000))).len(), 73);
    assert_eq!(wording(json!("a\r\nb")), "shopify: a  b");
    assert_eq!(wording(json!({})), "shopify: email_marketing_consent");
}

#[test]
fn only_a_confirmed_opt_in_was_confirmed() {
    let confirmed = |level: Value| {
        let fields = json!({"state": "subscribed", "opt_in_level": level});
        let body = with(CONSENT, Value::from_iter([("email_marketing_consent", fields)]));
        event(TOPIC, &body).statements.remove(0).confirmed
    };
    assert!(confirmed(json!("confirmed_opt_in")) && confirmed(json!("CONFIRMED_OPT_IN")));
    for level in [json!("single_opt_in"), json!("unknown"), json!(null), json!(true)] {
        assert!(!confirmed(level.clone()), "{level}");
    }
}
