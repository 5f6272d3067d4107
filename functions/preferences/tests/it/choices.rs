//! What a person chooses is written, obeyed and shown; what cannot be is told in one line, and nothing is lost.

use chrono::TimeDelta;
use retention::birthday::Birthday;
use retention::send::State;
use retention::{Reason, Time};
use testkit::people;

use crate::desk::{Desk, WHOLE, at};

#[tokio::test]
async fn a_form_is_saved_and_the_page_shows_what_was_saved() {
    let desk = Desk::in_two_languages().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    let form = "form=preferences&topic=reminders&topic=orders&topic=birthday&fewer=yes&pause=30&birthday_day=29\
                &birthday_month=2&language=pl";
    let saved = desk.post(&format!("{link}/preferences"), form).await;
    assert_eq!(saved.status, 200);
    assert!(saved.body.contains("<html lang=\"pl\">"), "in the language that was chosen: {}", saved.body);
    let customer = desk.customer(&id).await;
    assert_eq!(customer.birthday, Birthday::parse("02-29").ok());
    assert_eq!(customer.locale.as_deref(), Some("pl"));
    let wishes = &customer.preferences;
    assert_eq!(wishes.off.iter().map(retention::ids::TopicName::as_str).collect::<Vec<_>>(), ["offers", "regulars"]);
    assert!(wishes.fewer && wishes.own_birthday && wishes.own_language);
    assert_eq!(wishes.paused_until, Some(desk.now() + TimeDelta::days(30)));
    for page in [saved.body, desk.get(&link).await.body] {
        assert!(page.contains("value=\"reminders\" checked") && !page.contains("value=\"offers\" checked"), "{page}");
        assert!(page.contains("value=\"29\" selected") && page.contains("value=\"2\" selected"), "{page}");
        assert!(page.contains("name=\"fewer\" value=\"yes\" checked"), "{page}");
        assert!(page.contains("value=\"keep\" checked") && page.contains("1 kwietnia 2026"), "{page}");
    }
    // Sent back as it is shown, it changes nothing.
    let again = "form=preferences&topic=reminders&topic=orders&topic=birthday&fewer=yes&pause=keep&birthday_day=29\
                 &birthday_month=2&language=pl";
    assert_eq!(desk.post(&format!("{link}/preferences"), again).await.status, 200);
    assert_eq!(desk.customer(&id).await.version, customer.version);
    // Without a word on them, pause and birthday are over.
    assert_eq!(desk.post(&format!("{link}/preferences"), &format!("{WHOLE}&language=pl")).await.status, 200);
    let customer = desk.customer(&id).await;
    assert_eq!((customer.birthday, customer.preferences.paused_until), (None, None));
    assert!(customer.preferences.off.is_empty() && !customer.preferences.fewer);
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_in_one_line_and_nothing_is_lost() {
    let desk = Desk::in_two_languages().await;
    let id = desk.subscriber(1).await;
    let path = format!("{}/preferences", desk.link(&id));
    let before = desk.customer(&id).await;
    let long = format!("{WHOLE}&language={}", "x".repeat(100_000));
    for (body, says) in [
        ("", "the form arrived damaged"),
        ("topic=reminders", "the form arrived damaged"),
        (&format!("{WHOLE}&admin=1"), "the form arrived damaged"),
        (&format!("{WHOLE}&topic=everything"), "the form arrived damaged"),
        (&long, "the form arrived damaged"),
        (&format!("{WHOLE}&%zz=%z"), "the form arrived damaged"),
        ("form=preferences&pause=%zz&birthday_day=&birthday_month=", "the form arrived damaged"),
        ("form=preferences&pause=3000&birthday_day=&birthday_month=", "the form arrived damaged"),
        ("form=preferences&pause=none&birthday_day=31&birthday_month=2", "there is no such day"),
        ("form=preferences&pause=none&birthday_day=%ff&birthday_month=2", "there is no such day"),
        ("form=preferences&pause=none&birthday_day=1&birthday_month=", "there is no such day"),
        (&format!("{WHOLE}&language=tlh"), "there are no letters in that language"),
    ] {
        let answered = desk.post(&path, body).await;
        assert_eq!(answered.status, 400, "{says}");
        assert!(answered.body.contains("role=\"alert\"") && answered.body.contains(says), "{}", answered.body);
        assert_eq!(answered.body.matches("role=\"alert\"").count(), 1);
        assert!(!answered.body.contains("xxxxxxxxxx"), "what was sent is not sent back");
    }
    assert_eq!(desk.customer(&id).await, before);
    let typed = "form=preferences&topic=offers&fewer=yes&pause=90&birthday_day=31&birthday_month=2&language=pl";
    let page = desk.post(&path, typed).await.body;
    for kept in ["\"offers\" checked", "\"90\" checked", "\"31\" selected", "\"yes\" checked", "lang=\"pl\" selected"] {
        assert!(page.contains(kept), "what was typed is there still: {kept}: {page}");
    }
    assert!(!page.contains("\"orders\" checked"), "{page}");
}

#[tokio::test]
async fn a_storefront_does_not_take_back_what_a_person_chose() {
    let desk = Desk::in_two_languages().await;
    let id = desk.subscriber(1).await;
    let path = format!("{}/preferences", desk.link(&id));
    desk.post(&path, &format!("{WHOLE}&language=pl")).await;
    desk.post(&path, &WHOLE.replace("birthday_day=&birthday_month=", "birthday_day=4&birthday_month=7&language=pl"))
        .await;
    desk.post(&path, &format!("{WHOLE}&language=pl")).await;
    let mut person = people::person(1);
    person.locale = Some("en".to_owned());
    person.birthday = Birthday::parse("12-24").ok();
    let stamp = retention::order::Stamp { at: desk.now(), rank: 0, hash: "new".to_owned() };
    let entity = retention::event::Entity::Customer(stamp);
    desk.arrives(&retention::event::Event { person, statements: Vec::new(), entity }).await;
    let customer = desk.customer(&id).await;
    assert_eq!((customer.locale.as_deref(), customer.birthday), (Some("pl"), None));
}

#[tokio::test]
async fn a_birthday_that_is_chosen_moves_the_next_look_and_one_that_is_forgotten_moves_it_back() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let path = format!("{}/preferences", desk.link(&id));
    let next = async || desk.customer(&id).await.next_look;
    desk.pass(24 * 5);
    desk.looks_at(&id).await;
    let before = next().await;
    desk.post(&path, &WHOLE.replace("birthday_day=&birthday_month=", "birthday_day=20&birthday_month=3")).await;
    let looks = next().await.expect("a look");
    assert!(looks <= at("2026-03-17T09:00:00Z"), "three days before: {looks}");
    desk.post(&path, WHOLE).await;
    assert_eq!(next().await, before);
}

