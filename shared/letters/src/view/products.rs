//! Products in a view: cards in a grid, what runs out, what was bought last.

use std::collections::BTreeSet;

use retention::Money;
use retention::ids::ProductKey;
use retention::order::{Line, Order};
use retention::recommend::{Asked, recommend};
use retention::send::About;
use serde::Serialize;

use super::shop_view::ImageView;
use super::{Frame, Purpose, one_line};
use crate::dates::day_of;
use crate::letter::LetterFacts;
use crate::links;
use crate::value::{DateValue, MoneyValue};

/// How many best sellers a letter shows: two rows of two.
const MAX_CARDS: usize = 4;
/// How many products a letter speaks of one by one.
pub(super) const MAX_PRODUCTS: usize = 8;
/// How many titles of the last order are named.
const MAX_TITLES: usize = 3;

/// Cards in rows of two, which stay side by side on a phone.
#[derive(Debug, Serialize)]
pub(super) struct Grid {
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    cards: Vec<Card>,
}

/// A product as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    title: String,
    blurb: Option<String>,
    price: Option<MoneyValue>,
    /// Its page, else the storefront.
    url: String,
    image: Option<ImageView>,
    tile: Tile,
}

/// What stands in for a picture: an initial on a ground of colour.
#[derive(Debug, Serialize)]
struct Tile {
    initial: String,
    ground: String,
}

/// What a replenishment letter is about.
#[derive(Debug, Serialize)]
pub(super) struct Replenished {
    /// The products that run out, that of the letter's own occasion first.
    products: Vec<RunningOut>,
    /// The title of the first.
    first_title: String,
    /// How many there are besides the first.
    others: Option<usize>,
    /// How many are not shown.
    more: Option<usize>,
}

#[derive(Debug, Serialize)]
struct RunningOut {
    title: String,
    variant: Option<String>,
    quantity: i64,
    several: bool,
    /// The day it was last ordered.
    ordered: DateValue,
    url: String,
    image: Option<ImageView>,
    tile: Tile,
}

/// What was bought last.
#[derive(Debug, Serialize)]
pub(super) struct LastOrder {
    date: DateValue,
    /// The first titles of it.
    titles: Option<Vec<String>>,
}

/// A number of stars that may be given.
#[derive(Debug, Serialize)]
pub(super) struct StarView {
    stars: String,
    /// Where they are given.
    url: String,
}

impl Grid {
    /// What sells best, is not what the letter is about and the person has not bought; `None` where nothing is left.
    pub(super) fn of_best_sellers(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        Self::of(&[], purpose, facts, frame)
    }

    /// What goes with the order, or without one with everything that was bought; what sells best behind it.
    pub(super) fn of_suggestions(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let ordered = facts.orders.iter().take(1).flat_map(|order| &order.lines).map(|line| &line.product);
        let mut with: Vec<&ProductKey> = ordered.collect();
        if with.is_empty() {
            with.extend(facts.customer.products.iter().map(|bought| &bought.product));
        }
        Self::of(&with, purpose, facts, frame)
    }

    fn of(with: &[&ProductKey], purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let mut had: BTreeSet<&str> = facts.customer.products.iter().map(|bought| bought.product.as_str()).collect();
        if let Some(About::Product(key)) = purpose.about {
            had.insert(key);
        }
        let content = &frame.brand.content.products;
        let accessories = content.iter().map(|(key, product)| (key, product.accessories.as_slice())).collect();
        let asked = Asked { with, had: &had, accessories: &accessories };
        let suggested = recommend(asked, frame.shop, facts.aggregates);
        let cards = suggested.into_iter().filter_map(|product| {
            let sold = facts.aggregates.sold(product);
            let own = frame.brand.content.product(product, frame.locale).and_then(shop::Described::title);
            let price = sold.map(|(_, minor)| Money { minor, currency: frame.shop.currency });
            Some((product, own.or(sold.map(|(title, _)| title))?, price))
        });
        let mut cards: Vec<Card> = cards
            .take(MAX_CARDS)
            .enumerate()
            .map(|(index, (product, title, price))| Card::of(product, title, price, index, frame))
            .collect();
        // A lone card beside an empty place looks like a mistake.
        if cards.len() > 1 && cards.len() % 2 == 1 {
            cards.pop();
        }
        let mut rows = Vec::new();
        while !cards.is_empty() {
            rows.push(Row { cards: cards.drain(..cards.len().min(2)).collect() });
        }
        (!rows.is_empty()).then_some(Self { rows })
    }
}

