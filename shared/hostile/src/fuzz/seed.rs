//! Random bytes that are the same for the same seed, for machines on which no fuzzer runs.

/// The bytes of the `nth` case: as many as the case itself says, at most 2 kB.
pub fn bytes(nth: u64) -> Vec<u8> {
    const MOST: u64 = 2_048;
    let mut state = nth;
    let words = 1 + next(&mut state) % (MOST / 8);
    (0..words).flat_map(|_| next(&mut state).to_le_bytes()).collect()
}

/// The next number of `SplitMix64` (Steele, Lea and Flood, 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_the_same_whenever_it_is_made() {
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
        assert!((0..1000).all(|nth| (8..=2_048).contains(&bytes(nth).len())));
    }
}
