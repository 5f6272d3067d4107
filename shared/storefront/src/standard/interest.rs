//! What a person does at the shop beside buying.

use retention::Time;
use retention::event::{Entity, Event};
use retention::interest::{Interest, InterestKind, Review};
use serde::Deserialize;

use super::customer::CustomerData;
use super::field;
use super::product::ProductName;
use crate::heard::Heard;
use crate::object::Maybe;
use crate::scalar::Scalar;
use crate::unreadable::Unreadable;

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// A sign of interest, or that it is over.
    Sign { kind: InterestKind, over: bool },
    /// Left a review.
    Reviewed,
    /// Used a coupon.
    Redeemed,
}

/// Who did it, and with what. Which fields must be there depends on what it was.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct DidData<'a> {
    customer: Maybe<CustomerData<'a>>,
    product: Maybe<ProductName<'a>>,
    category: Scalar<'a>,
    stars: Scalar<'a>,
    code: Scalar<'a>,
}

impl DidData<'_> {
    /// The event.
    pub(super) fn event(&self, did: Did, at: Time, heard: Heard<'_>) -> Result<Event, Unreadable> {
        const BYTES: usize = 255;
        let entity = match did {
            Did::Sign { kind: kind @ InterestKind::ViewedCategory, over } => {
                let subject = field::needed("category", field::line(&self.category, "category", BYTES)?)?;
                Entity::Interest(Interest { over, ..Interest::new(kind, subject, at) })
            }
            Did::Sign { kind, over } => Entity::Interest(Interest { over, ..Interest::new(kind, self.product()?, at) }),
            Did::Reviewed => Entity::Review(Review { subject: self.product()?, at, stars: self.stars()? }),
            Did::Redeemed => {
                let code = field::needed("code", field::line(&self.code, "code", BYTES)?)?;
                Entity::Redeemed { code, at }
            }
        };
        let customer = field::needed("customer", self.customer.get())?;
        let person = customer.person(heard).map_err(|error| error.inside("customer", None))?;
        let statement = customer.statement(heard).map_err(|error| error.inside("customer", None))?;
        Ok(Event { person, statements: statement.into_iter().collect(), entity })
    }

    fn product(&self) -> Result<String, Unreadable> {
        let product = field::needed("product", self.product.get())?;
        Ok(product.key().map_err(|error| error.inside("product", None))?.as_str().to_owned())
    }

    fn stars(&self) -> Result<Option<u8>, Unreadable> {
        let stars = field::whole(&self.stars, "stars")?;
        let in_range = |stars: i64| u8::try_from(stars).ok().filter(|stars| (1..=5).contains(stars));
        stars.map(|n| in_range(n).ok_or_else(|| Unreadable::field("stars", "not from 1 to 5"))).transpose()
    }
}
