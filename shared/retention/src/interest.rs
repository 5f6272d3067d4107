//! What a person showed interest in: favourites, views, products that are to come back, reviews.

use serde::{Deserialize, Serialize};

use crate::time::{Time, millis, millis_option};

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
    /// When the same sign was given first, where that was earlier: looked at twice is more than looked at.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Time>,
    /// Whether it was taken back: a favourite removed, a wait ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
    /// When the product was last there again, after having been sold out.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Time>,
    /// When the product last began to cost less.
    #[serde(default, with = "millis_option", skip_serializing_if = "Option::is_none")]
    pub cheaper_at: Option<Time>,
}

impl Interest {
    /// A sign.
    pub fn new(kind: InterestKind, subject: String, at: Time) -> Self {
        Self { kind, subject, at, first_at: None, over: false, back_at: None, cheaper_at: None }
    }

    /// Takes in another sign of the same: the later one holds, and of two at one moment the one that takes back.
    fn join(&mut self, other: &Self) {
        let first = [self.at, other.at].into_iter().chain(self.first_at).chain(other.first_at).min();
        self.back_at = self.back_at.max(other.back_at);
        self.cheaper_at = self.cheaper_at.max(other.cheaper_at);
        (self.at, self.over) = (self.at, self.over).max((other.at, other.over));
        self.first_at = first.filter(|first| *first < self.at);
    }
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
        Some(same) => same.join(new),
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
