//! The one table: its key schema, its index, and the keys of every row.
//!
//! The schema stands here and nowhere else in code; a test holds `infra/template.yaml` to it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use retention::Time;
use retention::consent::Statement;
use retention::ids::{CartId, CustomerId, Lot, OfferName, OrderId, ProductId, ProductKey, SendId, SourceName, hex};
use retention::send::Lane;
use sha2::{Digest, Sha256};

/// Hash key of the table.
pub const PK: &str = "pk";
/// Range key of the table.
pub const SK: &str = "sk";
/// The sparse index of everything that must be looked at next.
pub const DUE_INDEX: &str = "due";
/// Hash key of the index: `<lane>#<n>`.
pub const DUE_SHARD: &str = "due_shard";
/// Range key of the index: milliseconds since 1970.
pub const DUE_AT: &str = "due_at";
/// The attribute by which a row that is only kept for a time leaves, in seconds since 1970.
pub const EXPIRES: &str = "expires";
/// The lane of customers.
pub const LOOK: &str = "look";
/// The lane of rows of work. There is little of it: one shard holds it all.
pub const WORK: &str = "work";
/// That shard.
pub const WORK_SHARD: &str = "work#0";
/// The lane of what is to be fetched from a storefront.
pub const FETCH: &str = "fetch";
/// Its one shard.
pub const FETCH_SHARD: &str = "fetch#0";
/// How many shards a lane has, until the control row says more. It may only grow.
pub const SHARDS: u16 = 16;
/// The schema version of every row.
pub const SCHEMA: u16 = 1;

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Hash key.
    pub pk: String,
    /// Range key.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// A customer's profile.
    pub fn customer(id: &CustomerId) -> Self {
        Self::new(format!("C#{id}"), "profile")
    }

    /// A customer's order.
    pub fn order(customer: &CustomerId, order: &OrderId) -> Self {
        Self::new(format!("C#{customer}"), format!("order#{order}"))
    }

    /// A customer's send.
    pub fn send(customer: &CustomerId, send: &SendId) -> Self {
        Self::new(format!("C#{customer}"), format!("send#{send}"))
    }

    /// A customer's cart.
    pub fn cart(customer: &CustomerId, cart: &CartId) -> Self {
        Self::new(format!("C#{customer}"), format!("cart#{cart}"))
    }

    /// A statement of consent, by the time of its act. Two of one moment are two.
    pub fn proof(customer: &CustomerId, proof: &Statement) -> Self {
        const DIGITS: usize = 8;
        let at = proof.act_at.unwrap_or(proof.heard_at).timestamp_millis();
        let what = hex(&Sha256::digest(format!("{:?}{:?}{}", proof.said, proof.by, proof.wording)), DIGITS);
        Self::new(format!("C#{customer}"), format!("consent#{at:015}#{what}"))
    }

    /// A coupon as a storefront knows it.
    pub fn shop_coupon(source: &SourceName, id: &str) -> Self {
        Self::new(format!("K#{source}"), format!("shop#{id}"))
    }

    /// A code of an offer that nobody has yet. It lies at a place that is as even as a hash, whatever codes look like; case
    /// makes no other code.
    pub fn free_code(offer: &OfferName, lot: &Lot, code: &str) -> Self {
        const DIGITS: usize = 8;
        let code = code.to_ascii_uppercase();
        let place = hex(&Sha256::digest(&code), DIGITS);
        Self::free_code_near(offer, lot, &format!("{place}#{code}"))
    }

    /// A place among the codes that nobody has.
    pub fn free_code_near(offer: &OfferName, lot: &Lot, place: &str) -> Self {
        Self::new(format!("K#{offer}"), format!("free#{lot}#{place}"))
    }

    /// A code of an offer that somebody was given.
    pub fn given_code(offer: &OfferName, code: &str) -> Self {
        Self::new(format!("K#{offer}"), format!("given#{}", code.to_ascii_uppercase()))
    }

    /// What stands before and behind all of these.
    pub fn given_codes(offer: &OfferName) -> (Self, Self) {
        let at = |place: &str| Self::new(format!("K#{offer}"), format!("given#{place}"));
        (at(" "), at("~"))
    }

    /// How far the codes of a lot have been made.
    pub fn made_codes(offer: &OfferName, lot: &Lot) -> Self {
        Self::new(format!("K#{offer}"), format!("made#{lot}"))
    }

    /// A product.
    pub fn product(product: &ProductId) -> Self {
        Self::new(format!("P#{product}"), "product")
    }

    /// The row that leads from the key of a product, as orders name it, to the product.
    pub fn product_key(key: &ProductKey) -> Self {
        Self::new(format!("P#key#{key}"), "product")
    }

    /// Somebody who waits for a product; without a name, what all of these begin with.
    pub fn wait(product: &ProductKey, customer: Option<&CustomerId>) -> Self {
        let who = customer.map_or("", CustomerId::as_str);
        Self::new(format!("P#key#{product}"), format!("wait#{who}"))
    }

    /// An alias, by its keyed hash.
    pub fn alias(hash: &str) -> Self {
        Self::new(format!("A#{hash}"), "alias")
    }

    /// The suppression of an address, by its keyed hash.
    pub fn suppression(hash: &str) -> Self {
        Self::new(format!("S#{hash}"), "suppression")
    }

    /// A control row: `control`, `scan`, ...
    pub fn control(name: &str) -> Self {
        Self::new("X".to_owned(), name)
    }

    /// The newest snapshot of the aggregates.
    pub fn aggregates() -> Self {
        Self::new("G#aggregates".to_owned(), "newest")
    }

    /// A line of the second table: what is kept of whom, and since when.
    pub fn kept(what: &str, of: &str, at: Time) -> Self {
        Self::new(format!("{what}#{of}"), format!("{:015}", at.timestamp_millis()))
    }

    /// A row of work, of a kind.
    pub fn work(kind: &str, id: &str) -> Self {
        Self::new(format!("W#{kind}"), id)
    }

    /// A part of a signed body that could not be read.
    pub fn quarantine(source: &str, day: &str, id: &str, part: usize) -> Self {
        Self::new(format!("Q#{source}#{day}"), format!("{id}#{part:03}"))
    }

    /// The customer that this key belongs to.
    pub fn customer_id(&self) -> Option<CustomerId> {
        CustomerId::parse(self.pk.strip_prefix("C#")?)
    }

    /// The send that this key belongs to.
    pub fn send_id(&self) -> Option<SendId> {
        SendId::parse(self.sk.strip_prefix("send#")?)
    }
}

