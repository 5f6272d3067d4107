//! What the functions before the one under test would have done: an event taken in, a customer looked at.

use cloud::Store;
use cloud::deciding::{self, Change};
use cloud::store::{Beside, Names};
use retention::aggregates::Aggregates;
use retention::decide::Decision;
use retention::event::{Entity, Event};
use retention::ids::CustomerId;
use retention::record::{Recorded, record};
use retention::{Customer, Shop, Time};

/// Takes an event in as intake does behind its door: find the person, record, decide, commit.
pub async fn arrives(store: &Store, shop: &Shop, event: &Event, now: Time) -> Decision {
    let found = store.find(&event.aliases()).await.expect("a read");
    let seen = match &found.customer {
        Some(id) => store.customer(id).await.expect("a read"),
        None => None,
    };
    let before = match &seen {
        Some(known) => known.customer.clone(),
        None => newcomer(store, event, now),
    };
    let stored = match &event.entity {
        Entity::Order(order) => store.order(&before.id, &order.id).await.expect("a read"),
        _ => None,
    };
    let Recorded::Changed(recorded) = record(&before, stored.as_ref(), event) else { panic!("nothing changed") };
    let change = Change {
        names: Names { aliases: &found.unknown, ..Names::default() },
        beside: Beside {
            orders: recorded.order.as_slice(),
            carts: recorded.cart.as_slice(),
            proofs: &recorded.proofs,
        },
        ..Change::new(seen.as_ref(), &recorded.customer)
    };
    committed(store, shop, &change, now).await
}

fn newcomer(store: &Store, event: &Event, now: Time) -> Customer {
    let alias = event.aliases().first().map(|alias| store.hash_key().alias(alias));
    Customer::new(CustomerId::derive(&alias.unwrap_or_default(), now), now)
}

/// Looks at a customer as the scan does.
pub async fn look(store: &Store, shop: &Shop, id: &CustomerId, now: Time) -> Decision {
    let known = store.customer(id).await.expect("a read").expect("a customer");
    let change = Change { look: true, ..Change::new(Some(&known), &known.customer) };
    committed(store, shop, &change, now).await
}

async fn committed(store: &Store, shop: &Shop, change: &Change<'_>, now: Time) -> Decision {
    let decision = deciding::commit(store, shop, &Aggregates::default(), change, now).await;
    decision.expect("a write").expect("nobody else writes")
}
