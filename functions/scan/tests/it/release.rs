//! A table that was restored from a backup, or copied, is not looked at until somebody releases it.

use cloud::rows;
use retention::flow::Class;
use scan::Ran;

use crate::bench::{Bench, NO_LIMIT, customer};

#[tokio::test]
async fn a_restored_table_is_not_looked_at_and_nothing_of_it_is_dispatched_until_it_is_released() {
    let bench = Bench::open(NO_LIMIT).await;
    bench.plans(Class::Marketing, 50, 2).await;
    bench.plans(Class::Transactional, 100, 2).await;
    bench.stores(&customer("ada", Some(bench.now()))).await;
    // As after a restore, the row names the table that it was a copy of.
    let (client, table) = bench.store().raw();
    let row = [("pk", "X"), ("sk", "identity"), ("table_id", "another table")];
    let item = row.map(|(name, value)| (name.to_owned(), rows::text(value)));
    client.put_item().table_name(table).set_item(Some(item.into())).send().await.expect("a write");
    for _ in 0..3 {
        let (ran, counts) = bench.counts().await;
        assert_eq!((ran, counts.get("not_released")), (Ran::NotReleased, 1), "and an alarm looks at that");
        bench.pass(chrono::TimeDelta::minutes(1));
    }
    assert!(bench.takes(Class::Marketing).is_empty() && bench.takes(Class::Transactional).is_empty());
    bench.store().release(bench.now()).await.expect("a release");
    let ran = bench.runs().await;
    assert!(matches!(ran, Ran::Done { looked: 1, dispatched: 4, .. }), "{ran:?}: the sender ends what was before");
}
