//! A letter holds what is its own person's, and nobody else's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::places::{LETTERS, Place, TREE, filled, harmless, steps};

/// How many people, unless `CANARIES` says otherwise.
const PEOPLE: usize = 5_000;
/// How many write at the same time.
const THREADS: usize = 8;

fn people() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a longer run of a test is asked for where tests are run")]
    let wanted = std::env::var("CANARIES").ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(PEOPLE)
}

/// The numbers of all people of whom something stands in a text.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("zq").skip(1).filter_map(|rest| {
        let (mark, rest) = rest.split_once('p')?;
        let (place, _) = rest.split_once('e')?;
        mark.bytes().all(|b| b.is_ascii_digit()).then_some((mark, place))
    })
}

/// The places that each letter shows, by what is in one that is made with nobody else around.
fn shown_alone() -> Vec<Vec<Place>> {
    let alone = |(flow, step)| {
        let sample = filled(flow, false, |place| harmless(place, "999999999"));
        let letter = sample.compose(&TREE, &LETTERS, flow, step).unwrap();
        let all = format!("{} {} {}", letter.subject, letter.html, letter.text);
        Place::ALL.into_iter().filter(|place| all.contains(&harmless(*place, "999999999"))).collect()
    };
    steps().into_iter().map(alone).collect()
}

#[test]
fn each_of_many_people_gets_a_letter_with_their_own_canaries_and_nobody_elses() {
    let (people, steps, places) = (people(), steps(), shown_alone());
    let next = AtomicUsize::new(0);
    let checked = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let person = next.fetch_add(1, Ordering::Relaxed);
                    if person >= people {
                        return;
                    }
                    let letter_no = person % steps.len();
                    let (flow, step) = steps[letter_no];
                    let mark = person.to_string();
                    let sample = filled(flow, false, |place| harmless(place, &mark));
                    let letter = sample.compose(&TREE, &LETTERS, flow, step).unwrap();
                    let headers: String = letter.headers.iter().map(|(_, value)| value.as_str()).collect();
                    let all = [&letter.subject, &letter.preheader, &letter.html, &letter.text, &headers];
                    for part in all {
                        for (whose, place) in named(part) {
                            assert_eq!(whose, mark, "{} of {mark} holds place {place} of {whose}", flow.name);
                        }
                    }
                    let whole = all.map(String::as_str).join(" ");
                    for place in &places[letter_no] {
                        let canary = harmless(*place, &mark);
                        assert!(whole.contains(&canary), "{} of {mark} lacks its {place:?}", flow.name);
                    }
                    checked.fetch_add(places[letter_no].len(), Ordering::Relaxed);
                }
            });
        }
    });
    let checked = checked.into_inner();
    assert!(checked > people, "{checked} canaries for {people} people");
}

#[test]
fn a_canary_of_another_is_noticed() {
    let found: Vec<_> = named("<b>zq12p3e</b> zqxp1e https://a.example/zq7p20e?x").collect();
    assert_eq!(found, [("12", "3"), ("7", "20")]);
}
