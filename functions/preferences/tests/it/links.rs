//! Links that are none of ours, and links that are used for what they are not for.

use retention::consent::{By, Said, Statement};
use retention::ids::CustomerId;
use retention::token::Purpose;
use testkit::people;

use crate::desk::Desk;

#[tokio::test]
async fn a_link_that_was_cut_flipped_or_made_up_is_nobodys() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let before = desk.customer(&id).await;
    let link = desk.link(&id);
    let mut flipped = link.clone().into_bytes();
    flipped[20] ^= 1;
    let long = format!("/u/{}", "1".repeat(2_048));
    let flipped = String::from_utf8(flipped).expect("text");
    let cut = &link[..link.len() - 1];
    let more = format!("{link}0");
    for path in [cut, &flipped, &more, &long, "/u/", "/u/%00", "/u/../u/x", &format!("{link}/nothing")] {
        for method in ["GET", "POST"] {
            let answered = desk.asks(method, path, "List-Unsubscribe=One-Click", &[]).await;
            assert_eq!(answered.status, 404, "{method} {path}");
            assert!(answered.body.contains("mailto:"), "a person can be asked");
        }
        assert_eq!(desk.asks("HEAD", path, "", &[]).await.body, "");
    }
    assert_eq!(desk.customer(&id).await, before);
}

#[tokio::test]
async fn a_token_opens_the_one_door_that_it_was_made_for() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let before = desk.customer(&id).await;
    let until = desk.now() + chrono::TimeDelta::days(1);
    let own = desk.preferences.tokens.held().sign(&id);
    let confirm = desk.preferences.tokens.held().sign_until(Purpose::Confirm, &id, until);
    let data = desk.preferences.tokens.held().sign_until(Purpose::Data, &id, until);
    for (token, doors) in [
        (&own, &["confirm", "your-data"][..]),
        (&confirm, &["", "preferences", "subscribe", "data", "your-data"]),
        (&data, &["", "preferences", "subscribe", "data", "confirm"]),
    ] {
        for door in doors {
            let path = format!("/u/{token}/{door}");
            for body in ["do=export", "do=erase&sure=yes"] {
                assert_eq!(desk.post(path.trim_end_matches('/'), body).await.status, 404, "{door}");
            }
        }
    }
    assert_eq!(desk.customer(&id).await, before);
}

/// Person `n` signed up at a shop that asks everybody to confirm.
async fn signs_up(desk: &Desk, n: usize) -> CustomerId {
    let mut event = people::subscribed(&people::person(n), desk.now());
    event.statements[0].said = Said::Pending;
    let decision = desk.arrives(&event).await;
    assert_eq!(decision.sends.iter().map(|new| new.send.flow.as_str()).collect::<Vec<_>>(), ["sign_up"]);
    decision.customer.id
}

#[tokio::test]
async fn only_a_click_confirms_a_sign_up_and_looking_at_the_page_does_not() {
    let desk = Desk::open().await;
    let id = signs_up(&desk, 1).await;
    let link = desk.link_for(Purpose::Confirm, &id, desk.now() + chrono::TimeDelta::days(7));
    desk.pass(1);
    let page = desk.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("<form method=\"post\" action=\"{link}\">")), "{}", page.body);
    assert!(!desk.customer(&id).await.consent.is_subscribed());
    for _ in 0..2 {
        assert_eq!(desk.post(&link, "").await.status, 200);
    }
    let customer = desk.customer(&id).await;
    assert!(customer.consent.is_subscribed() && customer.consent.pending_since().is_none());
    let proofs = desk.history(&id).await.proofs;
    let said: Vec<Said> = proofs.iter().map(|proof| proof.said).collect();
    assert_eq!(said, [Said::Pending, Said::Subscribed]);
    assert_eq!((&proofs[1].by, proofs[1].wording.as_str()), (&By::Person, "confirmed by the link in a letter"));
}

#[tokio::test]
async fn a_confirmation_that_has_run_out_or_was_declined_confirms_nothing() {
    let desk = Desk::open().await;
    let id = signs_up(&desk, 1).await;
    let link = desk.link_for(Purpose::Confirm, &id, desk.now() + chrono::TimeDelta::days(7));
    desk.pass(7 * 24);
    for method in ["GET", "POST"] {
        assert_eq!(desk.asks(method, &link, "", &[]).await.status, 410);
    }
    assert!(!desk.customer(&id).await.consent.is_subscribed());
    desk.post(&desk.link(&id), "").await;
    assert!(desk.customer(&id).await.consent.pending_since().is_none(), "an opt-out ends the sign-up");
}

#[tokio::test]
async fn after_a_complaint_no_page_makes_a_yes_of_anything() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let known = desk.store().customer(&id).await.expect("a read").expect("a customer");
    let mut customer = known.customer.clone();
    let complaint = Statement {
        by: By::Complaint,
        ..Statement::own(Said::Unsubscribed, "complaint", &customer.consent, desk.now())
    };
    assert!(customer.consent.hear(&complaint));
    desk.store().commit(&cloud::store::Write::new(Some(&known), &customer)).await.expect("a write");
    desk.pass(1);
    let page = desk.get(&desk.link(&id)).await.body;
    assert!(!page.contains("/subscribe\""), "{page}");
    assert_eq!(desk.post(&format!("{}/subscribe", desk.link(&id)), "").await.status, 200);
    let confirm = desk.link_for(Purpose::Confirm, &id, desk.now() + chrono::TimeDelta::days(1));
    assert_eq!(desk.post(&confirm, "").await.status, 200);
    assert!(!desk.customer(&id).await.consent.is_subscribed());
}
