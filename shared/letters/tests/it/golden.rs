//! Golden letters: a changed letter is a reviewed diff.

use letters::{Letters, samples};

/// Every letter for an ordinary customer: as text in every language, as HTML in the shop's own. The markup of a letter is the
/// same in all of them.
#[test]
fn every_letter_is_as_it_was_reviewed() {
    let tree = shop::read(&crate::templates()).unwrap();
    let letters = Letters::new(&tree);
    let sample = samples::all(&tree).swap_remove(0);
    for (flow, step) in tree.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step))) {
        for locale in tree.letters.words.keys() {
            let letter = sample.reading(locale).compose(&tree, &letters, flow, step).unwrap();
            let name = format!("{}-{}-{locale}", flow.name, step.letter);
            let headers: Vec<String> = letter.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let (subject, preheader) = (&letter.subject, &letter.preheader);
            let head = format!("Subject: {subject}\nPreheader: {preheader}\n{}\n\n", headers.join("\n"));
            insta::assert_snapshot!(format!("{name}-text"), format!("{head}{}", letter.text));
            if *locale == tree.brand.locale {
                // One tag a line, so that a diff shows what changed.
                insta::assert_snapshot!(format!("{name}-html"), letter.html.replace("><", ">\n<"));
            }
        }
    }
}
