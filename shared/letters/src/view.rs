//! What a template may say: for each trigger its own typed view, never a raw row.
//!
//! A value that may be missing is an `Option` here, and the check holds templates to asking before they use it. Every
//! text in a view is on one line: what could break a header never gets as far as one.

mod care;
mod cart;
mod news;
mod order;
mod products;
mod rank;
mod shop_view;

use retention::flow::{Class, Trigger};
use retention::ids::{FlowName, LetterName, Occasion, StepId};
use retention::send;
use retention::shop::Gives;
use retention::{Money, Shop};
use serde::Serialize;
use shop::Brand;

use crate::dates::day_of;
use crate::letter::{LetterFacts, Links, RenderError, SCORES};
use crate::value::{DateValue, MoneyValue};
use care::CaredFor;
use cart::CartView;
use news::NewsView;
use order::OrderView;
use products::{Card, Grid, LastOrder, Replenished};
use rank::{CountView, TierView};
use shop_view::ShopView;

/// What every letter may say, and what this one is about.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    shop: ShopView,
    customer: CustomerView,
    letter: LetterView,
    links: LinksView,
    /// The coupon that the letter carries, or that is about to end.
    coupon: Option<CouponView>,
    /// The order that it is about, where it is about one.
    order: Option<OrderView>,
    /// What sells best and the person has not had; missing where there is nothing.
    best_sellers: Option<Grid>,
    /// The same, what is of a kind with the order first.
    suggestions: Option<Grid>,
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
    /// Of which step of it.
    step: String,
    /// The day on which it is sent, where the customer is.
    date: DateValue,
    /// Whether it is marketing, and must show the way out.
    marketing: bool,
    /// The language it is written in.
    locale: String,
    /// The language and region by which its dates, numbers and money are written.
    formats: String,
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
    percent: Option<u8>,
    /// The amount that it takes off.
    amount: Option<MoneyValue>,
    /// Whether it is for free shipping.
    free_shipping: bool,
    /// What is given away.
    gift: Option<String>,
    /// The credit in the shop.
    credit: Option<MoneyValue>,
    /// Whether it opens what others do not see yet.
    early_access: bool,
    /// What a basket has to come to.
    minimum: Option<MoneyValue>,
    /// Nobody has used it yet.
    unused: bool,
    /// The last day on which it is valid.
    until: DateValue,
}

/// What the letters of one trigger are about, beside an order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum About {
    News(NewsView),
    Cart(CartAbout),
    Product(ProductAbout),
    Care(CareAbout),
    Replenish(Replenished),
    Late(LateAbout),
    Tier(TierAbout),
    Count(CountAbout),
    Action(ActionAbout),
    Survey(SurveyAbout),
    Nothing(NothingElse),
}

#[derive(Debug, Serialize)]
struct CartAbout {
    cart: CartView,
}

/// A product that was looked at, is liked, is back or costs less.
#[derive(Debug, Serialize)]
struct ProductAbout {
    /// The product; missing where nobody knows what it is called.
    product: Option<Card>,
    /// The category, where it was one that was looked at.
    category: Option<String>,
}

#[derive(Debug, Serialize)]
struct CareAbout {
    /// What there is to say of the things in the order.
    care: Vec<CaredFor>,
}

/// The next order is late.
#[derive(Debug, Serialize)]
struct LateAbout {
    last_order: Option<LastOrder>,
}

#[derive(Debug, Serialize)]
struct TierAbout {
    tier: Option<TierView>,
}

#[derive(Debug, Serialize)]
struct CountAbout {
    /// How many orders, or how many years.
    count: Option<CountView>,
}

/// A letter that is nothing but a link.
#[derive(Debug, Serialize)]
struct ActionAbout {
    action: ActionView,
}

#[derive(Debug, Serialize)]
struct ActionView {
    /// Where it leads: to the confirmation of a sign-up, to one's own data, to the answer of a survey.
    url: String,
}

