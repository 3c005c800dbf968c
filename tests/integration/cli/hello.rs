//! `napi-mtls hello`, and the way to it.

use mock_napi::{Account, ConnectionEvent, EventKind, Reply, Script, ScriptedResponse};
use test_support::{Customer, Mock};

use super::{arguments, enrolled, napi, path};
use crate::kinds;

async fn hello(arguments: &[String]) -> anyhow::Result<cli::Output> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    napi("hello", &words).await
}

#[tokio::test]
async fn request_check_and_hello_are_the_whole_way() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let identity: Vec<&str> = arguments[..6].iter().map(String::as_str).collect();
    let checked = napi("check", &identity).await.unwrap();
    let text = &checked.text;
    assert!(text.contains("CN=napi.acme.example"), "{text}");
    assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);

    assert_eq!(hello(&arguments).await.unwrap().text, "Hello acme-api");

    let events = mock.portal().events().await.unwrap();
    let answered = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { status: 200, user: Some(user), .. } if user == "acme-api")
    });
    assert_eq!(answered.count(), 1);
}

#[tokio::test]
async fn proxy_named_on_the_line_is_gone_through() {
    let mock = Mock::with_proxy().await.unwrap();
    let folder = enrolled(&mock).await;
    let mut arguments = arguments(&folder, &mock);
    *arguments.last_mut().unwrap() = mock.proxy_url().unwrap().to_owned();
    assert_eq!(hello(&arguments).await.unwrap().text, "Hello acme-api");

    let events = mock.portal().events().await.unwrap();
    let target = mock.base_url().strip_prefix("https://");
    let tunnels = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Connection(ConnectionEvent::ProxyRequest { target: to, status: Some(200), .. }) if to.as_deref() == target)
    });
    assert_eq!(tunnels.count(), 1, "{events:?}");
}

#[tokio::test]
async fn http11_option_offers_nothing_else() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let mut arguments = arguments(&folder, &mock);
    for (option, alpn) in [(None, "h2"), (Some("--http1.1"), "http/1.1")] {
        arguments.extend(option.map(str::to_owned));
        let before = mock.portal().events().await.unwrap().len();
        assert_eq!(hello(&arguments).await.unwrap().text, "Hello acme-api");
        let events = mock.portal().events().await.unwrap();
        let spoken = kinds(&events[before..])
            .into_iter()
            .filter_map(|kind| match kind {
                EventKind::Connection(ConnectionEvent::HandshakeCompleted { alpn, .. }) => {
                    alpn.clone()
                }
                _ => None,
            });
        assert_eq!(spoken.collect::<Vec<_>>(), [alpn]);
    }
}

#[tokio::test]
async fn trust_anchor_that_ends_soon_is_a_warning() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    assert_eq!(hello(&arguments).await.unwrap().warnings, [""; 0]);

    let request = Customer::request().unwrap().to_pem();
    let days = 24 * 60 * 60;
    for (end, is_told) in [(29 * days, true), (31 * days, false)] {
        let portal = mock.portal();
        let issued = portal.certificate_valid(Account::ACME, &request, -60..end);
        let anchor = issued.await.unwrap().unwrap();
        std::fs::write(path(&folder, "ca.pem"), anchor).unwrap();
        let error = hello(&arguments).await.unwrap_err();
        let warnings = error.downcast_ref::<cli::Failure>().unwrap().warnings();
        let told = warnings
            .iter()
            .filter(|it| it.contains("the last trust anchor"));
        assert_eq!(told.count(), usize::from(is_told), "{warnings:?}");
    }
}

#[tokio::test]
async fn failure_over_http2_names_the_option_for_http11() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let mut arguments = arguments(&folder, &mock);
    let http11_required =
        || Script::new().response(ScriptedResponse::ResetStream { error_code: 13 });
    mock.portal().enqueue(&[http11_required()]).await.unwrap();
    let error = hello(&arguments).await.unwrap_err().to_string();
    assert!(error.contains("--http1.1"), "{error}");

    // Whatever is wrong over HTTP/1.1, the option is no help.
    arguments.push("--http1.1".to_owned());
    let garbage = [(); 3].map(|()| Script::new().response(ScriptedResponse::Garbage));
    mock.portal().enqueue(&garbage).await.unwrap();
    let error = hello(&arguments).await.unwrap_err().to_string();
    assert!(!error.contains("--http1.1"), "{error}");
}

