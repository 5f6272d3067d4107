//! What others sign is believed here, and what is signed here is what others sign: nothing of this crate's own hashing is
//! between. The reference library of Standard Webhooks has an HMAC of its own; the other signatures were made by OpenSSL.

use proptest::prelude::*;
use standardwebhooks::Webhook;
use storefront::woocommerce::{self, Keys};
use storefront::{App, Delivery, Secrets, bigcommerce, shopify, standard};

/// The base64 of `invented for the tests of regulars`.
const STANDARD_SECRET: &str = "whsec_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1bGFycw==";
const BIGCOMMERCE_SECRET: &str = "the client secret of an account";
const NOW: i64 = 1_774_000_000;

fn now() -> retention::Time {
    retention::Time::from_timestamp(NOW, 0).expect("a moment")
}

/// The headers of a delivery that the reference library signs.
fn signed_by(library: &Webhook, id: &str, body: &str) -> [(&'static str, String); 3] {
    [
        (standardwebhooks::HEADER_WEBHOOK_ID, id.to_owned()),
        (standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, NOW.to_string()),
        (standardwebhooks::HEADER_WEBHOOK_SIGNATURE, library.sign(id, NOW, body.as_bytes()).expect("a signature")),
    ]
}

fn delivery<'a>(headers: &'a [(&'static str, String)], body: &'a str) -> Delivery<'a> {
    Delivery::new(headers.iter().map(|(name, value)| (*name, value.as_str())), body.as_bytes())
}

proptest! {
    #[test]
    fn what_the_reference_library_signs_is_believed(id in "[!-\\-/-~]{1,60}", body in "\\PC{0,400}") {
        let library = Webhook::new(STANDARD_SECRET).expect("a secret");
        let keys = standard::Keys::new([STANDARD_SECRET]).expect("a secret");
        let headers = signed_by(&library, &id, &body);
        prop_assert!(standard::verify(&delivery(&headers, &body), &keys, now()).is_ok());
        prop_assert_eq!(&headers[2].1, &standard::sign(&id, body.as_bytes(), &keys, now()));
        let changed = format!("{body} ");
        prop_assert!(standard::verify(&delivery(&headers, &changed), &keys, now()).is_err());
    }

    #[test]
    fn the_client_secret_of_bigcommerce_is_the_key_as_it_stands(id in "[!-\\-/-~]{1,60}", body in "\\PC{0,400}") {
        // The library undoes base64 from a secret; the bytes of this one are the key.
        let library = Webhook::from_bytes(BIGCOMMERCE_SECRET.as_bytes().to_vec()).expect("a key");
        let app = App::new([BIGCOMMERCE_SECRET]).expect("a secret");
        let headers = signed_by(&library, &id, &body);
        prop_assert!(bigcommerce::verify(&delivery(&headers, &body), &app, now()).is_ok());
        prop_assert_eq!(&headers[2].1, &bigcommerce::sign(&id, body.as_bytes(), &app, now()));
        let changed = format!("{body} ");
        prop_assert!(bigcommerce::verify(&delivery(&headers, &changed), &app, now()).is_err());
    }
}

// The signatures below, in shared/storefront:
// openssl dgst -sha256 -hmac 'SECRET' -binary tests/fixtures/FILE | base64

#[test]
fn shopifys_signature_is_the_one_that_openssl_makes() {
    let secrets = Secrets::new(["a client secret of 32 characters"]).expect("a secret");
    for (body, signature) in [
        (include_str!("../fixtures/order.json"), "dy+Zfg2a343v6kWoV7Qx5S6ctGtyE94DTGyItwxIfVM="),
        (include_str!("../fixtures/customer.json"), "A8S1iKLZOz/1cAuvk+K2ifNz4zvTWpEAbpLZ3mTePvc="),
    ] {
        let delivery = Delivery::new([("X-Shopify-Hmac-SHA256", signature)], body.as_bytes());
        assert!(shopify::verify(&delivery, &secrets).is_ok());
        assert_eq!(shopify::sign(body.as_bytes(), &secrets), signature);
    }
}

#[test]
fn woocommerces_signature_is_the_one_that_openssl_makes() {
    let keys = Keys::new(["a webhook secret somebody typed"]).expect("a secret");
    for (body, signature) in [
        (include_str!("../fixtures/woocommerce/order.json"), "yMoD43JDUQPjLNUcIoOpmnN9kykQDizx6Yqg2SCg6ug="),
        (include_str!("../fixtures/woocommerce/customer.json"), "piP7x8hwYrZ28m1klSyefc5AuBoDhirfmmg6vIfM5mM="),
    ] {
        let delivery = Delivery::new([("X-WC-Webhook-Signature", signature)], body.as_bytes());
        assert!(woocommerce::verify(&delivery, &keys).is_ok());
        assert_eq!(woocommerce::sign(body.as_bytes(), &keys), signature);
    }
}
