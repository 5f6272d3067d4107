//! Golden letters: a changed letter is a reviewed diff.

use letters::Letters;

use crate::samples;

/// Every letter for an ordinary customer, as HTML and as text.
#[test]
fn every_letter_is_as_it_was_reviewed() {
    let tree = shop::read(&samples::templates()).unwrap();
    let letters = Letters::new(&tree);
    let sample = samples::all(&tree).swap_remove(0);
    for (flow, step) in tree.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step))) {
        let letter = sample.compose(&tree, &letters, flow, step).unwrap();
        let name = format!("{}-{}", flow.name, step.letter);
        let headers: Vec<String> = letter.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let head = format!("Subject: {}\nPreheader: {}\n{}\n\n", letter.subject, letter.preheader, headers.join("\n"));
        insta::assert_snapshot!(format!("{name}-text"), format!("{head}{}", letter.text));
        // One tag a line, so that a diff shows what changed.
        insta::assert_snapshot!(format!("{name}-html"), letter.html.replace("><", ">\n<"));
    }
}
