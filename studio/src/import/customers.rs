//! A row of a customers export: who the person is, and whether the storefront may write to them.

use retention::EmailAddress;
use retention::address::PersonName;
use retention::birthday::Birthday;
use retention::consent::{By, Said, Statement};
use retention::event::{Entity, Event, Person};

use super::cell;
use super::reader::{Bad, Cells, Told};

/// What a row tells. `None` where it names no address.
///
/// It fills in what is not known of the person and replaces nothing: an export does not say when it was true. So it says
/// nothing of consent either that could raise it, and a `no` lowers.
pub(crate) fn told(cells: &Cells<'_>, line: u64) -> Result<Option<Told>, Bad> {
    let reading = cells.reading;
    let Some(email) = cells.read("email", EmailAddress::parse)? else {
        // An export lists people with a telephone number alone; in a file of one's own it is a slip.
        return if reading.layout.export.is_some() { Ok(None) } else { Err(("email", "is empty".to_owned())) };
    };
    let (country, region) = reading.layout.place(cells.row);
    let accepts = cells.read("accepts_marketing", cell::flag)?;
    let person = Person {
        id: cells.customer_id()?,
        email: Some(email),
        name: cells.text("first_name").and_then(|text| PersonName::parse(&text)),
        country,
        region,
        birthday: cells.read("birthday", Birthday::parse)?,
        ..Person::at(reading.source.clone())
    };
    let refused = (accepts == Some(false)).then(|| Statement {
        said: Said::Unsubscribed,
        by: reading.layout.export.map_or(By::Import, |_| By::Storefront(reading.source.clone())),
        act_at: None,
        heard_at: reading.as_of,
        wording: reading.layout.export.map_or("an imported file", |export| export.name).to_owned(),
        confirmed: false,
    });
    let statements = refused.into_iter().collect();
    let agrees = accepts.unwrap_or(!reading.layout.has("accepts_marketing"));
    Ok(Some(Told { line, event: Event { person, statements, entity: Entity::Consent }, agrees }))
}
