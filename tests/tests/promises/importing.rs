//! History comes in from a file, and triggers no letter about the past.

use std::fmt::Write as _;

use acceptance::{CONSENT, SECRET, TestShop, at, consent, order, templates};
use cloud::rows::{Item, key_of};
use indicatif::ProgressBar;
use serde_json::json;
use studio::import::{self, Columns, Options, Report};

const HEADER: &str = "email,order_id,placed_at,total,currency,sku,title,quantity,unit_price\n";

fn options(as_of: &str, consent: bool) -> Options {
    let shop = shop::read(&templates()).expect("templates").shop;
    Options {
        columns: Columns::default(),
        source: None,
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
    let before = whole_table(&shop).await;
    let again = import(&shop, &csv, &options).await;
    assert_eq!((again.orders, again.known, again.people), (0, 30, 0));
    assert_eq!(whole_table(&shop).await, before);
    let later = self::options("2026-06-20 10:00", true);
    assert_eq!(import(&shop, &csv, &later).await.people, 0);
    assert_eq!(whole_table(&shop).await, before, "whenever it is run again");
}

/// Every row of the table with all that it holds, in order.
async fn whole_table(shop: &TestShop) -> Vec<Item> {
    let (client, table) = shop.local.store.raw();
    let mut rows = Vec::new();
    let mut behind = None;
    loop {
        let page = client.scan().table_name(table).set_exclusive_start_key(behind).send().await.expect("a page");
        rows.extend(page.items.unwrap_or_default());
        behind = page.last_evaluated_key;
        if behind.is_none() {
            rows.sort_by_key(|row| key_of(row).map(|key| (key.pk, key.sk)));
            return rows;
        }
    }
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

/// The columns of Shopify's orders export that matter, and some that do not.
const SHOPIFY_ORDERS: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,\
    Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,\
    Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Country,Shipping Country,Notes,Cancelled at,\
    Refunded Amount,Id\n";

#[tokio::test]
async fn an_order_of_shopifys_export_is_the_order_of_its_webhook() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let csv = format!(
        "{SHOPIFY_ORDERS}\
         #5001,nora@example.com,paid,2026-05-20 06:00:00 -0500,,,no,EUR,12.90,4.90,2.41,17.80,,0.00,Post,\
         2026-05-20 06:00:00 -0500,1,Harbour Fog,12.90,TEA-FOG-100,Nora Quinn,IE,IE,\"rings \"\"twice\"\"\",,0.00,5001\n\
         #5000,eva@example.com,partially_refunded,2026-05-02 10:00:00 +0000,fulfilled,2026-05-03 10:00:00 +0000,no,EUR,\
         30.00,0.00,0.00,30.00,SPRING,3.00,Post,2026-05-02 10:00:00 +0000,1,Quiet Hour,20.00,TEA-QUIET-100,Eva,DE,DE,,,8.00,5000\n\
         #5000,eva@example.com,,,,,,,,,,,,,,2026-05-02 10:00:00 +0000,2,Nettle,6.50,TEA-NETTLE-80,,,,,,,\n\
         #4999,,paid,,,,no,EUR,,,,9.00,,,,2026-05-01 10:00:00 +0000,1,Cup,9.00,CUP,,,,,,,4999\n"
    );
    let options = options("2026-06-01 10:00", false);
    let report = import(&shop, &csv, &options).await;
    assert_eq!(report.export, Some("Shopify's orders export"));
    assert_eq!((report.rows, report.orders, report.nobody, report.bad_rows), (4, 2, 1, 0), "{:?}", report.listed);
    let before = people(&shop).await;
    let eva = before.iter().find(|c| c.order_count == 1 && c.products.len() == 2).expect("Eva");
    assert_eq!((eva.orders[0].id.as_str(), eva.spent[0].decimal()), ("shopify:5000", "22.00".to_owned()));

    assert_eq!(
        shop.arrives("orders/updated", &order(5001, "nora@example.com", "2026-05-20 11:00")).await.1,
        "recorded"
    );
    shop.until("2026-06-03 10:00").await;
    assert_eq!(shop.what_left(), Vec::<String>::new(), "no letter about the past");
    let after = people(&shop).await;
    assert_eq!(after.len(), 2, "and nobody is there twice");
    let nora = after.iter().find(|c| c.orders[0].id.as_str() == "shopify:5001").expect("Nora");
    assert_eq!((nora.order_count, nora.spent[0].decimal()), (1, "17.80".to_owned()));
    let report = import(&shop, &csv, &options).await;
    assert_eq!((report.orders, report.known), (0, 2), "and the webhook knows more than the file");

    shop.arrives("orders/create", &order(5002, "nora@example.com", "2026-06-03 10:00")).await;
    shop.until("2026-06-03 11:00").await;
    assert_eq!(shop.what_left().len(), 1, "what is new is confirmed as ever");
}

#[tokio::test]
async fn an_order_of_woocommerces_export_is_the_order_of_its_webhook() {
    let shop = TestShop::open_with_sources("2026-06-01 10:00", &[("woo", "woocommerce", SECRET)]).await;
    let csv = "order_id,order_number,date,status,order_total,refunded_total,order_currency,customer_id,billing_email,\
               billing_first_name,billing_country,item_sku,item_name,item_quantity,item_price\n\
               4711,4711,2026-05-20 12:00:00,processing,17.80,0.00,EUR,0,nora@example.com,Nora,IE,TEA-FOG-100,Fog,1,12.90\n\
               4710,4710,2026-05-02 12:00:00,completed,30.00,-8.00,EUR,7,eva@example.com,Eva,DE,TEA-QUIET-100,Quiet,1,20\n\
               4710,4710,2026-05-02 12:00:00,completed,30.00,-8.00,EUR,7,eva@example.com,Eva,DE,CUP,Cup,2,5\n\
               4709,4709,2026-05-01 12:00:00,pending,9.00,0.00,EUR,7,eva@example.com,Eva,DE,CUP,Cup,1,9.00\n";
    let report = import(&shop, csv, &options("2026-06-01 10:00", false)).await;
    assert_eq!((report.rows, report.orders, report.bad_rows), (4, 3, 0), "{:?}", report.listed);
    let before = people(&shop).await;
    let eva = before.iter().find(|c| c.storefront_ids.iter().any(|id| id.id == "7")).expect("Eva");
    assert_eq!((eva.order_count, eva.spent[0].decimal()), (1, "22.00".to_owned()), "what is pending is no order yet");
    let body = json!({
        "id": 4711, "number": "4711", "status": "processing", "currency": "EUR", "total": "17.80", "customer_id": 0,
        "date_created_gmt": "2026-05-20T11:00:00", "date_modified_gmt": "2026-05-20T11:00:00",
        "date_paid_gmt": "2026-05-20T11:00:00", "billing": { "email": "nora@example.com", "country": "IE" },
        "line_items": [{
            "id": 1, "name": "Fog", "sku": "TEA-FOG-100", "quantity": 1, "price": 12.9, "subtotal": "12.90", "total": "12.90",
        }],
    });
    let body = body.to_string();
    let headers = shop.headers_of("woo", SECRET, "order.updated", body.as_bytes());
    assert_eq!(shop.arrives_at("woo", &headers, body.as_bytes()).await, (200, "recorded".to_owned()));
    shop.until("2026-06-03 10:00").await;
    assert_eq!(shop.what_left(), Vec::<String>::new(), "no letter about the past");
    let after = people(&shop).await;
    let nora = after.iter().find(|c| c.orders[0].id.as_str() == "woo:4711").expect("Nora");
    assert_eq!((after.len(), nora.order_count, nora.spent[0].decimal()), (2, 1, "17.80".to_owned()));
}

#[tokio::test]
async fn a_customers_export_lowers_consent_and_raises_it_only_by_the_operators_word_about_people_nobody_knows() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    shop.arrives(CONSENT, &consent("nora@example.com", "subscribed", "2026-05-01 10:00")).await;
    shop.arrives("orders/create", &order(1, "nora@example.com", "2026-05-01 10:00")).await;
    let csv = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,\
               Default Address Province Code,Total Spent,Total Orders\n\
               '42,Nora,Quinn,nora@example.com,no,IE,,17.80,1\n\
               '43,Eva,Berg,eva@example.com,yes,US,NY,0.00,0\n\
               '44,,,,yes,,,0.00,0\n";
    let states = async |shop: &TestShop| {
        let mut states: Vec<(Option<String>, bool)> = people(shop).await.iter().map(state).collect();
        states.sort();
        states
    };
    let without = import(&shop, csv, &options("2026-06-01 10:00", false)).await;
    assert_eq!((without.people, without.nobody, without.bad_rows), (2, 1, 0));
    assert_eq!(states(&shop).await, [(Some("IE".to_owned()), false), (Some("US".to_owned()), false)]);
    import(&shop, csv, &options("2026-06-02 10:00", true)).await;
    let said = [(Some("IE".to_owned()), false), (Some("US".to_owned()), true)];
    assert_eq!(states(&shop).await, said, "a no is no, and a yes is one by the operator's word");
    let before = whole_table(&shop).await;
    import(&shop, csv, &options("2026-06-03 10:00", true)).await;
    assert_eq!(whole_table(&shop).await, before);
    assert_eq!(shop.what_left(), Vec::<String>::new());

    // Customer 43 opts out; what the operator said of the file does not bring her back.
    let mut left = consent("eva@example.com", "unsubscribed", "2026-06-01 12:00");
    left["customer_id"] = 43.into();
    left["email_marketing_consent"]["consent_updated_at"] = "2026-06-02T12:00:00Z".into();
    shop.until("2026-06-04 10:00").await;
    shop.arrives(CONSENT, &left).await;
    import(&shop, csv, &options("2026-06-05 10:00", true)).await;
    assert!(states(&shop).await.iter().all(|(_, subscribed)| !subscribed));
}

