//! Parts put beside each other in one object.

/// An object of these names and values, which are JSON already.
pub(crate) fn object(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut whole = String::with_capacity(parts.iter().map(|(name, value)| name.len() + value.len() + 5).sum());
    for (index, (name, value)) in parts.iter().enumerate() {
        whole.push_str(if index == 0 { "{\"" } else { ",\"" });
        whole.push_str(name);
        whole.push_str("\":");
        whole.push_str(value);
    }
    whole.push('}');
    whole.into_bytes()
}

/// A list of values, which are JSON already.
pub(crate) fn list<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}
