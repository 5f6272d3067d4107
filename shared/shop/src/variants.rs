//! The letter of a step, or the letters that it tries against each other.

use std::collections::BTreeSet;

use retention::flow::Variant;
use retention::ids::{LetterName, VariantName};

use crate::table::{At, Table};

/// The largest share of a variant.
const MAX_WEIGHT: u16 = 1_000;

/// The step's letter, or those that are tried against each other: the first of them stands for the step then.
pub(crate) fn read(table: &mut Table<'_>, known: &BTreeSet<LetterName>) -> (Option<LetterName>, Vec<Variant>) {
    let tables = table.tables("variant");
    if tables.is_empty() {
        return (table.needed_text("letter").and_then(|text| letter(&text, known)), Vec::new());
    }
    if let Some(text) = table.text("letter") {
        text.wrong("a step has one `letter`, or each [[step.variant]] has its own");
    }
    if tables.len() < 2 {
        table.wrong("one [[step.variant]] is tried against nothing: there are two or more, or a `letter`");
    }
    let mut variants: Vec<Variant> = Vec::new();
    for table in tables {
        variants.extend(variant(table, known, &variants));
    }
    (variants.first().map(|variant| variant.letter.clone()), variants)
}

fn variant(mut table: Table<'_>, letters: &BTreeSet<LetterName>, before: &[Variant]) -> Option<Variant> {
    let id_text = table.needed_text("id");
    let id = id_text
        .as_ref()
        .and_then(|text| text.then(|raw| VariantName::parse(raw).map_err(|error| error.to_string())))
        .map(|at| at.value);
    if let Some(text) = &id_text
        && before.iter().any(|variant| variant.id.as_str() == text.value)
    {
        text.wrong(format!("there is already a variant `{}`", text.value));
    }
    let letter_text = table.needed_text("letter");
    let letter = letter_text.as_ref().and_then(|text| letter(text, letters));
    if let (Some(text), Some(letter)) = (&letter_text, &letter)
        && before.iter().any(|variant| &variant.letter == letter)
    {
        text.wrong(format!("`{letter}` is tried against itself"));
    }
    let weight = table.needed_number("weight").and_then(|number| {
        number.then(|n| {
            let weight = u16::try_from(*n).ok().filter(|weight| (1..=MAX_WEIGHT).contains(weight));
            weight.ok_or_else(|| format!("`weight` is from 1 to {MAX_WEIGHT}"))
        })
    });
    table.finish();
    Some(Variant { id: id?, letter: letter?, weight: weight?.value })
}

fn letter(text: &At<'_, &str>, letters: &BTreeSet<LetterName>) -> Option<LetterName> {
    let name = text.then(|raw| LetterName::parse(raw).map_err(|error| error.to_string()))?.value;
    if !letters.contains(&name) {
        text.unknown("letter", letters.iter().map(LetterName::as_str));
    }
    Some(name)
}
