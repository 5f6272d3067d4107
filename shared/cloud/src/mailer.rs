//! The mailer: SES in the cloud, a folder of letters on a laptop.

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::display::DisplayErrorContext;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use retention::ids::{CustomerId, SendId};
use retention::pace::Account;
use retention::{EmailAddress, Reason};

use crate::outbox::Outbox;

/// A letter, ready to leave. Its debug form shows which letter it is, and nothing that stands in it.
#[derive(Clone)]
pub struct Outgoing {
    /// The sender's name.
    pub from_name: String,
    /// The sender's address.
    pub from: EmailAddress,
    /// The one recipient.
    pub to: EmailAddress,
    /// Where answers go.
    pub reply_to: EmailAddress,
    /// Subject.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part.
    pub text: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// What the mail service tells us back with every event.
    pub tags: Tags,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("tags", &self.tags).finish_non_exhaustive()
    }
}

/// The tags of a letter: lower-case hex and numbers, no address.
#[derive(Debug, Clone)]
pub struct Tags {
    /// To whom.
    pub customer: CustomerId,
    /// Which send.
    pub send: SendId,
    /// Which attempt.
    pub attempt: u32,
    /// Of which flow, for people who read them.
    pub flow: String,
    /// Which step.
    pub step: String,
}

/// What came of handing a letter over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It was taken, under this id.
    Accepted(String),
    /// It was refused for good.
    Refused,
    /// It was certainly not taken, and may be later.
    NotNow(Reason),
    /// Nobody can say.
    Unknown,
}

/// An account that did not say what it may send.
#[derive(Debug, thiserror::Error)]
#[error("the account at SES: {0}")]
pub struct NoAccount(String);

/// The mailer.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// SES, with retries off (see [`crate::clients::Aws::mailer`]).
    Ses {
        /// The client.
        client: aws_sdk_sesv2::Client,
        /// The configuration set whose events come back.
        configuration_set: String,
    },
    /// A folder, for the local run; refused on Lambda.
    Outbox(Outbox),
}

impl Mailer {
    /// What the account may send. None where there is no account, and nobody to pace for.
    pub async fn account(&self) -> Option<Result<Account, NoAccount>> {
        let Mailer::Ses { client, .. } = self else { return None };
        let asked = client.get_account().send().await;
        let asked = asked.map_err(|error| NoAccount(DisplayErrorContext(error).to_string()));
        Some(asked.and_then(|account| {
            let quota = account.send_quota().ok_or_else(|| NoAccount("it names no quota".to_owned()))?;
            let whole = |letters: f64| format!("{letters:.0}").parse().ok();
            // Minus one stands for no limit.
            Ok(Account {
                per_second: quota.max_send_rate(),
                per_day: whole(quota.max24_hour_send()),
                sent: whole(quota.sent_last24_hours()).unwrap_or_default(),
            })
        }))
    }

    /// Whether letters leave at a pace.
    pub fn is_paced(&self) -> bool {
        matches!(self, Mailer::Ses { .. })
    }

    /// Hands one letter over, exactly once.
    pub async fn submit(&self, letter: &Outgoing) -> Submitted {
        match self {
            Mailer::Outbox(outbox) => outbox.submit(letter),
            Mailer::Ses { client, configuration_set } => {
                let Some(content) = content(letter) else { return Submitted::Refused };
                let sent = client
                    .send_email()
                    .from_email_address(sender(&letter.from_name, &letter.from))
                    .destination(Destination::builder().to_addresses(letter.to.expose()).build())
                    .reply_to_addresses(letter.reply_to.expose())
                    .content(content)
                    .configuration_set_name(configuration_set)
                    .set_email_tags(tags(&letter.tags))
                    .send()
                    .await;
                match sent {
                    // An answer without an id proves nothing.
                    Ok(sent) => sent.message_id.map_or(Submitted::Unknown, Submitted::Accepted),
                    Err(error) => classify(&error),
                }
            }
        }
    }
}

