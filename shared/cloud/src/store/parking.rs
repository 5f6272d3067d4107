//! What happened to an order before the order itself has arrived: kept under the order's name until it does.

use chrono::TimeDelta;
use retention::Time;
use retention::after_sale::AfterSale;
use retention::event::Alias;
use retention::ids::OrderId;

use super::commit::Condition;
use super::parts::is_cancelled;
use super::{Parked, Store, StoreError, Written};
use crate::rows;
use crate::table::{EXPIRES, Key};

/// How long it waits. A storefront gives up repeating a delivery after days; an order that has not come by then is one
/// that the shop never sent.
const KEPT: TimeDelta = TimeDelta::days(30);

impl Store {
    /// Parks what happened to an order that nobody knows, if nothing was parked since `seen` was read, and the order has
    /// not arrived meanwhile.
    pub async fn park(
        &self,
        order: &OrderId,
        seen: Option<&Parked>,
        what: &AfterSale,
        now: Time,
    ) -> Result<Written, StoreError> {
        let mut parked = seen.cloned().unwrap_or_default();
        parked.after.hear(what);
        parked.revision += 1;
        let key = Key::alias(&self.hash_key.alias(&Alias::Order(order.clone())));
        let mut item = rows::to_item(&key, &parked)?;
        item.insert(EXPIRES.to_owned(), rows::number((now + KEPT).timestamp()));
        let condition = seen.map_or(Condition::Absent, |seen| Condition::Parked(seen.revision));
        match self.write_together(vec![self.put_part(item, Some(&condition))?]).await {
            Ok(()) => Ok(Written::Done),
            Err(error) if is_cancelled(&error) => Ok(Written::Moved),
            Err(error) => Err(StoreError::call("parking what happened to an order", error)),
        }
    }
}
