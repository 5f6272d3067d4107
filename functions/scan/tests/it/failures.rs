//! A row that cannot be worked on is put aside, and blocks nobody.

use chrono::TimeDelta;
use cloud::rows;
use cloud::table::{Key, LOOK, SCHEMA};
use retention::flow::Class;
use scan::Ran;

use crate::bench::{Bench, NO_LIMIT, customer, of_one_shard, send};

/// More than one read of a shard brings.
const MANY: usize = 101;

#[tokio::test]
async fn customers_who_cannot_be_read_are_put_aside_for_an_hour_and_those_behind_them_are_looked_at() {
    let bench = Bench::open(NO_LIMIT).await;
    let people = of_one_shard(MANY + 3, bench.now());
    for (n, person) in people.iter().enumerate() {
        bench.stores(person).await;
        if n < MANY {
            bench.has_schema(&Key::customer(&person.id), SCHEMA + 1).await;
        }
    }
    let ran = bench.runs().await;
    assert_eq!(ran, Ran::Done { looked: 3, created: 0, dispatched: 0, failed: MANY as u64 });
    let due = async |at| bench.store().due(LOOK, 0, at, 200, None).await.expect("a read").len();
    let hour = bench.now() + TimeDelta::hours(1);
    assert_eq!(due(hour - TimeDelta::milliseconds(1)).await, 0, "not before an hour has passed");
    assert_eq!(due(hour).await, MANY, "and not for ever");
}

#[tokio::test]
async fn a_customer_who_can_be_read_again_is_looked_at_an_hour_later() {
    let bench = Bench::open(NO_LIMIT).await;
    let person = customer("ada", Some(bench.now()));
    bench.stores(&person).await;
    bench.has_schema(&Key::customer(&person.id), SCHEMA + 1).await;
    assert!(matches!(bench.runs().await, Ran::Done { looked: 0, failed: 1, .. }));
    bench.has_schema(&Key::customer(&person.id), SCHEMA).await;
    bench.pass(TimeDelta::minutes(59));
    assert!(matches!(bench.runs().await, Ran::Done { looked: 0, failed: 0, .. }));
    bench.pass(TimeDelta::minutes(1));
    assert!(matches!(bench.runs().await, Ran::Done { looked: 1, failed: 0, .. }));
    let known = bench.store().customer(&person.id).await.expect("a read").expect("a customer");
    assert_eq!((known.armed, known.customer.version), (None, 2), "put aside without a new version, then decided");
}

#[tokio::test]
async fn a_send_that_nobody_can_read_is_dispatched_and_pushed_like_the_others() {
    let bench = Bench::open(NO_LIMIT).await;
    let planned = bench.plans(Class::Marketing, 50, 3).await;
    bench.has_schema(&Key::send(&planned[1].customer, &planned[1].id), SCHEMA + 1).await;
    assert_eq!(bench.dispatches().await, 3);
    bench.pass(TimeDelta::minutes(1));
    assert_eq!(bench.dispatches().await, 0, "it does not come up every minute");
    bench.has_schema(&Key::send(&planned[1].customer, &planned[1].id), SCHEMA).await;
    assert_eq!(bench.row(&planned[1]).await.dispatches, 1);
}

#[tokio::test]
async fn rows_that_are_nothing_known_hold_up_no_lane() {
    let bench = Bench::open(NO_LIMIT).await;
    let planned = send(&customer("ada", None), "x", Class::Transactional, 100, bench.now());
    bench.plans_these(&customer("ada", None), std::slice::from_ref(&planned)).await;
    let mut strangers = 0;
    for shard in 0..bench.store().shards() {
        for lane in [LOOK, "now"] {
            let mut item = cloud::rows::Item::new();
            for (name, value) in [("pk", format!("C#strange-{shard}")), ("sk", format!("send#strange-{lane}"))] {
                item.insert(name.to_owned(), rows::text(&value));
            }
            rows::arm(&mut item, format!("{lane}#{shard}"), bench.now() - TimeDelta::days(1));
            let (client, table) = bench.store().raw();
            client.put_item().table_name(table).set_item(Some(item)).send().await.expect("a write");
            strangers += 1;
        }
    }
    assert!(strangers > 0);
    bench.stores(&customer("bea", Some(bench.now()))).await;
    assert_eq!(bench.runs().await, Ran::Done { looked: 1, created: 0, dispatched: 1, failed: 0 });
    assert_eq!(bench.takes(Class::Transactional), [planned.id]);
}
