//! What `shop.toml` and `content.toml` say beside the look of letters: tiers, rates, parcels, storefronts, categories, care.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod copy;

use chrono::TimeDelta;
use retention::flow::Status;
use retention::ids::ProductKey;
use retention::money::Currency;
use retention::shop::{Gives, Supply};
use retention::shop::{TRANSIT, Undecided};

use copy::{Copy, shipped};

/// A copy without what translators say of the products that ship.
fn untranslated() -> Copy {
    let copy = Copy::new();
    for locale in ["ja", "pl", "zh-Hans"] {
        std::fs::remove_file(copy.path().join(format!("content.{locale}.toml"))).unwrap();
    }
    copy
}

const TIERS: &str = "[[tier]]\nname = \"silver\"\nfrom = \"250.00\"\n\n[[tier]]\nname = \"gold\"\nfrom = \"1000\"\n";

#[test]
fn tiers_rates_and_parcels_are_read() {
    let own = std::fs::read_to_string(shipped().join("shop.toml")).unwrap();
    let bare = own.split("\n[[tier]]").next().unwrap().split("\n[rates]").next().unwrap();
    let bare = bare.split("\n[shipping]").next().unwrap().to_owned();
    let with = |more: &str| {
        let copy = Copy::new().file("shop.toml", &format!("{bare}\n{more}"));
        // Without tiers there is nothing for these to be about.
        for flow in ["vip", "tier_near"] {
            std::fs::remove_dir_all(copy.path().join("flows").join(flow)).unwrap();
        }
        copy
    };
    let shop = with(&format!("{TIERS}\n[rates]\nUSD = 0.92\nJPY = 0.006\n\n[shipping]\ntransit = \"6d\"\n"))
        .read()
        .unwrap()
        .shop;
    let tiers: Vec<(&str, i64)> = shop.tiers.iter().map(|tier| (tier.name.as_str(), tier.from_minor)).collect();
    assert_eq!(tiers, [("silver", 25_000), ("gold", 100_000)]);
    assert_eq!(shop.rates[&Currency::parse("USD").unwrap()], 920_000);
    assert_eq!(shop.rates[&Currency::parse("JPY").unwrap()], 6_000);
    assert_eq!(shop.transit, TimeDelta::days(6));
    assert_eq!(with("").read().map(|tree| tree.shop.transit), Ok(TRANSIT));
    let undecided = |text: &str| with(text).read().map(|tree| tree.shop.sending.undecided);
    assert_eq!(undecided(""), Ok(Undecided::Resend));
    assert_eq!(undecided("[sending]\nundecided = \"close\"\n"), Ok(Undecided::Close));
    let line = bare.lines().count() + 1;
    let told = |more: &str| {
        let found = with(more).mistakes();
        assert_eq!(found.len(), 1, "{found:#?}");
        let (line_of, rest) = found[0].strip_prefix("shop.toml:").unwrap().split_once(':').unwrap();
        format!("+{}:{rest}", line_of.parse::<usize>().unwrap() - line)
    };
    let above = "each tier begins above the one before it, and above zero";
    assert_eq!(told(&TIERS.replace("1000", "250")), format!("+7:8: {above}"));
    assert_eq!(told(&TIERS.replace("250.00", "0")), format!("+3:8: {above}"));
    assert_eq!(told(&TIERS.replace("gold", "silver")), "+6:8: there is already a tier `silver`");
    assert!(told(&TIERS.replace("gold", "Gold")).starts_with("+6:8: `Gold` is not a name"));
    assert_eq!(told("[rates]\nEUR = 1.0\n"), "+2:1: this is the shop's own currency: it needs no rate");
    assert!(told("[rates]\nusd = 1.0\n").starts_with("+2:1: a currency is written in capitals"));
    assert!(told("[rates]\nUSD = -1.0\n").starts_with("+2:7: a rate is a number above zero"));
    assert!(told("[rates]\nUSD = \"0.92\"\n").starts_with("+2:7: a rate is a number"));
    assert_eq!(told("[sending]\nundecided = \"clos\"\n"), "+2:13: unknown way `clos`: did you mean `close`?");
    assert_eq!(told("[shipping]\ntransit = \"61d\"\n"), "+2:11: a parcel is on its way for 1d to 60d");
    assert_eq!(told("[shipping]\ntransti = \"6d\"\n"), "+2:1: unknown field `transti`: did you mean `transit`?");
}

