//! The stored customers of a shop: invented, and folded out of their orders by the same rules as in production.

use chrono::TimeDelta;
use cloud::alias::HashKey;
use cloud::rows::{self, Item};
use cloud::table::{self, Key, PK, SK};
use retention::aggregates::Aggregates;
use retention::decide::{Facts, decide};
use retention::event::Event;
use retention::ids::CustomerId;
use retention::record::{Recorded, record};
use retention::{Customer, Order, Shop, Time};
use testkit::people;

/// What they buy, as `templates/content.toml` names it.
const PRODUCTS: [&str; 7] = [
    "TEA-BREAKFAST-250",
    "TEA-FOG-100",
    "TEA-ORCHARD-100",
    "TEA-NETTLE-80",
    "TEA-QUIET-100",
    "TEA-FROST-50",
    "POT-STONE",
];

/// The rows of one stored customer.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// When the index brings them up.
    pub(super) due: Option<Time>,
    /// The profile.
    pub(super) profile: Item,
    /// Aliases, orders, proofs of consent.
    pub(super) others: Vec<Item>,
}

/// The customers of a shop, one after the other, as an import at `at` would leave them. Always the same ones.
pub(super) fn crowd<'a>(
    shop: &'a Shop,
    hash_key: &'a HashKey,
    at: Time,
) -> impl Iterator<Item = Result<Stored, String>> + 'a {
    (0..).filter_map(move |number| stored(number, shop, hash_key, at).transpose())
}

/// Customer `number`. `None` if a letter is due to them in this very moment: it would have to be stored as well.
fn stored(number: usize, shop: &Shop, hash_key: &HashKey, at: Time) -> Result<Option<Stored>, String> {
    let person = people::person(number);
    let aliases = person.aliases();
    let hashes: Vec<String> = aliases.iter().map(|alias| hash_key.alias(alias)).collect();
    let id = CustomerId::derive(hashes.first().map_or("", String::as_str), at);
    let mut customer = Customer::new(id.clone(), at);
    let mut others = Vec::new();
    for hash in &hashes {
        let key = Key::alias(hash);
        let row = [(PK, key.pk.as_str()), (SK, key.sk.as_str()), ("customer", id.as_str())];
        others.push(row.map(|(name, value)| (name.to_owned(), rows::text(value))).into());
    }
    for event in events(number, at) {
        let Recorded::Changed(change) = record(&customer, None, &event) else { continue };
        customer = change.customer;
        if let Some(order) = &change.order {
            others.push(rows::to_item(&Key::order(&id, &order.id), order).map_err(|e| e.to_string())?);
        }
        for proof in &change.proofs {
            others.push(rows::to_item(&Key::proof(&id, proof), proof).map_err(|e| e.to_string())?);
        }
    }
    let aggregates = Aggregates::default();
    let facts = Facts { customer: &customer, open: None, existing: &[], aggregates: &aggregates };
    let decision = decide(&facts, shop, at);
    if !decision.sends.is_empty() {
        return Ok(None);
    }
    customer = decision.customer;
    customer.version = 1;
    let mut profile = rows::profile_to_item(&Key::customer(&id), &customer).map_err(|e| e.to_string())?;
    if let Some(next) = customer.next_look {
        rows::arm(&mut profile, table::shard(table::LOOK, id.as_str(), table::SHARDS), next);
    }
    Ok(Some(Stored { due: customer.next_look, profile, others }))
}

/// What is known of a person: for four of five that they agreed to letters, and one to eight orders of the last years.
pub(super) fn events(number: usize, at: Time) -> Vec<Event> {
    let mut dice = Dice::new(number as u64);
    let person = people::person(number);
    let mut placed = at - TimeDelta::minutes(dice.below(300 * 24 * 60));
    let mut events = Vec::new();
    for order in 0..=dice.below(8) {
        let (first, second) = (dice.product(), dice.product());
        let lines = [(first, 1 + dice.below(3)), (second, 1)];
        let lines = if dice.below(2) == 0 || first == second { &lines[..1] } else { &lines };
        let mut order = people::order(&format!("{number}{order}"), placed, lines);
        order.history = Some(at);
        events.push(people::ordered(&person, &order));
        placed -= TimeDelta::minutes((20 + dice.below(70)) * 24 * 60);
    }
    if dice.below(5) > 0 {
        events.push(people::subscribed(&person, placed));
    }
    events.reverse();
    events
}

/// The orders of people who buy what is popular by chance, two orders on each side of `cut`; and each of whom has one planted thing
/// of many. Half of them bought its companion, too, before the cut; of the others half buy it in their next order.
pub(super) fn with_companions(people: usize, cut: Time) -> Vec<Vec<Order>> {
    (0..people).map(|number| buyer(number, cut)).collect()
}

/// How many things are popular.
const POPULAR: i64 = 200;
/// How many pairs are planted: too many for any of them to be popular.
const PLANTED: usize = 100;

fn buyer(number: usize, cut: Time) -> Vec<Order> {
    let mut dice = Dice::new(number as u64);
    let pair = number % PLANTED;
    // Of those the pair is learnt, and the others are asked for.
    let has_both = (number / PLANTED).is_multiple_of(2);
    let mut orders = Vec::new();
    for (nth, days) in [(0, -90), (1, -30), (2, 20), (3, 60)] {
        let mut things = vec![format!("POPULAR-{}", dice.below(POPULAR)), format!("POPULAR-{}", dice.below(POPULAR))];
        match nth {
            0 => things.push(format!("PLANTED-{pair}")),
            1 if has_both => things.push(format!("COMPANION-{pair}")),
            2 if !has_both && dice.below(2) == 0 => things.push(format!("COMPANION-{pair}")),
            _ => {}
        }
        let lines: Vec<(&str, i64)> = things.iter().map(|thing| (thing.as_str(), 1)).collect();
        orders.push(people::order(&format!("{number}-{nth}"), cut + TimeDelta::days(days), &lines));
    }
    orders
}

/// Numbers that are spread, and the same in each run (`SplitMix64`).
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of their own for each seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 up to and without `sides`.
    pub(super) fn below(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % sides.unsigned_abs().max(1)).unwrap_or_default()
    }

    fn product(&mut self) -> &'static str {
        PRODUCTS[usize::try_from(self.below(7)).unwrap_or_default()]
    }
}
