//! All letters of a shop: composed one by one, checked all at once.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use handlebars::Context;
use mrml::prelude::render::RenderOptions;
use retention::flow::{Class, Flow, Step, Trigger};
use retention::ids::{FlowName, LetterName};
use retention::send::Send;
use shop::{Brand, Mistake, Tree, nearest_locale};

use crate::check;
use crate::compiled::{Layout, Page, Texts};
use crate::format::Formats;
use crate::letter::{Letter, LetterFacts, Links, RenderError};
use crate::links::{self, LinkRules};
use crate::plain_text;
use crate::view::{Frame, Purpose, View};

/// All letters of a shop. Each is compiled when it is first used.
pub struct Letters {
    tree: Tree,
    layout: Layout,
    pages: BTreeMap<(FlowName, LetterName), OnceLock<Result<Page, RenderError>>>,
    texts: BTreeMap<(FlowName, LetterName, String), OnceLock<Result<Texts, RenderError>>>,
    formats: Arc<Formats>,
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letters").field("letters", &self.pages.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Letters {
    /// The letters of a tree. Compiles nothing yet; [`Letters::check`] finds everything up front.
    pub fn new(tree: &Tree) -> Self {
        let (mut pages, mut texts) = (BTreeMap::new(), BTreeMap::new());
        for (flow, folder) in &tree.letters.flows {
            for letter in folder.letters.keys() {
                pages.insert((flow.clone(), letter.clone()), OnceLock::new());
                for locale in folder.strings.keys().filter(|locale| tree.letters.words.contains_key(*locale)) {
                    texts.insert((flow.clone(), letter.clone(), locale.clone()), OnceLock::new());
                }
            }
        }
        Self { tree: tree.clone(), layout: Layout::new(&tree.letters.layout), pages, texts, formats: Arc::default() }
    }

    /// Every mistake of every letter, by file, line and column: names that no view has, missing texts and partials,
    /// MJML that would be dropped in silence, links that lead elsewhere.
    pub fn check(&self) -> Vec<Mistake> {
        check::check(self, &self.tree)
    }

    /// Makes every letter in every language for every sample customer, and says what is wrong with any: what only shows once
    /// a letter is made. Worth doing where [`Letters::check`] found nothing.
    pub fn check_made(&self) -> Vec<Mistake> {
        check::check_made(self, &self.tree)
    }

    /// Composes the letter of a send out of its facts.
    pub fn compose(&self, send: &Send, facts: &LetterFacts<'_>, links: &Links) -> Result<Letter, RenderError> {
        self.written(send, facts, links)?.letter(links)
    }

    /// The MJML of a letter and what it was written with, for tools that look at it on its way.
    pub fn draft(&self, send: &Send, facts: &LetterFacts<'_>, links: &Links) -> Result<Draft, RenderError> {
        let written = self.written(send, facts, links)?;
        Ok(Draft { mjml: written.mjml, context: written.context.data().clone() })
    }