#[test]
fn categories_and_care_of_products_are_read() {
    let content = "\n[product.\"TRIAL-1\"]\ncategory = \"green tea\"\ncare = \"\"\"\nKeep it dry.\nDrink it soon.\"\"\"\n\n[product.\"TRIAL-2\"]\n";
    let own = std::fs::read_to_string(shipped().join("content.toml")).unwrap();
    let tree = Copy::new().file("content.toml", &format!("{own}{content}")).read().unwrap();
    let (one, two) = (ProductKey::new("TRIAL-1"), ProductKey::new("TRIAL-2"));
    assert_eq!(tree.shop.categories[&one], "green tea");
    assert!(tree.shop.care.contains(&one) && !tree.shop.care.contains(&two));
    assert_eq!(tree.brand.content.products[&one].words.care.as_deref(), Some("Keep it dry.\nDrink it soon."));
    assert!(!tree.shop.categories.contains_key(&two));
    let empty = untranslated().file("content.toml", "[product.\"A\"]\ncare = \" \"\n").mistakes();
    assert_eq!(empty, ["content.toml:2:8: this text is empty"]);
}

#[test]
fn a_product_without_words_of_its_own_takes_those_of_its_category_and_of_the_readers_language_first() {
    let tree = Copy::new().read().unwrap();
    let content = &tree.brand.content;
    let fog = ProductKey::new("TEA-FOG-100");
    let said = |locale: &str| content.product(&fog, locale).unwrap();
    assert_eq!(said("en").title(), Some("Harbour Fog"));
    assert_eq!(said("ja").title(), Some("港の霧"));
    assert_eq!(said("de").title(), Some("Harbour Fog"), "the shop's own where nobody translated");
    assert_eq!(said("en").faq()[0].question, "How much caffeine is in it?", "of its category");
    assert_ne!(said("pl").faq()[0].question, said("en").faq()[0].question);
    assert_eq!(content.category("herbs", "en"), "herbs and rooibos");
    let pot = content.product(&ProductKey::new("POT-STONE"), "zh-Hans").unwrap();
    let (url, title) = pot.video().unwrap();
    assert_eq!(url, "https://twoherons.example/how/stone-pot");
    assert_ne!(title, "How to warm the pot, and how to clean it");
    assert_eq!(pot.accessories().len(), 2);
}

#[test]
fn slips_in_what_is_said_of_products_are_told_where_they_stand() {
    let content = |text: &str| untranslated().file("content.toml", text).mistakes();
    assert_eq!(
        content("[product.\"A\"]\naccessories = [\"B\"]\n"),
        ["content.toml:2:16: unknown product `B`: use `A`"]
    );
    assert_eq!(
        content("[product.\"A\"]\nvideo = { url = \"https://evil.example/x\", title = \"x\" }\n"),
        ["content.toml:2:17: `evil.example` is not a host of this shop: add it to `hosts` in shop.toml"]
    );
    assert!(content("[[product.\"A\".faq]]\nquestion = \"x\"\n")[0].contains("the field `answer` is missing"));
    let svg = "[product.\"A\"]\nimage = { url = \"https://twoherons.example/a.svg\", alt = \"x\" }\n";
    assert!(content(svg)[0].contains("show no SVG: use a PNG"), "{:?}", content(svg));
    for broken in
        ["https:/twoherons.example/a.png", "twoherons.example/a.png", "http://twoherons.example/a.png", "https://"]
    {
        let found = content(&format!("[product.\"A\"]\nimage = {{ url = \"{broken}\", alt = \"x\" }}\n"));
        assert!(found.len() == 1 && found[0].starts_with("content.toml:2:"), "{broken}: {found:?}");
    }
    let with_tabs = untranslated().file("content.toml", "[product.\"A\"]\n\ttitle\t=\t\"x\"\r\n").read();
    assert_eq!(with_tabs.unwrap().brand.content.products.values().next().unwrap().words.title.as_deref(), Some("x"));
    let polish = |text: &str| Copy::new().file("content.pl.toml", text).mistakes();
    assert_eq!(
        polish("[product.\"TEA-FOG-10\"]\ntitle = \"x\"\n"),
        ["content.pl.toml:1:10: unknown product `TEA-FOG-10`: did you mean `TEA-FOG-100`?"]
    );
    assert!(polish("[product.\"TEA-FOG-100\"]\nurl = \"x\"\n")[0].contains("unknown field `url`"));
}

