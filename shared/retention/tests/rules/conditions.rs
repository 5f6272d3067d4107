//! Conditions: what is refused when a file is read, and what is said of a person.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use retention::aggregates::Aggregates;
use retention::condition::{self, BadCondition, Condition, ConditionFailed, Names, Problem, VARIABLES, View};
use retention::flow::Kind;
use retention::ids::{FlowName, Occasion, OrderId, ProductKey, SegmentName, SendId, StepId};
use retention::interest::{Interest, InterestKind, Review};
use retention::occurrence::{Occurrence, World};
use retention::rank::Thirds;
use retention::shop::Tier;
use retention::{Customer, Shop, Time};

use crate::world::{after, at, born, euro, order, shop, source, subscribed};

const NOW: &str = "2026-06-15";

fn segments() -> BTreeMap<SegmentName, Condition> {
    let none = BTreeMap::new();
    let of = |text: &str| Condition::parse(text, &Names { segments: &none, order: false }).expect("a condition");
    let all = [
        ("regular", of("customer.orders >= 2")),
        ("late", of("customer.days_since_order > 30")),
        ("foreign", of("customer.country != 'IE'")),
    ];
    all.into_iter().map(|(name, condition)| (SegmentName::parse(name).expect("a name"), condition)).collect()
}

fn parse(text: &str) -> Result<Condition, BadCondition> {
    Condition::parse(text, &Names { segments: &segments(), order: true })
}

fn refused(text: &str) -> BadCondition {
    parse(text).expect_err(text)
}

/// The text from where it goes wrong, and what is said about it.
fn told(text: &str) -> (&str, String) {
    let bad = refused(text);
    (&text[bad.byte..], bad.to_string())
}

/// Somebody with three orders, the last of them the one that the occasion is about.
fn somebody() -> (Customer, Occurrence) {
    let mut customer = born(subscribed(at("2025-01-01")), "1990-05-04");
    for (id, day, lines) in [
        ("1", "2025-03-01", &[("SOAP", 2)][..]),
        ("2", "2026-01-01", &[("BALM", 1), ("SOAP", 1)]),
        ("3", "2026-06-01", &[("TEA-RED", 30)]),
    ] {
        customer = after(&customer, None, &order(id, at(day), lines));
    }
    let occurrence = Occurrence {
        occasion: Occasion::of(&["order", "3"]),
        since: at("2026-06-01"),
        anchor: at("2026-06-01"),
        cycle: None,
        floor: None,
        order: Some(OrderId::new(&source(), "3")),
        about: None,
        status: None,
        over: None,
    };
    (customer, occurrence)
}

fn tiered() -> Shop {
    let tier = |name: &str, from_minor| Tier { name: name.to_owned(), from_minor };
    let categories = [("SOAP", "care"), ("BALM", "care"), ("TEA-RED", "tea")];
    Shop {
        tiers: vec![tier("silver", 10_000), tier("gold", 100_000)],
        categories: categories.map(|(key, category)| (ProductKey::new(key), category.to_owned())).into(),
        ..shop()
    }
}

fn ask(text: &str, customer: &Customer, occurrence: &Occurrence, now: Time) -> Result<bool, ConditionFailed> {
    let thirds = Thirds { recency_days: [20, 90], orders: [2, 4], spent_minor: [5_000, 50_000] };
    let aggregates = Aggregates { thirds: Some(thirds), ..Aggregates::default() };
    let shop = tiered();
    let view = View { customer, occurrence, world: World { shop: &shop, aggregates: &aggregates }, now };
    parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}")).holds(&view)
}

fn says(text: &str) -> Result<bool, ConditionFailed> {
    let (customer, occurrence) = somebody();
    ask(text, &customer, &occurrence, at(NOW))
}

