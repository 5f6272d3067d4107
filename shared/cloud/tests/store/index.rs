//! The index: what is due, nothing else, and a push that hides nothing.

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::{Due, Known, Write, Written};
use cloud::table::LOOK;
use retention::decide::NewSend;
use retention::ids::CustomerId;
use retention::send::State;
use retention::{Customer, Time};
use testkit::Engine;

use crate::{at, newcomer, send_of};

fn customer(n: i64, look: Option<Time>) -> Customer {
    let mut customer = Customer::new(CustomerId::derive(&n.to_string(), at(0)), at(0));
    customer.next_look = look;
    customer
}

async fn due(store: &Store, lane: &str, now: Time) -> Vec<Due> {
    let mut found = Vec::new();
    for shard in 0..store.shards() {
        let mut page = store.due(lane, shard, now, 3, None).await.expect("a read");
        while let Some(last) = page.last().cloned() {
            found.extend(page);
            page = store.due(lane, shard, now, 3, Some(&last)).await.expect("a read");
        }
    }
    found
}

#[tokio::test]
async fn only_what_is_due_is_read_page_by_page_and_oldest_first() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    for n in 0..60 {
        let look = (n % 3 != 0).then(|| at(if n % 3 == 1 { -n } else { n + 1 }));
        store.commit(&newcomer(&customer(n, look))).await.expect("a write");
    }
    let found = due(&store, LOOK, at(0)).await;
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|due| due.at <= at(0)));
    assert!(found.windows(2).all(|pair| pair[0].shard != pair[1].shard || pair[0].at <= pair[1].at));
}

async fn read(store: &Store, id: &CustomerId) -> Known {
    store.customer(id).await.expect("a read").expect("a customer")
}

#[tokio::test]
async fn an_event_leaves_a_later_look_to_the_row_itself_and_a_look_sets_it() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    store.commit(&newcomer(&customer(1, Some(at(10))))).await.expect("a write");
    let id = customer(1, None).id;
    for (look, exact, armed) in [(20, false, 10), (5, false, 5), (30, true, 30)] {
        let known = read(&store, &id).await;
        let mut after = known.customer.clone();
        after.next_look = Some(at(look));
        let write = Write { seen: Some(&known), exact, ..newcomer(&after) };
        store.commit(&write).await.expect("a write");
        assert_eq!(read(&store, &id).await.armed, Some(at(armed)));
    }
}

#[tokio::test]
async fn a_push_counts_the_dispatch_and_fails_once_the_row_moved() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer(1, None);
    let send = send_of(&ada, "lapse:1");
    let sends = [NewSend { send: send.clone(), again: false }];
    store.commit(&Write { sends: &sends, ..newcomer(&ada) }).await.expect("a write");
    let lane = send.planned_lane().name();
    let seen = due(&store, lane, at(0)).await.pop().expect("the send");
    assert_eq!((seen.key.customer_id(), seen.key.send_id()), (Some(ada.id.clone()), Some(send.id.clone())));
    assert_eq!(store.push_send(&seen, at(2700)).await.expect("a push"), Written::Done);
    assert_eq!(store.push_send(&seen, at(2700)).await.expect("a push"), Written::Moved);
    assert!(due(&store, lane, at(2699)).await.is_empty());
    assert_eq!(due(&store, lane, at(2700)).await.len(), 1, "it comes up again by itself");
    let pushed = store.send(&ada.id, &send.id).await.expect("a read").expect("a send");
    assert_eq!((pushed.dispatches, pushed.due_at), (1, Some(at(2700))));
}

#[tokio::test]
async fn open_states_are_in_the_index_and_ends_are_not() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let ada = customer(1, None);
    let mut seen = send_of(&ada, "lapse:1");
    let sends = [NewSend { send: seen.clone(), again: false }];
    store.commit(&Write { sends: &sends, ..newcomer(&ada) }).await.expect("a write");
    let planned = seen.planned_lane().name();
    for (state, due_at, lane) in [
        (State::Submitting, Some(at(9)), Some("settle")),
        (State::Unknown, Some(at(9)), Some("settle")),
        (State::Planned, Some(at(9)), Some(planned)),
        (State::Yielded, None, None),
        (State::Planned, Some(at(9)), Some(planned)),
        (State::Sent, None, None),
    ] {
        let mut after = seen.clone();
        after.enter(state, None, due_at, at(1));
        assert_eq!(store.write_send(&seen, &after).await.expect("a write"), Written::Done);
        for name in ["now", "high", "middle", "low", "settle"] {
            let expected = usize::from(lane == Some(name));
            assert_eq!(due(&store, name, at(10)).await.len(), expected, "{state:?} in {name}");
        }
        seen = after;
    }
}

#[tokio::test]
async fn one_scan_holds_the_lease_until_it_runs_out() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let span = TimeDelta::seconds(55);
    let takes = async |owner: &str, second| store.lease("scan", owner, at(second), span).await.expect("a lease");
    assert!(takes("a", 0).await);
    assert!(!takes("b", 30).await);
    assert!(takes("a", 30).await, "renewed");
    assert!(!takes("b", 84).await);
    assert!(takes("b", 85).await);
}