#[test]
fn every_kind_of_offer_is_read_and_gives_one_thing() {
    let offers = |text: &str| {
        let own = std::fs::read_to_string(shipped().join("offers.toml")).unwrap();
        Copy::new().file("offers.toml", &format!("{own}\n[trial]\ncode = \"TRIAL\"\nvalid = \"2d\"\n{text}\n"))
    };
    let trial = |text: &str| {
        let tree = offers(text).read().unwrap();
        let offer = tree.shop.offers.iter().find(|(name, _)| name.as_str() == "trial").unwrap().1.clone();
        (offer.gives, offer.minimum_minor, tree.brand.gifts.values().next().cloned())
    };
    assert_eq!(trial("amount = \"5.00\"\nminimum = \"30.00\""), (Gives::Amount(500), Some(3_000), None));
    assert_eq!(trial("credit = \"5.00\"").0, Gives::Credit(500));
    assert_eq!(trial("early_access = true").0, Gives::EarlyAccess);
    let (gives, _, gift) = trial("gift = { en = \"a tin\", pl = \"puszka\" }");
    assert_eq!((gives, gift.as_ref().map(|gift| gift.in_locale("pl-PL"))), (Gives::Gift, Some("puszka")));
    assert_eq!(gift.unwrap().in_locale("ja"), "a tin");
    let wrong = |text: &str| offers(text).mistakes().join("\n");
    assert!(wrong("").contains("an offer gives one thing: `percent`, `amount`"));
    assert!(wrong("percent = 5\ngift = \"a tin\"").contains("an offer gives one thing"));
    assert!(wrong("gift = { pl = \"puszka\" }").contains("the text in the shop's own language is missing: `en`"));
    assert!(wrong("percent = 5\nminimum = \"-1\"").contains("an amount is above zero"));
}

