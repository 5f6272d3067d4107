//! A part of a list.

use chrono::TimeDelta;
use retention::Time;

use crate::cursor::{Cursor, Position};

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entities, each in the form that `storefront::adapter::entity` reads.
    pub bodies: Vec<Vec<u8>>,
    /// Where the list goes on; nothing at its end.
    pub next: Option<Cursor>,
    /// The latest change of an entity in this part. Not every storefront sorts by it, so whoever lists again later begins
    /// at the moment at which this list was begun.
    pub newest: Option<Time>,
}

/// Where a list that is sorted by the time of change goes on after a full page. What changes while it is read moves to the
/// end, and everything after it one place up: so the next page is counted from the last time that was seen, less a second,
/// and only a page that lies within one second is followed by its own second page.
pub(crate) fn after_sorted(page: u32, since: Option<Time>, last: Option<Time>) -> Position {
    let from = last.and_then(|last| last.checked_sub_signed(TimeDelta::seconds(1)));
    match from {
        Some(from) if since.is_none_or(|since| from > since) => Position::Number { number: 1, since: Some(from) },
        _ => Position::Number { number: page.saturating_add(1), since },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Time> {
        chrono::DateTime::from_timestamp(second, 0)
    }

    #[test]
    fn a_sorted_list_goes_on_from_the_last_time_and_within_one_second_by_pages() {
        assert_eq!(after_sorted(1, None, at(100)), Position::Number { number: 1, since: at(99) });
        assert_eq!(after_sorted(1, at(50), at(100)), Position::Number { number: 1, since: at(99) });
        assert_eq!(after_sorted(1, at(99), at(100)), Position::Number { number: 2, since: at(99) });
        assert_eq!(after_sorted(2, at(99), at(99)), Position::Number { number: 3, since: at(99) });
        assert_eq!(after_sorted(4, None, None), Position::Number { number: 5, since: None });
    }
}
