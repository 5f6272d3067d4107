//! Only what Shopify wrote is believed.

use proptest::prelude::*;
use storefront::{BadSecrets, Delivery, Secrets, Unverified, shopify};

use crate::hear::{CONSENT, ORDER, SECRET, secrets, with};

fn verify(signature: Option<&str>, body: &[u8]) -> Result<(), Unverified> {
    let headers = signature.map(|signature| (shopify::SIGNATURE_HEADER, signature));
    shopify::verify(&Delivery::new(headers, body), &secrets()).map(|_| ())
}

#[test]
fn a_body_signed_with_the_secret_is_believed() {
    assert_eq!(verify(Some(&shopify::sign(ORDER.as_bytes(), &secrets())), ORDER.as_bytes()), Ok(()));
    assert_eq!(verify(Some(&shopify::sign(b"", &secrets())), b""), Ok(()));
}

#[test]
fn the_signature_is_the_one_that_any_other_program_computes() {
    // printf '{"id":1}' | openssl dgst -sha256 -hmac 'a client secret of 32 characters' -binary | base64
    assert_eq!(shopify::sign(b"{\"id\":1}", &secrets()), "47eASZYKA1sIWiWyvLoJ7gLi20imZoUO1PM4C+JdxUA=");
}

#[test]
fn a_signature_that_is_missing_or_empty_is_refused() {
    assert_eq!(verify(None, b"{}"), Err(Unverified::Missing));
    assert_eq!(verify(Some(""), b"{}"), Err(Unverified::Missing));
}

#[test]
fn two_signatures_are_refused_even_if_both_are_right() {
    let right = shopify::sign(b"{}", &secrets());
    for joined in [format!("{right},{right}"), format!("{right}, {right}"), format!("x,{right}"), format!("{right},")] {
        assert_eq!(verify(Some(&joined), b"{}"), Err(Unverified::Doubled), "{joined}");
    }
    let headers = [("x-shopify-hmac-sha256", right.as_str()), ("X-Shopify-Hmac-Sha256", right.as_str())];
    let delivery = Delivery::new(headers, b"{}");
    assert_eq!(shopify::verify(&delivery, &secrets()).map(|_| ()), Err(Unverified::Doubled));
}

#[test]
fn what_is_not_the_base64_of_32_bytes_is_refused() {
    let right = shopify::sign(b"{}", &secrets());
    let unpadded = right.trim_end_matches('=');
    let url_safe = right.replace('+', "-").replace('/', "_") + "-_";
    let hex = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for wrong in ["*", "====", "AAAA", unpadded, &url_safe, hex, &format!(" {right}"), &format!("{right}\n"), "ü"] {
        assert_eq!(verify(Some(wrong), b"{}"), Err(Unverified::NotBase64), "{wrong:?}");
    }
}

#[test]
fn a_signature_by_another_secret_or_of_another_body_is_refused() {
    let other = Secrets::new(["another client secret of 32 chars"]).unwrap();
    assert_eq!(verify(Some(&shopify::sign(b"{}", &other)), b"{}"), Err(Unverified::Wrong));
    assert_eq!(verify(Some(&shopify::sign(b"{}", &secrets())), b"{} "), Err(Unverified::Wrong));
}

#[test]
fn a_body_that_was_read_and_written_again_is_refused_since_the_raw_bytes_are_signed() {
    let signature = shopify::sign(ORDER.as_bytes(), &secrets());
    let same_meaning = with(ORDER, serde_json::json!({}));
    assert_eq!(verify(Some(&signature), same_meaning.as_bytes()), Err(Unverified::Wrong));
}

#[test]
fn every_flipped_bit_of_body_or_signature_is_refused() {
    let right = shopify::sign(CONSENT.as_bytes(), &secrets());
    let mut body = CONSENT.as_bytes().to_vec();
    for bit in 0..body.len() * 8 {
        body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(Some(&right), &body), Err(Unverified::Wrong), "bit {bit} of the body");
        body[bit / 8] ^= 1 << (bit % 8);
    }
    for bit in 0..right.len() * 8 {
        let mut flipped = right.clone().into_bytes();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // What is not text cannot stand in a header.
        let Ok(flipped) = String::from_utf8(flipped) else { continue };
        assert!(verify(Some(&flipped), CONSENT.as_bytes()).is_err(), "bit {bit} of the signature");
    }
}

#[test]
fn while_secrets_rotate_both_verify_and_the_current_one_signs() {
    let old = Secrets::new([SECRET]).unwrap();
    let both = Secrets::new(["the secret that replaces the old", SECRET]).unwrap();
    let new = Secrets::new(["the secret that replaces the old"]).unwrap();
    let believed = |signer: &Secrets, verifier: &Secrets| {
        let signature = shopify::sign(b"{}", signer);
        let delivery = Delivery::new([(shopify::SIGNATURE_HEADER, signature.as_str())], b"{}");
        shopify::verify(&delivery, verifier).is_ok()
    };
    assert!(believed(&old, &both) && believed(&new, &both));
    assert!(believed(&both, &new) && !believed(&both, &old));
    assert!(!believed(&old, &new));
}

#[test]
fn an_empty_or_short_secret_is_refused_and_so_never_verifies() {
    let refused = |secrets: &[&str]| Secrets::new(secrets.iter().copied()).map(|_| ());
    assert_eq!(refused(&[]), Err(BadSecrets::Count(0)));
    assert_eq!(refused(&[SECRET, SECRET, SECRET]), Err(BadSecrets::Count(3)));
    assert_eq!(refused(&[""]), Err(BadSecrets::Short(1)));
    assert_eq!(refused(&[&"\0".repeat(32)]), Err(BadSecrets::Short(1)));
    assert_eq!(refused(&["                                "]), Err(BadSecrets::Short(1)));
    assert_eq!(refused(&["fifteen letters"]), Err(BadSecrets::Short(1)));
    assert_eq!(refused(&[SECRET, ""]), Err(BadSecrets::Short(2)));
    assert_eq!(refused(&["a client secret of 32 characters\n"]), Err(BadSecrets::Padded(1)));
}

#[test]
fn a_secret_shows_in_no_message() {
    let shown = format!("{:?} {}", secrets(), Secrets::new(["tiny secret"]).unwrap_err());
    assert_eq!(shown, "Secrets(1 redacted) secret 1 is shorter than 16 bytes");
    let delivery = Delivery::new([("authorization", "Bearer 1234")], CONSENT.as_bytes());
    assert_eq!(format!("{delivery:?}"), format!("Delivery(1 headers, {} bytes)", CONSENT.len()));
}

proptest! {
    #[test]
    fn no_guess_verifies_and_none_panics(guess in ".{0,60}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(Some(&guess), &body).is_err());
    }
}