#[test]
fn the_codes_of_an_offer_are_everybodys_imported_or_made_at_a_storefront() {
    let offers = |text: &str| {
        let own = std::fs::read_to_string(shipped().join("offers.toml")).unwrap();
        let trial = format!("{own}\n[trial]\npercent = 10\nvalid = \"2d\"\n{text}\n");
        Copy::new()
            .with("shop.toml", "kind      = \"shopify\"", "kind = \"shopify\"\nstore = \"two-herons\"")
            .file("offers.toml", &trial)
    };
    let trial = |text: &str| {
        let tree = offers(text).read().unwrap();
        tree.shop.offers.iter().find(|(name, _)| name.as_str() == "trial").unwrap().1.clone()
    };
    let created = "create = { source = \"shopify\", prefix = \"BACK\" }";
    assert_eq!(trial("code = \"TRIAL\"").supply, Supply::Everybody("TRIAL".to_owned()));
    let pool = trial("pool = true\nproducts = [\"TEA-FOG-100\"]");
    assert_eq!((pool.supply, pool.products), (Supply::Pool, [ProductKey::new("TEA-FOG-100")].into()));
    let Supply::Created(made) = trial(created).supply else { panic!("they are made") };
    assert_eq!((made.source.as_str(), made.prefix.as_str(), made.keep), ("shopify", "BACK", 200));
    assert_ne!(trial(created).lot(), trial(&format!("{created}\nminimum = \"5.00\"")).lot(), "other terms");

    let wrong = |text: &str| offers(text).mistakes().join("\n");
    assert!(wrong("").contains("an offer has its codes from one place: `code = \"...\"`"));
    assert!(wrong(&format!("pool = true\n{created}")).contains("an offer has its codes from one place"));
    assert!(wrong("pool = false").contains("an offer has its codes from one place"));
    assert!(wrong("code = \"a b\"").contains("a code is 3 to 40 letters"));
    let line = std::fs::read_to_string(shipped().join("offers.toml")).unwrap().lines().count() + 5;
    assert_eq!(
        wrong(&created.replace("shopify", "shopifi")),
        format!("offers.toml:{line}:21: unknown source `shopifi`: did you mean `shopify`?")
    );
    assert!(wrong("create = true").contains("`create` is written as { source = "));
    assert!(wrong(&created.replace("BACK", "back to us")).contains("a prefix is 2 to 20 capital letters"));
    assert!(wrong(&created.replace(" }", ", keep = 2 }")).contains("`keep` is from 10 to 10000"));
    assert!(wrong(&created.replace(" }", ", end = 2 }")).contains("unknown field `end`"));
    let credit = |copy: Copy| copy.with("offers.toml", "[trial]\npercent = 10", "[trial]\ncredit = \"5.00\"");
    assert!(credit(offers(created)).mistakes().join("\n").contains("import others with `pool = true`"));
    let ecwid = |copy: Copy| copy.with("shop.toml", "kind = \"shopify\"\nstore = \"two-herons\"", "kind = \"ecwid\"");
    assert!(ecwid(offers(created)).mistakes().join("\n").contains("codes are made at Shopify and WooCommerce"));
    let unnamed = |copy: Copy| copy.with("shop.toml", "\nstore = \"two-herons\"", "");
    assert!(unnamed(offers(created)).mistakes().join("\n").contains("this source has no `store`"));
}

#[test]
fn faces_regions_and_pages_of_products_are_checked() {
    let after = |from: &str, to: &str| Copy::new().with("shop.toml", from, to).mistakes().join("\n");
    assert!(after("\"en-IE\"", "\"de-DE\"").contains("this is a region of the shop's own language, such as `en-IE`"));
    assert!(after("Georgia, serif\"", "Georgia\"").contains("a list of faces ends in `serif`"));
    assert!(after("'Courier New', monospace", "<b>, monospace").contains("names in single quotes and commas"));
    assert!(after("review?product={product}&", "review?").contains("`{product}` says which product it is"));
    assert!(after("basket/add?product={product}", "basket/add?product={sku}").contains("it may hold {product}"));
    assert!(after("https://twoherons.example/review", "https://evil.example/review").contains("is not a host"));
}

#[test]
fn storefronts_that_write_by_themselves_are_known_and_words_are_those_of_the_statuses() {
    let sources = |kind: &str, sends_own: &str| {
        let copy = Copy::new().with("shop.toml", "kind      = \"shopify\"", &format!("kind = \"{kind}\""));
        copy.with("shop.toml", "sends_own = []", sends_own).read().map(|tree| tree.shop.sources[0].sends_own.clone())
    };
    for (kind, all) in [("shopify", 8), ("woocommerce", 8), ("ecwid", 0), ("bigcommerce", 0), ("standard", 0)] {
        assert_eq!(sources(kind, "").map(|own| own.len()), Ok(all), "{kind}");
    }
    let words = "sends_own = [\"confirmed\", \"return_requested\"]";
    assert_eq!(sources("ecwid", words), Ok([Status::Confirmed, Status::ReturnRequested].into()));
    let found = sources("shopify", "sends_own = [\"returned\", \"shiped\"]").unwrap_err();
    assert!(found.iter().any(|told| told.ends_with("unknown status `shiped`: did you mean `shipped`?")), "{found:?}");
}