#[tokio::test]
async fn server_that_is_not_reached_is_told_with_the_way() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let mut arguments = arguments(&folder, &mock);
    let url = arguments.iter().position(|word| word == "--base-url");
    // Nothing listens on port 1 of this machine.
    arguments[url.unwrap() + 1] = "https://127.0.0.1:1".to_owned();
    let direct = format!("{:#}", hello(&arguments).await.unwrap_err());
    let way = "no hello from https://127.0.0.1:1, directly as --proxy says: ";
    assert!(direct.starts_with(way), "{direct}");

    *arguments.last_mut().unwrap() = "http://127.0.0.1:1".to_owned();
    let proxied = format!("{:#}", hello(&arguments).await.unwrap_err());
    assert!(
        proxied.starts_with("no hello from https://127.0.0.1:1: "),
        "{proxied}"
    );
    assert!(proxied.contains("proxy"), "{proxied}");
}

#[tokio::test]
async fn failure_comes_with_the_trust_anchor_left_out() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    // One that is damaged, behind the one that is needed.
    let damaged = mock.ca_pem().replacen("\nM", "\n!", 1);
    let both = [mock.ca_pem(), &damaged].concat();
    std::fs::write(path(&folder, "ca.pem"), both).unwrap();
    std::fs::write(path(&folder, "password"), "wrong").unwrap();
    let error = hello(&arguments).await.unwrap_err();
    let failure = error.downcast_ref::<cli::Failure>().unwrap();
    assert!(
        failure.to_string().starts_with("no hello from"),
        "{failure}"
    );
    let warnings = failure.warnings();
    assert!(
        warnings.iter().any(|it| it.contains("trust anchor")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn reason_to_expect_no_hello_without_certificate_needs_a_response() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let all = arguments(&folder, &mock);
    let plain = |url: &str| {
        let mut words = vec!["--plain".to_owned()];
        words.extend_from_slice(&all[6..]);
        words[6] = url.to_owned();
        words
    };
    std::fs::write(path(&folder, "password"), "wrong").unwrap();
    let expected = "expected only if your organization enforces";
    let refused = hello(&plain(mock.plain_base_url()))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains(expected), "{refused}");
    let unreached = hello(&plain("https://127.0.0.1:1"))
        .await
        .unwrap_err()
        .to_string();
    let start = "no hello from https://127.0.0.1:1 without a certificate, directly";
    assert!(
        unreached.starts_with(start) && !unreached.contains(expected),
        "{unreached}"
    );
    let mut by_proxy = plain(mock.plain_base_url());
    by_proxy.extend(["--proxy", "http://127.0.0.1:1"].map(str::to_owned));
    let no_proxy = hello(&by_proxy).await.unwrap_err().to_string();
    assert!(!no_proxy.contains(expected), "{no_proxy}");
}

#[tokio::test]
async fn line_breaks_and_length_of_the_servers_words_are_bounded() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let said = "Hello acme-api\nproblem: no such thing\u{1b}[2J".to_owned() + &"x".repeat(100_000);
    for status in [200, 400, 401, 503] {
        let reply = Reply::new(status)
            .header("content-type", "application/json")
            .body(serde_json::to_string(&said).unwrap());
        let script = Script::new().response(reply);
        mock.portal().enqueue(&[script]).await.unwrap();
        let error = format!("{:#}", hello(&arguments).await.unwrap_err());
        assert!(!error.contains(char::is_control), "{error:?}");
        assert!(error.chars().count() < 2000, "{status}: {error}");
    }
}

#[tokio::test]
async fn standard_input_is_no_two_files() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let mut arguments = arguments(&folder, &mock);
    (arguments[5], arguments[7]) = ("-".to_owned(), "/dev/stdin".to_owned());
    let refused = hello(&arguments).await.unwrap_err().to_string();
    assert!(
        refused.contains("--passphrase-file and --password-file"),
        "{refused}"
    );
}
