//! Flows, segments and what a customer is worth: what may be written, and what is refused where it stands.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod copy;

use chrono::{NaiveTime, TimeDelta, Weekday};
use retention::birthday::LeapDay;
use retention::flow::{Anchor, Exit, Flow, Hour, Status, Trigger, Wait};
use shop::Tree;

use copy::{Copy, shipped};

const FLOW: &str = r#"enabled  = true
class    = "marketing"
priority = 40
trigger  = { on = "fulfilled" }

[[step]]
id     = "one"
letter = "one"
kind   = "useful"
wait   = "1d"

[[step]]
id     = "two"
letter = "two"
kind   = "promotional"
wait   = "9d"
"#;

const SEGMENTS: &str = "vip = \"customer.spent > 500\"\nlate = 'customer.days_since_order > 90'\n";

const TIERS: &str = "[[tier]]\nname = \"silver\"\nfrom = \"250.00\"\n\n[[tier]]\nname = \"gold\"\nfrom = \"1000\"\n";

/// A copy with a flow, its letters, segments and tiers.
fn trial(flow: &str) -> Copy {
    let shop = std::fs::read_to_string(shipped().join("shop.toml")).unwrap();
    let shop = if shop.contains("[[tier]]") { shop } else { format!("{shop}\n{TIERS}") };
    let letter = "<mj-column></mj-column>";
    let copy = Copy::new().file("shop.toml", &shop).file("segments.toml", SEGMENTS);
    let copy =
        ["one", "two", "three"].iter().fold(copy, |copy, name| copy.file(&format!("flows/trial/{name}.mjml"), letter));
    copy.file("flows/trial/flow.toml", flow)
}

fn changed(from: &str, to: &str) -> String {
    assert!(FLOW.contains(from), "{from}");
    FLOW.replacen(from, to, 1)
}

/// The mistakes after one change of the flow, as `line:column: message`.
fn slips(from: &str, to: &str) -> Vec<String> {
    let own = "flows/trial/flow.toml:";
    let all = trial(&changed(from, to)).mistakes();
    all.iter().map(|told| told.strip_prefix(own).unwrap_or_else(|| panic!("{told}")).to_owned()).collect()
}

