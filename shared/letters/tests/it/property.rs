//! Whatever people and storefronts type, a letter is made, and what they typed stays a value.

use std::sync::LazyLock;

use letters::{Letter, Letters};
use proptest::prelude::*;
use retention::flow::Flow;
use shop::Tree;

use letters::samples::{self, Sample};

static TREE: LazyLock<Tree> = LazyLock::new(|| shop::read(&crate::templates()).unwrap());
static LETTERS: LazyLock<Letters> = LazyLock::new(|| Letters::new(&TREE));

/// A sample with these texts wherever a storefront or a person gives one.
fn sample_with(typed: &str) -> Sample {
    let mut sample = samples::all(&TREE).swap_remove(0);
    // The first letter keeps a text from being empty, which is another letter.
    let text = format!("x{typed}");
    sample.customer.name = serde_json::from_value(serde_json::json!(text)).unwrap();
    for order in &mut sample.orders {
        order.number.clone_from(&text);
        order.codes = vec![text.clone()];
        for line in &mut order.lines {
            line.title.clone_from(&text);
            line.variant = Some(text.clone());
        }
    }
    for seller in &mut sample.aggregates.best_sellers {
        seller.title.clone_from(&text);
        // No content of the shop's own, so that what was typed is what is shown.
        seller.product = retention::ids::ProductKey::new(&format!("other-{}", seller.product));
    }
    sample
}

fn letters_with(typed: &str) -> Vec<Letter> {
    let sample = sample_with(typed);
    let steps = |flow: &'static Flow| flow.steps.iter().take(1).map(move |step| (flow, step));
    TREE.shop
        .flows
        .iter()
        .flat_map(steps)
        .map(|(flow, step)| sample.compose(&TREE, &LETTERS, flow, step).unwrap())
        .collect()
}

/// How many tags and attributes a letter has, as far as signs tell.
fn signs(letter: &Letter) -> [usize; 3] {
    ["<", ">", "\""].map(|sign| letter.html.matches(sign).count())
}

static PLAIN: LazyLock<Vec<[usize; 3]>> = LazyLock::new(|| letters_with("plain").iter().map(signs).collect());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_changes_the_markup_or_the_headers_of_a_letter(typed in "\\PC{0,60}|[<>&\"'{}=/!\\-\r\n\t\0\u{2028}\u{202e} a-z#]{0,60}") {
        for (letter, plain) in letters_with(&typed).iter().zip(PLAIN.iter()) {
            prop_assert_eq!(&signs(letter), plain);
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            prop_assert!(!letter.subject.contains(breaks) && !letter.preheader.contains(breaks));
        }
    }
}
