//! The result of a verification, for people.

use napi::verifications::{DatasourceResult, Record, RecordStatus};
use napi::{ServiceError, TransactionId};

use crate::styled_text::{BOLD, GREEN, PLAIN, RED, StyledText, YELLOW};
use crate::table::Table;

/// Returns whether a final result is a match.
pub(crate) fn is_match(status: Option<&RecordStatus>) -> bool {
    status == Some(&RecordStatus::MATCH)
}

/// Writes the head of a result: what it came to, and its identifiers.
pub(crate) fn write_head(
    text: &mut StyledText,
    record: Option<&Record>,
    transaction: Option<&TransactionId>,
) {
    let (style, word) = match record.and_then(Record::final_status) {
        Some(status) if *status == RecordStatus::MATCH => (GREEN, status.as_str()),
        Some(status) => (RED, status.as_str()),
        None => (YELLOW, "not final"),
    };
    text.line(style, &format!("result       {word}"));
    let record = record.and_then(|record| record.transaction_record_id.as_ref());
    let record = record.map(|id| id.as_str());
    for (name, id) in [
        ("record", record),
        ("transaction", transaction.map(TransactionId::as_str)),
    ] {
        if let Some(id) = id {
            text.line(PLAIN, &format!("{name:<12} {id}"));
        }
    }
}

/// Writes what each data source compared, and the errors of the request and of the record.
pub(crate) fn write_findings(
    text: &mut StyledText,
    record: Option<&Record>,
    errors: &[ServiceError],
) {
    write_sources(text, record.map_or(&[], |it| &it.datasource_results));
    let of_record = record.into_iter().flat_map(Record::service_errors);
    let of_record = of_record.map(|(_, error)| error);
    write_errors(text, errors.iter().chain(of_record));
}

fn write_sources(text: &mut StyledText, sources: &[DatasourceResult]) {
    if sources.is_empty() {
        return;
    }
    text.line(PLAIN, "");
    let mut table = Table::new(["source", "field", "result"]);
    for source in sources {
        let name = source.datasource_name.clone().unwrap_or_default();
        for field in &source.datasource_fields {
            let field_name = field.field_name.clone().unwrap_or_default();
            let status = field.status.as_ref().map(|it| it.as_str().to_owned());
            table.row([name.clone(), field_name, status.unwrap_or_default()]);
        }
        if source.datasource_fields.is_empty() {
            let status = source.datasource_status.as_ref();
            let status = status.map(|it| it.as_str().to_owned());
            table.row([name, String::new(), status.unwrap_or_default()]);
        }
    }
    table.write(text);
}

/// Writes errors of the service, with its own words: who asked for the record may see them.
pub(crate) fn write_errors<'a>(
    text: &mut StyledText,
    errors: impl Iterator<Item = &'a ServiceError>,
) {
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() {
        return;
    }
    text.line(PLAIN, "");
    text.line(BOLD, "errors");
    for error in errors {
        let code = error
            .code
            .as_ref()
            .map(|it| it.as_str())
            .unwrap_or_default();
        let message = error.message.as_deref().unwrap_or_default();
        text.line(PLAIN, &format!("{code:<12} {message}"));
    }
}
