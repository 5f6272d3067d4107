//! Rows of the shop as a whole: control, aggregates.

use retention::Time;
use retention::aggregates::Aggregates;
use retention::control::Control;

use super::{Store, StoreError, Written};
use crate::rows;
use crate::table::{Key, SHARDS};

/// The row of what is known of the mail service's events as a whole.
const EVENTS: &str = "events";

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

    /// Until when letters were marked of which the mail service has told: none before the first event.
    pub async fn told_until(&self) -> Result<Option<Time>, StoreError> {
        let item = self.get(&Key::control(EVENTS)).await?;
        Ok(item.and_then(|item| rows::time_of(&item, "told_until")))
    }

    /// Notes that the mail service has told of a letter that it took at a time, if of none that it took later.
    pub async fn note_told(&self, at: Time) -> Result<Written, StoreError> {
        let noted = self
            .to_update(&Key::control(EVENTS), "SET told_until = :at")
            .condition_expression("attribute_not_exists(told_until) OR told_until < :at")
            .expression_attribute_values(":at", rows::millis(at))
            .send()
            .await;
        self.wrote("noting of which letters was told", noted.map(|noted| noted.consumed_capacity))
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
