//! What the shop sells, and its coupons, as the storefronts know them.

use retention::ids::ProductId;
use retention::order::Stamp;
use retention::product::Product;
use retention::shop_coupon::ShopCoupon;

use super::{Store, StoreError, Written};
use crate::rows::{self, Item};
use crate::table::Key;

impl Store {
    /// Reads a product, consistently.
    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        self.get(&Key::product(id)).await?.map(rows::from_item).transpose()
    }

    /// Writes a version of a product, if no version stands there that is as new: by time, rank and hash of its stamp.
    pub async fn put_product(&self, product: &Product) -> Result<Written, StoreError> {
        self.put_newer(rows::to_item(&Key::product(&product.id), product)?, &product.stamp).await
    }

    /// Writes a version of a coupon, likewise.
    pub async fn put_shop_coupon(&self, coupon: &ShopCoupon) -> Result<Written, StoreError> {
        self.put_newer(rows::to_item(&Key::shop_coupon(&coupon.source, &coupon.id), coupon)?, &coupon.stamp).await
    }

    async fn put_newer(&self, item: Item, stamp: &Stamp) -> Result<Written, StoreError> {
        let written = self
            .to_put(item)
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
            .send()
            .await;
        self.wrote("writing what a storefront sells", written.map(|written| written.consumed_capacity))
    }
}
