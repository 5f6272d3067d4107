//! What a customer comes out as.

use retention::consent::Said;
use retention::event::Entity;
use serde_json::json;
use storefront::FetchKind;

use crate::hear::{CUSTOMER, changed, event, mistake, time};

#[test]
fn a_customer_comes_out_with_address_and_language() {
    let event = event(FetchKind::Customer, CUSTOMER);
    assert_eq!(event.person.id.as_deref(), Some("318"));
    assert_eq!((event.person.name.unwrap().expose(), event.person.locale.as_deref()), ("Ada", Some("sv")));
    assert_eq!((event.person.country.unwrap().code(), event.person.region), ("DK", None), "from one address, not two");
    assert_eq!(event.person.since, Some(time("2025-11-02T09:00:00Z")));
    let Entity::Customer(stamp) = event.entity else { panic!("not a customer") };
    assert_eq!(stamp.at, time("2026-03-14T08:26:53Z"));
}

#[test]
fn a_present_state_has_no_time_of_its_act_and_absent_says_nothing() {
    let said = |accepts| event(FetchKind::Customer, &changed(CUSTOMER, json!({"acceptMarketing": accepts}))).statements;
    for (accepts, word) in [(true, Said::Subscribed), (false, Said::Unsubscribed)] {
        let statements = said(json!(accepts));
        assert_eq!((statements[0].said, statements[0].act_at), (word, None), "may lower, never raise");
    }
    for none in [json!(null), json!("yes"), json!(1)] {
        assert_eq!(said(none), []);
    }
}

#[test]
fn a_customer_needs_an_id_and_a_time() {
    assert_eq!(mistake(FetchKind::Customer, &changed(CUSTOMER, json!({"id": 0}))), "id: missing");
    let timeless = changed(CUSTOMER, json!({"updated": null, "registered": null}));
    assert_eq!(mistake(FetchKind::Customer, &timeless), "updated: missing");
}
