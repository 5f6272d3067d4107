//! Bodies made of other bodies: some fields changed, some taken out, each field in turn holding something odd.

use serde_json::{Value, json};

/// A body with some fields put in the place of its own, at the top and in the objects below it.
pub(crate) fn with(body: &str, fields: Value) -> String {
    fn put(into: &mut Value, fields: Value) {
        match (into, fields) {
            (Value::Object(into), Value::Object(fields)) => {
                for (name, value) in fields {
                    put(into.entry(name).or_insert(Value::Null), value);
                }
            }
            (into, value) => *into = value,
        }
    }
    let mut whole: Value = serde_json::from_str(body).expect("a fixture");
    put(&mut whole, fields);
    whole.to_string()
}

/// A body without some of its fields.
pub(crate) fn without(body: &str, fields: &[&str]) -> String {
    let mut whole: Value = serde_json::from_str(body).expect("a fixture");
    for field in fields {
        whole.as_object_mut().and_then(|whole| whole.remove(*field)).expect("a field of the fixture");
    }
    whole.to_string()
}

/// A body once for each of its fields and each odd value, which stands in the field's place.
pub(crate) fn odd_bodies(body: &str) -> impl Iterator<Item = String> {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!(" "),
        json!("x"),
        json!("9007199254740991"),
        json!("-9007199254740991"),
        json!("0.5"),
        json!("9999-12-31T23:59:59-23:59"),
        json!("0000-01-01T00:00:00+23:59"),
        json!("2026-06-30T23:59:60Z"),
        json!("\u{0}"),
        json!([]),
        json!([[]]),
        json!([{}]),
        json!([null]),
        json!({}),
        json!({"amount": "1"}),
        json!({"shop_money": {"amount": "-1", "currency_code": "KWD"}}),
    ];
    let whole: Value = serde_json::from_str(body).expect("a fixture");
    paths(&whole, "").into_iter().flat_map(move |path| {
        let whole = whole.clone();
        odd.clone().into_iter().map(move |value| {
            let mut body = whole.clone();
            *body.pointer_mut(&path).expect("a path of the body") = value;
            body.to_string()
        })
    })
}

/// The JSON pointers of everything in a value.
pub(crate) fn paths(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = children.into_iter().flat_map(|(name, value)| {
        let path = format!("{at}/{name}");
        let below = paths(value, &path);
        std::iter::once(path).chain(below)
    });
    below.collect()
}
