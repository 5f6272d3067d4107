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

    /// Stops all marketing, or lets it go on. What else the control row holds stays.
    pub async fn stop_marketing(&self, stop: bool) -> Result<(), StoreError> {
        let written = self
            .to_update(&Key::control("control"), "SET kill_switch = :stop, shards = :shards")
            .expression_attribute_values(":stop", rows::flag(stop))
            .expression_attribute_values(":shards", rows::number(self.shards))
            .send()
            .await;
        self.wrote("writing the kill switch", written.map(|written| written.consumed_capacity)).map(drop)
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
