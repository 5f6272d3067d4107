//! Whoever wants no more letters gets none, by one click that works.

use acceptance::{CONSENT, Left, TestShop, consent, order};
use cloud::store::Work;
use retention::EmailAddress;
use retention::control::{Cause, Suppression};

const NORA: &str = "nora@example.com";

async fn shop_with_a_marketing_letter() -> (TestShop, Left) {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let letter = marketing_letter(&shop).await;
    (shop, letter)
}

async fn marketing_letter(shop: &TestShop) -> Left {
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.arrives("orders/create", &order(1001, NORA, "2026-03-02 09:59")).await;
    shop.until("2026-03-04 10:00").await;
    let letter = shop.letters().pop().expect("a letter");
    assert_eq!(letter.what, "first_order/thanks");
    letter
}

#[tokio::test]
async fn one_click_ends_marketing_and_orders_are_still_confirmed() {
    let (shop, letter) = shop_with_a_marketing_letter().await;
    let link = letter.unsubscribe.expect("a link");
    assert!(letter.html.contains(&link) && letter.text.contains(&link), "the letter shows its link");
    let (status, _) = shop.follows("POST", &link, "List-Unsubscribe=One-Click").await;
    assert_eq!(status, 200);
    shop.until("2027-03-04 10:00").await;
    assert_eq!(shop.letters().len(), 2, "no more marketing in a year");
    shop.arrives("orders/create", &order(1002, NORA, "2027-03-04 09:59")).await;
    assert_eq!(shop.what_left().last().map(String::as_str), Some("order_status/confirmed"));
}

#[tokio::test]
async fn opening_the_link_changes_nothing() {
    let (shop, letter) = shop_with_a_marketing_letter().await;
    let link = letter.unsubscribe.expect("a link");
    let (status, page) = shop.follows("GET", &link, "").await;
    assert_eq!(status, 200);
    let path = link.trim_start_matches("http://127.0.0.1:4280");
    assert!(page.contains(&format!("<form method=\"post\" action=\"{path}\">")), "{page}");
    assert!(!page.contains(NORA) && !page.contains("<script"), "{page}");
    assert_eq!(shop.follows("HEAD", &link, "").await, (200, String::new()));
    assert_eq!(shop.follows("PUT", &link, "").await.0, 405);
    let people = shop.local.store.walk().page().await.expect("a page");
    assert!(people[0].customer.consent.is_subscribed());
}

#[tokio::test]
async fn leaving_twice_is_as_good_as_once_and_a_broken_link_is_nobodys() {
    let (shop, letter) = shop_with_a_marketing_letter().await;
    let link = letter.unsubscribe.expect("a link");
    for _ in 0..3 {
        assert_eq!(shop.follows("POST", &link, "").await.0, 200);
    }
    assert_eq!(shop.follows("POST", &link[..link.len() - 1], "").await.0, 404);
    assert_eq!(shop.follows("GET", &format!("{link}0"), "").await.0, 404);
}

#[tokio::test]
async fn an_opt_out_stands_beside_what_stops_an_address_already_and_takes_nothing_from_it() {
    for cause in [Cause::HardBounce, Cause::Complaint] {
        let (shop, letter) = shop_with_a_marketing_letter().await;
        let address = EmailAddress::parse(NORA).expect("an address");
        let now = shop.local.clock.now();
        assert!(shop.local.store.suppress(&address, &Suppression { cause, at: now }).await.expect("a write"));
        assert_eq!(shop.follows("POST", &letter.unsubscribe.expect("a link"), "").await.0, 200);
        let people = shop.local.store.walk().page().await.expect("a page");
        assert!(!people[0].customer.consent.is_subscribed(), "the opt-out itself is written");
        let stands = shop.local.store.suppression(&address).await.expect("a read").expect("a row");
        assert_eq!((stands.since(cause), stands.since(Cause::OptOut).is_some()), (Some(now), true));
    }
}

