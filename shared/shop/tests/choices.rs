//! What a person may choose, and the words of the pages on which they do: right as a whole, or each slip with its place.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod copy;

use copy::{Copy, shipped};

/// The mistakes after one change of one file.
fn after(file: &str, from: &str, to: &str) -> Vec<String> {
    Copy::new().with(file, from, to).mistakes()
}

/// The one mistake in shop.toml, without its line.
fn in_shop(from: &str, to: &str) -> String {
    let found = after("shop.toml", from, to);
    assert_eq!(found.len(), 1, "{found:#?}");
    let place = found[0].strip_prefix("shop.toml:").unwrap();
    place.split_once(' ').unwrap().1.to_owned()
}

#[test]
fn topics_are_read_in_their_order_with_a_title_in_every_language_of_the_pages() {
    let tree = shop::read(&shipped()).unwrap();
    let names: Vec<&str> = tree.shop.topics.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(names, ["reminders", "orders", "offers", "birthday", "regulars"]);
    assert!(!tree.shop.double_opt_in);
    let locales: Vec<&String> = tree.pages.strings.keys().collect();
    assert_eq!(locales, ["en", "ja", "pl", "zh-Hans"]);
    for topic in &tree.shop.topics {
        assert_eq!(tree.pages.topics[&topic.name].keys().collect::<Vec<_>>(), locales, "{}", topic.name);
    }
    let birthday = tree.shop.flows.iter().find(|flow| flow.name.as_str() == "birthday").unwrap();
    assert_eq!(tree.shop.topic_of(&birthday.name).unwrap().name.as_str(), "birthday");
    let welcome = tree.shop.flows.iter().find(|flow| flow.name.as_str() == "welcome").unwrap();
    assert!(tree.shop.topic_of(&welcome.name).is_none(), "it goes with all the rest");
}

#[test]
fn a_slip_in_a_topic_is_named() {
    assert_eq!(
        in_shop("\"birthday\", \"anniversary\"", "\"birthdy\", \"anniversary\""),
        "unknown flow `birthdy`: did you mean `birthday`?"
    );
    assert_eq!(
        in_shop("\"loyal\", \"vip\"", "\"birthday\", \"vip\""),
        "the flow `birthday` is of another topic already"
    );
    assert_eq!(
        in_shop("\"loyal\", \"vip\"", "\"order_status\", \"vip\""),
        "what answers the customer's own act cannot be switched off"
    );
    assert_eq!(in_shop("name  = \"regulars\"", "name  = \"offers\""), "there is already a topic `offers`");
    assert_eq!(
        in_shop("{ en = \"Birthday and", "{ de = \"Geburtstag und"),
        "the title in the shop's own language is missing: `en`"
    );
    assert!(in_shop("flows = [\"birthday\", \"anniversary\"]", "flows = []").starts_with("`flows` lists the flows"));
}

#[test]
fn double_opt_in_needs_the_letter_that_asks() {
    let on = || Copy::new().with("shop.toml", "double_opt_in = false", "double_opt_in = true");
    assert!(on().read().unwrap().shop.double_opt_in);
    let found = on().with("flows/sign_up/flow.toml", "enabled = true", "enabled = false").mistakes();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].ends_with("nobody would be asked to confirm: no flow with the trigger `signed_up` is switched on")
    );
    assert!(in_shop("double_opt_in = false", "double_optin = false").starts_with("unknown field `double_optin`"));
}

#[test]
fn an_answer_to_an_own_act_is_transactional_and_nothing_else_is() {
    let file = "flows/your_data/flow.toml";
    let found = after(file, "class   = \"transactional\"", "class   = \"marketing\"");
    assert!(
        found.iter().any(|line| line.ends_with("letters that answer the customer's own act are `transactional`")),
        "{found:#?}"
    );
}

#[test]
fn every_page_has_every_text_in_every_language_and_no_field_that_is_not_there() {
    let file = "pages/strings.pl.toml";
    let told = |from: &str, to: &str| {
        let found = after(file, from, to);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].strip_prefix("pages/strings.pl.toml:").unwrap().to_owned()
    };
    assert_eq!(told("save            = \"Zapisz\"\n", ""), "1:1: the field `save` is missing");
    assert!(told("save            = \"Zapisz\"", "save = \" \"").ends_with("`save` is empty"));
    assert!(
        told("save            = \"Zapisz\"", "save = \"Zapisz\"\nsafe = \"x\"")
            .ends_with("unknown field `safe`: did you mean `save`?")
    );
    assert!(
        told("\"Zapisz\"", "\"Zapisz {{shop.mail}}\"")
            .ends_with("this text may hold {{shop.name}}, and nothing else in braces")
    );
    assert!(
        told("Przerwa nadal do {{until}}", "Przerwa nadal do {{til}}")
            .ends_with("may hold {{shop.name}} or {{until}}, and nothing else in braces")
    );
    let half = Copy::new().file("pages/strings.de.toml", "language_name = \"Deutsch\"\n").mistakes();
    assert_eq!(half[0], "pages/strings.de.toml:1:1: the field `again_text` is missing");
    let without = Copy::new();
    std::fs::remove_file(without.path().join("pages/strings.en.toml")).unwrap();
    let found = without.mistakes();
    assert_eq!(found, ["pages/strings.en.toml:1:1: this file is missing: `en` is the shop's own language"]);
}
