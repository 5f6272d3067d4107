//! The mailer of the local run: each letter becomes an `.eml` file.

use std::path::{Path, PathBuf};

use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use retention::Reason;

use crate::clock::Clock;
use crate::mailer::{Outgoing, Submitted};

/// Header names by which the local inbox tells letters apart.
pub mod header {
    /// The send's id.
    pub const SEND: &str = "X-Regulars-Send";
    /// The customer's id.
    pub const CUSTOMER: &str = "X-Regulars-Customer";
    /// The flow.
    pub const FLOW: &str = "X-Regulars-Flow";
    /// The step.
    pub const STEP: &str = "X-Regulars-Step";
}

/// A folder of letters.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
    clock: Clock,
}

impl Outbox {
    /// An outbox in a folder that exists.
    pub fn new(folder: impl Into<PathBuf>, clock: Clock) -> Self {
        Self { folder: folder.into(), clock }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the letter beside its name first, so that nobody reads half of it.
    pub(crate) fn submit(&self, letter: &Outgoing) -> Submitted {
        let tags = &letter.tags;
        let now = self.clock.now();
        let id = format!("{}-{}@outbox.localhost", tags.send, tags.attempt);
        let mut message = MessageBuilder::new()
            .from((letter.from_name.as_str(), letter.from.expose()))
            .to(letter.to.expose())
            .reply_to(letter.reply_to.expose())
            .subject(letter.subject.as_str())
            .date(now.timestamp())
            .message_id(id.as_str())
            .text_body(letter.text.as_str())
            .html_body(letter.html.as_str());
        for (name, value) in &letter.headers {
            message = message.header(name.as_str(), Raw::new(value.as_str()));
        }
        for (name, value) in [
            (header::SEND, tags.send.as_str()),
            (header::CUSTOMER, tags.customer.as_str()),
            (header::FLOW, &tags.flow),
            (header::STEP, &tags.step),
        ] {
            message = message.header(name, Raw::new(value));
        }
        let file = format!("{:015}-{}-{}.eml", now.timestamp_millis(), tags.send, tags.attempt);
        let part = self.folder.join(format!(".{file}.part"));
        let written = message
            .write_to_vec()
            .and_then(|bytes| std::fs::write(&part, bytes))
            .and_then(|()| std::fs::rename(&part, self.folder.join(&file)));
        match written {
            Ok(()) => Submitted::Accepted(id),
            Err(error) => {
                tracing::error!(error = %error, "the outbox could not write a letter; it will be tried again");
                Submitted::NotNow(Reason::Quota)
            }
        }
    }
}
