//! Who gets the storefront's own newsletter: kept by address, account or not.

use hyper::Method;
use retention::EmailAddress;
use serde::Deserialize;

use super::{Data, SUBSCRIBERS};
use crate::client::Client;
use crate::error::SourceError;
use crate::http::Question;

#[derive(Deserialize)]
struct Subscriber {
    id: u64,
    email: String,
}

/// Deletes the subscription of an address. It is looked up first and deleted by its id: a filter that was not heeded would
/// take everybody's.
pub(crate) async fn opt_out(client: &Client, address: &EmailAddress) -> Result<bool, SourceError> {
    let wanted = address.normal();
    let email: String = address.expose().bytes().map(escaped).collect();
    let answer = client.get(&format!("/v3/customers/subscribers?email={email}"), SUBSCRIBERS).await?;
    let listed: Data<Vec<Subscriber>> = client.read(&answer, SUBSCRIBERS)?;
    let same = |other: &Subscriber| EmailAddress::parse(&other.email).is_ok_and(|other| other.normal() == wanted);
    let mut told = false;
    for subscriber in listed.data.iter().filter(|other| same(other)) {
        let target = format!("/v3/customers/subscribers/{}", subscriber.id);
        let delete = Question { method: Method::DELETE, target, label: SUBSCRIBERS, body: None };
        told |= client.tell_of(delete).await?;
    }
    Ok(told)
}

/// A byte of a query's value: as it is, or percent-encoded.
fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