#[derive(Debug, Serialize)]
struct SurveyAbout {
    /// The scores, the lowest first.
    scores: Vec<ScoreView>,
    /// The page on which one is chosen.
    answer: ActionView,
}

#[derive(Debug, Serialize)]
struct ScoreView {
    score: String,
    /// Where it is given.
    url: String,
}

#[derive(Debug, Serialize)]
struct NothingElse {}

/// What a send is for, as far as its letter says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'a> {
    pub(crate) flow: &'a FlowName,
    pub(crate) step: &'a StepId,
    pub(crate) letter: &'a LetterName,
    pub(crate) class: Class,
    pub(crate) occasion: &'a Occasion,
    pub(crate) covers: &'a [Occasion],
    pub(crate) about: Option<&'a send::About>,
}

/// What a view is made of, beside the facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) brand: &'a Brand,
    pub(crate) trigger: &'a Trigger,
    pub(crate) locale: &'a str,
    pub(crate) formats: &'a str,
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
        let coupon = coupon(frame, purpose, facts);
        if frame.needs_coupon && coupon.is_none() {
            return Err(missing("a coupon that is still good"));
        }
        let order = facts.orders.first();
        if needs_order(frame.trigger) && order.is_none() {
            return Err(missing("the order"));
        }
        let about = About::of(frame, purpose, facts, links).map_err(missing)?;
        Ok(Self {
            shop: ShopView::of(frame.brand, frame.locale),
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
                step: purpose.step.to_string(),
                date: day_of(facts.now, facts.customer, frame.shop.zone).into(),
                marketing: purpose.class == Class::Marketing,
                locale: frame.locale.to_owned(),
                formats: frame.formats.to_owned(),
                dir: direction(frame.locale),
            },
            links: LinksView { unsubscribe: links.unsubscribe.clone(), preferences: links.preferences.clone() },
            coupon,
            order: order.map(|order| OrderView::of(order, facts, frame)),
            best_sellers: Grid::of_best_sellers(purpose, facts, frame),
            suggestions: Grid::of_suggestions(purpose, facts, frame),
            about,
        })
    }

    /// The addresses that a storefront gave for this one person: of a parcel at its carrier, of a cart. They may lead
    /// elsewhere than to the shop.
    pub(crate) fn given(&self) -> Vec<String> {
        match &self.about {
            About::News(news) => news.urls().map(str::to_owned).collect(),
            About::Cart(about) => vec![about.cart.url().to_owned()],
            _ => Vec::new(),
        }
    }
}

impl About {
    /// What this letter is about; else what is missing.
    fn of(
        frame: Frame<'_>,
        purpose: Purpose<'_>,
        facts: &LetterFacts<'_>,
        links: &Links,
    ) -> Result<Self, &'static str> {
        Ok(match frame.trigger {
            Trigger::SignUp | Trigger::DataRequest => {
                Self::Action(ActionAbout { action: ActionView { url: links.action.clone().ok_or("its link")? } })
            }
            Trigger::Survey => {
                let score = |score: u8| Some(ScoreView { score: score.to_string(), url: links.of_score(score)? });
                let missing = "the links of its scores";
                Self::Survey(SurveyAbout {
                    scores: SCORES.map(score).collect::<Option<_>>().ok_or(missing)?,
                    answer: ActionView { url: links.answer.clone().ok_or(missing)? },
                })
            }
            Trigger::OrderStatus => Self::News(NewsView::of(purpose, facts)),
            Trigger::Cart => {
                let cart = facts.cart.ok_or("the cart")?;
                Self::Cart(CartAbout { cart: CartView::of(cart, frame) })
            }
            Trigger::Browse | Trigger::Favourite | Trigger::BackInStock | Trigger::PriceDrop => {
                Self::Product(ProductAbout {
                    product: Card::of_send(purpose, facts, frame),
                    category: match purpose.about {
                        Some(send::About::Category(name)) => {
                            Some(one_line(frame.brand.content.category(name, frame.locale)))
                                .filter(|name| !name.is_empty())
                        }
                        _ => None,
                    },
                })
            }
            Trigger::Delivered { .. } => Self::Care(CareAbout { care: CaredFor::of_order(facts, frame) }),
            Trigger::Replenish(_) => Self::Replenish(Replenished::of(purpose, facts, frame).ok_or("the product")?),
            Trigger::Lapsed(_) | Trigger::AtRisk(_) => Self::Late(LateAbout {
                last_order: facts.orders.first().map(|order| LastOrder::of(order, facts, frame)),
            }),
            Trigger::Tier | Trigger::TierNear(_) => Self::Tier(TierAbout { tier: TierView::of(purpose, facts, frame) }),
            Trigger::OrderCount(_) | Trigger::Anniversary(_) => {
                Self::Count(CountAbout { count: CountView::of(purpose) })
            }
            Trigger::Subscribed
            | Trigger::FirstOrder
            | Trigger::GuestOrder
            | Trigger::Fulfilled
            | Trigger::OneOrder(_)
            | Trigger::Birthday(_)
            | Trigger::CouponExpiring
            | Trigger::Referral(_)
            | Trigger::Sunset(_) => Self::Nothing(NothingElse {}),
        })
    }
}

