//! `regulars why` names for every letter how it ended, and why.

use acceptance::TestShop;
use cloud::store::{Committed, Write};
use retention::decide::NewSend;
use retention::flow::Class;
use retention::ids::CustomerId;
use retention::send::State;
use retention::{Customer, Reason};
use testkit::people;

/// Every reason for which a letter ends without having left.
const ENDINGS: [Reason; 25] = [
    Reason::NoConsent,
    Reason::TopicOff,
    Reason::Suppressed,
    Reason::Erased,
    Reason::Outranked,
    Reason::Merged,
    Reason::Stale,
    Reason::Exited,
    Reason::Bought,
    Reason::HeldOut,
    Reason::OnlyIf,
    Reason::ConditionError,
    Reason::NoCoupon,
    Reason::OutOfStock,
    Reason::NoContent,
    Reason::FlowOff,
    Reason::SendsOwn,
    Reason::Restored,
    Reason::RenderFailed,
    Reason::Refused,
    Reason::Poison,
    Reason::Sunset,
    Reason::History,
    Reason::AlreadySent,
    Reason::Excluded,
];

#[tokio::test]
async fn why_shows_each_ending_of_a_letter_with_its_reason() {
    let shop = TestShop::open("2026-03-02 10:00").await;
    let now = shop.local.clock.now();
    let ada = Customer::new(CustomerId::derive("ada", now), now);
    let letter = |what: &str| people::planned(&ada, what, Class::Marketing, 28, now);
    let mut sends = Vec::new();
    for reason in ENDINGS {
        let mut send = letter(reason.code());
        send.end(reason, now);
        sends.push((send.clone(), format!("{}: {}", send.state.name(), reason.sentence())));
    }
    for reason in [Reason::NoEvent, Reason::NoEvidence] {
        let mut send = letter(reason.code());
        send.enter(State::LostSuspect, Some(reason), None, now);
        sends.push((send, format!("lost_suspect: {}", reason.sentence())));
    }
    let mut left = letter("left");
    left.enter(State::Sent, None, None, now);
    sends.push((left, "sent".to_owned()));
    let new: Vec<NewSend> = sends.iter().map(|(send, _)| NewSend { send: send.clone(), again: false }).collect();
    let write = Write { exact: true, sends: &new, ..Write::new(None, &ada) };
    assert_eq!(shop.local.store.commit(&write).await.expect("a write"), Committed::Done);
    let said = studio::why::why(&shop.local.store, &shop.local.shop, ada.id.as_str(), now).await.expect("why");
    for (send, ending) in sends {
        let line = format!("{}/{}  {ending} ({})", send.flow, send.step, send.occasion);
        assert!(said.contains(&line), "{line} is not in\n{said}");
    }
}
