//! The variables of conditions, as a table: it drives the checker, the evaluation and the reference.

use super::facts::{self, Fact};
use super::{Kind, View};

/// A variable of conditions.
#[derive(Debug)]
pub struct Variable {
    /// Its whole name, such as `customer.orders`.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it says, as a sentence.
    pub doc: &'static str,
    /// Whether it may change from one day to the next with nothing new known of the person. Days are those of UTC.
    pub is_age: bool,
    /// Whether there are people or orders of whom it is not known.
    pub may_be_absent: bool,
    pub(super) read: for<'a> fn(&View<'a>) -> Option<Fact<'a>>,
}

impl Variable {
    /// Whether only an occasion that is about an order has it.
    pub fn needs_order(&self) -> bool {
        self.root() == "order"
    }

    /// The part before the dot.
    pub(super) fn root(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(root, _)| root)
    }

    /// The part behind the dot.
    pub(super) fn field(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(_, field)| field)
    }

    const fn new(
        name: &'static str,
        kind: Kind,
        read: for<'a> fn(&View<'a>) -> Option<Fact<'a>>,
        doc: &'static str,
    ) -> Self {
        Self { name, kind, doc, is_age: false, may_be_absent: false, read }
    }

    const fn absent(mut self) -> Self {
        self.may_be_absent = true;
        self
    }

    const fn age(mut self) -> Self {
        self.is_age = true;
        self
    }
}

use Kind::{Bool, Double, Int, Text, Texts};

/// All of them.
pub static VARIABLES: [Variable; 33] = [
    Variable::new("customer.country", Text, facts::country, "The country of the last address, such as `DE`.").absent(),
    Variable::new("customer.region", Text, facts::region, "The state or province of the last address.").absent(),
    Variable::new("customer.locale", Text, facts::locale, "The language, as the storefront gave it.").absent(),
    Variable::new("customer.orders", Int, facts::orders, "How many orders count."),
    Variable::new("customer.spent", Double, facts::spent, "Net spend of all time, in the shop's currency."),
    Variable::new("customer.spent_365", Double, facts::spent_365, "Net spend of the last 365 days.").age(),
    Variable::new("customer.days_since_order", Int, facts::days_since_order, "Days since the last order that counts.")
        .absent()
        .age(),
    Variable::new("customer.days_since_first_order", Int, facts::days_since_first, "Days since the first such order.")
        .absent()
        .age(),
    Variable::new("customer.median_gap_days", Int, facts::median_gap, "The median of days between two orders.")
        .absent(),
    Variable::new("customer.products", Texts, facts::products, "What was bought, by SKU, the latest first."),
    Variable::new("customer.categories", Texts, facts::categories, "The categories of what was bought."),
    Variable::new("customer.subscribed", Bool, facts::subscribed, "Whether marketing is agreed to."),
    Variable::new("customer.account", Bool, facts::account, "Whether there is an account at a storefront."),
    Variable::new("customer.birthday", Bool, facts::birthday, "Whether the birthday is known."),
    Variable::new("customer.letters_90d", Int, facts::letters, "Marketing letters of the last 90 days, up to 30.")
        .age(),
    Variable::new("customer.delivered", Int, facts::delivered, "Marketing letters that reached the mailbox, ever."),
    Variable::new("customer.clicked", Bool, facts::clicked, "Whether a link in a letter was ever followed."),
    Variable::new("customer.days_since_click", Int, facts::days_since_click, "Days since a link was last followed.")
        .absent()
        .age(),
    Variable::new("customer.favourites", Texts, facts::favourites, "The products on the list of favourites."),
    Variable::new("customer.reviews", Int, facts::reviews, "How many reviews were left, up to 10."),
    Variable::new("customer.stars", Double, facts::stars, "The mean of their stars.").absent(),
    Variable::new("customer.coupons", Int, facts::coupons, "How many coupons are unused."),
    Variable::new("customer.tier", Text, facts::tier, "The tier of net spend; below the lowest, an empty text.")
        .absent()
        .age(),
    Variable::new(
        "customer.recency",
        Int,
        facts::recency,
        "3 for the third of people who bought last, 1 for the worst.",
    )
    .absent()
    .age(),
    Variable::new(
        "customer.frequency",
        Int,
        facts::frequency,
        "3 for the third with the most orders, 1 for the worst.",
    )
    .absent()
    .age(),
    Variable::new("customer.spend", Int, facts::spend, "3 for the third with the highest net spend, 1 for the worst.")
        .absent()
        .age(),
    Variable::new("customer.sources", Texts, facts::sources, "The storefronts that know the person, by name."),
    Variable::new("order.total", Double, facts::order_total, "What it adds to net spend, in the shop's currency.")
        .absent(),
    Variable::new("order.number", Int, facts::order_number, "1 for the person's first order that counts.").absent(),
    Variable::new("order.first", Bool, facts::order_first, "Whether it is that first order."),
    Variable::new("order.source", Text, facts::order_source, "The storefront that it was placed at, by name."),
    Variable::new("order.products", Texts, facts::order_products, "What was bought in it, by SKU."),
    Variable::new("order.refunded", Bool, facts::order_refunded, "Whether money went back.").absent(),
];
