//! Reading the whole of `templates/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use chrono_tz::Tz;
use retention::Shop;
use retention::condition::Condition;
use retention::flow::Flow;
use retention::ids::{FlowName, LetterName, OfferName, SegmentName};
use retention::money::Currency;
use retention::shop::Sending;

use crate::brand::{self, Brand};
use crate::condition;
use crate::content::{self, Products, Translation};
use crate::flow::{self, Known};
use crate::letter_files::{FlowLetters, LetterFiles, Source};
use crate::limits;
use crate::mistake::{Mistake, Mistakes, Position};
use crate::offers::{self, Offers};
use crate::pages::{PageFiles, PageWords};
use crate::revision;
use crate::strings::{self, Strings};
use crate::table::{Document, Findings, Table};
use crate::topics::{self, Choices};
use crate::worth::{self, Tiers};

/// The shop as its marketers wrote it.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What the rules need.
    pub shop: Shop,
    /// What letters show of the shop.
    pub brand: Brand,
    /// The letters.
    pub letters: LetterFiles,
    /// The words of the pages that people open.
    pub pages: PageFiles,
}

/// The largest file that is read: a letter is under 90 kB when it is rendered.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// Reads `templates/`: right as a whole, or every mistake of every file.
pub fn read(dir: &Path) -> Result<Tree, Mistakes> {
    let findings = Findings::default();
    let reader = Reader { dir, findings: &findings };
    let tree = reader.tree();
    let mistakes = findings.into_sorted();
    match tree {
        Some(tree) if mistakes.is_empty() => Ok(tree),
        _ if mistakes.is_empty() => {
            Err(Mistakes(vec![Mistake::at(dir, Position::START, "the shop could not be read")]))
        }
        _ => Err(Mistakes(mistakes)),
    }
}

struct Reader<'r> {
    dir: &'r Path,
    findings: &'r Findings,
}

/// What `shop.toml` gives.
struct Frame {
    zone: Option<Tz>,
    currency: Option<Currency>,
    sources: Vec<retention::shop::Source>,
    limits: retention::shop::Limits,
    transit: TimeDelta,
    sending: Sending,
    tiers: Tiers,
    rates: BTreeMap<Currency, u64>,
    brand: Option<Brand>,
}

