//! A batch of SQS: what is answered for each message, in exactly the words that SQS reads.

use cloud::rows;
use cloud::table::{Key, SCHEMA};
use retention::Send;
use retention::send::State;
use serde_json::json;

use crate::desk::{Desk, message};

#[tokio::test]
async fn a_key_that_is_twice_in_a_batch_makes_one_letter() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let answer = desk.works_through(&[("a", message(&planned)), ("b", message(&planned))]).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }), "both are done");
    assert_eq!(desk.ses.connections(), 1);
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.attempt), (State::Sent, 1));
}

#[tokio::test]
async fn a_message_that_is_no_key_comes_again_alone() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    for not_a_key in ["", "{", "[]", "{}", r#"{"v":9,"customer":"a","send":"b"}"#] {
        let answer = desk.works_through(&[("good", message(&planned)), ("bad", not_a_key.to_owned())]).await;
        assert_eq!(answer.to_string(), r#"{"batchItemFailures":[{"itemIdentifier":"bad"}]}"#, "{not_a_key}");
    }
    assert_eq!(desk.row(&planned).await.state, State::Sent);
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn a_batch_that_is_done_is_answered_with_an_empty_list() {
    let desk = Desk::open().await;
    assert_eq!(desk.works_through(&[]).await.to_string(), r#"{"batchItemFailures":[]}"#);
    let planned = desk.confirmation(1).await;
    assert_eq!(desk.works_through(&[("a", message(&planned))]).await.to_string(), r#"{"batchItemFailures":[]}"#);
}

/// Writes a row as newer code would write it.
async fn newer_code_wrote(desk: &Desk, key: &Key) {
    let (client, table) = desk.store().raw();
    let call = client.update_item().table_name(table).key("pk", rows::text(&key.pk)).key("sk", rows::text(&key.sk));
    call.update_expression("SET #schema = :newer")
        .expression_attribute_names("#schema", "schema")
        .expression_attribute_values(":newer", rows::number(SCHEMA + 1))
        .send()
        .await
        .expect("a write");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_comes_again_and_the_others_leave() {
    let desk = Desk::open().await;
    let mut planned: Vec<Send> = Vec::new();
    for n in 0..7 {
        planned.push(desk.confirmation(n).await);
    }
    newer_code_wrote(&desk, &Key::send(&planned[1].customer, &planned[1].id)).await;
    newer_code_wrote(&desk, &Key::customer(&planned[4].customer)).await;
    let ids = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"];
    let messages: Vec<_> = ids.into_iter().zip(&planned).map(|(id, send)| (id, message(send))).collect();
    let answer = desk.works_through(&messages).await;
    let mut failed: Vec<&str> = answer["batchItemFailures"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|f| f["itemIdentifier"].as_str())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["m1", "m4"]);
    for n in [0, 2, 3, 5, 6] {
        assert_eq!(desk.row(&planned[n]).await.state, State::Sent, "{n}");
    }
    assert_eq!(desk.ses.connections(), 5);
}

#[tokio::test]
async fn while_the_control_row_cannot_be_read_nothing_leaves_and_every_message_comes_again() {
    let desk = Desk::open().await;
    let (first, second) = (desk.confirmation(1).await, desk.confirmation(2).await);
    desk.store().set_control(&retention::control::Control::default()).await.expect("a write");
    newer_code_wrote(&desk, &Key::control("control")).await;
    let answer = desk.works_through(&[("a", message(&first)), ("b", message(&second))]).await;
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "a" }, { "itemIdentifier": "b" }] }));
    assert_eq!((desk.row(&first).await.state, desk.ses.connections()), (State::Planned, 0));
}
