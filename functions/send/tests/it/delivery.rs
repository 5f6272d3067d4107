//! A letter that leaves: what SES is asked, once, and what the row says afterwards.

use retention::send::State;
use send::Outcome;
use testkit::fake_ses::{Answer, CONFIGURATION_SET};
use testkit::people;

use crate::desk::{Desk, PUBLIC_URL, tokens};

#[tokio::test]
async fn an_accepted_letter_is_sent_under_the_id_that_ses_gave_it() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    assert_eq!(desk.deliver(&planned).await, Outcome::Sent);
    let row = desk.row(&planned).await;
    assert_eq!((row.state, row.reason, row.due_at), (State::Sent, None, None), "it is in no index");
    assert_eq!((row.attempt, row.marked_at), (1, Some(desk.now())));
    assert!(row.nonce.is_some());
    assert_eq!(row.history.iter().map(|t| t.to).collect::<Vec<_>>(), [State::Planned, State::Submitting, State::Sent]);
    assert_eq!((desk.ses.log().len(), desk.ses.connections()), (1, 1));
    assert_eq!(row.message_id, desk.ses.log()[0].taken);
}

#[tokio::test]
async fn the_key_of_a_letter_that_left_is_answered_already_and_ses_is_not_asked() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    desk.deliver(&planned).await;
    let row = desk.row(&planned).await;
    assert_eq!(desk.deliver(&planned).await, Outcome::Already);
    assert_eq!(desk.row(&planned).await, row);
    assert_eq!(desk.ses.connections(), 1);
}

#[tokio::test]
async fn the_key_of_no_send_is_answered_already() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let nowhere = retention::Send { id: desk.confirmation(2).await.id, ..planned };
    assert_eq!(desk.deliver(&nowhere).await, Outcome::Already);
    assert_eq!(desk.ses.connections(), 0);
}

#[tokio::test]
async fn a_marketing_letter_goes_to_one_person_with_a_way_out_that_works() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    assert_eq!(desk.deliver(&thanks).await, Outcome::Sent);
    let asked = desk.ses.log().remove(0);
    assert_eq!(asked.recipients(), ["person1@example.com"]);
    assert_eq!(asked.body["FromEmailAddress"], "\"Two Herons Tea\" <hello@twoherons.example>");
    assert_eq!(asked.body["ReplyToAddresses"], serde_json::json!(["hello@twoherons.example"]));
    assert_eq!(asked.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let way_out = asked.header("List-Unsubscribe").expect("a header");
    let link = way_out.trim_start_matches('<').trim_end_matches('>');
    assert_eq!(way_out, format!("<{link}>"));
    let token = link.strip_prefix(&format!("{PUBLIC_URL}/u/")).expect("a link to the shop");
    assert_eq!(tokens().verify(token).as_ref(), Some(&thanks.customer));
    assert!(asked.part("Text").contains(link) && asked.part("Html").contains(link), "the letter shows its link");
}

#[tokio::test]
async fn a_letter_names_its_configuration_set_and_says_what_it_is_in_tags_that_show_no_person() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    desk.deliver(&thanks).await;
    let asked = desk.ses.log().remove(0);
    assert_eq!(asked.body["ConfigurationSetName"], CONFIGURATION_SET);
    assert_eq!(asked.tag("customer"), Some(thanks.customer.as_str()));
    assert_eq!(asked.tag("send"), Some(thanks.id.as_str()));
    assert_eq!(asked.tag("attempt"), Some("1"));
    let tags = asked.body["EmailTags"].as_array().expect("tags");
    assert_eq!(tags.len(), 3);
    for tag in tags {
        let value = tag["Value"].as_str().expect("a text");
        assert!(value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{value}");
    }
}

#[tokio::test]
async fn a_confirmation_is_no_marketing_and_has_no_way_out() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    desk.deliver(&planned).await;
    let asked = desk.ses.log().remove(0);
    assert_eq!((asked.header("List-Unsubscribe"), asked.header("List-Unsubscribe-Post")), (None, None));
    assert!(asked.subject().contains("#1"), "{}", asked.subject());
    assert!(asked.part("Text").contains("Product POT-STONE") && asked.part("Html").contains("Product POT-STONE"));
}

#[tokio::test]
async fn every_attempt_has_a_number_and_a_nonce_of_its_own() {
    let desk = Desk::open().await;
    desk.ses.answers(&[Answer::THROTTLED, Answer::THROTTLED]);
    let planned = desk.confirmation(1).await;
    let mut nonces = Vec::new();
    for attempt in 1..=3 {
        desk.deliver(&planned).await;
        let row = desk.row(&planned).await;
        assert_eq!(row.attempt, attempt);
        nonces.push(row.nonce.expect("a nonce"));
        desk.pass(1);
    }
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces[0] != nonces[2]);
    let numbers: Vec<_> = desk.ses.log().iter().filter_map(|a| a.tag("attempt").map(str::to_owned)).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
    assert_eq!(desk.row(&planned).await.state, State::Sent);
}

#[tokio::test]
async fn a_coupon_is_given_before_the_letter_leaves_and_is_the_same_at_the_second_attempt() {
    let desk = Desk::open().await;
    let discount = desk.discount(1).await;
    let before = desk.ses.log().len();
    desk.ses.answers(&[Answer::THROTTLED]);
    desk.deliver(&discount).await;
    let held = desk.customer(&discount).await.coupons;
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].code.as_str(), &held[0].occasion), ("COMEBACK10", &discount.occasion));
    desk.pass(1);
    assert_eq!(desk.deliver(&discount).await, Outcome::Sent);
    assert_eq!(desk.customer(&discount).await.coupons, held);
    for asked in &desk.ses.log()[before..] {
        assert!(asked.part("Text").contains("COMEBACK10"), "{}", asked.part("Text"));
    }
}

#[tokio::test]
async fn a_letter_goes_to_the_address_that_the_person_has_now() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut moved = people::person(1);
    moved.email = retention::EmailAddress::parse("new-address@example.com").ok();
    let order = people::order("1", desk.now(), &[]);
    let entity = retention::event::Entity::Customer(order.stamp);
    desk.arrives(&retention::event::Event { person: moved, statements: Vec::new(), entity }).await;
    desk.deliver(&planned).await;
    assert_eq!(desk.ses.log()[0].recipients(), ["new-address@example.com"]);
}
