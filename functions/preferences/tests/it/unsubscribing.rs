//! The one click: only POST, from anywhere, as often as it comes.

use cloud::store::{Store, Write};
use futures_util::future::join_all;
use retention::consent::Said;
use retention::control::Cause;
use retention::erase::tombstone;
use retention::ids::CustomerId;

use crate::desk::{Desk, keys};

async fn is_subscribed(desk: &Desk, id: &CustomerId) -> bool {
    desk.customer(id).await.consent.is_subscribed()
}

#[tokio::test]
async fn whoever_only_looks_changes_nothing_and_fifty_machines_that_look_at_once_change_nothing_either() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    let before = desk.customer(&id).await;
    for (method, status) in [("GET", 200), ("HEAD", 200), ("OPTIONS", 405), ("PUT", 405), ("DELETE", 405)] {
        let answered = desk.asks(method, &link, "List-Unsubscribe=One-Click", &[]).await;
        assert_eq!(answered.status, status, "{method}");
    }
    let looked = join_all((0..50).map(|_| desk.get(&link))).await;
    assert!(looked.iter().all(|answered| answered.status == 200));
    assert_eq!(desk.customer(&id).await, before, "not even its version moved");
}

#[tokio::test]
async fn a_post_unsubscribes_whatever_it_carries_and_once_however_often_it_comes() {
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    for (n, (kind, body)) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", multipart),
        ("application/x-www-form-urlencoded", ""),
        ("application/x-www-form-urlencoded", "List-Unsubscribe=No-Click"),
        ("application/json", "{"),
    ]
    .into_iter()
    .enumerate()
    {
        let desk = Desk::open().await;
        let id = desk.subscriber(n).await;
        let headers = [("content-type", kind), ("cookie", "session=1; other=2")];
        for _ in 0..3 {
            assert_eq!(desk.asks("POST", &desk.link(&id), body, &headers).await.status, 200, "{kind}");
        }
        assert!(!is_subscribed(&desk, &id).await, "{kind}");
        let proofs = desk.history(&id).await.proofs;
        assert_eq!(proofs.iter().filter(|proof| proof.said == Said::Unsubscribed).count(), 1, "{kind}");
    }
}

#[tokio::test]
async fn five_clicks_at_once_are_one_opt_out() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    let all = join_all((0..5).map(|_| desk.post(&link, ""))).await;
    assert!(all.iter().all(|answered| answered.status == 200));
    assert!(!is_subscribed(&desk, &id).await);
    assert_eq!(desk.history(&id).await.proofs.len(), 2, "a yes and a no");
}

#[tokio::test]
async fn an_opt_out_counts_and_so_does_a_new_yes_where_the_clock_is_behind_the_one_that_wrote_what_holds() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    desk.pass(-2);
    desk.post(&link, "").await;
    assert!(!is_subscribed(&desk, &id).await);
    desk.post(&format!("{link}/subscribe"), "").await;
    assert!(is_subscribed(&desk, &id).await);
    let email = desk.customer(&id).await.email.expect("an address");
    assert_eq!(desk.store().suppression(&email).await.expect("a read"), None);
}

#[tokio::test]
async fn somebody_who_left_subscribes_again_by_an_act_of_their_own() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    desk.post(&link, "").await;
    let email = desk.customer(&id).await.email.expect("an address");
    let suppression = async || {
        desk.store().suppression(&email).await.expect("a read").and_then(retention::control::Suppressions::strongest)
    };
    assert_eq!(suppression().await, Some(Cause::OptOut));
    let page = desk.get(&link).await.body;
    assert!(page.contains(&format!("action=\"{link}/subscribe\"")), "{page}");
    assert!(
        !page.contains(&format!("action=\"{link}/preferences\"")),
        "who gets nothing has nothing to choose: {page}"
    );
    desk.pass(1);
    assert_eq!(desk.get(&format!("{link}/subscribe")).await.status, 200);
    assert!(!is_subscribed(&desk, &id).await, "whoever looks says nothing");
    assert_eq!(desk.post(&format!("{link}/subscribe"), "").await.status, 200);
    assert!(is_subscribed(&desk, &id).await);
    assert_eq!(suppression().await, None, "and the address is free again");
    let proofs = desk.history(&id).await.proofs;
    let last = proofs.iter().max_by_key(|proof| proof.act_at).expect("a proof");
    assert_eq!((last.said, last.wording.as_str()), (Said::Subscribed, "subscribe again"));
}

#[tokio::test]
async fn after_an_erasure_every_link_answers_and_nothing_is_written() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let known = desk.store().customer(&id).await.expect("a read").expect("a customer");
    let buried = tombstone(&known.customer, desk.now());
    desk.store().bury(&known, &buried).await.expect("a write");
    let before = desk.customer(&id).await;
    let link = desk.link(&id);
    let send = "0".repeat(32);
    for path in ["", "/preferences", "/subscribe", "/data", &format!("/answer/{send}/3")] {
        for method in ["GET", "POST"] {
            let answered = desk.asks(method, &format!("{link}{path}"), "form=preferences", &[]).await;
            assert_eq!(answered.status, 200, "{method} {path}");
            assert!(answered.body.contains("<h1>Done</h1>"), "{method} {path}: {}", answered.body);
        }
    }
    assert_eq!(desk.customer(&id).await, before);
    let stranger = CustomerId::derive("nobody", desk.now());
    assert_eq!(desk.post(&desk.link(&stranger), "").await.status, 200, "somebody of whom nothing is left at all");
}

#[tokio::test]
async fn after_a_merge_the_old_link_leads_to_who_the_person_is_now() {
    let desk = Desk::open().await;
    let (kept, gone) = (desk.subscriber(1).await, desk.subscriber(2).await);
    let known = desk.store().customer(&gone).await.expect("a read").expect("a customer");
    let mut leads = known.customer.clone();
    leads.merged_into = Some(kept.clone());
    commit(desk.store(), &Write::new(Some(&known), &leads)).await;
    let link = desk.link(&gone);
    assert_eq!(desk.post(&link, "").await.status, 200);
    assert!(!is_subscribed(&desk, &kept).await);
}

async fn commit(store: &Store, write: &Write<'_>) {
    store.commit(write).await.expect("a write");
}

#[tokio::test]
async fn a_token_of_an_old_key_works_and_one_of_a_retired_key_does_not() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    assert_eq!(desk.post(&format!("/u/{}", keys(&[3]).sign(&id)), "").await.status, 404, "of another shop");
    assert!(is_subscribed(&desk, &id).await);
    assert_eq!(desk.post(&format!("/u/{}", keys(&[1]).sign(&id)), "").await.status, 200, "of the key before");
    assert!(!is_subscribed(&desk, &id).await);
}
