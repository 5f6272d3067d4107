//! What a person may choose: each `[[topic]]` of `shop.toml`, and whether a sign-up waits for its confirmation.

use std::collections::{BTreeMap, BTreeSet};

use retention::flow::{Class, Flow, Trigger};
use retention::ids::{FlowName, TopicName};
use retention::shop::Topic;

use crate::brand::{one_line, tag};
use crate::letter_files::FlowLetters;
use crate::table::{At, Table};

/// How topics are called, by locale.
pub(crate) type Titles = BTreeMap<TopicName, BTreeMap<String, String>>;

/// The flows that topics are made of: those that could be read, and the folders of all.
#[derive(Clone, Copy)]
pub(crate) struct Flows<'a> {
    pub(crate) read: &'a [Flow],
    pub(crate) folders: &'a BTreeMap<FlowName, FlowLetters>,
}

/// What `shop.toml` says of what a person may choose.
#[derive(Default)]
pub(crate) struct Choices {
    pub(crate) topics: Vec<Topic>,
    pub(crate) titles: Titles,
    pub(crate) double_opt_in: bool,
}

impl Choices {
    /// The fields of `shop.toml` that are read here, once the flows are.
    pub(crate) const FIELDS: [&str; 2] = ["topic", "consent"];

    /// Reads them.
    pub(crate) fn read(shop: &mut Table<'_>, flows: Flows<'_>, locale: Option<&str>) -> Self {
        let (topics, titles) = topics(shop, flows, locale);
        Self { topics, titles, double_opt_in: double_opt_in(shop.table("consent"), flows) }
    }
}

fn double_opt_in(table: Option<Table<'_>>, flows: Flows<'_>) -> bool {
    let Some(mut table) = table else { return false };
    let flag = table.flag("double_opt_in");
    table.finish();
    let asks = |flow: &Flow| flow.enabled && flow.trigger == Trigger::SignUp;
    if let Some(on) = flag.as_ref().filter(|on| on.value && !flows.read.iter().any(asks)) {
        on.wrong("nobody would be asked to confirm: no flow with the trigger `signed_up` is switched on");
    }
    flag.is_some_and(|flag| flag.value)
}

/// Each flow of a topic is marketing, and of one topic at most. In the shop's own language each topic has a title.
fn topics(shop: &mut Table<'_>, flows: Flows<'_>, locale: Option<&str>) -> (Vec<Topic>, Titles) {
    let (mut topics, mut titles): (Vec<Topic>, Titles) = (Vec::new(), Titles::new());
    let mut taken = BTreeSet::new();
    for mut table in shop.tables("topic") {
        let name = table.needed_text("name").and_then(|text| {
            let read = text.then(|raw| TopicName::parse(raw).map_err(|error| error.to_string()))?;
            if titles.contains_key(&read.value) {
                text.wrong(format!("there is already a topic `{}`", text.value));
            }
            Some(read.value)
        });
        let named = table.texts("flows");
        if named.is_empty() {
            table.wrong("`flows` lists the flows of the topic, such as [\"birthday\"]");
        }
        let own: BTreeSet<FlowName> = named.iter().filter_map(|text| flow_of(text, flows, &mut taken)).collect();
        let title = table.needed_table("title").map(|table| title(&table, locale));
        table.finish();
        if let (Some(name), Some(title)) = (name, title) {
            titles.insert(name.clone(), title);
            topics.push(Topic { name, flows: own });
        }
    }
    (topics, titles)
}

fn flow_of(text: &At<'_, &str>, flows: Flows<'_>, taken: &mut BTreeSet<FlowName>) -> Option<FlowName> {
    let Some(name) = flows.folders.keys().find(|name| name.as_str() == text.value) else {
        text.unknown("flow", flows.folders.keys().map(FlowName::as_str));
        return None;
    };
    if flows.read.iter().any(|flow| &flow.name == name && flow.class == Class::Transactional) {
        text.wrong("what answers the customer's own act cannot be switched off");
    } else if !taken.insert(name.clone()) {
        text.wrong(format!("the flow `{name}` is of another topic already"));
    }
    Some(name.clone())
}

fn title(table: &Table<'_>, locale: Option<&str>) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    for (locale, title) in table.all() {
        let Some(locale) = locale.then(|raw| tag(raw)) else { continue };
        read.extend(title.text().as_ref().and_then(one_line).map(|title| (locale.value, title)));
    }
    if let Some(locale) = locale.filter(|locale| !read.contains_key(*locale)) {
        table.wrong(format!("the title in the shop's own language is missing: `{locale}`"));
    }
    read
}
