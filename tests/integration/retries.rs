//! Which requests are sent again, by what the server saw of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use mock_napi::{Account, Afterwards, ConnectionEvent, EventKind, Reply, Script, ScriptedResponse};
use test_support::{Customer, Mock};
use tower::ServiceExt;
use transport::{Error, ErrorKind, MtlsClient, Phase, ResponseBody, RetryAdvice, RetryPolicy};

type Transport = MtlsClient<Full<Bytes>>;

/// Starts a mock, with a client that sends requests again.
async fn retrying(retries: Option<RetryPolicy>) -> (Mock, Customer, Transport) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let client = client(&mock, &customer, retries);
    (mock, customer, client)
}

fn client(mock: &Mock, customer: &Customer, retries: Option<RetryPolicy>) -> Transport {
    let settings = mock
        .trusted()
        .unwrap()
        .identity(&customer.identity().unwrap());
    let builder = MtlsClient::builder(settings.build().unwrap());
    match retries {
        Some(retries) => builder.retries(retries).build(),
        None => builder.build(),
    }
}

/// Sends a request that the mock's service answers without credentials, with 200 to GET alone.
async fn send(
    client: &Transport,
    mock: &Mock,
    method: Method,
    key: Option<&str>,
) -> Result<Response<ResponseBody>, Error> {
    let uri = format!("{}/connection/v1/sayhello/you", mock.base_url());
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let request = request.body(Full::from("body")).unwrap();
    client.clone().oneshot(request).await
}

/// Counts the requests that the server has met, by its service or by a script.
async fn requests(mock: &Mock) -> usize {
    let events = mock.portal().events().await.unwrap();
    let is_request = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Request { .. }
                | EventKind::Connection(ConnectionEvent::RequestScripted { .. })
        )
    };
    events
        .iter()
        .filter(|event| is_request(&event.kind))
        .count()
}

fn busy(retry_after: &str) -> Script {
    Script::new().response(Reply::service_unavailable(retry_after))
}

#[tokio::test]
async fn retry_after_is_obeyed_where_a_retry_is_harmless() {
    for (script, method, key, is_repeated) in [
        (busy("0"), Method::GET, None, true),
        (
            busy("Sun, 06 Nov 1994 08:49:37 GMT"),
            Method::GET,
            None,
            true,
        ),
        (
            Script::new().response(Reply::too_many_requests("0")),
            Method::GET,
            None,
            true,
        ),
        (busy("0"), Method::POST, Some("8e03978e"), true),
        // It might be done twice.
        (busy("0"), Method::POST, None, false),
        // No time was given.
        (busy("soon"), Method::GET, None, false),
        (
            Script::new().response(Reply::new(503)),
            Method::GET,
            None,
            false,
        ),
        // A status that says nothing of later.
        (
            Script::new().response(Reply::new(500).header("retry-after", "0")),
            Method::GET,
            None,
            false,
        ),
        // More than the caller wants to wait.
        (busy("31"), Method::GET, None, false),
        (
            busy("Fri, 31 Dec 2099 23:59:59 GMT"),
            Method::GET,
            None,
            false,
        ),
        (busy("99999999999999999999999999"), Method::GET, None, false),
    ] {
        let case = format!("{script:?} {method} {key:?}");
        let (mock, _, client) = retrying(Some(RetryPolicy::default())).await;
        mock.portal().enqueue(&[script]).await.unwrap();
        let answer = send(&client, &mock, method, key).await.unwrap();
        let is_scripted = answer.status() == StatusCode::SERVICE_UNAVAILABLE
            || answer.status() == StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(!is_scripted, is_repeated, "{case}: {}", answer.status());
        let seen = requests(&mock).await;
        assert_eq!(seen, if is_repeated { 2 } else { 1 }, "{case}");
    }
}

#[tokio::test]
async fn the_wait_that_the_server_asks_for_is_kept() {
    let (mock, _, client) = retrying(Some(RetryPolicy::default())).await;
    mock.portal().enqueue(&[busy("1")]).await.unwrap();
    let start = Instant::now();
    let answer = send(&client, &mock, Method::GET, None).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(requests(&mock).await, 2);
}

#[tokio::test]
async fn without_retries_every_answer_is_the_last() {
    let (mock, _, client) = retrying(None).await;
    mock.portal().enqueue(&[busy("0")]).await.unwrap();
    let answer = send(&client, &mock, Method::GET, None).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(requests(&mock).await, 1);
    let advice = RetryAdvice::of_response(&answer, std::time::SystemTime::now());
    assert_eq!(advice, RetryAdvice::After(Duration::ZERO));
}

#[tokio::test]
async fn busy_server_is_asked_no_more_than_allowed() {
    let quick =
        || RetryPolicy::default().backoff(Duration::from_millis(1), Duration::from_millis(1));
    for (retries, expected) in [
        (quick(), 3),
        (quick().max_retries(0), 1),
        (quick().max_retries(4), 5),
        // No budget at all.
        (quick().budget(0.0, 0), 1),
    ] {
        let (mock, _, client) = retrying(Some(retries)).await;
        mock.portal().repeat(&busy("0")).await.unwrap();
        let answer = send(&client, &mock, Method::GET, None).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(requests(&mock).await, expected);
    }
}

