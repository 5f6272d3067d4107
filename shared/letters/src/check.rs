//! The check: every letter, in every language, against the fields of its view, the grammar of MJML and two made-up
//! customers.

mod colours;
mod expressions;
mod helpers;
mod letters_made;
mod mjml;
mod mjml_grammar;
mod outline;
mod scope;
mod shape;
mod texts;

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Template;
use retention::flow::{Class, Flow, Kind, Step};
use retention::ids::LetterName;
use retention::shop::Gives;
use serde_json::Value;
use shop::{Mistake, Position, Source, Tree};

use crate::compiled::syntax_error;
use crate::letters::{Letters, carries_coupon, formats_for};
use crate::links;
use crate::markup::escape;
use crate::specimen::{Known, Specimen};
use crate::view::{Frame, Purpose, View};
use expressions::Walk;
use outline::Outline;
use shape::Shape;

/// Everything that a coupon may be worth.
const ALL_GIVES: [Gives; 6] =
    [Gives::Percent(10), Gives::Amount(500), Gives::FreeShipping, Gives::Gift, Gives::Credit(500), Gives::EarlyAccess];

/// A template of `templates/`, compiled and taken apart.
struct Page<'t> {
    source: &'t Source,
    template: Template,
    outline: Outline,
}

/// Everything that the check looks at, and what it has found.
struct Checker<'t> {
    letters: &'t Letters,
    tree: &'t Tree,
    layout: BTreeMap<&'t str, Page<'t>>,
    found: Vec<Mistake>,
}

/// Finds every mistake of every letter.
pub(crate) fn check(letters: &Letters, tree: &Tree) -> Vec<Mistake> {
    let mut checker = Checker { letters, tree, layout: BTreeMap::new(), found: Vec::new() };
    for (name, source) in &tree.letters.layout {
        if let Some(page) = checker.page(source) {
            checker.layout.insert(name, page);
        }
    }
    let circles = checker.circles();
    texts::check_languages(tree, &mut checker.found);
    texts::check_content(tree, &mut checker.found);
    // What includes itself cannot be walked or rendered.
    if circles.is_empty() {
        for flow in &tree.shop.flows {
            checker.flow(flow);
        }
    }
    let mut found = checker.found;
    found.extend(circles);
    found.sort();
    // A partial that two letters include has one mistake, in the words of the first.
    found.dedup_by(|a, b| (&a.file, a.line, a.column) == (&b.file, b.line, b.column));
    found
}

/// Makes every letter for every sample customer.
pub(crate) fn check_made(letters: &Letters, tree: &Tree) -> Vec<Mistake> {
    letters_made::check(letters, tree)
}