/// Whether a letter of this trigger is not made without its order.
pub(crate) fn needs_order(trigger: &Trigger) -> bool {
    matches!(
        trigger,
        Trigger::OrderStatus
            | Trigger::FirstOrder
            | Trigger::GuestOrder
            | Trigger::Delivered { .. }
            | Trigger::Fulfilled
            | Trigger::Survey
    )
}

impl Purpose<'_> {
    /// Flow and letter, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.flow, self.letter)
    }
}

fn coupon(frame: Frame<'_>, purpose: Purpose<'_>, facts: &LetterFacts<'_>) -> Option<CouponView> {
    let coupon = match purpose.about {
        Some(send::About::Coupon(given)) => facts.customer.coupons.iter().find(|held| &held.occasion == given)?,
        _ => facts.coupon?,
    };
    let offer = frame.shop.offers.get(&coupon.offer)?;
    let ends = retention::time::later(coupon.given_at, offer.valid);
    // A letter that was held back for long does not offer what has ended.
    if ends <= facts.now {
        return None;
    }
    let money = |minor: i64| MoneyValue::from(Money { minor, currency: frame.shop.currency });
    let gift = frame.brand.gifts.get(&coupon.offer).map(|gift| gift.in_locale(frame.locale).to_owned());
    Some(CouponView {
        code: one_line(&coupon.code),
        percent: if let Gives::Percent(percent) = offer.gives { Some(percent) } else { None },
        amount: if let Gives::Amount(minor) = offer.gives { Some(money(minor)) } else { None },
        free_shipping: offer.gives == Gives::FreeShipping,
        gift: gift.filter(|_| offer.gives == Gives::Gift),
        credit: if let Gives::Credit(minor) = offer.gives { Some(money(minor)) } else { None },
        early_access: offer.gives == Gives::EarlyAccess,
        minimum: offer.minimum_minor.map(money),
        unused: coupon.used_at.is_none(),
        until: day_of(ends, facts.customer, frame.shop.zone).into(),
    })
}

/// A text without anything that ends a line, turns the words around it or is no character: a title or a name comes from a
/// storefront, and may stand in a subject.
fn one_line(raw: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    raw.chars()
        .filter(|c| !is_no_sign(*c))
        .map(|c| if breaks(c) { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A name in a script that runs from right to left is set apart (Unicode UAX 9, isolates), so that the comma behind
/// it stays behind it.
fn isolated(name: &str) -> String {
    let right_to_left =
        |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}');
    if name.contains(right_to_left) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

/// Whether this has no place in a value: what sets the direction of all that follows (Unicode UAX 9: embeddings, overrides,
/// isolates) would turn the words around it, and with what is no character of XML there is no letter at all.
fn is_no_sign(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
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
        assert_eq!(isolated(&one_line("\u{2067}Ada\u{202e}")), "Ada");
    }
}
