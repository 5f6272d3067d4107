//! An event of SES as it arrives: in the envelope of SNS or without, as published by a configuration set (`eventType`) or
//! as a notification of an identity (`notificationType`).

use retention::EmailAddress;
use retention::Time;
use retention::feedback::{Bounce, News, Report};
use retention::ids::{CustomerId, SendId};
use serde::Deserialize;

/// The longest body that is looked at: SQS takes no longer one.
const MAX_BYTES: usize = 1_048_576;

/// An event that is about a letter of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SesEvent {
    /// To whom the letter was.
    pub(crate) customer: CustomerId,
    /// Which send.
    pub(crate) send: SendId,
    /// What it says.
    pub(crate) report: Report,
    /// When SES took the letter.
    pub(crate) taken_at: Time,
    /// The one address that it names, where it names one alone.
    pub(crate) recipient: Option<EmailAddress>,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// An event about a letter of ours.
    Ours(Box<SesEvent>),
    /// An event that changes nothing here, by its name: an opening, which machines make, and the like.
    Ignored(&'static str),
    /// An event about a letter that was not sent from here.
    Foreign,
    /// No event.
    Malformed,
}

/// The envelope of SNS.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(alias = "notificationType")]
    event_type: String,
    mail: Mail,
    bounce: Option<BounceBody>,
    complaint: Option<ComplaintBody>,
    delivery: Option<Happened>,
    delivery_delay: Option<Happened>,
    click: Option<Happened>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    timestamp: Time,
    message_id: String,
    #[serde(default)]
    tags: Tags,
}

/// Tags come as lists of values.
#[derive(Default, Deserialize)]
struct Tags {
    #[serde(rename = "ses:configuration-set", default)]
    configuration_set: Vec<String>,
    #[serde(default)]
    customer: Vec<String>,
    #[serde(default)]
    send: Vec<String>,
    #[serde(default)]
    attempt: Vec<String>,
}

#[derive(Deserialize)]
struct Happened {
    timestamp: Time,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BounceBody {
    timestamp: Time,
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComplaintBody {
    timestamp: Time,
    complaint_feedback_type: Option<String>,
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    status: String,
}

/// Reads a message's body. Events of another configuration set than ours are foreign.
pub(crate) fn read(body: &str, configuration_set: &str) -> Read {
    if body.len() > MAX_BYTES {
        return Read::Malformed;
    }
    let inner = match serde_json::from_str::<Envelope<'_>>(body) {
        Ok(envelope) if envelope.kind == "Notification" => Some(envelope.message),
        // Somebody subscribed the queue by hand: there is nothing to hear yet.
        Ok(_) => return Read::Ignored("subscription_of_the_queue"),
        Err(_) => None,
    };
    match serde_json::from_str::<Body>(inner.as_deref().unwrap_or(body)) {
        Ok(body) => body.read(configuration_set),
        Err(_) => Read::Malformed,
    }
}

impl Body {
    fn read(self, configuration_set: &str) -> Read {
        let heard = match self.event_type.as_str() {
            "Send" => Ok((News::Accepted, self.mail.timestamp)),
            "Reject" => Ok((News::Rejected, self.mail.timestamp)),
            "Delivery" => self.delivery.map(|delivery| (News::Delivered, delivery.timestamp)).ok_or(()),
            "DeliveryDelay" => self.delivery_delay.map(|delay| (News::Delayed, delay.timestamp)).ok_or(()),
            "Click" => self.click.map(|click| (News::Clicked, click.timestamp)).ok_or(()),
            "Bounce" => self.bounce.as_ref().map(|bounce| (News::Bounced(bounce.kind()), bounce.timestamp)).ok_or(()),
            "Complaint" => match &self.complaint {
                Some(complaint) if complaint.complaint_feedback_type.as_deref() == Some("not-spam") => {
                    return Read::Ignored("not_spam");
                }
                Some(complaint) => Ok((News::Complained, complaint.timestamp)),
                None => Err(()),
            },
            // Machines open letters, so that nobody's opening is known from it.
            "Open" => return Read::Ignored("open"),
            "Subscription" => return Read::Ignored("subscription"),
            "Rendering Failure" => return Read::Ignored("rendering_failure"),
            "AmazonSnsSubscriptionSucceeded" => return Read::Ignored("subscription_of_the_topic"),
            _ => Err(()),
        };
        let Ok((news, at)) = heard else { return Read::Malformed };
        let recipients = match (&self.bounce, &self.complaint) {
            (Some(bounce), None) => bounce.bounced_recipients.as_slice(),
            (None, Some(complaint)) => complaint.complained_recipients.as_slice(),
            _ => &[],
        };
        let recipient = match recipients {
            [one] => EmailAddress::parse(&one.email_address).ok(),
            _ => None,
        };
        let tags = &self.mail.tags;
        if one(&tags.configuration_set) != Some(configuration_set) {
            return Read::Foreign;
        }
        let customer = one(&tags.customer).and_then(CustomerId::parse);
        let send = one(&tags.send).and_then(SendId::parse);
        let attempt = one(&tags.attempt).and_then(|attempt| attempt.parse().ok());
        let (Some(customer), Some(send), Some(attempt)) = (customer, send, attempt) else { return Read::Foreign };
        let report = Report { attempt, message_id: self.mail.message_id, at, news };
        Read::Ours(Box::new(SesEvent { customer, send, report, taken_at: self.mail.timestamp, recipient }))
    }
}

/// The one value of a tag.
fn one(values: &[String]) -> Option<&str> {
    match values {
        [value] => Some(value),
        _ => None,
    }
}

impl BounceBody {
    /// A refusal for the letter's size or content says nothing of the mailbox; a final one says that it is dead, also
    /// where SES calls the bounce transient.
    fn kind(&self) -> Bounce {
        let of_the_letter = ["MessageTooLarge", "ContentRejected", "AttachmentRejected"];
        if of_the_letter.contains(&self.bounce_sub_type.as_str())
            || self.bounced_recipients.iter().any(Recipient::blames_letter)
        {
            return Bounce::Letter;
        }
        // That a letter was not delivered in the time that the shop gave it says nothing of the mailbox, whatever its status.
        let ran_out_of_time = self.bounce_sub_type == "CustomTimeoutExceeded";
        let is_final = self.bounced_recipients.iter().any(Recipient::is_final) && !ran_out_of_time;
        if self.bounce_type == "Permanent" || is_final {
            return Bounce::Dead;
        }
        Bounce::Passing
    }
}

impl Recipient {
    /// A final refusal, by the enhanced status code of RFC 3463.
    fn is_final(&self) -> bool {
        self.action == "failed" && self.status.starts_with("5.")
    }

    /// Too long for the mailbox (X.2.3) or the system (X.3.4), or something about its content (X.6).
    fn blames_letter(&self) -> bool {
        let class = self.status.split_once('.').map_or("", |(_, rest)| rest);
        class == "2.3" || class == "3.4" || class.starts_with("6.")
    }
}
