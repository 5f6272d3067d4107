//! What SES says instead of yes: not now, or never.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use retention::Reason;
use retention::send::State;
use send::Outcome;
use testkit::fake_ses::{self, Answer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::desk::Desk;

/// For the tests that wait until it is over.
const IMPATIENT: Duration = Duration::from_millis(400);

/// Answers that leave no doubt: SES did not take the letter, and may take it later; in how many minutes it is asked again.
const NOT_NOW: [(Answer, Reason, i64); 11] = [
    (Answer::THROTTLED, Reason::Throttled, 1),
    (Answer::Error(429, "SomethingNew"), Reason::Throttled, 1),
    (Answer::Error(400, "ThrottlingException"), Reason::Throttled, 1),
    (Answer::QUOTA, Reason::Quota, 15),
    (Answer::PAUSED, Reason::Resting, 5),
    (Answer::SUSPENDED, Reason::Resting, 5),
    (Answer::ACCESS_DENIED, Reason::NotAllowed, 5),
    (Answer::Error(404, "NotFoundException"), Reason::NotAllowed, 5),
    (Answer::Error(400, "MailFromDomainNotVerifiedException"), Reason::NotAllowed, 5),
    (Answer::Error(403, "SignatureDoesNotMatch"), Reason::NotAllowed, 5),
    (Answer::Error(403, "ExpiredTokenException"), Reason::NotAllowed, 5),
];

#[tokio::test]
async fn a_letter_that_ses_does_not_take_now_waits_for_a_while_and_then_leaves() {
    let desk = Desk::open().await;
    for (n, (answer, reason, minutes)) in NOT_NOW.into_iter().enumerate() {
        let planned = desk.confirmation(n).await;
        let before = desk.ses.connections();
        desk.ses.answers(&[answer]);
        assert_eq!(desk.deliver(&planned).await, Outcome::NotNow(reason), "{answer:?}");
        assert_eq!(desk.ses.connections() - before, 1, "{answer:?}: asked once");
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason), (State::Planned, Some(reason)), "{answer:?}");
        assert_eq!(row.due_at, Some(desk.now() + TimeDelta::minutes(minutes)), "{answer:?}");
        assert_eq!((row.attempt, row.message_id.as_ref()), (1, None), "{answer:?}: the attempt stays");
        desk.pass(minutes);
        assert_eq!(desk.deliver(&planned).await, Outcome::Sent, "{answer:?}");
    }
}

#[tokio::test]
async fn a_letter_that_is_throttled_again_and_again_waits_twice_as_long_each_time_and_a_quarter_of_an_hour_at_most() {
    let desk = Desk::open().await;
    let planned = desk.confirmation(1).await;
    let mut waits = Vec::new();
    for _ in 0..6 {
        desk.ses.answers(&[Answer::THROTTLED]);
        desk.deliver(&planned).await;
        let wait = desk.row(&planned).await.due_at.expect("a time") - desk.now();
        waits.push(wait.num_minutes());
        desk.pass(wait.num_minutes());
    }
    assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
}

#[tokio::test]
async fn a_letter_that_ses_refuses_is_rejected_for_good() {
    let desk = Desk::open().await;
    for (n, answer) in
        [Answer::REJECTED, Answer::BAD_REQUEST, Answer::Error(413, "SomethingNew")].into_iter().enumerate()
    {
        let planned = desk.confirmation(n).await;
        let before = desk.ses.connections();
        desk.ses.answers(&[answer]);
        assert_eq!(desk.deliver(&planned).await, Outcome::Ended(Reason::Refused), "{answer:?}");
        let row = desk.row(&planned).await;
        assert_eq!((row.state, row.reason, row.due_at), (State::Rejected, Some(Reason::Refused), None), "{answer:?}");
        assert!(row.attempt == 1 && row.nonce.is_some(), "{answer:?}");
        assert_eq!(desk.deliver(&planned).await, Outcome::Already, "{answer:?}");
        assert_eq!(desk.ses.connections() - before, 1, "{answer:?}: asked once");
    }
}

/// A port of this machine at which nobody listens.
fn closed_port() -> SocketAddr {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    taken.local_addr().expect("an address")
}

/// A port at which connections are made and nobody ever says anything, as long as the listener is kept.
fn silent_port() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// A port that takes no further connection, as long as what is returned is kept.
async fn full_port() -> (impl Sized, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(IMPATIENT, TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    ((listener, waiting), address)
}

/// A port that answers whatever it is told with words of no protocol, for every connection.
async fn garbage_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 64];
            // Whoever has gone by then is no matter.
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(b"no protocol that anybody speaks\r\n\r\n").await;
        }
    });
    address
}

#[tokio::test]
async fn a_letter_waits_while_no_connection_to_ses_comes_about() {
    let (_silent, silent) = silent_port();
    let (_full, full) = full_port().await;
    for (what, endpoint) in [
        ("nobody listens", format!("http://{}", closed_port())),
        ("nobody listens, over TLS", format!("https://{}", closed_port())),
        ("there is no such name", "http://mail-service.invalid".to_owned()),
        ("there is no way there", "http://[2001:db8::1]:443".to_owned()),
        ("the port takes no connection", format!("http://{full}")),
        ("the handshake is never answered", format!("https://{silent}")),
        ("the handshake is answered by something else", format!("https://{}", garbage_port().await)),
    ] {
        let desk = Desk::open().await;
        let thanks = desk.thanks(1).await;
        let desk = desk.with(fake_ses::mailer_of(&endpoint, IMPATIENT));
        let outcome = desk.deliver(&thanks).await;
        assert_eq!(outcome, Outcome::NotNow(Reason::Unreachable), "{what}: nothing was written");
        let row = desk.row(&thanks).await;
        assert_eq!((row.state, row.attempt), (State::Planned, 1), "{what}");
        assert_eq!(row.due_at, Some(desk.now() + TimeDelta::minutes(1)), "{what}");
        assert_eq!(desk.ses.connections(), 0, "{what}");
        let unknown = desk.store().pace().await.expect("a read").unknown_in_a_row;
        assert_eq!(unknown, 0, "{what}: that is no doubt");
    }
}

#[tokio::test]
async fn a_connection_that_stood_and_answered_in_no_protocol_leaves_a_doubt() {
    let desk = Desk::open().await;
    let thanks = desk.thanks(1).await;
    let desk = desk.with(fake_ses::mailer_at(garbage_port().await, fake_ses::PATIENT));
    assert_eq!(desk.deliver(&thanks).await, Outcome::InDoubt, "the letter was written");
}

#[tokio::test]
async fn what_ses_says_of_one_letter_is_no_matter_of_another() {
    let desk = Desk::open().await;
    let mut planned = Vec::new();
    for n in 0..8 {
        planned.push(desk.confirmation(n).await);
    }
    desk.ses.answers_to("person2@example.com", Answer::REJECTED);
    desk.ses.answers_to("person5@example.com", Answer::FAILED);
    let messages: Vec<(&str, String)> = planned.iter().map(|send| ("m", crate::desk::message(send))).collect();
    let answer = desk.works_through(&messages).await;
    assert_eq!(answer, serde_json::json!({ "batchItemFailures": [] }), "a verdict is no failure");
    for (n, send) in planned.iter().enumerate() {
        let state = match n {
            2 => State::Rejected,
            5 => State::Unknown,
            _ => State::Sent,
        };
        assert_eq!(desk.row(send).await.state, state, "{n}");
    }
    assert_eq!(desk.ses.connections(), 8);
}
