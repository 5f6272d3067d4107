//! The pages: one card, no script, nothing loaded from anywhere. Their words are the shop's, in the person's language.

use std::collections::BTreeMap;

use chrono::Datelike;
use chrono_tz::Tz;
use handlebars::Handlebars;
use retention::Time;
use retention::ids::TopicName;
use serde::Serialize;
use serde_json::Value;
use shop::{Brand, PageFiles, PageWords, Palette, Tree, nearest_locale};

/// The pages of a shop.
pub struct Pages {
    templates: Handlebars<'static>,
    files: PageFiles,
    shops: String,
    zone: Tz,
    shop: ShopView,
    /// The locales in which there are letters.
    languages: Vec<String>,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// The preference centre.
    Center,
    /// The answer to a survey.
    Answer,
    /// A person's own data.
    OwnData,
    /// One thing that is said, and what may be done next.
    Message,
}

/// A page and what it shows. Its texts are named by their keys.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    page: Page,
    title: &'static str,
    view: Value,
    locale: Option<String>,
    until: Option<Time>,
    fields: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct ShopView {
    name: String,
    email: String,
}

#[derive(Serialize)]
struct View<'a> {
    locale: &'a str,
    shop: &'a ShopView,
    title: &'a str,
    t: &'a BTreeMap<&'static str, String>,
    page: &'a Value,
}

const TEMPLATES: [(&str, &str); 4] = [
    ("center", include_str!("pages/center.hbs")),
    ("answer", include_str!("pages/answer.hbs")),
    ("own_data", include_str!("pages/own_data.hbs")),
    ("message", include_str!("pages/message.hbs")),
];
const LAYOUT: &str = include_str!("pages/layout.hbs");
const STYLE: &str = include_str!("pages/style.css");

impl Page {
    fn template(self) -> &'static str {
        match self {
            Page::Center => "center",
            Page::Answer => "answer",
            Page::OwnData => "own_data",
            Page::Message => "message",
        }
    }
}

impl Shown {
    /// A page under a title.
    pub(crate) fn new(page: Page, title: &'static str, view: Value) -> Self {
        Self { page, title, view, locale: None, until: None, fields: Vec::new() }
    }

    /// In a language of its own.
    pub(crate) fn in_language(self, locale: &str) -> Self {
        Self { locale: Some(locale.to_owned()), ..self }
    }

    /// With a day that its texts name.
    pub(crate) fn until(self, until: Option<Time>) -> Self {
        Self { until, ..self }
    }

    /// With a field that its texts name.
    pub(crate) fn filled(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("languages", &self.languages).finish_non_exhaustive()
    }
}

