//! What a person has come to, in a view: a tier, a number of orders or years.

use retention::send::About;
use retention::{Money, rank};
use serde::Serialize;

use super::{Frame, Purpose, one_line};
use crate::letter::LetterFacts;
use crate::value::MoneyValue;

#[derive(Debug, Serialize)]
pub(super) struct TierView {
    name: String,
    /// From how much in twelve months on.
    from: MoneyValue,
    /// What is missing to it now.
    missing: Option<MoneyValue>,
    /// What was ordered in twelve months, returns taken off, on the way to it.
    spent: MoneyValue,
    /// How far that is, as a width: `72%`.
    way: String,
}

#[derive(Debug, Serialize)]
pub(super) struct CountView {
    number: i64,
    several: bool,
}

impl TierView {
    /// The tier that a send is about, while the shop has it.
    pub(super) fn of(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let Some(About::Tier(name)) = purpose.about else { return None };
        let tier = frame.shop.tiers.iter().find(|tier| &tier.name == name)?;
        let of = |minor: i64| MoneyValue::from(Money { minor, currency: frame.shop.currency });
        let next = rank::next_tier(facts.customer, frame.shop, facts.now).filter(|(next, _)| next.name == tier.name);
        let missing = next.map(|(_, missing)| missing);
        let spent = (tier.from_minor - missing.unwrap_or(0)).max(0);
        let title = frame.brand.tiers.get(&tier.name).map(|title| title.in_locale(frame.locale));
        Some(Self {
            name: one_line(title.unwrap_or(&tier.name)),
            from: of(tier.from_minor),
            missing: missing.map(of),
            spent: of(spent),
            way: format!("{}%", spent.saturating_mul(100) / tier.from_minor.max(1)),
        })
    }
}

impl CountView {
    pub(super) fn of(purpose: Purpose<'_>) -> Option<Self> {
        match purpose.about {
            Some(About::Number(number)) => Some(Self { number: i64::from(*number), several: *number != 1 }),
            _ => None,
        }
    }
}
