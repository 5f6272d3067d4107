//! What the shop sells, as the storefronts know it, who waits for it, and their coupons.

use aws_sdk_dynamodb::types::{PutRequest, ReturnConsumedCapacity, WriteRequest};
use chrono::TimeDelta;
use retention::Time;
use retention::customer::Customer;
use retention::ids::{CustomerId, ProductId, ProductKey};
use retention::interest::Interest;
use retention::listing::Listing;
use retention::order::Stamp;
use retention::product::Product;
use retention::shop_coupon::ShopCoupon;
use retention::time::millis;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, Work, Written};
use crate::rows::{self, Item};
use crate::table::{EXPIRES, Key};

/// How long those who wait are not yet told: longer than any function runs, so that a sign that was being written meanwhile
/// is found; and a product that is there and gone again in the same minute is told of once.
const SETTLES: TimeDelta = TimeDelta::minutes(2);

/// How often a lost race is run again.
const MAX_TRIES: usize = 5;

/// How long somebody is kept on a waiting list.
const WAITS: TimeDelta = TimeDelta::days(730);

/// How many rows a batch may write, and how often what it left is tried again.
const BATCH: usize = 25;
const MAX_ROUNDS: usize = 8;

/// The row that leads from a key to its product.
#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    product: ProductId,
}

/// Somebody on the waiting list of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Who. The profile may have become another's since.
    pub customer: CustomerId,
    /// Since when.
    #[serde(with = "millis")]
    pub at: Time,
}

impl Store {
    /// Reads a product, consistently.
    pub async fn listing(&self, id: &ProductId) -> Result<Option<Listing>, StoreError> {
        self.get(&Key::product(id)).await?.map(rows::from_item).transpose()
    }

    /// Reads the product to which a key leads, consistently.
    pub async fn listing_of(&self, key: &ProductKey) -> Result<Option<Listing>, StoreError> {
        let pointer: Option<Pointer> = self.get(&Key::product_key(key)).await?.map(rows::from_item).transpose()?;
        match pointer {
            Some(pointer) => self.listing(&pointer.product).await,
            None => Ok(None),
        }
    }

    /// Writes a version of a product, if no version stands there that is as new: by time, rank and hash of its stamp. Those
    /// who wait for what turned for the better with it are told soon.
    pub async fn put_product(&self, product: &Product, now: Time) -> Result<Written, StoreError> {
        for _ in 0..MAX_TRIES {
            let before = self.listing(&product.id).await?;
            if before.as_ref().is_some_and(|before| before.product.stamp >= product.stamp) {
                return Ok(Written::Moved);
            }
            let listing = Listing::after(before.as_ref(), product.clone());
            self.lead_here(&listing, before.as_ref()).await?;
            // Noted before the product is written: whatever happens then, nobody waits for ever.
            if before.as_ref().is_some_and(|before| listing.has_turned(before)) {
                self.put_work(&Work::Waiters(product.id.clone()), now + SETTLES).await?;
            }
            if self.put_after(&listing, before.as_ref()).await? == Written::Done {
                return Ok(Written::Done);
            }
        }
        Err(StoreError::contended())
    }

    async fn put_after(&self, listing: &Listing, before: Option<&Listing>) -> Result<Written, StoreError> {
        let mut put = self.to_put(rows::to_item(&Key::product(&listing.product.id), listing)?);
        put = match before.map(|before| &before.product.stamp) {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(stamp) => put
                .condition_expression("stamp.#at = :at AND stamp.#rank = :rank AND stamp.#hash = :hash")
                .expression_attribute_names("#at", "at")
                .expression_attribute_names("#rank", "rank")
                .expression_attribute_names("#hash", "hash")
                .expression_attribute_values(":at", rows::millis(stamp.at))
                .expression_attribute_values(":rank", rows::number(stamp.rank))
                .expression_attribute_values(":hash", rows::text(&stamp.hash)),
        };
        let written = put.send().await;
        self.wrote("writing a product", written.map(|written| written.consumed_capacity))
    }

