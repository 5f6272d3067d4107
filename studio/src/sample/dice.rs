//! Repeatable chance: the same sample shop on every machine.

/// A small generator (splitmix64: Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `from` up to and without `to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to - from).unwrap_or(1).max(1);
        from + i64::try_from(self.next() % span).unwrap_or_default()
    }

    /// One of a list.
    pub(crate) fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = usize::try_from(self.next() % list.len() as u64).unwrap_or_default();
        &list[index]
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.between(0, 100) < chance
    }
}
