//! The invented customers: who they are, what they drink, and when they buy.

use chrono::{Datelike, NaiveDate, TimeDelta};
use retention::Time;

use super::dice::Dice;
use super::{BACK, PEOPLE};

/// How many more customers arrive while the sample lives.
const NEWCOMERS: usize = 16;

const NAMES: [(&str, &str, &str, &str); 40] = [
    ("Aoife", "Brennan", "IE", ""),
    ("Conor", "Daly", "IE", ""),
    ("Niamh", "Keane", "IE", ""),
    ("Oisín", "Walsh", "IE", ""),
    ("Saoirse", "O'Malley", "IE", ""),
    ("Tadhg", "Flynn", "IE", ""),
    ("Emily", "Hartley", "GB", ""),
    ("Oliver", "Penrose", "GB", ""),
    ("Harriet", "Lowe", "GB", ""),
    ("Isla", "MacLeod", "GB", ""),
    ("Rhys", "Bevan", "GB", ""),
    ("George", "Whitcombe", "GB", ""),
    ("Zofia", "Nowicka", "PL", ""),
    ("Marek", "Zieliński", "PL", ""),
    ("Kasia", "Wrona", "PL", ""),
    ("Jan", "Sobczak", "PL", ""),
    ("Lena", "Vogt", "DE", ""),
    ("Jonas", "Brandt", "DE", ""),
    ("Frieda", "Kessler", "DE", ""),
    ("Matthias", "Auer", "AT", ""),
    ("Camille", "Renard", "FR", ""),
    ("Luc", "Moreau", "FR", ""),
    ("Élodie", "Garnier", "FR", ""),
    ("Sanne", "de Wit", "NL", ""),
    ("Bram", "Visser", "NL", ""),
    ("Ingrid", "Solberg", "NO", ""),
    ("Elsa", "Lindqvist", "SE", ""),
    ("Mikkel", "Holm", "DK", ""),
    ("Giulia", "Ferri", "IT", ""),
    ("Marta", "Soler", "ES", ""),
    ("Haruka", "Mori", "JP", ""),
    ("Kenji", "Aoki", "JP", ""),
    ("Grace", "Sutton", "US", "NY"),
    ("Caleb", "Marsh", "US", "TX"),
    ("Ruth", "Delgado", "US", "CA"),
    ("Amos", "Quill", "US", ""),
    ("Claire", "Tremblay", "CA", "QC"),
    ("Owen", "Fraser", "CA", "AB"),
    ("Mia", "Callahan", "AU", "NSW"),
    ("Tom", "Ashby", "NZ", ""),
];

/// What the shop sells: SKU, title, price in cents, and how many days one unit lasts (0: it is no tea).
pub(crate) const PRODUCTS: [(&str, &str, i64, i64); 7] = [
    ("TEA-BREAKFAST-250", "Heron's Breakfast", 1450, 45),
    ("TEA-FOG-100", "Harbour Fog", 1290, 40),
    ("TEA-ORCHARD-100", "Orchard Oolong", 1790, 50),
    ("TEA-NETTLE-80", "Nettle & Mint", 890, 40),
    ("TEA-QUIET-100", "The Quiet Hour", 990, 40),
    ("TEA-FROST-50", "First Frost", 2650, 60),
    ("POT-STONE", "The Stone Pot", 5900, 0),
];

/// An invented customer.
#[derive(Debug, Clone)]
pub(crate) struct Human {
    pub(crate) number: usize,
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) email: String,
    pub(crate) country: &'static str,
    pub(crate) region: &'static str,
    pub(crate) birthday: Option<NaiveDate>,
    pub(crate) subscribed: bool,
    pub(crate) orders: Vec<Bought>,
}

/// An invented order.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) number: usize,
    pub(crate) at: Time,
    /// Product of [`PRODUCTS`] and quantity.
    pub(crate) lines: Vec<(usize, i64)>,
}

impl Bought {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|(product, quantity)| PRODUCTS[*product].2 * quantity).sum()
    }
}

/// Everyone, with all orders from two years before `begins` to the end of the sample's life.
pub(crate) fn people(begins: Time) -> Vec<Human> {
    let mut dice = Dice::new(2026);
    let mut number = 1000;
    (0..PEOPLE + NEWCOMERS).map(|index| human(index, begins, &mut dice, &mut number)).collect()
}

fn human(index: usize, begins: Time, dice: &mut Dice, number: &mut usize) -> Human {
    let (first_name, _, country, region) = NAMES[index % NAMES.len()];
    let last_name = NAMES[(index * 7 + index / NAMES.len()) % NAMES.len()].1;
    let domain = dice.one(&["example.com", "example.org", "example.net"]);
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let birthday = dice.percent(70).then(|| {
        let days = TimeDelta::days(dice.between(0, 54 * 365));
        NaiveDate::from_ymd_opt(1950, 1, 1).and_then(|first| first.checked_add_signed(days))
    });
    Human {
        number: index,
        first_name,
        last_name,
        email: format!("{}.{}{}@{domain}", plain(first_name), plain(last_name), index),
        country,
        region,
        birthday: birthday.flatten(),
        subscribed: dice.percent(80),
        orders: orders(index, begins, dice, number),
    }
}

/// Orders at the pace at which a pack of tea is drunk; some people stop after a while.
fn orders(index: usize, begins: Time, dice: &mut Dice, number: &mut usize) -> Vec<Bought> {
    let newcomer = index >= PEOPLE;
    let favourite = usize::try_from(dice.between(0, 6)).unwrap_or_default();
    let packs = dice.between(1, 4);
    let pace = (PRODUCTS[favourite].3 * packs).max(30);
    let first = if newcomer { dice.between(0, BACK.num_days()) } else { -dice.between(2, 730) };
    let stops_after = if dice.percent(45) { dice.between(1, 5) } else { i64::MAX };
    let mut orders = Vec::new();
    let mut day = first;
    while day < BACK.num_days() && i64::try_from(orders.len()).is_ok_and(|count| count < stops_after) {
        let at = begins + TimeDelta::days(day) + TimeDelta::minutes(dice.between(7 * 60, 22 * 60));
        let mut lines = vec![(favourite, packs)];
        if dice.percent(40) {
            let other = usize::try_from(dice.between(0, 7)).unwrap_or_default();
            if other != favourite {
                lines.push((other, 1));
            }
        }
        *number += 1;
        orders.push(Bought { number: *number, at, lines });
        day += pace + dice.between(-pace / 6, pace / 2);
    }
    orders
}

/// A birthday as Shopify's standard metafield has it.
pub(crate) fn iso(birthday: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", birthday.year(), birthday.month(), birthday.day())
}
