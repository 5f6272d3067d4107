//! Why an answer was not had.

/// Why an answer was not had: what, where and what to do, in one line. `place` is a host and a kind of path; no id, no
/// token and nothing of a body is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The token is wrong, or may not do this.
    #[error("{place} answered {status}: the token in the parameter {parameter} is not valid, or may not do this")]
    Unauthorised {
        /// Where.
        place: String,
        /// 401 or 403.
        status: u16,
        /// The name of the parameter that holds the token.
        parameter: String,
    },
    /// Asked too often.
    #[error("{place} answered 429, {tries} times: ask again later")]
    Busy {
        /// Where.
        place: String,
        /// How often it was asked.
        tries: u32,
        /// How long it wants to be left alone, in seconds, where it says so.
        after_seconds: Option<u64>,
    },
    /// The storefront has a fault of its own.
    #[error("{place} answered {status}, {tries} times: ask again later")]
    Unavailable {
        /// Where.
        place: String,
        /// 500 and above.
        status: u16,
        /// How often it was asked.
        tries: u32,
    },
    /// No answer in time.
    #[error("{place} did not answer in time, {tries} times: ask again later")]
    Silent {
        /// Where.
        place: String,
        /// How often it was asked.
        tries: u32,
    },
    /// No connection, or one that broke.
    #[error("{place} could not be reached, {tries} times: ask again later")]
    Unreachable {
        /// Where.
        place: String,
        /// How often it was tried.
        tries: u32,
    },
    /// The storefront does not do this.
    #[error("{place} answered {status}: look up what it asks for there")]
    Refused {
        /// Where.
        place: String,
        /// 400 and above.
        status: u16,
    },
    /// The storefront understood and did not do it.
    #[error("{place} did not make the codes: look whether the token may write discounts, and what the offer is for")]
    Declined {
        /// Where.
        place: String,
    },
    /// It points elsewhere. The token goes to the configured host and to no other.
    #[error("{place} redirects, and redirects are not followed: set `store` to the address that it redirects to")]
    Redirected {
        /// Where.
        place: String,
    },
    /// More than is read.
    #[error("{place} answered with more than {max} bytes", max = crate::MAX_BYTES)]
    Long {
        /// Where.
        place: String,
    },
    /// Not JSON, or of another shape than documented.
    #[error("{place} answered with another shape than its documentation has")]
    Shape {
        /// Where.
        place: String,
    },
    /// Something else than was asked for.
    #[error("{place} answered with another entity than was asked for; it is not read")]
    OtherEntity {
        /// Where.
        place: String,
    },
    /// An id that could leave its path. Nothing was asked.
    #[error("an id holds signs that may not stand in a path; nothing was asked")]
    BadId,
    /// A cursor of another list, or none. Nothing was asked.
    #[error("a cursor is not one of this list: begin again without it")]
    BadCursor,
    /// Not an address of ours that could be called.
    #[error("webhooks are sent to an https address, such as https://hooks.shop.example/webhooks/shopify")]
    BadAddress,
    /// The storefront's API does not have this.
    #[error("the API of {storefront} has no {what}")]
    NotOffered {
        /// The kind of storefront.
        storefront: &'static str,
        /// What it does not have.
        what: &'static str,
    },
}

impl SourceError {
    /// Whether the same question may be answered later, with nothing changed by anybody.
    pub fn again(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unavailable { .. } | Self::Silent { .. } | Self::Unreachable { .. })
    }
}
