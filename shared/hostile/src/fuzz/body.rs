//! Bodies: JSON of the words that a parser knows, samples with some of it changed, and what is no JSON at all.

use arbitrary::{Result, Unstructured};
use retention::shop::SourceKind;
use serde_json::{Map, Value, json};

use super::words::Words;
use crate::door::NOW;

/// A body and its topic.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) topic: String,
    pub(super) body: Vec<u8>,
}

/// How deep an invented body is nested, in levels, but for one that is nested for its own sake.
const DEPTH: usize = 5;
/// How many edits a body sees at most.
const EDITS: usize = 8;
/// How long a body is made at most, in bytes, before its bytes are edited.
const BYTES: usize = 256 * 1024;

/// Texts that mean something somewhere, or nearly do.
const TEXTS: [&str; 40] = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "12.50",
    "0.001",
    "1e9",
    "99999999999999999999",
    "9223372036854775807",
    "+7",
    "0x10",
    "NaN",
    "EUR",
    "JPY",
    "KWD",
    "eur",
    "XXX",
    "true",
    "null",
    "2026-02-29T00:00:00Z",
    "2026-03-01T10:00:00+01:00",
    "2026-03-01T10:00:00",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00+23:59",
    "2026-06-30T23:59:60Z",
    "Tue, 03 Mar 2026 10:00:00 +0000",
    "2026-03-01 10:00:00 +0000",
    "1774000000",
    "--02-29",
    "1990-02-29",
    "en-IE",
    "ada@example.com",
    "@",
    "a@b.c,d@e.f",
    "https://shop.example/soap?a=1",
    "javascript:alert(1)",
    "../..",
    "a\r\nBcc: b",
    "\u{202e}\u{0}\u{2028}\u{feff}",
];

/// Tokens that no writer of JSON makes, or that readers differ about.
const TOKENS: [&str; 20] = [
    "1e400",
    "-0",
    "0.1e-400",
    "1E+2",
    "18446744073709551616",
    "-9223372036854775809",
    "1.",
    "01",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\x\"",
    "\"",
    "[]]",
    "{\"\":}",
    "nul",
    "NaN",
    "\u{feff}",
    "/**/",
    "[[[[[[[[[[]]]]]]]]]]",
    "\\",
];

/// Makes a case.
pub(super) fn case(words: &Words, u: &mut Unstructured<'_>) -> Result<Case> {
    let form: u8 = u.int_in_range(0..=15)?;
    let sample = u.choose_index(words.samples.len())?;
    let (topic, sample) = &words.samples[sample];
    let topic = match u.int_in_range(0..=7_u8)? {
        0 => text(words, u)?.chars().filter(|c| !c.is_control()).take(200).collect(),
        1 | 2 => u.choose(&words.topics)?.clone(),
        _ => words.topics[*topic].clone(),
    };
    let body = match form {
        0 => u.bytes(u.len().min(BYTES))?.to_vec(),
        1 => bytes(sample, u)?,
        2 => deep(u)?,
        3 | 4 => whole(words, object(words, u, 0)?).to_string().into_bytes(),
        5 | 6 => bytes(&edited(words, sample, u)?, u)?,
        _ => whole(words, edited(words, sample, u)?).to_string().into_bytes(),
    };
    Ok(Case { topic, body })
}

/// A body of Ecwid is not signed without an event. That of any other kind stays as it is.
fn whole(words: &Words, mut body: Value) -> Value {
    if let (SourceKind::Ecwid, Value::Object(fields)) = (words.kind, &mut body) {
        fields.insert("eventId".to_owned(), json!("evt-1"));
        fields.insert("eventCreated".to_owned(), json!(NOW));
    }
    body
}

/// A sample with some of its values changed, taken out, doubled, or put where they do not belong.
fn edited(words: &Words, sample: &Value, u: &mut Unstructured<'_>) -> Result<Value> {
    let mut whole = sample.clone();
    for _ in 0..u.int_in_range(1..=EDITS)? {
        edit(words, &mut whole, u)?;
    }
    Ok(whole)
}

