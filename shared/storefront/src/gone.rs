//! What follows when the storefront no longer has what it was asked for.

use retention::Time;
use retention::cart::Cart;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};
use retention::fetch::{Fetch, FetchKind};
use retention::ids::{CartId, ProductId, SourceName};
use retention::order::Stamp;
use retention::product::Product;

use crate::parsed::Parsed;

/// What follows from the answer that something is not there, heard at `heard_at`:
/// a customer is gone and the consent with them, though nobody asked to be erased; a product is sold no more; nothing is in
/// a cart any more, whoever's it was; and of an order or a subscription nothing is known but that it is not kept there any
/// longer.
///
/// An order that was deleted was not therefore cancelled. A deleted subscription does not say whose it was: it does not
/// lower consent, and what the person says to us does. A cart that is not there was emptied or became an order, and the
/// order says so itself, before or after.
pub(crate) fn gone(what: &Fetch, source: &SourceName, heard_at: Time) -> Parsed {
    match what.kind {
        FetchKind::Customer => {
            let person = Person { id: Some(what.id().to_owned()), ..Person::at(source.clone()) };
            // The shop keeps nothing of them to prove a consent with.
            let statement = Statement {
                said: Said::Unsubscribed,
                by: By::Storefront(source.clone()),
                act_at: None,
                heard_at,
                wording: "the customer was deleted".to_owned(),
                confirmed: false,
            };
            Parsed::Event(Box::new(Event { person, statements: vec![statement], entity: Entity::Gone(heard_at) }))
        }
        FetchKind::Product => {
            let stamp = Stamp { at: heard_at, rank: 0, hash: String::new() };
            Parsed::Product(Box::new(Product::gone(ProductId::new(source, what.id()), stamp)))
        }
        FetchKind::Cart => {
            let cart = Cart {
                id: CartId::new(source, what.id()),
                stamp: Stamp { at: heard_at, rank: 0, hash: String::new() },
                begun_at: heard_at,
                lines: Vec::new(),
                total: None,
                url: None,
                completed_at: None,
            };
            let (person, entity) = (Person::at(source.clone()), Entity::Cart(Box::new(cart)));
            Parsed::Event(Box::new(Event { person, statements: Vec::new(), entity }))
        }
        FetchKind::Order | FetchKind::Subscriber => Parsed::Deleted,
    }
}