fn state(customer: &retention::Customer) -> (Option<String>, bool) {
    (customer.country.map(String::from), customer.consent.is_subscribed())
}

#[tokio::test]
async fn of_a_file_that_was_cut_off_all_whole_orders_are_in_and_the_whole_file_then_adds_the_rest() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let whole = format!(
        "{HEADER}ada@example.com,1,2026-01-05,,EUR,CUP,Cup,1,2.00\n\
         eva@example.com,2,2026-01-06,,EUR,CUP,Cup,1,2.00\n\
         eva@example.com,2,2026-01-06,,EUR,JUG,Jug,1,5.00\n"
    );
    let options = options("2026-06-01 10:00", true);
    let report = import(&shop, &whole[..whole.len() - 12], &options).await;
    assert_eq!((report.orders, report.bad_rows), (1, 1), "half an order would look like a whole one");
    assert!(report.listed[0].to_string().starts_with("line 4, row: has"), "{}", report.listed[0]);
    let before = people(&shop).await;
    let report = import(&shop, &whole, &options).await;
    assert_eq!((report.orders, report.known), (1, 1));
    let after = people(&shop).await;
    assert!(before.iter().all(|ada| after.contains(ada)));
    assert_eq!(after.iter().map(|c| c.spent[0].minor).sum::<i64>(), 200 + 700);
    let table = whole_table(&shop).await;
    import(&shop, &whole, &options).await;
    assert_eq!(whole_table(&shop).await, table);
}

#[tokio::test]
async fn an_order_whose_rows_do_not_stand_together_is_named() {
    let shop = TestShop::open("2026-06-01 10:00").await;
    let csv = format!(
        "{HEADER}ada@example.com,1,2026-01-05,,EUR,CUP,Cup,1,2.00\n\
         ada@example.com,2,2026-01-06,,EUR,CUP,Cup,1,2.00\n\
         ada@example.com,1,2026-01-05,,EUR,JUG,Jug,1,5.00\n"
    );
    let report = import(&shop, &csv, &options("2026-06-01 10:00", true)).await;
    assert_eq!((report.orders, report.bad_rows), (2, 1));
    assert!(report.listed[0].to_string().contains("line 4, order_id: the rows of this order"), "{:?}", report.listed);
}
