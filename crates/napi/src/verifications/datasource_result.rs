//! The result of one data source.

use serde_json::Value;

use crate::service_error::ServiceError;
use crate::verifications::DocumentDownload;
use crate::wire::{model, open};

open! {
    /// The result of comparing one field.
    pub struct FieldStatus {
        /// The source has the same.
        MATCH = "match",
        /// The source has something else.
        NOMATCH = "nomatch",
        /// The source has nothing, or nothing was sent.
        MISSING = "missing",
    }
}

model! {
    /// The result of one data source.
    pub struct DatasourceResult {
        /// Its result; most responses leave it out.
        datasource_status: Option<FieldStatus> = "DatasourceStatus",
        /// The name of the source.
        datasource_name: Option<String> = "DatasourceName" as name,
        /// Each field that it compared.
        datasource_fields: Vec<DatasourceField> = "DatasourceFields",
        /// Data that it appended.
        appended_fields: Vec<AppendedField> = "AppendedFields",
        /// Its errors.
        errors: Vec<ServiceError> = "Errors",
        /// Names of groups that the fields belong to.
        field_groups: Vec<String> = "FieldGroups" as name,
    }

    /// One field that a data source compared.
    pub struct DatasourceField {
        /// Its name.
        field_name: Option<String> = "FieldName" as name,
        /// Its result.
        status: Option<FieldStatus> = "Status",
        /// The group that it belongs to.
        field_group: Option<String> = "FieldGroup" as name,
        /// The precision of the match, in older responses; `nullmatch` if it does not apply.
        match_precision: Option<String> = "MatchPrecision",
        /// The score of the match, in newer responses.
        tru_match_value: Option<String> = "TruMatchValue",
        /// From which value on it counts as a match, in newer responses.
        tru_match_threshold: Option<String> = "TruMatchThreshold",
    }

    /// Something that a data source knows besides.
    pub struct AppendedField {
        /// Its name.
        field_name: Option<String> = "FieldName" as name,
        /// The data: mostly text, for some names an object or a list.
        data: Option<Value> = "Data",
    }
}

impl AppendedField {
    /// Returns what fetches the document that the field has the path of, as for those of a company.
    ///
    /// The path itself does not lead to the endpoint; see [`DocumentDownload::from_path`].
    #[must_use]
    pub fn document(&self) -> Option<DocumentDownload> {
        DocumentDownload::recognise(self.data.as_ref()?.as_str()?)
    }
}

impl DatasourceResult {
    /// Returns what fetches each document that the source appended.
    pub fn documents(&self) -> impl Iterator<Item = DocumentDownload> + '_ {
        self.appended_fields
            .iter()
            .filter_map(AppendedField::document)
    }

    /// Returns what the source appended under a name, in any case of its letters.
    #[must_use]
    pub fn appended(&self, field_name: &str) -> Option<&Value> {
        let mut named = self.appended_fields.iter().filter(|field| {
            let name = field.field_name.as_deref();
            name.is_some_and(|name| name.eq_ignore_ascii_case(field_name))
        });
        named.find_map(|field| field.data.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn appended_data_of_any_shape_is_written_unchanged() {
        for data in [
            json!("text"),
            json!(""),
            json!([1, { "a": null }]),
            json!({ "num_WL_hits": 1 }),
            json!(0.5),
            json!(false),
        ] {
            let json = json!({ "AppendedFields": [{ "FieldName": "Any", "Data": data }] });
            let result: DatasourceResult = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(result.appended("any"), Some(&data));
            assert_eq!(serde_json::to_value(result).unwrap(), json);
        }
    }

    #[test]
    fn debug_names_sources_and_fields_and_shows_no_value() {
        let result: DatasourceResult = serde_json::from_value(json!({
            "DatasourceName": "Credit Agency",
            "DatasourceFields": [{ "FieldName": "FirstSurName", "Status": "nomatch", "FieldGroup": "PersonInfo" }],
            "AppendedFields": [{ "FieldName": "YearOfBirth", "Data": "1978" }],
            "FieldGroups": ["PersonInfo"],
        }))
        .unwrap();
        let shown = format!("{result:?}");
        for name in [
            "Credit Agency",
            "FirstSurName",
            "nomatch",
            "YearOfBirth",
            "[\"PersonInfo\"]",
        ] {
            assert!(shown.contains(name), "{shown}");
        }
        assert!(!shown.contains("1978"), "{shown}");
    }

    #[test]
    fn the_live_separator_of_lines_within_text_survives() {
        let body =
            include_str!("../../tests/samples/transactionrecord-response-nomatch-docv-live.json");
        let record: crate::verifications::TransactionRecord = serde_json::from_str(body).unwrap();
        let written = serde_json::to_string(&record).unwrap();
        assert!(written.contains('\u{2028}'));
    }
}
