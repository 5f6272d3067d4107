//! What a template may say: for each trigger its own typed view, never a raw row.
//!
//! A value that may be missing is an `Option` here, and the check holds templates to asking before they use it. Every
//! text in a view is on one line: what could break a header never gets as far as one.

mod order;
mod products;
mod shop_view;

use retention::flow::{Class, Trigger};
use retention::ids::{FlowName, LetterName, Occasion, StepId};
use retention::shop::Gives;
use retention::{Money, Shop};
use serde::Serialize;
use shop::Brand;

use crate::dates::{date, day_of};
use crate::letter::{LetterFacts, Links, RenderError};
use crate::money::money;
use order::OrderView;
use products::{Grid, LastOrder, Replenished};
use shop_view::ShopView;

/// What every letter may say, and what this one is about.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    shop: ShopView,
    customer: CustomerView,
    letter: LetterView,
    links: LinksView,
    /// The coupon that the letter carries.
    coupon: Option<CouponView>,
    #[serde(flatten)]
    about: About,
}

#[derive(Debug, Serialize)]
struct CustomerView {
    /// The given name.
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct LetterView {
    /// Of which flow: the campaign of its links.
    flow: String,
    /// Whether it is marketing, and must show the way out.
    marketing: bool,
    /// The language it is written in.
    locale: String,
    /// `ltr` or `rtl`.
    dir: &'static str,
}

#[derive(Debug, Serialize)]
struct LinksView {
    unsubscribe: Option<String>,
    preferences: Option<String>,
}

#[derive(Debug, Serialize)]
struct CouponView {
    code: String,
    /// The whole percentage that it takes off.
    percent: Option<String>,
    /// The amount that it takes off.
    amount: Option<String>,
    /// Whether it is for free shipping.
    free_shipping: bool,
    /// Nobody has used it yet.
    unused: bool,
    /// The last day on which it is valid.
    until: String,
}

/// What the letters of one trigger are about.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum About {
    Order(OrderAbout),
    Replenish(Replenished),
    Winback(WinbackAbout),
    Birthday(BirthdayAbout),
}

/// A confirmation, or thanks for a first order.
#[derive(Debug, Serialize)]
struct OrderAbout {
    order: OrderView,
}

#[derive(Debug, Serialize)]
struct WinbackAbout {
    /// What sells best and the person has not had; missing where there is nothing.
    best_sellers: Option<Grid>,
    last_order: Option<LastOrder>,
}

#[derive(Debug, Serialize)]
struct BirthdayAbout {
    best_sellers: Option<Grid>,
}

/// What a send is for, as far as its letter says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'a> {
    pub(crate) flow: &'a FlowName,
    pub(crate) step: &'a StepId,
    pub(crate) letter: &'a LetterName,
    pub(crate) class: Class,
    pub(crate) occasion: &'a Occasion,
    pub(crate) covers: &'a [Occasion],
}

/// What a view is made of, beside the facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) brand: &'a Brand,
    pub(crate) trigger: &'a Trigger,
    pub(crate) locale: &'a str,
    pub(crate) needs_coupon: bool,
}

impl View {
    /// The view of one letter.
    pub(crate) fn of(
        frame: Frame<'_>,
        purpose: Purpose<'_>,
        facts: &LetterFacts<'_>,
        links: &Links,
    ) -> Result<Self, RenderError> {
        let missing = |what| RenderError::Missing { letter: purpose.name(), what };
        let coupon = coupon(frame, facts);
        if frame.needs_coupon && coupon.is_none() {
            return Err(missing("a coupon that is still good"));
        }
        let about = match frame.trigger {
            Trigger::OrderStatus(_) | Trigger::FirstOrder => {
                let order = facts.orders.first().ok_or_else(|| missing("the order"))?;
                About::Order(OrderAbout { order: OrderView::of(order, facts, frame) })
            }
            Trigger::Replenish(_) => {
                About::Replenish(Replenished::of(purpose, facts, frame).ok_or_else(|| missing("the product"))?)
            }
            Trigger::Lapsed(_) => About::Winback(WinbackAbout {
                best_sellers: Grid::of_best_sellers(facts, frame),
                last_order: facts.orders.first().map(|order| LastOrder::of(order, facts, frame)),
            }),
            Trigger::Birthday(_) => {
                About::Birthday(BirthdayAbout { best_sellers: Grid::of_best_sellers(facts, frame) })
            }
        };
        Ok(Self {
            shop: ShopView::of(frame.brand),
            customer: CustomerView {
                name: facts
                    .customer
                    .name
                    .as_ref()
                    .map(|name| isolated(&one_line(name.expose())))
                    .filter(|name| !name.is_empty()),
            },
            letter: LetterView {
                flow: purpose.flow.to_string(),
                marketing: purpose.class == Class::Marketing,
                locale: frame.locale.to_owned(),
                dir: direction(frame.locale),
            },
            links: LinksView { unsubscribe: links.unsubscribe.clone(), preferences: links.preferences.clone() },
            coupon,
            about,
        })
    }
}

impl Purpose<'_> {
    /// Flow and letter, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.flow, self.letter)
    }
}

fn coupon(frame: Frame<'_>, facts: &LetterFacts<'_>) -> Option<CouponView> {
    let coupon = facts.coupon?;
    let offer = frame.shop.offers.get(&coupon.offer)?;
    let ends = retention::time::later(coupon.given_at, offer.valid);
    // A letter that was held back for long does not offer what has ended.
    if ends <= facts.now {
        return None;
    }
    Some(CouponView {
        code: one_line(&coupon.code),
        percent: if let Gives::Percent(percent) = offer.gives { Some(percent.to_string()) } else { None },
        amount: match offer.gives {
            Gives::Amount(minor) => Some(money(Money { minor, currency: frame.shop.currency })),
            _ => None,
        },
        free_shipping: offer.gives == Gives::FreeShipping,
        unused: coupon.used_at.is_none(),
        until: date(day_of(ends, facts.customer, frame.shop.zone)),
    })
}

/// A text without anything that ends a line: a title or a name comes from a storefront, and may stand in a subject.
fn one_line(raw: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    raw.chars().map(|c| if breaks(c) { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A name in a script that runs from right to left is set apart (Unicode UAX 9, isolates), so that the comma behind
/// it stays behind it.
fn isolated(name: &str) -> String {
    let right_to_left =
        |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}');
    // Marks that turn the direction themselves have no place in a name.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = name.chars().filter(|c| !turns(*c)).collect();
    if plain.contains(right_to_left) { format!("\u{2068}{plain}\u{2069}") } else { plain }
}

fn direction(locale: &str) -> &'static str {
    let language = locale.split('-').next().unwrap_or_default();
    if matches!(language, "ar" | "fa" | "he" | "ur") { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_on_one_line() {
        assert_eq!(one_line(" Ada\r\nBcc: x\0\u{2028}y "), "Ada  Bcc: x  y");
    }

    #[test]
    fn a_name_from_right_to_left_keeps_its_comma_behind_it() {
        assert_eq!(isolated("נועה"), "\u{2068}נועה\u{2069}");
        assert_eq!(isolated("Ada\u{202e}"), "Ada");
    }
}
