//! From a send that may leave to the letter that leaves: the coupon, the facts, the links.

use chrono::TimeDelta;
use cloud::StoreError;
use cloud::mailer::{Outgoing, Tags};
use cloud::store::{Committed, GivenCode, Known, Taken, Write};
use letters::{LetterFacts, Links};
use retention::aggregates::Aggregates;
use retention::coupon::{self, Given};
use retention::customer::Coupon;
use retention::flow::{Class, Trigger};
use retention::ids::{CustomerId, OfferName};
use retention::occurrence::{World, occurrences};
use retention::token::Purpose;
use retention::{EmailAddress, Send, Time};

use crate::Sender;
use crate::subject::Subject;

/// For how long a sign-up may be confirmed, and a link to a person's data is good: as the letters and the page say.
const CONFIRM: TimeDelta = TimeDelta::days(7);
const DATA: TimeDelta = TimeDelta::hours(48);

/// A letter that cannot be made; logged.
pub(crate) struct CannotMake;

/// The coupon that a send carries, assigned before the mark so that a second attempt finds the same one.
pub(crate) enum Assigned {
    /// It carries none, or the customer holds it already.
    Held(Option<Coupon>),
    /// It was written just now: read the customer again.
    Written,
    /// Somebody else wrote the customer, or took the code: read again.
    Lost,
    /// No code of the offer is left.
    Empty(OfferName),
}

/// How many free codes are read: where others reach for the same, the next is taken.
const CODES: i32 = 5;

/// Assigns the coupon of this customer, offer and occasion.
pub(crate) async fn assign_coupon(
    sender: &Sender,
    send: &Send,
    known: &Known,
    now: Time,
) -> Result<Assigned, StoreError> {
    let customer = match coupon::give(&known.customer, send, &sender.shop, now) {
        Given::None => return Ok(Assigned::Held(None)),
        Given::Held(coupon) => return Ok(Assigned::Held(Some(coupon))),
        Given::Now(customer) => customer,
        Given::OfPool(offer) => return take(sender, send, known, offer, now).await,
    };
    Ok(match sender.store.commit(&Write::new(Some(known), &customer)).await? {
        Committed::Done => Assigned::Written,
        Committed::Lost | Committed::Exist(_) => Assigned::Lost,
    })
}

/// Takes a code of the offer's pool.
async fn take(sender: &Sender, send: &Send, known: &Known, name: OfferName, now: Time) -> Result<Assigned, StoreError> {
    let found = sender.shop.offers.get(&name).and_then(|offer| Some((offer, offer.lot()?)));
    let Some((offer, lot)) = found else { return Ok(Assigned::Empty(name)) };
    let codes = sender.store.free_codes(&name, &lot, &known.customer.id, CODES).await?;
    if codes.is_empty() {
        return Ok(Assigned::Empty(name));
    }
    for code in codes {
        let customer = coupon::with_code(&known.customer, send, (&name, offer), &code, now);
        let (id, occasion) = (Some(customer.id.clone()), Some(send.occasion.clone()));
        let given = GivenCode { code, customer: id, occasion, at: now, used_at: None };
        match sender.store.take_code(known, &customer, (&name, &lot), &given).await? {
            Taken::Done => return Ok(Assigned::Written),
            Taken::Lost => break,
            Taken::Gone => {}
        }
    }
    Ok(Assigned::Lost)
}

/// Makes the letter of a send.
pub(crate) fn make(
    sender: &Sender,
    send: &Send,
    known: &Known,
    to: &EmailAddress,
    aggregates: &Aggregates,
    (subject, coupon): (&Subject, Option<&Coupon>),
    now: Time,
) -> Result<Outgoing, CannotMake> {
    let customer = &known.customer;
    let send = &still_covering(sender, send, known, aggregates, now);
    let links = links(sender, send, &customer.id, now);
    let facts = LetterFacts {
        customer,
        orders: &subject.orders,
        aggregates,
        coupon,
        cart: subject.cart.as_ref(),
        product: subject.product(send),
        now,
    };
    let letter = sender.letters.compose(send, &facts, &links).map_err(|error| {
        tracing::error!(send.id = %send.id, flow = %send.flow, letter = %send.letter, error = %error, "a letter could not be made");
        CannotMake
    })?;
    Ok(Outgoing {
        from_name: letter.from.name,
        from: letter.from.address,
        to: to.clone(),
        reply_to: letter.reply_to,
        subject: letter.subject,
        html: letter.html,
        text: letter.text,
        headers: letter.headers,
        tags: Tags {
            customer: send.customer.clone(),
            send: send.id.clone(),
            attempt: send.attempt + 1,
            flow: send.flow.to_string(),
            step: send.step.to_string(),
        },
    })
}

/// The links of ours that a letter carries. One that opens a person's data, or says yes for them, runs out.
fn links(sender: &Sender, send: &Send, customer: &CustomerId, now: Time) -> Links {
    let Sender { tokens, public_url, .. } = sender;
    let own = (send.class == Class::Marketing).then(|| format!("{public_url}/u/{}", tokens.sign(customer)));
    let (mut action, mut answer) = (None, None);
    match sender.shop.flow(&send.flow).map(|flow| &flow.trigger) {
        Some(Trigger::SignUp) => {
            let token = tokens.sign_until(Purpose::Confirm, customer, now + CONFIRM);
            action = Some(format!("{public_url}/u/{token}/confirm"));
        }
        Some(Trigger::DataRequest) => {
            let token = tokens.sign_until(Purpose::Data, customer, now + DATA);
            action = Some(format!("{public_url}/u/{token}/your-data"));
        }
        Some(Trigger::Survey) => answer = own.as_ref().map(|own| format!("{own}/answer/{}", send.id)),
        _ => {}
    }
    Links { preferences: own.clone(), unsubscribe: own, action, answer }
}

/// The send without the occasions that have ended since it was created: a product that was bought again meanwhile is
/// not announced.
fn still_covering(sender: &Sender, send: &Send, known: &Known, aggregates: &Aggregates, now: Time) -> Send {
    let mut send = send.clone();
    if send.covers.is_empty() {
        return send;
    }
    let Some(flow) = sender.shop.flow(&send.flow) else { return send };
    let world = World { shop: &sender.shop, aggregates };
    let found = occurrences(flow, &known.customer, world, now);
    send.covers.retain(|covered| found.iter().any(|o| &o.occasion == covered && o.over.is_none()));
    send
}