#[test]
fn a_name_that_is_unknown_is_told_with_its_place_and_the_right_ones() {
    for (text, from, message) in [
        ("true || customer.typo", "typo", "unknown field of `customer` `typo`"),
        ("'żółć' == 'x' && customer . ordrs > 1", "ordrs > 1", "unknown field of `customer` `ordrs`"),
        ("has(customer.contry)", "contry)", "unknown field of `customer` `contry`"),
        ("order.sum > 3", "sum > 3", "unknown field of `order` `sum`"),
        ("custmer.orders > 1", "custmer.orders > 1", "unknown name `custmer`"),
        ("orders > 1", "orders > 1", "unknown name `orders`"),
        ("1 < now()", "now()", "unknown function `now`"),
        ("customer.locale.beginsWith('en')", "beginsWith('en')", "unknown function `beginsWith`"),
        ("segment.regluar", "regluar", "unknown segment `regluar`"),
        ("customer.products.exists(p, q == 'x')", "q == 'x')", "unknown name `q`"),
    ] {
        assert_eq!(told(text), (from, message.to_owned()), "{text}");
    }
    let known = |text: &str| match refused(text).problem {
        Problem::Unknown { known, .. } => known,
        Problem::Other(message) => panic!("{message}"),
    };
    assert!(known("customer.ordrs > 1").contains(&"orders".to_owned()));
    assert_eq!(known("orders > 1"), ["customer.orders"], "the whole name of a field");
    assert_eq!(known("segment.x"), ["foreign", "late", "regular"]);
    assert_eq!(known("custmer.orders > 1"), ["customer", "order", "segment"]);
}

#[test]
fn types_that_do_not_fit_are_told_with_their_place() {
    for (text, from, message) in [
        ("customer.orders > 'x'", "> 'x'", "int and string"),
        ("customer.orders == 'x'", "== 'x'", "int and string are never the same"),
        ("customer.country == 1", "== 1", "string and int are never the same"),
        ("customer.spent / 2 > 1.0", "/ 2 > 1.0", "write `2.0`"),
        ("customer.spent / customer.orders > 1.0", "/ customer.orders > 1.0", "`double(...)`"),
        ("customer.spent % 2.0 > 1.0", "% 2.0 > 1.0", "`%` does not take"),
        ("customer.orders", "customer.orders", "and this is int"),
        ("customer.account && customer.orders", "customer.orders", "and this is int"),
        ("!customer.country", "customer.country", "and this is string"),
        ("'DE' in customer.country", "in customer.country", "`contains`"),
        ("1 in customer.products", "in customer.products", "int is never in list(string)"),
        ("customer.products.exists(p, p)", "p)", "and this is string"),
        ("customer.products.exists(p, p > 1)", "> 1)", "string and int"),
        ("customer.orders.exists(p, true)", "customer.orders.exists(p, true)", "only a list"),
        ("customer.products.map(p, size(p)).exists(n, n == 'x')", "== 'x')", "int and string"),
        ("customer.account ? 1 : 'x'", "'x'", "this is string"),
        ("size(customer.orders) > 1", "size(customer.orders) > 1", "of a text or a list"),
        ("customer.locale.startsWith(1)", "startsWith(1)", "finds int"),
        ("customer.locale.startsWith()", "startsWith()", "written otherwise"),
        ("customer.products.exists(p)", "exists(p)", "written otherwise"),
        ("customer.products[0.5] == 'x'", "0.5] == 'x'", "whole numbers"),
        ("customer == 1", "customer == 1", "`customer.orders`"),
        ("customer.country == null", "null", "`has()`"),
        ("customer.locale.matches(customer.country)", "customer.country)", "a literal"),
        ("customer.locale.matches('(')", "'(')", "no pattern"),
        ("customer.products.exists(order, order == 'x')", "(order, order == 'x')", "a meaning already"),
        ("{'a': 1} == {'a': 1}", "{'a': 1} == {'a': 1}", "not used"),
        ("[1, 'x'].exists(n, n == 1)", "'x'].exists(n, n == 1)", "string in a list of int"),
        ("customer.country.length > 1", ".length > 1", "have fields"),
    ] {
        let (found, said) = told(text);
        assert_eq!(found, from, "{text}: {said}");
        assert!(said.contains(message), "{text}: {said}");
    }
}

#[test]
fn what_does_not_parse_is_told_with_its_place() {
    for (text, from) in [
        ("", ""),
        ("customer.orders >", ""),
        ("customer.orders > > 1", "> 1"),
        ("customer.orders = 1", "= 1"),
        ("'żółć' == customer.country )", ")"),
        ("customer.orders > 1\n&& && true", "&& true"),
        ("customer.country == 'DE", "'DE"),
    ] {
        let (found, said) = told(text);
        assert_eq!(found, from, "{text}: {said}");
        assert!(said.contains("condition"), "{text}: {said}");
    }
}

#[test]
fn without_an_order_or_segments_neither_is_named() {
    let none = BTreeMap::new();
    let names = Names { segments: &none, order: false };
    let bad = Condition::parse("customer.account || order.first", &names).expect_err("no order");
    assert_eq!((bad.byte, bad.to_string().contains("no `order` here")), (20, true), "{bad}");
    assert!(Condition::parse("has(order.total)", &names).is_err());
    assert!(Condition::parse("segment.regular", &names).is_err());
    assert!(parse("order.first || segment.regular").is_ok());
}

