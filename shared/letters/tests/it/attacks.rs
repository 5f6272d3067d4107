//! Whatever stands where a person's or a storefront's values stand: the mail has the headers that it has to have, its links
//! lead where letters of this shop lead, and its markup is that of the template.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;
use std::thread;

use letters::{Letter, RenderError};
use retention::EmailAddress;
use retention::flow::{Class, Flow, Step};
use retention::ids::{CustomerId, Occasion, SendId};
use retention::time::{later, minutes};
use scraper::{Html, Node};
use url::Url;

use crate::hostile_values::{Chance, text, url};
use crate::mime;
use crate::places::{LETTERS, Place, TREE, filled, harmless, steps};
use letters::samples::{self, Sample};

/// How many values have to reach a letter.
const VALUES: usize = 100_000;
/// Attributes in which values may stand; of all others the value is the template's.
const DATA: [&str; 5] = ["alt", "aria-label", "href", "src", "title"];

/// A letter that is attacked: which, and whether it is about a category.
type Target = (usize, bool);

fn compose(sample: &Sample, (flow, step): (&Flow, &Step)) -> Result<Letter, RenderError> {
    sample.compose(&TREE, &LETTERS, flow, step)
}

fn to() -> EmailAddress {
    EmailAddress::parse("ada@person.example").unwrap()
}

/// What a mailbox makes of the HTML of a letter.
struct Shown {
    /// Every element, attribute, comment and their nesting, and what is the template's of their values.
    structure: Vec<String>,
    /// Every link and picture.
    urls: Vec<String>,
}

/// `keep` says whether the structure is wanted in words, and not only as a hash.
fn shown(html: &str, keep: bool) -> (u64, Shown) {
    let document = Html::parse_document(html);
    let mut hasher = DefaultHasher::new();
    let mut shown = Shown { structure: Vec::new(), urls: Vec::new() };
    let mut note = |depth: usize, name: &str, value: &str, shown: &mut Shown| {
        (depth, name, value).hash(&mut hasher);
        if keep {
            shown.structure.push(format!("{depth} {name} {value}"));
        }
    };
    for node in document.tree.root().descendants() {
        let depth = node.ancestors().count();
        match node.value() {
            Node::Element(element) => {
                note(depth, "<", element.name(), &mut shown);
                for (name, value) in element.attrs() {
                    note(depth, name, if DATA.contains(&name) { "" } else { value }, &mut shown);
                    if name.ends_with("href") || name.ends_with("src") || name == "background" || name == "action" {
                        shown.urls.push(value.to_owned());
                    }
                }
            }
            Node::Comment(comment) => note(depth, "<!--", comment, &mut shown),
            Node::Doctype(doctype) => note(depth, "<!", doctype.name(), &mut shown),
            Node::ProcessingInstruction(instruction) => note(depth, "<?", &instruction.target, &mut shown),
            Node::Text(_) | Node::Document | Node::Fragment => {}
        }
    }
    (hasher.finish(), shown)
}

/// The letters as they are for harmless values, by what else they depend on: whether the parcel has a page, the product a
/// picture.
#[derive(Default)]
struct Harmless(Mutex<BTreeMap<(Target, bool, bool), u64>>);

impl Harmless {
    fn sample((index, by_category): Target, page: bool, picture: bool) -> Sample {
        filled(steps()[index].0, by_category, |place| match place {
            Place::TrackingUrl if !page => String::new(),
            Place::Image if !picture => String::new(),
            _ => harmless(place, "0"),
        })
    }

    fn of(&self, target: Target, page: bool, picture: bool) -> u64 {
        let key = (target, page, picture);
        if let Some(known) = self.0.lock().unwrap().get(&key) {
            return *known;
        }
        let letter = compose(&Self::sample(target, page, picture), steps()[target.0]).unwrap();
        let hash = shown(&letter.html, false).0;
        self.0.lock().unwrap().insert(key, hash);
        hash
    }
}

