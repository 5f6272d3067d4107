//! A letter to a colleague, to see it in a real mailbox: by SMTP, or by SES. It is no send of the shop's: nothing is noted, and
//! its links lead nowhere.

use cloud::clients::{self, Aws, SES_TIMEOUT};
use cloud::mailer::{Outgoing, Submitted, Tags};
use letters::Letter;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use retention::EmailAddress;
use retention::ids::{CustomerId, FlowName, Occasion, SendId, StepId};

use crate::failure::Failure;
use crate::preview::Asked;

/// By what a test letter leaves.
#[derive(Debug, Clone)]
pub enum By {
    /// A mail server: `smtps://user:password@mail.example.com`, `smtp://127.0.0.1:1025`.
    Smtp(String),
    /// SES in the account of the environment, under this configuration set.
    Ses(String),
}

/// Before the subject of a test letter.
const MARK: &str = "[Test] ";

/// Sends a letter to one address, and says what came of it.
pub async fn send(letter: &Letter, asked: &Asked, to: &str, by: &By) -> Result<String, Failure> {
    let to = EmailAddress::parse(to).map_err(|error| Failure::new(format!("--to: {error}")))?;
    match by {
        By::Smtp(url) => smtp(letter, &to, url).await,
        By::Ses(configuration_set) => ses(letter, asked, &to, configuration_set).await,
    }?;
    Ok(format!("{}/{} in {} is on its way.", asked.flow, asked.step, asked.locale))
}

async fn smtp(letter: &Letter, to: &EmailAddress, url: &str) -> Result<(), Failure> {
    let refused = |what: &str, error: &dyn std::fmt::Display| Failure::new(format!("{what}: {error}"));
    let mailbox = |name: Option<String>, address: &EmailAddress| {
        let address = address.expose().parse().map_err(|error| refused("the address", &error))?;
        Ok::<_, Failure>(Mailbox::new(name, address))
    };
    let mut message = Message::builder()
        .from(mailbox(Some(letter.from.name.clone()), &letter.from.address)?)
        .reply_to(mailbox(None, &letter.reply_to)?)
        .to(mailbox(None, to)?)
        .subject(format!("{MARK}{}", letter.subject));
    for (name, value) in &letter.headers {
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|error| refused("a header", &error))?;
        message = message.raw_header(HeaderValue::new(name, value.clone()));
    }
    let parts = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let message = message.multipart(parts).map_err(|error| refused("the letter", &error))?;
    let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| refused("--smtp", &error))?;
    server.build().send(message).await.map_err(|error| refused("the mail server", &error))?;
    Ok(())
}

async fn ses(letter: &Letter, asked: &Asked, to: &EmailAddress, configuration_set: &str) -> Result<(), Failure> {
    let now = cloud::clock::system_now();
    let customer = CustomerId::derive("a test letter", now);
    let names = FlowName::parse(&asked.flow).ok().zip(StepId::parse(&asked.step).ok());
    let (flow, step) = names.ok_or_else(|| Failure::new("there is no such letter"))?;
    let tags = Tags {
        send: SendId::derive(&customer, &flow, &step, &Occasion::of(&["test"])),
        customer,
        attempt: 1,
        flow: asked.flow.clone(),
        step: asked.step.clone(),
    };
    let outgoing = Outgoing {
        from_name: letter.from.name.clone(),
        from: letter.from.address.clone(),
        to: to.clone(),
        reply_to: letter.reply_to.clone(),
        subject: format!("{MARK}{}", letter.subject),
        html: letter.html.clone(),
        text: letter.text.clone(),
        headers: letter.headers.clone(),
        tags,
    };
    let mailer = clients::ses(Aws::load().await.config(), configuration_set.to_owned(), SES_TIMEOUT);
    match mailer.submit(&outgoing).await {
        Submitted::Accepted(_) => Ok(()),
        Submitted::Refused => Err(Failure::new("SES refuses it: are sender and recipient verified in this account?")),
        Submitted::NotNow(reason) => Err(Failure::new(format!("SES does not take it now: {reason:?}"))),
        Submitted::Unknown => Err(Failure::new("nobody can say whether SES took it: look into the mailbox")),
    }
}
