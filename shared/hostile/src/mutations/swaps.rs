//! A right signature of something else: of another delivery, or of another kind.

use super::{Case, Genuine, Tally};
use crate::door::{Door, is_signed};

/// How many deliveries of another kind are swapped with each.
const STRANGERS: usize = 12;

pub(super) fn swap(case: &Case<'_>, tally: &mut Tally) {
    for (door, deliveries) in case.all {
        if door.kind == case.door.kind {
            deliveries
                .iter()
                .filter(|other| !std::ptr::eq(*other, case.own))
                .for_each(|other| sibling(case, other, tally));
        } else {
            deliveries.iter().take(STRANGERS).for_each(|other| stranger(case, door, other, tally));
        }
    }
}

/// The signature of another delivery, and all that is signed of it but the body.
fn sibling(case: &Case<'_>, other: &Genuine, tally: &mut Tally) {
    let name = case.door.signature_header();
    let signature = other.signed.signature(case.door);
    // Two bodies of Ecwid that name the same event in other ways have one signature.
    if signature == case.signature() {
        return;
    }
    case.with_header("the signature of another delivery", name, signature.into(), tally);
    case.forged("the headers of another delivery", &other.signed.headers, &case.own.signed.body, tally);
}

/// A delivery of another kind as it is, under our headers' names, and its signature on ours.
fn stranger(case: &Case<'_>, door: &Door, other: &Genuine, tally: &mut Tally) {
    let theirs = other.signed.signature(door);
    let bare = theirs.split_once(',').map_or(theirs, |(_, digits)| digits);
    let ours = if case.signature().contains(',') { format!("v1,{bare}") } else { bare.to_owned() };
    case.forged("a delivery of another kind", &other.signed.headers, &other.signed.body, tally);
    case.with_header("the signature of another kind", case.door.signature_header(), ours.clone().into_bytes(), tally);
    let rest = case.own.signed.headers.iter().filter(|(name, _)| *name != case.door.signature_header());
    let mut headers = vec![(case.door.signature_header(), ours)];
    headers.extend(rest.filter(|(name, _)| is_signed(name)).cloned());
    case.forged("a delivery of another kind under our names", &headers, &other.signed.body, tally);
}