/// The one mistake after one change of the flow.
fn slip(from: &str, to: &str) -> String {
    let found = slips(from, to);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

fn tree(flow: &str) -> Tree {
    trial(flow).read().unwrap_or_else(|found| panic!("{found:#?}"))
}

fn flow(flow: &str) -> Flow {
    tree(flow).shop.flows.into_iter().find(|flow| flow.name.as_str() == "trial").unwrap()
}

fn trigger(written: &str) -> Trigger {
    flow(&changed("{ on = \"fulfilled\" }", written)).trigger
}

#[test]
fn every_trigger_is_read_with_its_parameters_and_their_defaults() {
    let days = TimeDelta::days;
    for plain in
        ["subscribed", "first_order", "guest_order", "cart", "browse", "favourite", "fulfilled", "tier", "survey"]
    {
        let read = trigger(&format!("{{ on = \"{plain}\" }}"));
        assert_eq!(format!("{read:?}").to_lowercase(), plain.replace('_', ""));
    }
    for plain in ["coupon_expiring", "back_in_stock", "price_drop"] {
        let read = trigger(&format!("{{ on = \"{plain}\" }}"));
        assert_eq!(format!("{read:?}").to_lowercase(), plain.replace('_', ""));
    }
    assert_eq!(trigger("{ on = \"delivered\" }"), Trigger::Delivered { needs_care: false });
    assert_eq!(trigger("{ on = \"delivered\", with = \"care\" }"), Trigger::Delivered { needs_care: true });
    assert_eq!(trigger("{ on = \"order_count\" }"), Trigger::OrderCount(vec![2, 5, 10]));
    assert_eq!(trigger("{ on = \"order_count\", at = [3, 1000] }"), Trigger::OrderCount(vec![3, 1000]));
    assert_eq!(trigger("{ on = \"one_order\" }"), Trigger::OneOrder(days(30)));
    assert_eq!(trigger("{ on = \"one_order\", unknown = \"40d\" }"), Trigger::OneOrder(days(40)));
    assert_eq!(trigger("{ on = \"birthday\", leap_day = \"march-1\" }"), Trigger::Birthday(LeapDay::March1));
    assert_eq!(trigger("{ on = \"anniversary\" }"), Trigger::Anniversary(days(730)));
    assert_eq!(trigger("{ on = \"anniversary\", within = \"365d\" }"), Trigger::Anniversary(days(365)));
    assert_eq!(trigger("{ on = \"tier_near\" }"), Trigger::TierNear(10));
    assert_eq!(trigger("{ on = \"tier_near\", within = \"15%\" }"), Trigger::TierNear(15));
    let Trigger::AtRisk(risk) = trigger("{ on = \"at_risk\" }") else { panic!() };
    assert_eq!((risk.gap_percent, risk.min), (150, days(14)));
    let Trigger::AtRisk(risk) = trigger("{ on = \"at_risk\", gap = \"200%\", min = \"21d\" }") else { panic!() };
    assert_eq!((risk.gap_percent, risk.min), (200, days(21)));
    let Trigger::Referral(referral) = trigger("{ on = \"referral\" }") else { panic!() };
    assert_eq!((referral.stars, referral.orders), (4, 3));
    let Trigger::Referral(referral) = trigger("{ on = \"referral\", stars = 5, orders = 2 }") else { panic!() };
    assert_eq!((referral.stars, referral.orders), (5, 2));
    let Trigger::Sunset(sunset) = trigger("{ on = \"sunset\" }") else { panic!() };
    assert_eq!((sunset.letters, sunset.within, sunset.no_order), (10, days(180), days(365)));
    let written = "{ on = \"sunset\", letters = 8, within = \"90d\", no_order = \"200d\" }";
    let Trigger::Sunset(sunset) = trigger(written) else { panic!() };
    assert_eq!((sunset.letters, sunset.within, sunset.no_order), (8, days(90), days(200)));
}

#[test]
fn a_trigger_or_parameter_that_is_wrong_is_told_with_its_place() {
    let on = |to: &str| slip("{ on = \"fulfilled\" }", to);
    assert_eq!(on("{ on = \"fulfiled\" }"), "4:19: unknown trigger `fulfiled`: did you mean `fulfilled`?");
    assert_eq!(on("{ on = \"fulfilled\", wiht = 1 }"), "4:32: unknown field `wiht`");
    assert_eq!(on("{ on = \"delivered\", with = \"car\" }"), "4:39: unknown content `car`: did you mean `care`?");
    for bad in ["[1, 2]", "[5, 2]", "[2, 2]", "[]", "[1001]", "[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"] {
        let told = on(&format!("{{ on = \"order_count\", at = {bad} }}"));
        assert!(told.starts_with("4:39: `at` is 1 to 10 numbers"), "{told}");
    }
    assert_eq!(on("{ on = \"order_count\", at = 5 }"), "4:39: `at` is a list of whole numbers, such as [2, 5]");
    assert!(on("{ on = \"at_risk\", gap = \"90%\" }").starts_with("4:36: this is like `150%`"));
    assert!(on("{ on = \"tier_near\", within = \"91%\" }").starts_with("4:41: this is like"));
    assert_eq!(on("{ on = \"referral\", stars = 6 }"), "4:39: `stars` is from 1 to 5");
    assert_eq!(on("{ on = \"sunset\", letters = 31 }"), "4:39: `letters` is from 2 to 30");
    assert!(on("{ on = \"one_order\", unknown = \"1h\" }").starts_with("4:42: this is at least 1d"));
    assert!(on("{ on = \"cart\" }\ncooldown = \"L\"").starts_with("5:12: `L` is the age"));
}

#[test]
fn a_tier_flow_needs_tiers() {
    let copy = trial(&changed("\"fulfilled\"", "\"tier\""));
    let shop = std::fs::read_to_string(copy.path().join("shop.toml")).unwrap();
    let without = shop.split("[[tier]]").next().unwrap().to_owned();
    let found = copy.file("shop.toml", &without).mistakes();
    assert!(found.contains(&"flows/trial/flow.toml:4:19: this needs a [[tier]] in shop.toml".to_owned()), "{found:#?}");
}

#[test]
fn everything_a_step_may_say_is_read() {
    let read = flow(&changed(
        "letter = \"one\"\n",
        "letter = \"one\"\nat = \"best, else 08:30\"\ndays = \"mon to fri\"\nonly_if = \"order.total > 50\"\nafter = \"delivered\"\n",
    ));
    let step = &read.steps[0];
    assert_eq!(step.at, NaiveTime::from_hms_opt(8, 30, 0).map(Hour::Best));
    let days = step.days.unwrap();
    assert!(days.has(Weekday::Fri) && !days.has(Weekday::Sat));
    assert_eq!(step.only_if.as_ref().unwrap().text(), "order.total > 50");
    assert_eq!(step.after, Anchor::Delivered);
    let listed = flow(&changed("id     = \"one\"", "id = \"one\"\ndays = [\"mon\", \"wed\"]\nat = \"best\""));
    let days = listed.steps[0].days.unwrap();
    assert!(days.has(Weekday::Wed) && !days.has(Weekday::Tue));
    assert_eq!(listed.steps[0].at, NaiveTime::from_hms_opt(10, 0, 0).map(Hour::Best));
    assert_eq!(listed.steps[1].days, None);
    for (word, anchor) in
        [("shipped", Anchor::Shipped), ("fulfilled", Anchor::Fulfilled), ("previous", Anchor::Previous)]
    {
        let read = flow(&changed("id     = \"two\"", &format!("id = \"two\"\nafter = \"{word}\"")));
        assert_eq!(read.steps[1].after, anchor);
    }
    let due = changed("{ on = \"fulfilled\" }", "{ on = \"coupon_expiring\" }").replacen(
        "\"1d\"",
        "\"-1d\"\nafter = \"due\"",
        1,
    );
    assert_eq!(
        (flow(&due).steps[0].after, flow(&due).steps[0].wait),
        (Anchor::Trigger, Wait::For(TimeDelta::days(-1)))
    );
}

#[test]
fn everything_a_flow_may_say_is_read() {
    let read = flow(&changed(
        "priority = 40",
        "priority = 40\nholdout = \"10%\"\nonly_if = \"segment.vip || customer.orders > 1\"\n\
         exit = [\"order\", \"refund\", \"bought\", \"account\", \"cart\", \"review\", \"answered\", \"redeemed\", \"click\"]",
    ));
    assert_eq!(read.holdout, 10);
    assert_eq!(read.only_if.unwrap().text(), "segment.vip || customer.orders > 1");
    let exits = [
        Exit::Order,
        Exit::Refund,
        Exit::Bought,
        Exit::Account,
        Exit::Cart,
        Exit::Review,
        Exit::Answered,
        Exit::Redeemed,
        Exit::Click,
    ];
    assert_eq!(read.exit, exits);
    assert_eq!(flow(FLOW).holdout, 0);
}

#[test]
fn nobody_is_held_out_twice_nor_of_what_they_asked_for() {
    let holdout = |text: &str| slip("priority = 40", &format!("priority = 40\nholdout = \"{text}\""));
    for bad in ["101%", "110%", "10", "-1%", "1000%", "ten"] {
        assert_eq!(holdout(bad), "4:11: `holdout` is like `10%`, from 0% to 100%", "{bad}");
    }
    assert_eq!(flow(&changed("priority = 40", "priority = 40\nholdout = \"100%\"")).holdout, 100);
    let found = Copy::new()
        .with("flows/order_status/flow.toml", "enabled = true", "enabled = true\nholdout = \"5%\"")
        .mistakes();
    assert!(found[0].contains("nobody is held out"), "{found:?}");
}

#[test]
fn a_step_that_counts_from_what_there_is_not_is_refused() {
    let two = |from: &str, to: &str| {
        let flow = FLOW.replacen("{ on = \"fulfilled\" }", from, 1).replacen(
            "\"9d\"",
            &format!("\"9d\"\nafter = \"{to}\""),
            1,
        );
        trial(&flow).mistakes().join("\n")
    };
    for trigger in ["cart", "birthday", "referral", "coupon_expiring"] {
        for anchor in ["delivered", "shipped", "fulfilled"] {
            let told = two(&format!("{{ on = \"{trigger}\" }}"), anchor);
            let expected = format!(
                "flows/trial/flow.toml:17:9: not every occasion of this trigger is about an order that could be `{anchor}`"
            );
            assert_eq!(told, expected);
        }
    }
    assert!(two("{ on = \"cart\" }", "due").contains(":17:9: only a `replenish`"));
    assert!(two("{ on = \"cart\" }", "birthday").contains(":17:9: only a `birthday` flow"));
    assert_eq!(two("{ on = \"birthday\" }", "birthday"), "");
    assert!(
        two("{ on = \"cart\" }", "deliverd").contains(":17:9: unknown anchor `deliverd`: did you mean `delivered`?")
    );
}

#[test]
fn a_wait_below_zero_needs_a_trigger_that_is_known_ahead() {
    let told = slip("\"1d\"", "\"-1d\"");
    assert!(told.starts_with("10:10: a wait is below zero only from a trigger that is known ahead"), "{told}");
    for ahead in ["birthday", "anniversary", "replenish", "coupon_expiring"] {
        let known = changed("\"fulfilled\"", &format!("\"{ahead}\"")).replacen("\"1d\"", "\"-1d\"", 1);
        assert_eq!(trial(&known).mistakes(), Vec::<String>::new(), "{ahead}");
        let previous = known.replacen("\"9d\"", "\"-1d\"\nafter = \"previous\"", 1);
        let found = trial(&previous).mistakes();
        assert!(found.len() == 1 && found[0].contains(":16:10: a wait is below zero"), "{found:?}");
    }
}

#[test]
fn an_hour_and_a_day_are_written_like_this_and_only_for_marketing() {
    let one = |line: &str| slip("id     = \"one\"", &format!("id = \"one\"\n{line}"));
    assert!(one("at = \"9 am\"").starts_with("8:6: an hour of the day is like `09:00`, or `best`"));
    assert!(one("days = \"mon-fri\"").starts_with("8:8: `mon-fri` is no day"));
    assert!(one("days = [\"mon\", \"wen\"]").starts_with("8:16: `wen` is no day"));
    for line in ["at = \"09:00\"", "days = \"mon\""] {
        let to = format!("wait   = \"0d\"\n{line}");
        let found = Copy::new().with("flows/order_status/flow.toml", "wait   = \"0d\"", &to).mistakes();
        assert!(found.len() == 1 && found[0].contains("leaves at once"), "{found:?}");
    }
}

#[test]
fn the_steps_of_order_status_tell_one_status_each() {
    let head = "enabled = true\nclass = \"transactional\"\ntrigger = { on = \"order_status\" }\n";
    let step = |id: &str, more: &str| format!("[[step]]\nid = \"{id}\"\nletter = \"{id}\"\n{more}");
    let of = |one: &str, two: &str| trial(&format!("{head}{}{}", step("one", one), step("two", two))).mistakes();
    assert_eq!(of("of = \"shipped\"\n", "of = \"return_received\"\n"), Vec::<String>::new());
    let tree = tree(&format!("{head}{}", step("one", "of = \"shipped\"\n")));
    let trial = tree.shop.flows.iter().find(|flow| flow.name.as_str() == "trial").unwrap();
    assert_eq!(trial.steps[0].of, Some(Status::Shipped));
    let file = "flows/trial/flow.toml";
    assert_eq!(
        of("of = \"shipped\"\n", "of = \"shipped\"\n"),
        [format!("{file}:11:6: there is already a step of `shipped`")]
    );
    let found = of("of = \"shipped\"\n", "");
    assert!(found.len() == 1 && found[0].starts_with(&format!("{file}:8:1: the field `of` is missing")), "{found:?}");
    assert_eq!(
        of("of = \"shiped\"\n", "of = \"refunded\"\n"),
        [format!("{file}:7:6: unknown status `shiped`: did you mean `shipped`?")]
    );
    let found = of("of = \"shipped\"\n", "of = \"refunded\"\nafter = \"previous\"\n");
    assert!(found.len() == 1 && found[0].contains(":12:9: each step of an `order_status` flow"), "{found:?}");
    let told = slip("id     = \"one\"", "id = \"one\"\nof = \"shipped\"");
    assert!(told.starts_with("8:6: only the steps of an `order_status` flow"), "{told}");
}

#[test]
fn variants_are_two_or_more_letters_with_shares() {
    let variant = |id: &str, letter: &str, weight: &str| {
        format!("[[step.variant]]\nid = \"{id}\"\nletter = \"{letter}\"\nweight = {weight}\n")
    };
    let with = |first: &str, variants: &[String]| {
        let flow = FLOW.replacen("id     = \"two\"\nletter = \"two\"\n", &format!("id     = \"two\"\n{first}"), 1);
        format!("{flow}{}", variants.concat())
    };
    let told = |first: &str, variants: &[String]| trial(&with(first, variants)).mistakes().join("\n");
    let both = [variant("a", "two", "50"), variant("b", "three", "150")];
    let step = flow(&with("", &both)).steps.remove(1);
    assert_eq!(step.letter.as_str(), "two");
    let read: Vec<(&str, &str, u16)> =
        step.variants.iter().map(|v| (v.id.as_str(), v.letter.as_str(), v.weight)).collect();
    assert_eq!(read, [("a", "two", 50), ("b", "three", 150)]);
    let file = "flows/trial/flow.toml";
    assert_eq!(
        told("letter = \"one\"\n", &both),
        format!("{file}:14:10: a step has one `letter`, or each [[step.variant]] has its own")
    );
    assert!(told("", &both[..1]).contains(":12:1: one [[step.variant]] is tried against nothing"));
    let again = [both[0].clone(), variant("a", "three", "50")];
    assert_eq!(told("", &again), format!("{file}:21:6: there is already a variant `a`"));
    let same = [both[0].clone(), variant("b", "two", "50")];
    assert_eq!(told("", &same), format!("{file}:22:10: `two` is tried against itself"));
    for weight in ["0", "1001", "-1"] {
        let light = [both[0].clone(), variant("b", "three", weight)];
        assert_eq!(told("", &light), format!("{file}:23:10: `weight` is from 1 to 1000"), "{weight}");
    }
    let typo = [both[0].clone(), variant("b", "thre", "50")];
    assert_eq!(told("", &typo), format!("{file}:22:10: unknown letter `thre`: did you mean `three`?"));
    assert!(told("", &[]).contains(":12:1: the field `letter` is missing"));
}

#[test]
fn what_a_flow_names_and_there_is_not_is_told_with_the_nearest_right_word() {
    assert_eq!(
        slip("kind   = \"useful\"", "knid = \"useful\"\nkind = \"useful\""),
        "9:1: unknown field `knid`: did you mean `kind`?"
    );
    assert_eq!(slip("letter = \"two\"", "letter = \"tow\""), "14:10: unknown letter `tow`: did you mean `two`?");
    assert_eq!(
        slip("letter = \"two\"", "letter = \"two\"\ncoupon = \"winback11\""),
        "15:10: unknown offer `winback11`: did you mean `winback10`?"
    );
    assert_eq!(
        slip("priority = 40", "priority = 40\nexit = [\"revue\"]"),
        "4:9: unknown exit `revue`: did you mean `review`?"
    );
    assert_eq!(slip("priority = 40", "priority = 40\nexcludes = [\"trial\"]"), "4:13: a flow cannot exclude itself");
    assert!(slip("id     = \"two\"", "id = \"one\"").starts_with("13:6: there is already a step `one`"));
}

#[test]
fn a_condition_is_told_where_it_goes_wrong() {
    let flow = |text: &str| slip("priority = 40", &format!("priority = 40\nonly_if  = {text}"));
    for (text, told) in [
        ("\"customer.ordrs > 1\"", "4:22: unknown field of `customer` `ordrs`: did you mean `orders`?"),
        ("\"true || custmer.orders > 1\"", "4:21: unknown name `custmer`: did you mean `customer`?"),
        ("\"orders > 1\"", "4:13: unknown name `orders`: use `customer.orders`"),
        ("'segment.vp'", "4:21: unknown segment `vp`: did you mean `vip`?"),
        (
            "\"customer.country == \\\"DE\\\" && customer.orders > 'x'\"",
            "4:59: two numbers or two texts are compared, and these are int and string",
        ),
        ("\"customer.orders\"", "4:13: a condition is yes or no (bool), and this is int"),
        (
            "\"\"\"\ncustomer.account &&\n  customer.spnt > 1.0\"\"\"",
            "6:12: unknown field of `customer` `spnt`: did you mean `spent`?",
        ),
        ("\"customer.locale.startWith('en')\"", "4:29: unknown function `startWith`: did you mean `startsWith`?"),
        ("\"customer.orders > \"", "4:31: this is no condition: mismatched input 'the end'"),
        (
            "\"100 / customer.orders > 20\"",
            "4:13: a division by zero, for somebody who has bought nothing: ask for that first",
        ),
        (
            "\"customer.products[0] == 'TEA'\"",
            "4:13: a list has no item of that number, for somebody who has bought nothing: ask for that first",
        ),
        ("\"(customer.orders > 1\"", "4:33: this is no condition: missing ')' at the end"),
    ] {
        let found = flow(text);
        // What the parser says of broken syntax is its own; the place is what counts.
        let (place, same) = (told.split(": ").next().unwrap(), !told.contains("no condition"));
        assert!(
            if same { found == told } else { found.starts_with(&format!("{place}: this is no condition")) },
            "{text}: {found}"
        );
    }
    let guarded =
        changed("priority = 40", "priority = 40\nonly_if = \"customer.orders > 0 && 100 / customer.orders > 20\"");
    assert_eq!(trial(&guarded).mistakes(), Vec::<String>::new());
    let step = slip("letter = \"two\"", "letter = \"two\"\nonly_if = \"order.totl > 50\"");
    assert_eq!(step, "15:18: unknown field of `order` `totl`: did you mean `total`?");
}

#[test]
fn a_flow_without_an_order_names_none() {
    let order = |trigger: &str| {
        let text = changed("{ on = \"fulfilled\" }", &format!("{{ on = \"{trigger}\" }}\nonly_if = \"order.first\""));
        trial(&text).mistakes()
    };
    assert_eq!(order("survey"), Vec::<String>::new());
    for none in ["cart", "birthday", "referral", "subscribed"] {
        let found = order(none);
        assert!(found.len() == 1 && found[0].contains("flow.toml:5:12: there is no `order` here"), "{found:?}");
    }
}

#[test]
fn segments_are_conditions_with_names_that_conditions_can_say() {
    assert_eq!(tree(FLOW).shop.segments.len(), 2);
    let told = |line: &str| trial(FLOW).file("segments.toml", &format!("{SEGMENTS}{line}\n")).mistakes();
    let one = |line: &str| {
        let found = told(line);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    assert_eq!(one("new = \"customer.orders < x\""), "segments.toml:3:26: unknown name `x`: use `customer`");
    assert_eq!(
        one("new = \"order.first\""),
        "segments.toml:3:8: there is no `order` here: only a flow whose trigger is always about one has it"
    );
    assert_eq!(one("new = \"!segment.vip\""), "segments.toml:3:17: unknown segment `vip`: there is none");
    assert!(one("big-spender = \"customer.spent > 1\"").starts_with("segments.toml:3:1: a condition cannot name"));
    assert!(one("in = \"customer.spent > 1\"").starts_with("segments.toml:3:1: a condition cannot name"));
    assert!(one("VIP = \"customer.spent > 1\"").contains("3:1: `VIP` is not a name"));
    assert!(one("new = true").contains("3:7: this is a text"));
    // A segment that is wrong in itself is no unknown one.
    let flow = changed("priority = 40", "priority = 40\nonly_if = \"segment.vip\"");
    let found = trial(&flow).file("segments.toml", "vip = \"customer.spnt > 1\"\n").mistakes();
    assert_eq!(found, ["segments.toml:1:17: unknown field of `customer` `spnt`: did you mean `spent`?"]);
    let without = trial(FLOW);
    std::fs::remove_file(without.path().join("segments.toml")).unwrap();
    assert!(without.mistakes().iter().all(|told| !told.starts_with("segments.toml")), "a shop may have none");
}

#[test]
fn rules_of_conditions_tiers_and_segments_are_in_the_revision() {
    let revision =
        |flow: &str, segments: &str| trial(flow).file("segments.toml", segments).read().unwrap().shop.revision;
    let plain = revision(FLOW, SEGMENTS);
    assert_eq!(plain, revision(FLOW, SEGMENTS));
    let asked = |text: &str| changed("priority = 40", &format!("priority = 40\nonly_if = \"{text}\""));
    let first = revision(&asked("customer.orders > 1"), SEGMENTS);
    assert_ne!(plain, first);
    assert_ne!(first, revision(&asked("customer.orders > 2"), SEGMENTS));
    assert_ne!(plain, revision(FLOW, &SEGMENTS.replace("500", "501")));
    assert_ne!(plain, revision(&changed("priority = 40", "priority = 40\nholdout = \"1%\""), SEGMENTS));
}
