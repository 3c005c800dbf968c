//! The commands that print a list, against the countries of the mock.

use cli::{Exit, Format, Rendered};
use mock_napi::EventKind;
use serde_json::Value;
use test_support::Mock;

use super::{arguments, enrolled, napi};
use crate::kinds;

async fn list(command: &[&str], arguments: &[String], format: Format) -> Rendered {
    let (command, more) = command.split_first().unwrap();
    let arguments = arguments.iter().map(String::as_str);
    let words: Vec<&str> = more.iter().copied().chain(arguments).collect();
    Rendered::of(&napi(command, &words).await, format)
}

#[tokio::test]
async fn lists_are_tables_for_people_and_json_for_programs() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    for (command, word) in [
        (&["countries"][..], "CA"),
        (&["fields", "CA"], "PersonInfo.FirstGivenName"),
        (&["fields", "CA", "--recommended"], "PersonInfo."),
        (&["consents", "AU"], "name"),
        (&["test-entities", "CA"], "entity"),
        (&["datasources", "CA"], "required fields"),
        (&["document-types", "CA"], "DrivingLicence"),
        (&["document-types"], "CA"),
    ] {
        let shown = list(command, &arguments, Format::Human).await;
        assert_eq!(shown.exit, Exit::Good, "{command:?}: {shown:?}");
        assert!(shown.out.contains(word), "{command:?}: {}", shown.out);
        let data = list(command, &arguments, Format::Json).await;
        let data: Value = serde_json::from_str(&data.out).unwrap();
        let is_empty = data.as_array().is_some_and(Vec::is_empty);
        assert!(
            !is_empty && (data.is_array() || data.is_object()),
            "{command:?}: {data}"
        );
    }
    let events = mock.portal().events().await.unwrap();
    let answered = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { status: 200, user: Some(user), .. } if user == "acme-api")
    });
    assert_eq!(answered.count(), 16);
}

#[tokio::test]
async fn country_that_is_not_covered_is_rejected() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let shown = list(&["fields", "ZZ"], &arguments, Format::Json).await;
    assert_eq!(shown.exit, Exit::Rejected, "{shown:?}");
    let none = napi("fields", &["Canada"]).await.unwrap_err();
    assert_eq!(none.downcast_ref::<clap::Error>().unwrap().exit_code(), 2);
}
