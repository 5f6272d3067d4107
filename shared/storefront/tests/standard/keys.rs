//! Which secrets are taken, and what is said of the others.

use storefront::BadSecrets;
use storefront::standard::Keys;

use crate::hear::SECRET;

fn refused(secrets: &[&str]) -> BadSecrets {
    Keys::new(secrets.iter().copied()).expect_err("taken")
}

fn secret_of(bytes: usize) -> String {
    use base64::Engine as _;
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(vec![7_u8; bytes]))
}

#[test]
fn a_key_has_24_to_64_bytes() {
    for bytes in [24, 25, 32, 64] {
        assert!(Keys::new([secret_of(bytes).as_str()]).is_ok(), "{bytes}");
    }
    for bytes in [0, 1, 16, 23, 65, 128] {
        assert_eq!(refused(&[&secret_of(bytes)]), BadSecrets::Length(1, bytes));
    }
}

#[test]
fn what_is_wrong_with_a_secret_is_named_and_its_value_never() {
    let cases = [
        ("", "secret 1 does not begin with whsec_"),
        ("aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1bGFycw==", "secret 1 does not begin with whsec_"),
        ("WHSEC_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1", "secret 1 does not begin with whsec_"),
        ("whsk_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1", "secret 1 does not begin with whsec_"),
        ("whsec_invented for the tests of regulars", "secret 1 is not whsec_ and base64"),
        ("whsec_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1bGFycw", "secret 1 is not whsec_ and base64"),
        ("whsec_-_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBv", "secret 1 is not whsec_ and base64"),
        ("whsec_", "secret 1 is whsec_ and the base64 of 24 to 64 bytes, and this one has 0"),
        ("whsec_c2hvcnQ=", "secret 1 is whsec_ and the base64 of 24 to 64 bytes, and this one has 5"),
        ("whsec_aW52ZW50ZWQgZm9yIHRoZSB0ZXN0cyBvZiByZWd1\n", "secret 1 begins or ends with white space"),
    ];
    for (secret, what) in cases {
        assert_eq!(refused(&[secret]).to_string(), what, "{secret:?}");
    }
    assert_eq!(refused(&[SECRET, "x"]), BadSecrets::Prefix(2));
    assert_eq!((refused(&[]), refused(&[SECRET; 3])), (BadSecrets::Count(0), BadSecrets::Count(3)));
    assert_eq!(format!("{:?}", Keys::new([SECRET, SECRET]).unwrap()), "Keys(2 redacted)");
}
