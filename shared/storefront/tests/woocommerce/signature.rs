//! Only what the shop's WooCommerce wrote is believed, and the ping is heard without being believed.

use proptest::prelude::*;
use storefront::woocommerce::{self, Keys};
use storefront::{BadSecrets, Delivery, Secrets, Unverified, shopify};

use crate::hear::{CUSTOMER, ORDER, SECRET, keys, with};

fn verify_by(keys: &Keys, signature: &str, body: &[u8]) -> Result<(), Unverified> {
    let headers = [(woocommerce::SIGNATURE_HEADER, signature)];
    woocommerce::verify(&Delivery::new(headers, body), keys).map(|_| ())
}

fn verify(signature: &str, body: &[u8]) -> Result<(), Unverified> {
    verify_by(&keys(), signature, body)
}

#[test]
fn the_signature_is_the_one_that_any_other_program_computes() {
    // printf '{"id":1}' | openssl dgst -sha256 -hmac 'a webhook secret somebody typed' -binary | base64
    let signature = "J1AhpeLzwK7Y5N/aZDD+8Z1I9GUIofBXOpqGrXm6ggs=";
    assert_eq!(woocommerce::sign(b"{\"id\":1}", &keys()), signature);
    assert_eq!(verify(signature, b"{\"id\":1}"), Ok(()));
}

#[test]
fn a_secret_with_entities_signs_as_the_text_that_they_stand_for() {
    // printf '{"id":1}' | openssl dgst -sha256 -hmac "it's <5 & \"more\" than 16" -binary | base64
    let signature = "K8As2p+oEY5yTX4OLERa+XE05CZOzuGeih75riMaTCM=";
    for spelt in [
        "it's <5 & \"more\" than 16",
        "it&#039;s &lt;5 &amp; &quot;more&quot; than 16",
        "it&#x27;s &#60;5 &#038; &#34;more&#x22; than 16",
    ] {
        let keys = Keys::new([spelt]).unwrap();
        assert_eq!(verify_by(&keys, signature, b"{\"id\":1}"), Ok(()), "{spelt}");
        assert_eq!(woocommerce::sign(b"{\"id\":1}", &keys), signature, "{spelt}");
    }
    let letter = Keys::new(["caf&eacute; of the corner"]).unwrap();
    let decoded = Keys::new(["café of the corner"]).unwrap();
    let signature = woocommerce::sign(b"{}", &decoded);
    assert_eq!(verify_by(&letter, &signature, b"{}"), Err(Unverified::Wrong), "WordPress knows five entities");
}

#[test]
fn a_signature_that_is_missing_empty_doubled_or_no_base64_is_refused() {
    let right = woocommerce::sign(b"{}", &keys());
    let unsigned = Delivery::new([(woocommerce::TOPIC_HEADER, "order.created")], b"{}");
    assert_eq!(woocommerce::verify(&unsigned, &keys()).map(|_| ()), Err(Unverified::Missing));
    assert_eq!(verify("", b"{}"), Err(Unverified::Missing));
    assert_eq!(verify(&format!("{right},{right}"), b"{}"), Err(Unverified::Doubled));
    let twice = [("x-wc-webhook-signature", right.as_str()), ("X-WC-Webhook-Signature", right.as_str())];
    assert_eq!(woocommerce::verify(&Delivery::new(twice, b"{}"), &keys()).map(|_| ()), Err(Unverified::Doubled));
    for wrong in ["*", "AAAA", right.trim_end_matches('='), &format!("{right}\n")] {
        assert_eq!(verify(wrong, b"{}"), Err(Unverified::NotBase64), "{wrong:?}");
    }
}

#[test]
fn a_signature_of_another_body_secret_or_storefront_is_refused() {
    let other = Keys::new(["another secret somebody typed"]).unwrap();
    assert_eq!(verify(&woocommerce::sign(b"{}", &other), b"{}"), Err(Unverified::Wrong));
    assert_eq!(verify(&woocommerce::sign(b"{}", &keys()), b"{} "), Err(Unverified::Wrong));
    let rewritten = with(ORDER, serde_json::json!({}));
    let of_the_original = woocommerce::sign(ORDER.as_bytes(), &keys());
    assert_eq!(verify(&of_the_original, rewritten.as_bytes()), Err(Unverified::Wrong));
    // Both hash alike, but the header is another one.
    let signature = shopify::sign(b"{}", &Secrets::new([SECRET]).unwrap());
    let delivery = Delivery::new([(shopify::SIGNATURE_HEADER, signature.as_str())], b"{}");
    assert_eq!(woocommerce::verify(&delivery, &keys()).map(|_| ()), Err(Unverified::Missing));
}

#[test]
fn every_flipped_bit_of_a_body_is_refused() {
    let right = woocommerce::sign(CUSTOMER.as_bytes(), &keys());
    let mut body = CUSTOMER.as_bytes().to_vec();
    for bit in 0..body.len() * 8 {
        body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&right, &body), Err(Unverified::Wrong), "bit {bit}");
        body[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn while_secrets_rotate_both_verify_and_the_current_one_signs() {
    let both = Keys::new(["the secret that replaces it", SECRET]).unwrap();
    let new = Keys::new(["the secret that replaces it"]).unwrap();
    assert_eq!(verify_by(&both, &woocommerce::sign(b"{}", &keys()), b"{}"), Ok(()));
    assert_eq!(verify_by(&new, &woocommerce::sign(b"{}", &both), b"{}"), Ok(()));
    assert_eq!(verify_by(&new, &woocommerce::sign(b"{}", &keys()), b"{}"), Err(Unverified::Wrong));
}

#[test]
fn an_empty_or_short_secret_is_refused_and_shows_in_no_message() {
    for short in ["", "secret", "fifteen letters", "&lt;&lt;&lt;&lt;&lt;&lt;"] {
        assert_eq!(Keys::new([short]).unwrap_err(), BadSecrets::Short(1), "{short}");
    }
    assert_eq!(format!("{:?}", keys()), "Keys(Secrets(1 redacted))");
}

fn is_ping(headers: &[(&str, &str)], body: &[u8]) -> bool {
    woocommerce::is_ping(&Delivery::new(headers.iter().copied(), body))
}

#[test]
fn the_ping_of_a_new_webhook_is_unsigned_form_data() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert!(is_ping(&form, b"webhook_id=7") && is_ping(&[], b"webhook_id=18446744073709551615"));
}

#[test]
fn nothing_else_is_a_ping() {
    for body in [
        "",
        "webhook_id=",
        "webhook_id=x",
        "webhook_id=7&a=b",
        "webhook_id=-7",
        " webhook_id=7",
        "webhook_id=7\n",
        "{}",
    ] {
        assert!(!is_ping(&[], body.as_bytes()), "{body}");
    }
    assert!(!is_ping(&[], format!("webhook_id={}", "7".repeat(21)).as_bytes()));
    let signature = woocommerce::sign(b"webhook_id=7", &keys());
    for signature in [signature.as_str(), ""] {
        assert!(!is_ping(&[(woocommerce::SIGNATURE_HEADER, signature)], b"webhook_id=7"), "what is signed is checked");
    }
}

proptest! {
    #[test]
    fn no_guess_verifies_and_none_panics(guess in ".{0,60}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(&guess, &body).is_err());
    }

    #[test]
    fn no_secret_panics(secret in "[&#x0-9a-z;é]{0,60}") {
        let _answer = Keys::new([secret.as_str()]);
    }
}