/// Which places reach which letter.
fn reached() -> BTreeMap<Target, Vec<Place>> {
    let mut reached = BTreeMap::new();
    for (index, step) in steps().into_iter().enumerate() {
        for by_category in [false, true] {
            let sample = Harmless::sample((index, by_category), true, true);
            let letter = compose(&sample, step).unwrap();
            let headers: String = letter.headers.iter().map(|(_, value)| value.as_str()).collect();
            let all = format!("{} {} {} {headers}", letter.subject, letter.html, letter.text);
            let ours = |place: &Place| matches!(place, Place::Unsubscribe | Place::Preferences | Place::Answer);
            let there = |place: &Place| !ours(place) && all.contains(&harmless(*place, "0"));
            reached.insert((index, by_category), Place::ALL.into_iter().filter(there).collect());
        }
    }
    reached
}

/// Where a link may lead: to the shop, to this letter's own links, to what the storefront gave for this person, as long as
/// it is a page; to the shop's mailbox and telephone.
fn may_lead(raw: &str, sample: &Sample, class: Class) -> bool {
    let contact = &TREE.brand.contact;
    let phone = contact.phone.as_deref().unwrap_or_default();
    let dialled: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if raw == format!("mailto:{}", contact.email.expose()) || raw == format!("tel:{dialled}") {
        return true;
    }
    // Whether punycode stands for anything is not asked: if not, it leads nowhere.
    let Ok(parsed) = Url::parse(&raw.replace("xn--", "xn")) else { return false };
    let is_page = parsed.scheme() == "https"
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.domain().is_some_and(|host| !host.is_empty())
        && raw.starts_with("https://");
    let hosts = || TREE.brand.hosts.iter().any(|host| Some(host.as_str()) == parsed.host_str());
    let links = sample.links.clone().filter(|_| class == Class::Marketing).unwrap_or_else(|| samples::links(class));
    let own = [&links.unsubscribe, &links.preferences, &links.action, &links.answer].into_iter().flatten();
    let scores = links.answer.iter().flat_map(|answer| (0..=10).map(move |score| format!("{answer}/{score}")));
    let parcels = sample.orders.iter().flat_map(|order| &order.after.fulfilments).flat_map(|parcel| &parcel.tracking);
    let given = parcels.filter_map(|tracking| tracking.url.as_ref()).chain(&sample.cart.url);
    is_page && (hosts() || own.chain(given).any(|known| known == raw) || scores.into_iter().any(|known| known == raw))
}

/// Signs by which what follows is read in another direction. Ours stand around a name, and are closed.
fn turns(text: &str) -> bool {
    let open = text.matches('\u{2068}').count();
    let closed = text.matches('\u{2069}').count();
    text.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}')) || open != closed
}

/// What is wrong with a letter, if anything is.
fn wrong(letter: &Letter, sample: &Sample, target: Target, harmless: &Harmless) -> Option<String> {
    let class = steps()[target.0].0.class;
    for (what, text) in [("subject", &letter.subject), ("preheader", &letter.preheader)] {
        let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if text.is_empty() || text.contains(breaks) || turns(text) {
            return Some(format!("its {what} is {text:?}"));
        }
    }
    let breaks = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}');
    if letter.text.contains(breaks) || turns(&letter.text) {
        return Some("its text holds signs that it must not".to_owned());
    }
    if let Some(wrong) = mime::wrong(letter, &to()) {
        return Some(wrong);
    }
    let (hash, seen) = shown(&letter.html, false);
    if let Some(url) = seen.urls.iter().find(|url| !may_lead(url, sample, class)) {
        return Some(format!("a link leads to {url:?}"));
    }
    let kinds = [(true, true), (true, false), (false, true), (false, false)];
    if !kinds.iter().any(|(page, picture)| hash == harmless.of(target, *page, *picture)) {
        let plain = compose(&Harmless::sample(target, true, true), steps()[target.0]).unwrap();
        let plain = shown(&plain.html, true).1.structure;
        let other = shown(&letter.html, true).1.structure;
        let first = plain.iter().zip(&other).find(|(plain, other)| plain != other);
        return Some(format!("its markup is another: {first:?}, {} and {} lines", plain.len(), other.len()));
    }
    None
}

/// A sample with an attack at every place.
fn attacked(target: Target, seed: u64) -> Sample {
    let mut chance = Chance::seeded(seed);
    filled(steps()[target.0].0, target.1, |place| match place {
        // The sender makes these, out of the shop's own address and a token.
        Place::Unsubscribe | Place::Preferences | Place::Answer => harmless(place, "1"),
        _ if place.is_url() => url(&mut chance),
        _ => text(&mut chance),
    })
}

