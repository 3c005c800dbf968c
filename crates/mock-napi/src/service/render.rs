//! Transactions as the bodies of responses, with every member; those without a value are `null`.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use uuid::Uuid;

use crate::service::business_search::Found;
use crate::service::country::Country;
use crate::service::input_fields::input_fields;
use crate::service::known_error::ServiceError;
use crate::service::settings::{
    DateFormat, FinalState, NullMembers, SearchStatus, ServiceSettings,
};
use crate::service::source::{Seen, SourceResult};
use crate::service::transaction::{Finding, State, Transaction};
use crate::service::verification::Verified;

/// Writes bodies in the style of the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Render<'a>(pub(crate) &'a ServiceSettings);

impl Render<'_> {
    /// Returns the result of a transaction that has ended.
    pub(crate) fn result(self, transaction: &Transaction, seen: Seen) -> Value {
        let record = self.record(transaction, seen);
        self.frame(transaction, &self.date(transaction.uploaded), record)
    }

    /// Returns the result with the inputs it was made from.
    pub(crate) fn record_with_inputs(
        self,
        transaction: &Transaction,
        seen: Seen,
        country: Option<&Country>,
        image_url: impl Fn(&str) -> String,
    ) -> Value {
        let mut result = self.result(transaction, seen);
        set(
            &mut result,
            "InputFields",
            input_fields(&transaction.input, country, image_url),
        );
        result
    }

    /// Returns the first response where the result comes later: no result, though it says
    /// `nomatch`.
    pub(crate) fn accepted(self, transaction: &Transaction) -> Value {
        let record = json!({
            "TransactionRecordID": null,
            "RecordStatus": "nomatch",
            "DatasourceResults": [],
            "Errors": [],
            "Rule": {},
        });
        self.frame(transaction, NOT_YET, record)
    }

    /// Returns the response where an error of the whole request leaves no record.
    pub(crate) fn rejected(self, transaction: &Transaction) -> Value {
        let record = json!({
            "TransactionRecordID": null,
            "RecordStatus": "nomatch",
            "DatasourceResults": [],
            "Errors": [],
            "Rule": null,
        });
        self.frame(transaction, &self.date(transaction.uploaded), record)
    }

    /// Returns what is known so far: the first half of the sources, unless it ended with a record.
    pub(crate) fn partial(self, transaction: &Transaction) -> Value {
        let mut known = transaction.clone();
        let mut awaited = Vec::new();
        let is_completed = transaction.is_completed();
        if let (false, Finding::Verified(verified)) = (is_completed, &mut known.finding) {
            // The vendor does not say which sources come first, so half of them is as good as any.
            let half = verified.sources.len() / 2;
            let later = verified.sources.split_off(half);
            awaited = later.into_iter().map(|source| source.name).collect();
            verified.is_match = false;
        }
        let mut partial = self.result(&known, transaction.seen);
        if let (false, Some(record)) = (is_completed, partial.get_mut("Record")) {
            // The record can be fetched once the transaction is completed, and has its number then.
            set(record, "TransactionRecordID", Value::Null);
        }
        set(&mut partial, "DatasourcesAwaitingResult", json!(awaited));
        set(
            &mut partial,
            "Status",
            status_name(transaction.state).into(),
        );
        partial
    }

    /// Returns how far a transaction is.
    pub(crate) fn status(self, transaction: &Transaction) -> Value {
        let record_id = transaction.is_completed().then_some(&transaction.record_id);
        let is_timed_out = matches!(
            transaction.state,
            State::Ended {
                end: FinalState::TimeoutCanceled,
                ..
            }
        );
        json!({
            "TransactionId": transaction.id,
            "TransactionRecordId": record_id,
            "Status": status_name(transaction.state),
            "UploadedDt": self.date(transaction.uploaded),
            "IsTimedOut": is_timed_out,
        })
    }

    /// Returns a body as it is sent: with what has no value, or without.
    pub(crate) fn styled(self, mut value: Value) -> Value {
        if self.0.nulls == NullMembers::LeftOut {
            leave_out_nulls(&mut value);
        }
        value
    }

    fn frame(self, transaction: &Transaction, uploaded: &str, record: Value) -> Value {
        let completed = match transaction.state {
            State::Ended { at, .. } => Some(self.date(at)),
            State::Running { .. } => None,
        };
        let product = match transaction.finding {
            // As the vendor's examples name the two products.
            Finding::Found(_) => "Business Search",
            Finding::Verified(_) => "Identity Verification",
        };
        json!({
            "TransactionID": transaction.id,
            "UploadedDt": uploaded,
            "CompletedDt": completed,
            "CountryCode": transaction.country_code,
            "ProductName": product,
            "Record": record,
            "CustomerReferenceID": transaction.customer_reference,
            "Errors": errors_json(transaction.finding.request_errors()),
        })
    }

    fn record(self, transaction: &Transaction, seen: Seen) -> Value {
        let id = &transaction.record_id;
        match &transaction.finding {
            Finding::Verified(verified) => self.verified(id, verified, seen),
            Finding::Found(found) => self.found(id, found),
        }
    }

    fn verified(self, record_id: &str, verified: &Verified, seen: Seen) -> Value {
        let sources = verified.sources.iter();
        let rule = if verified.is_match {
            "Every data source that could be asked agrees.\r\n"
        } else {
            "No data source could be asked, or one does not agree.\r\n"
        };
        json!({
            "TransactionRecordID": record_id,
            "RecordStatus": match_name(verified.is_match),
            "DatasourceResults": sources.map(|source| self.source(source, seen)).collect::<Value>(),
            "Errors": errors_json(&verified.record_errors),
            "Rule": { "RuleName": "Mock rule", "Note": rule },
        })
    }

    fn found(self, record_id: &str, found: &Found) -> Value {
        let status = match self.0.search_status {
            SearchStatus::None => None,
            SearchStatus::NoMatch => Some("nomatch"),
        };
        json!({
            "TransactionRecordID": record_id,
            "RecordStatus": status,
            "DatasourceResults": [{
                "DatasourceName": "Business Registry Search",
                "Results": found.results,
                "Errors": errors_json(&found.source_errors),
            }],
            "Errors": errors_json(&found.record_errors),
        })
    }

    /// Returns a status that someone else made up, who has seen the number of a transaction.
    pub(crate) fn forged_status(self, transaction: &Transaction) -> Value {
        let mut status = self.status(transaction);
        set(&mut status, "Status", "Completed".into());
        set(
            &mut status,
            "TransactionRecordId",
            Uuid::nil().to_string().into(),
        );
        status
    }

    fn source(self, source: &SourceResult, seen: Seen) -> Value {
        // Published examples have the status of a source, live responses do not.
        let status = (self.0.nulls == NullMembers::Written).then(|| match_name(source.is_match()));
        let fields = source.fields.iter().map(|field| {
            json!({
                "FieldName": field.name,
                "Status": field.is_match.map_or("missing", match_name),
                "MatchPrecision": null,
                "FieldGroup": null,
            })
        });
        let appended = source
            .appended
            .iter()
            .filter(|appended| appended.seen <= seen)
            .map(|appended| json!({ "FieldName": appended.name, "Data": appended.data }));
        json!({
            "DatasourceStatus": status,
            "DatasourceName": source.name,
            "DatasourceFields": fields.collect::<Value>(),
            "AppendedFields": appended.collect::<Value>(),
            "Errors": errors_json(&source.errors),
            "FieldGroups": [],
        })
    }

    fn date(self, date: OffsetDateTime) -> String {
        let format = match self.0.dates {
            DateFormat::Fractions => FRACTIONS,
            DateFormat::WithoutZone => WITHOUT_ZONE,
            DateFormat::Zulu => ZULU,
        };
        date.format(format).unwrap_or_else(|_| NOT_YET.to_owned())
    }
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            // Before the members' own, which may be left empty but do not become null.
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(leave_out_nulls),
        _ => {}
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        // In place of an earlier member of this name, so that nothing is there twice.
        members.insert(name.to_owned(), value);
    }
}

pub(crate) fn errors_json(errors: &[ServiceError]) -> Value {
    errors.iter().map(ServiceError::json).collect()
}

fn match_name(is_match: bool) -> &'static str {
    if is_match { "match" } else { "nomatch" }
}

fn status_name(state: State) -> &'static str {
    match state {
        State::Running { .. } => "InProgress",
        State::Ended { end, .. } => match end {
            FinalState::Canceled => "Canceled",
            FinalState::Completed => "Completed",
            FinalState::Failed => "Failed",
            FinalState::TimeoutCanceled => "TimeoutCanceled",
        },
    }
}

/// .NET's zero, which the service writes where there is no date yet.
const NOT_YET: &str = "0001-01-01T00:00:00";
const WITHOUT_ZONE: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const ZULU: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const FRACTIONS: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]");
