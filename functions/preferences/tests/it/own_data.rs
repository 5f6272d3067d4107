//! A person's own data: by a link to the address on file, which runs out.

use chrono::TimeDelta;
use cloud::store::Work;
use retention::token::Purpose;
use serde_json::Value;
use testkit::people;

use crate::desk::Desk;

#[tokio::test]
async fn asking_ten_times_makes_one_letter_and_asking_the_next_day_another() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let path = format!("{}/data", desk.link(&id));
    assert_eq!(desk.get(&path).await.status, 200);
    assert_eq!(desk.letters_of(&id, "your_data").await, 0, "whoever looks asks for nothing");
    for _ in 0..10 {
        assert_eq!(desk.post(&path, "email=somebody%40example.net").await.status, 200);
        desk.pass(2);
    }
    assert_eq!(desk.letters_of(&id, "your_data").await, 1);
    desk.pass(4);
    desk.post(&path, "").await;
    assert_eq!(desk.letters_of(&id, "your_data").await, 2);
    let email = desk.customer(&id).await.email;
    assert_eq!(email, people::person(1).email, "the address on file stays what it is");
}

#[tokio::test]
async fn the_link_gives_a_file_of_everything_by_a_post() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let order = people::order("1", desk.now(), &[("POT-STONE", 1)]);
    desk.arrives(&people::ordered(&people::person(1), &order)).await;
    let link = desk.link_for(Purpose::Data, &id, desk.now() + TimeDelta::hours(48));
    let page = desk.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("person1@example.com"), "{}", page.body);
    let file = desk.post(&link, "do=export").await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"your-data.json\"");
    assert_eq!((file.header("cache-control"), file.header("x-content-type-options")), ("no-store", "nosniff"));
    let all: Value = serde_json::from_str(&file.body).expect("JSON");
    assert_eq!(all["customer"]["email"], "person1@example.com");
    assert_eq!((all["orders"].as_array().map(Vec::len), all["letters"].as_array().map(Vec::len)), (Some(1), Some(1)));
    let whole = desk.history(&id).await.export().expect("JSON");
    assert_eq!(file.body, whole, "what `regulars export` prints");
}

#[tokio::test]
async fn an_erasure_is_noted_as_work_by_a_post_that_says_so_twice() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link_for(Purpose::Data, &id, desk.now() + TimeDelta::hours(48));
    for body in ["", "do=erase", "do=erase&sure=no", "do=erase&sure=yes&more=1", "do=everything"] {
        assert_eq!(desk.post(&link, body).await.status, 400, "{body}");
    }
    assert!(!desk.is_noted(&Work::Erase(id.clone())).await);
    assert_eq!(desk.post(&link, "do=erase&sure=yes").await.status, 200);
    assert!(desk.is_noted(&Work::Erase(id.clone())).await);
    while !cloud::erasing::erase(desk.store(), &id, desk.now()).await.expect("an erasure") {}
    for (method, body) in [("GET", ""), ("POST", "do=export"), ("POST", "do=erase&sure=yes")] {
        let answered = desk.asks(method, &link, body, &[]).await;
        assert_eq!(answered.status, 200);
        assert!(answered.body.contains("<h1>Done</h1>"), "{}", answered.body);
    }
}

#[tokio::test]
async fn after_two_days_the_link_opens_nothing() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link_for(Purpose::Data, &id, desk.now() + TimeDelta::hours(48));
    desk.pass(48);
    for (method, body) in [("GET", ""), ("POST", "do=export"), ("POST", "do=erase&sure=yes")] {
        assert_eq!(desk.asks(method, &link, body, &[]).await.status, 410);
    }
    assert!(!desk.is_noted(&Work::Erase(id)).await);
}

#[tokio::test]
async fn somebody_without_an_address_and_a_shop_without_that_letter_are_offered_none() {
    let mut tree = crate::desk::tree();
    for flow in tree.shop.flows.iter_mut().filter(|flow| flow.name.as_str() == "your_data") {
        flow.enabled = false;
    }
    let desk = Desk::of(&tree).await;
    let id = desk.subscriber(1).await;
    assert!(!desk.get(&desk.link(&id)).await.body.contains("/data\""));
    assert_eq!(desk.post(&format!("{}/data", desk.link(&id)), "").await.status, 404);
    assert_eq!(desk.customer(&id).await.data_asked_at, None);
}
