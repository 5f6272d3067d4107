//! What keeps an address from being written to: one row for an address, and in it each cause for itself. So two that come
//! together lose nothing of each other, and lifting one leaves the others.

use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use retention::EmailAddress;
use retention::control::{Cause, Suppression, Suppressions};

use super::kept::Kept;
use super::parts::{IntoPart, is_cancelled};
use super::{Store, StoreError};
use crate::rows;
use crate::table::Key;

/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

impl Store {
    /// Reads what keeps an address from being written to, consistently; none where nothing does.
    pub async fn suppression(&self, address: &EmailAddress) -> Result<Option<Suppressions>, StoreError> {
        self.suppressions(&self.hash_key.suppression(address)).await
    }

    pub(super) async fn suppressions(&self, hash: &str) -> Result<Option<Suppressions>, StoreError> {
        let row: Option<Suppressions> = self.get(&Key::suppression(hash)).await?.map(rows::from_item).transpose()?;
        Ok(row.filter(|row| !row.is_empty()))
    }

    /// Suppresses an address, unless this cause stands there. Says whether it is written.
    pub async fn suppress(&self, address: &EmailAddress, suppression: &Suppression) -> Result<bool, StoreError> {
        let hash = self.hash_key.suppression(address);
        for _ in 0..MAX_TRIES {
            let stands = self.suppressions(&hash).await?.unwrap_or_default();
            if stands.since(suppression.cause).is_some() {
                return Ok(false);
            }
            let keep = self.keep_part(&Kept::Suppressed { hash: &hash, suppression })?;
            match self.write_together(vec![self.suppress_part(&hash, suppression, true)?, keep]).await {
                Ok(()) => return Ok(true),
                Err(error) if is_cancelled(&error) => {}
                Err(error) => return Err(StoreError::call("suppressing an address", error)),
            }
        }
        Err(StoreError::contended())
    }

    /// Sets a cause; with `only_new`, if it does not stand there.
    pub(super) fn suppress_part(
        &self,
        hash: &str,
        suppression: &Suppression,
        only_new: bool,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = self
            .update_of(hash, "SET #cause = :at", suppression.cause)
            .expression_attribute_values(":at", rows::millis(suppression.at));
        if only_new {
            update = update.condition_expression("attribute_not_exists(#cause)");
        }
        update.part()
    }

    /// Takes a cause away, if it stands there since the time that was read.
    pub(super) fn lift_part(&self, hash: &str, seen: &Suppression) -> Result<TransactWriteItem, StoreError> {
        let update = self
            .update_of(hash, "REMOVE #cause", seen.cause)
            .condition_expression("#cause = :at")
            .expression_attribute_values(":at", rows::millis(seen.at));
        update.part()
    }

    /// Holds where every cause is as it was read.
    pub(super) fn suppression_check(
        &self,
        address: &EmailAddress,
        seen: Option<&Suppressions>,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = Key::suppression(&self.hash_key.suppression(address));
        let mut check = self.check_part(&key);
        let mut conditions = Vec::new();
        for cause in Cause::ALL {
            let name = cause.name();
            match seen.and_then(|seen| seen.since(cause)) {
                None => conditions.push(format!("attribute_not_exists({name})")),
                Some(at) => {
                    conditions.push(format!("{name} = :{name}"));
                    check = check.expression_attribute_values(format!(":{name}"), rows::millis(at));
                }
            }
        }
        check.condition_expression(conditions.join(" AND ")).part()
    }

    fn update_of(&self, hash: &str, update: &str, cause: Cause) -> UpdateBuilder {
        self.update_part(&Key::suppression(hash), update).expression_attribute_names("#cause", cause.name())
    }
}
