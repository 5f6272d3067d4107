//! What `shop.toml` and `content.toml` say beside the look of letters: tiers, rates, parcels, storefronts, categories, care.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod copy;

use chrono::TimeDelta;
use retention::flow::Status;
use retention::ids::ProductKey;
use retention::money::Currency;
use retention::shop::{TRANSIT, Undecided};

use copy::{Copy, shipped};

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
    assert_eq!(tree.brand.products[&one].care.as_deref(), Some("Keep it dry.\nDrink it soon."));
    assert!(!tree.shop.categories.contains_key(&two));
    let empty = Copy::new().file("content.toml", "[product.\"A\"]\ncare = \" \"\n").mistakes();
    assert_eq!(empty, ["content.toml:2:8: this text is empty"]);
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
