//! The inbox of the local run: the letters in the outbox, as a mail client would show them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cloud::Store;
use cloud::outbox::header;
use mail_parser::MessageParser;
use retention::Time;
use retention::ids::{CustomerId, SendId};
use serde::Serialize;

use crate::failure::Failure;

/// A letter, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Recipient.
    pub to: String,
    /// Flow.
    pub flow: String,
    /// Step.
    pub step: String,
    /// Subject.
    pub subject: String,
    /// Where the send stands.
    pub state: String,
    /// The send's id.
    pub send_id: String,
    /// The customer's id.
    pub customer: String,
    /// When it left, by the studio's clock.
    pub sent_at: Time,
    /// Names the letter's file.
    pub file: String,
}

/// A letter, opened.
#[derive(Debug, Clone, Serialize)]
pub struct Opened {
    /// What the list shows.
    #[serde(flatten)]
    pub listed: Listed,
    /// HTML part.
    pub html: String,
    /// Text part.
    pub text: String,
    /// All headers as they stand in the file.
    pub headers: Vec<(String, String)>,
}

/// The letters of a folder. What was read once is kept: letters do not change.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<BTreeMap<String, Arc<Opened>>>);

impl Inbox {
    /// All letters, newest first.
    pub async fn list(&self, folder: &Path, store: &Store) -> Result<Vec<Listed>, Failure> {
        self.read_new(folder, store).await?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.values().rev().map(|opened| opened.listed.clone()).collect())
    }

    /// One letter.
    pub async fn open(&self, folder: &Path, store: &Store, file: &str) -> Result<Option<Arc<Opened>>, Failure> {
        self.read_new(folder, store).await?;
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned())
    }

    async fn read_new(&self, folder: &Path, store: &Store) -> Result<(), Failure> {
        let unreadable = |e: std::io::Error| Failure::new(format!("{} cannot be read: {e}", folder.display()));
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&name);
            let is_letter = Path::new(&name).extension().is_some_and(|extension| extension == "eml");
            if known || !is_letter || name.starts_with('.') {
                continue;
            }
            let bytes = std::fs::read(folder.join(&name)).map_err(unreadable)?;
            let Some(mut opened) = read(&bytes, &name) else { continue };
            let ids = (CustomerId::parse(&opened.listed.customer), SendId::parse(&opened.listed.send_id));
            if let (Some(customer), Some(send)) = ids {
                match store.send(&customer, &send).await?.map(|send| send.state) {
                    // It is on its way from the outbox into the ledger: the next look sees it.
                    Some(retention::send::State::Submitting) => continue,
                    Some(state) => state.name().clone_into(&mut opened.listed.state),
                    None => {}
                }
            }
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::new(opened));
        }
        Ok(())
    }
}

fn read(bytes: &[u8], file: &str) -> Option<Opened> {
    let message = MessageParser::default().parse(bytes)?;
    let raw = |name: &str| message.header_raw(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let millis: i64 = file.split('-').next()?.parse().ok()?;
    let headers = message.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Some(Opened {
        listed: Listed {
            to: message.to().and_then(|to| to.first()).and_then(|a| a.address()).unwrap_or_default().to_owned(),
            flow: raw(header::FLOW),
            step: raw(header::STEP),
            subject: message.subject().unwrap_or_default().to_owned(),
            state: "unknown".to_owned(),
            send_id: raw(header::SEND),
            customer: raw(header::CUSTOMER),
            sent_at: Time::from_timestamp_millis(millis)?,
            file: file.to_owned(),
        },
        html: message.body_html(0).unwrap_or_default().into_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        headers,
    })
}