impl<'t> Checker<'t> {
    fn page(&mut self, source: &'t Source) -> Option<Page<'t>> {
        let outline = Outline::of(&source.text);
        self.found.extend(outline.broken.iter().map(|(at, message)| mistake(source, *at, message.clone())));
        match Template::compile(&source.text) {
            Ok(template) => Some(Page { source, template, outline }),
            Err(error) => {
                let (place, message) = syntax_error(&error, Position::START);
                self.found.push(Mistake::at(&source.path, place, message));
                None
            }
        }
    }

    /// Partials that include themselves, straight or by way of others: they would never end.
    fn circles(&self) -> Vec<Mistake> {
        let mut circles = Vec::new();
        for start in self.layout.keys() {
            let mut path = vec![*start];
            self.follow(start, &mut path, &mut circles);
        }
        circles
    }

    fn follow(&self, name: &'t str, path: &mut Vec<&'t str>, circles: &mut Vec<Mistake>) {
        let Some(page) = self.layout.get(name) else { return };
        for include in &page.outline.includes {
            let Some((next, _)) = self.layout.get_key_value(include.name.as_str()) else { continue };
            if path.first() == Some(next) {
                circles.extend(self.circle(path));
            } else if !path.contains(next) {
                path.push(next);
                self.follow(next, path, circles);
                path.pop();
            }
        }
    }

    /// A round trip, told once: at the first of its partials by name.
    fn circle(&self, path: &[&'t str]) -> Option<Mistake> {
        let first = path.first()?;
        let next = path.get(1).unwrap_or(first);
        let page = self.layout.get(first).filter(|_| path.iter().min() == Some(first))?;
        let include = page.outline.includes.iter().find(|include| include.name == **next)?;
        let round = path.iter().chain([first]).copied().collect::<Vec<_>>().join(" > ");
        Some(mistake(page.source, include.at, format!("this partial includes itself: {round}")))
    }

    fn flow(&mut self, flow: &'t Flow) {
        let Some(folder) = self.tree.letters.flows.get(&flow.name) else { return };
        self.sells_only(flow);
        for (name, source) in &folder.letters {
            let Some(page) = self.page(source) else { continue };
            mjml::check(&page, &self.layout, &mut self.found);
            let steps: Vec<&Step> =
                flow.steps.iter().filter(|step| step.letters().any(|letter| letter == name)).collect();
            self.variables(flow, name, &page, &steps);
            // A letter with known mistakes fails to render for the same reasons, told worse.
            if !self.found.iter().any(|mistake| self.concerns(mistake, source)) {
                self.samples(flow, name, source, &steps);
            }
        }
    }

    /// A flow of several letters that does nothing but sell wears its readers out.
    fn sells_only(&mut self, flow: &Flow) {
        let promotional = flow.steps.iter().all(|step| step.kind == Kind::Promotional);
        let (first, folder) = (flow.steps.first(), self.tree.letters.flows.get(&flow.name));
        if let Some((first, folder)) = first.zip(folder).filter(|_| promotional && flow.steps.len() > 1) {
            let place = folder.letters.get(&first.letter).map(|source| source.path.with_file_name("flow.toml"));
            let message = "every letter of this flow is promotional: at least one is useful without a purchase";
            self.found.push(Mistake::at(&place.unwrap_or_default(), Position::START, message));
        }
    }

    /// Whether a mistake is of this letter: in its own file, its texts, or the layout.
    fn concerns(&self, mistake: &Mistake, letter: &Source) -> bool {
        let folder = mistake.file.parent();
        let layout = self.tree.letters.layout.values().next().and_then(|source| source.path.parent());
        let own_texts = folder == letter.path.parent() && mistake.file.extension().is_some_and(|kind| kind == "toml");
        mistake.file == letter.path || own_texts || folder == layout
    }

    /// Holds every name of a letter and its texts against the fields of its view.
    fn variables(&mut self, flow: &'t Flow, letter: &'t LetterName, page: &Page<'t>, steps: &[&Step]) {
        let with_coupon = !steps.is_empty() && steps.iter().all(|step| carries_coupon(flow, step));
        let Some(step) = steps.first().copied().or(flow.steps.first()) else { return };
        let all_gives = ALL_GIVES.map(Some);
        let mut views: Vec<Value> = Vec::new();
        for known in [Known::Everything, Known::Little] {
            for gives in all_gives.into_iter().chain((!with_coupon).then_some(None)) {
                let specimen = Specimen::of(&self.tree.shop, &self.tree.brand, flow, known, gives);
                let frame = Frame {
                    shop: &specimen.shop,
                    brand: &specimen.brand,
                    trigger: &flow.trigger,
                    locale: &self.tree.brand.locale,
                    formats: &self.tree.brand.formats,
                    needs_coupon: false,
                };
                let purpose = purpose(flow, step, letter, &specimen);
                let view = View::of(frame, purpose, &specimen.facts(), &specimen.links).map(serde_json::to_value);
                views.extend(view.ok().and_then(Result::ok));
            }
        }
        let mut shape = Shape::of(&views.iter().collect::<Vec<_>>());
        let words_shape = shape.clone();
        if flow.class == Class::Transactional {
            // A transactional letter does not sell: for it there is no coupon, not even one that may be missing, and no
            // shelf.
            for promotional in ["coupon", "best_sellers", "suggestions"] {
                shape.remove(promotional);
            }
        }
        shape.add("words", texts::words(self.tree));
        let own = texts::check_letter(
            self.tree,
            self.letters.formats(),
            flow,
            letter,
            [&shape, &words_shape],
            &mut self.found,
        );
        shape.add("t", own);
        Walk::new(&self.layout, &shape, &mut self.found).page(page);
    }

    /// Composes the letter for the two made-up customers, in every language: what no reading finds shows here.
    fn samples(&mut self, flow: &'t Flow, letter: &'t LetterName, source: &'t Source, steps: &[&Step]) {
        let Some(folder) = self.tree.letters.flows.get(&flow.name) else { return };
        let locales = folder.strings.keys().filter(|locale| self.tree.letters.words.contains_key(*locale));
        for locale in locales {
            for step in steps {
                for known in [Known::Everything, Known::Little] {
                    let needs_coupon = carries_coupon(flow, step);
                    let gives = needs_coupon.then_some(Gives::Percent(10));
                    let specimen = Specimen::of(&self.tree.shop, &self.tree.brand, flow, known, gives);
                    let purpose = purpose(flow, step, letter, &specimen);
                    let formats = formats_for(locale, None, &self.tree.brand.formats);
                    let frame = Frame {
                        shop: &specimen.shop,
                        brand: &specimen.brand,
                        trigger: &flow.trigger,
                        locale,
                        formats: &formats,
                        needs_coupon,
                    };
                    match self.letters.compose_in(frame, purpose, &specimen.facts(), &specimen.links) {
                        Err(error) => self.found.push(mistake_of_letter(&source.path, error.to_string())),
                        Ok(made) => {
                            let postal = &self.tree.brand.postal.lines;
                            if flow.class == Class::Marketing
                                && !postal.iter().all(|line| made.html.contains(&escape(line)))
                            {
                                let message = "a marketing letter shows the whole postal address: {{shop.postal}}";
                                self.found.push(mistake_of_letter(&source.path, message.to_owned()));
                            }
                            for url in specimen.links.preferences.iter().filter(|_| flow.class == Class::Marketing) {
                                if !links::shows(&made.html, url) {
                                    let message = "a marketing letter shows {{links.preferences}} where there is one";
                                    self.found.push(mistake_of_letter(&source.path, message.to_owned()));
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn purpose<'p>(flow: &'p Flow, step: &'p Step, letter: &'p LetterName, specimen: &'p Specimen) -> Purpose<'p> {
    Purpose {
        flow: &flow.name,
        step: &step.id,
        letter,
        class: flow.class,
        occasion: &specimen.occasion,
        covers: &specimen.covers,
        about: specimen.about.as_ref(),
    }
}

fn mistake(source: &Source, at: usize, message: impl Into<String>) -> Mistake {
    Mistake::at(&source.path, Position::of(&source.text, at), message)
}

fn mistake_of_letter(path: &Path, message: String) -> Mistake {
    Mistake::at(path, Position::START, message)
}
