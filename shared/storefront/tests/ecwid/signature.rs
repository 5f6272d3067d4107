//! Only an event whose id Ecwid has signed is believed, within the window of its retries.

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;
use storefront::ecwid::{self, SIGNATURE_HEADER};
use storefront::{App, Delivery, Unverified};

use crate::hear::{CALLBACK, app, created, verify, with, without};

fn right() -> String {
    ecwid::sign(CALLBACK.as_bytes(), &app())
}

#[test]
fn the_signature_is_that_of_the_time_and_the_id_of_the_event() {
    // HMAC-SHA256 of `1774000000.3f0c9a52-7d11-4c5e-9f42-1b8e6a2d7c90`, worked out with another program.
    assert_eq!(right(), "kPzUfBN9QmK7VW2mblj/CZ/6inbxWEIxjtJ5Il8j8II=");
    assert_eq!(verify(CALLBACK, &right(), created()), Ok(()));
}

#[test]
fn nothing_but_the_time_and_the_id_is_proven() {
    let other = with(CALLBACK, json!({"entityId": 1, "eventType": "customer.deleted", "storeId": 9, "data": null}));
    assert_eq!(verify(&other, &right(), created()), Ok(()), "so nothing but ids may be taken from the rest");
    for fields in [json!({"eventId": "another"}), json!({"eventCreated": 1_774_000_001})] {
        assert_eq!(verify(&with(CALLBACK, fields), &right(), created()), Err(Unverified::Wrong));
    }
}

#[test]
fn an_event_is_believed_for_as_long_as_it_is_retried_and_not_before_it_happened() {
    let away = |seconds: i64| verify(CALLBACK, &right(), created() + TimeDelta::seconds(seconds));
    for seconds in [0, 1, -300, 86_400, 48 * 3600] {
        assert_eq!(away(seconds), Ok(()), "{seconds}");
    }
    for seconds in [-301, 48 * 3600 + 1, 400 * 86_400] {
        assert_eq!(away(seconds), Err(Unverified::Stale), "{seconds}");
    }
}

#[test]
fn a_body_without_an_event_is_not_believed() {
    let (right, now) = (right(), created());
    for body in ["", "{}", "[]", "null", "eventId=1", &without(CALLBACK, &["eventId"])] {
        assert_eq!(verify(body, &right, now), Err(Unverified::Id), "{body}");
    }
    for id in [json!(""), json!(" "), json!("a b"), json!("a\n"), json!(null), json!([]), json!("a".repeat(257))] {
        assert_eq!(verify(&with(CALLBACK, json!({"eventId": id})), &right, now), Err(Unverified::Id), "{id}");
    }
    for at in [json!(null), json!(""), json!("soon"), json!(-1), json!(1.5), json!(true), json!("+1774000000")] {
        assert_eq!(
            verify(&with(CALLBACK, json!({"eventCreated": at})), &right, now),
            Err(Unverified::Timestamp),
            "{at}"
        );
    }
}

#[test]
fn numbers_and_texts_are_signed_as_they_stand() {
    let body = with(CALLBACK, json!({"eventId": 42, "eventCreated": "1774000000"}));
    assert_eq!(verify(&body, &ecwid::sign(body.as_bytes(), &app()), created()), Ok(()));
}

#[test]
fn a_signature_that_is_missing_doubled_or_of_another_form_is_refused() {
    let (right, now) = (right(), created());
    assert_eq!(verify(CALLBACK, "", now), Err(Unverified::Missing));
    assert_eq!(verify(CALLBACK, &format!("{right},{right}"), now), Err(Unverified::Doubled));
    assert_eq!(verify(CALLBACK, right.trim_end_matches('='), now), Err(Unverified::NotBase64));
    let twice = [(SIGNATURE_HEADER, right.as_str()), (SIGNATURE_HEADER, right.as_str())];
    let delivery = Delivery::new(twice, CALLBACK.as_bytes());
    assert_eq!(ecwid::verify(&delivery, &app(), now).map(|_| ()), Err(Unverified::Doubled));
    assert_eq!(
        ecwid::verify(&Delivery::new([], CALLBACK.as_bytes()), &app(), now).map(|_| ()),
        Err(Unverified::Missing)
    );
}

#[test]
fn while_secrets_rotate_both_verify() {
    let both = App::new(["another secret of the app", crate::hear::SECRET]).unwrap();
    let right = right();
    let delivery = Delivery::new([(SIGNATURE_HEADER, right.as_str())], CALLBACK.as_bytes());
    assert!(ecwid::verify(&delivery, &both, created()).is_ok());
    let other = App::new(["another secret of the app"]).unwrap();
    assert_eq!(ecwid::verify(&delivery, &other, created()).map(|_| ()), Err(Unverified::Wrong));
}

#[test]
fn an_app_shows_nothing_of_its_secret() {
    assert!(!format!("{:?}", app()).contains("client"));
    assert!(App::new(["short"]).is_err() && App::new([]).is_err());
}

proptest! {
    #[test]
    fn no_guess_verifies_and_none_panics(guess in ".{0,80}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(CALLBACK, &guess, created()).is_err());
        let signed = right();
        let delivery = Delivery::new([(SIGNATURE_HEADER, signed.as_str())], &body);
        prop_assert!(ecwid::verify(&delivery, &app(), created()).is_err());
        let _any = ecwid::sign(&body, &app());
    }
}
