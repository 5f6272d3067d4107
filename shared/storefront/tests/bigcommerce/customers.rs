//! What customers and subscribers come out as.

use retention::consent::Said;
use retention::event::Entity;
use serde_json::json;
use storefront::{FetchKind, Parsed};

use crate::hear::{CUSTOMER, SUBSCRIBER, event, mistake, read, time, with};

#[test]
fn a_customer_comes_out_and_says_nothing_of_consent() {
    let event = event(FetchKind::Customer, CUSTOMER);
    assert_eq!((event.person.id.as_deref(), event.person.country.unwrap().code()), (Some("318"), "SE"));
    assert_eq!(event.person.since, Some(time("2025-11-02T09:00:00Z")));
    assert_eq!(event.statements, [], "the shop's own letters about carts are no marketing of ours");
    let Entity::Customer(stamp) = event.entity else { panic!("not a customer") };
    assert_eq!(stamp.at, time("2026-03-14T08:26:53Z"));
}

#[test]
fn whoever_is_a_subscriber_agreed_when_they_became_one() {
    let event = event(FetchKind::Subscriber, SUBSCRIBER);
    assert_eq!(event.person.id, None, "the id of a subscriber is none of a customer's");
    assert_eq!(event.person.email.unwrap().expose(), "grace@example.com");
    let said = &event.statements[0];
    assert_eq!((said.said, said.act_at), (Said::Subscribed, Some(time("2026-03-01T12:00:00Z"))), "not when it changed");
    assert_eq!(said.wording, "bigcommerce: newsletter subscriber (storefront)");
    assert_eq!(event.entity, Entity::Consent);
}

#[test]
fn a_subscriber_without_a_time_or_an_address_raises_nothing() {
    let timeless = event(FetchKind::Subscriber, &with(SUBSCRIBER, json!({"subscriber": {"date_created": null}})));
    assert_eq!(timeless.statements[0].act_at, None);
    let nobody = with(SUBSCRIBER, json!({"subscriber": {"email": "nobody"}}));
    assert_eq!(read(FetchKind::Subscriber, &nobody), Ok(Parsed::Nobody));
    assert_eq!(mistake(FetchKind::Subscriber, "{}"), "subscriber: missing");
    assert_eq!(mistake(FetchKind::Customer, "{\"customer\": {\"id\": 0}}"), "customer.id: missing");
}