impl Pages {
    /// The pages in a shop's words and colours.
    pub fn new(tree: &Tree) -> Result<Self, String> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        let layout = LAYOUT.replace("/* style */", &format!("{}{STYLE}", colours(&tree.brand)));
        let all = TEMPLATES.into_iter().chain([("layout", layout.as_str())]);
        for (name, text) in all {
            templates.register_template_string(name, text).map_err(|error| format!("{name}.hbs: {error}"))?;
        }
        templates.register_helper("word", Box::new(word));
        let Brand { name, contact, locale, .. } = &tree.brand;
        Ok(Self {
            templates,
            files: tree.pages.clone(),
            shops: locale.clone(),
            zone: tree.shop.zone,
            shop: ShopView { name: name.clone(), email: contact.email.expose().to_owned() },
            languages: tree.letters.words.keys().cloned().collect(),
        })
    }

    /// The locale of the pages for a language tag, where there is one.
    pub(crate) fn locale(&self, wanted: Option<&str>) -> Option<&str> {
        nearest_locale(self.files.strings.keys().map(String::as_str), wanted?)
    }

    /// The locale for a browser's `Accept-Language`, else the shop's.
    pub(crate) fn accepted(&self, header: &str) -> &str {
        let mut wanted: Vec<(f32, &str)> = header
            .split(',')
            .take(20)
            .map(|part| {
                let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
                (quality.trim().parse().unwrap_or(0.0), tag.trim())
            })
            .collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.iter().find_map(|(_, tag)| self.locale(Some(tag))).unwrap_or(&self.shops)
    }

    /// The locales in which there are letters.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> + Clone {
        self.languages.iter().map(String::as_str)
    }

    /// The one of them for a customer's language tag.
    pub(crate) fn language_of(&self, wanted: Option<&str>) -> Option<&str> {
        nearest_locale(self.languages(), wanted?)
    }

    /// What a language calls itself.
    pub(crate) fn name_of<'l>(&'l self, locale: &'l str) -> &'l str {
        self.files.language(locale)
    }

    /// What a topic is called in a language, else in the shop's.
    pub(crate) fn topic<'t>(&'t self, topic: &'t TopicName, locale: &str) -> &'t str {
        let titles = self.files.topics.get(topic);
        let title = |locale: &str| {
            let titles = titles?;
            titles.get(nearest_locale(titles.keys().map(String::as_str), locale)?)
        };
        title(locale).or_else(|| title(&self.shops)).map_or(topic.as_str(), String::as_str)
    }

    /// Whether a language names the month before the day.
    pub(crate) fn has_month_first(&self, locale: &str) -> bool {
        let pattern = self.words(locale).text("date");
        pattern.find("{{month}}") < pattern.find("{{day}}")
    }

    /// A whole page.
    pub(crate) fn html(&self, locale: &str, shown: &Shown) -> String {
        let locale = shown.locale.as_deref().unwrap_or(locale);
        let words = self.words(locale);
        let mut fields = shown.fields.clone();
        fields.push(("shop.name", self.shop.name.clone()));
        fields.extend(shown.until.map(|until| ("until", self.date(words, until))));
        let t = words.texts().iter().map(|(key, text)| (*key, filled(text, &fields))).collect();
        let title = t_of(&t, shown.title);
        let view = View { locale, shop: &self.shop, title, t: &t, page: &shown.view };
        self.templates.render(shown.page.template(), &view).unwrap_or_else(|error| {
            // Every page is rendered in the tests, in every language: this is a fault of ours, and no reason to be silent.
            tracing::error!(error = %error, "a page could not be rendered");
            String::new()
        })
    }

    fn words(&self, locale: &str) -> &PageWords {
        static NONE: std::sync::LazyLock<PageWords> = std::sync::LazyLock::new(PageWords::default);
        self.files.strings.get(locale).or_else(|| self.files.strings.get(&self.shops)).unwrap_or(&NONE)
    }

    /// A day as the language writes it.
    fn date(&self, words: &PageWords, at: Time) -> String {
        let day = at.with_timezone(&self.zone).date_naive();
        let fields = [
            ("day", day.day().to_string()),
            ("month", words.text(&format!("month_{}", day.month())).to_owned()),
            ("year", day.year().to_string()),
        ];
        filled(words.text("date"), &fields)
    }
}

fn t_of<'t>(t: &'t BTreeMap<&'static str, String>, key: &str) -> &'t str {
    t.get(key).map_or("", String::as_str)
}

/// A text with its fields.
fn filled(text: &str, fields: &[(&str, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in fields {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    text
}

/// The text whose key is a value: `{{word page.error}}`.
fn word(
    helper: &handlebars::Helper<'_>,
    _: &Handlebars<'_>,
    context: &handlebars::Context,
    _: &mut handlebars::RenderContext<'_, '_>,
    out: &mut dyn handlebars::Output,
) -> handlebars::HelperResult {
    let key = helper.param(0).and_then(|param| param.value().as_str()).unwrap_or_default();
    let text = context.data()["t"][key].as_str().unwrap_or_default();
    out.write(&handlebars::html_escape(text))?;
    Ok(())
}

/// The shop's colours as variables. They were read as colours, so nothing in them ends the style.
fn colours(brand: &Brand) -> String {
    let variables = |palette: &Palette| {
        let Palette { page, sheet, panel, ink, muted, rule, accent, on_accent } = palette;
        format!(
            "--page:{page};--sheet:{sheet};--panel:{panel};--ink:{ink};--muted:{muted};--rule:{rule};--accent:{accent};\
             --on-accent:{on_accent}"
        )
    };
    let (day, dark) = (variables(&brand.colours.day), variables(&brand.colours.dark));
    format!(":root{{color-scheme:light dark;{day}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
}