/// The page of a product, else the storefront.
pub(super) fn page_of(product: &ProductKey, frame: Frame<'_>) -> String {
    let content = frame.brand.content.product(product, frame.locale);
    content.and_then(shop::Described::url).unwrap_or(&frame.brand.url).to_owned()
}

/// The page on which a product is ordered again, with so many of it; else its own.
fn reorder_page(product: &ProductKey, quantity: i64, frame: Frame<'_>) -> String {
    let Some(pattern) = &frame.brand.links.reorder else { return page_of(product, frame) };
    pattern.replace("{product}", &in_url(product)).replace("{quantity}", &quantity.to_string())
}

/// The pages on which a product is given one to five stars; nothing where the shop has none.
pub(super) fn stars(product: &ProductKey, frame: Frame<'_>) -> Vec<StarView> {
    let pattern = frame.brand.links.review.as_deref();
    let page = |pattern: &str, stars: u8| {
        pattern.replace("{product}", &in_url(product)).replace("{stars}", &stars.to_string())
    };
    let star = |stars: u8| Some(StarView { stars: stars.to_string(), url: page(pattern?, stars) });
    (1..=5).filter_map(star).collect()
}

fn in_url(product: &ProductKey) -> String {
    form_urlencoded::byte_serialize(product.as_str().as_bytes()).collect()
}

impl Card {
    fn of(product: &ProductKey, title: &str, price: Option<Money>, index: usize, frame: Frame<'_>) -> Self {
        let content = frame.brand.content.product(product, frame.locale);
        let title = one_line(content.and_then(shop::Described::title).unwrap_or(title));
        Self {
            tile: Tile::of(&title, index, frame),
            title,
            blurb: content.and_then(shop::Described::blurb).map(str::to_owned),
            price: price.map(MoneyValue::from),
            url: page_of(product, frame),
            image: content.and_then(shop::Described::image).map(ImageView::of),
        }
    }

    /// The product that a send is about: by content.toml, else as the storefront has it, else as it was last sold.
    pub(super) fn of_send(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let Some(About::Product(key)) = purpose.about else { return None };
        let key = ProductKey::new(key);
        let known = facts.product.filter(|product| product.variants.iter().any(|variant| variant.key == key));
        let sold = facts.aggregates.best_sellers.iter().find(|seller| seller.product == key);
        let line = || facts.orders.iter().flat_map(|order| &order.lines).find(|line| line.product == key);
        let content = frame.brand.content.product(&key, frame.locale);
        let own = content.and_then(shop::Described::title);
        let title = own
            .or(known.map(|product| product.title.as_str()).filter(|title| !title.is_empty()))
            .or(sold.map(|seller| seller.title.as_str()))
            .or_else(|| line().map(|line| line.title.as_str()))?;
        let currency = frame.shop.currency;
        // Only the storefront knows what it costs today.
        let price = known.and_then(|product| {
            let variant = product.variants.iter().find(|variant| variant.key == key)?;
            variant.price.as_ref()?.money(currency)
        });
        let mut card = Self::of(&key, title, price, 0, frame);
        let here = |url: &&str| is_at(url, frame);
        if let Some(product) = known {
            if content.is_none_or(|content| content.url().is_none()) {
                card.url = product.url.as_deref().and_then(|url| address(url, frame)).unwrap_or(card.url);
            }
            let picture = product.image.as_deref().filter(here).map(str::to_owned);
            card.image = card.image.or(picture.map(|url| ImageView { url, alt: card.title.clone() }));
        }
        (!card.title.is_empty()).then_some(card)
    }
}

