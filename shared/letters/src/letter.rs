//! What goes into a letter, and what comes out.

use retention::EmailAddress;
use retention::aggregates::Aggregates;
use retention::cart::Cart;
use retention::customer::{Coupon, Customer};
use retention::order::Order;
use retention::product::Product;
use retention::time::Time;

/// Everything that a letter may say of one person. Read consistently by whoever sends.
#[derive(Debug, Clone, Copy)]
pub struct LetterFacts<'a> {
    /// To whom.
    pub customer: &'a Customer,
    /// The orders that the send names, that of its own occasion first.
    pub orders: &'a [Order],
    /// What sold best.
    pub aggregates: &'a Aggregates,
    /// The coupon that was assigned for this send.
    pub coupon: Option<&'a Coupon>,
    /// The cart that the send is about.
    pub cart: Option<&'a Cart>,
    /// The product that the send is about, as the storefront has it now.
    pub product: Option<&'a Product>,
    /// The moment of sending.
    pub now: Time,
}

/// The links of one letter that only the sender can make, since they are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Where marketing ends; https, or http to this machine for the local run. Marketing letters are not made without it, transactional ones carry none.
    pub unsubscribe: Option<String>,
    /// Where a person chooses what to get; https.
    pub preferences: Option<String>,
    /// What a letter is for that is nothing but a link: to confirm a sign-up, to see one's own data.
    pub action: Option<String>,
    /// Where the question of a survey is answered; behind it a score, where one is chosen already.
    pub answer: Option<String>,
}

/// The scores of a survey.
pub(crate) const SCORES: std::ops::RangeInclusive<u8> = 0..=10;

impl Links {
    /// Where a score is given.
    pub(crate) fn of_score(&self, score: u8) -> Option<String> {
        Some(format!("{}/{score}", self.answer.as_ref()?))
    }

    /// All links of ours.
    pub(crate) fn own(&self) -> impl Iterator<Item = String> {
        let scores = SCORES.filter_map(|score| self.of_score(score));
        [&self.unsubscribe, &self.preferences, &self.action, &self.answer].into_iter().flatten().cloned().chain(scores)
    }
}

/// A letter, ready for the mail service.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The sender.
    pub from: shop::Address,
    /// Where answers go; a person reads it.
    pub reply_to: EmailAddress,
    /// The subject, on one line.
    pub subject: String,
    /// What a mailbox shows behind the subject, on one line. It stands in the HTML already.
    pub preheader: String,
    /// The HTML part, under [`Letter::MAX_HTML_BYTES`].
    pub html: String,
    /// The text part.
    pub text: String,
    /// Further headers, name and value, each value on one line: for marketing `List-Unsubscribe` and
    /// `List-Unsubscribe-Post` (RFC 8058).
    pub headers: Vec<(String, String)>,
}

impl Letter {
    /// Gmail clips at 102 kB and hides what stands at the end: the unsubscribe link.
    pub const MAX_HTML_BYTES: usize = 90_000;
    /// SES takes at most 870 characters in a header's value.
    pub const MAX_HEADER_CHARS: usize = 870;
}

/// Why a letter could not be made: what and where, in one line. Says nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The send names a flow, a step or a letter that the tree does not have.
    #[error("{flow}/{letter}: there is no such letter")]
    Unknown {
        /// The flow of the send.
        flow: String,
        /// Its letter.
        letter: String,
    },
    /// The letter speaks of something that the sender did not bring.
    #[error("{letter}: {what} is missing from the facts of this send")]
    Missing {
        /// Flow and letter.
        letter: String,
        /// What is missing.
        what: &'static str,
    },
    /// A template or a text cannot be compiled or rendered.
    #[error("{at}: {message}")]
    Template {
        /// File, line and column.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// The MJML that came out is none.
    #[error("{letter}: the letter is not well-formed MJML: {message}")]
    Mjml {
        /// Flow and letter.
        letter: String,
        /// What the parser said.
        message: String,
    },
    /// A link or a picture points where letters of this shop do not point.
    #[error("{letter}: {message}")]
    Link {
        /// Flow and letter.
        letter: String,
        /// Which kind of link, and why.
        message: String,
    },
    /// Nothing stands where a mailbox shows something.
    #[error("{letter}: the {header} is empty")]
    Empty {
        /// Flow and letter.
        letter: String,
        /// Which.
        header: &'static str,
    },
    /// A header would break into two.
    #[error("{letter}: the {header} holds a line break or is too long for a header")]
    Header {
        /// Flow and letter.
        letter: String,
        /// Which.
        header: &'static str,
    },
    /// A marketing letter whose recipient could not leave.
    #[error("{letter}: a marketing letter shows its unsubscribe link")]
    NoUnsubscribe {
        /// Flow and letter.
        letter: String,
    },
    /// Too large for a mailbox to show as a whole.
    #[error("{letter}: the HTML is {bytes} bytes, and letters are under {max}", max = Letter::MAX_HTML_BYTES)]
    TooLarge {
        /// Flow and letter.
        letter: String,
        /// Its size.
        bytes: usize,
    },
}
