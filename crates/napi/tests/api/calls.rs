//! Options of a call, what comes beside a result, and calls of paths that have no operation.

use std::time::Duration;

use http::{HeaderValue, Method, Request, StatusCode, header};
use napi::{
    ArgumentProblem, Authentication, CallOptions, Credentials, Error, RequestBody, RetryAdvice,
    connection::TestAuthentication, v3::V3,
};

use crate::service::{Service, response};

const HELLO: &str = "\"Hello acme-api\"";

fn get(uri: &str) -> Request<RequestBody> {
    Request::get(uri).body(RequestBody::default()).unwrap()
}

#[tokio::test]
async fn options_of_a_client_do_not_reach_its_clones() {
    let service = Service::responding(HELLO).then(response(200, HELLO));
    let client = service.client();
    let options = CallOptions::new()
        .request_id("order-4711")
        .and_then(|it| it.user_agent_suffix("acme/2.1"))
        .and_then(|it| it.header("Accept-Language", "de"))
        .unwrap();
    client
        .clone()
        .options(options)
        .test_authentication()
        .await
        .unwrap();
    client.test_authentication().await.unwrap();
    let sent = service.sent();
    let first = &sent[0].headers;
    assert_eq!(first["x-request-id"], "order-4711");
    assert_eq!(first[header::ACCEPT_LANGUAGE], "de");
    let own = &sent[1].headers[header::USER_AGENT];
    let expected = format!("{} acme/2.1", own.to_str().unwrap());
    assert_eq!(first[header::USER_AGENT], expected);
    assert!(!sent[1].headers.contains_key("x-request-id"));
    for both in &sent {
        assert!(both.headers[header::AUTHORIZATION].is_sensitive());
    }
}

#[tokio::test]
async fn token_is_fetched_without_the_options_of_a_call() {
    let token = "{\"access_token\":\"a\",\"expires_in\":1800}";
    let service = Service::responding(token).then(response(200, HELLO));
    let client = service.client_of(Credentials::client("acme", "secret").unwrap());
    let options = CallOptions::new().request_id("one").unwrap();
    client
        .options(options)
        .send(&V3::new(TestAuthentication))
        .await
        .unwrap();
    let has_id: Vec<_> = service
        .sent()
        .iter()
        .map(|it| it.headers.contains_key("x-request-id"))
        .collect();
    assert_eq!(has_id, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_its_time_is_over() {
    let service = tower::service_fn(|_: Request<RequestBody>| async {
        let never = std::future::pending::<()>();
        let _ = tokio::time::timeout(Duration::from_secs(10), never).await; // by the paused clock
        std::io::Result::Ok(http::Response::new(http_body_util::Full::new(
            bytes::Bytes::from_static(HELLO.as_bytes()),
        )))
    });
    let credentials = Credentials::basic("acme-api", "secret").unwrap();
    let client = napi::Client::new(service, napi::BaseUrl::MTLS, credentials);
    let within = |seconds| {
        let options = CallOptions::new().timeout(Duration::from_secs(seconds));
        client.clone().options(options)
    };
    assert!(within(11).test_authentication().await.is_ok());
    let error = within(9).test_authentication().await.unwrap_err();
    assert!(
        matches!(error, Error::Timeout { after } if after.as_secs() == 9),
        "{error:?}"
    );
    assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
    // Beyond what the clock can hold there is no deadline.
    assert!(within(u64::MAX).test_authentication().await.is_ok());
}

#[tokio::test]
async fn a_result_comes_with_status_headers_and_time() {
    let mut first = response(203, HELLO);
    let cookie = HeaderValue::from_static("visid_incap=secret");
    first.headers_mut().insert(header::SET_COOKIE, cookie);
    let service = Service::default()
        .then(first)
        .then(response(401, "Access Denied"));
    let client = service.client();
    let responded = client
        .send_with_metadata(&TestAuthentication)
        .await
        .unwrap();
    assert_eq!(responded.result, "Hello acme-api");
    assert_eq!(responded.status, StatusCode::NON_AUTHORITATIVE_INFORMATION);
    assert_eq!(responded.headers[header::SET_COOKIE], "visid_incap=secret");
    assert!(responded.elapsed < Duration::from_secs(60));
    let shown = format!("{responded:?}");
    assert!(
        shown.contains("set-cookie") && !shown.contains("secret"),
        "{shown}"
    );
    let error = client
        .send_with_metadata(&TestAuthentication)
        .await
        .unwrap_err();
    assert!(error.is_authentication());
}

#[tokio::test]
async fn a_path_without_an_operation_is_called_with_the_credentials() {
    let service = Service::responding("%PDF").then(response(400, "\"Unable to find account\""));
    let client = service.client();
    let path = "/kyb/v1/business/report/1%2F2?additionalData=true";
    let responded = client
        .send_raw(get(path), Authentication::Basic)
        .await
        .unwrap();
    assert_eq!(responded.result, "%PDF");
    let sent = service.only_sent();
    assert_eq!(
        (sent.method.clone(), &*sent.path, &*sent.host),
        (Method::GET, path, "mtls.primary.prod.trulioo.com")
    );
    assert!(sent.headers[header::AUTHORIZATION].is_sensitive());
    // A refusal is the error that it is elsewhere.
    let error = client
        .send_raw(get("/x"), Authentication::None)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Status {
            status: StatusCode::BAD_REQUEST,
            ..
        }
    ));
    assert!(
        !service
            .only_sent()
            .headers
            .contains_key(header::AUTHORIZATION)
    );
}

#[tokio::test]
async fn credentials_go_to_the_base_url_alone() {
    let service = Service::default();
    for uri in [
        "https://attacker.example/x",
        "http://attacker.example",
        "attacker.example:443",
        "*",
    ] {
        let error = service
            .client()
            .send_raw(get(uri), Authentication::Basic)
            .await
            .unwrap_err();
        let expected = ArgumentProblem::NotPath;
        assert!(
            matches!(&error, Error::Argument { problem, .. } if *problem == expected),
            "{uri}: {error:?}"
        );
    }
    assert!(service.sent().is_empty());
}