/// Goes down to some place, and changes what is there.
fn edit(words: &Words, at: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
    // Three of four steps go on, so that most edits are of a leaf.
    if u.ratio(3, 4)? {
        let below = match at {
            Value::Object(fields) if !fields.is_empty() => {
                let place = u.choose_index(fields.len())?;
                fields.values_mut().nth(place)
            }
            Value::Array(items) if !items.is_empty() => {
                let place = u.choose_index(items.len())?;
                items.get_mut(place)
            }
            _ => None,
        };
        if let Some(below) = below {
            return edit(words, below, u);
        }
    }
    match at {
        Value::Object(fields) => match u.int_in_range(0..=3_u8)? {
            0 => drop(fields.remove(u.choose(&words.fields)?)),
            1 => drop(fields.insert(u.choose(&words.fields)?.clone(), Value::Object(fields.clone()))),
            _ => drop(fields.insert(u.choose(&words.fields)?.clone(), value(words, u, 0)?)),
        },
        Value::Array(items) => match u.int_in_range(0..=3_u8)? {
            0 => drop(items.pop()),
            1 => {
                let times = u.int_in_range(1..=700_usize)?;
                let item = items.first().cloned().unwrap_or_default();
                // Large items are not multiplied until nothing but their number matters.
                let fits = BYTES / item.to_string().len().max(1);
                items.extend(std::iter::repeat_n(item, times.min(fits)));
            }
            _ => items.push(value(words, u, 0)?),
        },
        leaf => *leaf = value(words, u, 0)?,
    }
    Ok(())
}

/// Any value.
fn value(words: &Words, u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=15_u8)? {
        0 => Value::Null,
        1 => Value::Bool(u.arbitrary()?),
        2 => json!(u.arbitrary::<i64>()?),
        3 => json!(u.arbitrary::<u64>()?),
        4 => json!(u.int_in_range(-3..=40_i64)?),
        5 => json!(u.arbitrary::<f64>()?),
        6 => json!(f64::from(u.int_in_range(-200_000..=200_000_i32)?) / 100.0),
        7 => json!(NOW + u.int_in_range(-100_000_000..=1_000_000_i64)?),
        8 | 9 if depth < DEPTH => object(words, u, depth + 1)?,
        10 if depth < DEPTH => list(words, u, depth + 1)?,
        _ => Value::String(text(words, u)?),
    })
}

fn object(words: &Words, u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let mut fields = Map::new();
    for _ in 0..u.int_in_range(0..=12_usize)? {
        fields.insert(u.choose(&words.fields)?.clone(), value(words, u, depth)?);
    }
    Ok(Value::Object(fields))
}

fn list(words: &Words, u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let items: Result<Vec<Value>> = (0..u.int_in_range(0..=6_usize)?).map(|_| value(words, u, depth)).collect();
    items.map(Value::Array)
}

/// Any text: one that is known, one that means something, one that is long, any other.
fn text(words: &Words, u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=7_u8)? {
        0 | 1 => u.choose(&words.texts)?.clone(),
        2 | 3 => (*u.choose(&TEXTS)?).to_owned(),
        4 => {
            let piece =
                *u.choose(&["x", "0", "9", " ", "界", "e\u{301}", "🧵", "a@", ".", "https://a.example/", "\u{0}"])?;
            piece.repeat(u.int_in_range(1..=6_000_usize)?)
        }
        5 => format!("{}{}", u.choose(&words.texts)?, u.choose(&TEXTS)?),
        6 => u.int_in_range(0..=u64::MAX)?.to_string(),
        _ => u.arbitrary::<&str>()?.to_owned(),
    })
}

/// Brackets without end, or nearly.
fn deep(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let (open, close) = *u.choose(&[("[", "]"), ("{\"data\":", "}"), ("{\"entity\":", "}"), ("[{\"a\":", "}]")])?;
    let levels = u.int_in_range(0..=20_000_usize)?;
    let levels = if u.arbitrary()? { levels % 70 } else { levels };
    Ok(format!("{}1{}", open.repeat(levels), close.repeat(levels)).into_bytes())
}

/// The bytes of a body with some of them overwritten, cut, doubled, or replaced by a token.
fn bytes(body: &Value, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = body.to_string().into_bytes();
    for _ in 0..u.int_in_range(1..=EDITS)? {
        let at = u.int_in_range(0..=bytes.len())?;
        let to = (at + u.int_in_range(0..=40_usize)?).min(bytes.len());
        match u.int_in_range(0..=5_u8)? {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let piece = bytes[at..to].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            3 => drop(bytes.splice(at..to, u.choose(&TOKENS)?.bytes())),
            4 => drop(bytes.splice(at..at, u.choose(&TOKENS)?.bytes())),
            _ => {
                let other = u.arbitrary::<u8>()?;
                bytes[at..to].iter_mut().for_each(|byte| *byte ^= other);
            }
        }
    }
    Ok(bytes)
}
