//! Instants, and how they are written into rows.

use chrono::{DateTime, TimeDelta, Utc};

/// An instant, in UTC. Rows hold it as milliseconds since 1970, so that it sorts and costs few bytes.
pub type Time = DateTime<Utc>;

/// A span of whole minutes, for constants.
///
/// # Panics
/// For more minutes than the calendar has, which in a constant is an error of the compiler.
pub const fn minutes(count: i64) -> TimeDelta {
    match TimeDelta::try_minutes(count) {
        Some(span) => span,
        None => panic!("a span of minutes out of range"),
    }
}

/// A span of whole days of 24 hours, for constants.
///
/// # Panics
/// For more days than the calendar has, which in a constant is an error of the compiler.
pub const fn days(count: i64) -> TimeDelta {
    match TimeDelta::try_days(count) {
        Some(span) => span,
        None => panic!("a span of days out of range"),
    }
}

/// How far apart clocks of machines are believed to be. What another one has written further ahead than that is not waited
/// for.
pub const CLOCKS_APART: TimeDelta = minutes(1);

/// `time + span`, held at the end of the calendar where it would leave it.
pub fn later(time: Time, span: TimeDelta) -> Time {
    time.checked_add_signed(span).unwrap_or(if span < TimeDelta::zero() {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// `first`, twice as long `times` times, and `longest` at most: how long to wait after something failed again and again.
pub fn doubled(first: TimeDelta, times: u32, longest: TimeDelta) -> TimeDelta {
    let factor = 2_i32.checked_pow(times);
    factor.and_then(|factor| first.checked_mul(factor)).map_or(longest, |span| span.min(longest))
}

/// The serde form of a [`Time`] in a row.
pub use chrono::serde::ts_milliseconds as millis;
/// The serde form of an optional [`Time`] in a row. Use with `default` and `skip_serializing_if`.
pub use chrono::serde::ts_milliseconds_option as millis_option;

/// The serde form of a list of [`Time`]s in a row.
pub mod millis_vec {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Time, millis};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Millis(#[serde(with = "millis")] Time);

    /// Writes a list.
    pub fn serialize<S: Serializer>(times: &[Time], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(times.iter().map(|time| Millis(*time)))
    }

    /// Reads a list.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Time>, D::Error> {
        Ok(Vec::<Millis>::deserialize(from)?.into_iter().map(|Millis(time)| time).collect())
    }
}
