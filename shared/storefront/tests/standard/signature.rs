//! Only what the shop signed, and signed just now, is believed.

use proptest::prelude::*;
use storefront::standard::{self, ID_HEADER, Keys, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use storefront::{Delivery, Secrets, Unverified, shopify};

use crate::hear::{ID, SECRET, example, keys, now, time, verify};

/// The base64 of `another secret, by which it is replaced`.
const NEW: &str = "whsec_YW5vdGhlciBzZWNyZXQsIGJ5IHdoaWNoIGl0IGlzIHJlcGxhY2Vk";

fn signed(body: &[u8]) -> String {
    standard::sign(ID, body, &keys(), now())
}

fn timestamp() -> String {
    now().timestamp().to_string()
}

fn at(timestamp: &str) -> Result<(), Unverified> {
    // What is signed is what stands in the header, so that nothing but the time can be wrong.
    let content = format!("{ID}.{timestamp}.{{}}");
    let raw = Secrets::new(["invented for the tests of regulars"]).expect("a secret");
    verify(ID, timestamp, &format!("v1,{}", shopify::sign(content.as_bytes(), &raw)), b"{}")
}

#[test]
fn the_signature_is_the_one_of_the_specifications_own_libraries() {
    // The example of the reference implementations' tests.
    let keys = Keys::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
    let (id, body, then) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#, time("2021-02-25T15:02:10Z"));
    let signature = standard::sign(id, body, &keys, then);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    let headers = [(ID_HEADER, id), (TIMESTAMP_HEADER, "1614265330"), (SIGNATURE_HEADER, signature.as_str())];
    assert!(standard::verify(&Delivery::new(headers, body), &keys, then).is_ok());
}

#[test]
fn id_time_and_body_are_all_signed() {
    let body = example("order.placed");
    let right = signed(body.as_bytes());
    assert_eq!(verify(ID, &timestamp(), &right, body.as_bytes()), Ok(()));
    assert_eq!(verify("msg_other", &timestamp(), &right, body.as_bytes()), Err(Unverified::Wrong));
    let later = (now().timestamp() + 1).to_string();
    assert_eq!(verify(ID, &later, &right, body.as_bytes()), Err(Unverified::Wrong));
    assert_eq!(verify(ID, &timestamp(), &right, b"{}"), Err(Unverified::Wrong));
}

#[test]
fn a_delivery_is_believed_for_five_minutes_before_and_after_it_was_signed() {
    let away = |seconds: i64| at(&(now().timestamp() + seconds).to_string());
    for seconds in [0, 1, 299, 300, -1, -299, -300] {
        assert_eq!(away(seconds), Ok(()), "{seconds}");
    }
    for seconds in [301, -301, 86_400, -86_400] {
        assert_eq!(away(seconds), Err(Unverified::Stale), "{seconds}");
    }
}

#[test]
fn a_timestamp_that_is_no_whole_seconds_is_refused() {
    let now = timestamp();
    let millis = format!("{now}000");
    for (text, why) in [
        (millis.as_str(), Unverified::Stale),
        ("0", Unverified::Stale),
        ("9223372036854775807", Unverified::Stale),
        ("9223372036854775808", Unverified::Timestamp),
        ("99999999999999999999", Unverified::Timestamp),
        ("", Unverified::Timestamp),
        ("-1", Unverified::Timestamp),
        (&format!("-{now}"), Unverified::Timestamp),
        (&format!("+{now}"), Unverified::Timestamp),
        (&format!(" {now}"), Unverified::Timestamp),
        (&format!("{now} "), Unverified::Timestamp),
        (&format!("{now}.0"), Unverified::Timestamp),
        (&format!("{now},{now}"), Unverified::Timestamp),
        ("2026-06-01T12:00:00Z", Unverified::Timestamp),
        ("１７８０３１５２００", Unverified::Timestamp),
    ] {
        assert_eq!(at(text), Err(why), "{text:?}");
    }
}

#[test]
fn any_one_of_several_signatures_is_enough() {
    let (right, wrong) = (signed(b"{}"), format!("v1,{}=", "A".repeat(43)));
    for signatures in [
        format!("{wrong} {right}"),
        format!("{right} {wrong}"),
        format!("v1,not-base64 {right}"),
        format!("{right}  "),
        format!("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B {right} v2,x nonsense"),
    ] {
        assert_eq!(verify(ID, &timestamp(), &signatures, b"{}"), Ok(()), "{signatures}");
    }
    assert_eq!(verify(ID, &timestamp(), &format!("{wrong} {wrong}"), b"{}"), Err(Unverified::Wrong));
}

#[test]
fn versions_that_are_not_known_are_ignored_and_prove_nothing() {
    let right = signed(b"{}");
    let bare = right.trim_start_matches("v1,");
    for signatures in [
        String::new(),
        bare.to_owned(),
        format!("v1a,{bare}"),
        format!("v2,{bare}"),
        format!("V1,{bare}"),
        format!(",{bare}"),
        format!("v1 {bare}"),
        format!("v1={bare}"),
    ] {
        assert_eq!(verify(ID, &timestamp(), &signatures, b"{}"), Err(Unverified::Missing), "{signatures}");
    }
}

#[test]
fn what_is_not_the_base64_of_32_bytes_is_refused() {
    let right = signed(b"{}");
    for wrong in ["v1,", "v1,*", "v1,AAAA", right.trim_end_matches('='), &format!("{right}\n"), "v1,ü"] {
        assert_eq!(verify(ID, &timestamp(), wrong, b"{}"), Err(Unverified::NotBase64), "{wrong:?}");
    }
}

#[test]
fn headers_that_stand_twice_or_were_joined_are_refused_even_if_both_are_right() {
    let (right, timestamp) = (signed(b"{}"), timestamp());
    for joined in [format!("{right},{right}"), format!("{right} {right}, {right}")] {
        assert_eq!(verify(ID, &timestamp, &joined, b"{}"), Err(Unverified::Doubled), "{joined}");
    }
    let whole = [(ID_HEADER, ID), (TIMESTAMP_HEADER, &timestamp), (SIGNATURE_HEADER, &right)];
    for (again, why) in [(0, Unverified::Id), (1, Unverified::Timestamp), (2, Unverified::Doubled)] {
        let headers = whole.iter().chain([&whole[again]]).copied();
        assert_eq!(standard::verify(&Delivery::new(headers, b"{}"), &keys(), now()).map(|_| ()), Err(why));
    }
}

#[test]
fn a_header_that_is_missing_is_named() {
    let (right, timestamp) = (signed(b"{}"), timestamp());
    let whole = [(ID_HEADER, ID), (TIMESTAMP_HEADER, &timestamp), (SIGNATURE_HEADER, &right)];
    for (without, why) in [(0, Unverified::Id), (1, Unverified::Timestamp), (2, Unverified::Missing)] {
        let headers = whole.iter().enumerate().filter(|(index, _)| *index != without).map(|(_, header)| *header);
        assert_eq!(standard::verify(&Delivery::new(headers, b"{}"), &keys(), now()).map(|_| ()), Err(why));
    }
}

#[test]
fn an_id_with_which_the_signed_text_could_be_cut_elsewhere_is_refused() {
    // Signed as id `a`, time `1` and a body; sent as id `a.1`, another time and the rest: the same bytes.
    for id in ["", "a.1", ".", "a b", "é", "a\n", &"a".repeat(257)] {
        let signature = standard::sign(id, b"{}", &keys(), now());
        assert_eq!(verify(id, &timestamp(), &signature, b"{}"), Err(Unverified::Id), "{id:?}");
    }
    let long = "a".repeat(256);
    assert_eq!(verify(&long, &timestamp(), &standard::sign(&long, b"{}", &keys(), now()), b"{}"), Ok(()));
}

#[test]
fn every_flipped_bit_of_a_body_or_signature_is_refused() {
    let body = example("consent.changed");
    let right = signed(body.as_bytes());
    let mut flipped = body.into_bytes();
    for bit in 0..flipped.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(ID, &timestamp(), &right, &flipped), Err(Unverified::Wrong), "bit {bit} of the body");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    for bit in 0..right.len() * 8 {
        let mut signature = right.clone().into_bytes();
        signature[bit / 8] ^= 1 << (bit % 8);
        let Ok(signature) = String::from_utf8(signature) else { continue };
        assert!(verify(ID, &timestamp(), &signature, &flipped).is_err(), "bit {bit} of the signature");
    }
}

