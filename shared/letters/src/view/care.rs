//! How to look after what was ordered, in a view.

use std::collections::BTreeSet;

use serde::Serialize;

use super::products::{MAX_PRODUCTS, page_of};
use super::{Frame, one_line};
use crate::letter::LetterFacts;

/// Something in an order, and how to look after it.
#[derive(Debug, Serialize)]
pub(super) struct CaredFor {
    title: String,
    /// Paragraphs.
    how: Option<String>,
    /// Where it is shown how.
    video: Option<VideoView>,
    /// What people ask.
    faq: Option<Vec<QuestionView>>,
    /// Its page, else the storefront.
    url: String,
}

#[derive(Debug, Serialize)]
struct VideoView {
    url: String,
    /// What it shows.
    title: String,
}

#[derive(Debug, Serialize)]
struct QuestionView {
    question: String,
    /// Paragraphs.
    answer: String,
}

impl CaredFor {
    /// How to look after each thing in the order of which content.toml says it.
    pub(super) fn of_order(facts: &LetterFacts<'_>, frame: Frame<'_>) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let lines = facts.orders.iter().take(1).flat_map(|order| &order.lines);
        let bought = lines.filter(|line| line.quantity > 0 && seen.insert(&line.product));
        let cared = bought.filter_map(|line| {
            let content = frame.brand.content.product(&line.product, frame.locale)?;
            let faq: Vec<QuestionView> = content.faq().iter().map(QuestionView::of).collect();
            let video = content.video().map(|(url, title)| VideoView { url: url.to_owned(), title: title.to_owned() });
            let something = content.care().is_some() || video.is_some() || !faq.is_empty();
            something.then(|| Self {
                title: one_line(content.title().unwrap_or(&line.title)),
                how: content.care().map(str::to_owned),
                video,
                faq: Some(faq).filter(|faq| !faq.is_empty()),
                url: page_of(&line.product, frame),
            })
        });
        cared.take(MAX_PRODUCTS).collect()
    }
}

impl QuestionView {
    fn of(asked: &shop::Question) -> Self {
        Self { question: asked.question.clone(), answer: asked.answer.clone() }
    }
}
