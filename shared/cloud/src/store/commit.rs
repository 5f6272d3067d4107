//! The one transaction that writes a customer.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem};
use retention::cart::Cart;
use retention::consent::Statement;
use retention::control::Suppression;
use retention::decide::NewSend;
use retention::event::Alias;
use retention::ids::{CustomerId, OrderId, SendId};
use retention::interest::Interest;
use retention::send::State;
use retention::{Customer, Order, Send, Time};

use super::kept::Kept;
use super::parts::{FAILED, IntoPart, why_cancelled};
use super::sends::as_read;
use super::{Known, Store, StoreError};
use crate::rows::{self, Item};
use crate::table::{Key, PK, SK};

/// What belongs to one change of one customer.
#[derive(Debug, Clone)]
pub struct Write<'a> {
    /// The row as it was read; none for a new customer.
    pub seen: Option<&'a Known>,
    /// The customer after the change, its version not yet raised.
    pub customer: &'a Customer,
    /// Whether the index is set exactly. A look does; an event only moves it earlier.
    pub exact: bool,
    /// The names that lead here from now on.
    pub names: Names<'a>,
    /// What changed beside the profile.
    pub beside: Beside<'a>,
    /// Sends to create.
    pub sends: &'a [NewSend],
    /// The holder that gives up the slot.
    pub yields: Option<&'a Send>,
    /// What becomes of the suppression of the customer's address.
    pub address: Address<'a>,
}

/// Names that lead to a customer from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The names.
    pub aliases: &'a [Alias],
    /// The erased customer to whom they may lead until now; else each must be free.
    pub of_erased: Option<&'a CustomerId>,
    /// The revision of what was parked under the order's name, and has become part of the order.
    pub parked: Option<u64>,
}

/// What lies beside a profile and changed with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Orders.
    pub orders: &'a [Order],
    /// Carts.
    pub carts: &'a [Cart],
    /// Statements of consent to keep.
    pub proofs: &'a [Statement],
    /// Signs of those who wait for a product, to be told of it.
    pub waits: &'a [Interest],
    /// A send as it was read, and as a report of the mail service leaves it.
    pub reported: Option<(&'a Send, &'a Send)>,
    /// Orders to forget.
    pub forgotten: &'a [OrderId],
}

impl<'a> Write<'a> {
    /// A write of a customer and nothing else; none was `seen` if the customer is new.
    pub fn new(seen: Option<&'a Known>, customer: &'a Customer) -> Self {
        Self {
            seen,
            customer,
            exact: false,
            names: Names::default(),
            beside: Beside::default(),
            sends: &[],
            yields: None,
            address: Address::Unchanged,
        }
    }
}

