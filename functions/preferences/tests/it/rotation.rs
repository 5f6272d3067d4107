//! The keys of links are changed while the function runs, and while the parameter store is down.

use cloud::LinkKeys;
use retention::token::{Purpose, TokenKeys};
use testkit::ParameterStore;

use crate::desk::Desk;

const OLD: &str = "the key of links that letters of last year carry";
const NEW: &str = "the key of links that letters of today carry";

fn signed_by(key: &str) -> TokenKeys {
    TokenKeys::new(vec![key.as_bytes().to_vec()]).expect("a key")
}

/// A desk that has read the old key.
async fn desk_of(store: &ParameterStore) -> Desk {
    store.has("token-keys", OLD);
    let mut desk = Desk::open().await;
    desk.preferences.tokens = LinkKeys::read(&store.parameters(), desk.now()).await.expect("a key");
    desk
}

#[tokio::test]
async fn a_link_of_a_key_that_is_newer_than_the_process_works_and_one_of_the_old_key_goes_on_working() {
    let store = ParameterStore::start().await;
    let desk = desk_of(&store).await;
    let id = desk.subscriber(1).await;
    let until = desk.now() + chrono::TimeDelta::days(2);
    let data = format!("/u/{}/your-data", signed_by(NEW).sign_until(Purpose::Data, &id, until));
    let (old, new) = (format!("/u/{}", signed_by(OLD).sign(&id)), format!("/u/{}", signed_by(NEW).sign(&id)));
    store.has("token-keys", &format!("{NEW}\n{OLD}"));
    assert_eq!(desk.get(&old).await.status, 200);
    assert_eq!(store.asked(), 1, "a key that is known is not asked for");
    desk.pass(1);
    assert_eq!(desk.get(&data).await.status, 200);
    for path in [&new, &old] {
        assert_eq!(desk.get(path).await.status, 200, "{path}");
    }
    assert_eq!(store.asked(), 2);
    assert_eq!(desk.post(&new, "List-Unsubscribe=One-Click").await.status, 200);
    assert!(!desk.customer(&id).await.consent.is_subscribed());
    assert_eq!(desk.link(&id), new, "links are made with the new key from now on");
}

#[tokio::test]
async fn links_of_made_up_keys_ask_the_parameter_store_once_a_minute_at_the_most() {
    let store = ParameterStore::start().await;
    let desk = desk_of(&store).await;
    let id = desk.subscriber(1).await;
    desk.pass(1);
    for n in 0..20 {
        let made_up = signed_by(&format!("a key that nobody has ever set: {n:04}")).sign(&id);
        assert_eq!(desk.get(&format!("/u/{made_up}")).await.status, 404);
    }
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_new_key_that_cannot_be_used_leaves_the_old_one_in_place() {
    let store = ParameterStore::start().await;
    let desk = desk_of(&store).await;
    let id = desk.subscriber(1).await;
    store.has("token-keys", "short");
    desk.pass(1);
    assert_eq!(desk.get(&format!("/u/{}", signed_by(NEW).sign(&id))).await.status, 404);
    assert_eq!(desk.get(&format!("/u/{}", signed_by(OLD).sign(&id))).await.status, 200);
}

#[tokio::test]
async fn while_the_parameter_store_is_down_known_links_work_and_those_of_a_new_key_are_asked_for_again() {
    let store = ParameterStore::start().await;
    let desk = desk_of(&store).await;
    let id = desk.subscriber(1).await;
    let new = format!("/u/{}", signed_by(NEW).sign(&id));
    store.has("token-keys", &format!("{NEW}\n{OLD}"));
    store.is_down(true);
    desk.pass(1);
    assert_eq!(desk.post(&new, "List-Unsubscribe=One-Click").await.status, 503, "not 404: it may be ours");
    assert!(desk.customer(&id).await.consent.is_subscribed());
    assert_eq!(desk.get(&format!("/u/{}", signed_by(OLD).sign(&id))).await.status, 200);
    store.is_down(false);
    assert_eq!(desk.post(&new, "List-Unsubscribe=One-Click").await.status, 200);
    assert!(!desk.customer(&id).await.consent.is_subscribed());
}
