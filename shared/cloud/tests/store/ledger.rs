//! The ledger: a send is created once, marked once, and moves only from where it was seen.

use cloud::Store;
use cloud::store::{Committed, Known, Tables, Write, Written};
use retention::control::{Cause, Suppression, Suppressions};
use retention::decide::NewSend;
use retention::erase::stripped;
use retention::feedback::{News, Report, hear};
use retention::ids::{CustomerId, Nonce};
use retention::send::State;
use retention::{Customer, EmailAddress, Reason, Send};
use testkit::{Engine, engine, people};

use crate::{at, newcomer, send_of};

struct Shop {
    engine: Engine,
    store: Store,
    known: Known,
    email: EmailAddress,
}

async fn shop() -> Shop {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let mut ada = Customer::new(CustomerId::derive("ada", at(0)), at(0));
    ada.email = people::person(1).email;
    store.commit(&newcomer(&ada)).await.expect("a write");
    let known = store.customer(&ada.id).await.expect("a read").expect("a customer");
    Shop { engine, email: ada.email.expect("an address"), store, known }
}

impl Shop {
    async fn create(&mut self, send: &Send, again: bool) -> Committed {
        let sends = [NewSend { send: send.clone(), again }];
        let write = Write { seen: Some(&self.known), sends: &sends, ..newcomer(&self.known.customer) };
        let committed = self.store.commit(&write).await.expect("a write");
        let read = self.store.customer(&self.known.customer.id).await.expect("a read");
        self.known = read.expect("a customer");
        committed
    }

    fn marked(send: &Send, nonce: &[u8]) -> Send {
        let mut marked = send.clone();
        marked.attempt += 1;
        marked.nonce = Some(Nonce::derive(&[nonce]));
        marked.marked_at = Some(at(1));
        marked.enter(State::Submitting, None, Some(at(300)), at(1));
        marked
    }

    async fn mark(&self, marked: &Send, suppression: Option<&Suppressions>) -> Written {
        let customer = (&self.known.customer.id, self.known.customer.version);
        self.store.mark(marked, customer, &self.email, suppression).await.expect("a mark")
    }
}

#[tokio::test]
async fn a_send_is_created_once_and_a_second_time_only_after_it_yielded() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    assert_eq!(shop.create(&send, false).await, Committed::Done);
    assert_eq!(shop.create(&send, false).await, Committed::Exist(vec![send.id.clone()]));
    assert_eq!(shop.create(&send, true).await, Committed::Exist(vec![send.id.clone()]), "it is planned");
    let mut yielded = send.clone();
    yielded.enter(State::Yielded, Some(Reason::Outranked), None, at(2));
    assert_eq!(shop.store.write_send(&send, &yielded).await.expect("a write"), Written::Done);
    assert_eq!(shop.create(&send, false).await, Committed::Exist(vec![send.id.clone()]), "a row is a row");
    assert_eq!(shop.create(&send, true).await, Committed::Done);
}

#[tokio::test]
async fn a_send_that_exists_under_a_former_id_is_not_created() {
    let mut shop = shop().await;
    let mut former = Customer::new(CustomerId::derive("former", at(0)), at(0));
    let old = send_of(&former, "lapse:1");
    former.merged_into = Some(shop.known.customer.id.clone());
    let sends = [NewSend { send: old.clone(), again: false }];
    shop.store.commit(&Write { sends: &sends, ..newcomer(&former) }).await.expect("a write");
    shop.known.customer.former.push(former.id.clone());
    let send = send_of(&shop.known.customer, "lapse:1");
    assert_eq!(shop.create(&send, false).await, Committed::Exist(vec![old.id]));
}

#[tokio::test]
async fn a_mark_holds_once() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    let mine = Shop::marked(&send, b"mine");
    assert_eq!(shop.mark(&mine, None).await, Written::Done);
    assert_eq!(shop.mark(&mine, None).await, Written::Done, "my own write, whose answer was lost");
    assert_eq!(shop.mark(&Shop::marked(&send, b"another"), None).await, Written::Moved);
}

