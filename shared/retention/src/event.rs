//! What a storefront told us, in one shape for all of them.

use std::fmt;

use crate::address::{EmailAddress, PersonName};
use crate::after_sale::AfterSale;
use crate::birthday::Birthday;
use crate::cart::Cart;
use crate::consent::Statement;
use crate::customer::Answer;
use crate::ids::{CartId, OrderId, SourceName};
use crate::interest::{Interest, Review};
use crate::order::{Order, Stamp};
use crate::time::Time;
use crate::zones::Country;

/// A verified, normalised event: about whom, what they said of consent, and what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// About whom.
    pub person: Person,
    /// Statements of consent that it carries.
    pub statements: Vec<Statement>,
    /// What changed.
    pub entity: Entity,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// The customer's own entity, at this version.
    Customer(Stamp),
    /// The customer's own entity is gone from the storefront, since then. Not an erasure: the person did not ask for it.
    Gone(Time),
    /// The storefront merged two accounts of the person.
    OnePerson,
    /// The person opened an account, or was given one.
    AccountEnabled(Time),
    /// Nothing but the statements of consent.
    Consent,
    /// A cart.
    Cart(Box<Cart>),
    /// An order.
    Order(Box<Order>),
    /// Something that happened to an order, of which the event names no more than the id.
    AfterSale(OrderId, Box<AfterSale>),
    /// A sign of interest.
    Interest(Interest),
    /// A review.
    Review(Review),
    /// An answer to a question of ours.
    Answer(Answer),
    /// A coupon was used, outside an order that would name it.
    Redeemed {
        /// The code as it was typed in.
        code: String,
        /// When.
        at: Time,
    },
}

impl Event {
    /// Under which names the person may be known already, the surest first: an order and a cart are one person's.
    pub fn aliases(&self) -> Vec<Alias> {
        let order = match &self.entity {
            Entity::Order(order) => Some(&order.id),
            Entity::AfterSale(id, _) => Some(id),
            _ => None,
        };
        let cart = match &self.entity {
            Entity::Order(order) => order.cart.as_ref(),
            Entity::Cart(cart) => Some(&cart.id),
            _ => None,
        };
        let order = order.map(|id| Alias::Order(id.clone()));
        let cart = cart.map(|id| Alias::Cart(id.clone()));
        order.into_iter().chain(self.person.aliases()).chain(cart).collect()
    }
}

/// A person as an event names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which storefront speaks.
    pub source: SourceName,
    /// The person's id there; a guest has none.
    pub id: Option<String>,
    /// Another id of the same person there: the storefront merged the two accounts.
    pub other_id: Option<String>,
    /// Email address.
    pub email: Option<EmailAddress>,
    /// Given name.
    pub name: Option<PersonName>,
    /// Language tag.
    pub locale: Option<String>,
    /// Country of the address.
    pub country: Option<Country>,
    /// State or province of the address.
    pub region: Option<String>,
    /// Month and day of birth.
    pub birthday: Option<Birthday>,
    /// When the person's account was opened there.
    pub since: Option<Time>,
}

impl Person {
    /// A person of whom only the storefront is known.
    pub fn at(source: SourceName) -> Self {
        Self {
            source,
            id: None,
            other_id: None,
            email: None,
            name: None,
            locale: None,
            country: None,
            region: None,
            birthday: None,
            since: None,
        }
    }

    /// Under which names the person may be known already, the surest first.
    pub fn aliases(&self) -> Vec<Alias> {
        let ids = [&self.id, &self.other_id].into_iter().flatten();
        let ids = ids.map(|id| Alias::Storefront { source: self.source.clone(), id: id.clone() });
        let email = self.email.as_ref().map(|address| Alias::Email(address.normal()));
        ids.chain(email).collect()
    }
}

/// A name under which a person is found. Its `Debug` form redacts it; rows hold its keyed hash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alias {
    /// An order: it stays with whom it was first recorded.
    Order(OrderId),
    /// The normal form of an email address.
    Email(String),
    /// An id at a storefront.
    Storefront {
        /// Which storefront.
        source: SourceName,
        /// The id there.
        id: String,
    },
    /// A cart.
    Cart(CartId),
}

impl Alias {
    /// Kind, source and value, for the keyed hash.
    pub fn parts(&self) -> [&str; 3] {
        match self {
            Alias::Order(id) => ["order", "", id.as_str()],
            Alias::Cart(id) => ["cart", "", id.as_str()],
            Alias::Email(normal) => ["email", "", normal],
            Alias::Storefront { source, id } => ["storefront", source.as_str(), id],
        }
    }
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Alias::Order(_) => "Alias::Order(redacted)",
            Alias::Cart(_) => "Alias::Cart(redacted)",
            Alias::Email(_) => "Alias::Email(redacted)",
            Alias::Storefront { .. } => "Alias::Storefront(redacted)",
        })
    }
}
