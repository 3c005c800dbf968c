//! The outcome of a search for companies.

use serde_json::{Map, Value};

use crate::service::country::Country;
use crate::service::known_error::{ServiceError, asked_for};
use crate::service::settings::{ErrorLevel, Outcome};

/// The outcome of a search.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The companies, best first, as the service writes them.
    pub(crate) results: Vec<Map<String, Value>>,
    pub(crate) source_errors: Vec<ServiceError>,
    pub(crate) record_errors: Vec<ServiceError>,
    /// If there is one, there is no record.
    pub(crate) request_errors: Vec<ServiceError>,
}

/// Searches the companies of a country by name, and by jurisdiction if there is one.
pub(crate) fn search(country: &Country, business: &Map<String, Value>, outcome: Outcome) -> Found {
    let text = |name: &str| business.get(name).and_then(Value::as_str).map(str::trim);
    let Some(name) = text("BusinessName").filter(|name| !name.is_empty()) else {
        return Found {
            request_errors: vec![ServiceError::missing_field("BusinessName")],
            ..Found::default()
        };
    };
    let wanted = match outcome {
        Outcome::Error { code, level } => Some((ServiceError::new(code), level)),
        _ => asked_for(name),
    };
    if let Some((error, level)) = wanted {
        return Found::failed(error, level);
    }
    let jurisdiction = text("JurisdictionOfIncorporation").filter(|text| !text.is_empty());
    let is_there = |company: &&Map<String, Value>| {
        let there = company.get("JurisdictionOfIncorporation");
        jurisdiction.is_none_or(|wanted| there.is_some_and(|there| there == wanted))
    };
    let score = |company: &Map<String, Value>| match outcome {
        Outcome::Match => Some(100),
        Outcome::NoMatch => None,
        _ => likeness(name, company.get("BusinessName")?.as_str()?),
    };
    let mut scored: Vec<_> = country
        .companies
        .iter()
        .filter(is_there)
        .filter_map(|company| Some((score(company)?, company)))
        .collect();
    // Stable, so that companies of one score keep their order and tests can rely on it.
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let result = |(index, (score, company)): (usize, (u32, &Map<String, Value>))| {
        let mut result = company.clone();
        result.insert("Index".into(), (index + 1).to_string().into());
        result.insert("MatchingScore".into(), format!("{score}.00").into());
        result
    };
    Found {
        results: scored.into_iter().enumerate().map(result).collect(),
        ..Found::default()
    }
}

impl Found {
    fn failed(error: ServiceError, level: ErrorLevel) -> Self {
        let errors = vec![error];
        match level {
            ErrorLevel::Record => Self {
                record_errors: errors,
                ..Self::default()
            },
            ErrorLevel::Request => Self {
                request_errors: errors,
                ..Self::default()
            },
            ErrorLevel::Source => Self {
                source_errors: errors,
                ..Self::default()
            },
        }
    }
}

/// Returns how much a name is like another, in per cent.
fn likeness(wanted: &str, name: &str) -> Option<u32> {
    let (wanted, name) = (wanted.to_lowercase(), name.to_lowercase());
    if wanted == name {
        Some(100)
    } else if name.starts_with(&wanted) {
        Some(75)
    } else if name.contains(&wanted) {
        Some(50)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_found_by_whole_prefix_and_substring() {
        assert_eq!(likeness("acme ltd", "ACME Ltd"), Some(100));
        assert_eq!(likeness("acme", "ACME Ltd"), Some(75));
        assert_eq!(likeness("ltd", "ACME Ltd"), Some(50));
        assert_eq!(likeness("acne", "ACME Ltd"), None);
    }
}
