//! What outlives a table that is restored from a backup: opt-outs, what lifts them, and erasures. A second table keeps
//! them, append-only, in the transaction that makes them true.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use retention::Time;
use retention::control::Suppression;
use retention::ids::CustomerId;

use super::parts::IntoPart;
use super::{Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{Key, PK, SK};

/// One line of what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept<'a> {
    /// An address, by its keyed hash, gets no more letters of some kind.
    Suppressed { hash: &'a str, suppression: &'a Suppression },
    /// A later act lifted a cause.
    Lifted { hash: &'a str, suppression: &'a Suppression, at: Time },
    /// A person was erased.
    Erasure { customer: &'a CustomerId, at: Time },
}

impl Kept<'_> {
    fn item(&self) -> Result<Item, StoreError> {
        let mut item = Item::new();
        let (key, at) = match *self {
            Kept::Suppressed { hash, suppression } => {
                item = rows::to_item(&Key::kept("suppression", hash, suppression.at), suppression)?;
                (Key::kept("suppression", hash, suppression.at), suppression.at)
            }
            Kept::Lifted { hash, suppression, at } => {
                item.insert("lifts".to_owned(), rows::millis(suppression.at));
                item.insert("lifted".to_owned(), rows::text(suppression.cause.name()));
                (Key::kept("suppression", hash, at), at)
            }
            Kept::Erasure { customer, at } => (Key::kept("erasure", customer.as_str(), at), at),
        };
        // Two causes may have become true at one moment.
        let cause = match *self {
            Kept::Suppressed { suppression, .. } => format!("#{}", suppression.cause.name()),
            Kept::Lifted { suppression, .. } => format!("#lifts_{}", suppression.cause.name()),
            Kept::Erasure { .. } => String::new(),
        };
        item.insert(PK.to_owned(), rows::text(&key.pk));
        item.insert(SK.to_owned(), rows::text(&format!("{}{cause}", key.sk)));
        item.insert("at".to_owned(), rows::millis(at));
        Ok(item)
    }
}

impl Store {
    /// The put of one line into the second table, for the transaction that makes it true.
    pub(super) fn keep_part(&self, kept: &Kept<'_>) -> Result<TransactWriteItem, StoreError> {
        Put::builder().table_name(&self.kept).set_item(Some(kept.item()?)).part()
    }
}
