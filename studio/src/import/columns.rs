//! Which column of a file holds what.

use std::collections::BTreeMap;

use shop::nearest;

/// What an order's row may hold.
const FIELDS: [&str; 14] = [
    "email",
    "order_id",
    "placed_at",
    "total",
    "currency",
    "sku",
    "title",
    "quantity",
    "unit_price",
    "first_name",
    "country",
    "region",
    "birthday",
    "code",
];
/// What it must hold.
const NEEDED: [&str; 4] = ["email", "order_id", "placed_at", "quantity"];

/// A mapping that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// Not `name=value`.
    #[error("`{0}` is not of the form name=value")]
    Form(String),
    /// Not a field.
    #[error("`{0}` is no field of an order: {1}")]
    Unknown(String, String),
    /// A header that the file does not have.
    #[error("the file has no column `{0}`{1}")]
    NoColumn(String, String),
    /// A needed field that nothing gives.
    #[error("nothing gives `{0}`: map it with --column {0}=HEADER or --set {0}=VALUE")]
    Missing(&'static str),
}

/// Where each field comes from.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    mapped: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
}

/// The mapping of one file: fields to column numbers.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    sources: BTreeMap<&'static str, Field>,
}

#[derive(Debug, Clone)]
enum Field {
    Column(usize),
    Constant(String),
    /// Text with columns in it: `{CustomerID}@example.com`.
    Template(Vec<Part>),
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Column(usize),
}

impl Columns {
    /// Reads `--column` and `--set` arguments.
    pub fn parse(columns: &[String], constants: &[String]) -> Result<Self, ColumnError> {
        let pairs = |arguments: &[String]| {
            let pair = |argument: &String| {
                let (name, value) = argument.split_once('=').ok_or_else(|| ColumnError::Form(argument.clone()))?;
                if FIELDS.contains(&name) {
                    return Ok((name.to_owned(), value.to_owned()));
                }
                let hint = nearest(name, FIELDS).map_or_else(
                    || format!("there are {}", FIELDS.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                Err(ColumnError::Unknown(name.to_owned(), hint))
            };
            arguments.iter().map(pair).collect::<Result<BTreeMap<_, _>, _>>()
        };
        Ok(Self { mapped: pairs(columns)?, constants: pairs(constants)? })
    }

    /// Finds the fields among the headers of a file.
    pub(crate) fn layout(&self, headers: &[&str]) -> Result<Layout, ColumnError> {
        let find = |header: &str| {
            headers.iter().position(|h| h.trim() == header).ok_or_else(|| {
                let near = nearest(header, headers.iter().copied());
                let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                ColumnError::NoColumn(header.to_owned(), hint)
            })
        };
        let mut sources = BTreeMap::new();
        for field in FIELDS {
            let from = match (self.mapped.get(field), self.constants.get(field)) {
                (Some(text), _) if text.contains('{') => Some(Field::Template(template(text, find)?)),
                (Some(header), _) => Some(Field::Column(find(header)?)),
                (None, Some(constant)) => Some(Field::Constant(constant.clone())),
                (None, None) => headers.iter().position(|h| h.trim() == field).map(Field::Column),
            };
            match from {
                Some(from) => {
                    sources.insert(field, from);
                }
                None if NEEDED.contains(&field) => {
                    let needed = NEEDED.iter().find(|needed| **needed == field);
                    return Err(ColumnError::Missing(needed.copied().unwrap_or_default()));
                }
                None => {}
            }
        }
        Ok(Layout { sources })
    }
}

fn template(text: &str, find: impl Fn(&str) -> Result<usize, ColumnError>) -> Result<Vec<Part>, ColumnError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (header, after) = behind.split_once('}').ok_or_else(|| ColumnError::Form(text.to_owned()))?;
        parts.extend([Part::Text(before.to_owned()), Part::Column(find(header)?)]);
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

impl Layout {
    /// The value of a field in a row, trimmed; none where it is empty. A template with an empty column is empty.
    pub(crate) fn value(&self, field: &str, row: &csv::StringRecord) -> Option<String> {
        let value = match self.sources.get(field)? {
            Field::Column(index) => row.get(*index).unwrap_or_default().trim().to_owned(),
            Field::Constant(text) => text.clone(),
            Field::Template(parts) => {
                let mut value = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => value.push_str(text),
                        Part::Column(index) => {
                            let column = row.get(*index).map(str::trim).filter(|text| !text.is_empty())?;
                            value.push_str(column);
                        }
                    }
                }
                value
            }
        };
        (!value.is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(mapped: &[&str], constants: &[&str]) -> Result<Columns, ColumnError> {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Columns::parse(&owned(mapped), &owned(constants))
    }

    #[test]
    fn a_template_is_filled_and_is_empty_where_a_column_is() {
        let columns = columns(&["email={Id}@example.com", "order_id=No", "placed_at=When"], &["quantity=1"]).unwrap();
        let layout = columns.layout(&["No", "When", "Id"]).unwrap();
        let row = |fields: &[&str]| csv::StringRecord::from(fields.to_vec());
        assert_eq!(layout.value("email", &row(&["1", "x", "17"])).as_deref(), Some("17@example.com"));
        assert_eq!(layout.value("email", &row(&["1", "x", " "])), None);
        assert_eq!(layout.value("quantity", &row(&["1", "x", "17"])).as_deref(), Some("1"));
    }

    #[test]
    fn a_slip_is_named_with_the_nearest_right_word() {
        let text = |e: ColumnError| e.to_string();
        assert!(text(columns(&["emial=E"], &[]).unwrap_err()).contains("did you mean `email`?"));
        assert!(text(columns(&["email"], &[]).unwrap_err()).contains("name=value"));
        let one = columns(&["email=Custmer"], &[]).unwrap();
        assert!(text(one.layout(&["Customer"]).unwrap_err()).contains("did you mean `Customer`?"));
        let none = columns(&[], &[]).unwrap();
        assert_eq!(none.layout(&["email"]).unwrap_err(), ColumnError::Missing("order_id"));
    }
}