#[tokio::test]
async fn whoever_opted_out_or_complained_gets_no_marketing_after_their_dead_mailbox_was_unblocked_whoever_they_are() {
    for cause in [Cause::OptOut, Cause::Complaint] {
        let (shop, _) = shop_with_a_marketing_letter().await;
        let (store, now) = (&shop.local.store, shop.local.clock.now());
        let address = EmailAddress::parse(NORA).expect("an address");
        for cause in [cause, Cause::HardBounce] {
            assert!(store.suppress(&address, &Suppression { cause, at: now }).await.expect("a write"));
        }
        let said = studio::person::unblock(store, NORA, now).await.expect("an answer");
        assert!(said.contains("Marketing to this address stays stopped"), "{said}");
        // The profile itself has said yes, as one of somebody else with this address or of one who returned would have.
        let people = store.walk().page().await.expect("a page");
        assert!(people[0].customer.consent.is_subscribed());
        shop.arrives("orders/create", &order(2002, NORA, "2026-04-10 10:00")).await;
        shop.until("2026-07-10 10:00").await;
        assert_eq!(shop.what_left()[2..], ["order_status/confirmed"], "{cause:?}");
        let stands = store.suppression(&address).await.expect("a read").expect("a row");
        assert_eq!((stands.since(cause), stands.since(Cause::HardBounce)), (Some(now), None));
    }
}

#[tokio::test]
async fn a_mailbox_that_was_found_dead_gets_letters_again_once_somebody_says_so_and_no_opt_out_is_lifted_by_hand() {
    let (shop, letter) = shop_with_a_marketing_letter().await;
    let (store, now) = (&shop.local.store, shop.local.clock.now());
    let address = EmailAddress::parse(NORA).expect("an address");
    let unblocks = async || studio::person::unblock(store, NORA, shop.local.clock.now()).await.expect("an answer");
    store.suppress(&address, &Suppression { cause: Cause::HardBounce, at: now }).await.expect("a write");
    shop.arrives("orders/create", &order(2002, NORA, "2026-04-10 10:00")).await;
    shop.until("2026-04-11 10:00").await;
    assert_eq!(shop.letters().len(), 2, "not even a confirmation");
    assert!(unblocks().await.contains("leave again: the mailbox was held dead since 2026-"));
    assert_eq!(store.suppression(&address).await.expect("a read"), None);
    shop.arrives("orders/create", &order(2003, NORA, "2026-04-11 10:00")).await;
    shop.until("2026-04-11 12:00").await;
    assert_eq!(shop.what_left()[2..], ["order_status/confirmed"]);
    assert!(unblocks().await.ends_with("what holds letters back."), "it is lifted once");
    assert_eq!(shop.follows("POST", &letter.unsubscribe.expect("a link"), "").await.0, 200);
    let stands = store.suppression(&address).await.expect("a read");
    assert!(unblocks().await.ends_with("what holds letters back."));
    assert_eq!(store.suppression(&address).await.expect("a read"), stands, "an opt-out is lifted by its person alone");
}

#[tokio::test]
async fn a_storefront_that_goes_on_saying_yes_changes_nothing_and_a_new_yes_does() {
    let (shop, letter) = shop_with_a_marketing_letter().await;
    shop.follows("POST", &letter.unsubscribe.expect("a link"), "").await;
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-03-02 09:58")).await;
    shop.until("2026-04-10 10:00").await;
    assert_eq!(shop.letters().len(), 2, "an old yes is no yes");
    shop.arrives(CONSENT, &consent(NORA, "subscribed", "2026-04-10 10:00")).await;
    shop.until("2026-05-10 10:00").await;
    assert_eq!(shop.what_left()[2..], ["replenish/late"], "a later yes lifts the opt-out");
}

#[tokio::test]
async fn a_storefront_that_can_be_told_of_an_opt_out_will_be() {
    let names =
        |shop: String| shop.replacen("kind      = \"shopify\"", "kind = \"shopify\"\nstore = \"two-herons\"", 1);
    let shop = TestShop::open_edited("2026-03-02 10:00", &[], names).await;
    let letter = marketing_letter(&shop).await;
    let id = shop.local.store.walk().page().await.expect("a page")[0].customer.id.clone();
    let noted = async || shop.local.store.noted(&Work::OptOut(id.clone()).key()).await.expect("a read").is_some();
    assert!(!noted().await);
    shop.follows("POST", &letter.unsubscribe.expect("a link"), "").await;
    assert!(noted().await);
}
