//! Whatever stands for the sender's name and for the address of answers: what SES is asked names one sender, and no more.

use std::collections::BTreeSet;

use cloud::mailer::Submitted;
use mail_parser::MessageParser;
use retention::EmailAddress;
use testkit::{FakeSes, fake_ses};

use crate::desk::letter;

/// How many names and addresses are tried.
const TRIES: usize = 4_000;
/// What somebody might put into a name to get out of it, or to say who else it is from.
const PARTS: [&str; 30] = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{b}",
    "Bcc: ",
    "\r\nBcc: all@example.com",
    "<",
    ">",
    "<a@example.com>",
    "\"",
    "\\",
    ",",
    ";",
    ":",
    "(",
    ")",
    "=?UTF-8?Q?a?=",
    "?=",
    "=?",
    "@",
    "Two Herons",
    "Zażółć gęślą",
    "茶",
    "\u{202e}",
    "👩‍👩‍👧",
    " ",
];

fn hostile(random: &mut fastrand::Rng) -> String {
    let count = random.usize(0..12);
    let mut text: String = (0..count).map(|_| PARTS[random.usize(0..PARTS.len())]).collect();
    if random.bool() {
        text.extend((0..random.usize(0..20)).map(|_| random.char(..)));
    }
    text
}

/// A name as it is to be read: what could end a line is a space.
fn shown(name: &str) -> String {
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    spaced(&name.replace(ends_line, " "))
}

/// The same with one space where there are several.
fn spaced(name: &str) -> String {
    name.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn no_name_and_no_address_for_answers_adds_a_sender_a_recipient_or_a_header() {
    let ses = FakeSes::start().await.expect("a fake");
    let mailer = ses.mailer(fake_ses::PATIENT);
    let mut random = fastrand::Rng::with_seed(7);
    let (mut encoded, mut addresses) = (0, 0);
    for n in 0..TRIES {
        let mut letter = letter();
        letter.from_name = hostile(&mut random);
        let address = match n % 3 {
            0 => format!("{}@twoherons.example", hostile(&mut random)),
            1 => format!("hello@{}", hostile(&mut random)),
            _ => format!("hello{}@twoherons.example", PARTS[random.usize(0..PARTS.len())]),
        };
        if let Ok(address) = EmailAddress::parse(&address) {
            letter.reply_to = address;
            addresses += 1;
        }
        assert!(matches!(mailer.submit(&letter).await, Submitted::Accepted(_)), "{n}");
        let asked = ses.last().expect("a request");
        let keys: BTreeSet<&str> = asked.body.as_object().expect("an object").keys().map(String::as_str).collect();
        let expected = ["ConfigurationSetName", "Content", "Destination", "EmailTags", "FromEmailAddress"];
        assert_eq!(keys, expected.into_iter().chain(["ReplyToAddresses"]).collect());
        assert_eq!(asked.recipients(), ["person1@example.com"]);
        let from = asked.body["FromEmailAddress"].as_str().expect("a sender");
        let replies = asked.body["ReplyToAddresses"].as_array().expect("addresses");
        let [reply] = &replies[..] else { panic!("{replies:?}") };
        let reply = reply.as_str().expect("an address");
        assert!(from.bytes().all(|b| (b' '..0x7f).contains(&b)), "{from:?}");
        assert!(!reply.contains(|c: char| c.is_control()), "{reply:?}");
        assert!(from.split(' ').all(|word| !word.starts_with("=?") || word.len() <= 75), "{from:?}");
        encoded += usize::from(from.starts_with("=?"));
        // As a mailbox reads it.
        let mail = format!("From: {from}\r\nReply-To: {reply}\r\nTo: person1@example.com\r\nSubject: s\r\n\r\ntext");
        let read = MessageParser::default().parse(mail.as_bytes()).expect("a mail");
        assert_eq!(read.headers().len(), 4, "{mail:?}");
        let sender: Vec<_> = read.from().expect("a sender").iter().collect();
        assert_eq!(sender.len(), 1, "{from:?}");
        assert_eq!(sender[0].address(), Some("hello@twoherons.example"), "{from:?}");
        assert_eq!(spaced(sender[0].name().unwrap_or_default()), shown(&letter.from_name), "{from:?}");
        let answers: Vec<_> = read.reply_to().expect("an address").iter().collect();
        assert_eq!(answers.len(), 1, "{reply:?}");
        assert_eq!(reply, letter.reply_to.expose());
        // An encoded word means nothing in an address (RFC 2047, 5), and this reader decodes it all the same.
        let is_read_otherwise = reply.contains("=?");
        assert!(is_read_otherwise || answers[0].address() == Some(reply), "{reply:?}");
    }
    assert!(encoded > TRIES / 4 && addresses > TRIES / 50, "{encoded} names encoded, {addresses} addresses taken");
}
