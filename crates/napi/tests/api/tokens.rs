//! One fetch of a token for all who wait, each within its own time.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use napi::{
    BaseUrl, Client, Credentials, Error, HttpService, RequestBody, RetryAdvice,
    connection::TestAuthentication,
    v3::{self, V3},
};
use tokio::{sync::Semaphore, task::JoinHandle, time::Instant};
use tower::service_fn;

use crate::service::response;

const TOKEN: &str = "{\"access_token\":\"opaque\",\"expires_in\":1800,\"token_type\":\"Bearer\"}";
const SECOND: Duration = Duration::from_secs(1);

/// A host whose token endpoint responds once its gate lets it; a closed gate hangs.
struct Host {
    gate: Semaphore,
    fetched: AtomicUsize,
    outcomes: Mutex<VecDeque<io::Result<Response<Bytes>>>>,
}

impl Host {
    fn new(
        permits: usize,
        outcomes: impl IntoIterator<Item = io::Result<Response<Bytes>>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            gate: Semaphore::new(permits),
            fetched: AtomicUsize::new(0),
            outcomes: Mutex::new(outcomes.into_iter().collect()),
        })
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }
}

fn client(host: &Arc<Host>) -> v3::Client<impl HttpService + Sync> {
    let host = Arc::clone(host);
    let service = service_fn(move |request: Request<RequestBody>| {
        let host = Arc::clone(&host);
        async move {
            if request.uri().path() != "/connect/token" {
                return Ok(Response::new(Full::new(Bytes::from_static(b"Hello acme"))));
            }
            host.fetched.fetch_add(1, Ordering::Relaxed);
            host.gate.acquire().await.unwrap().forget();
            let outcome = host.outcomes.lock().unwrap().pop_front();
            outcome
                .unwrap_or_else(|| Ok(response(200, TOKEN)))
                .map(|it| it.map(Full::new))
        }
    });
    let credentials = Credentials::client("acme", "secret").unwrap();
    Client::new(service, BaseUrl::PLAIN, credentials)
}

fn call(client: &v3::Client<impl HttpService + Sync>) -> JoinHandle<Result<String, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.send(&V3::new(TestAuthentication)).await })
}

/// Lets every task go as far as it can without the clock.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_waits_its_own_time_for_a_token() {
    let host = Host::new(0, []);
    let client = client(&host);
    let mut calls = Vec::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.push(tokio::spawn(async move {
            let start = Instant::now();
            let error = client.send(&V3::new(TestAuthentication)).await.unwrap_err();
            (error, start.elapsed())
        }));
        settle().await;
        tokio::time::advance(10 * SECOND).await;
    }
    for call in calls {
        let (error, waited) = call.await.unwrap();
        assert_eq!(waited.as_secs(), 150);
        assert!(
            matches!(&error, Error::Token { host, cause } if *host == BaseUrl::TOKENS
                && matches!(**cause, Error::Timeout { after } if after == 150 * SECOND)),
            "{error:?}"
        );
        // Nothing of the operation was sent, so that it may be sent again even if it is billed.
        assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
        assert!(
            error.to_string().contains("auth-api.trulioo.com"),
            "{error}"
        );
    }
    // The first calls had left when the last ones came, and the fetch went on.
    assert_eq!(host.fetched(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_takes_the_token_from_no_one() {
    let host = Host::new(0, []);
    let client = client(&host);
    let first = call(&client);
    settle().await;
    let hasty = call(&client.clone().call_timeout(SECOND));
    let others = [call(&client), call(&client)];
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(matches!(hasty.await.unwrap(), Err(Error::Token { .. })));
    host.gate.add_permits(1);
    for other in others {
        assert_eq!(other.await.unwrap().unwrap(), "Hello acme");
    }
    assert_eq!(host.fetched(), 1);
}

#[tokio::test(start_paused = true)]
async fn abandoned_token_fetch_is_not_joined_by_the_next() {
    let host = Host::new(0, []);
    let client = client(&host);
    let first = call(&client);
    settle().await;
    first.abort();
    let _ = first.await;
    let second = call(&client);
    settle().await;
    assert_eq!(host.fetched(), 2);
    host.gate.add_permits(1);
    assert!(second.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_is_told_once_to_all_who_waited() {
    let reset = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    for (outcome, is_expected) in [
        (
            reset(),
            (|error| matches!(error, Error::Token { .. })) as fn(&Error) -> bool,
        ),
        (Ok(response(503, "")), |error| {
            matches!(error, Error::Token { .. })
        }),
        (Ok(response(200, "{}")), |error| {
            matches!(error, Error::Token { .. })
        }),
        (
            Ok(response(400, "{\"error\":\"invalid_client\"}")),
            |error| error.is_authentication(),
        ),
    ] {
        let host = Host::new(0, [outcome]);
        let client = client(&host);
        let calls: Vec<_> = (0..8).map(|_| call(&client)).collect();
        settle().await;
        host.gate.add_permits(1);
        for call in calls {
            let error = call.await.unwrap().unwrap_err();
            assert!(is_expected(&error), "{error:?}");
        }
        assert_eq!(host.fetched(), 1);
        // The next call does not hear of it any more.
        host.gate.add_permits(1);
        assert_eq!(call(&client).await.unwrap().unwrap(), "Hello acme");
        assert_eq!(host.fetched(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_spent_on_waiting_is_taken_from_the_call() {
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&begun);
    let service = service_fn(move |request: Request<RequestBody>| {
        let counted = Arc::clone(&counted);
        async move {
            let is_token = request.uri().path() == "/connect/token";
            counted.fetch_add(1, Ordering::Relaxed);
            // Later, by the paused clock.
            let after = if is_token { 100 * SECOND } else { 60 * SECOND };
            let _ = tokio::time::timeout(after, std::future::pending::<()>()).await;
            let body = if is_token { TOKEN } else { "Hello acme" };
            io::Result::Ok(Response::new(Full::new(Bytes::from_static(
                body.as_bytes(),
            ))))
        }
    });
    let client = Client::new(
        service,
        BaseUrl::PLAIN,
        Credentials::client("a", "b").unwrap(),
    );
    let start = Instant::now();
    let error = client.send(&V3::new(TestAuthentication)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error:?}");
    assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent); // it was sent
    assert_eq!(start.elapsed().as_secs(), 150);
    // The token is there now, and the service below keeps the time of a call.
    assert!(client.send(&V3::new(TestAuthentication)).await.is_ok());
    assert_eq!(begun.load(Ordering::Relaxed), 3);
}