/// Person 1 agreed, ordered, and has the thanks for the first order planned: its customer, flow and state.
async fn planned(desk: &Desk) -> (retention::ids::CustomerId, Time) {
    let id = desk.subscriber(1).await;
    let order = people::order("1", desk.now(), &[("POT-STONE", 1)]);
    desk.arrives(&people::ordered(&people::person(1), &order)).await;
    desk.pass(24);
    let made = desk.looks_at(&id).await.sends;
    assert_eq!(made.iter().map(|new| new.send.flow.as_str()).collect::<Vec<_>>(), ["first_order"]);
    (id, desk.now())
}

#[tokio::test]
async fn a_letter_that_is_planned_already_obeys_what_is_chosen_now() {
    for (form, gate) in
        [(WHOLE.replace("&topic=orders", ""), "Never(TopicOff)"), (WHOLE.replace("pause=none", "pause=30"), "NotNow")]
    {
        let desk = Desk::open().await;
        let (id, now) = planned(&desk).await;
        assert_eq!(desk.post(&format!("{}/preferences", desk.link(&id)), &form).await.status, 200);
        let customer = desk.customer(&id).await;
        let sends = desk.history(&id).await.sends;
        let send = sends.iter().find(|send| send.state == State::Planned && send.flow.as_str() == "first_order");
        let facts = retention::gate::Facts {
            send: send.expect("the letter"),
            customer: &customer,
            suppression: None,
            control: &retention::control::Control::default(),
            aggregates: &retention::aggregates::Aggregates::default(),
            things: &[],
        };
        let says = format!("{:?}", retention::gate(&facts, &desk.preferences.shop, now));
        assert!(says.starts_with(gate), "{says}");
    }
}

#[tokio::test]
async fn a_topic_that_is_off_is_held_back_with_its_reason_and_comes_back_with_it() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let path = format!("{}/preferences", desk.link(&id));
    desk.post(&path, &WHOLE.replace("&topic=orders", "")).await;
    let order = people::order("1", desk.now(), &[("POT-STONE", 1)]);
    desk.arrives(&people::ordered(&people::person(1), &order)).await;
    desk.pass(25);
    let decision = desk.looks_at(&id).await;
    assert!(decision.sends.is_empty(), "{:?}", decision.sends);
    let held = decision.held.iter().find(|held| held.flow.as_str() == "first_order").expect("a reason");
    assert_eq!((held.reason, held.reason.sentence()), (Reason::TopicOff, "has switched this topic off"));
    desk.post(&path, WHOLE).await;
    let sends = desk.history(&id).await.sends;
    assert!(sends.iter().any(|send| send.flow.as_str() == "first_order"), "at once, since it was due");
}
