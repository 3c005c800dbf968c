//! `/connection/v1`: with and without credentials.

use mock_napi::{Account, ConnectionEvent, Denial, EventKind, Reply, Script};
use napi::{
    ArgumentProblem, Client, Credentials, Error, TransactionId,
    connection::HelloProblem,
    verifications::{TransactionState, TransactionStatus},
};

use super::Environment;

#[tokio::test]
async fn hello_needs_no_credentials_and_every_character_arrives() {
    let environment = Environment::new().await;
    let longest = "ü".repeat(100);
    let names = [
        ("Joe Napoli", "Joe%20Napoli"),
        ("a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df"),
        ("50%+1%20", "50%25%2B1%2520"),
        (
            "Zoë \u{1f980} \"Ω\" <b>",
            "Zo%C3%AB%20%F0%9F%A6%80%20%22%CE%A9%22%20%3Cb%3E",
        ),
        ("..hidden", "..hidden"),
        (&longest, &"%C3%BC".repeat(100)),
    ];
    for (name, _) in names {
        let hello = environment.client.say_hello(name).await.unwrap();
        assert_eq!(hello, format!("Hello {name}"));
    }
    let expected = names.map(|(_, path)| format!("GET /connection/v1/sayhello/{path} 200 -"));
    assert_eq!(environment.requests().await, expected);
}

#[tokio::test]
async fn invalid_name_is_not_sent() {
    let environment = Environment::new().await;
    for (name, expected) in [
        ("", ArgumentProblem::Empty),
        ("..", ArgumentProblem::DotSegment),
        (
            &*"ü".repeat(101),
            ArgumentProblem::TooLong {
                characters: 101,
                most: 100,
            },
        ),
    ] {
        let error = environment.client.say_hello(name).await.unwrap_err();
        assert!(
            matches!(error, Error::Argument { argument: "name", problem } if problem == expected),
            "{error:?}"
        );
    }
    assert!(environment.requests().await.is_empty());
}

#[tokio::test]
async fn authentication_is_tested_with_certificate_user_and_password_together() {
    let environment = Environment::new().await;
    let hello = environment.client.test_authentication().await.unwrap();
    assert_eq!(hello, "Hello acme-api");

    // The nearest reject: one letter of the password.
    let almost = Credentials::basic(Account::ACME.api().user(), "acme-passwore").unwrap();
    let connector = environment
        .mock
        .trusted()
        .unwrap()
        .identity(&environment.customer.identity().unwrap());
    let base_url = environment.mock.base_url().parse().unwrap();
    let client = Client::over_mtls(connector.build().unwrap(), base_url, almost);
    let error = client.test_authentication().await.unwrap_err();
    assert!(error.is_authentication(), "{error:?}");
    // What needs no credentials does not send them.
    assert_eq!(client.say_hello("you").await.unwrap(), "Hello you");

    let path = "/connection/v1/testauthentication";
    let expected = [
        format!("GET {path} 200 acme-api"),
        format!("GET {path} 401 acme-api"),
        "GET /connection/v1/sayhello/you 200 -".to_owned(),
    ];
    assert_eq!(environment.requests().await, expected);
    let events = environment.portal.events().await.unwrap();
    let denials: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Request { denial, .. } => Some(*denial),
            _ => None,
        })
        .collect();
    assert_eq!(denials, [None, Some(Denial::WrongPassword), None]);
}

/// Returns what the client makes of this body with status 200, as the response to a test of the
/// credentials and to a hello to `acme-api`.
async fn said_instead(body: &str) -> [Result<String, Error>; 2] {
    let environment = Environment::new().await;
    let reply = Reply::new(200).body(body);
    environment
        .portal
        .repeat(&Script::new().response(reply))
        .await
        .unwrap();
    // A connection each: a scripted one brings one response.
    let client = || environment.customer.client(&environment.mock).unwrap();
    let outcomes = [
        client().test_authentication().await,
        client().say_hello("acme-api").await,
    ];
    let events = environment.portal.events().await.unwrap();
    let asked = events.iter().filter_map(|event| match &event.kind {
        EventKind::Connection(ConnectionEvent::RequestScripted { path, .. }) => path.as_deref(),
        _ => None,
    });
    let expected = [
        "/connection/v1/testauthentication",
        "/connection/v1/sayhello/acme-api",
    ];
    assert_eq!(asked.collect::<Vec<_>>(), expected);
    outcomes
}

#[tokio::test]
async fn hello_is_read_with_and_without_quotation_marks() {
    for body in ["\"Hello acme-api\"", "Hello acme-api", "Hello acme-api\r\n"] {
        for hello in said_instead(body).await {
            assert_eq!(hello.unwrap(), "Hello acme-api");
        }
    }
}

#[tokio::test]
async fn response_other_than_hello_is_a_named_error() {
    use HelloProblem::{AnotherName, OtherText};
    for (body, expected) in [
        ("maintenance, back at 5", OtherText),
        ("\"maintenance, back at 5\"", OtherText),
        ("\"Hello\"", OtherText),
        ("\"Hello globex-api\"", AnotherName),
        ("Hello acme-apj", AnotherName),
    ] {
        for outcome in said_instead(body).await {
            let error = outcome.unwrap_err();
            let Error::Hello { problem, message } = &error else {
                panic!("{body}: {error:?}");
            };
            assert_eq!(*problem, expected, "{body}");
            assert_eq!(message.unredacted(), body.trim_matches('"'));
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("globex") && !shown.contains("back at"),
                "{shown}"
            );
        }
    }
    let portal = "<!DOCTYPE html><html><head><title>Hotel Wi-Fi</title></head></html>";
    for outcome in said_instead(portal).await {
        let error = outcome.unwrap_err();
        assert!(
            matches!(&error, Error::UnexpectedHtml { title: Some(title) } if *title == "Hotel Wi-Fi"),
            "{error:?}"
        );
    }
    for json in [
        "{\"message\":\"Hello acme-api\"}",
        "[\"Hello acme-api\"]",
        "",
    ] {
        for outcome in said_instead(json).await {
            assert!(matches!(outcome, Err(Error::Decode { .. })), "{json}");
        }
    }
}

#[tokio::test]
async fn callback_stand_in_accepts_any_status_without_credentials() {
    let environment = Environment::new().await;
    let done = TransactionStatus::default()
        .transaction_id(TransactionId::from("282af661-a5d5-4b0f-8433-1493b4e56e94"))
        .status(TransactionState::COMPLETED);
    for status in [done, TransactionStatus::default()] {
        environment.client.async_callback(status).await.unwrap();
    }
    let expected = "POST /connection/v1/async-callback 200 -";
    assert_eq!(environment.requests().await, [expected; 2]);
}