#[test]
fn every_variable_has_the_type_that_the_table_says_and_is_read() {
    let (mut customer, occurrence) = somebody();
    (customer.country, customer.region) = (retention::zones::Country::parse("IE").ok(), Some("Cork".to_owned()));
    (customer.locale, customer.clicks) = (Some("en-IE".to_owned()), vec![at("2026-06-14")]);
    let review = |stars| Review { subject: format!("S{stars}"), at: at(NOW), stars: Some(stars) };
    customer.reviews = vec![review(4), review(5)];
    for variable in &VARIABLES {
        let same = format!("{0} == {0}", variable.name);
        assert_eq!(ask(&same, &customer, &occurrence, at(NOW)), Ok(true), "{same}");
        let of_its_type = match variable.kind {
            condition::Kind::Bool => format!("{0} || !{0}", variable.name),
            condition::Kind::Int => format!("{} % 2 < 2", variable.name),
            condition::Kind::Double => format!("{} + 1.5 > 0.0", variable.name),
            condition::Kind::Text => format!("{}.contains('')", variable.name),
            _ => format!("{0}.all(text, text in {0})", variable.name),
        };
        assert_eq!(ask(&of_its_type, &customer, &occurrence, at(NOW)), Ok(true), "{of_its_type}");
        assert_eq!(parse(&same).map(|c| c.looks_at_ages()), Ok(variable.is_age), "{}", variable.name);
        let there = format!("has({})", variable.name);
        assert_eq!(ask(&there, &customer, &occurrence, at(NOW)), Ok(true), "{there}");
        if !variable.may_be_absent {
            let stranger = Customer::new(customer.id.clone(), at(NOW));
            assert_eq!(ask(&same, &stranger, &occurrence, at(NOW)), Ok(true), "{same}");
        }
    }
}

#[test]
fn a_condition_says_what_is_so_of_a_person_and_an_order() {
    for yes in [
        "customer.orders == 3 && customer.orders > 2.5",
        "customer.spent == 340.0 && customer.spent_365 == 320.0",
        "customer.days_since_order == 14 && customer.days_since_first_order == 471",
        "customer.median_gap_days == 228",
        "customer.products == ['TEA-RED', 'BALM', 'SOAP'] && 'SOAP' in customer.products",
        "customer.categories == ['care', 'tea']",
        "customer.subscribed && !customer.account && customer.birthday && !customer.clicked",
        "customer.tier == 'silver'",
        "customer.recency == 3 && customer.frequency == 2 && customer.spend == 2",
        "order.total == 300.0 && order.number == 3 && !order.first && !order.refunded",
        "order.source == 'shopify' && order.products == ['TEA-RED']",
        "customer.products.exists(p, p.startsWith('TEA')) && !customer.products.all(p, p.endsWith('RED'))",
        "customer.products.filter(p, p.contains('A')).size() == 3",
        "customer.products.map(p, size(p)) == [7, 4, 4] && customer.products.exists_one(p, p == 'SOAP')",
        "customer.products.exists(p, p.matches('^TEA-(RED|BLUE)$'))",
        "!order.source.matches('^ecwid')",
        "double(customer.orders) * 2.5 == 7.5 && int(2.9) == 2 && customer.orders % 2 == 1",
        "(customer.orders > 5 ? 'many' : 'few') == 'few'",
        "customer.products[0] == 'TEA-RED' && -customer.orders < 0",
        "customer.products.exists(p, order.products.exists(q, p == q))",
    ] {
        assert_eq!(says(yes), Ok(true), "{yes}");
        assert_eq!(says(&format!("!({yes})")), Ok(false), "{yes}");
    }
}

#[test]
fn what_is_absent_is_asked_by_has_and_is_else_an_error() {
    assert_eq!(says("has(customer.country)"), Ok(false));
    assert_eq!(says("!has(customer.country) || customer.country == 'DE'"), Ok(true));
    assert_eq!(says("customer.country == 'DE'"), Err(ConditionFailed("`customer.country` is not known".to_owned())));
    assert_eq!(says("customer.country == 'DE' || customer.orders > 1"), Ok(true), "one side decides");
    let (customer, mut occurrence) = somebody();
    occurrence.order = Some(OrderId::new(&source(), "long-ago"));
    assert_eq!(ask("has(order.total) || has(order.number)", &customer, &occurrence, at(NOW)), Ok(false));
    assert!(ask("order.total > 1.0", &customer, &occurrence, at(NOW)).is_err());
}

