//! The templates that ship with the product, and copies of them with one slip each.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod copy;

use std::fs;
use std::path::Path;

use chrono::{NaiveTime, TimeDelta};
use retention::flow::{Anchor, Class, Cooldown, Hour, StaleAfter, Trigger, Wait};
use retention::ids::ProductKey;
use retention::store_name::StoreName;
use shop::Tree;

use copy::{Copy, shipped};

/// The mistakes after one change of one file.
fn after(file: &str, from: &str, to: &str) -> Vec<String> {
    Copy::new().with(file, from, to).mistakes()
}

fn tree() -> Tree {
    shop::read(&shipped()).unwrap()
}

#[test]
fn the_shipped_templates_are_read_as_they_are_meant() {
    let tree = tree();
    let flow = |name: &str| tree.shop.flows.iter().find(|flow| flow.name.as_str() == name).unwrap();

    let winback = flow("winback");
    let Trigger::Lapsed(lapse) = winback.trigger else { panic!("{:?}", winback.trigger) };
    assert_eq!((lapse.gaps, lapse.min, lapse.max), (2, TimeDelta::days(60), TimeDelta::days(180)));
    assert_eq!(winback.cooldown, Some(Cooldown::Lapse));
    assert_eq!(winback.excludes[0].as_str(), "replenish");
    assert_eq!(winback.steps[1].after, Anchor::Previous);
    assert_eq!(winback.steps[1].wait, Wait::For(TimeDelta::days(14)));
    assert_eq!(winback.steps[0].stale_after, Some(StaleAfter::For(TimeDelta::days(7))));
    assert_eq!(winback.steps[1].coupon.as_ref().unwrap().as_str(), "winback10");

    let replenish = flow("replenish");
    assert_eq!((replenish.steps[0].wait, replenish.steps[1].wait), (Wait::Lead, Wait::Cycle(25)));
    let birthday = flow("birthday");
    assert_eq!(birthday.steps[0].wait, Wait::For(TimeDelta::days(-3)));
    assert_eq!(birthday.steps[1].at, NaiveTime::from_hms_opt(9, 0, 0).map(Hour::Fixed));
    assert_eq!(birthday.steps[2].stale_after, Some(StaleAfter::EndOfDay));
    assert!(birthday.steps[2].while_coupon_unused);
    assert_eq!(flow("order_status").class, Class::Transactional);

    assert_eq!(tree.shop.days_of_supply[&ProductKey::new("TEA-FOG-100")], 40);
    assert_eq!(tree.shop.limits.gap, TimeDelta::minutes(930));
    assert!(tree.shop.sources[0].sends_own.is_empty());
    assert_eq!(tree.brand.postal.lines.len(), 4);
    assert_eq!(tree.letters.flows.values().map(|flow| flow.letters.len()).sum::<usize>(), 51);
}

#[test]
fn an_unknown_field_is_named_with_file_line_column_and_the_nearest_right_one() {
    let found = after("flows/winback/flow.toml", "wait   = \"14d\"", "wiat   = \"14d\"");
    assert_eq!(found, ["flows/winback/flow.toml:23:1: unknown field `wiat`: did you mean `wait`?"]);
    let found = after("shop.toml", "weekly_cap", "weekly_kap");
    assert_eq!(found, ["shop.toml:63:1: unknown field `weekly_kap`: did you mean `weekly_cap`?"]);
}

