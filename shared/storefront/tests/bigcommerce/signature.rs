//! Only what BigCommerce signed, and signed just now, is believed. How Standard Webhooks are signed is tested with them.

use storefront::bigcommerce::{self, ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use storefront::{App, Delivery, Secrets, Unverified, shopify};

use crate::hear::{CALLBACK, ID, SECRET, app, now};

fn verify(timestamp: &str, signature: &str, body: &str) -> Result<(), Unverified> {
    let headers = [(ID_HEADER, ID), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)];
    bigcommerce::verify(&Delivery::new(headers, body.as_bytes()), &app(), now()).map(|_| ())
}

#[test]
fn the_key_is_the_secret_as_it_stands_and_not_undone_from_base64() {
    let timestamp = now().timestamp().to_string();
    let content = format!("{ID}.{timestamp}.{CALLBACK}");
    // The same HMAC with the same key, by another module.
    let raw = format!("v1,{}", shopify::sign(content.as_bytes(), &Secrets::new([SECRET]).unwrap()));
    assert_eq!(bigcommerce::sign(ID, CALLBACK.as_bytes(), &app(), now()), raw);
    assert_eq!(verify(&timestamp, &raw, CALLBACK), Ok(()));
}

#[test]
fn one_right_signature_of_several_is_enough_and_other_versions_are_left_alone() {
    let timestamp = now().timestamp().to_string();
    let right = bigcommerce::sign(ID, CALLBACK.as_bytes(), &app(), now());
    let former = bigcommerce::sign(ID, CALLBACK.as_bytes(), &App::new(["the former client secret"]).unwrap(), now());
    assert_eq!(verify(&timestamp, &format!("v1a,x {former} {right}"), CALLBACK), Ok(()));
    assert_eq!(verify(&timestamp, &former, CALLBACK), Err(Unverified::Wrong));
    assert_eq!(verify(&timestamp, "v2,x", CALLBACK), Err(Unverified::Missing));
    assert_eq!(verify(&timestamp, &right, "{}"), Err(Unverified::Wrong));
}

#[test]
fn a_delivery_is_believed_for_five_minutes() {
    for (seconds, stale) in [(300, false), (-300, false), (301, true), (-301, true)] {
        let signed_at = now() - chrono::TimeDelta::seconds(seconds);
        let signature = bigcommerce::sign(ID, CALLBACK.as_bytes(), &app(), signed_at);
        let answer = verify(&signed_at.timestamp().to_string(), &signature, CALLBACK);
        assert_eq!(answer, if stale { Err(Unverified::Stale) } else { Ok(()) }, "{seconds}");
    }
}
