//! The mock's data of each country: one file of JSON for each, in the folder `data`.
//!
//! Members in PascalCase are served as they stand; the others are for the mock itself, and
//! `data/README.md` says what they mean.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Error;

/// The countries by code.
#[derive(Debug)]
pub(crate) struct Countries(BTreeMap<&'static str, Country>);

/// One country.
#[derive(Debug, Deserialize)]
pub(crate) struct Country {
    pub(crate) subdivisions: Value,
    pub(crate) jurisdictions: Vec<Value>,
    pub(crate) registration_numbers: Vec<Value>,
    pub(crate) fields: Value,
    recommended: Vec<String>,
    pub(crate) consents: Vec<Value>,
    pub(crate) datasources: Vec<Datasource>,
    pub(crate) test_entities: Vec<Map<String, Value>>,
    pub(crate) document_types: Vec<String>,
    pub(crate) companies: Vec<Map<String, Value>>,
    pub(crate) watchlist: Vec<Listed>,
}

/// A data source: what is published of it, and what the mock does with it.
#[derive(Debug, Deserialize)]
pub(crate) struct Datasource {
    /// The consent without which it is not asked.
    pub(crate) consent: Option<String>,
    /// The group of inputs that it is asked for.
    pub(crate) called_with: String,
    /// Paths of inputs that it cannot do without.
    pub(crate) requires: Vec<String>,
    /// Paths of inputs, and what each is called in a result.
    pub(crate) compares: BTreeMap<String, String>,
    /// States whose driver licences it knows, if not all.
    pub(crate) states: Option<Vec<String>>,
    /// Whether it looks for people who should not be there.
    #[serde(default)]
    pub(crate) watchlist: bool,
    #[serde(flatten)]
    pub(crate) published: Map<String, Value>,
}

/// Someone on a watchlist.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    /// First and last name, or the name of a company.
    pub(crate) name: String,
    pub(crate) hit: Value,
    /// Which list of `WatchlistHitDetails` it is in.
    pub(crate) list: String,
}

impl Countries {
    /// Returns the countries, read once.
    pub(crate) fn get() -> Result<&'static Self, Error> {
        // Once for all mocks of a process: the data is the same and takes a while to read.
        static READ: LazyLock<Result<Countries, (&str, serde_json::Error)>> =
            LazyLock::new(Countries::read);
        READ.as_ref().map_err(|(country, source)| Error::Data {
            country: (*country).to_owned(),
            source: source.to_string().into(),
        })
    }

    fn read() -> Result<Self, (&'static str, serde_json::Error)> {
        FILES
            .into_iter()
            .map(|(code, text)| match serde_json::from_str(text) {
                Ok(country) => Ok((code, country)),
                Err(error) => Err((code, error)),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns the codes of all countries.
    pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(code, _)| *code)
    }

    pub(crate) fn find(&self, code: &str) -> Option<&Country> {
        self.0.get(code)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Country)> {
        self.0.iter().map(|(code, country)| (*code, country))
    }
}

impl Country {
    /// Returns the names of its consents.
    pub(crate) fn consent_names(&self) -> impl Iterator<Item = &str> {
        let names = self.consents.iter().map(|consent| consent.get("Name"));
        names.filter_map(|name| name.and_then(Value::as_str))
    }

    /// Returns the fields that are worth giving, with `integer` where the full list says `int`.
    pub(crate) fn recommended_fields(&self) -> Value {
        let mut fields = self.fields.clone();
        let groups = fields.get_mut("properties").and_then(Value::as_object_mut);
        for (name, group) in groups.into_iter().flatten() {
            let is_recommended = |field: &str| {
                let path = format!("{name}.{field}");
                self.recommended.contains(&path)
            };
            if let Some(members) = group.get_mut("properties").and_then(Value::as_object_mut) {
                members.retain(|field, _| is_recommended(field));
            }
            if let Some(required) = group.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|field| field.as_str().is_some_and(is_recommended));
            }
        }
        if let Some(groups) = fields.get_mut("properties").and_then(Value::as_object_mut) {
            groups.retain(|_, group| {
                let members = group.get("properties").and_then(Value::as_object);
                members.is_some_and(|members| !members.is_empty())
            });
        }
        spell_integer(&mut fields);
        fields
    }

    /// Returns the test entities as they are published.
    pub(crate) fn published_entities(&self) -> Value {
        json!(self.test_entities)
    }

    /// Returns the data sources as they are published.
    pub(crate) fn published_datasources(&self) -> Value {
        self.datasources
            .iter()
            .map(|source| Value::from(source.published.clone()))
            .collect()
    }
}

impl Datasource {
    pub(crate) fn name(&self) -> &str {
        self.published
            .get("Name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns what it calls an input.
    pub(crate) fn name_of<'a>(&'a self, path: &'a str) -> &'a str {
        let last = || path.rsplit('.').next().unwrap_or(path);
        self.compares.get(path).map_or_else(last, String::as_str)
    }
}

fn spell_integer(fields: &mut Value) {
    match fields {
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "int") {
                // The vendor's recommended fields say `integer` where the others say `int`.
                members.insert("type".to_owned(), "integer".into());
            }
            members.values_mut().for_each(spell_integer);
        }
        Value::Array(values) => values.iter_mut().for_each(spell_integer),
        _ => {}
    }
}

const FILES: [(&str, &str); 5] = [
    ("AU", include_str!("../../data/AU.json")),
    ("CA", include_str!("../../data/CA.json")),
    ("GB", include_str!("../../data/GB.json")),
    ("IT", include_str!("../../data/IT.json")),
    ("US", include_str!("../../data/US.json")),
];
