//! What only shows once a letter is made: each slip is made, and told at the marketer's own file.

use letters::{Letters, samples};
use shop::Severity;

use crate::check::Copy;

const TEXTS: &str = "flows/winback/strings.en.toml";
const LAST: &str = "flows/winback/last.mjml";
const GREETING: &str = "<mj-text><p style=\"margin:0\">{{words.greeting}}</p></mj-text>";

/// What the check of made letters says after a text in a file was replaced.
fn made(file: &str, from: &str, to: &str) -> Vec<String> {
    let copy = Copy::of_winback().with(file, from, to);
    let tree = shop::read(copy.path()).unwrap();
    let letters = Letters::new(&tree);
    assert!(letters.check().is_empty(), "only a made letter shows it: {:#?}", letters.check());
    let folder = format!("{}/", copy.path().display());
    let found = letters.check_made();
    found.iter().map(|mistake| mistake.to_string().replace(&folder, "")).collect()
}

/// The one thing that it says.
fn one(file: &str, from: &str, to: &str) -> String {
    let found = made(file, from, to);
    assert_eq!(found.len(), 1, "{to}: {found:#?}");
    found[0].clone()
}

#[test]
fn a_subject_or_preheader_that_mailboxes_cut_off_is_counted() {
    let subject = one(TEXTS, "One last word, and a code that is still good", &"word ".repeat(16));
    assert_eq!(
        subject,
        "flows/winback/strings.en.toml:19:14: the subject has 79 characters, at most 78 are shown (for the sample \
         `emoji`, in `en`)"
    );
    let preheader = one(TEXTS, "After that I will be quiet.", &"After that I will be quiet. ".repeat(5));
    assert!(preheader.contains(":20:14: the preheader has"), "{preheader}");
    assert!(made(TEXTS, "One last word, and a code that is still good", &"x".repeat(78)).is_empty());
}

#[test]
fn a_letter_says_how_a_person_is_reached() {
    let found = made("layout/contact.mjml", "<a href=\"mailto:{{shop.email}}\"", "<a href=\"{{shop.url}}\"");
    assert_eq!(found.len(), 5, "each letter: {found:#?}");
    assert!(found.iter().all(|found| found.contains("a letter says how a person is reached")), "{found:#?}");
}

#[test]
fn a_mailbox_that_nobody_reads_is_not_named() {
    let found = one(TEXTS, "Thank you for having been with us.", "Mail from no-reply@twoherons.example is ours.");
    assert!(found.starts_with("flows/winback/last.mjml:1:1:") && found.contains("nobody reads"), "{found}");
}

#[test]
fn text_that_cannot_be_read_on_its_ground_is_told_with_both_colours() {
    let faint = GREETING.replace("<mj-text>", "<mj-text color=\"{{shop.colours.day.rule}}\">");
    let found = one(LAST, GREETING, &faint);
    assert!(found.contains("#e3dccb on #fffdf8, a contrast of 1.3 to 1: it takes 4.5 to be read"), "{found}");
    let ground = GREETING.replace("<p style=\"", "<p style=\"background-color:{{shop.colours.day.accent}};");
    assert!(one(LAST, GREETING, &ground).contains("#23302b on #1f4d43"));
}

#[test]
fn a_letter_that_gmail_would_clip_is_a_warning_and_then_a_mistake() {
    let long = |kilobytes: usize| {
        let copy =
            Copy::of_winback().with(TEXTS, "Thank you for having been with us.", &"tea ".repeat(kilobytes * 256));
        let tree = shop::read(copy.path()).unwrap();
        Letters::new(&tree).check_made()
    };
    let warned = long(62);
    assert!(warned.iter().all(|found| found.severity == Severity::Warning), "{warned:#?}");
    assert!(warned.iter().any(|found| found.message.contains("Gmail hides what stands behind 102,000")), "{warned:#?}");
    let refused = long(80);
    assert!(refused.iter().any(|found| found.severity == Severity::Error), "{refused:#?}");
    assert!(refused[0].message.contains("letters are under 90000"), "{refused:#?}");
}

#[test]
fn a_letter_of_fifty_thousand_products_shows_the_first_and_counts_the_rest() {
    let tree = shop::read(&crate::templates()).unwrap();
    let letters = Letters::new(&tree);
    let mut sample = samples::all(&tree).into_iter().next().unwrap();
    let lines: Vec<_> =
        (0..50_000).map(|n| samples::line(&format!("P-{n}"), &format!("Product {n}"), None, 1, 100)).collect();
    sample.orders = vec![samples::order(tree.shop.currency, &lines)];
    let flow = tree.shop.flows.iter().find(|flow| flow.name.as_str() == "order_status").unwrap();
    let step = flow.steps.iter().find(|step| step.letter.as_str() == "confirmed").unwrap();
    let letter = sample.reading("en").compose(&tree, &letters, flow, step).unwrap();
    assert!(letter.html.len() < 80_000, "{}", letter.html.len());
    assert!(letter.text.contains("Product 0, 1 ×") && !letter.text.contains("Product 49999"), "{}", letter.text);
    assert!(letter.text.contains("49,9"), "how many more there are: {}", letter.text);
}