impl Reader<'_> {
    fn tree(&self) -> Option<Tree> {
        let frame = self.in_file("shop.toml", frame);
        let currency = frame.as_ref().and_then(|frame| frame.currency);
        let locale = frame.as_ref().and_then(|f| f.brand.as_ref()).map(|brand| brand.locale.clone());
        let shops = offers::Shops {
            currency,
            locale: locale.as_deref(),
            sources: frame.as_ref().map(|frame| frame.sources.as_slice()),
        };
        let Offers { read: offers, gifts, names: offer_names } =
            self.in_file("offers.toml", |table| offers::read(&table, shops)).unwrap_or_default();
        let hosts = frame.as_ref().and_then(|f| f.brand.as_ref()).map(|brand| brand.hosts.clone()).unwrap_or_default();
        let mut products: Products =
            self.in_file("content.toml", |content| content::read(content, &hosts)).unwrap_or_default();
        products.content.translations = self.translations(&products);
        let (layout, words) = self.layout();
        let segments = self.segments();
        // Where shop.toml could not be read, its tiers are not what is wrong.
        let has_tiers = frame.as_ref().is_none_or(|frame| frame.tiers.any);
        let (flows, letters) = self.flows(&offer_names, &segments, has_tiers);

        let known = topics::Flows { read: &flows, folders: &letters };
        let choices = self.in_file("shop.toml", |mut shop| Choices::read(&mut shop, known, locale.as_deref()));
        let Choices { topics, titles, double_opt_in } = choices.unwrap_or_default();
        let pages = self.pages(locale.as_deref());

        let Frame { zone, currency, sources, limits, transit, sending, tiers, rates, brand } = frame?;
        let mut shop = Shop {
            zone: zone?,
            currency: currency?,
            sources,
            limits,
            flows,
            topics,
            double_opt_in,
            offers,
            care: products.content.cared_for(),
            categories: products.categories(),
            days_of_supply: products.days_of_supply,
            segments,
            tiers: tiers.read,
            rates,
            transit,
            sending,
            revision: String::new(),
        };
        match revision::of(&shop) {
            Ok(revision) => shop.revision = revision,
            Err(error) => self.wrong(self.dir, format!("the rules cannot be hashed: {error}")),
        }
        let brand = Brand { content: products.content, gifts, tiers: tiers.titles, ..brand? };
        let pages = PageFiles { strings: pages, topics: titles };
        Some(Tree { shop, brand, letters: LetterFiles { layout, words, flows: letters }, pages })
    }

    /// What translators say of products: each `content.<locale>.toml`; a shop may have none.
    fn translations(&self, products: &Products) -> BTreeMap<String, Translation> {
        let mut translations = BTreeMap::new();
        for path in self.entries(self.dir) {
            let name = name_of(&path);
            let Some(tag) = name.strip_prefix("content.").and_then(|rest| rest.strip_suffix(".toml")) else { continue };
            match brand::tag(tag) {
                Ok(locale) => translations.extend(
                    self.in_file(&name, |table| content::read_translation(table, &products.content))
                        .map(|translation| (locale, translation)),
                ),
                Err(message) => self.wrong(&path, message),
            }
        }
        translations
    }

    /// The segments; a shop may have none.
    fn segments(&self) -> BTreeMap<SegmentName, Condition> {
        const FILE: &str = "segments.toml";
        if !self.dir.join(FILE).exists() {
            return BTreeMap::new();
        }
        self.in_file(FILE, |table| condition::read_segments(&table)).unwrap_or_default()
    }

    /// The files of `layout/`: MJML and the words that all letters share.
    fn layout(&self) -> (BTreeMap<String, Source>, BTreeMap<String, Strings>) {
        let folder = self.dir.join("layout");
        let (mut layout, mut words) = (BTreeMap::new(), BTreeMap::new());
        for path in self.files(&folder) {
            let name = name_of(&path);
            if let Some(stem) = name.strip_suffix(".mjml") {
                layout.extend(self.source(&path).map(|source| (format!("layout/{stem}"), source)));
            } else if let Some(locale) = self.locale(&path) {
                words.extend(self.strings(&path, strings::read_words).map(|strings| (locale, strings)));
            }
        }
        (layout, words)
    }

    /// The files of `pages/`: the words of the pages that people open, in each language all of them.
    fn pages(&self, shops: Option<&str>) -> BTreeMap<String, PageWords> {
        let folder = self.dir.join("pages");
        let mut pages = BTreeMap::new();
        for path in self.files(&folder) {
            let Some(locale) = self.locale(&path) else { continue };
            let Some(source) = self.source(&path) else { continue };
            let (document, table) = Document::parse(&source.path, &source.text, self.findings);
            pages.insert(locale, PageWords::read(document.root(&table)));
        }
        if let Some(locale) = shops.filter(|locale| !pages.contains_key(*locale)) {
            let path = folder.join(format!("strings.{locale}.toml"));
            self.wrong(&path, format!("this file is missing: `{locale}` is the shop's own language"));
        }
        pages
    }

    /// The flows, the highest priority first, ties by name; and their letters.
    fn flows(
        &self,
        offers: &BTreeSet<OfferName>,
        segments: &BTreeMap<SegmentName, Condition>,
        has_tiers: bool,
    ) -> (Vec<Flow>, BTreeMap<FlowName, FlowLetters>) {
        let root = self.dir.join("flows");
        let mut folders: BTreeMap<FlowName, FlowLetters> = BTreeMap::new();
        for path in self.entries(&root) {
            if !path.is_dir() {
                self.wrong(&path, "only folders stand in `flows`: one for each flow");
                continue;
            }
            match FlowName::parse(&name_of(&path)) {
                Ok(name) => drop(folders.insert(name, self.flow_letters(&path))),
                Err(error) => self.wrong(&path, error.to_string()),
            }
        }
        let names: BTreeSet<FlowName> = folders.keys().cloned().collect();
        let mut flows: Vec<Flow> = Vec::new();
        for (name, folder) in &folders {
            let letters: BTreeSet<LetterName> = folder.letters.keys().cloned().collect();
            let known = Known { flows: &names, letters: &letters, offers, segments, has_tiers };
            let file = format!("flows/{name}/flow.toml");
            flows.extend(self.in_file(&file, |table| flow::read(name, table, &known)).flatten());
        }
        flows.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.name.cmp(&b.name)));
        (flows, folders)
    }

    fn flow_letters(&self, folder: &Path) -> FlowLetters {
        let mut all = FlowLetters::default();
        for path in self.files(folder) {
            let name = name_of(&path);
            if name == "flow.toml" {
                continue;
            }
            if let Some(stem) = name.strip_suffix(".mjml") {
                match LetterName::parse(stem) {
                    Ok(letter) => all.letters.extend(self.source(&path).map(|source| (letter, source))),
                    Err(error) => self.wrong(&path, error.to_string()),
                }
            } else if let Some(locale) = self.locale(&path) {
                all.strings.extend(self.strings(&path, strings::read_letters).map(|strings| (locale, strings)));
            }
        }
        all
    }

    /// The locale of a strings file; any other file is reported.
    fn locale(&self, path: &Path) -> Option<String> {
        let name = name_of(path);
        let tag = name.strip_prefix("strings.").and_then(|rest| rest.strip_suffix(".toml")).map(brand::tag);
        match tag {
            Some(Ok(locale)) => Some(locale),
            Some(Err(message)) => {
                self.wrong(path, message);
                None
            }
            None => {
                self.wrong(path, "this file is neither a letter (.mjml) nor strings (strings.<locale>.toml)");
                None
            }
        }
    }

    fn strings(&self, path: &Path, read: fn(&Table<'_>, PathBuf) -> Strings) -> Option<Strings> {
        let source = self.source(path)?;
        let (document, table) = Document::parse(&source.path, &source.text, self.findings);
        Some(read(&document.root(&table), source.path.clone()))
    }

    /// Reads the TOML file of this name with `read`; a field that `read` does not know is its own business.
    fn in_file<T>(&self, name: &str, read: impl FnOnce(Table<'_>) -> T) -> Option<T> {
        let source = self.source(&self.dir.join(name))?;
        let (document, table) = Document::parse(&source.path, &source.text, self.findings);
        Some(read(document.root(&table)))
    }

    fn source(&self, path: &Path) -> Option<Source> {
        let size = fs::metadata(path).map(|file| file.len());
        if size.as_ref().is_ok_and(|bytes| *bytes > MAX_FILE_BYTES) {
            self.wrong(path, "this file is over a megabyte");
            return None;
        }
        match size.and_then(|_| fs::read(path)).map(String::from_utf8) {
            Ok(Ok(text)) => Some(Source { path: path.to_owned(), text }),
            Ok(Err(error)) => {
                let bytes = error.as_bytes();
                let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
                let message = if utf16 { "this file is UTF-16: save it as UTF-8" } else { "this file is not UTF-8" };
                self.wrong(path, message);
                None
            }
            Err(error) => {
                self.wrong(path, format!("this file cannot be read: {error}"));
                None
            }
        }
    }

    /// The files of a folder, by name; hidden ones are left out.
    fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let (folders, files): (Vec<_>, Vec<_>) = self.entries(folder).into_iter().partition(|path| path.is_dir());
        for path in folders {
            self.wrong(&path, "no folder stands here");
        }
        files
    }

    fn entries(&self, folder: &Path) -> Vec<PathBuf> {
        let listed = fs::read_dir(folder).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>()
        });
        match listed {
            Ok(mut paths) => {
                paths.retain(|path| !name_of(path).starts_with('.'));
                paths.sort();
                paths
            }
            Err(error) => {
                self.wrong(folder, format!("this folder cannot be read: {error}"));
                Vec::new()
            }
        }
    }

    fn wrong(&self, path: &Path, message: impl Into<String>) {
        self.findings.add(Mistake::at(path, Position::START, message));
    }
}