/// What came of many attacks.
#[derive(Debug, Default)]
struct Tally {
    letters: usize,
    values: usize,
    /// No letter was made, since a header would be too long.
    refused: usize,
    succeeded: Vec<String>,
}

/// In which rounds a letter is attacked: one that little reaches, seldom.
fn every(places: &[Place]) -> u64 {
    if places.len() < 5 { 8 } else { 1 }
}

fn attack(targets: &BTreeMap<Target, Vec<Place>>, harmless: &Harmless, round: u64, tally: &mut Tally) {
    for (target, places) in targets.iter().filter(|(_, places)| round.is_multiple_of(every(places))) {
        let seed = (round * 1_000 + target.0 as u64) * 2 + u64::from(target.1);
        let sample = attacked(*target, seed);
        let found = match compose(&sample, steps()[target.0]) {
            Ok(letter) => wrong(&letter, &sample, *target, harmless),
            Err(RenderError::Header { .. } | RenderError::TooLarge { .. }) => {
                tally.refused += 1;
                continue;
            }
            Err(error) => Some(format!("no letter: {error}")),
        };
        tally.letters += 1;
        tally.values += places.len();
        if let Some(found) = found {
            let (flow, step) = steps()[target.0];
            tally.succeeded.push(format!("seed {seed}, {} {}: {found}", flow.name, step.id));
        }
    }
}

#[test]
fn no_value_of_a_hundred_thousand_gets_out_of_its_place() {
    let targets = reached();
    let harmless = Harmless::default();
    let places: BTreeSet<Place> = targets.values().flatten().copied().collect();
    let missing: Vec<Place> = Place::ALL.into_iter().filter(|place| !places.contains(place)).collect();
    assert_eq!(
        missing,
        [Place::Unsubscribe, Place::Preferences, Place::Answer],
        "what reaches no letter is not attacked"
    );
    let in_eight: u64 = targets.values().map(|places| places.len() as u64 * 8 / every(places)).sum();
    // A few letters are refused: as many rounds more.
    let rounds = (8 * (VALUES + VALUES / 20) as u64).div_ceil(in_eight);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let works: Vec<_> = (0..threads)
            .map(|first| {
                let (targets, harmless) = (&targets, &harmless);
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    for round in (0..rounds).skip(first).step_by(threads) {
                        attack(targets, harmless, round, &mut tally);
                    }
                    tally
                })
            })
            .collect();
        works.into_iter().map(|work| work.join().unwrap()).collect()
    });
    let succeeded: Vec<&String> = tallies.iter().flat_map(|tally| &tally.succeeded).collect();
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (letters, values, refused) = (sum(|t| t.letters), sum(|t| t.values), sum(|t| t.refused));
    let some: Vec<_> = succeeded.iter().take(12).collect();
    assert!(succeeded.is_empty(), "{} of {letters} letters: {some:#?}", succeeded.len());
    assert!(values >= VALUES, "{values} values reached {letters} letters, {refused} were refused");
    assert!(refused * 10 < letters, "{refused} of {letters} letters were refused");
}

#[test]
fn what_passes_for_an_address_is_one_mailbox_in_a_mail() {
    let (flow, step) = steps()[0];
    let letter = compose(&Harmless::sample((0, false), true, true), (flow, step)).unwrap();
    let mut passed = 0;
    for seed in 0..3_000 {
        let mut chance = Chance::seeded(seed);
        let (local, domain) = (text(&mut chance), url(&mut chance));
        let domain = domain.trim_start_matches("https://").trim_end_matches('/');
        for raw in [format!("{local}@curlew.example"), format!("ada@{domain}"), format!("{local}@{domain}")] {
            let Ok(address) = EmailAddress::parse(&raw) else { continue };
            passed += 1;
            assert_eq!(mime::wrong(&letter, &address), None, "seed {seed}: {raw:?}");
        }
    }
    assert!(passed > 200, "only {passed} passed: nothing is learnt");
}

#[test]
fn what_a_send_is_tagged_with_is_letters_and_digits_whatever_it_is_derived_from() {
    let now = samples::now();
    for seed in 0..2_000 {
        let mut chance = Chance::seeded(seed);
        let customer = CustomerId::derive(&text(&mut chance), later(now, minutes(1)));
        let occasion = Occasion::of(&[&text(&mut chance), &text(&mut chance)]);
        let (flow, step) = steps()[0];
        let send = SendId::derive(&customer, &flow.name, &step.id, &occasion);
        let is_plain = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        assert!(is_plain(customer.as_str()) && is_plain(send.as_str()), "seed {seed}: {customer} {send}");
    }
}

