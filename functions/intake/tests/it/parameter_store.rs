//! What intake answers while the parameter store is down.

use chrono::TimeDelta;
use retention::Time;
use testkit::ParameterStore;

use crate::door::{BODY, Door, SECRET, counted};

/// A door whose secrets are in a store, read by nobody so far.
async fn door_of(store: &ParameterStore) -> Door {
    let mut door = Door::with(None).await;
    door.intake.parameters = store.parameters();
    door
}

#[tokio::test]
async fn an_intake_that_has_read_its_secret_goes_on_while_the_parameter_store_is_down_for_ten_minutes() {
    let store = ParameterStore::start().await;
    store.has("source/shopify", SECRET);
    let door = door_of(&store).await;
    assert_eq!(door.answers_signed("app/uninstalled", BODY).await, (200, counted("unknown_topic")));
    store.is_down(true);
    for minute in 1..=10 {
        door.sets_the_clock(&(Time::UNIX_EPOCH + TimeDelta::minutes(minute)).to_rfc3339());
        let answer = door.answers_signed("app/uninstalled", BODY).await;
        assert_eq!(answer, (200, counted("unknown_topic")), "minute {minute}");
    }
    assert_eq!(store.asked(), 1, "it is not asked for what is known");
    let forged = door.answers("app/uninstalled", "Zm9yZ2Vk").await;
    assert_eq!(forged, (401, counted("unverified")), "nobody is believed for its sake");
}

#[tokio::test]
async fn an_intake_that_has_not_read_its_secret_asks_for_the_delivery_again_until_the_parameter_store_is_back() {
    let store = ParameterStore::start().await;
    store.has("source/shopify", SECRET);
    store.is_down(true);
    let door = door_of(&store).await;
    for minute in 0..10 {
        door.sets_the_clock(&(Time::UNIX_EPOCH + TimeDelta::minutes(minute)).to_rfc3339());
        let answer = door.answers_signed("orders/create", BODY).await;
        assert_eq!(answer, (503, counted("failed")), "minute {minute}");
    }
    assert_eq!(door.rows().await, 0);
    store.is_down(false);
    assert_eq!(door.answers_signed("app/uninstalled", BODY).await, (200, counted("unknown_topic")));
}
