//! A question is answered by the link in its letter, once, and by a POST.

use retention::ids::CustomerId;
use retention::shop::FREEZE;
use testkit::people;

use crate::desk::Desk;

/// Person 1 was asked by a letter: who it is, and the path behind the numbers.
async fn asked(desk: &Desk) -> (CustomerId, String) {
    let id = desk.subscriber(1).await;
    let mut order = people::order("1", desk.now(), &[("POT-STONE", 1)]);
    order.fulfilled_at = Some(desk.now());
    desk.arrives(&people::ordered(&people::person(1), &order)).await;
    for _ in 0..60 {
        desk.pass(24);
        let made = desk.looks_at(&id).await.sends;
        if let Some(new) = made.into_iter().find(|new| new.send.flow.as_str() == "survey") {
            return (id.clone(), format!("{}/answer/{}", desk.link(&id), new.send.id));
        }
        // What left is behind the person.
        for send in desk.history(&id).await.sends {
            let mut left = send.clone();
            if left.due_at.is_some() {
                left.enter(retention::send::State::Sent, None, None, desk.now());
                desk.store().write_send(&send, &left).await.expect("a write");
            }
        }
    }
    panic!("no survey in sixty days");
}

#[tokio::test]
async fn a_number_in_a_letter_is_chosen_on_the_page_and_only_the_button_sends_it() {
    let desk = Desk::open().await;
    let (id, path) = asked(&desk).await;
    let page = desk.get(&format!("{path}/9")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("value=\"9\" required checked"), "{}", page.body);
    assert!(desk.customer(&id).await.answers.is_empty());
    for _ in 0..3 {
        let answered = desk.post(&path, "score=9").await;
        assert_eq!(answered.status, 200);
        assert!(answered.body.contains("Your answer is 9."), "{}", answered.body);
    }
    let customer = desk.customer(&id).await;
    assert_eq!(customer.answers.iter().map(|answer| answer.score).collect::<Vec<_>>(), [9]);
    assert_eq!(customer.frozen_until, None);
}

#[tokio::test]
async fn a_bad_answer_gives_promotions_a_rest_and_a_second_answer_takes_the_place_of_the_first() {
    let desk = Desk::open().await;
    let (id, path) = asked(&desk).await;
    desk.post(&path, "score=2").await;
    let rests = Some(desk.now() + FREEZE);
    assert_eq!(desk.customer(&id).await.frozen_until, rests);
    desk.pass(1);
    desk.post(&path, "score=8").await;
    let customer = desk.customer(&id).await;
    assert_eq!(customer.answers.iter().map(|answer| answer.score).collect::<Vec<_>>(), [8]);
    assert_eq!(customer.frozen_until, rests, "what upset somebody is not undone by a better number");
}

#[tokio::test]
async fn what_is_no_number_or_no_question_of_the_person_is_no_answer() {
    let desk = Desk::open().await;
    let (id, path) = asked(&desk).await;
    for body in ["", "score=11", "score=-1", "score=x", "score=5&score=6", "score=5&why=x", "note=5"] {
        assert_eq!(desk.post(&format!("{path}/7"), body).await.status, 400, "{body}");
    }
    let other = desk.subscriber(2).await;
    let question = path.rsplit('/').next().expect("a letter");
    assert_eq!(desk.post(&format!("{}/answer/{question}", desk.link(&other)), "score=1").await.status, 404);
    let confirmation = desk.history(&id).await.sends.into_iter().find(|send| send.flow.as_str() == "order_status");
    let path = format!("{}/answer/{}", desk.link(&id), confirmation.expect("a confirmation").id);
    assert_eq!(desk.post(&path, "score=1").await.status, 404, "a letter that asked nothing");
    assert!(desk.customer(&id).await.answers.is_empty());
    assert!(desk.customer(&other).await.answers.is_empty());
}
