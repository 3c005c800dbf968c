//! Appended data about watchlists and the authenticity of documents.
//!
//! Seen in pages and other people's code only, so an unknown shape is `None` here and stays
//! readable as JSON.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::verifications::DatasourceResult;
use crate::wire::{model, open};

open! {
    /// Whether a person or company is on a watchlist.
    pub struct WatchlistState {
        /// It is, in older responses.
        HIT = "Hit",
        /// It may be.
        POTENTIAL_HIT = "Potential Hit",
        /// It is not.
        NO_HIT = "No Hit",
    }
}

model! {
    /// The entries of watchlists that may be the person or company.
    pub struct WatchlistHitDetails {
        /// Of lists of sanctions.
        watchlist: Vec<WatchlistHit> = "WL_results",
        /// Of adverse media.
        adverse_media: Vec<WatchlistHit> = "AM_results",
        /// Of politically exposed persons.
        politically_exposed: Vec<WatchlistHit> = "PEP_results",
    }

    /// One entry of a watchlist.
    pub struct WatchlistHit {
        /// Its score.
        score: Option<Value> = "score",
        /// The name that was looked for.
        subject_matched: Option<String> = "subjectMatched",
        /// The name on the list.
        entity_name: Option<String> = "entityName",
        /// The entry of the list about it.
        remarks: Option<String> = "remarks",
        /// The kind of list.
        source_list_type: Option<String> = "sourceListType",
        /// The region of the list.
        source_region: Option<String> = "sourceRegion",
        /// The keeper of the list.
        source_agency_name: Option<String> = "sourceAgencyName",
        /// Where it is published.
        url: Option<String> = "URL",
    }

    /// One check of a document's authenticity.
    pub struct AuthenticityDetail {
        /// The subject of the check.
        name: Option<String> = "Name",
        /// Whether it was as it should be.
        is_valid: Option<bool> = "IsValid",
        /// The record.
        value: Option<Value> = "Value",
        /// The document.
        document_id: Option<String> = "DocumentId",
        /// The description of the check.
        description: Option<String> = "Description",
        /// The provider of the check.
        source: Option<String> = "Source",
        /// More about it.
        properties: Option<Value> = "Properties",
    }
}

impl DatasourceResult {
    /// Returns whether the source found a hit, if it is one for watchlists.
    #[must_use]
    pub fn watchlist_state(&self) -> Option<WatchlistState> {
        let state = self.appended("WatchlistState")?.as_str()?;
        Some(WatchlistState::from(state))
    }

    /// Returns the hits in full, as verbose requests get them.
    #[must_use]
    pub fn watchlist_hit_details(&self) -> Option<WatchlistHitDetails> {
        let names = ["WatchlistHitDetails", "WatchlistDetails"];
        names.iter().find_map(|name| shaped(self.appended(name)?))
    }

    /// Returns the hits of the older product: the name of each list, and its link if there is one.
    #[must_use]
    pub fn watchlist_data(&self) -> Vec<(&str, Option<&str>)> {
        let data = self.appended("WatchlistData").and_then(Value::as_str);
        // The published example has a backslash and a `t`, the older product itself a tab.
        let entries = data.into_iter().flat_map(|data| data.split('\t'));
        entries
            .flat_map(|entry| entry.split("\\t"))
            .filter(|entry| !entry.trim().is_empty())
            .map(|entry| match entry.split_once('|') {
                Some((name, link)) => (name.trim(), Some(link.trim())),
                None => (entry.trim(), None),
            })
            .collect()
    }

    /// Returns the checks of a document's authenticity, which come as JSON within text.
    #[must_use]
    pub fn authenticity_details(&self) -> Option<Vec<AuthenticityDetail>> {
        shaped(self.appended("AuthenticityDetails")?)
    }
}

/// Reads data of a shape, whether it is JSON or JSON within text.
fn shaped<T: DeserializeOwned>(data: &Value) -> Option<T> {
    match data {
        Value::String(text) => serde_json::from_str(text).ok(),
        data => serde_json::from_value(data.clone()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn appended(name: &str, data: Value) -> DatasourceResult {
        let json = json!({ "AppendedFields": [{ "FieldName": name, "Data": data }] });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_published_hit_is_read() {
        let body = include_str!(
            "../../tests/samples/transactionrecord-verbose-response-watchlist-hit.json"
        );
        let record: crate::verifications::TransactionRecord = serde_json::from_str(body).unwrap();
        let sources = record.record.unwrap().datasource_results;
        let source = sources
            .iter()
            .find(|source| source.watchlist_state().is_some())
            .unwrap();
        assert_eq!(source.watchlist_state(), Some(WatchlistState::HIT));
        let lists = source.watchlist_data();
        assert_eq!(lists.len(), 3);
        assert_eq!(
            lists[0],
            (
                "System for Award Management Exclusions",
                Some("https://www.sam.gov")
            )
        );
    }

    #[test]
    fn details_are_read_and_an_unknown_shape_is_none() {
        let hit = json!({ "score": 0.9, "entityName": "Tom Riddle", "URL": "https://a.example" });
        let source = appended("WatchlistHitDetails", json!({ "PEP_results": [hit] }));
        let details = source.watchlist_hit_details().unwrap();
        let hit = &details.politically_exposed[0];
        assert_eq!(hit.entity_name.as_deref(), Some("Tom Riddle"));
        assert_eq!(hit.score, Some(json!(0.9)));

        for other in [json!("none"), json!([1]), json!({ "WL_results": "none" })] {
            let source = appended("WatchlistHitDetails", other);
            assert_eq!(source.watchlist_hit_details(), None);
        }
    }

    #[test]
    fn authenticity_is_json_within_text() {
        let text = "[{\"Name\":\"Expiry\",\"IsValid\":\"false\"}]";
        let details = appended("AuthenticityDetails", json!(text))
            .authenticity_details()
            .unwrap();
        assert_eq!(details[0].is_valid, Some(false));
        let broken = appended("AuthenticityDetails", json!("[{"));
        assert_eq!(broken.authenticity_details(), None);
    }

    #[test]
    fn counts_in_place_of_entries_are_no_entries() {
        let source = appended("WatchlistData", json!({ "num_WL_hits": 2 }));
        assert!(source.watchlist_data().is_empty());
    }
}
