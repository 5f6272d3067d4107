//! Waiting, trying again and giving up.

use retention::shop::SourceKind;
use serde_json::json;
use sources::{Fetched, MAX_BYTES, SourceError};
use storefront::FetchKind;

use crate::vendor::{Answer, Vendor, fetch, line, ok};

fn entity() -> Answer {
    ok(json!({"id": 4711}))
}

fn told(status: u16, name: &'static str, value: &str) -> Answer {
    Answer::Json(status, vec![(name, value.to_owned())], json!({}))
}

async fn ask(vendor: &Vendor) -> Result<Fetched, SourceError> {
    vendor.client(SourceKind::WooCommerce).fetch(&fetch(FetchKind::Order, "4711")).await
}

#[tokio::test]
async fn a_busy_storefront_is_left_alone_for_as_long_as_it_says() {
    for (name, value, pause) in
        [("retry-after", "7", 7000), ("retry-after", "2.0", 2000), ("x-rate-limit-time-reset-ms", "1500", 1500)]
    {
        let vendor =
            Vendor::start(move |asked| if asked.before == 0 { told(429, name, value) } else { entity() }).await;
        assert!(matches!(ask(&vendor).await, Ok(Fetched::Found(_))));
        assert_eq!(vendor.pauses(), [pause], "{name}: {value}");
    }
}

#[tokio::test]
async fn a_date_is_measured_by_the_storefronts_own_clock() {
    let vendor = Vendor::start(|asked| {
        let headers = vec![
            ("retry-after", "Sun, 22 Nov 2026 08:00:09 GMT".to_owned()),
            ("date", "Sun, 22 Nov 2026 08:00:00 GMT".to_owned()),
        ];
        if asked.before == 0 { Answer::Json(503, headers, json!({})) } else { entity() }
    })
    .await;
    assert!(ask(&vendor).await.is_ok());
    assert_eq!(vendor.pauses(), [9000]);
}

#[tokio::test]
async fn nobody_waits_longer_than_the_budget() {
    let vendor = Vendor::start(|_| told(429, "retry-after", "31")).await;
    let error = ask(&vendor).await.unwrap_err();
    assert!(matches!(error, SourceError::Busy { after_seconds: Some(31), tries: 1, .. }), "{error:?}");
    assert!(error.again() && vendor.pauses().is_empty());
    let vendor = Vendor::start(|_| told(429, "retry-after", "20")).await;
    assert!(matches!(ask(&vendor).await, Err(SourceError::Busy { tries: 2, .. })), "20 s and 20 s are more than 30 s");
    assert_eq!(vendor.pauses(), [20_000]);
}

#[tokio::test]
async fn three_tries_are_all() {
    let vendor = Vendor::start(|_| Answer::Nothing(502)).await;
    let outcome = ask(&vendor).await;
    assert!(outcome.as_ref().is_err_and(SourceError::again));
    assert!(line(outcome).ends_with("/wp-json/wc/v3/orders/... answered 502, 3 times: ask again later"));
    assert_eq!((vendor.asked().len(), vendor.pauses()), (3, vec![500, 2000]));
}

#[tokio::test]
async fn a_storefront_that_hangs_is_given_up() {
    let vendor = Vendor::start(|_| Answer::Hang).await;
    let outcome = ask(&vendor).await;
    assert!(matches!(outcome, Err(SourceError::Silent { tries: 3, .. })), "{outcome:?}");
    let vendor = Vendor::start(|asked| if asked.before < 2 { Answer::Hang } else { entity() }).await;
    assert!(ask(&vendor).await.is_ok(), "and asked again");
}

#[tokio::test]
async fn a_storefront_that_is_not_there_is_given_up() {
    let vendor = Vendor::start(|_| entity()).await;
    let access = sources::Access::new(SourceKind::Ecwid, "1", "t").unwrap();
    let patience = sources::Patience { waits: sources::Waits::Note(std::sync::Arc::default()), ..Default::default() };
    // A port that was free a moment ago.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = sources::Client::on_this_machine(access, "p", port, patience).unwrap();
    let outcome = client.fetch(&fetch(FetchKind::Order, "4711")).await;
    assert!(matches!(outcome, Err(SourceError::Unreachable { tries: 3, .. })), "{outcome:?}");
    drop(vendor);
}

#[tokio::test]
async fn a_body_of_more_than_six_megabytes_is_not_read() {
    let vendor = Vendor::start(|_| Answer::Bytes(vec![b' '; MAX_BYTES + 1])).await;
    assert!(line(ask(&vendor).await).ends_with("answered with more than 6291456 bytes"));
    assert_eq!(vendor.asked().len(), 1, "and not asked for again");
}

#[tokio::test]
async fn what_is_not_json_is_no_answer() {
    for body in ["", "<html>", "[]", "null", "{\"id\": 4711"] {
        let vendor = Vendor::start(move |_| Answer::Bytes(body.as_bytes().to_vec())).await;
        let line = line(ask(&vendor).await);
        assert!(line.contains("another shape") || line.contains("another entity"), "{body}: {line}");
    }
}
