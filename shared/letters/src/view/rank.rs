//! What a person has come to, in a view: a tier, a number of orders or years.

use retention::send::About;
use retention::{Money, rank};
use serde::Serialize;

use super::{Frame, Purpose, one_line};
use crate::letter::LetterFacts;
use crate::money::money;

#[derive(Debug, Serialize)]
pub(super) struct TierView {
    name: String,
    /// From how much in twelve months on.
    from: String,
    /// What is missing to it now.
    missing: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct CountView {
    number: String,
    several: bool,
}

impl TierView {
    /// The tier that a send is about, while the shop has it.
    pub(super) fn of(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let Some(About::Tier(name)) = purpose.about else { return None };
        let tier = frame.shop.tiers.iter().find(|tier| &tier.name == name)?;
        let of = |minor: i64| money(Money { minor, currency: frame.shop.currency });
        let next = rank::next_tier(facts.customer, frame.shop, facts.now).filter(|(next, _)| next.name == tier.name);
        Some(Self {
            name: one_line(&tier.name),
            from: of(tier.from_minor),
            missing: next.map(|(_, missing)| of(missing)),
        })
    }
}

impl CountView {
    pub(super) fn of(purpose: Purpose<'_>) -> Option<Self> {
        match purpose.about {
            Some(About::Number(number)) => Some(Self { number: number.to_string(), several: *number != 1 }),
            _ => None,
        }
    }
}
