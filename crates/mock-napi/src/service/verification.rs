//! The outcome of a verification.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::service::country::Country;
use crate::service::data_fields::DataFields;
use crate::service::known_error::{ServiceError, asked_for};
use crate::service::settings::{ErrorLevel, Outcome};
use crate::service::source::{Inquiry, SourceResult};

/// The outcome of a verification.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verified {
    pub(crate) is_match: bool,
    pub(crate) sources: Vec<SourceResult>,
    pub(crate) record_errors: Vec<ServiceError>,
    /// If there is one, there is no record.
    pub(crate) request_errors: Vec<ServiceError>,
}

/// Verifies the inputs of a request against the test entities of its country.
///
/// A record matches if at least one data source could be asked and everything agrees in each that
/// could. That rule is the mock's own: with the real service an account chooses its rules.
pub(crate) fn verify(
    country_code: &str,
    country: &Country,
    input: &Map<String, Value>,
    consents: &BTreeSet<String>,
    outcome: Outcome,
) -> Verified {
    let input = DataFields(input);
    let mut verified = Verified {
        record_errors: input.problems(country, country_code),
        ..Verified::default()
    };
    let unknown = |consent: &&String| !country.consent_names().any(|known| known == **consent);
    let unknown = consents.iter().filter(unknown).take(MOST_ERRORS);
    verified
        .record_errors
        .extend(unknown.map(|_| ServiceError::new(1007)));
    verified.record_errors.truncate(MOST_ERRORS);
    let inquiry = Inquiry {
        country,
        input,
        consents,
        entity: closest(country, input),
        outcome,
    };
    verified.sources = country
        .datasources
        .iter()
        .filter_map(|source| inquiry.ask(source))
        .collect();
    if let Some((error, level)) = wanted(outcome, input) {
        verified.add(&error, level);
    }
    let mut asked = verified
        .sources
        .iter()
        .filter(|source| source.counts && source.errors.is_empty())
        .peekable();
    verified.is_match = verified.request_errors.is_empty()
        && asked.peek().is_some()
        && asked.all(SourceResult::is_match);
    verified
}

/// As many errors of inputs are in a record: each takes more room than the bytes that lead to it.
const MOST_ERRORS: usize = 200;

impl Verified {
    fn add(&mut self, error: &ServiceError, level: ErrorLevel) {
        match level {
            ErrorLevel::Record => self.record_errors.push(error.clone()),
            ErrorLevel::Request => self.request_errors.push(error.clone()),
            ErrorLevel::Source => {
                for source in &mut self.sources {
                    // A source that failed has compared and appended nothing.
                    source.errors.push(error.clone());
                    source.fields.clear();
                    source.appended.clear();
                }
            }
        }
    }
}

/// Returns the error that a test or the input itself wants.
fn wanted(outcome: Outcome, input: DataFields<'_>) -> Option<(ServiceError, ErrorLevel)> {
    if let Outcome::Error { code, level } = outcome {
        return Some((ServiceError::new(code), level));
    }
    ["PersonInfo.FirstSurName", "Business.BusinessName"]
        .into_iter()
        .find_map(|path| asked_for(input.text(path)?))
}

/// Returns the test entity with which the most inputs agree, if any does.
fn closest<'a>(country: &'a Country, input: DataFields<'_>) -> Option<DataFields<'a>> {
    let paths: BTreeSet<_> = country
        .datasources
        .iter()
        .flat_map(|source| source.compares.keys())
        .collect();
    let agreement = |entity: DataFields<'_>| {
        let agreeing = paths.iter().filter(|path| input.agrees(entity, path));
        agreeing.count()
    };
    country
        .test_entities
        .iter()
        .map(DataFields)
        .map(|entity| (agreement(entity), entity))
        .filter(|(agreement, _)| *agreement > 0)
        .max_by_key(|(agreement, _)| *agreement)
        .map(|(_, entity)| entity)
}
