//! `infra/template.yaml` as JSON, AWS's short tags in their long form, and the questions that tests ask.

use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template of the stack.
pub(crate) struct Template(Value);

/// A resource of the template, with its name.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) name: &'a str,
    whole: &'a Value,
}

impl Template {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml");
        let text = fs::read_to_string(path).expect("the template");
        let documents = Yaml::load_from_str(&text).expect("infra/template.yaml is YAML");
        Self(to_json(&documents[0]))
    }

    /// A part of the template, by JSON pointer. Null where there is none.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(crate) fn resource<'a>(&'a self, name: &'a str) -> Resource<'a> {
        let whole = &self.0["Resources"][name];
        assert!(whole.is_object(), "the template has no {name}");
        Resource { name, whole }
    }

    /// The resources of one type, such as `AWS::SQS::Queue`.
    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        let all = self.0["Resources"].as_object().expect("resources").iter();
        all.filter(move |(_, whole)| whole["Type"] == kind).map(|(name, whole)| Resource { name, whole })
    }

    /// The resource that a reference leads to: `!Ref X` or `!GetAtt X.Arn`.
    pub(crate) fn behind<'a>(&'a self, reference: &'a Value) -> Resource<'a> {
        let name = reference["Ref"].as_str().or(reference["Fn::GetAtt"][0].as_str());
        self.resource(name.unwrap_or_else(|| panic!("{reference} is no reference")))
    }
}

impl<'a> Resource<'a> {
    /// A property, by JSON pointer. Null where there is none.
    pub(crate) fn at(&self, pointer: &str) -> &'a Value {
        self.whole["Properties"].pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(crate) fn number(&self, pointer: &str) -> u64 {
        self.at(pointer).as_u64().unwrap_or_else(|| panic!("{} has no number at {pointer}", self.name))
    }

    /// An attribute of the resource itself, such as its `DeletionPolicy`.
    pub(crate) fn attribute(&self, name: &str) -> &'a Value {
        &self.whole[name]
    }

    /// The statements of a role's policies.
    pub(crate) fn statements(&self) -> Vec<&'a Value> {
        let policies = list(self.at("/Policies"));
        policies.into_iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect()
    }
}

/// One or several: IAM writes a list of one without brackets.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(is) => json!(is),
            Scalar::Integer(number) => json!(number),
            Scalar::FloatingPoint(number) => json!(number.0),
            Scalar::String(text) => json!(text),
        },
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let key = |key: &Yaml<'_>| key.as_str().expect("every key is a text").to_owned();
            Value::Object(entries.iter().map(|(name, value)| (key(name), to_json(value))).collect())
        }
        Yaml::Tagged(tag, inner) => long_form(&tag.suffix, to_json(inner)),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("CloudFormation takes no {yaml:?}"),
    }
}

/// `!Ref X` is `{"Ref": "X"}`, `!GetAtt X.Arn` is `{"Fn::GetAtt": ["X", "Arn"]}`, and so on.
fn long_form(tag: &str, inner: Value) -> Value {
    let (name, inner) = match (tag, &inner) {
        ("Ref" | "Condition", _) => (tag.to_owned(), inner),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').expect("!GetAtt names a resource and an attribute");
            ("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        _ => (format!("Fn::{tag}"), inner),
    };
    Value::Object(Map::from_iter([(name, inner)]))
}