    fn written<'s>(
        &'s self,
        send: &'s Send,
        facts: &LetterFacts<'_>,
        links: &Links,
    ) -> Result<Written<'s>, RenderError> {
        let purpose = Purpose {
            flow: &send.flow,
            step: &send.step,
            letter: &send.letter,
            class: send.class,
            occasion: &send.occasion,
            covers: &send.covers,
            about: send.about.as_ref(),
        };
        let flow = self.flow(purpose)?;
        let needs_coupon = flow.step(&send.step).is_some_and(|step| carries_coupon(flow, step));
        let wanted = facts.customer.locale.as_deref();
        let locale = self.locale(purpose.flow, wanted);
        let formats = formats_for(locale, wanted, &self.tree.brand.formats);
        let (shop, brand) = (&self.tree.shop, &self.tree.brand);
        let frame = Frame { shop, brand, trigger: &flow.trigger, locale, formats: &formats, needs_coupon };
        self.write(frame, brand, purpose, facts, links)
    }

    pub(crate) fn formats(&self) -> &Formats {
        &self.formats
    }

    fn flow(&self, purpose: Purpose<'_>) -> Result<&Flow, RenderError> {
        self.tree.shop.flow(purpose.flow).ok_or_else(|| unknown(purpose))
    }

    /// Composes a letter in the language of `frame`.
    pub(crate) fn compose_in(
        &self,
        frame: Frame<'_>,
        purpose: Purpose<'_>,
        facts: &LetterFacts<'_>,
        links: &Links,
    ) -> Result<Letter, RenderError> {
        self.write(frame, frame.brand, purpose, facts, links)?.letter(links)
    }

    /// Everything up to the MJML.
    fn write<'p>(
        &self,
        frame: Frame<'_>,
        brand: &'p Brand,
        purpose: Purpose<'p>,
        facts: &LetterFacts<'_>,
        links: &Links,
    ) -> Result<Written<'p>, RenderError> {
        let headers = headers(purpose, links)?;
        let page = self.page(purpose)?;
        let texts = self.texts(purpose, frame.locale)?;
        let view = View::of(frame, purpose, facts, links)?;
        let given = view.given();
        let mut context = Context::wraps(view)
            .map_err(|error| RenderError::Template { at: purpose.name(), message: error.to_string() })?;
        texts.render_into(&mut context)?;
        let mjml = page.render(&context)?;
        let rules = LinkRules {
            hosts: &frame.brand.hosts,
            links,
            given: &given,
            campaign: purpose.flow.as_str(),
            content: purpose.step.as_str(),
        };
        let mjml =
            links::apply(&mjml, rules).map_err(|message| RenderError::Link { letter: purpose.name(), message })?;
        Ok(Written { purpose, brand, headers, context, mjml })
    }

    /// The locale of a flow's letters for a person: the exact one, else one of the same language, else the shop's.
    fn locale(&self, flow: &FlowName, wanted: Option<&str>) -> &str {
        let shops = self.tree.brand.locale.as_str();
        let Some(folder) = self.tree.letters.flows.get(flow) else { return shops };
        let there = folder.strings.keys().filter(|locale| self.tree.letters.words.contains_key(*locale));
        nearest_locale(there.map(String::as_str), wanted.unwrap_or_default()).unwrap_or(shops)
    }

    fn page(&self, purpose: Purpose<'_>) -> Result<&Page, RenderError> {
        let slot = self.pages.get(&(purpose.flow.clone(), purpose.letter.clone())).ok_or_else(|| unknown(purpose))?;
        let source = self.tree.letters.flows.get(purpose.flow).and_then(|folder| folder.letters.get(purpose.letter));
        let source = source.ok_or_else(|| unknown(purpose))?;
        slot.get_or_init(|| Page::compile(source, &self.layout, &self.formats)).as_ref().map_err(Clone::clone)
    }

    fn texts(&self, purpose: Purpose<'_>, locale: &str) -> Result<&Texts, RenderError> {
        let missing = || RenderError::Template {
            at: purpose.name(),
            message: format!("there is no strings.{locale}.toml for this letter"),
        };
        let key = (purpose.flow.clone(), purpose.letter.clone(), locale.to_owned());
        let slot = self.texts.get(&key).ok_or_else(missing)?;
        let own = self.tree.letters.flows.get(purpose.flow).and_then(|folder| folder.strings.get(locale));
        let words = self.tree.letters.words.get(locale);
        let (own, words) = own.zip(words).ok_or_else(missing)?;
        slot.get_or_init(|| Texts::compile(words, own, purpose.letter.as_str(), &self.formats))
            .as_ref()
            .map_err(Clone::clone)
    }
}

/// A letter on its way: its MJML, and the fields that its template was given.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What is made into HTML.
    pub mjml: String,
    /// The view, with its texts as `t` and `words`.
    pub context: serde_json::Value,
}

/// A letter that is written, and not set yet.
struct Written<'p> {
    purpose: Purpose<'p>,
    brand: &'p Brand,
    headers: Vec<(String, String)>,
    context: Context,
    mjml: String,
}

