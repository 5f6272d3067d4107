//! Which column of a file holds what.

use std::collections::BTreeMap;

use retention::zones::Country;
use shop::nearest;

use super::exports::{self, Export, Lists};

/// What a person may map: the fields of an order's row.
const ORDER_FIELDS: [&str; 18] = [
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
    "customer_id",
    "accepts_marketing",
    "cancelled_at",
    "refunded",
];
/// The fields of a customer's row.
const CUSTOMER_FIELDS: [&str; 7] =
    ["email", "first_name", "country", "region", "birthday", "customer_id", "accepts_marketing"];
/// What must be there.
const ORDER_NEEDS: [&str; 4] = ["email", "order_id", "placed_at", "quantity"];
const CUSTOMER_NEEDS: [&str; 1] = ["email"];
/// How many of a file's headers a message names.
const NAMED: usize = 40;

/// A mapping that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// Not `name=value`.
    #[error("`{0}` is not of the form name=value")]
    Form(String),
    /// Not a field.
    #[error("`{0}` is no field of an order or a customer: {1}")]
    Unknown(String, String),
    /// A header that the file does not have.
    #[error("line 1: the file has no column `{0}`{1}; it has {2}")]
    NoColumn(String, String, String),
    /// A header that the file has twice.
    #[error("line 1: the file has two columns `{0}`: rename the one that is not meant")]
    Twice(String),
    /// A needed field that nothing gives.
    #[error("line 1: nothing gives `{0}`{1}: map it with --column {0}=HEADER or --set {0}=VALUE; the file has {2}")]
    Missing(&'static str, String, String),
    /// An export that is known, without a column that every one of them has.
    #[error(
        "line 1: {0} without its column `{1}`: export it again with all columns, or map another with --column {2}=HEADER"
    )]
    Cut(&'static str, &'static str, &'static str),
    /// A file that begins with a row.
    #[error("line 1: it has an address where the names of the columns belong: put a line of names before it")]
    NoHeader,
    /// An export that nothing can be read from.
    #[error("line 1: {0}")]
    NoUse(&'static str),
}

/// Where each field comes from, as a person said it.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    mapped: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    /// Whether a file that is no known export lists people.
    customers: bool,
}

/// The mapping of one file: fields to column numbers.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    sources: BTreeMap<&'static str, Field>,
    /// Which export it is, if it is a known one.
    pub(crate) export: Option<&'static Export>,
    /// What its rows are.
    pub(crate) lists: Lists,
}

