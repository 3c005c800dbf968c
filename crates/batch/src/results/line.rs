//! One line of a file of results, as JSON or as CSV.

use std::path::Path;

use csv_core::{ReadRecordResult, Reader, Writer};
use serde_json::{Value, json};

use crate::record::Settlement;

/// The columns of CSV, and the members of JSON.
const COLUMNS: [&str; 7] = [
    "number",
    "customer_reference_id",
    "state",
    "record_status",
    "transaction_id",
    "transaction_record_id",
    "errors",
];

/// The form of a file of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultsFormat {
    /// One JSON object a line: `number` (null once the list no longer has the record),
    /// `customer_reference_id`, `state`, `record_status`,
    /// `transaction_id`, `transaction_record_id` and the list `errors`.
    Ndjson,
    /// CSV (RFC 4180) in UTF-8 with the same names as its first line; errors are separated by `; `.
    Csv,
}

impl ResultsFormat {
    /// Returns the form of a file by the end of its name: CSV for `.csv`, else NDJSON.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        let end = path.extension().unwrap_or_default();
        match end.eq_ignore_ascii_case("csv") {
            true => Self::Csv,
            false => Self::Ndjson,
        }
    }

    /// Returns the bytes before the first record.
    pub(super) fn head(self) -> Vec<u8> {
        match self {
            Self::Ndjson => Vec::new(),
            Self::Csv => csv(&COLUMNS),
        }
    }

    /// Returns the line of a record, with its end.
    pub(super) fn line(self, settlement: &Settlement) -> Vec<u8> {
        match self {
            Self::Ndjson => json_line(settlement),
            Self::Csv => csv_line(settlement),
        }
    }

    /// Returns the reference of a line, and the ids of its transaction and of its record, empty if
    /// there is none.
    pub(super) fn result(self, line: &[u8]) -> Option<[String; 3]> {
        match self {
            Self::Ndjson => {
                let line: Value = serde_json::from_slice(line).ok()?;
                let number = line.get("number")?;
                let is_number = number.is_null() || number.is_u64();
                let reference = line.get("customer_reference_id")?.as_str()?;
                let id = |name| {
                    let id = line.get(name).and_then(Value::as_str);
                    id.unwrap_or_default().to_owned()
                };
                let ids = [id("transaction_id"), id("transaction_record_id")];
                let [id, record_id] = ids;
                is_number.then(|| [reference.to_owned(), id, record_id])
            }
            Self::Csv => {
                let (mut output, mut ends) = (vec![0; line.len()], [0; COLUMNS.len() + 1]);
                let (result, ..) = Reader::new().read_record(line, &mut output, &mut ends);
                let [number, reference, _, status, id, record_id, ..] = ends;
                let text = |begin, end| str::from_utf8(output.get(begin..end)?).ok();
                let is_number = match text(0, number)? {
                    "" => true,
                    text => text.parse::<u64>().is_ok(),
                };
                let is_whole = matches!(result, ReadRecordResult::Record);
                if !is_number || !is_whole {
                    return None;
                }
                let texts = [
                    text(number, reference)?,
                    text(status, id)?,
                    text(id, record_id)?,
                ];
                Some(texts.map(str::to_owned))
            }
        }
    }
}

fn json_line(settlement: &Settlement) -> Vec<u8> {
    let outcome = &settlement.outcome;
    let line = json!({
        "number": settlement.number,
        "customer_reference_id": settlement.reference,
        "state": settlement.state.as_str(),
        "record_status": outcome.status,
        "transaction_id": outcome.transaction_id,
        "transaction_record_id": outcome.transaction_record_id,
        "errors": outcome.errors,
    });
    format!("{line}\n").into_bytes()
}

