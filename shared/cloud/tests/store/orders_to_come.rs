//! What happens to an order that has not arrived yet waits for it, under its name.

use cloud::store::{Committed, Names, Parked, Write, Written};
use retention::Customer;
use retention::after_sale::{AfterSale, Fulfilment, Refund};
use retention::event::Alias;
use retention::ids::{CustomerId, OrderId, SourceName};
use retention::money::{Currency, Money};
use testkit::Engine;

use crate::at;

fn order() -> OrderId {
    OrderId::new(&SourceName::parse("shopify").expect("a name"), "1001")
}

fn refund(id: &str) -> AfterSale {
    let money = Money { minor: 500, currency: Currency::parse("EUR").expect("a currency") };
    AfterSale::Refund(Refund { id: id.to_owned(), at: at(1), money })
}

#[tokio::test]
async fn everything_that_was_parked_is_found_with_the_order_and_goes_into_it() {
    let engine = Engine::for_tests().await.expect("an engine");
    let store = engine.store();
    let alias = [Alias::Order(order())];
    let parked = async || store.find(&alias).await.expect("a read").parked;
    assert_eq!(store.park(&order(), None, &refund("a"), at(2)).await.expect("a write"), Written::Done);
    let seen = parked().await.expect("something parked");
    assert_eq!(store.park(&order(), None, &refund("b"), at(2)).await.expect("a write"), Written::Moved);
    let parcel = AfterSale::Fulfilment(Fulfilment::new("7".to_owned()));
    assert_eq!(store.park(&order(), Some(&seen), &parcel, at(3)).await.expect("a write"), Written::Done);
    assert_eq!(store.park(&order(), Some(&seen), &refund("b"), at(3)).await.expect("a write"), Written::Moved);
    let Parked { after, revision } = parked().await.expect("something parked");
    assert_eq!((after.refunds.len(), after.fulfilments.len(), revision), (1, 1, 2));

    let customer = Customer::new(CustomerId::derive("ada", at(0)), at(0));
    let write =
        |parked| Write { names: Names { aliases: &alias, parked, ..Names::default() }, ..Write::new(None, &customer) };
    for lost in [None, Some(1)] {
        assert_eq!(store.commit(&write(lost)).await.expect("a write"), Committed::Lost, "{lost:?}");
    }
    assert_eq!(store.commit(&write(Some(2))).await.expect("a write"), Committed::Done);
    let found = store.find(&alias).await.expect("a read");
    assert_eq!((found.customer, found.parked), (Some(customer.id.clone()), None));
    assert_eq!(store.park(&order(), None, &refund("c"), at(4)).await.expect("a write"), Written::Moved);
    assert_eq!(store.park(&order(), Some(&seen), &refund("c"), at(4)).await.expect("a write"), Written::Moved);
}
