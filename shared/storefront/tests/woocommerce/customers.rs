//! What a customer comes out as.

use retention::event::Entity;
use serde_json::json;

use crate::hear::{CUSTOMER, CUSTOMER_TOPICS, ORDER, event, mistake, source, time, with, without};

#[test]
fn a_customer_comes_out_as_a_person_with_a_stamp() {
    for topic in CUSTOMER_TOPICS {
        let event = event(topic, CUSTOMER);
        let person = event.person;
        assert_eq!((&person.source, person.id.as_deref()), (&source(), Some("318")));
        assert_eq!(person.email.unwrap().expose(), "ada.lindqvist@example.com");
        assert_eq!(person.name.unwrap().expose(), "Ada");
        assert_eq!((person.country.unwrap().code(), person.region, person.locale), ("SE", None, None));
        let Entity::Customer(stamp) = event.entity else { panic!("not a customer") };
        assert_eq!((stamp.at, stamp.rank, stamp.hash.len()), (time("2026-03-14T08:27:10Z"), 0, 16));
    }
}

#[test]
fn what_plugins_keep_of_consent_is_not_guessed_at() {
    for (topic, body) in [("customer.updated", CUSTOMER), ("order.created", ORDER)] {
        assert!(body.contains("newsletter"), "the fixture has some");
        assert!(event(topic, body).statements.is_empty(), "unknown: {topic}");
    }
}

#[test]
fn the_order_and_the_customer_that_arrive_together_name_one_person() {
    let (order, customer) = (event("order.created", ORDER).person, event("customer.created", CUSTOMER).person);
    assert_eq!(order.aliases(), customer.aliases());
}

#[test]
fn a_customer_who_never_changed_has_the_stamp_of_the_registration() {
    let never = with(CUSTOMER, json!({"date_modified": null, "date_modified_gmt": null}));
    let Entity::Customer(stamp) = event("customer.created", &never).entity else { panic!("not a customer") };
    assert_eq!(stamp.at, time("2026-03-14T08:26:50Z"));
}

#[test]
fn what_the_account_leaves_empty_is_taken_from_the_address_for_bills() {
    let empty = json!({"email": "", "first_name": "", "billing": {"first_name": "O&#039;Brien &amp; Co"}});
    let person = event("customer.updated", &with(CUSTOMER, empty)).person;
    assert_eq!(person.email.unwrap().normal(), "bills@example.com");
    assert_eq!(person.name.unwrap().expose(), "O'Brien & Co");
    let ships = json!({"shipping": {"country": "CA", "state": "QC"}});
    let person = event("customer.updated", &with(CUSTOMER, ships)).person;
    assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("CA", Some("QC")));
}

#[test]
fn a_customer_without_anything_else_is_still_known_by_id() {
    let bare = json!({"email": "", "first_name": " ", "billing": null, "shipping": null});
    let person = event("customer.updated", &with(CUSTOMER, bare)).person;
    assert_eq!((person.id.as_deref(), person.email, person.name, person.country), (Some("318"), None, None, None));
}

#[test]
fn what_a_customer_needs_is_missed_by_its_name() {
    assert_eq!(mistake("customer.created", &without(CUSTOMER, &["id"])), "id: missing");
    assert_eq!(mistake("customer.created", &with(CUSTOMER, json!({"id": 0}))), "id: missing");
    assert_eq!(mistake("customer.created", &without(CUSTOMER, &["email"])), "email: missing");
    let never = without(CUSTOMER, &["date_created_gmt", "date_modified_gmt"]);
    assert_eq!(mistake("customer.created", &never), "date_modified_gmt: missing", "the local times are no instants");
}
