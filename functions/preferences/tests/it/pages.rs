//! The pages themselves: whole in every language, nothing loaded from anywhere, nothing run.

use chrono::TimeDelta;
use retention::token::Purpose;

use crate::desk::{Desk, WHOLE};

#[tokio::test]
async fn every_page_is_whole_in_every_language_and_loads_nothing() {
    let desk = Desk::in_two_languages().await;
    let locales = ["en", "pl", "ja", "zh-Hans"];
    let mut seen = std::collections::BTreeSet::new();
    for (n, locale) in locales.into_iter().enumerate() {
        let id = desk.subscriber(n).await;
        let known = desk.store().customer(&id).await.expect("a read").expect("a customer");
        let mut customer = known.customer.clone();
        customer.locale = Some(locale.to_owned());
        desk.store().commit(&cloud::store::Write::new(Some(&known), &customer)).await.expect("a write");
        let link = desk.link(&id);
        let data = desk.link_for(Purpose::Data, &id, desk.now() + TimeDelta::hours(48));
        let confirm = desk.link_for(Purpose::Confirm, &id, desk.now() + TimeDelta::hours(48));
        let old = desk.link_for(Purpose::Data, &id, desk.now());
        let save = format!("{link}/preferences");
        let pages = [
            desk.get(&link).await,
            desk.post(&save, WHOLE).await,
            desk.post(&save, &WHOLE.replace("pause=none", "pause=90")).await,
            desk.post(&save, "").await,
            desk.post(&format!("{link}/data"), "").await,
            desk.get(&data).await,
            desk.post(&data, "do=erase").await,
            desk.get(&old).await,
            desk.post(&link, "").await,
            desk.get(&link).await,
            desk.get(&confirm).await,
            desk.post(&format!("{link}/subscribe"), "").await,
            desk.asks("GET", "/u/none", "", &[("accept-language", locale)]).await,
        ];
        for (index, page) in pages.iter().enumerate() {
            let html = &page.body;
            assert!(html.contains(&format!("<html lang=\"{locale}\">")), "{locale} {index}: {html}");
            assert!(
                html.ends_with("</html>\n") && html.contains("<h1>") && !html.contains("<h1></h1>"),
                "{index}: {html}"
            );
            assert!(!html.contains("{{") && !html.contains("<script") && !html.contains("http"), "{index}: {html}");
            assert!(!html.contains("@example.com"), "no address but the shop's: {html}");
            for element in ["<p></p>", "<h2></h2>", "<legend></legend>", "<span></span>", "\"></button>"] {
                assert!(!html.contains(element), "{locale} {index}: an empty {element}: {html}");
            }
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert!(page.header("content-security-policy").starts_with("default-src 'none';"));
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert_eq!(page.header("cache-control"), "no-store");
            assert_eq!(page.header("x-content-type-options"), "nosniff");
            assert!(page.header("strict-transport-security").starts_with("max-age="));
            seen.insert((locale, html.split("<h1>").nth(1).and_then(|rest| rest.split('<').next()).map(str::to_owned)));
        }
    }
    assert!(seen.len() >= locales.len() * 7, "the titles of the pages: {seen:?}");
}

#[tokio::test]
async fn a_page_speaks_the_persons_language_else_the_browsers_else_the_shops() {
    let desk = Desk::open().await;
    let id = desk.subscriber(1).await;
    let link = desk.link(&id);
    let speaks = async |path: &str, accepts: &str| {
        let body = desk.asks("GET", path, "", &[("accept-language", accepts)]).await.body;
        body.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    assert_eq!(speaks(&link, "").await, "en");
    assert_eq!(speaks(&link, "de, pl-PL;q=0.8, ja;q=0.9").await, "ja");
    assert_eq!(speaks("/u/none", "zh-TW,zh;q=0.9").await, "zh-Hans");
    assert_eq!(speaks("/u/none", ";;q=x,*").await, "en");
    let known = desk.store().customer(&id).await.expect("a read").expect("a customer");
    let mut customer = known.customer.clone();
    customer.locale = Some("pl_PL".to_owned());
    desk.store().commit(&cloud::store::Write::new(Some(&known), &customer)).await.expect("a write");
    assert_eq!(speaks(&link, "ja").await, "pl");
}

#[tokio::test]
async fn a_shops_name_is_escaped_wherever_it_stands() {
    let mut tree = crate::desk::tree();
    tree.brand.name = "<b>O'Brien & \"Sons\"</b>".to_owned();
    let desk = Desk::of(&tree).await;
    let id = desk.subscriber(1).await;
    let page = desk.get(&desk.link(&id)).await.body;
    assert!(!page.contains("<b>") && page.contains("&lt;b&gt;O&#x27;Brien &amp; &quot;Sons&quot;"), "{page}");
}
