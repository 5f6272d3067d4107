//! How long a storefront wants to be left alone.

use std::time::Duration;

use chrono::DateTime;
use hyper::HeaderMap;
use hyper::header::{DATE, RETRY_AFTER};

/// What an answer says of it: `Retry-After` in seconds (Shopify writes `2.0`) or as a date, or BigCommerce's own header in
/// milliseconds. A date is measured by the `Date` of the same answer, so that our clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(after) = text(RETRY_AFTER.as_str()) {
        if let Ok(seconds) = after.parse() {
            return Duration::try_from_secs_f64(seconds).ok();
        }
        let until = DateTime::parse_from_rfc2822(after).ok()?;
        let now = DateTime::parse_from_rfc2822(text(DATE.as_str())?).ok()?;
        return Some((until - now).to_std().unwrap_or_default());
    }
    text("x-rate-limit-time-reset-ms")?.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let pairs = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        retry_after(&pairs.collect::<HeaderMap>())
    }

    #[test]
    fn seconds_dates_and_milliseconds_are_read() {
        let seconds = Duration::from_secs;
        assert_eq!(after(&[("retry-after", "7")]), Some(seconds(7)));
        assert_eq!(after(&[("retry-after", " 2.0 ")]), Some(seconds(2)));
        let date = ("retry-after", "Sun, 22 Nov 2026 08:00:09 GMT");
        assert_eq!(after(&[date, ("date", "Sun, 22 Nov 2026 08:00:00 GMT")]), Some(seconds(9)));
        assert_eq!(after(&[date, ("date", "Sun, 22 Nov 2026 09:00:00 GMT")]), Some(seconds(0)));
        assert_eq!(after(&[("x-rate-limit-time-reset-ms", "1500")]), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn nonsense_says_nothing() {
        for bad in ["", "soon", "-1", "NaN", "1e300", "Sun, 22 Nov 2026 08:00:09 GMT"] {
            assert_eq!(after(&[("retry-after", bad)]), None, "{bad}");
        }
        assert_eq!(after(&[]), None);
    }
}
