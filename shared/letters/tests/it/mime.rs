//! A letter as a mail: built as the local run builds it (`cloud::outbox`), and read back by another library.

use letters::Letter;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_parser::{Addr, Address, Message, MessageParser, PartType};
use retention::EmailAddress;

/// The bytes of a letter to one person.
pub(crate) fn built(letter: &Letter, to: &EmailAddress) -> Vec<u8> {
    let mut message = MessageBuilder::new()
        .from((letter.from.name.as_str(), letter.from.address.expose()))
        .to(to.expose())
        .reply_to(letter.reply_to.expose())
        .subject(letter.subject.as_str())
        .date(0_i64)
        .message_id("send-1@outbox.localhost")
        .text_body(letter.text.as_str())
        .html_body(letter.html.as_str());
    for (name, value) in &letter.headers {
        message = message.header(name.as_str(), Raw::new(value.as_str()));
    }
    message.write_to_vec().unwrap()
}

/// What is wrong with the mail that a letter becomes, if anything is.
pub(crate) fn wrong(letter: &Letter, to: &EmailAddress) -> Option<String> {
    let bytes = built(letter, to);
    let Some(mail) = MessageParser::default().parse(&bytes) else { return Some("it is no mail".to_owned()) };
    let mut names: Vec<&str> = mail.headers().iter().map(mail_parser::Header::name).collect();
    let mut expected = vec!["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];
    expected.extend(letter.headers.iter().map(|(name, _)| name.as_str()));
    names.sort_unstable();
    expected.sort_unstable();
    if names != expected {
        return Some(format!("its headers are {names:?}"));
    }
    for (name, value) in &letter.headers {
        if mail.header_raw(name.as_str()).map(unfolded) != Some(value.clone()) {
            return Some(format!("its {name} is another"));
        }
    }
    // Where a header is folded, white space may become other white space.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if mail.subject().map(words) != Some(words(&letter.subject)) {
        return Some(format!("its subject reads {:?}", mail.subject()));
    }
    let mailboxes = [
        (mail.to(), to, None),
        (mail.from(), &letter.from.address, Some(letter.from.name.as_str())),
        (mail.reply_to(), &letter.reply_to, None),
    ];
    for (found, address, name) in mailboxes {
        let found: Vec<&Addr<'_>> = found.iter().flat_map(|all: &&Address<'_>| all.iter()).collect();
        let [one] = found[..] else { return Some(format!("{} mailboxes in the place of one", found.len())) };
        if one.address() != Some(address.expose()) || one.name() != name {
            return Some("a mailbox is another".to_owned());
        }
    }
    wrong_parts(&mail, letter)
}

fn wrong_parts(mail: &Message<'_>, letter: &Letter) -> Option<String> {
    let [whole, parts @ ..] = &mail.parts[..] else { return Some("it has no parts".to_owned()) };
    let (PartType::Multipart(_), [text, html]) = (&whole.body, parts) else {
        return Some(format!("it has {} parts", parts.len()));
    };
    let lines = |text: &str| text.replace("\r\n", "\n");
    let is_text = matches!(&text.body, PartType::Text(body) if lines(body).trim_end() == letter.text.trim_end());
    let is_html = matches!(&html.body, PartType::Html(body) if lines(body).trim_end() == letter.html.trim_end());
    (!is_text || !is_html).then(|| "a part reads otherwise than it was written".to_owned())
}

/// A header's value on one line, as it was before it was folded.
fn unfolded(raw: &str) -> String {
    raw.replace("\r\n", "").trim().to_owned()
}
