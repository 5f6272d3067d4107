//! What the shop says of its products and their categories: `content.toml`, and what translators say of them in
//! `content.<locale>.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use retention::ids::ProductKey;

use crate::brand::one_line;
use crate::pages::nearest_locale;
use crate::table::{At, Table};
use crate::url::{host_of, https};

/// A picture with the words for those who do not see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it lies: https, on a host of the shop's.
    pub url: String,
    /// What it shows.
    pub alt: String,
}

/// What the shop says of a product beyond what orders say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductContent {
    /// What is said of it in the shop's own language.
    pub words: Words,
    /// Its page; else the storefront.
    pub url: Option<String>,
    /// Its picture; else a tile set in type.
    pub image: Option<Image>,
    /// Where its video is seen.
    pub video: Option<String>,
    /// What goes with it, the best first.
    pub accessories: Vec<ProductKey>,
    /// Its category.
    pub category: Option<String>,
}

/// What is said of a product or a category in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What it is called; of a product, else the title of the newest order.
    pub title: Option<String>,
    /// One line about it.
    pub blurb: Option<String>,
    /// How to care for it, or to use it; may have several paragraphs.
    pub care: Option<String>,
    /// What its video shows.
    pub video: Option<String>,
    /// What people ask.
    pub faq: Vec<Question>,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub question: String,
    /// The answer; may have several paragraphs.
    pub answer: String,
}

/// What is said in one language other than the shop's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translation {
    /// Of products.
    pub products: BTreeMap<ProductKey, Words>,
    /// Of categories.
    pub categories: BTreeMap<String, Words>,
}

/// Everything that is said of products and categories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// By SKU.
    pub products: BTreeMap<ProductKey, ProductContent>,
    /// By name, as products name it.
    pub categories: BTreeMap<String, CategoryContent>,
    /// By locale.
    pub translations: BTreeMap<String, Translation>,
}

/// What the shop says of a category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryContent {
    /// What is said of it in the shop's own language.
    pub words: Words,
    /// Where its video is seen.
    pub video: Option<String>,
}

/// A product as a letter of one language speaks of it.
#[derive(Debug, Clone, Copy)]
pub struct Described<'c> {
    product: &'c ProductContent,
    category: Option<&'c CategoryContent>,
    translated: Option<&'c Words>,
    translated_category: Option<&'c Words>,
}

impl Content {
    /// The product in a language; what is not said in it is said in the shop's own.
    pub fn product<'c>(&'c self, key: &ProductKey, locale: &str) -> Option<Described<'c>> {
        let product = self.products.get(key)?;
        let translation = self.translation(locale);
        let category = product.category.as_ref();
        Some(Described {
            product,
            category: category.and_then(|name| self.categories.get(name)),
            translated: translation.and_then(|said| said.products.get(key)),
            translated_category: category.zip(translation).and_then(|(name, said)| said.categories.get(name)),
        })
    }

    /// What a category is called in a language.
    pub fn category<'c>(&'c self, name: &'c str, locale: &str) -> &'c str {
        let translated = self.translation(locale).and_then(|said| said.categories.get(name)?.title.as_deref());
        let own = || self.categories.get(name).and_then(|category| category.words.title.as_deref());
        translated.or_else(own).unwrap_or(name)
    }

    fn translation(&self, locale: &str) -> Option<&Translation> {
        let nearest = nearest_locale(self.translations.keys().map(String::as_str), locale)?;
        self.translations.get(nearest)
    }

    /// The products of whose care there is something to say.
    pub(crate) fn cared_for(&self) -> BTreeSet<ProductKey> {
        let said = |(key, _): &(&ProductKey, &ProductContent)| {
            self.product(key, "").is_some_and(|product| product.care().is_some() || !product.faq().is_empty())
        };
        self.products.iter().filter(said).map(|(key, _)| key.clone()).collect()
    }
}

impl<'c> Described<'c> {
    /// What it is called.
    pub fn title(self) -> Option<&'c str> {
        self.translated.and_then(|words| words.title.as_deref()).or(self.product.words.title.as_deref())
    }

    /// One line about it.
    pub fn blurb(self) -> Option<&'c str> {
        self.translated.and_then(|words| words.blurb.as_deref()).or(self.product.words.blurb.as_deref())
    }

    /// Its page.
    pub fn url(self) -> Option<&'c str> {
        self.product.url.as_deref()
    }

    /// Its picture.
    pub fn image(self) -> Option<&'c Image> {
        self.product.image.as_ref()
    }

    /// What goes with it, the best first.
    pub fn accessories(self) -> &'c [ProductKey] {
        &self.product.accessories
    }

    /// How to care for it: its own text, else that of its category.
    pub fn care(self) -> Option<&'c str> {
        self.words().into_iter().find_map(|words| words.care.as_deref())
    }

    /// Where its video is seen and what it shows: its own, else that of its category.
    pub fn video(self) -> Option<(&'c str, &'c str)> {
        let pair = |url: Option<&'c String>, said: [Option<&'c Words>; 2]| {
            let title = said.into_iter().flatten().find_map(|words| words.video.as_deref())?;
            Some((url?.as_str(), title))
        };
        let own = pair(self.product.video.as_ref(), [self.translated, Some(&self.product.words)]);
        own.or_else(|| {
            let category = self.category?;
            pair(category.video.as_ref(), [self.translated_category, Some(&category.words)])
        })
    }

    /// What people ask of it: its own questions, else those of its category.
    pub fn faq(self) -> &'c [Question] {
        self.words().into_iter().map(|words| words.faq.as_slice()).find(|faq| !faq.is_empty()).unwrap_or_default()
    }

    /// All that is said, the nearest first.
    fn words(self) -> Vec<&'c Words> {
        let own = [self.translated, Some(&self.product.words)];
        let category = [self.translated_category, self.category.map(|category| &category.words)];
        own.into_iter().chain(category).flatten().collect()
    }
}