fn csv_line(settlement: &Settlement) -> Vec<u8> {
    let outcome = &settlement.outcome;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    csv(&[
        &settlement
            .number
            .map_or_else(String::new, |it| it.to_string()),
        &settlement.reference,
        settlement.state.as_str(),
        &text(&outcome.status),
        &text(&outcome.transaction_id),
        &text(&outcome.transaction_record_id),
        &outcome.errors.join("; "),
    ])
}

/// Writes one record of CSV.
fn csv(fields: &[&str]) -> Vec<u8> {
    // Each character may be doubled, and each field has a separator and two quotes.
    let room: usize = fields.iter().map(|field| 2 * field.len() + 3).sum();
    let mut line = vec![0; room + 2];
    let mut length = 0;
    let mut writer = Writer::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            length += writer
                .delimiter(line.get_mut(length..).unwrap_or_default())
                .1;
        }
        let rest = line.get_mut(length..).unwrap_or_default();
        length += writer.field(field.as_bytes(), rest).2;
    }
    length += writer
        .terminator(line.get_mut(length..).unwrap_or_default())
        .1;
    line.truncate(length);
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Outcome, RecordState};

    fn settlement(number: Option<u64>, reference: &str) -> Settlement {
        Settlement {
            number,
            reference: reference.to_owned(),
            state: RecordState::Done,
            was_pending: false,
            outcome: Outcome {
                transaction_id: Some("t".to_owned()),
                transaction_record_id: None,
                status: Some("match".to_owned()),
                errors: vec!["1001".to_owned(), "1005".to_owned()],
            },
        }
    }

    #[test]
    fn line_has_the_columns_in_both_forms() {
        let order = settlement(Some(7), "order, \"7\"");
        let json = ResultsFormat::Ndjson.line(&order);
        let json: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["record_status"], "match");
        assert_eq!(json["transaction_record_id"], Value::Null);
        assert_eq!(json["errors"], json!(["1001", "1005"]));
        let csv = String::from_utf8(ResultsFormat::Csv.line(&order)).unwrap();
        assert_eq!(csv, "7,\"order, \"\"7\"\"\",done,match,t,,1001; 1005\n");
        let missing = settlement(None, "7");
        let json: Value = serde_json::from_slice(&ResultsFormat::Ndjson.line(&missing)).unwrap();
        assert_eq!(json["number"], Value::Null);
        let csv = String::from_utf8(ResultsFormat::Csv.line(&missing)).unwrap();
        assert!(csv.starts_with(",7,done,"), "{csv}");
        let head = String::from_utf8(ResultsFormat::Csv.head()).unwrap();
        assert_eq!(head.trim_end(), COLUMNS.join(","));
    }

    #[test]
    fn form_follows_the_end_of_the_name() {
        let of = |name: &str| ResultsFormat::of_path(Path::new(name));
        assert_eq!(of("a/Results.CSV"), ResultsFormat::Csv);
        assert_eq!(of("results.csv.ndjson"), ResultsFormat::Ndjson);
    }

    #[test]
    fn line_that_is_no_result_is_not_read() {
        for line in ["{\"CountryCode\":\"IT\"}", "[]", "", "{\"number\":1"] {
            assert_eq!(
                ResultsFormat::Ndjson.result(line.as_bytes()),
                None,
                "{line}"
            );
        }
        for line in ["x,y\n", "", "1", "1,\"y\n"] {
            assert_eq!(ResultsFormat::Csv.result(line.as_bytes()), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn each_line_is_one_and_gives_its_result_back(
            number in any::<Option<u64>>(),
            reference in any::<String>(),
        ) {
            let expected = Some([reference.clone(), "t".to_owned(), String::new()]);
            let line = ResultsFormat::Ndjson.line(&settlement(number, &reference));
            prop_assert_eq!(line.iter().filter(|it| **it == b'\n').count(), 1);
            prop_assert_eq!(ResultsFormat::Ndjson.result(&line), expected.clone());
            let line = ResultsFormat::Csv.line(&settlement(number, &reference));
            prop_assert_eq!(ResultsFormat::Csv.result(&line), expected);
        }
    }
}
