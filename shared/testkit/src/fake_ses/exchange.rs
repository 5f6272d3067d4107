//! What the fake is asked, and what it answers.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the fake does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Takes the letter, and gives its id.
    Accept,
    /// Does not take the letter, with this status and error code.
    Error(u16, &'static str),
    /// Takes the letter, and answers that it failed (500).
    AcceptAndFail,
    /// Takes the letter, and gives no id.
    AcceptWithoutId,
    /// Takes the letter, and breaks off in the middle of its answer.
    AcceptAndTruncate,
    /// Takes the letter, and resets the connection instead of an answer.
    AcceptAndReset,
    /// Takes the letter, and never answers.
    AcceptAndHang,
    /// Takes the letter, and answers once the test says `FakeSes::release`.
    AcceptWhenReleased,
    /// Resets the connection before anything is read. Nothing is taken, and nothing is in the log.
    ResetUnread,
}

impl Answer {
    /// Too many letters in a second.
    pub const THROTTLED: Self = Self::Error(429, "TooManyRequestsException");
    /// The day's quota is used up.
    pub const QUOTA: Self = Self::Error(400, "LimitExceededException");
    /// The account's sending is paused.
    pub const PAUSED: Self = Self::Error(400, "SendingPausedException");
    /// The account is suspended.
    pub const SUSPENDED: Self = Self::Error(400, "AccountSuspendedException");
    /// The letter itself is refused.
    pub const REJECTED: Self = Self::Error(400, "MessageRejected");
    /// The request is not understood.
    pub const BAD_REQUEST: Self = Self::Error(400, "BadRequestException");
    /// The role may not send.
    pub const ACCESS_DENIED: Self = Self::Error(403, "AccessDeniedException");
    /// The service failed, and did not take the letter.
    pub const FAILED: Self = Self::Error(500, "InternalFailure");

    pub(super) fn takes(self) -> bool {
        !matches!(self, Self::Error(..) | Self::ResetUnread)
    }
}

/// A request as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// HTTP headers, their names in lower case.
    pub http: BTreeMap<String, String>,
    /// The body.
    pub body: Value,
    /// Under which id the letter was taken; none if it was not.
    pub taken: Option<String>,
    /// When its first line was read, in microseconds since 1970.
    pub at: i64,
}

impl Asked {
    /// All recipients: to, copy and blind copy.
    pub fn recipients(&self) -> Vec<&str> {
        let lists = ["ToAddresses", "CcAddresses", "BccAddresses"].map(|name| &self.body["Destination"][name]);
        lists.into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        self.body["Content"]["Simple"]["Subject"]["Data"].as_str().unwrap_or_default()
    }

    /// A part of the body: `Html` or `Text`.
    pub fn part(&self, name: &str) -> &str {
        self.body["Content"]["Simple"]["Body"][name]["Data"].as_str().unwrap_or_default()
    }

    /// The value of a header of the letter.
    pub fn header(&self, name: &str) -> Option<&str> {
        named(&self.body["Content"]["Simple"]["Headers"], name)
    }

    /// The value of a tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        named(&self.body["EmailTags"], name)
    }
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a str> {
    list.as_array()?.iter().find(|pair| pair["Name"] == name)?["Value"].as_str()
}
