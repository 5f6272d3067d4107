//! What arrived, before anything of it is believed.

use std::fmt;

/// A request as it arrived: its headers and the raw bytes of its body. Whoever makes one has undone the base64 in
/// which API Gateway may hand a body over; nothing else may touch the bytes, since they are what is signed.
#[derive(Clone)]
pub struct Delivery<'a> {
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

/// How often a header stands in a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header<'a> {
    /// Not at all.
    Absent,
    /// Once, with this value.
    Once(&'a str),
    /// More than once, as separate headers. (API Gateway joins repeated ones by commas, so those look like one.)
    Repeated,
}

impl<'a> Delivery<'a> {
    /// A delivery of these headers, names in any case, and this body.
    pub fn new(headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: &'a [u8]) -> Self {
        Self { headers: headers.into_iter().collect(), body }
    }

    /// The raw body.
    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The value of a header that stands once, and nothing in any other case.
    pub(crate) fn once(&self, name: &str) -> &'a str {
        match self.header(name) {
            Header::Once(value) => value,
            Header::Absent | Header::Repeated => "",
        }
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Header<'a> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (None, _) => Header::Absent,
            (Some((_, value)), None) => Header::Once(value),
            (Some(_), Some(_)) => Header::Repeated,
        }
    }
}

impl fmt::Debug for Delivery<'_> {
    /// Shows no value: a body is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}
