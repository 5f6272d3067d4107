//! The process itself, while the parameter store is down.

use testkit::no_secrets;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_cannot_read_its_secrets_ends_before_it_takes_an_event() {
    let ended = no_secrets::start("send", env!("CARGO_BIN_EXE_send")).await;
    let said = String::from_utf8_lossy(&ended.output.stderr);
    assert!(!ended.output.status.success());
    assert!(said.contains("/regulars/test/") && said.contains("could not be read"), "{said}");
    assert!(ended.asked > 1, "it was asked more than once");
    assert!(!ended.took_an_event, "no event is taken, so that none is lost");
}
