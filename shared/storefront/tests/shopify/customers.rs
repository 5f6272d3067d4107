//! What a customer comes out as.

use retention::birthday::Birthday;
use retention::event::Entity;
use serde_json::json;

use crate::hear::{CUSTOMER, CUSTOMER_TOPICS, OLD_CUSTOMER, ORDER, event, mistake, source, time, with, without};

#[test]
fn a_customer_comes_out_as_a_person_with_a_stamp() {
    for topic in CUSTOMER_TOPICS {
        let event = event(topic, CUSTOMER);
        let person = event.person;
        assert_eq!((&person.source, person.id.as_deref()), (&source(), Some("7700111222333")));
        assert_eq!(person.email.unwrap().expose(), "Ada.Lindqvist@example.com");
        assert_eq!(person.name.unwrap().expose(), "Ada");
        assert_eq!((person.country.unwrap().code(), person.region.as_deref()), ("CA", Some("ON")));
        let Entity::Customer(stamp) = event.entity else { panic!("not a customer") };
        assert_eq!((stamp.at, stamp.rank, stamp.hash.len()), (time("2026-03-14T08:27:10Z"), 0, 16));
        assert!(event.statements.is_empty(), "since 2025 customers carry no consent: unknown");
    }
}

#[test]
fn an_older_customer_is_read_too() {
    let person = event("customers/create", OLD_CUSTOMER).person;
    assert_eq!((person.id.as_deref(), person.country, person.region), (Some("310200300"), None, None));
}

#[test]
fn the_order_and_the_customer_that_arrive_together_name_one_person() {
    let (order, customer) = (event("orders/create", ORDER).person, event("customers/create", CUSTOMER).person);
    assert_eq!(order.aliases(), customer.aliases());
}

#[test]
fn a_birthday_is_the_metafield_that_shopify_defines_for_it() {
    let person = event("customers/update", CUSTOMER).person;
    assert_eq!(person.birthday, Some(Birthday::parse("02-29").unwrap()));
    let bad = json!({"metafields": [{"namespace": "facts", "key": "birth_date", "value": "in May"}]});
    assert_eq!(event("customers/update", &with(CUSTOMER, bad)).person.birthday, None);
    assert_eq!(event("customers/update", &without(CUSTOMER, &["metafields"])).person.birthday, None);
}

#[test]
fn a_customer_without_an_address_or_a_name_is_still_known_by_id() {
    let empty = json!({"email": null, "first_name": " \n ", "default_address": null, "addresses": null});
    let person = event("customers/update", &with(CUSTOMER, empty)).person;
    assert_eq!((person.email, person.name, person.country), (None, None, None));
    assert_eq!(person.id.as_deref(), Some("7700111222333"));
}

#[test]
fn a_locale_is_a_language_tag_or_nothing() {
    let locale = |tag: &str| event("customers/update", &with(CUSTOMER, json!({"locale": tag}))).person.locale;
    assert_eq!(locale("pt-BR").as_deref(), Some("pt-BR"));
    assert_eq!((locale("en\nx"), locale("{{x}}"), locale(&"a".repeat(36)), locale("")), (None, None, None, None));
}

#[test]
fn a_customer_without_an_update_has_the_stamp_of_its_creation() {
    let Entity::Customer(stamp) = event("customers/create", &with(CUSTOMER, json!({"updated_at": null}))).entity else {
        panic!("not a customer")
    };
    assert_eq!(stamp.at, time("2026-03-14T08:26:50Z"));
}

#[test]
fn what_a_customer_needs_is_missed_by_its_name() {
    assert_eq!(mistake("customers/create", &without(CUSTOMER, &["id"])), "id: missing");
    let never = without(CUSTOMER, &["created_at", "updated_at"]);
    assert_eq!(mistake("customers/create", &never), "updated_at: missing");
}

#[test]
fn a_body_sent_again_under_the_topic_of_another_kind_is_unreadable() {
    let order_as_customer = mistake("customers/update", ORDER);
    assert_eq!(order_as_customer, "line_items: an order under the topic of a customer");
    assert_eq!(mistake("orders/updated", CUSTOMER), "total_price: missing");
    assert_eq!(mistake("customers_email_marketing_consent/update", CUSTOMER), "customer_id: missing");
    assert_eq!(mistake("customers_email_marketing_consent/update", ORDER), "customer_id: missing");
    assert_eq!(mistake("customers/update", crate::hear::CONSENT), "id: missing");
}