impl Written<'_> {
    fn letter(self, links: &Links) -> Result<Letter, RenderError> {
        let Self { purpose, brand, headers, context, mjml } = self;
        let subject = header_text(&context, purpose, "subject")?;
        let preheader = header_text(&context, purpose, "preheader")?;
        let html = links::untracked(&html(&mjml, purpose)?, links);
        let way_out = links.unsubscribe.as_deref().filter(|url| links::shows(&html, url));
        if purpose.class == Class::Marketing && way_out.is_none() {
            return Err(RenderError::NoUnsubscribe { letter: purpose.name() });
        }
        if html.len() >= Letter::MAX_HTML_BYTES {
            return Err(RenderError::TooLarge { letter: purpose.name(), bytes: html.len() });
        }
        Ok(Letter {
            from: brand.from.clone(),
            reply_to: brand.reply_to.clone(),
            subject,
            preheader,
            text: plain_text::of(&mjml),
            html,
            headers,
        })
    }
}

/// The language and region by which a letter in `locale` writes dates, numbers and money: the reader's, where it is one of the
/// letter's language; else the shop's, likewise; else the language alone.
pub(crate) fn formats_for(locale: &str, wanted: Option<&str>, shops: &str) -> String {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let of_language = |tag: &String| language(tag) == language(locale);
    // A reader's region counts; a bare language says no more than the letter's own does.
    let wanted = wanted.map(|tag| tag.replace('_', "-")).filter(|tag| tag.contains('-')).filter(of_language);
    wanted.or_else(|| Some(shops.to_owned()).filter(of_language)).unwrap_or_else(|| locale.to_owned())
}

/// Whether a step's letter speaks of a coupon, and is not made without one.
pub(crate) fn carries_coupon(flow: &Flow, step: &Step) -> bool {
    step.coupon.is_some() || step.while_coupon_unused || matches!(flow.trigger, Trigger::CouponExpiring)
}

fn unknown(purpose: Purpose<'_>) -> RenderError {
    RenderError::Unknown { flow: purpose.flow.to_string(), letter: purpose.letter.to_string() }
}

/// The headers by which a mailbox lets a person leave with one click (RFC 8058), for marketing.
fn headers(purpose: Purpose<'_>, links: &Links) -> Result<Vec<(String, String)>, RenderError> {
    let fits = |url: &str| links::fits_header(url, Letter::MAX_HEADER_CHARS - 2);
    match (purpose.class, links.unsubscribe.as_deref()) {
        (Class::Transactional, _) => Ok(Vec::new()),
        (Class::Marketing, None) => Err(RenderError::NoUnsubscribe { letter: purpose.name() }),
        (Class::Marketing, Some(url)) if fits(url) => Ok(vec![
            ("List-Unsubscribe".to_owned(), format!("<{url}>")),
            ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
        ]),
        (Class::Marketing, Some(_)) => Err(RenderError::Header { letter: purpose.name(), header: "List-Unsubscribe" }),
    }
}

/// A text that stands in a header: on one line, and not empty.
fn header_text(context: &Context, purpose: Purpose<'_>, key: &'static str) -> Result<String, RenderError> {
    // In a header this would begin a word that mailboxes decode (RFC 2047), whatever it holds then.
    let text = context.data()["t"][key].as_str().unwrap_or_default().replace("=?", "= ?");
    if text.trim().is_empty() {
        return Err(RenderError::Empty { letter: purpose.name(), header: key });
    }
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(breaks) || text.chars().count() > Letter::MAX_HEADER_CHARS {
        return Err(RenderError::Header { letter: purpose.name(), header: key });
    }
    Ok(text)
}

fn html(mjml: &str, purpose: Purpose<'_>) -> Result<String, RenderError> {
    let refused = |message: String| RenderError::Mjml { letter: purpose.name(), message };
    let parsed = mrml::parse(mjml).map_err(|error| refused(error.to_string()))?;
    // Fonts that are fetched from elsewhere would tell who reads what.
    let options = RenderOptions { fonts: std::collections::HashMap::new(), ..RenderOptions::default() };
    parsed.element.render(&options).map_err(|error| refused(error.to_string()))
}