/// A letter of a flow with this at one place, and nothing but harmless values elsewhere.
fn letter_with(flow: &str, at: Place, value: &str) -> (Letter, Sample) {
    let (flow, step) = steps().into_iter().find(|(found, _)| found.name.as_str() == flow).unwrap();
    let sample = filled(flow, false, |place| if place == at { value.to_owned() } else { harmless(place, "1") });
    (compose(&sample, (flow, step)).unwrap(), sample)
}

#[test]
fn a_title_in_a_subject_does_not_turn_the_words_around_it() {
    let (letter, _) = letter_with("price_drop", Place::Product, "Tea \u{202e}live\u{2066}");
    assert_eq!(letter.subject, "Tea live costs less now");
}

#[test]
fn a_title_that_is_an_encoded_word_is_read_as_it_was_typed_and_not_decoded() {
    let typed = "=?UTF-8?B?DQpCY2M6IGFAZXZpbC5leGFtcGxl?=";
    let (letter, _) = letter_with("price_drop", Place::Product, typed);
    assert_eq!(letter.subject, "= ?UTF-8?B?DQpCY2M6IGFAZXZpbC5leGFtcGxl?= costs less now");
    assert_eq!(mime::wrong(&letter, &to()), None);
}

#[test]
fn a_value_with_what_is_no_character_of_a_document_costs_nobody_a_letter() {
    for none in ["\u{fffe}", "\u{ffff}"] {
        let (letter, _) = letter_with("order_status", Place::Title(0), &format!("Harbour{none} Fog"));
        assert!(letter.text.contains("Harbour Fog"), "{}", letter.text);
        let page = format!("https://curlew.example/{none}");
        let (letter, _) = letter_with("cart", Place::CartUrl, &page);
        assert!(!letter.html.contains("curlew"), "else to the shop");
    }
}

#[test]
fn a_cart_at_a_host_that_only_looks_like_one_leads_to_the_shop() {
    for bad in ["https://twoherons.ex\u{430}mple/c", "https://twoherons\u{3002}example/c", "https://127.0.0.1/c"] {
        let (letter, sample) = letter_with("cart", Place::CartUrl, bad);
        assert!(!letter.html.contains(bad) && !letter.text.contains(bad), "{bad}");
        assert!(shown(&letter.html, false).1.urls.iter().all(|url| may_lead(url, &sample, Class::Marketing)));
    }
}

#[test]
fn whatever_the_way_out_is_it_is_one_header_or_there_is_no_letter() {
    let (flow, step) = steps().into_iter().find(|(flow, _)| flow.class == Class::Marketing).unwrap();
    let (mut made, mut refused) = (0, 0);
    for seed in 0..2_000 {
        let mut chance = Chance::seeded(seed);
        let sample = filled(flow, false, |place| match place {
            Place::Unsubscribe | Place::Preferences | Place::Answer => url(&mut chance),
            _ => harmless(place, "1"),
        });
        match compose(&sample, (flow, step)) {
            Ok(letter) => {
                made += 1;
                assert_eq!(mime::wrong(&letter, &to()), None, "seed {seed}: {:?}", letter.headers);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(made > 50 && refused > 50, "{made} made, {refused} refused: nothing is learnt");
}

#[test]
fn an_attribute_reads_as_it_was_typed_in_scripts_with_marks_and_with_joiners_too() {
    for typed in
        ["\u{915}\u{94d}\u{937}\u{93f} Tea", "e\u{301}t\u{e9}", "\u{1f469}\u{200d}\u{1f373} Tea", "a\\b", "a\u{a0}b"]
    {
        let (letter, _) = letter_with("order_status", Place::Number, typed);
        let document = Html::parse_document(&letter.html);
        let mut labels = document.tree.values().filter_map(|node| node.as_element()?.attr("aria-label"));
        assert!(labels.any(|label| label.contains(typed)), "{typed:?}");
        assert!(letter.text.contains(typed) || typed.contains('\u{a0}'), "{typed:?} in {}", letter.text);
    }
}
