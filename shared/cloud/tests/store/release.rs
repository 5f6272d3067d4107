//! A table that was restored from a backup is older than the truth: it sends nothing until it knows what happened since.

use chrono::TimeDelta;
use cloud::Store;
use cloud::store::{Address, Committed, Released, Tables, Work, Write};
use cloud::table;
use retention::control::{Cause, Suppression};
use retention::erase::tombstone;
use retention::ids::CustomerId;
use retention::{Customer, EmailAddress};
use testkit::{Engine, engine, people};

use crate::at;

/// What is said of an address at a second.
fn says(cause: Cause, second: i64) -> Suppression {
    Suppression { cause, at: at(second) }
}

/// Person `n`, as the table has them.
async fn known(store: &Store, n: usize) -> (Customer, EmailAddress) {
    let mut person = Customer::new(CustomerId::derive(&n.to_string(), at(0)), at(0));
    person.email = people::person(n).email;
    assert_eq!(store.commit(&Write::new(None, &person)).await.expect("a write"), Committed::Done);
    let address = person.email.clone().expect("an address");
    (person, address)
}

/// The table as it was restored: every row of now, in another one.
async fn restored(engine: &Engine) -> Store {
    let main = engine.tables().main;
    let restored = Tables { main: format!("{main}-restored"), ..engine.tables() };
    table::create(engine.client(), &restored.main).await.expect("a table");
    let rows = engine.client().scan().table_name(main).send().await.expect("a read").items.unwrap_or_default();
    for row in rows {
        engine.client().put_item().table_name(&restored.main).set_item(Some(row)).send().await.expect("a write");
    }
    Store::new(engine.client().clone(), restored, engine::hash_key(), table::SHARDS)
}

#[tokio::test]
async fn a_table_names_itself_once_and_keeps_its_name() {
    let engine = Engine::for_tests().await.expect("an engine");
    assert!(engine.store().is_released(at(0)).await.expect("a read"), "a new table");
    assert!(engine.store().is_released(at(600)).await.expect("a read"), "the same table");
}

#[tokio::test]
async fn a_restored_table_is_not_released_before_it_knows_who_opted_out_and_who_was_erased_since() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert!(store.is_released(at(0)).await.expect("a read"));
    let (_, ada) = known(&store, 1).await;
    let (bob, bobs) = known(&store, 2).await;
    let (carl, _) = known(&store, 3).await;
    let (_, dora) = known(&store, 4).await;
    store.suppress(&dora, &Suppression { cause: Cause::Complaint, at: at(1) }).await.expect("a write");
    let backup = restored(&engine).await;
    // What the backup does not know.
    store.suppress(&ada, &Suppression { cause: Cause::HardBounce, at: at(5) }).await.expect("a write");
    let opt_out = Suppression { cause: Cause::OptOut, at: at(6) };
    let seen = store.customer(&bob.id).await.expect("a read").expect("bob");
    let out = Write { address: Address::Suppress(&opt_out), ..Write::new(Some(&seen), &seen.customer) };
    store.commit(&out).await.expect("a write");
    let seen = store.customer(&bob.id).await.expect("a read").expect("bob");
    let lift = Write { address: Address::Lift(&opt_out, at(7)), ..Write::new(Some(&seen), &seen.customer) };
    store.commit(&lift).await.expect("a write");
    let seen = store.customer(&carl.id).await.expect("a read").expect("carl");
    store.bury(&seen, &tombstone(&seen.customer, at(8))).await.expect("a write");

    assert!(!backup.is_released(at(100)).await.expect("a read"));
    assert_eq!(backup.suppression(&ada).await.expect("a read"), None);
    let released = backup.release(at(100)).await.expect("a release");
    assert_eq!(released, Released { suppressions: 1, erasures: 1 });
    assert_eq!(
        backup.suppression(&ada).await.expect("a read").and_then(retention::control::Suppressions::strongest),
        Some(Cause::HardBounce)
    );
    assert_eq!(backup.suppression(&bobs).await.expect("a read"), None, "it was lifted");
    assert_eq!(backup.suppression(&dora).await.expect("a read").and_then(|s| s.since(Cause::Complaint)), Some(at(1)));
    let due = backup.due(table::WORK, 0, at(200), 10, None).await.expect("a read");
    assert_eq!(due.iter().map(|due| Work::parse(&due.key)).collect::<Vec<_>>(), [Some(Work::Erase(carl.id))]);
    assert_eq!(backup.control().await.expect("a read").floor, Some(at(100)));
    assert!(backup.is_released(at(101)).await.expect("a read"));
    assert!(store.is_released(at(0) + TimeDelta::hours(1)).await.expect("a read"), "the first is what it was");
}

#[tokio::test]
async fn of_several_causes_each_is_taken_in_for_itself_and_what_was_lifted_is_not() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert!(store.is_released(at(0)).await.expect("a read"));
    let (ada, address) = known(&store, 1).await;
    let backup = restored(&engine).await;
    let opt_out = says(Cause::OptOut, 5);
    let seen = store.customer(&ada.id).await.expect("a read").expect("ada");
    let out = Write { address: Address::Suppress(&opt_out), ..Write::new(Some(&seen), &seen.customer) };
    store.commit(&out).await.expect("a write");
    // At one moment, and stronger: it takes nothing from the other.
    let bounce = says(Cause::HardBounce, 5);
    assert!(store.suppress(&address, &bounce).await.expect("a write"));
    let seen = store.customer(&ada.id).await.expect("a read").expect("ada");
    let lift = Write { address: Address::Lift(&bounce, at(7)), ..Write::new(Some(&seen), &seen.customer) };
    assert_eq!(store.commit(&lift).await.expect("a write"), Committed::Done);

    assert_eq!(backup.release(at(100)).await.expect("a release"), Released { suppressions: 1, erasures: 0 });
    for table in [&store, &backup] {
        assert_eq!(table.suppression(&address).await.expect("a read"), Some(opt_out.into()));
    }
    assert_eq!(backup.release(at(101)).await.expect("a release"), Released::default(), "once more changes nothing");
}

#[tokio::test]
async fn a_table_that_is_restored_under_the_name_of_another_is_found_out_within_twenty_seconds() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    assert!(store.is_released(at(0)).await.expect("a read"));
    let row = [("pk", "X"), ("sk", "identity"), ("table_id", "of another")];
    let item = row.map(|(name, value)| (name.to_owned(), cloud::rows::text(value)));
    let put = engine.client().put_item().table_name(engine.tables().main).set_item(Some(item.into()));
    put.send().await.expect("a write");
    assert!(!store.is_released(at(20)).await.expect("a read"));
}
