//! The form of the preferences: as it stands for a customer, as it was typed, and what it says.

use std::collections::BTreeSet;

use retention::birthday::Birthday;
use retention::ids::TopicName;
use retention::preferences::{Choice, Pause};
use retention::shop::Topic;
use retention::time::days;
use retention::{Customer, Shop, Time};

/// The longest body that is read as a form.
pub(crate) const MAX_BYTES: usize = 10_000;

/// The form as it is shown, or as it came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The topics that are ticked.
    pub(crate) topics: BTreeSet<String>,
    /// `keep`, `none`, or a number of days.
    pub(crate) pause: String,
    /// Whether fewer letters are wanted.
    pub(crate) fewer: bool,
    /// Day and month of birth.
    pub(crate) day: String,
    pub(crate) month: String,
    /// The locale of letters; empty where none is chosen.
    pub(crate) language: String,
}

/// What is wrong with a form, by the key of the sentence that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Form,
    Birthday,
    Language,
}

impl Wrong {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Wrong::Form => "wrong_form",
            Wrong::Birthday => "wrong_birthday",
            Wrong::Language => "wrong_language",
        }
    }
}

/// The topics that there is anything to switch off of.
pub(crate) fn topics(shop: &Shop) -> impl Iterator<Item = &Topic> {
    let has_letters = |topic: &&Topic| shop.flows.iter().any(|flow| flow.enabled && topic.flows.contains(&flow.name));
    shop.topics.iter().filter(has_letters)
}

impl Draft {
    /// The form as it stands for a customer. `language` is the locale in which they get letters, if they have one.
    pub(crate) fn of(customer: &Customer, shop: &Shop, language: Option<&str>, now: Time) -> Self {
        let wishes = &customer.preferences;
        let on = topics(shop).filter(|topic| !wishes.off.contains(&topic.name));
        let birthday = customer.birthday.map(String::from).unwrap_or_default();
        let (month, day) = birthday.split_once('-').unwrap_or_default();
        let bare = |text: &str| text.trim_start_matches('0').to_owned();
        Self {
            topics: on.map(|topic| topic.name.to_string()).collect(),
            pause: if wishes.pause(now).is_some() { "keep" } else { "none" }.to_owned(),
            fewer: wishes.fewer,
            day: bare(day),
            month: bare(month),
            language: language.unwrap_or_default().to_owned(),
        }
    }

    /// Reads a body. Every field is one of ours, and each but the topics stands there once.
    pub(crate) fn typed(body: &[u8]) -> Result<Self, Wrong> {
        let mut draft = Self::default();
        let mut seen = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            if name == "topic" {
                draft.topics.insert(value);
                continue;
            }
            if !seen.insert(name.to_string()) {
                return Err(Wrong::Form);
            }
            match name.as_ref() {
                "form" if value == "preferences" => {}
                "fewer" if value == "yes" => draft.fewer = true,
                "pause" => draft.pause = value,
                "birthday_day" => draft.day = value,
                "birthday_month" => draft.month = value,
                "language" => draft.language = value,
                _ => return Err(Wrong::Form),
            }
        }
        // Without this an empty body would switch everything off.
        if seen.contains("form") { Ok(draft) } else { Err(Wrong::Form) }
    }

    /// What the form says. `before` is the form as it stood: what was left alone is not chosen anew.
    pub(crate) fn choice(
        &self,
        customer: &Customer,
        shop: &Shop,
        languages: &[&str],
        before: &Self,
    ) -> Result<Choice, Wrong> {
        let shown: BTreeSet<&TopicName> = topics(shop).map(|topic| &topic.name).collect();
        if !self.topics.iter().all(|name| shown.iter().any(|topic| topic.as_str() == name)) {
            return Err(Wrong::Form);
        }
        // A topic that is not shown just now stays as it is.
        let hidden = customer.preferences.off.iter().filter(|name| !shown.contains(name));
        let off = shown.iter().filter(|topic| !self.topics.contains(topic.as_str())).copied().chain(hidden);
        Ok(Choice {
            off: off.cloned().collect(),
            pause: match self.pause.as_str() {
                "keep" => Pause::Keep,
                "none" => Pause::End,
                "30" => Pause::For(days(30)),
                "90" => Pause::For(days(90)),
                _ => return Err(Wrong::Form),
            },
            fewer: self.fewer,
            birthday: self.birthday()?,
            language: match self.language.as_str() {
                same if same == before.language => None,
                "" => None,
                chosen if languages.contains(&chosen) => Some(chosen.to_owned()),
                _ => return Err(Wrong::Language),
            },
        })
    }

    fn birthday(&self) -> Result<Option<Birthday>, Wrong> {
        if self.day.is_empty() && self.month.is_empty() {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u8>().map_err(|_| Wrong::Birthday);
        let text = format!("{:02}-{:02}", number(&self.month)?, number(&self.day)?);
        Birthday::parse(&text).map(Some).map_err(|_| Wrong::Birthday)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_not_whole_or_not_ours_is_refused() {
        for bad in [
            "",
            "topic=offers",
            "form=other",
            "form=preferences&pause=none&pause=30",
            "form=preferences&fewer=no",
            "form=preferences&email=a%40example.com",
            "%66orm=preferences&%zz=1",
        ] {
            assert_eq!(Draft::typed(bad.as_bytes()), Err(Wrong::Form), "{bad}");
        }
        let typed =
            Draft::typed(b"form=preferences&topic=a&topic=b&pause=30&fewer=yes&birthday_day=29&birthday_month=2");
        assert_eq!(typed.map(|draft| draft.topics.len()), Ok(2));
    }

    #[test]
    fn a_birthday_is_a_day_that_there_is() {
        let of = |day: &str, month: &str| {
            Draft { day: day.to_owned(), month: month.to_owned(), ..Draft::default() }.birthday().map(|b| b.is_some())
        };
        assert_eq!((of("29", "2"), of("", ""), of("1", "12")), (Ok(true), Ok(false), Ok(true)));
        for (day, month) in [("31", "2"), ("1", ""), ("", "1"), ("0", "1"), ("1", "13"), ("x", "1"), ("300", "1")] {
            assert_eq!(of(day, month), Err(Wrong::Birthday), "{day} {month}");
        }
    }
}