#[test]
fn below_the_lowest_tier_the_tier_is_an_empty_text() {
    let (mut customer, occurrence) = somebody();
    customer.orders.clear();
    for no in ["customer.tier == 'silver'", "has(customer.tier)"] {
        assert_eq!(ask(no, &customer, &occurrence, at(NOW)), Ok(false), "{no}");
    }
    assert_eq!(ask("customer.tier != 'gold'", &customer, &occurrence, at(NOW)), Ok(true));
}

#[test]
fn what_goes_wrong_on_the_way_is_an_error() {
    let division = Err(ConditionFailed("a division by zero".to_owned()));
    assert_eq!(says("100 / (customer.orders - 3) > 1"), division, "three orders");
    assert_eq!(says("100 % (customer.orders - 3) > 1"), division);
    assert_eq!(
        says("customer.orders > 0 && customer.products[7] == 'x'"),
        Err(ConditionFailed("a list has no item of that number".to_owned()))
    );
    assert_eq!(
        says("9223372036854775807 + customer.orders > 1"),
        Err(ConditionFailed("a number is too large".to_owned()))
    );
}

#[test]
fn a_segment_is_asked_where_it_is_named() {
    assert_eq!(says("segment.regular && !segment.late"), Ok(true));
    let unknown = Err(ConditionFailed("`segment.foreign` could not be evaluated".to_owned()));
    assert_eq!(says("!segment.foreign"), unknown, "an error within is none of yes and no");
    assert_eq!(says("segment.regular || segment.foreign"), Ok(true));
}

#[test]
fn ages_are_whole_days_and_a_segment_brings_its_own() {
    assert!(parse("segment.late").expect("a condition").looks_at_ages());
    assert!(!parse("segment.regular && customer.orders > 2").expect("a condition").looks_at_ages());
    let (customer, occurrence) = somebody();
    let asked = |now: &str| ask("customer.days_since_order == 14", &customer, &occurrence, at(now));
    assert_eq!(asked("2026-06-15 00:00"), Ok(true));
    assert_eq!(asked("2026-06-15 23:59"), Ok(true));
    assert_eq!(asked("2026-06-16 00:00"), Ok(false));
}

#[test]
fn the_letter_on_its_way_is_not_counted_with_the_others() {
    let (mut customer, occurrence) = somebody();
    let flow = FlowName::parse("winback").expect("a name");
    let mut letter = |step: &str, day: &str| {
        let step = StepId::parse(step).expect("a name");
        let send = SendId::derive(&customer.id, &flow, &step, &occurrence.occasion);
        let recent = retention::customer::RecentLetter {
            send: send.clone(),
            flow: flow.clone(),
            at: at(day),
            kind: Kind::Useful,
        };
        customer.recent.push(recent);
        send
    };
    letter("old", "2026-03-17");
    letter("new", "2026-03-18");
    let open = letter("open", NOW);
    assert_eq!(ask("customer.letters_90d == 2", &customer, &occurrence, at(NOW)), Ok(true));
    customer.open = Some(open);
    assert_eq!(ask("customer.letters_90d == 1", &customer, &occurrence, at(NOW)), Ok(true));
}

#[test]
fn only_favourites_that_are_still_listed_and_coupons_that_are_unused_count() {
    let (mut customer, occurrence) = somebody();
    let mut gone = Interest::new(InterestKind::Favourite, "SOAP".to_owned(), at(NOW));
    gone.over = true;
    let viewed = Interest::new(InterestKind::ViewedProduct, "BALM".to_owned(), at(NOW));
    customer.interests = vec![Interest::new(InterestKind::Favourite, "TEA-RED".to_owned(), at(NOW)), gone, viewed];
    assert_eq!(ask("customer.favourites == ['TEA-RED']", &customer, &occurrence, at(NOW)), Ok(true));
    let coupon = |used_at| retention::customer::Coupon {
        offer: retention::ids::OfferName::parse("ten").expect("a name"),
        code: "TEN".to_owned(),
        lot: None,
        occasion: occurrence.occasion.clone(),
        given_at: at(NOW),
        used_at,
    };
    customer.coupons = vec![coupon(None), coupon(Some(at(NOW)))];
    assert_eq!(ask("customer.coupons == 1", &customer, &occurrence, at(NOW)), Ok(true));
}