#[test]
fn while_secrets_rotate_both_verify_and_the_current_one_signs() {
    let both = Keys::new([NEW, SECRET]).unwrap();
    let new = Keys::new([NEW]).unwrap();
    let timestamp = timestamp();
    let believed = |signer: &Keys, verifier: &Keys| {
        let signature = standard::sign(ID, b"{}", signer, now());
        let headers = [(ID_HEADER, ID), (TIMESTAMP_HEADER, &timestamp), (SIGNATURE_HEADER, &signature)];
        standard::verify(&Delivery::new(headers, b"{}"), verifier, now()).is_ok()
    };
    assert!(believed(&keys(), &both) && believed(&new, &both));
    assert!(believed(&both, &new) && !believed(&both, &keys()) && !believed(&keys(), &new));
}

proptest! {
    #[test]
    fn no_guess_verifies_and_none_panics(id in ".{0,40}", time in ".{0,24}", guess in ".{0,80}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(&id, &time, &guess, &body).is_err());
        let signature = format!("v1,{guess}");
        prop_assert!(verify(ID, &timestamp(), &signature, &body).is_err());
    }

    #[test]
    fn no_number_of_seconds_panics(seconds in any::<u64>()) {
        let near = now().timestamp().abs_diff(i64::try_from(seconds).unwrap_or(i64::MAX)) <= 300;
        prop_assert_eq!(at(&seconds.to_string()).is_ok(), near);
    }
}