/// What a change means for the customer's address, beside the standing consent: another customer may share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Address<'a> {
    /// Nothing.
    #[default]
    Unchanged,
    /// It gets no more letters of some kind, beside what stands there.
    Suppress(&'a Suppression),
    /// This cause alone is lifted, by an act of this time, if it still stands as read: an opt-out by a later yes of the person.
    Lift(&'a Suppression, Time),
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// All of it is written.
    Done,
    /// Somebody else was first: the customer, an alias or the holder moved. Read again and decide again.
    Lost,
    /// Sends that were to be created exist already. Read them and decide again.
    Exist(Vec<SendId>),
}

/// What an item of the transaction is, to read its cancellation reason.
enum Part {
    Race,
    Create(SendId),
    Plain,
}

impl Store {
    /// Writes a customer and all that belongs to the change, if the customer's version is the one that was read, every
    /// alias is free, every new send exists under no id of this person (or has yielded), and the holder that yields is
    /// still planned.
    pub async fn commit(&self, write: &Write<'_>) -> Result<Committed, StoreError> {
        let mut items = vec![(self.customer_put(write)?, Part::Race)];
        for alias in write.names.aliases {
            items.push((self.alias_put(alias, write.customer, &write.names)?, Part::Race));
        }
        for order in write.beside.orders {
            let key = Key::order(&write.customer.id, &order.id);
            items.push((self.put_part(rows::to_item(&key, order)?, None)?, Part::Plain));
        }
        for cart in write.beside.carts {
            let key = Key::cart(&write.customer.id, &cart.id);
            items.push((self.put_part(rows::to_item(&key, cart)?, None)?, Part::Plain));
        }
        for order in write.beside.forgotten {
            for id in std::iter::once(&write.customer.id).chain(&write.customer.former) {
                items.push((self.delete_part(&Key::order(id, order)).part()?, Part::Plain));
            }
        }
        for proof in write.beside.proofs {
            let key = Key::proof(&write.customer.id, proof);
            items.push((self.put_part(rows::to_item(&key, proof)?, None)?, Part::Plain));
        }
        for sign in write.beside.waits {
            items.push((self.put_part(Self::wait_item(&write.customer.id, sign)?, None)?, Part::Plain));
        }
        for new in write.sends {
            let id = &new.send.id;
            let condition = if new.again { Condition::Yielded(new.send.attempt) } else { Condition::Absent };
            items.push((self.put_part(self.send_item(&new.send)?, Some(&condition))?, Part::Create(id.clone())));
            for former in &write.customer.former {
                let under = SendId::derive(former, &new.send.flow, &new.send.step, &new.send.occasion);
                let check = self.absent_or_yielded(&Key::send(former, &under))?;
                items.push((check, Part::Create(under)));
            }
        }
        if let Some((seen, after)) = write.beside.reported {
            items.push((self.put_part(self.send_item(after)?, Some(&Condition::as_read(seen)))?, Part::Race));
        }
        for used in self.used_parts(write.seen.map(|known| &known.customer), write.customer)? {
            items.push((used, Part::Plain));
        }
        if let Some(holder) = write.yields {
            let condition = Condition::Planned(holder.attempt);
            items.push((self.put_part(self.send_item(holder)?, Some(&condition))?, Part::Race));
        }
        if let Some(email) = &write.customer.email {
            let hash = self.hash_key.suppression(email);
            let hash = hash.as_str();
            match write.address {
                Address::Unchanged => {}
                Address::Suppress(suppression) => {
                    items.push((self.suppress_part(hash, suppression, false)?, Part::Plain));
                    items.push((self.keep_part(&Kept::Suppressed { hash, suppression })?, Part::Plain));
                }
                Address::Lift(suppression, at) => {
                    items.push((self.lift_part(hash, suppression)?, Part::Race));
                    items.push((self.keep_part(&Kept::Lifted { hash, suppression, at })?, Part::Plain));
                }
            }
        }
        self.transact(items).await
    }

    /// Writes items together or not at all, and meters the call.
    pub(super) async fn write_together(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let written = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        self.meter.write(written.consumed_capacity());
        Ok(())
    }

    async fn transact(&self, items: Vec<(TransactWriteItem, Part)>) -> Result<Committed, StoreError> {
        let (items, parts): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        let Err(error) = self.write_together(items).await else { return Ok(Committed::Done) };
        let Some(codes) = why_cancelled(&error) else {
            return Err(StoreError::call("writing a customer", error));
        };
        let failed = |code: &str| code == FAILED;
        let exist: Vec<SendId> = codes
            .iter()
            .zip(&parts)
            .filter_map(|(code, part)| match part {
                Part::Create(id) if failed(code) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let lost = codes
            .iter()
            .zip(&parts)
            .any(|(code, part)| *code == "TransactionConflict" || (failed(code) && matches!(part, Part::Race)));
        if lost {
            Ok(Committed::Lost)
        } else if exist.is_empty() {
            Err(StoreError::call("writing a customer", error))
        } else {
            Ok(Committed::Exist(exist))
        }
    }

    pub(super) fn customer_put(&self, write: &Write<'_>) -> Result<TransactWriteItem, StoreError> {
        let seen = write.seen.map(|known| known.customer.version);
        let mut customer = write.customer.clone();
        customer.version = seen.unwrap_or_default() + 1;
        let armed = write.seen.and_then(|known| known.armed);
        let item = self.customer_item(&customer, armed_at(armed, customer.next_look, write.exact))?;
        self.put_part(item, Some(&seen.map_or(Condition::Absent, Condition::Version)))
    }

    /// The item of a profile, in the index at `armed`.
    pub(super) fn customer_item(&self, customer: &Customer, armed: Option<Time>) -> Result<Item, StoreError> {
        let mut item = rows::profile_to_item(&Key::customer(&customer.id), customer)?;
        if let Some(at) = armed {
            rows::arm(&mut item, self.look_shard(customer), at);
        }
        Ok(item)
    }

    fn alias_put(
        &self,
        alias: &Alias,
        customer: &Customer,
        names: &Names<'_>,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = Key::alias(&self.hash_key.alias(alias));
        let item: Item = [
            (PK.to_owned(), rows::text(&key.pk)),
            (SK.to_owned(), rows::text(&key.sk)),
            ("customer".to_owned(), rows::text(customer.id.as_str())),
        ]
        .into();
        let condition = match (alias, names.parked, names.of_erased) {
            (Alias::Order(_), Some(revision), _) => Condition::Parked(revision),
            (_, _, Some(erased)) => Condition::AbsentOrOf(erased.clone()),
            (_, _, None) => Condition::Absent,
        };
        self.put_part(item, Some(&condition))
    }

    pub(super) fn put_part(&self, item: Item, condition: Option<&Condition>) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder().table_name(&self.table).set_item(Some(item));
        put = match condition {
            None => put,
            Some(Condition::Absent) => put.condition_expression("attribute_not_exists(pk)"),
            Some(Condition::AbsentOrOf(customer)) => put
                .condition_expression("attribute_not_exists(pk) OR customer = :customer")
                .expression_attribute_values(":customer", rows::text(customer.as_str())),
            Some(Condition::Parked(revision)) => put
                .condition_expression("revision = :revision AND attribute_not_exists(customer)")
                .expression_attribute_values(":revision", rows::number(*revision)),
            Some(Condition::Version(seen)) => {
                put.condition_expression("version = :seen").expression_attribute_values(":seen", rows::number(*seen))
            }
            Some(Condition::Planned(attempt)) => with_state(put, State::Planned, *attempt),
            Some(Condition::Yielded(attempt)) => with_state(put, State::Yielded, *attempt),
            Some(Condition::AsRead(condition, values)) => put
                .condition_expression(condition)
                .expression_attribute_names("#state", "state")
                .set_expression_attribute_values(Some(values.clone())),
        };
        put.part()
    }

    /// A former profile's letter that had yielded is no letter: nobody takes that row back.
    fn absent_or_yielded(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        self.check_part(key)
            .condition_expression("attribute_not_exists(pk) OR #state = :yielded")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":yielded", rows::text(State::Yielded.name()))
            .part()
    }
}

/// What must hold for a put.
pub(super) enum Condition {
    Absent,
    AbsentOrOf(CustomerId),
    Parked(u64),
    Version(u64),
    Planned(u32),
    Yielded(u32),
    AsRead(String, Item),
}

impl Condition {
    /// A send is as it was read, and no report has been heard since.
    pub(super) fn as_read(seen: &Send) -> Self {
        let (condition, values) = as_read(seen);
        Self::AsRead(condition, values)
    }
}

fn with_state(
    put: aws_sdk_dynamodb::types::builders::PutBuilder,
    state: State,
    attempt: u32,
) -> aws_sdk_dynamodb::types::builders::PutBuilder {
    put.condition_expression("#state = :state AND attempt = :attempt")
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":state", rows::text(state.name()))
        .expression_attribute_values(":attempt", rows::number(attempt))
}

/// Where the index is to have a customer: exactly at the next look, or, after an event, where it was if that is
/// earlier. The row then comes up at the old time, decides nothing and re-arms itself: a shop pays for looks, not for
/// events.
fn armed_at(armed: Option<Time>, next: Option<Time>, exact: bool) -> Option<Time> {
    match (armed, next) {
        (Some(armed), next) if !exact => Some(next.map_or(armed, |next| next.min(armed))),
        (_, next) => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_moves_the_index_earlier_only_and_a_look_sets_it() {
        let at = |s| Time::from_timestamp(s, 0);
        assert_eq!(armed_at(at(5), at(9), false), at(5));
        assert_eq!(armed_at(at(5), at(3), false), at(3));
        assert_eq!(armed_at(at(5), None, false), at(5));
        assert_eq!(armed_at(None, at(9), false), at(9));
        assert_eq!(armed_at(at(5), at(9), true), at(9));
        assert_eq!(armed_at(at(5), None, true), None);
    }
}
