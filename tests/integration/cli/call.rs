//! `napi-mtls call`: any request, and its response as it came.

use cli::{Exit, Format, Rendered};
use mock_napi::EventKind;
use serde_json::Value;
use test_support::Mock;

use super::{arguments, enrolled, napi, path};
use crate::kinds;

async fn call(words: &[&str], arguments: &[String]) -> Rendered {
    let arguments = arguments.iter().map(String::as_str);
    let words: Vec<&str> = words.iter().copied().chain(arguments).collect();
    Rendered::of(&napi("call", &words).await, Format::Human)
}

#[tokio::test]
async fn response_is_printed_as_it_came() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let path = "/connection/v1/testauthentication";
    let shown = call(&["get", path], &arguments).await;
    assert_eq!(
        (&*shown.raw, shown.exit),
        (&b"\"Hello acme-api\""[..], Exit::Good)
    );
    assert_eq!((&*shown.out, &*shown.err), ("", ""));

    let shown = call(&["GET", path, "--include"], &arguments).await;
    let text = String::from_utf8(shown.raw).unwrap();
    assert!(text.starts_with("200 OK\n"), "{text}");
    assert!(text.ends_with("\n\n\"Hello acme-api\""), "{text}");

    let events = mock.portal().events().await.unwrap();
    let answered = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { path: to, status: 200, user: Some(_), .. } if to == path)
    });
    assert_eq!(answered.count(), 2);
}

#[tokio::test]
async fn body_is_sent_and_an_error_response_is_shown() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let body = path(&folder, "body.json");
    std::fs::write(&body, "{\"CountryCode\": \"XX\"}").unwrap();
    let verify = ["POST", "/verifications/v1/verify", "--json", &body];
    let shown = call(&verify, &arguments).await;
    assert_eq!(shown.exit, Exit::Rejected, "{shown:?}");
    assert!(!shown.raw.is_empty());
    assert!(
        shown
            .err
            .starts_with("napi-mtls: the service responded with 400"),
        "{shown:?}"
    );

    std::fs::write(&body, "{\"CountryCode\": ").unwrap();
    let shown = call(&verify, &arguments).await;
    assert_eq!(shown.exit, Exit::Local);
    assert!(shown.err.contains("is not JSON, at line 1"), "{shown:?}");
    let events = mock.portal().events().await.unwrap();
    let sent = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { path, status: 400, .. } if path == "/verifications/v1/verify")
    });
    assert_eq!(sent.count(), 1);
}

#[tokio::test]
async fn json_output_has_status_fields_and_body() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let words = ["GET", "/connection/v1/testauthentication"];
    let arguments = arguments.iter().map(String::as_str);
    let words: Vec<&str> = words.into_iter().chain(arguments).collect();
    let shown = Rendered::of(&napi("call", &words).await, Format::Json);
    let data: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(
        (&data["status"], &data["body"]),
        (&200.into(), &"Hello acme-api".into())
    );
    assert!(data["headers"]["content-type"].is_string(), "{data}");
}

#[tokio::test]
async fn credentials_go_to_no_other_host() {
    for path in [
        "https://evil.example/x",
        "//evil.example/x",
        "relative",
        "/a b",
    ] {
        let error = napi("call", &["GET", path]).await.unwrap_err();
        let usage = error.downcast_ref::<clap::Error>().unwrap();
        assert_eq!(usage.exit_code(), 2, "{path}");
    }
    let header = ["GET", "/x", "--header", "Authorization: Basic secret"];
    let text = napi("call", &header).await.unwrap_err().to_string();
    assert!(!text.contains("secret"), "{text}");
}
