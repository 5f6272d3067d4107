//! Products of the shop.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use retention::ids::ProductId;
use retention::product::Product;

use super::{Store, StoreError, Written};
use crate::rows;
use crate::table::Key;

impl Store {
    /// Reads a product, consistently.
    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        self.get(&Key::product(id)).await?.map(rows::from_item).transpose()
    }

    /// Writes a version of a product, if no version stands there that is as new: by time, rank and hash of its stamp.
    pub async fn put_product(&self, product: &Product) -> Result<Written, StoreError> {
        let stamp = &product.stamp;
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(rows::to_item(&Key::product(&product.id), product)?))
            .condition_expression(
                "attribute_not_exists(pk) OR stamp.#at < :at OR (stamp.#at = :at AND (stamp.#rank < :rank OR \
                 (stamp.#rank = :rank AND stamp.#hash < :hash)))",
            )
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":at", rows::millis(stamp.at))
            .expression_attribute_values(":rank", rows::number(stamp.rank))
            .expression_attribute_values(":hash", rows::text(&stamp.hash))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match written {
            Ok(written) => {
                self.meter.write(written.consumed_capacity());
                Ok(Written::Done)
            }
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(Written::Moved)
            }
            Err(error) => Err(StoreError::call("writing a product", error)),
        }
    }
}