#[test]
fn unknown_values_flows_offers_and_letters_are_named_with_the_nearest_right_word() {
    let flow = "flows/winback/flow.toml";
    let one = |from: &str, to: &str| {
        let found = after(flow, from, to);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(one("\"marketing\"", "\"markting\""), "unknown class `markting`: did you mean `marketing`?");
    assert_eq!(one("on = \"lapsed\"", "on = \"lapse\""), "unknown trigger `lapse`: did you mean `lapsed`?");
    assert_eq!(one("exit     = [\"order\"]", "exit = [\"orders\"]"), "unknown exit `orders`: did you mean `order`?");
    assert_eq!(one("[\"replenish\"]", "[\"replenis\"]"), "unknown flow `replenis`: did you mean `replenish`?");
    assert_eq!(
        one("coupon = \"winback10\"", "coupon = \"winbak10\""),
        "unknown offer `winbak10`: did you mean `winback10`?"
    );
    assert_eq!(one("letter = \"last\"", "letter = \"lst\""), "unknown letter `lst`: did you mean `last`?");
    assert_eq!(one("kind   = \"useful\"", "kind = \"usefull\""), "unknown kind `usefull`: did you mean `useful`?");
    assert!(after("shop.toml", "Europe/Dublin", "Europe/Dubln")[0].ends_with("did you mean `Europe/Dublin`?"));
    let kinds = [
        ("shopfy", "shopify"),
        ("wocommerce", "woocommerce"),
        ("ecwit", "ecwid"),
        ("bigcomerce", "bigcommerce"),
        ("standart", "standard"),
    ];
    for (slip, kind) in kinds {
        let found = after("shop.toml", "kind      = \"shopify\"", &format!("kind = \"{slip}\""));
        assert!(found[0].ends_with(&format!("did you mean `{kind}`?")), "{found:?}");
    }
    let found = after("shop.toml", "kind      = \"shopify\"", "kind = \"magento\"");
    let all = "unknown storefront `magento`: use `shopify`, `woocommerce`, `ecwid`, `bigcommerce`, `standard`";
    assert!(found[0].ends_with(all), "{found:?}");
}

#[test]
fn the_store_of_a_source_is_named_as_its_kind_names_it() {
    let found = after("shop.toml", "kind      = \"shopify\"", "kind = \"ecwid\"\nstore = \"my-shop\"");
    assert!(found[0].ends_with("a store of Ecwid is its number, such as `1003`"), "{found:?}");
    let copy = Copy::new().with("shop.toml", "kind      = \"shopify\"", "kind = \"ecwid\"\nstore = \"1003\"");
    let shop = copy.read().unwrap().shop;
    assert_eq!(shop.sources[0].store.as_ref().map(StoreName::as_str), Some("1003"));
}

#[test]
fn every_mistake_of_every_file_is_found_at_once() {
    let copy = Copy::new()
        .with("flows/winback/flow.toml", "priority = 28", "priority = \"28\"")
        .with("flows/birthday/flow.toml", "\"early\"\nletter", "\"Early\"\nletter")
        .with("offers.toml", "percent = 10", "percent = 0")
        .with("content.toml", "days_of_supply = 45", "days_of_supply = -1")
        .with("shop.toml", "\"EUR\"", "\"EURO\"");
    let files: Vec<String> = copy.mistakes().iter().map(|m| m.split(':').next().unwrap().to_owned()).collect();
    let mut expected =
        ["content.toml", "flows/birthday/flow.toml", "flows/winback/flow.toml", "offers.toml", "shop.toml"]
            .map(String::from)
            .to_vec();
    for file in &files {
        assert!(expected.contains(file), "{files:?}");
    }
    expected.retain(|file| !files.contains(file));
    assert!(expected.is_empty(), "nothing found in {expected:?}");
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let winback = |from: &str, to: &str| after("flows/winback/flow.toml", from, to).join("\n");
    assert!(winback("id     = \"last\"", "id = \"ten-percent\"").contains("there is already a step `ten-percent`"));
    assert!(winback("wait   = \"0d\"", "wait = \"-1d\"").contains("known ahead"));
    assert!(winback("wait   = \"14d\"", "wait = \"-1d\"").contains("known ahead"));
    assert!(winback("wait   = \"0d\"", "wait = \"-lead\"").contains("only a replenish flow"));
    assert!(winback("wait   = \"0d\"", "wait = \"0d\"\nafter = \"previous\"").contains("none before it"));
    assert!(winback("[\"replenish\"]", "[\"winback\"]").contains("cannot exclude itself"));
    assert!(winback("kind   = \"useful\"", "kind = \"promotional\"").contains("third promotional step"));
    assert!(winback("kind   = \"useful\"\n", "").contains("`kind` is missing"));
    assert!(winback("kind   = \"useful\"", "kind = \"useful\"\nwhile_coupon_unused = true").contains("gives a coupon"));
    assert!(winback("cooldown = \"L\"", "cooldown = \"0d\"").contains("above zero"));
    assert!(winback("min = \"60d\"", "min = \"200d\"").contains("`max` is not below `min`"));
    assert!(winback("class    = \"marketing\"", "class = \"transactional\"").contains("its letters are `marketing`"));
    let birthday = |from: &str, to: &str| after("flows/birthday/flow.toml", from, to).join("\n");
    assert!(birthday("cooldown = \"330d\"", "cooldown = \"L\"").contains("only a `lapsed` flow"));
    assert!(birthday("wait   = \"7d\"", "wait = \"-7d\"").contains("put the steps in their order"));
    let status = |from: &str, to: &str| after("flows/order_status/flow.toml", from, to).join("\n");
    assert!(status("wait   = \"0d\"", "kind = \"promotional\"").contains("does not sell"));
    assert!(status("wait   = \"0d\"", "coupon = \"winback10\"").contains("carries no coupon"));
    assert!(
        status("class   = \"transactional\"", "class = \"marketing\"\npriority = 1").contains("are `transactional`")
    );
}

#[test]
fn a_shop_that_nobody_can_answer_or_find_is_refused() {
    let shop = |from: &str, to: &str| after("shop.toml", from, to).join("\n");
    assert!(shop("reply_to = \"hello@", "reply_to = \"no-reply@").contains("a mailbox that a person reads"));
    assert!(shop("lines = [", "lines = [] #").contains("postal address"));
    assert!(shop("url      = \"https:", "url = \"http:").contains("a URL is like"));
    assert!(shop("gap        = \"15h 30min\"", "gap = \"5min\"").contains("longer than 5min"));
    assert!(shop("ink       = \"#23302b\"", "ink = \"#eeeeee\"").contains("contrast"));
    assert!(shop("name     = \"Two Herons Tea\"", "name = \"Two\\nHerons\"").contains("one line"));
    assert!(shop("[[source]]", "[[sources]]").contains("did you mean `source`?"));
    assert!(shop("= \"Two Herons Tea\"\nlocale", "= Two\nlocale").contains("this is not TOML"));
}

#[test]
fn a_storefront_writes_itself_unless_the_shop_says_otherwise() {
    let tree = Copy::new().with("shop.toml", "sends_own = []", "").read().unwrap();
    assert_eq!(tree.shop.sources[0].sends_own.len(), 8);
}

#[test]
fn an_offer_gives_one_thing() {
    let both = after("offers.toml", "percent = 10", "percent = 10\namount = \"5.00\"");
    let things = "`percent`, `amount`, `free_shipping = true`, `gift`, `credit` or `early_access = true`";
    assert_eq!(both, [format!("offers.toml:4:1: an offer gives one thing: {things}")]);
    assert!(Copy::new().with("offers.toml", "percent = 10", "amount = \"5.00\"").read().is_ok());
    assert!(after("offers.toml", "percent = 10", "amount = \"-5\"")[0].contains("above zero"));
}

#[test]
fn pictures_and_pages_lie_with_the_shop() {
    let elsewhere = after("content.toml", "https://twoherons.example/teas/harbour-fog", "https://evil.example/x");
    assert!(elsewhere[0].contains("`evil.example` is not a host of this shop"), "{elsewhere:?}");
}

#[test]
fn copy_is_no_rule_and_rules_are() {
    let revision = |copy: Copy| copy.read().unwrap().shop.revision;
    let shipped = revision(Copy::new());
    assert_eq!(shipped.len(), 64);
    assert_eq!(shipped, tree().shop.revision, "the directory is no part of it");
    let text = Copy::new().with("flows/winback/strings.en.toml", "A look along", "Another look along");
    assert_eq!(revision(text), shipped);
    let letter = Copy::new().with("flows/winback/last.mjml", "<mj-column>", "<mj-column padding=\"1px\">");
    assert_eq!(revision(letter), shipped);
    assert_ne!(revision(Copy::new().with("flows/winback/flow.toml", "\"7d\"", "\"8d\"")), shipped);
    assert_ne!(revision(Copy::new().with("offers.toml", "percent = 10", "percent = 11")), shipped);
    assert_ne!(revision(Copy::new().with("content.toml", "= 45", "= 46")), shipped);
    assert_ne!(revision(Copy::new().with("shop.toml", "weekly_cap = 3", "weekly_cap = 2")), shipped);
}

#[test]
fn files_that_have_no_place_are_told() {
    let copy = Copy::new().file("flows/winback/notes.txt", "x").file("flows/winback/strings.english.toml", "");
    fs::write(copy.path().join("flows/winback/broken.mjml"), [0xc3, 0x28]).unwrap();
    fs::create_dir(copy.path().join("flows/Big Sale")).unwrap();
    let found = copy.mistakes().join("\n");
    for part in [
        "notes.txt:1:1: this file is neither",
        "strings.english.toml:1:1: a locale",
        "not UTF-8",
        "`Big Sale` is not a name",
    ] {
        assert!(found.contains(part), "{part} in {found}");
    }
    assert!(shop::read(Path::new("/nowhere")).is_err());
}
