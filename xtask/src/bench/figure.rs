//! One number that was measured.

use serde::Serialize;

/// A figure: what was measured, in which unit, and what it is held against.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    bench: &'static str,
    name: String,
    value: f64,
    unit: String,
    limit: Option<f64>,
    least: Option<f64>,
    peer: Option<(String, f64)>,
}

impl Figure {
    /// A figure of one of the benches.
    pub(super) fn new(bench: &'static str, name: impl Into<String>, value: f64, unit: impl Into<String>) -> Self {
        Self { bench, name: name.into(), value, unit: unit.into(), limit: None, least: None, peer: None }
    }

    /// The most that it may be.
    pub(super) fn at_most(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The least that it may be.
    pub(super) fn at_least(mut self, least: f64) -> Self {
        self.least = Some(least);
        self
    }

    /// What somebody else needs for the same, measured in the same run.
    pub(super) fn against(mut self, peer: impl Into<String>, value: f64) -> Self {
        self.peer = Some((peer.into(), value));
        self
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is outside its limits. What is not a number is outside any.
    pub(super) fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.value.is_nan() || self.value > limit)
            || self.least.is_some_and(|least| self.value.is_nan() || self.value < least)
    }

    /// Its line.
    pub(super) fn line(&self) -> Line<'_> {
        let peer = self.peer.as_ref();
        Line {
            bench: self.bench,
            name: &self.name,
            value: rounded(self.value),
            unit: &self.unit,
            limit: self.limit,
            least: self.least,
            peer: peer.map(|(peer, _)| peer.as_str()),
            peer_value: peer.map(|(_, value)| rounded(*value)),
            ratio: peer.map(|(_, value)| rounded(self.value / value)),
        }
    }
}

/// A figure as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    bench: &'static str,
    name: &'a str,
    value: f64,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
}

/// Four digits behind the point are more than any of these figures is good for.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_above_its_limit_is_over_it_and_one_at_its_limit_is_not() {
        let at = |value: f64| Figure::new("units", "a", value, "read units").at_most(1.0).is_over();
        assert_eq!((at(1.0), at(1.5), at(f64::NAN)), (false, true, true));
        assert!(!Figure::new("units", "a", 9.0, "read units").is_over());
        let least = |value: f64| Figure::new("pace", "a", value, "of the rate").at_least(0.95).is_over();
        assert_eq!((least(0.95), least(0.94), least(f64::NAN)), (false, true, true));
    }

    #[test]
    fn the_ratio_is_ours_divided_by_the_peers() {
        let line = Figure::new("intake", "a", 1.0, "µs").against("Node", 4.0);
        assert_eq!(line.line().ratio, Some(0.25));
    }
}