#[derive(Debug, Clone)]
enum Field {
    /// The first of these columns that is not empty. One that the file does not have keeps its place: the second column
    /// of the country and the second of the region are of one address.
    Columns(Vec<Option<usize>>),
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
    /// Reads `--column` and `--set` arguments, and whether the file lists `customers` where its headers do not tell.
    pub fn parse(columns: &[String], constants: &[String], customers: bool) -> Result<Self, ColumnError> {
        let pairs = |arguments: &[String]| {
            let pair = |argument: &String| {
                let (name, value) = argument.split_once('=').ok_or_else(|| ColumnError::Form(argument.clone()))?;
                if ORDER_FIELDS.contains(&name) {
                    return Ok((name.to_owned(), value.to_owned()));
                }
                let hint = nearest(name, ORDER_FIELDS).map_or_else(
                    || format!("there are {}", ORDER_FIELDS.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                Err(ColumnError::Unknown(name.to_owned(), hint))
            };
            arguments.iter().map(pair).collect::<Result<BTreeMap<_, _>, _>>()
        };
        Ok(Self { mapped: pairs(columns)?, constants: pairs(constants)?, customers })
    }

    /// Finds the fields among the headers of a file.
    pub(crate) fn layout(&self, headers: &[&str]) -> Result<Layout, ColumnError> {
        if headers.iter().any(|header| header.contains('@')) {
            return Err(ColumnError::NoHeader);
        }
        let export = exports::recognise(headers);
        if export.is_none() && self.mapped.is_empty() {
            exports::refuse(headers)?;
        }
        let lists = match export {
            Some(export) => export.lists,
            None if self.customers => Lists::Customers,
            None => Lists::Orders,
        };
        let (fields, needs): (&[&str], &[&str]) = match lists {
            Lists::Orders => (&ORDER_FIELDS, &ORDER_NEEDS),
            Lists::Customers => (&CUSTOMER_FIELDS, &CUSTOMER_NEEDS),
        };
        let mut sources = BTreeMap::new();
        for (field, names) in export.into_iter().flat_map(|export| export.fields) {
            let columns = names.iter().map(|name| the_one(headers, name)).collect::<Result<Vec<_>, _>>()?;
            if columns.iter().any(Option::is_some) {
                sources.insert(*field, Field::Columns(columns));
            }
        }
        for field in fields {
            let given = match (self.mapped.get(*field), self.constants.get(*field)) {
                (Some(text), _) if text.contains('{') => Some(Field::Template(template(text, headers)?)),
                (Some(header), _) => Some(Field::Columns(vec![Some(named(headers, header)?)])),
                (None, Some(constant)) => Some(Field::Constant(constant.clone())),
                (None, None) if export.is_some() => None,
                (None, None) => the_one(headers, field)?.map(|column| Field::Columns(vec![Some(column)])),
            };
            if let Some(given) = given {
                sources.insert(*field, given);
            }
        }
        let missing = needs.iter().find(|field| !sources.contains_key(**field));
        match (missing, export) {
            (None, _) => Ok(Layout { sources, export, lists }),
            (Some(field), Some(export)) => {
                let of_field = export.fields.iter().find(|(name, _)| name == field);
                let column = of_field.and_then(|(_, names)| names.first()).copied().unwrap_or(field);
                Err(ColumnError::Cut(export.name, column, field))
            }
            (Some(field), None) => {
                let near = nearest(field, headers.iter().copied());
                let hint = near.map(|near| format!(" (is it `{near}`?)")).unwrap_or_default();
                Err(ColumnError::Missing(field, hint, list(headers)))
            }
        }
    }
}

/// The column of this name; an error where there are two.
fn the_one(headers: &[&str], name: &str) -> Result<Option<usize>, ColumnError> {
    let mut found = headers.iter().enumerate().filter(|(_, header)| header.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(ColumnError::Twice(name.to_owned())),
        (found, None) => Ok(found.map(|(index, _)| index)),
    }
}

/// The column that a person named.
fn named(headers: &[&str], name: &str) -> Result<usize, ColumnError> {
    the_one(headers, name.trim())?.ok_or_else(|| {
        let near = nearest(name, headers.iter().copied());
        let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        ColumnError::NoColumn(name.to_owned(), hint, list(headers))
    })
}

fn list(headers: &[&str]) -> String {
    let mut names: Vec<&str> = headers.iter().copied().filter(|name| !name.is_empty()).take(NAMED).collect();
    if headers.len() > NAMED {
        names.push("...");
    }
    names.join(", ")
}

fn template(text: &str, headers: &[&str]) -> Result<Vec<Part>, ColumnError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (header, after) = behind.split_once('}').ok_or_else(|| ColumnError::Form(text.to_owned()))?;
        parts.extend([Part::Text(before.to_owned()), Part::Column(named(headers, header)?)]);
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

impl Layout {
    /// Whether the file has a field at all.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.sources.contains_key(field)
    }

    /// The value of a field in a row, trimmed; none where it is empty. A template with an empty column is empty.
    pub(crate) fn value(&self, field: &str, row: &csv::StringRecord) -> Option<String> {
        let cell = |index: usize| row.get(index).map(str::trim).filter(|text| !text.is_empty());
        match self.sources.get(field)? {
            Field::Columns(columns) => columns.iter().flatten().find_map(|index| cell(*index)).map(str::to_owned),
            Field::Constant(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Field::Template(parts) => {
                let mut value = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => value.push_str(text),
                        Part::Column(index) => value.push_str(cell(*index)?),
                    }
                }
                Some(value).filter(|text| !text.is_empty())
            }
        }
    }

    /// Country and region of the first address that has a country.
    pub(crate) fn place(&self, row: &csv::StringRecord) -> (Option<Country>, Option<String>) {
        const REGION_BYTES: usize = 16;
        let region = |value: Option<&str>| {
            value.map(|text| super::cell::line(text, REGION_BYTES)).filter(|text| !text.is_empty())
        };
        let (Some(Field::Columns(countries)), regions) = (self.sources.get("country"), self.sources.get("region"))
        else {
            let country = self.value("country", row).and_then(|text| Country::parse(&text).ok());
            return (country, region(self.value("region", row).as_deref()));
        };
        for (nth, index) in countries.iter().enumerate() {
            let country = index.and_then(|index| Country::parse(row.get(index)?).ok());
            if country.is_some() {
                let beside = match regions {
                    Some(Field::Columns(regions)) => {
                        regions.get(nth).copied().flatten().and_then(|index| row.get(index))
                    }
                    _ => return (country, region(self.value("region", row).as_deref())),
                };
                return (country, region(beside));
            }
        }
        (None, None)
    }

