//! The result of one data source for a request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::country::{Country, Datasource, Listed};
use crate::service::data_fields::DataFields;
use crate::service::known_error::ServiceError;
use crate::service::settings::Outcome;

/// The result of a data source.
#[derive(Debug, Clone)]
pub(crate) struct SourceResult {
    pub(crate) name: String,
    pub(crate) fields: Vec<ComparedField>,
    pub(crate) appended: Vec<AppendedField>,
    pub(crate) errors: Vec<ServiceError>,
    /// Whether it says anything about the person or company; a watchlist does not.
    pub(crate) counts: bool,
}

/// An input as a source sees it.
#[derive(Debug, Clone)]
pub(crate) struct ComparedField {
    pub(crate) name: String,
    /// `None` if the input is missing.
    pub(crate) is_match: Option<bool>,
}

/// A field that a source adds.
#[derive(Debug, Clone)]
pub(crate) struct AppendedField {
    pub(crate) name: &'static str,
    pub(crate) data: Value,
    pub(crate) seen: Seen,
}

/// The requests in whose response an added field appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    Always,
    /// With the corrected address or more.
    WithAddress,
    /// With everything.
    Verbose,
}

impl SourceResult {
    /// Returns whether the source was asked and everything that it compared agrees.
    pub(crate) fn is_match(&self) -> bool {
        self.errors.is_empty()
            && self
                .fields
                .iter()
                // A field that was not given speaks neither for nor against.
                .all(|field| field.is_match.unwrap_or(true))
            && self.fields.iter().any(|field| field.is_match.is_some())
    }
}

/// A request as the sources of a country see it.
pub(crate) struct Inquiry<'a> {
    pub(crate) country: &'a Country,
    pub(crate) input: DataFields<'a>,
    pub(crate) consents: &'a BTreeSet<String>,
    /// The test entity that the input comes closest to.
    pub(crate) entity: Option<DataFields<'a>>,
    pub(crate) outcome: Outcome,
}

impl Inquiry<'_> {
    /// Returns the result of a source; `None` if the request has nothing for it.
    pub(crate) fn ask(&self, source: &Datasource) -> Option<SourceResult> {
        if !self.input.has_group(&source.called_with) {
            return None;
        }
        let errors = self.obstacles(source);
        let mut result = SourceResult {
            name: source.name().to_owned(),
            fields: Vec::new(),
            appended: Vec::new(),
            counts: !source.watchlist,
            errors,
        };
        // A source that could not be asked has compared nothing.
        if result.errors.is_empty() {
            result.fields = self.compared(source);
            if source.watchlist {
                result.appended = watchlist(self.listed().collect());
            } else if source.called_with == "Document" {
                result.appended.push(authenticity(&result));
            } else if source.called_with == "PersonInfo" {
                result.appended.extend(self.cleansed_address());
            }
        }
        Some(result)
    }

    /// Returns why a source cannot be asked.
    fn obstacles(&self, source: &Datasource) -> Vec<ServiceError> {
        let mut errors: Vec<_> = source
            .requires
            .iter()
            .filter(|path| self.input.values(path).is_empty())
            .map(|path| ServiceError::missing_field(source.name_of(path)))
            .collect();
        if let Some(consent) = &source.consent
            && !self.consents.contains(consent)
        {
            errors.push(ServiceError::new(1005));
        }
        let state = self.input.text("DriverLicence.State");
        if let (Some(states), Some(state)) = (&source.states, state)
            && !states.iter().any(|known| known == state)
        {
            errors.push(ServiceError::new(1004));
        }
        errors
    }

    fn compared(&self, source: &Datasource) -> Vec<ComparedField> {
        let compare = |(path, name): (&String, &String)| {
            let is_given = !self.input.values(path).is_empty();
            let agrees = || match self.outcome {
                // A watchlist knows no entity: who is on it matches it, whatever outcome is set.
                _ if source.watchlist => self.listed().next().is_some(),
                Outcome::Match => true,
                Outcome::NoMatch => false,
                _ => self
                    .entity
                    .is_some_and(|entity| self.input.agrees(entity, path)),
            };
            ComparedField {
                name: name.clone(),
                is_match: is_given.then(agrees),
            }
        };
        source.compares.iter().map(compare).collect()
    }

    /// Returns those on the country's watchlist who have this name.
    fn listed(&self) -> impl Iterator<Item = &Listed> {
        let person = ["PersonInfo.FirstGivenName", "PersonInfo.FirstSurName"]
            .map(|path| self.input.text(path).unwrap_or_default().trim())
            .join(" ");
        let company = self.input.text("Business.BusinessName").unwrap_or_default();
        let company = company.trim().to_owned();
        self.country.watchlist.iter().filter(move |listed| {
            let name = listed.name.as_str();
            name.eq_ignore_ascii_case(&person) || name.eq_ignore_ascii_case(&company)
        })
    }

    /// Returns the address in one line, as a source writes it.
    fn cleansed_address(&self) -> Option<AppendedField> {
        let parts = [
            "UnitNumber",
            "BuildingNumber",
            "StreetName",
            "StreetType",
            "City",
            "Suburb",
            "StateProvinceCode",
            "PostalCode",
        ];
        let line: Vec<_> = parts
            .iter()
            .filter_map(|part| self.input.text(&format!("Location.{part}")))
            // Upper case, as postal services print addresses.
            .map(|part| part.trim().to_uppercase())
            .collect();
        (!line.is_empty()).then(|| AppendedField {
            name: "CleansedAddress",
            data: line.join(" ").into(),
            seen: Seen::WithAddress,
        })
    }
}

/// Returns what a watchlist adds: its verdict to everyone, the details to who asks for all.
fn watchlist(hits: Vec<&Listed>) -> Vec<AppendedField> {
    let state = if hits.is_empty() {
        "No Hit"
    } else {
        "Potential Hit"
    };
    let of = |list: &str| -> Value {
        let hits = hits.iter().filter(|listed| listed.list == list);
        hits.map(|listed| listed.hit.clone()).collect()
    };
    let details = json!({
        "WL_results": of("WL_results"),
        "AM_results": of("AM_results"),
        "PEP_results": of("PEP_results"),
    });
    let mut appended = vec![AppendedField {
        name: "WatchlistState",
        data: state.into(),
        seen: Seen::Always,
    }];
    if !hits.is_empty() {
        appended.push(AppendedField {
            name: "WatchlistHitDetails",
            data: details,
            seen: Seen::Verbose,
        });
    }
    appended
}

/// Returns what a document source adds: JSON in a string, as the real ones do.
fn authenticity(result: &SourceResult) -> AppendedField {
    let details: Value = result
        .fields
        .iter()
        .filter_map(|field| Some((&field.name, field.is_match?)))
        .map(|(name, is_valid)| {
            json!({
                "Name": name,
                "IsValid": is_valid,
                "Value": if is_valid { "Pass" } else { "Fail" },
                "DocumentId": "1",
                "Description": "",
                "Source": result.name,
                "Properties": {},
            })
        })
        .collect();
    AppendedField {
        name: "AuthenticityDetails",
        // JSON within a text: that is how the vendor returns these details.
        data: details.to_string().into(),
        seen: Seen::Always,
    }
}