/// What `content.toml` says: for letters, and for the rules.
#[derive(Debug, Default)]
pub(crate) struct Products {
    pub(crate) content: Content,
    pub(crate) days_of_supply: BTreeMap<ProductKey, u32>,
}

impl Products {
    /// The category of each product that has one.
    pub(crate) fn categories(&self) -> BTreeMap<ProductKey, String> {
        let named = |(key, product): (&ProductKey, &ProductContent)| Some((key.clone(), product.category.clone()?));
        self.content.products.iter().filter_map(named).collect()
    }
}

/// The longest text about a product, in bytes.
const MAX_TEXT: usize = 4_000;

/// How many questions stand under a product, and how many things go with it.
const MAX_ITEMS: usize = 12;

/// The longest time one unit of a product may last.
const MAX_DAYS_OF_SUPPLY: i64 = 1_000;

/// Reads `content.toml`.
pub(crate) fn read(mut content: Table<'_>, hosts: &[String]) -> Products {
    let mut products = Products::default();
    let mut named: Vec<(At<'_, &str>, ProductKey)> = Vec::new();
    let mut of_category: Vec<At<'_, &str>> = Vec::new();
    for (key, mut table) in products_in(&mut content) {
        if let Some(days) = table.number("days_of_supply") {
            match u32::try_from(days.value).ok().filter(|d| (1..=MAX_DAYS_OF_SUPPLY).contains(&i64::from(*d))) {
                Some(count) => drop(products.days_of_supply.insert(key.clone(), count)),
                None => days.wrong(format!("`days_of_supply` is from 1 to {MAX_DAYS_OF_SUPPLY}")),
            }
        }
        let url = table.text("url").and_then(|text| text.then(|raw| https(raw)));
        if let Some(url) = &url {
            check_host(url, &url.value, hosts);
        }
        let image = table.table("image").and_then(Image::read);
        if let Some(image) = &image {
            image.check_host(hosts);
        }
        let (video, video_title) = video(&mut table, hosts);
        let accessories = table.texts("accessories");
        if let Some(over) = accessories.get(MAX_ITEMS) {
            over.wrong(format!("at most {MAX_ITEMS} things go with a product"));
        }
        named.extend(accessories.iter().map(|text| (text.clone(), ProductKey::new(text.value))));
        let category = table.text("category");
        of_category.extend(category.clone());
        let words = Words { video: video_title, ..words(&mut table) };
        table.finish();
        let known = ProductContent {
            words,
            url: url.map(|at| at.value),
            image: image.map(|at| at.value),
            video,
            accessories: accessories.iter().map(|text| ProductKey::new(text.value)).collect(),
            category: category.as_ref().and_then(one_line).filter(|name| !name.is_empty()),
        };
        products.content.products.insert(key, known);
    }
    for (text, _) in named.iter().filter(|(_, key)| !products.content.products.contains_key(key)) {
        text.unknown("product", keys(&products));
    }
    let categories = tables_in(&mut content, "category");
    for (name, mut table) in categories {
        let (video, video_title) = video(&mut table, hosts);
        let words = Words { video: video_title, ..words(&mut table) };
        table.finish();
        products.content.categories.insert(name.value.to_owned(), CategoryContent { words, video });
    }
    content.finish();
    products
}

/// Reads `content.<locale>.toml`: of the products and categories of `content.toml`, and only words.
pub(crate) fn read_translation(mut content: Table<'_>, known: &Content) -> Translation {
    let mut translation = Translation::default();
    for (name, mut table) in tables_in(&mut content, "product") {
        let key = ProductKey::new(name.value);
        if !known.products.contains_key(&key) {
            name.unknown("product", known.products.keys().map(ProductKey::as_str));
        }
        let words = translated(&mut table);
        table.finish();
        translation.products.insert(key, words);
    }
    for (name, mut table) in tables_in(&mut content, "category") {
        if !known.categories.contains_key(name.value) {
            name.unknown("category", known.categories.keys().map(String::as_str));
        }
        let words = translated(&mut table);
        table.finish();
        translation.categories.insert(name.value.to_owned(), words);
    }
    content.finish();
    translation
}

fn keys(products: &Products) -> Vec<&str> {
    products.content.products.keys().map(ProductKey::as_str).collect()
}

fn products_in<'d>(content: &mut Table<'d>) -> Vec<(ProductKey, Table<'d>)> {
    let tables = tables_in(content, "product").into_iter().map(|(name, table)| {
        let key = ProductKey::new(name.value);
        if key.as_str() != name.value || key.as_str().is_empty() {
            name.wrong("a product is named by its SKU, as in its orders");
        }
        (key, table)
    });
    tables.collect()
}