    /// Whether a row that breaks off somewhere has a field whole: a cell stands behind it.
    pub(crate) fn is_whole(&self, field: &str, row: &csv::StringRecord) -> bool {
        let last = match self.sources.get(field) {
            Some(Field::Columns(columns)) => columns.iter().flatten().max().copied(),
            Some(Field::Template(parts)) => {
                let columns = parts.iter().filter_map(|part| match part {
                    Part::Column(index) => Some(*index),
                    Part::Text(_) => None,
                });
                columns.max()
            }
            Some(Field::Constant(_)) | None => None,
        };
        last.is_none_or(|last| last + 1 < row.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(mapped: &[&str], constants: &[&str]) -> Result<Columns, ColumnError> {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        Columns::parse(&owned(mapped), &owned(constants), false)
    }

    fn row(fields: &[&str]) -> csv::StringRecord {
        csv::StringRecord::from(fields.to_vec())
    }

    #[test]
    fn a_template_is_filled_and_is_empty_where_a_column_is() {
        let columns = columns(&["email={Id}@example.com", "order_id=No", "placed_at=When"], &["quantity=1"]).unwrap();
        let layout = columns.layout(&["No", "When", "Id"]).unwrap();
        assert_eq!(layout.value("email", &row(&["1", "x", "17"])).as_deref(), Some("17@example.com"));
        assert_eq!(layout.value("email", &row(&["1", "x", " "])), None);
        assert_eq!(layout.value("quantity", &row(&["1", "x", "17"])).as_deref(), Some("1"));
    }

    #[test]
    fn a_slip_is_named_with_the_nearest_right_word_and_the_columns_that_there_are() {
        let text = |e: ColumnError| e.to_string();
        assert!(text(columns(&["emial=E"], &[]).unwrap_err()).contains("did you mean `email`?"));
        assert!(text(columns(&["email"], &[]).unwrap_err()).contains("name=value"));
        let one = columns(&["email=Custmer"], &[]).unwrap();
        let said = text(one.layout(&["Customer", "Total"]).unwrap_err());
        assert!(said.contains("did you mean `Customer`?") && said.contains("it has Customer, Total"), "{said}");
        let none = columns(&[], &[]).unwrap();
        let said = text(none.layout(&["email", "OrderID", "placed_at"]).unwrap_err());
        assert!(said.contains("nothing gives `order_id` (is it `OrderID`?)") && said.contains("--column"), "{said}");
        assert!(said.contains("the file has email, OrderID, placed_at"), "{said}");
    }

    #[test]
    fn a_column_that_is_there_twice_is_an_error_only_where_it_is_meant() {
        let none = columns(&[], &["quantity=1"]).unwrap();
        let headers = ["email", "order_id", "placed_at", "note", "note"];
        assert!(none.layout(&headers).is_ok());
        let twice = none.layout(&["email", "Email", "order_id", "placed_at"]).unwrap_err();
        assert_eq!(twice, ColumnError::Twice("email".to_owned()));
        assert_eq!(none.layout(&["ada@example.com", "1"]).unwrap_err(), ColumnError::NoHeader);
    }

    #[test]
    fn a_known_export_needs_no_mapping_and_a_mapping_of_ones_own_goes_first() {
        let headers =
            ["Name", "Email", "Financial Status", "Created at", "Lineitem name", "Lineitem quantity", "Id", "Mail"];
        let layout = columns(&["email=Mail"], &[]).unwrap().layout(&headers).unwrap();
        let cells = row(&["#1", "a@example.com", "paid", "2026-01-01", "Tea", "1", "77", "b@example.com"]);
        assert_eq!(layout.value("order_id", &cells).as_deref(), Some("77"));
        assert_eq!(layout.value("email", &cells).as_deref(), Some("b@example.com"));
        let without = columns(&[], &[]).unwrap().layout(&headers[..6]).unwrap_err();
        assert!(without.to_string().contains("Shopify's orders export without its column `Id`"), "{without}");
    }

    #[test]
    fn country_and_region_are_of_one_address() {
        let headers = [
            "Name",
            "Email",
            "Financial Status",
            "Created at",
            "Lineitem name",
            "Lineitem quantity",
            "Id",
            "Shipping Country",
            "Shipping Province",
            "Billing Country",
            "Billing Province",
        ];
        let layout = columns(&[], &[]).unwrap().layout(&headers).unwrap();
        let place = |places: [&str; 4]| {
            let cells = ["#1", "", "", "", "", "", "7"].into_iter().chain(places).collect::<csv::StringRecord>();
            let (country, region) = layout.place(&cells);
            (country.map(String::from), region)
        };
        assert_eq!(place(["US", "", "CA", "ON"]), (Some("US".to_owned()), None));
        assert_eq!(place(["", "", "CA", "ON"]), (Some("CA".to_owned()), Some("ON".to_owned())));
        assert_eq!(place(["", "NY", "", ""]), (None, None));
    }
}
