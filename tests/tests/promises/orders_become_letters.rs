//! A signed order becomes a letter, once.

use acceptance::{CONSENT, TestShop, consent, copy_tree, order};
use futures_util::future::join_all;
use serde_json::json;

const NORA: &str = "nora@example.com";

#[tokio::test]
async fn a_signed_order_is_answered_recorded_and_confirmed_at_once() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    assert_eq!(shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await, (200, "recorded".into()));
    let letters = shop.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].to.as_str(), letters[0].what.as_str()), (NORA, "order_status/confirmed"));
    for fact in ["#1001", "Harbour Fog", "€12.90", "€4.90", "€17.80", "€2.41"] {
        assert!(letters[0].text.contains(fact) && letters[0].html.contains(fact), "{fact}\n{}", letters[0].text);
    }
    assert_eq!(letters[0].unsubscribe, None, "a confirmation is no marketing");
}

#[tokio::test]
async fn the_same_order_ten_times_more_in_parallel_changes_nothing() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let body = order(1001, NORA, "2026-03-02 09:59");
    shop.arrives("orders/create", &body).await;
    let again = join_all((0..10).map(|_| shop.arrives("orders/create", &body))).await;
    assert!(again.iter().all(|answer| *answer == (200, "already".into())), "{again:?}");
    assert_eq!(shop.letters().len(), 1);
}

#[tokio::test]
async fn ten_copies_of_a_new_persons_order_at_the_same_moment_make_one_person_and_one_letter() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let body = order(1001, NORA, "2026-03-02 09:59");
    let answers = join_all((0..10).map(|_| shop.arrives("orders/create", &body))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, outcome)| outcome == "recorded").count(), 1, "{answers:?}");
    assert_eq!(shop.letters().len(), 1);
    assert_eq!(shop.local.store.walk().page().await.expect("a page").len(), 1);
}

#[tokio::test]
async fn an_order_and_its_customer_arriving_together_make_one_person() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let customer = json!({
        "id": 42, "email": NORA, "first_name": "Nora",
        "created_at": "2026-03-02T09:58:00Z", "updated_at": "2026-03-02T09:58:00Z",
    });
    let body = order(1001, NORA, "2026-03-02 09:59");
    let (first, second) =
        tokio::join!(shop.arrives("customers/create", &customer), shop.arrives("orders/create", &body));
    assert_eq!((first.0, second.0), (200, 200));
    assert_eq!(shop.local.store.walk().page().await.expect("a page").len(), 1);
}

#[tokio::test]
async fn an_order_of_2008_that_arrives_today_is_stored_and_makes_no_letter() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-01 10:00")).await;
    assert_eq!(shop.arrives("orders/create", &order(7, NORA, "2008-01-10 11:00")).await, (200, "recorded".into()));
    shop.until("2028-03-02 10:00").await;
    assert_eq!(shop.what_left(), [""; 0]);
    let people = shop.local.store.walk().page().await.expect("a page");
    assert_eq!(people[0].orders.len(), 1);
}

#[tokio::test]
async fn one_buyer_hears_what_a_considerate_shop_would_say() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-12-01 10:00").await;
    assert_eq!(
        shop.what_left(),
        [
            "order_status/confirmed",
            "first_order/thanks",
            "replenish/soon",
            "replenish/late",
            "winback/best-sellers",
            "winback/ten-percent",
            "winback/last",
        ]
    );
    let marketing = shop.letters().split_off(1);
    assert!(marketing.iter().all(|letter| letter.unsubscribe.is_some()));
}

#[tokio::test]
async fn a_second_order_starts_the_tea_anew_and_ends_the_thanks() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-02 20:00").await;
    shop.arrives("orders/create", &order(1002, NORA, "2026-03-02 19:59")).await;
    shop.until("2026-03-10 10:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed", "order_status/confirmed"]);
}

#[tokio::test]
async fn without_consent_only_the_order_is_confirmed() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2027-03-02 10:00").await;
    assert_eq!(shop.what_left(), ["order_status/confirmed"]);
}

#[tokio::test]
async fn what_the_storefront_sends_itself_is_not_sent_twice() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let folder = shop.folder().join("templates");
    copy_tree(&acceptance::templates(), &folder);
    let file = folder.join("shop.toml");
    let text =
        std::fs::read_to_string(&file).expect("shop.toml").replace("sends_own = []", "sends_own = [\"confirmed\"]");
    std::fs::write(&file, text).expect("a file");
    let own = TestShop::open_with("2026-03-02 10:00", &folder).await;
    own.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    own.until("2026-03-04 10:00").await;
    assert_eq!(own.what_left(), [""; 0]);
}