/// The tables `[kind."name"]`.
fn tables_in<'d>(content: &mut Table<'d>, kind: &'static str) -> Vec<(At<'d, &'d str>, Table<'d>)> {
    let all = content.table(kind).map(|table| table.all()).unwrap_or_default();
    let tables = all.into_iter().filter_map(|(name, value)| {
        let table = value.table();
        if table.is_none() {
            name.wrong(format!("this is written as [{kind}.\"{}\"]", name.value));
        }
        Some((name, table?))
    });
    tables.collect()
}

/// Title, blurb, care and questions.
fn words(table: &mut Table<'_>) -> Words {
    let faq = table.tables("faq").into_iter().map(|mut table| {
        let question = table.needed_text("question").as_ref().and_then(one_line);
        let answer = table.needed_text("answer").and_then(|text| text.then(|raw| long(raw)));
        table.finish();
        Some(Question { question: question?, answer: answer?.value })
    });
    let faq: Vec<Question> = faq.collect::<Vec<_>>().into_iter().flatten().collect();
    if faq.len() > MAX_ITEMS {
        table.wrong(format!("at most {MAX_ITEMS} questions stand under one thing"));
    }
    Words {
        title: table.text("title").as_ref().and_then(one_line),
        blurb: table.text("blurb").as_ref().and_then(one_line),
        care: table.text("care").and_then(|text| text.then(|raw| long(raw))).map(|at| at.value),
        video: None,
        faq,
    }
}

/// The same in another language, with what the video shows.
fn translated(table: &mut Table<'_>) -> Words {
    let video = table.table("video").and_then(|mut video| {
        let title = video.needed_text("title").as_ref().and_then(one_line);
        video.finish();
        title
    });
    Words { video, ..words(table) }
}

/// Where a video is seen, and what it shows.
fn video(table: &mut Table<'_>, hosts: &[String]) -> (Option<String>, Option<String>) {
    let Some(mut video) = table.table("video") else { return (None, None) };
    let url = video.needed_text("url").and_then(|text| text.then(|raw| https(raw)));
    if let Some(url) = &url {
        check_host(url, &url.value, hosts);
    }
    let title = video.needed_text("title").as_ref().and_then(one_line);
    video.finish();
    (url.map(|at| at.value), title)
}

fn long(raw: &str) -> Result<String, String> {
    let text = raw.trim();
    if text.is_empty() {
        return Err("this text is empty".to_owned());
    }
    if text.len() > MAX_TEXT { Err(format!("this is at most {MAX_TEXT} bytes long")) } else { Ok(text.to_owned()) }
}

impl Image {
    /// Reads a picture; reported where its words are missing, or where it is one that mailboxes do not show.
    pub(crate) fn read(mut table: Table<'_>) -> Option<At<'_, Image>> {
        let url = table.needed_text("url").and_then(|text| text.then(|raw| picture(raw)));
        let alt = table.needed_text("alt").as_ref().and_then(one_line);
        table.finish();
        let alt = alt?;
        url?.then(|url| Ok(Image { url: url.clone(), alt }))
    }
}

impl At<'_, Image> {
    /// Reports a picture that lies elsewhere than on the shop's hosts.
    pub(crate) fn check_host(&self, hosts: &[String]) {
        check_host(self, &self.value.url, hosts);
    }
}

/// Gmail and Outlook show no SVG, and no picture within a link of the letter itself.
fn picture(raw: &str) -> Result<String, String> {
    let url = https(raw)?;
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let is_svg = |kind: &std::ffi::OsStr| ["svg", "svgz"].iter().any(|svg| kind.eq_ignore_ascii_case(svg));
    if Path::new(path).extension().is_some_and(is_svg) {
        return Err("Gmail and Outlook show no SVG: use a PNG, twice as large as it is shown".to_owned());
    }
    Ok(url)
}

fn check_host<T>(at: &At<'_, T>, url: &str, hosts: &[String]) {
    let host = host_of(url).unwrap_or_default();
    if !hosts.iter().any(|known| known == host) {
        at.wrong(format!("`{host}` is not a host of this shop: add it to `hosts` in shop.toml"));
    }
}