fn frame(mut shop: Table<'_>) -> Frame {
    let zone = shop.needed_text("zone").and_then(|text| text.then(|raw| zone(raw))).map(|at| at.value);
    let currency = shop
        .needed_text("currency")
        .and_then(|text| text.then(|raw| Currency::parse(raw).map_err(|error| error.to_string())))
        .map(|at| at.value);
    let brand = brand::read(&mut shop);
    let limits = limits::read_limits(shop.table("limits"));
    let transit = limits::read_transit(shop.table("shipping"));
    let sending = limits::read_sending(shop.table("sending"));
    let tiers = worth::read_tiers(&mut shop, currency, brand.as_ref().map(|brand| brand.locale.as_str()));
    let rates = worth::read_rates(shop.table("rates"), currency);
    let sources = limits::read_sources(&mut shop);
    // Read once the flows are known.
    for field in Choices::FIELDS {
        shop.value(field);
    }
    shop.finish();
    Frame { zone, currency, sources, limits, transit, sending, tiers, rates, brand }
}

fn zone(raw: &str) -> Result<Tz, String> {
    raw.parse().map_err(|_| {
        let hint = crate::nearest::hint(raw, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        format!("unknown time zone `{raw}`{}", if hint.is_empty() { ": it is like `Europe/Dublin`" } else { &hint })
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
