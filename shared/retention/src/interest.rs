//! What a person showed interest in: favourites, views, products that are to come back, reviews.

use serde::{Deserialize, Serialize};

use crate::time::{Time, millis};

/// A sign of interest. Of two about the same thing the later one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// What kind of sign.
    pub kind: InterestKind,
    /// In what: the key of a product, or the name of a category.
    pub subject: String,
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// Whether it was taken back: a favourite removed, a wait ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

/// The kinds of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterestKind {
    /// Put on a list of favourites.
    Favourite,
    /// A product was looked at.
    ViewedProduct,
    /// A category was looked at.
    ViewedCategory,
    /// To be told when it is back in stock.
    BackInStock,
}

/// A review that a person left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Of which product, by its key.
    pub subject: String,
    /// When.
    #[serde(with = "millis")]
    pub at: Time,
    /// From 1 to 5, where it has stars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<u8>,
}

/// Takes in a sign; says whether anything changed. Keeps the `max` newest.
pub(crate) fn hear(known: &mut Vec<Interest>, new: &Interest, max: usize) -> bool {
    let before = known.clone();
    let same = known.iter_mut().find(|k| k.kind == new.kind && k.subject == new.subject);
    match same {
        // Of two at one moment the one that takes back.
        Some(same) if (new.at, new.over) > (same.at, same.over) => same.clone_from(new),
        Some(_) => {}
        None => known.push(new.clone()),
    }
    known.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| (a.kind, &a.subject).cmp(&(b.kind, &b.subject))));
    known.truncate(max);
    *known != before
}

/// Takes in a review, the newest of each product; says whether anything changed. Keeps the `max` newest.
pub(crate) fn hear_review(known: &mut Vec<Review>, new: &Review, max: usize) -> bool {
    let before = known.clone();
    match known.iter_mut().find(|k| k.subject == new.subject) {
        Some(same) if (new.at, new.stars) > (same.at, same.stars) => same.clone_from(new),
        Some(_) => {}
        None => known.push(new.clone()),
    }
    known.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.subject.cmp(&b.subject)));
    known.truncate(max);
    *known != before
}
