//! Codes of coupons that are given once each: a pool for each offer and lot, and who was given which.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, Select, TransactWriteItem};
use retention::ids::{CustomerId, Lot, Occasion, OfferName};
use retention::time::{millis, millis_option};
use retention::{Customer, Time};
use serde::{Deserialize, Serialize};

use super::commit::{Condition, Write};
use super::parts::{FAILED, IntoPart, why_cancelled};
use super::{Known, Store, StoreError, Written};
use crate::rows;
use crate::table::Key;

/// How many codes are written together: two items for each. DynamoDB takes a hundred items in a transaction, and the engine
/// that judges the tests ten.
const TOGETHER: usize = 5;
/// How often what was written together with others in vain is tried again.
const MAX_ROUNDS: usize = 8;

/// A code that nobody has yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Free {
    code: String,
    #[serde(with = "millis")]
    at: Time,
}

/// A code that somebody was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenCode {
    /// The code as it is typed in.
    pub code: String,
    /// To whom; nobody any more once they were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// On which occasion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// When it was used.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Time>,
}

/// What came of taking a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the customer's.
    Done,
    /// Somebody else has it: take another.
    Gone,
    /// The customer was written meanwhile: read again.
    Lost,
}

/// How many codes of an offer there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CodeCounts {
    /// Those that nobody has.
    pub free: u64,
    /// Those that somebody was given.
    pub given: u64,
    /// Those of them that were used.
    pub used: u64,
}

/// How far the codes of a lot have been made at a storefront.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// How many. The next has this number.
    pub count: u64,
    /// When the pool is looked at again.
    #[serde(with = "millis")]
    pub not_before: Time,
}

impl Store {
    /// Puts codes into a pool, each if it lies in it under no spelling and nobody was given it. Says how many were new.
    pub async fn add_codes(
        &self,
        offer: &OfferName,
        lot: &Lot,
        codes: &[String],
        now: Time,
    ) -> Result<u64, StoreError> {
        let by_key: BTreeMap<String, &String> =
            codes.iter().map(|code| (Key::free_code(offer, lot, code).sk, code)).collect();
        let codes: Vec<&String> = by_key.into_values().collect();
        let mut added = 0;
        for part in codes.chunks(TOGETHER) {
            added += self.add_together(offer, lot, part.to_vec(), now).await?;
        }
        Ok(added)
    }

    async fn add_together(
        &self,
        offer: &OfferName,
        lot: &Lot,
        mut codes: Vec<&String>,
        now: Time,
    ) -> Result<u64, StoreError> {
        for _ in 0..MAX_ROUNDS {
            if codes.is_empty() {
                return Ok(0);
            }
            let mut items = Vec::with_capacity(codes.len() * 2);
            for code in &codes {
                let given = self.check_part(&Key::given_code(offer, code));
                items.push(given.condition_expression("attribute_not_exists(pk)").part()?);
                let free = Free { code: (*code).clone(), at: now };
                let item = rows::to_item(&Key::free_code(offer, lot, code), &free)?;
                items.push(self.put_part(item, Some(&Condition::Absent))?);
            }
            let Err(error) = self.write_together(items).await else { return Ok(codes.len() as u64) };
            let Some(reasons) = why_cancelled(&error) else {
                return Err(StoreError::call("putting codes into a pool", error));
            };
            // What is there already is left out; what met another transaction is tried again with the others.
            let there = |n: usize| reasons.iter().skip(n * 2).take(2).any(|reason| *reason == FAILED);
            codes = codes.iter().enumerate().filter(|(n, _)| !there(*n)).map(|(_, code)| *code).collect();
        }
        if codes.is_empty() { Ok(0) } else { Err(StoreError::contended()) }
    }

    /// Reads some codes that nobody has, consistently. Each customer begins at another place, so that two that are given
    /// one at the same moment seldom reach for the same.
    pub async fn free_codes(
        &self,
        offer: &OfferName,
        lot: &Lot,
        near: &CustomerId,
        limit: i32,
    ) -> Result<Vec<String>, StoreError> {
        let place = Key::free_code_near(offer, lot, near.as_str());
        let (first, last) = (Key::free_code_near(offer, lot, ""), Key::free_code_near(offer, lot, "~"));
        let mut found = Vec::new();
        for (from, to) in [(&place, &last), (&first, &place)] {
            if found.is_empty() {
                let read = self.codes_between(from, to).limit(limit).send().await;
                let read = read.map_err(|e| StoreError::call("reading free codes", e))?;
                self.meter.read(read.consumed_capacity());
                found = read.items.unwrap_or_default();
            }
        }
        let codes = found.into_iter().map(|item| rows::from_item::<Free>(item).map(|free| free.code));
        codes.collect()
    }