#[tokio::test]
async fn retry_budget_is_shared_and_refilled_by_responses() {
    let retries = RetryPolicy::default()
        .max_retries(1)
        .backoff(Duration::from_millis(1), Duration::from_millis(1))
        .budget(0.2, 0);
    let (mock, _, client) = retrying(Some(retries)).await;
    mock.portal().repeat(&busy("0")).await.unwrap();
    for _ in 0..20 {
        let answer = send(&client.clone(), &mock, Method::GET, None)
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    let more = requests(&mock).await - 20;
    assert!((2..=6).contains(&more), "about a fifth of twenty: {more}");
}

#[tokio::test]
async fn a_kept_connection_that_dies_costs_a_harmless_request_nothing() {
    for afterwards in [
        Afterwards::CloseOnNextRequest,
        Afterwards::ResetOnNextRequest,
    ] {
        let reply = Reply::new(200).body("\"Hello\"").afterwards(afterwards);
        let script = Script::new().response(reply);
        for (retries, method, is_repeated) in [
            (Some(RetryPolicy::default()), Method::GET, true),
            (Some(RetryPolicy::default()), Method::POST, false),
            (None, Method::GET, false),
        ] {
            let (mock, _, client) = retrying(retries).await;
            mock.portal()
                .enqueue(std::slice::from_ref(&script))
                .await
                .unwrap();
            let first = send(&client, &mock, Method::GET, None).await.unwrap();
            first.into_body().collect().await.unwrap();
            match send(&client, &mock, method.clone(), None).await {
                Ok(answer) => {
                    assert!(is_repeated, "{afterwards:?} {method}");
                    assert_eq!(answer.status(), StatusCode::OK);
                    assert_eq!(requests(&mock).await, 2);
                }
                Err(error) => {
                    assert!(!is_repeated, "{afterwards:?} {method}: {error:?}");
                    assert_eq!(error.kind(), ErrorKind::Closed);
                    assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
                    assert_eq!(requests(&mock).await, 1);
                }
            }
        }
    }
}

#[tokio::test]
async fn dead_new_connection_is_not_retried() {
    let (mock, _, client) = retrying(Some(RetryPolicy::default())).await;
    let script = Script::new().response(ScriptedResponse::Reset);
    mock.portal().enqueue(&[script]).await.unwrap();
    let error = send(&client, &mock, Method::GET, None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase(), error.retry_advice()),
        (
            ErrorKind::Closed,
            Phase::Request,
            RetryAdvice::OnlyIfIdempotent
        )
    );
    assert_eq!(requests(&mock).await, 1);
}

#[tokio::test]
async fn refused_stream_is_retried_whatever_the_method() {
    const REFUSED_STREAM: u32 = 7;
    const INTERNAL_ERROR: u32 = 2;
    for (error_code, method, is_repeated) in [
        (REFUSED_STREAM, Method::GET, true),
        (REFUSED_STREAM, Method::POST, true),
        (INTERNAL_ERROR, Method::GET, false),
    ] {
        let (mock, customer, _) = retrying(None).await;
        let script = Script::new().response(ScriptedResponse::ResetStream { error_code });
        mock.portal().repeat(&script).await.unwrap();
        let quick = RetryPolicy::default()
            .max_retries(2)
            .backoff(Duration::from_millis(1), Duration::from_millis(1));
        let client = client(&mock, &customer, Some(quick));
        let error = send(&client, &mock, method, None).await.unwrap_err();
        let expected = if is_repeated {
            RetryAdvice::NotProcessed
        } else {
            RetryAdvice::OnlyIfIdempotent
        };
        assert_eq!(error.retry_advice(), expected, "{error:?}");
        assert_eq!(requests(&mock).await, if is_repeated { 3 } else { 1 });
    }
}

#[tokio::test]
async fn unsent_request_is_retried_until_the_deadline() {
    let (mock, customer, _) = retrying(None).await;
    for (wait, lookups) in [
        (Duration::from_millis(1), 4),
        // A wait beyond the deadline is not begun.
        (Duration::from_secs(600), 1),
    ] {
        let lost = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lost);
        let settings = mock.trusted().unwrap().resolver(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Err(std::io::ErrorKind::NotFound.into()))
        });
        let connector = settings.identity(&customer.identity().unwrap()).build();
        let retries = RetryPolicy::default().max_retries(3).backoff(wait, wait);
        let client: Transport = MtlsClient::builder(connector.unwrap())
            .retries(retries)
            .build();
        let error = send(&client, &mock, Method::POST, None).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_advice()),
            (ErrorKind::Resolve, RetryAdvice::NotProcessed)
        );
        assert_eq!(lost.load(Ordering::Relaxed), lookups);
        assert_eq!(requests(&mock).await, 0);
    }
}