#[test]
fn money_of_other_currencies_is_spent_at_the_rate() {
    let (mut customer, occurrence) = somebody();
    let zloty = retention::money::Currency::parse("PLN").expect("a currency");
    customer.orders[0].net = Some(retention::Money { minor: 40_000, currency: zloty });
    assert_eq!(ask("has(order.total)", &customer, &occurrence, at(NOW)), Ok(false), "no rate");
    let aggregates = Aggregates::default();
    let shop = Shop { rates: [(zloty, 250_000)].into(), ..tiered() };
    let view = View {
        customer: &customer,
        occurrence: &occurrence,
        world: World { shop: &shop, aggregates: &aggregates },
        now: at(NOW),
    };
    assert_eq!(parse("order.total == 100.0").expect("a condition").holds(&view), Ok(true));
    assert_eq!(euro(0).currency, shop.currency);
}

#[test]
fn what_is_too_long_or_too_deep_is_an_error_and_no_crash() {
    let deep = |n: usize| format!("{}true{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&deep(20)).is_ok());
    let bombs = [
        deep(25),
        deep(450),
        "(".repeat(1_000),
        "[".repeat(1_000),
        "!".repeat(900) + "true",
        "-".repeat(900) + "1 > 0",
        "1+".repeat(400) + "1 > 0",
        "true?".repeat(150) + "true",
        "true?true:".repeat(99) + "true",
        format!("customer{} == 1", ".a".repeat(450)),
        format!("customer.products{}.exists(p, true)", ".map(p, p)".repeat(90)),
        "has(".repeat(240),
        "{".repeat(300),
        "'x".repeat(400),
        "true && ".repeat(130),
        format!("{} true", " ".repeat(1_000)),
    ];
    // As little stack as a worker may have left.
    let small = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for bomb in &bombs {
            assert!(parse(bomb).is_err(), "{bomb}");
        }
        let long = "true && ".repeat(120) + "true";
        assert_eq!(says(&long), Ok(true));
        let wide = "1 + ".repeat(55) + "1 == 56";
        assert_eq!(says(&wide), Ok(true));
    });
    small.expect("a thread").join().expect("no crash");
    let nested =
        "customer.products.exists(a, customer.products.exists(b, customer.products.exists(c, a == b && b == c)))";
    assert!(told(nested).1.contains("at most 2 lists"));
}

#[test]
fn two_conditions_are_the_same_when_their_texts_are_and_stand_as_text_in_the_revision() {
    let text = "customer.orders > 1";
    assert_eq!(parse(text), parse(text));
    assert_ne!(parse(text), parse("customer.orders > 2"));
    let condition = parse(text).expect("a condition");
    assert_eq!(serde_json::to_string(&condition).expect("JSON"), format!("{text:?}"));
    assert_eq!(condition.text(), text);
}

#[test]
fn the_reference_says_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root").join("docs/conditions.md");
    let written = std::fs::read_to_string(file).unwrap_or_default();
    let again = "run `cargo run -p retention --example conditions > docs/conditions.md`";
    assert_eq!(written, condition::reference(), "{again}");
    for variable in &VARIABLES {
        assert!(written.contains(&format!("| `{}` | {} |", variable.name, variable.kind)), "{}", variable.name);
    }
}

/// Words that conditions are made of, right and wrong.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "customer",
        "order",
        "segment",
        ".",
        "orders",
        "products",
        "regular",
        "country",
        "has(",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "'x'",
        "\"",
        "1",
        "1.5",
        "2u",
        "0x",
        "1e999",
        "==",
        "<",
        "&&",
        "||",
        "!",
        "-",
        "+",
        "/",
        "%",
        "?",
        ":",
        ",",
        "in",
        "true",
        "null",
        "exists(p, ",
        "map(",
        "p",
        "size(",
        "matches(",
        "b'x'",
        "r'\\",
        "\\",
        "`",
        "//",
        "\n",
        "é",
        ".?",
        "[?",
        "@result",
        "size",
        "exists_one(",
        "for",
    ];
    prop_oneof![4 => proptest::sample::select(words.map(str::to_owned).to_vec()), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(words in proptest::collection::vec(word(), 0..24)) {
        let text = words.join(" ");
        if let Err(bad) = parse(&text) {
            prop_assert!(bad.byte <= text.len() && text.is_char_boundary(bad.byte), "{} of {:?}", bad.byte, text);
        }
        let close = words.concat();
        if let Ok(condition) = parse(&close) {
            prop_assert_eq!(condition.text(), close.as_str());
            let (customer, occurrence) = somebody();
            let _ = ask(&close, &customer, &occurrence, at(NOW));
        }
    }
}
