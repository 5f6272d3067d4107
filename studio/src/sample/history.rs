//! The history of the sample shop, as a file that a shop would import.

use retention::Time;

use super::PEOPLE;
use super::people::{Human, PRODUCTS, iso};

const HEADER: &str =
    "email,order_id,placed_at,total,currency,sku,title,quantity,unit_price,first_name,country,region,birthday\n";

/// The orders before `until`: of those who agreed to letters, and of those of whom nobody knows.
pub(crate) fn csv(people: &[Human], until: Time) -> (String, String) {
    let (mut subscribed, mut unknown) = (HEADER.to_owned(), HEADER.to_owned());
    for human in people.iter().take(PEOPLE) {
        let file = if human.subscribed { &mut subscribed } else { &mut unknown };
        for order in human.orders.iter().filter(|order| order.at < until) {
            for (product, quantity) in &order.lines {
                let (sku, title, price, _) = PRODUCTS[*product];
                let cells = [
                    human.email.clone(),
                    order_id(order.number),
                    order.at.to_rfc3339(),
                    cents(order.total()),
                    "EUR".to_owned(),
                    sku.to_owned(),
                    title.to_owned(),
                    quantity.to_string(),
                    cents(price),
                    human.first_name.to_owned(),
                    human.country.to_owned(),
                    human.region.to_owned(),
                    human.birthday.map(iso).unwrap_or_default(),
                ];
                file.push_str(&cells.join(","));
                file.push('\n');
            }
        }
    }
    (subscribed, unknown)
}

/// The id of an order at the storefront.
pub(crate) fn order_id(number: usize) -> String {
    format!("{}", 5_600_000_000 + number)
}

/// An amount of cents as a decimal string.
pub(crate) fn cents(amount: i64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}
