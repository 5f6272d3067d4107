//! The shop's good name with the mail service: letters, bounces and complaints of the last days, and when to stop by
//! ourselves, before the mail service has to. SES puts an account under review at 5 % bounces or 0.1 % complaints.

use serde::{Deserialize, Serialize};

/// From how many bounces on marketing stops: 3 in 100.
const BOUNCES_IN_TEN_THOUSAND: u64 = 300;
/// From how many complaints on: 8 in 10,000.
const COMPLAINTS_IN_TEN_THOUSAND: u64 = 8;
/// So many letters make a rate. SES looks at a "representative volume" likewise.
const LETTERS: u64 = 1_000;
/// As far back as this a small shop's letters are looked for.
pub const DAYS: usize = 30;
/// Fewer letters than this say nothing about bounces.
const FEWEST_LETTERS: u64 = 200;
/// A single complaint stops nobody.
const FEWEST_COMPLAINTS: u64 = 2;

/// What was heard on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Letters of which anything was heard for the first time.
    #[serde(default)]
    pub letters: u64,
    /// Letters that came back because there is no such mailbox.
    #[serde(default)]
    pub bounces: u64,
    /// Letters that somebody called spam.
    #[serde(default)]
    pub complaints: u64,
}

/// Why marketing must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// Too many bounces.
    Bounces,
    /// Too many complaints.
    Complaints,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            letters: self.letters + other.letters,
            bounces: self.bounces + other.bounces,
            complaints: self.complaints + other.complaints,
        }
    }

    /// Whether nothing was heard.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Whether marketing must stop, by what was heard: the newest day first.
pub fn danger(newest_first: impl IntoIterator<Item = Tally>) -> Option<Danger> {
    let mut sum = Tally::default();
    for day in newest_first.into_iter().take(DAYS) {
        sum = sum.and(day);
        if sum.letters >= LETTERS {
            break;
        }
    }
    let rate = |count: u64| count * 10_000;
    if sum.letters >= FEWEST_LETTERS && rate(sum.bounces) >= BOUNCES_IN_TEN_THOUSAND * sum.letters {
        return Some(Danger::Bounces);
    }
    let complained = sum.complaints >= FEWEST_COMPLAINTS && sum.letters >= LETTERS;
    (complained && rate(sum.complaints) >= COMPLAINTS_IN_TEN_THOUSAND * sum.letters).then_some(Danger::Complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(letters: u64, bounces: u64, complaints: u64) -> Tally {
        Tally { letters, bounces, complaints }
    }

    #[test]
    fn three_bounces_in_a_hundred_letters_are_too_many_and_fewer_are_not() {
        assert_eq!(danger([day(1_000, 30, 0)]), Some(Danger::Bounces));
        assert_eq!(danger([day(1_000, 29, 0)]), None);
        assert_eq!(danger([day(199, 100, 0)]), None, "too few letters for a rate");
        assert_eq!(danger([day(200, 6, 0)]), Some(Danger::Bounces));
    }

    #[test]
    fn eight_complaints_in_ten_thousand_letters_are_too_many_and_one_alone_never_is() {
        assert_eq!(danger([day(10_000, 0, 8)]), Some(Danger::Complaints));
        assert_eq!(danger([day(10_000, 0, 7)]), None);
        assert_eq!(danger([day(1_000, 0, 1)]), None);
        assert_eq!(danger([day(1_000, 0, 2)]), Some(Danger::Complaints));
    }

    #[test]
    fn only_as_many_days_count_as_make_a_rate_and_a_small_shop_looks_back_a_month() {
        assert_eq!(danger([day(1_000, 0, 0), day(1_000, 900, 0)]), None, "that was before");
        assert_eq!(danger(std::iter::repeat_n(day(10, 1, 0), 20)), Some(Danger::Bounces));
        assert_eq!(danger(std::iter::repeat_n(day(5, 1, 0), 60)), None, "150 letters in a month");
    }
}