    /// Gives a code to a customer, if the customer's version is the one that was read, nobody was given the code, and it
    /// lies in the pool. `customer` is the profile with it, its version not yet raised.
    pub async fn take_code(
        &self,
        seen: &Known,
        customer: &Customer,
        (offer, lot): (&OfferName, &Lot),
        given: &GivenCode,
    ) -> Result<Taken, StoreError> {
        let (free, key) = (Key::free_code(offer, lot, &given.code), Key::given_code(offer, &given.code));
        let items = vec![
            self.customer_put(&Write::new(Some(seen), customer))?,
            self.delete_part(&free).condition_expression("attribute_exists(pk)").part()?,
            self.put_part(rows::to_item(&key, given)?, Some(&Condition::Absent))?,
        ];
        let Err(error) = self.write_together(items).await else { return Ok(Taken::Done) };
        let Some(reasons) = why_cancelled(&error) else { return Err(StoreError::call("giving a code", error)) };
        if reasons.first().is_some_and(|reason| *reason != "None") {
            return Ok(Taken::Lost);
        }
        if reasons.get(1).is_some_and(|reason| *reason == "None") && reasons.get(2).is_some_and(|r| *r == FAILED) {
            // It lay in two lots, and was given out of the other.
            self.delete(&free).await?;
        }
        Ok(Taken::Gone)
    }

    /// Reads who was given a code, consistently.
    pub async fn given_code(&self, offer: &OfferName, code: &str) -> Result<Option<GivenCode>, StoreError> {
        self.get(&Key::given_code(offer, code)).await?.map(rows::from_item).transpose()
    }

    /// Counts the codes of an offer.
    pub async fn count_codes(&self, offer: &OfferName, lot: &Lot) -> Result<CodeCounts, StoreError> {
        let free = self.count_free(offer, lot, u64::MAX).await?;
        let (from, to) = Key::given_codes(offer);
        let (mut given, mut used) = (0, 0);
        let mut behind = None;
        loop {
            let read = self
                .codes_between(&from, &to)
                .filter_expression("attribute_exists(used_at)")
                .select(Select::Count)
                .set_exclusive_start_key(behind)
                .send()
                .await
                .map_err(|e| StoreError::call("counting given codes", e))?;
            self.meter.read(read.consumed_capacity());
            given += u64::try_from(read.scanned_count).unwrap_or_default();
            used += u64::try_from(read.count).unwrap_or_default();
            behind = read.last_evaluated_key;
            if behind.is_none() {
                return Ok(CodeCounts { free, given, used });
            }
        }
    }

    /// Counts the codes of a pool that nobody has, consistently; with `enough` it counts no further.
    pub async fn count_free(&self, offer: &OfferName, lot: &Lot, enough: u64) -> Result<u64, StoreError> {
        let (first, last) = (Key::free_code_near(offer, lot, ""), Key::free_code_near(offer, lot, "~"));
        let mut free = 0;
        let mut behind = None;
        loop {
            let read = self.codes_between(&first, &last).select(Select::Count).set_exclusive_start_key(behind);
            let limited = read.set_limit(i32::try_from(enough).ok());
            let read = limited.send().await.map_err(|e| StoreError::call("counting free codes", e))?;
            self.meter.read(read.consumed_capacity());
            free += u64::try_from(read.count).unwrap_or_default();
            behind = read.last_evaluated_key;
            if behind.is_none() || free >= enough {
                return Ok(free);
            }
        }
    }

    /// Reads how far the codes of a lot have been made, consistently.
    pub async fn made(&self, offer: &OfferName, lot: &Lot) -> Result<Option<Made>, StoreError> {
        self.get(&Key::made_codes(offer, lot)).await?.map(rows::from_item).transpose()
    }

    /// Writes how far the codes of a lot have been made, whatever stood there.
    pub async fn set_made(&self, offer: &OfferName, lot: &Lot, made: &Made) -> Result<(), StoreError> {
        self.put(rows::to_item(&Key::made_codes(offer, lot), made)?).await
    }

    /// Forgets, of each code that a person was given, that it was theirs. It stays given.
    pub(crate) async fn forget_codes(&self, customer: &Customer) -> Result<(), StoreError> {
        for coupon in customer.coupons.iter().filter(|coupon| coupon.lot.is_some()) {
            let forgotten = self
                .to_update(&Key::given_code(&coupon.offer, &coupon.code), "REMOVE customer, occasion")
                .condition_expression("attribute_exists(pk)")
                .send()
                .await;
            let _: Written =
                self.wrote("forgetting whose a code was", forgotten.map(|forgotten| forgotten.consumed_capacity))?;
        }
        Ok(())
    }

    /// Notes each code of somebody's own that was used with a change of their profile.
    pub(super) fn used_parts(
        &self,
        before: Option<&Customer>,
        after: &Customer,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Some(before) = before else { return Ok(Vec::new()) };
        let mut used = BTreeMap::new();
        for coupon in after.coupons.iter().filter(|coupon| coupon.lot.is_some()) {
            let was = before.coupons.iter().find(|was| was.offer == coupon.offer && was.code == coupon.code);
            if let (Some(at), Some(None)) = (coupon.used_at, was.map(|was| was.used_at)) {
                used.insert(Key::given_code(&coupon.offer, &coupon.code).sk, (&coupon.offer, &coupon.code, at));
            }
        }
        let parts = used.into_values().map(|(offer, code, at)| {
            let key = Key::given_code(offer, code);
            self.update_part(&key, "SET used_at = :at").expression_attribute_values(":at", rows::millis(at)).part()
        });
        parts.collect()
    }

    fn codes_between(&self, from: &Key, to: &Key) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", rows::text(&from.pk))
            .expression_attribute_values(":from", rows::text(&from.sk))
            .expression_attribute_values(":to", rows::text(&to.sk))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}
