//! What turns for the better of a product, and who hears of it.

use retention::Time;
use retention::ids::{ProductId, ProductKey, SourceName};
use retention::interest::{Interest, InterestKind};
use retention::listing::Listing;
use retention::money::Currency;
use retention::order::Stamp;
use retention::product::{Price, Product, Variant};

use crate::world::at;

const KEY: &str = "POT-1";

fn key() -> ProductKey {
    ProductKey::new(KEY)
}

fn price(amount: &str, currency: Option<&str>) -> Price {
    let currency = currency.map(|code| Currency::parse(code).expect("a currency"));
    Price::parse(amount, currency).expect("a price")
}

/// A version of a pot with these variants: key, price, whether it is there.
fn version(time: &str, variants: &[(&str, Option<Price>, bool)]) -> Product {
    let id = ProductId::new(&SourceName::parse("own").expect("a name"), "pot");
    let stamp = Stamp { at: at(time), rank: 0, hash: time.to_owned() };
    let variant = |(key, price, available): &(&str, Option<Price>, bool)| Variant {
        key: ProductKey::new(key),
        title: None,
        price: price.clone(),
        stock: None,
        available: *available,
    };
    Product { gone: false, variants: variants.iter().map(variant).collect(), ..Product::gone(id, stamp) }
}

/// What is known of the pot after all these versions: when it came back, when it began to cost less.
fn after(versions: Vec<Product>) -> (Option<Time>, Option<Time>) {
    let known = versions.into_iter().fold(None, |before, product| Some(Listing::after(before.as_ref(), product)));
    known.and_then(|listing| listing.turn(&key()).cloned()).map_or((None, None), |turn| (turn.back_at, turn.cheaper_at))
}

const FIRST: &str = "2026-03-01 10:00";
const SECOND: &str = "2026-03-02 10:00";
const THIRD: &str = "2026-03-03 10:00";

fn stock(time: &str, available: bool) -> Product {
    version(time, &[(KEY, None, available)])
}

fn costs(time: &str, amount: &str) -> Product {
    version(time, &[(KEY, Some(price(amount, None)), true)])
}

#[test]
fn what_was_sold_out_comes_back() {
    assert_eq!(after(vec![stock(FIRST, false), stock(SECOND, true)]), (Some(at(SECOND)), None));
    assert_eq!(after(vec![stock(FIRST, true), stock(SECOND, true)]), (None, None), "it was there");
    assert_eq!(after(vec![stock(FIRST, true)]), (None, None), "a product that is new was never sold out");
    let again = vec![stock(FIRST, false), stock(SECOND, true), stock(THIRD, true)];
    assert_eq!(after(again), (Some(at(SECOND)), None), "it stays known");
    let another = vec![version(FIRST, &[("POT-2", None, true)]), stock(SECOND, true)];
    assert_eq!(after(another), (None, None), "nor was a variant that is new");
    let gone = Product::gone(stock(FIRST, true).id, Stamp { at: at(SECOND), rank: 0, hash: "gone".into() });
    assert_eq!(
        after(vec![stock(FIRST, true), gone, stock(THIRD, true)]),
        (Some(at(THIRD)), None),
        "sold no more, and again"
    );
}

#[test]
fn a_price_that_falls_by_a_twentieth_is_news_until_it_rises() {
    let cases = [
        ("100.00", "95.00", true),
        ("100.00", "95.01", false),
        ("100.00", "100.00", false),
        ("100.00", "110.00", false),
        ("0.10", "0.00", true),
        ("0", "0", false),
        ("1000", "950", true),
        ("12.345", "11.5", true),
    ];
    for (before, now, news) in cases {
        let (_, cheaper) = after(vec![costs(FIRST, before), costs(SECOND, now)]);
        assert_eq!(cheaper.is_some(), news, "{before} to {now}");
    }
    let stays = vec![costs(FIRST, "100"), costs(SECOND, "80"), costs(THIRD, "79")];
    assert_eq!(after(stays), (None, Some(at(SECOND))), "a little less on top is no further news");
    let rises = vec![costs(FIRST, "100"), costs(SECOND, "80"), costs(THIRD, "81")];
    assert_eq!(after(rises), (None, None));
}

#[test]
fn prices_of_two_currencies_are_not_compared() {
    let in_currency = |time, amount, code| version(time, &[(KEY, Some(price(amount, Some(code))), true)]);
    assert_eq!(after(vec![in_currency(FIRST, "4800", "JPY"), in_currency(SECOND, "30", "EUR")]), (None, None));
    let same = vec![in_currency(FIRST, "4800", "JPY"), in_currency(SECOND, "4000", "JPY")];
    assert_eq!(after(same), (None, Some(at(SECOND))));
}

#[test]
fn who_waits_is_told_and_nobody_else() {
    let listing = Listing::after(Some(&Listing::after(None, stock(FIRST, false))), stock(SECOND, true));
    let turn = listing.turn(&key()).expect("a turn");
    let with = |kind, subject: &str, over| {
        let mut customer = crate::world::subscribed(at(FIRST));
        let mut sign = Interest::new(kind, subject.to_owned(), at(FIRST));
        sign.over = over;
        customer.interests = vec![sign];
        turn.tell(&customer).map(|told| told.interests[0].back_at)
    };
    assert_eq!(with(InterestKind::BackInStock, KEY, false), Some(Some(at(SECOND))));
    assert_eq!(with(InterestKind::Favourite, KEY, false), Some(Some(at(SECOND))));
    assert_eq!(with(InterestKind::ViewedProduct, KEY, false), None, "looking is not waiting");
    assert_eq!(with(InterestKind::BackInStock, KEY, true), None, "taken back");
    assert_eq!(with(InterestKind::BackInStock, "POT-2", false), None, "another product");
}
