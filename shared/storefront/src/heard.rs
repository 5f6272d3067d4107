//! From whom and when a delivery was heard, and the hash of what was said.

use retention::Time;
use retention::ids::SourceName;
use sha2::{Digest, Sha256};

/// From whom and when a delivery was heard.
#[derive(Clone, Copy)]
pub(crate) struct Heard<'h> {
    pub(crate) source: &'h SourceName,
    pub(crate) at: Time,
}

/// The content hash of a stamp: it tells apart two versions of one second.
pub(crate) fn hash(body: &[u8]) -> String {
    const DIGITS: usize = 16;
    retention::ids::hex(&Sha256::digest(body), DIGITS)
}
