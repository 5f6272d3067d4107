//! Forgeries: a delivery as the storefront signed it, with one thing changed. None of them may be believed.
//!
//! Of each delivery every bit of what is signed is flipped, one at a time: of the body, of the signature, and of the other
//! headers that are signed with it. What is signed is cut at each of its bytes and has something appended; the signature
//! is spelt otherwise, left out, doubled, taken from another delivery and from another kind; and it is made with secrets
//! that differ in one bit. A storefront whose topic is a header does not sign it, so that is left alone.
//!
//! Of Ecwid's body only the values of `eventCreated` and `eventId` are signed, so there those are changed and nothing
//! else: whatever else is changed is believed, and must be (it chooses what is fetched from the shop's own API).
//!
//! Two sources of different kinds with the same secret are out of scope: what Shopify signs, WooCommerce would have signed
//! likewise. Each kind has a secret of its own here, as in a shop.

mod bits;
mod edges;
mod secrets;
mod spelling;
mod swaps;
mod tally;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use retention::shop::SourceKind;
use storefront::BadSecrets;

use crate::door::{Door, NOW, Signed};
use crate::sample;

pub use tally::Tally;

/// Where in a body of Ecwid the signed values stand: what is written is `{"eventCreated":` and so on.
const ECWID_IDS: [&str; 6] = [
    "\"3f0c9a52-7d11-4c5e-9f42-1b8e6a2d7c90\"",
    "\"a\"",
    "42",
    "\"evt_00000000000000000000000000000001\"",
    "\"evt_00000000000000000000000000000002\"",
    "\"0\"",
];

/// A delivery that is mutated, among the others that were signed.
struct Case<'c> {
    door: &'c Door,
    own: &'c Genuine,
    all: &'c [(Door, Vec<Genuine>)],
}

/// A delivery that the storefront signed, and which bytes of its body are signed.
struct Genuine {
    signed: Signed,
    parts: Vec<std::ops::Range<usize>>,
}

/// Mutates the samples of every kind, and `more` bodies of the kinds that are given with them. An error is a delivery
/// that was not believed before anything was changed: nothing would be proven.
pub fn run(more: &[(SourceKind, Vec<u8>)]) -> Result<Tally, String> {
    let all = genuine(more).map_err(|e| e.to_string())?;
    for (door, deliveries) in &all {
        for Genuine { signed, .. } in deliveries {
            door.verify(&signed.headers, &signed.body)
                .map_err(|e| format!("{}: a delivery is refused as it was signed: {e}", door.kind.name()))?;
        }
    }
    let cases: Vec<Case<'_>> =
        all.iter().flat_map(|(door, deliveries)| deliveries.iter().map(|own| Case { door, own, all: &all })).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            case.mutate(&mut tally);
        }
        tally
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut total = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_fold(Tally::default(), |total, worker| worker.join().map(|part| total.and(part)))
    })
    .map_err(|_| "a mutation made an adapter panic".to_owned())?;
    secrets::refused(&mut total);
    total.deliveries = cases.len();
    Ok(total)
}

impl Case<'_> {
    fn mutate(&self, tally: &mut Tally) {
        bits::flip(self, tally);
        edges::cut_and_append(self, tally);
        edges::resplit(self, tally);
        spelling::respell(self, tally);
        swaps::swap(self, tally);
        secrets::sign_with_others(self, tally);
    }

    /// Counts a delivery that is not the storefront's.
    fn forged(&self, attack: &'static str, headers: &[(&'static str, String)], body: &[u8], tally: &mut Tally) {
        let believed = self.door.verify(headers, body).is_ok();
        tally.count(self.door.kind, attack, believed);
    }

    /// Counts the delivery with another value of one of its headers.
    fn with_header(&self, attack: &'static str, name: &str, value: Vec<u8>, tally: &mut Tally) {
        let Some(value) = deliverable(value) else {
            tally.undeliverable += 1;
            return;
        };
        let mut headers = self.own.signed.headers.clone();
        for (known, old) in &mut headers {
            if *known == name {
                old.clone_from(&value);
            }
        }
        self.forged(attack, &headers, &self.own.signed.body, tally);
    }

    /// The value of the signature's header.
    fn signature(&self) -> &str {
        self.own.signed.signature(self.door)
    }
}

impl Signed {
    fn signature(&self, door: &Door) -> &str {
        let name = door.signature_header();
        self.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// A header's value as it can arrive: visible ASCII, with spaces and tabs between but not around (RFC 9110, section 5.5).
fn deliverable(value: Vec<u8>) -> Option<String> {
    let inside = |b: &u8| b.is_ascii_graphic() || matches!(b, b' ' | b'\t');
    let outside = |b: Option<&u8>| b.is_none_or(u8::is_ascii_graphic);
    let legal = value.iter().all(inside) && outside(value.first()) && outside(value.last());
    legal.then(|| String::from_utf8(value).ok()).flatten()
}

/// The deliveries of every kind, each body once.
fn genuine(more: &[(SourceKind, Vec<u8>)]) -> Result<Vec<(Door, Vec<Genuine>)>, BadSecrets> {
    let of = |kind| {
        let door = Door::of(kind)?;
        let mut deliveries: Vec<Genuine> = Vec::new();
        let mut add = |topic: &str, body: Vec<u8>| {
            let parts =
                if kind == SourceKind::Ecwid { ecwid_parts(&body) } else { std::iter::once(0..body.len()).collect() };
            if deliveries.iter().all(|known| known.signed.body != body) {
                deliveries.push(Genuine { signed: door.sign(topic, body), parts });
            }
        };
        if kind == SourceKind::Ecwid {
            for (created, id) in (NOW - 5..).zip(ECWID_IDS) {
                for created in [created.to_string(), format!("\"{created}\"")] {
                    let rest = r#""storeId": 40500, "entityId": 7, "eventType": "order.updated"}"#;
                    add("", format!("{{\"eventCreated\": {created}, \"eventId\": {id}, {rest}").into_bytes());
                }
            }
        } else {
            for sample in sample::of(kind) {
                add(sample.topic, sample.body.into());
            }
        }
        for (_, body) in more.iter().filter(|(of, _)| *of == kind) {
            add("", body.clone());
        }
        Ok((door, deliveries))
    };
    SourceKind::ALL.into_iter().map(of).collect()
}

/// The values of `eventCreated` and `eventId`, without their quotation marks.
fn ecwid_parts(body: &[u8]) -> Vec<std::ops::Range<usize>> {
    let text = String::from_utf8_lossy(body);
    let value = |name: &str| {
        let begin = text.find(name)? + name.len();
        let begin = begin + text[begin..].find(|c: char| c.is_ascii_alphanumeric())?;
        let end = begin + text[begin..].find(['"', ',', '}', '\n'])?;
        Some(begin..end)
    };
    ["\"eventCreated\"", "\"eventId\""].into_iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_values_of_an_ecwid_body_are_found() {
        let body = br#"{"eventCreated": 1774000000, "eventId": "a-1", "data": null}"#;
        let found: Vec<&[u8]> = ecwid_parts(body).into_iter().map(|part| &body[part]).collect();
        assert_eq!(found, [&b"1774000000"[..], b"a-1"]);
    }

    #[test]
    fn a_header_that_no_client_could_send_is_no_forgery() {
        for bad in [&b"a\n"[..], b"\x00", b" a", b"a\t", "é".as_bytes(), b"\xff"] {
            assert_eq!(deliverable(bad.to_vec()), None, "{bad:?}");
        }
        assert_eq!(deliverable(b"v1,a b".to_vec()).as_deref(), Some("v1,a b"));
    }
}