/// The shard of a lane for an id of hex digits: as even as the ids are.
pub fn shard(lane: &str, id: &str, shards: u16) -> String {
    let number = id.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    format!("{lane}#{}", number % u32::from(shards.max(1)))
}

/// The names of all lanes of shards: that of customers, then those of sends in the order of dispatch.
pub fn lanes() -> impl Iterator<Item = &'static str> {
    std::iter::once(LOOK).chain(Lane::ALL.iter().map(|lane| lane.name()))
}

/// Creates the second table, which keeps what must outlive a restore. Only for an engine on this machine.
pub async fn create_kept(client: &Client, name: &str) -> Result<(), SdkError<CreateTableError>> {
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![define(PK, ScalarAttributeType::S), define(SK, ScalarAttributeType::S)]))
        .set_key_schema(Some(vec![key(PK, KeyType::Hash), key(SK, KeyType::Range)]))
        .send()
        .await;
    match created {
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Creates the table. Only for an engine on this machine: a deployed table is made by `infra/template.yaml`.
/// One that exists already is left as it is.
pub async fn create(client: &Client, name: &str) -> Result<(), SdkError<CreateTableError>> {
    let text = |attribute: &str| define(attribute, ScalarAttributeType::S);
    let index = GlobalSecondaryIndex::builder()
        .index_name(DUE_INDEX)
        .set_key_schema(Some(vec![key(DUE_SHARD, KeyType::Hash), key(DUE_AT, KeyType::Range)]))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(SdkError::construction_failure)?;
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![
            text(PK),
            text(SK),
            text(DUE_SHARD),
            define(DUE_AT, ScalarAttributeType::N),
        ]))
        .set_key_schema(Some(vec![key(PK, KeyType::Hash), key(SK, KeyType::Range)]))
        .global_secondary_indexes(index)
        .send()
        .await;
    match created {
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        other => other.map(|_| ()),
    }
}

fn define(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().expect("name and type")
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("name and type")
}