#[tokio::test]
async fn a_mark_fails_when_the_customer_moved_since_the_gate_read() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    shop.known.customer.version -= 1;
    assert_eq!(shop.mark(&Shop::marked(&send, b"mine"), None).await, Written::Moved);
    let found = shop.store.send(&send.customer, &send.id).await.expect("a read").expect("a send");
    assert_eq!(found.state, State::Planned, "SES is not called");
}

#[tokio::test]
async fn v9_a_mark_fails_when_another_customer_with_this_address_opted_out() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    let opt_out = Suppression { cause: Cause::OptOut, at: at(1) };
    shop.store.suppress(&shop.email, &opt_out).await.expect("a write");
    let mine = Shop::marked(&send, b"mine");
    assert_eq!(shop.mark(&mine, None).await, Written::Moved);
    let read = shop.store.suppression(&shop.email).await.expect("a read");
    let bounce = Suppression { cause: Cause::HardBounce, at: at(2) };
    shop.store.suppress(&shop.email, &bounce).await.expect("a write");
    assert_eq!(shop.mark(&mine, read.as_ref()).await, Written::Moved, "and it was found dead since");
    let read = shop.store.suppression(&shop.email).await.expect("a read");
    assert_eq!(shop.mark(&mine, read.as_ref()).await, Written::Done, "as it was read");
}

#[tokio::test]
async fn a_verdict_over_another_state_attempt_or_nonce_is_not_written() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    let mine = Shop::marked(&send, b"mine");
    shop.mark(&mine, None).await;
    let mut ended = send.clone();
    ended.end(Reason::Stale, at(2));
    assert_eq!(shop.store.write_send(&send, &ended).await.expect("a write"), Written::Moved, "it is submitting");
    let mut taken = Shop::marked(&send, b"another");
    let theirs = taken.clone();
    taken.enter(State::Sent, None, None, at(2));
    assert_eq!(shop.store.write_send(&theirs, &taken).await.expect("a write"), Written::Moved, "not my mark");
    let mut taken = mine.clone();
    taken.enter(State::Sent, None, None, at(2));
    assert_eq!(shop.store.write_send(&mine, &taken).await.expect("a write"), Written::Done);
}

#[tokio::test]
async fn a_verdict_over_what_was_not_heard_yet_is_not_written() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    let mine = Shop::marked(&send, b"mine");
    shop.mark(&mine, None).await;
    for (n, news) in [News::Delayed, News::Delivered].into_iter().enumerate() {
        let seen = shop.store.send(&send.customer, &send.id).await.expect("a read").expect("a send");
        let report = Report { attempt: 1, message_id: "ses-1".to_owned(), at: at(2), news };
        let heard = hear(&seen, &report, at(3)).expect("a report of this letter").send;
        assert_eq!(shop.store.write_reported(&seen, &heard).await.expect("a write"), Written::Done);
        assert_eq!(heard.fate.reports, u32::try_from(n).expect("a number") + 1);
        assert_eq!(shop.store.write_reported(&seen, &heard).await.expect("a write"), Written::Moved);
        let erased = stripped(&seen, at(4));
        assert_eq!(shop.store.write_send(&seen, &erased).await.expect("a write"), Written::Moved, "{news:?}");
    }
    let seen = shop.store.send(&send.customer, &send.id).await.expect("a read").expect("a send");
    assert_eq!(shop.store.write_send(&seen, &stripped(&seen, at(4))).await.expect("a write"), Written::Done);
}

#[tokio::test]
async fn what_was_heard_and_cannot_be_written_is_an_error_and_no_lost_race() {
    let shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    let gone = Store::new(shop.engine.client().clone(), Tables::local("gone"), engine::hash_key(), 1);
    assert!(gone.write_reported(&send, &send).await.is_err());
}

#[tokio::test]
async fn a_try_is_noted_without_moving_the_index() {
    let mut shop = shop().await;
    let send = send_of(&shop.known.customer, "lapse:1");
    shop.create(&send, false).await;
    assert_eq!(shop.store.begin_try(&send, at(9)).await.expect("a write"), Written::Done);
    let noted = shop.store.send(&send.customer, &send.id).await.expect("a read").expect("a send");
    assert_eq!((noted.tries, noted.tried_at, noted.due_at), (1, Some(at(9)), send.due_at));
}