    /// Lets the keys that are new to a product lead to it.
    async fn lead_here(&self, listing: &Listing, before: Option<&Listing>) -> Result<(), StoreError> {
        let known = |key: &ProductKey| {
            before.is_some_and(|before| before.product.variants.iter().any(|variant| &variant.key == key))
        };
        let pointer = Pointer { product: listing.product.id.clone() };
        let new = listing.product.variants.iter().map(|variant| &variant.key).filter(|key| !known(key));
        let rows = new.map(|key| Ok((Key::product_key(key), rows::to_item(&Key::product_key(key), &pointer)?)));
        let mut rows = rows.collect::<Result<Vec<(Key, Item)>, StoreError>>()?;
        // Two variants of one SKU are one row, and a batch may not hold a row twice.
        rows.sort_by(|a, b| a.0.pk.cmp(&b.0.pk));
        rows.dedup_by(|a, b| a.0 == b.0);
        for batch in rows.chunks(BATCH) {
            self.put_batch(batch.iter().map(|(_, item)| item.clone())).await?;
        }
        Ok(())
    }

    async fn put_batch(&self, items: impl Iterator<Item = Item>) -> Result<(), StoreError> {
        let put = |item| PutRequest::builder().set_item(Some(item)).build();
        let requests = items.map(|item| Ok(WriteRequest::builder().put_request(put(item)?).build()));
        let requests = requests.collect::<Result<Vec<WriteRequest>, aws_sdk_dynamodb::error::BuildError>>();
        let mut left = requests.map_err(|e| StoreError::unreadable("a write", &e))?;
        for _ in 0..MAX_ROUNDS {
            if left.is_empty() {
                return Ok(());
            }
            let call = self.client.batch_write_item().request_items(&self.table, left);
            let written = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let written = written.map_err(|e| StoreError::call("writing rows together", e))?;
            written.consumed_capacity().iter().for_each(|units| self.meter.write(Some(units)));
            left = written.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
        }
        if left.is_empty() { Ok(()) } else { Err(StoreError::contended()) }
    }

    /// Reads some of those who wait for a product, consistently, in the order of their ids, beginning behind one of them.
    pub async fn waiting_for(
        &self,
        key: &ProductKey,
        behind: Option<&CustomerId>,
        limit: i32,
    ) -> Result<Vec<Waiter>, StoreError> {
        let from = Key::wait(key, behind);
        let read = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", rows::text(&from.pk))
            // Nothing sorts between a row's key and the same with a space behind it.
            .expression_attribute_values(":from", rows::text(&format!("{} ", from.sk)))
            .expression_attribute_values(":to", rows::text(&format!("{}~", Key::wait(key, None).sk)))
            .limit(limit)
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|e| StoreError::call("reading who waits for a product", e))?;
        self.meter.read(read.consumed_capacity());
        read.items.unwrap_or_default().into_iter().map(rows::from_item).collect()
    }

    /// Takes somebody off the waiting list of a product, if they wait since when it was read.
    pub async fn wait_no_more(&self, key: &ProductKey, waiter: &Waiter) -> Result<Written, StoreError> {
        let deleted = self
            .to_delete(&Key::wait(key, Some(&waiter.customer)))
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", rows::millis(waiter.at))
            .send()
            .await;
        self.wrote("taking somebody off a waiting list", deleted.map(|deleted| deleted.consumed_capacity))
    }

    /// Takes a person, under each of their ids, off every waiting list that the profile names.
    pub(crate) async fn wait_for_nothing(&self, customer: &Customer) -> Result<(), StoreError> {
        for sign in customer.interests.iter().filter(|sign| sign.waits()) {
            for id in std::iter::once(&customer.id).chain(&customer.former) {
                self.delete(&Key::wait(&ProductKey::new(&sign.subject), Some(id))).await?;
            }
        }
        Ok(())
    }

    /// The row of somebody who waits.
    pub(super) fn wait_item(customer: &CustomerId, sign: &Interest) -> Result<Item, StoreError> {
        let key = Key::wait(&ProductKey::new(&sign.subject), Some(customer));
        let mut item = rows::to_item(&key, &Waiter { customer: customer.clone(), at: sign.at })?;
        item.insert(EXPIRES.to_owned(), rows::number((sign.at + WAITS).timestamp()));
        Ok(item)
    }

    /// Writes a version of a coupon, if no version stands there that is as new.
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
        self.wrote("writing a coupon", written.map(|written| written.consumed_capacity))
    }
}
