//! Rows of the shop as a whole: control, aggregates.

use retention::aggregates::Aggregates;
use retention::control::Control;

use super::{Store, StoreError};
use crate::rows;
use crate::table::{Key, SHARDS};

impl Store {
    /// Reads the control row, consistently.
    pub async fn control(&self) -> Result<Control, StoreError> {
        let item = self.get(&Key::control("control")).await?;
        Ok(item.map(rows::from_item).transpose()?.unwrap_or_default())
    }

    /// Writes the control row, whatever stood there.
    pub async fn set_control(&self, control: &Control) -> Result<(), StoreError> {
        let mut item = rows::to_item(&Key::control("control"), control)?;
        item.insert("shards".to_owned(), rows::number(self.shards));
        self.put(item).await
    }

    pub(super) async fn shards_of(&self) -> Result<u16, StoreError> {
        let item = self.get(&Key::control("control")).await?;
        let shards = item.and_then(|item| item.get("shards")?.as_n().ok()?.parse().ok());
        Ok(shards.unwrap_or(SHARDS))
    }

    /// Reads the newest snapshot of the aggregates.
    pub async fn aggregates(&self) -> Result<Aggregates, StoreError> {
        let item = self.get(&Key::aggregates()).await?;
        Ok(item.map(rows::from_item).transpose()?.unwrap_or_default())
    }

    /// Writes the newest snapshot of the aggregates, whatever stood there.
    pub async fn set_aggregates(&self, aggregates: &Aggregates) -> Result<(), StoreError> {
        self.put(rows::to_item(&Key::aggregates(), aggregates)?).await
    }
}
