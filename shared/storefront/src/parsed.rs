//! What came of reading a delivery.

use retention::event::{Event, Person};
use retention::fetch::{Fetch, FetchKind};
use retention::product::Product;
use retention::shop_coupon::ShopCoupon;

use crate::unreadable::Unreadable;

/// What a verified delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Something about a person.
    Event(Box<Event>),
    /// Something about a product.
    Product(Box<Product>),
    /// Something about a coupon.
    Coupon(Box<ShopCoupon>),
    /// Something that the law asks for, in the name of a person or of the shop.
    Request(Request),
    /// That something changed, and no more: it is to be fetched.
    Fetch(Fetch),
    /// Nothing that is read here: a topic that the shop subscribed to beyond need. It is answered and counted. The text
    /// is the topic cut to 64 printable characters, since topics are not signed everywhere.
    UnknownTopic(String),
    /// An entity was deleted, and its id is all that the storefront says of it: not whose it was, and not that an order
    /// was cancelled. Nothing is concluded from it. It is answered and counted.
    Deleted,
    /// An entity that names no person: an order at the till with neither customer nor address.
    Nobody,
    /// Something that happened in another store of the same app. It is none of ours: it is answered like any other, since
    /// refusals are held against the whole domain, and counted.
    OtherStore,
}

/// What the law asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A person wants to know what is kept of them.
    Export(Box<Person>),
    /// A person is to be erased.
    Erase(Box<Person>),
    /// The shop has left the storefront: whatever came from there is to be erased.
    Leave,
}

impl Parsed {
    /// The longest topic that is repeated, in characters.
    const TOPIC_CHARS: usize = 64;

    /// A topic that is not read here.
    pub(crate) fn unknown_topic(raw: &str) -> Self {
        Self::UnknownTopic(Self::printable(raw))
    }

    /// What is to be fetched, by an id that stood in a body.
    pub(crate) fn fetch(kind: FetchKind, id: &str) -> Result<Self, Unreadable> {
        let fetch = Fetch::new(kind, id).map(Self::Fetch);
        fetch.ok_or_else(|| Unreadable::field("id", "not an id: letters, digits, hyphens and underscores"))
    }

    /// What became of reading something about a person: an event, unless it names nobody.
    pub(crate) fn person(event: Option<Event>) -> Self {
        event.map_or(Self::Nobody, |event| Self::Event(Box::new(event)))
    }

    /// A topic as it is repeated: cut, and without what could do harm in a log.
    pub(crate) fn printable(raw: &str) -> String {
        let printable = |c: char| if c.is_ascii_graphic() { c } else { '?' };
        raw.chars().take(Self::TOPIC_CHARS).map(printable).collect()
    }
}
