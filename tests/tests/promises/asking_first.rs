//! What a person says by a link in a letter holds: a sign-up is confirmed by them alone, and their data is theirs.

use acceptance::{CONSENT, Left, TestShop, consent, order};
use serde_json::{Value, json};

const NORA: &str = "nora@example.com";

async fn shop_that_asks() -> TestShop {
    let asks = |shop: String| shop.replacen("double_opt_in = false", "double_opt_in = true", 1);
    TestShop::open_edited("2026-03-02 10:00", &[], asks).await
}

/// The link of ours in a letter that leads to this door.
fn link_to(letter: &Left, door: &str) -> String {
    let mut words = letter.text.split_whitespace();
    words.find(|word| word.starts_with("http://127.0.0.1:4280/u/") && word.ends_with(door)).expect("a link").to_owned()
}

#[tokio::test]
async fn a_sign_up_gets_one_letter_and_no_marketing_before_a_click_in_it() {
    let shop = shop_that_asks().await;
    for _ in 0..2 {
        shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    }
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-04 12:00").await;
    assert_eq!(shop.what_left(), ["sign_up/confirm", "order_status/confirmed"], "a day after it, no thanks");
    let letter = &shop.letters()[0];
    assert_eq!((letter.to.as_str(), letter.unsubscribe.as_deref()), (NORA, None));
    assert!(!letter.text.contains("because you ordered"), "{}", letter.text);
    let link = link_to(letter, "/confirm");
    assert_eq!(shop.follows("GET", &link, "").await.0, 200);
    shop.until("2026-03-04 14:00").await;
    assert_eq!(shop.letters().len(), 2, "machines open links");
    assert_eq!(shop.follows("POST", &link, "").await.0, 200);
    shop.until("2026-03-04 16:00").await;
    assert_eq!(shop.what_left()[2..], ["first_order/thanks"]);
}

#[tokio::test]
async fn a_sign_up_that_the_storefront_had_confirmed_is_not_asked_again() {
    let shop = shop_that_asks().await;
    let mut said = consent(NORA, "subscribed", "2026-03-02 09:58");
    said["email_marketing_consent"]["opt_in_level"] = json!("confirmed_opt_in");
    shop.arrives(CONSENT, &said).await;
    shop.until("2026-03-03 10:00").await;
    assert!(shop.letters().is_empty());
    assert!(shop.local.store.walk().page().await.expect("a page")[0].customer.consent.is_subscribed());
}

#[tokio::test]
async fn a_sign_up_of_long_ago_is_not_written_to() {
    let shop = shop_that_asks().await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-02-20 09:58")).await;
    shop.until("2026-03-10 10:00").await;
    assert!(shop.letters().is_empty(), "{:?}", shop.what_left());
}

#[tokio::test]
async fn a_person_takes_their_data_along_and_has_it_erased_by_a_link_to_their_mailbox() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-04 10:00").await;
    let own = shop.letters().pop().and_then(|letter| letter.unsubscribe).expect("a marketing letter");
    for _ in 0..3 {
        let (status, page) = shop.follows("POST", &format!("{own}/data"), "email=thief%40example.net").await;
        assert!(status == 200 && !page.contains("/your-data"), "the link goes by mail: {page}");
    }
    shop.until("2026-03-04 10:05").await;
    assert_eq!(shop.what_left()[2..], ["your_data/link"]);
    let letter = shop.letters().pop().expect("a letter");
    assert_eq!(letter.to, NORA);
    let link = link_to(&letter, "/your-data");
    assert_eq!(shop.follows("GET", &link, "").await.0, 200);
    let (status, file) = shop.follows("POST", &link, "do=export").await;
    let all: Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!((status, all["customer"]["email"].as_str()), (200, Some(NORA)));
    assert_eq!(shop.follows("POST", &link, "do=erase&sure=yes").await.0, 200);
    shop.until("2026-03-04 10:10").await;
    let people = shop.local.store.walk().page().await.expect("a page");
    assert!(people.iter().all(|person| person.customer.erased_at.is_some() && person.orders.is_empty()));
    for link in [own, link] {
        assert_eq!(shop.follows("GET", &link, "").await.0, 200);
        assert_eq!(shop.follows("POST", &link, "do=export").await.0, 200);
    }
}

#[tokio::test]
async fn a_survey_is_answered_by_a_number_in_its_letter() {
    let shop = TestShop::open_with_flows("2026-03-02 10:00", &[], &["order_status", "survey"]).await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    let mut bought = order(1001, NORA, "2026-03-02 09:59");
    bought["fulfillment_status"] = json!("fulfilled");
    bought["fulfillments"] = json!([{
        "id": 1, "order_id": 1001, "status": "success", "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z", "line_items": [{ "id": 1, "sku": "TEA-FOG-100", "quantity": 1 }],
    }]);
    shop.arrives("orders/create", &bought).await;
    shop.until("2026-04-01 10:00").await;
    let letter = shop.letters().into_iter().find(|letter| letter.what == "survey/question").expect("the question");
    let page = letter.text.split_whitespace().map(|word| word.trim_matches(['(', ')']));
    let page = page.into_iter().find(|word| word.contains("/answer/")).expect("the page of the question");
    assert_eq!(shop.follows("GET", page, "").await.0, 200);
    let link = &format!("{page}/3");
    assert!(letter.html.contains(&format!("href=\"{link}\"")), "{}", letter.html);
    assert!(letter.html.contains("/answer/") && letter.html.contains("ses:no-track"), "nobody wraps these links");
    let (status, page) = shop.follows("GET", link, "").await;
    assert!(status == 200 && page.contains("value=\"3\" required checked"), "{page}");
    let customer = async || shop.local.store.walk().page().await.expect("a page").remove(0).customer;
    assert!(customer().await.answers.is_empty());
    assert_eq!(shop.follows("POST", link, "score=3").await.0, 200);
    let customer = customer().await;
    assert_eq!(customer.answers.len(), 1);
    assert!(customer.frozen_until.is_some(), "a bad answer gives promotions a rest");
}