/// A page as a storefront names it, if it is one of the shop's: whole, or as a path.
fn address(url: &str, frame: Frame<'_>) -> Option<String> {
    let whole = if url.starts_with('/') && !url.starts_with("//") {
        format!("{}{url}", frame.brand.url)
    } else {
        url.to_owned()
    };
    is_at(&whole, frame).then_some(whole)
}

/// Whether this lies on a host of the shop's.
fn is_at(url: &str, frame: Frame<'_>) -> bool {
    links::is_plain(url) && shop::host_of(url).is_some_and(|host| frame.brand.hosts.iter().any(|known| known == host))
}

impl Tile {
    fn of(title: &str, index: usize, frame: Frame<'_>) -> Self {
        let tiles = &frame.brand.colours.tiles;
        Self {
            initial: without_article(title)
                .chars()
                .find(|c| c.is_alphanumeric())
                .map(|c| c.to_uppercase().collect())
                .unwrap_or_default(),
            ground: tiles.get(index % tiles.len().max(1)).cloned().unwrap_or_default(),
        }
    }
}

/// A title without the article in front of it: a shelf of `T`s says nothing.
fn without_article(title: &str) -> &str {
    let (first, rest) = title.split_once(' ').unwrap_or(("", title));
    if matches!(first.to_lowercase().as_str(), "a" | "an" | "the") { rest } else { title }
}

impl Replenished {
    /// The products of the send's occasions, by the lines of the orders they name; `None` where no line is found.
    pub(super) fn of(purpose: Purpose<'_>, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Option<Self> {
        let occasions = std::iter::once(purpose.occasion).chain(purpose.covers);
        let mut seen: BTreeSet<&ProductKey> = BTreeSet::new();
        let lines: Vec<(&Order, &Line)> = occasions
            .filter_map(|occasion| {
                facts.orders.iter().find_map(|order| Some((order, line_of(occasion.as_str(), order)?)))
            })
            .filter(|(_, line)| seen.insert(&line.product))
            .collect();
        let some = |count: usize| Some(count).filter(|count| *count > 0);
        let (others, more) = (some(lines.len().saturating_sub(1)), some(lines.len().saturating_sub(MAX_PRODUCTS)));
        let products: Vec<RunningOut> = lines
            .iter()
            .take(MAX_PRODUCTS)
            .enumerate()
            .map(|(index, (order, line))| RunningOut::of(order, line, index, facts, frame))
            .collect();
        let first_title = products.first()?.title.clone();
        Some(Self { products, first_title, others, more })
    }
}

/// The line of `order` that `replenish:<product>:<order>` speaks of. Both parts may hold colons, so the occasion is
/// put together out of what is known, not taken apart.
fn line_of<'o>(occasion: &str, order: &'o Order) -> Option<&'o Line> {
    let named = |line: &&Line| occasion == format!("replenish:{}:{}", line.product, order.id);
    order.lines.iter().filter(|line| line.quantity > 0).find(named)
}

impl RunningOut {
    fn of(order: &Order, line: &Line, index: usize, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Self {
        let same = order.lines.iter().filter(|other| other.product == line.product && other.quantity > 0);
        let quantity: i64 = same.map(|other| other.quantity).fold(0, i64::saturating_add);
        let card = Card::of(&line.product, &line.title, None, index, frame);
        Self {
            title: card.title,
            variant: line.variant.as_deref().map(one_line).filter(|variant| !variant.is_empty()),
            quantity,
            several: quantity != 1,
            ordered: day_of(order.placed_at, facts.customer, frame.shop.zone).into(),
            url: reorder_page(&line.product, quantity, frame),
            image: card.image,
            tile: card.tile,
        }
    }
}

impl LastOrder {
    pub(super) fn of(order: &Order, facts: &LetterFacts<'_>, frame: Frame<'_>) -> Self {
        let mut seen = BTreeSet::new();
        let titles: Vec<String> = order
            .lines
            .iter()
            .filter(|line| line.quantity > 0 && seen.insert(&line.product))
            .take(MAX_TITLES)
            .map(|line| one_line(&line.title))
            .collect();
        Self {
            date: day_of(order.placed_at, facts.customer, frame.shop.zone).into(),
            titles: Some(titles).filter(|titles| !titles.is_empty()),
        }
    }
}
