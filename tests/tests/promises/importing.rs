//! History comes in from a file, and triggers no letter about the past.

use std::fmt::Write as _;

use acceptance::{TestShop, at, templates};
use indicatif::ProgressBar;
use retention::ids::SourceName;
use studio::import::{self, Columns, Options, Report};

const HEADER: &str = "email,order_id,placed_at,total,currency,sku,title,quantity,unit_price\n";

fn options(as_of: &str, consent: bool) -> Options {
    let shop = shop::read(&templates()).expect("templates").shop;
    Options {
        columns: Columns::default(),
        source: SourceName::parse("import").expect("a name"),
        consent: consent.then(|| "newsletter form".to_owned()),
        as_of: at(as_of),
        zone: shop.zone,
        currency: shop.currency,
    }
}

async fn import(shop: &TestShop, csv: &str, options: &Options) -> Report {
    let bar = ProgressBar::hidden();
    import::read(&shop.local.store, &shop.local.shop, csv.as_bytes(), options, &bar).await.expect("an import")
}

#[tokio::test]
async fn an_import_makes_no_letter_about_the_past_and_the_future_still_comes() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let csv = format!("{HEADER}ada@example.com,1,2026-01-05 10:00:00,12.90,EUR,TEA-FOG-100,Harbour Fog,1,12.90\n");
    let report = import(&shop, &csv, &options("2026-06-01 10:00", true)).await;
    assert_eq!((report.orders, report.bad_rows), (1, 0));
    shop.until("2026-07-10 10:00").await;
    assert_eq!(shop.what_left(), ["winback/best-sellers"], "180 days after the order");
}

#[tokio::test]
async fn importing_twice_changes_nothing() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let mut csv = HEADER.to_owned();
    for n in 0..30 {
        let _ = writeln!(csv, "p{}@example.com,{n},2026-0{}-05,12.90,EUR,TEA-FOG-100,Fog,1,12.90", n % 7, 1 + n % 5);
    }
    let options = options("2026-06-01 10:00", true);
    assert_eq!(import(&shop, &csv, &options).await.orders, 30);
    let before = people(&shop).await;
    let again = import(&shop, &csv, &options).await;
    assert_eq!((again.orders, again.known), (0, 30));
    assert_eq!(people(&shop).await, before);
}

async fn people(shop: &TestShop) -> Vec<retention::Customer> {
    let page = shop.local.store.walk().page().await.expect("a page");
    page.into_iter().map(|history| history.customer).collect()
}

#[tokio::test]
async fn credit_notes_and_lines_below_zero_lower_spend_and_products_never_the_number_of_orders() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let csv = format!(
        "{HEADER}ada@example.com,1,2026-01-05,,GBP,CUP,Cup,6,2.00\n\
         ada@example.com,1,2026-01-05,,GBP,JUG,Jug,2,5.00\n\
         ada@example.com,C2,2026-01-09,,GBP,CUP,Cup,-1,2.00\n\
         ada@example.com,3,2026-02-09,,GBP,JUG,Jug,1,5.00\n\
         ada@example.com,3,2026-02-09,,GBP,CUP,Cup,-2,2.00\n"
    );
    import(&shop, &csv, &options("2026-06-01 10:00", true)).await;
    let ada = &people(&shop).await[0];
    assert_eq!(ada.order_count, 2);
    assert_eq!(ada.spent[0].decimal(), "21.00", "22 - 2 + 1");
    let units = |sku: &str| ada.products.iter().find(|p| p.product.as_str() == sku).map(|p| (p.orders, p.units));
    assert_eq!((units("CUP"), units("JUG")), (Some((1, 3)), Some((2, 3))));
}

#[tokio::test]
async fn bad_rows_are_listed_by_line_and_column_and_the_good_ones_are_kept() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let csv = format!(
        "{HEADER}ada@example.com,1,2026-01-05,12.90,EUR,A,A,1,12.90\n\
         nobody,2,2026-01-05,12.90,EUR,A,A,1,12.90\n\
         eva@example.com,3,yesterday,12.90,EUR,A,A,1,12.90\n\
         eva@example.com,4,2026-01-05,12.90,EUR,A,A,many,12.90\n\
         eva@example.com,5,2026-01-05,1e400,EUR,A,A,1,12.90\n"
    );
    let report = import(&shop, &csv, &options("2026-06-01 10:00", true)).await;
    assert_eq!((report.orders, report.bad_rows), (1, 4));
    let listed: Vec<String> = report.listed.iter().map(ToString::to_string).collect();
    for (line, start) in
        listed.iter().zip(["line 3, email:", "line 4, placed_at:", "line 5, quantity:", "line 6, total:"])
    {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(listed.iter().all(|line| !line.contains("nobody") && !line.contains("yesterday")), "never content");
}
