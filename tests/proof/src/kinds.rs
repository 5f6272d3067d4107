//! What kind of call one is, as far as the wire tells: two of the same kind come from the same place in the code.

use serde_json::Value;

/// The kind of a call: what is asked for, with which expressions, of which rows or queue; not about whom.
pub(crate) fn kind(target: &str, body: &[u8]) -> String {
    let mut words = vec![target.to_owned()];
    collect(&serde_json::from_slice(body).unwrap_or_default(), &mut words);
    words.dedup();
    words.join(" ")
}

fn collect(asked: &Value, words: &mut Vec<String>) {
    match asked {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("pk" | "sk", key) => words.push(row(key["S"].as_str().unwrap_or_default())),
                    (name, Value::String(said)) if name.ends_with("Expression") => words.push(said.clone()),
                    ("IndexName" | "QueueUrl", Value::String(said)) => words.push(said.clone()),
                    ("Put" | "Update" | "Delete" | "ConditionCheck", part) => {
                        words.push(name.clone());
                        collect(part, words);
                    }
                    (_, value) => collect(value, words),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, words)),
        _ => {}
    }
}

/// What a key begins with, where that is a word and no id; of a row of work, which.
fn row(key: &str) -> String {
    let word = if key.starts_with("W#") { key } else { key.split('#').next().unwrap_or_default() };
    let is_word = word.len() <= 16 && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'#');
    if is_word { word.to_owned() } else { "*".to_owned() }
}