/// How many bytes of a name one encoded word holds: with what stands around them it has at most 75 signs (RFC 2047, 2).
const ENCODED_BYTES: usize = 45;

/// `"Name" <address>`; a name beyond plain ASCII is encoded as RFC 2047 asks. Whatever could end a line is a space.
fn sender(name: &str, address: &EmailAddress) -> String {
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let name = name.replace(ends_line, " ");
    let plain = |c: char| c.is_ascii_alphanumeric() || " .-&'".contains(c);
    if name.chars().all(plain) {
        return format!("\"{name}\" <{}>", address.expose());
    }
    let mut words = vec![String::new()];
    for sign in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + sign.len_utf8() <= ENCODED_BYTES => word.push(sign),
            _ => words.push(sign.to_string()),
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    format!("{} <{}>", words.join(" "), address.expose())
}

fn content(letter: &Outgoing) -> Option<EmailContent> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build().ok();
    let body = Body::builder().html(text(&letter.html)?).text(text(&letter.text)?).build();
    let header = |(name, value): &(String, String)| MessageHeader::builder().name(name).value(value).build().ok();
    let headers: Option<Vec<_>> = letter.headers.iter().map(header).collect();
    let message = Message::builder().subject(text(&letter.subject)?).body(body).set_headers(headers).build();
    Some(EmailContent::builder().simple(message).build())
}

fn tags(tags: &Tags) -> Option<Vec<MessageTag>> {
    let attempt = tags.attempt.to_string();
    let pairs = [("customer", tags.customer.as_str()), ("send", tags.send.as_str()), ("attempt", &attempt)];
    pairs.iter().map(|(name, value)| MessageTag::builder().name(*name).value(*value).build().ok()).collect()
}

/// Modelled refusals are final. Throttling, a paused account and an error before the first byte was written are not
/// now. A timeout, a reset, a 5xx and an unreadable answer leave a question.
fn classify(error: &SdkError<SendEmailError>) -> Submitted {
    match error {
        SdkError::ConstructionFailure(_) => Submitted::Refused,
        SdkError::DispatchFailure(failure) if failure.is_user() => Submitted::Refused,
        // Only a connection that never stood is known to have carried nothing.
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) if never_connected(error) => Submitted::NotNow(Reason::Unreachable),
            _ => Submitted::Unknown,
        },
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or_default();
            tracing::error!(code, status, "the mail service did not take a letter");
            // Both limits come under the same codes; what it says is of a day or of a second.
            let of_a_day = code == "LimitExceededException"
                || service.err().message().is_some_and(|said| said.to_ascii_lowercase().contains("daily"));
            match code {
                "TooManyRequestsException" | "Throttling" | "ThrottlingException" | "LimitExceededException"
                    if of_a_day =>
                {
                    Submitted::NotNow(Reason::Quota)
                }
                "TooManyRequestsException" | "Throttling" | "ThrottlingException" => {
                    Submitted::NotNow(Reason::Throttled)
                }
                "SendingPausedException" | "AccountSuspendedException" => Submitted::NotNow(Reason::Resting),
                // Ours to mend, and no fault of the letter: a role, an identity, a clock.
                "AccessDeniedException"
                | "AccessDenied"
                | "NotFoundException"
                | "MailFromDomainNotVerifiedException"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "SignatureDoesNotMatch"
                | "ExpiredTokenException"
                | "ExpiredToken"
                | "RequestExpired"
                | "IncompleteSignature"
                | "MissingAuthenticationToken" => Submitted::NotNow(Reason::NotAllowed),
                _ if status == 429 => Submitted::NotNow(Reason::Throttled),
                _ if (400..500).contains(&status) => Submitted::Refused,
                // A yes that cannot be read is among these.
                _ => Submitted::Unknown,
            }
        }
        _ => Submitted::Unknown,
    }
}

/// Whether no connection came about: no such name, no way there, nobody who listens, no handshake, or none of these in
/// time. Nothing of the letter was written then.
fn never_connected(error: &ConnectorError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = error.source();
    }
    false
}
