//! Retries of the typed client, as the server saw them: of reads, and of what is billed only if it
//! was never sent.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use http::StatusCode;
use mock_napi::{Account, Afterwards, ConnectionEvent, EventKind, Reply, Script, ScriptedResponse};
use napi::{
    Authentication, BaseUrl, Client, Credentials, Error, RequestBody,
    business::{BusinessSearchModel, BusinessSearchRequest},
    v3,
    verifications::{PersonInfo, RecordStatus, TransactionStatus, VerifyRequest},
};
use test_support::{Customer, Mock};
use transport::{ErrorKind, RetryAdvice};

/// The operations that may do harm if they are done twice.
const POSTS: [Operation; 4] = [
    Operation::Verify,
    Operation::BusinessSearch,
    Operation::AsyncCallback,
    Operation::Token,
];

/// One operation of each kind that there is.
#[derive(Clone, Copy, Debug)]
enum Operation {
    AsyncCallback,
    BusinessSearch,
    TestAuthentication,
    Token,
    Verify,
}

impl Operation {
    fn path(self) -> &'static str {
        match self {
            Self::AsyncCallback => "/connection/v1/async-callback",
            Self::BusinessSearch => "/business/v1/search",
            Self::TestAuthentication => "/connection/v1/testauthentication",
            Self::Token => "/connect/token",
            Self::Verify => "/verifications/v1/verify",
        }
    }

    async fn send(self, clients: &Clients) -> Result<(), Error> {
        let client = &clients.v1;
        match self {
            Self::AsyncCallback => client.async_callback(TransactionStatus::default()).await,
            Self::BusinessSearch => client.business_search(&search()).await.map(drop),
            Self::TestAuthentication => client.test_authentication().await.map(drop),
            Self::Token => clients.v3.test_authentication().await.map(drop),
            Self::Verify => client.verify(&verification()).await.map(drop),
        }
    }
}

fn verification() -> VerifyRequest {
    let person = PersonInfo::named("Jane", "Doe");
    VerifyRequest::new("GB".parse().unwrap(), person)
}

fn search() -> BusinessSearchRequest {
    let company = BusinessSearchModel::named("Acme");
    BusinessSearchRequest::new("GB".parse().unwrap(), company)
}

/// A client for each version, with the settings that everybody gets.
struct Clients {
    v1: Client,
    v3: v3::Client,
}

async fn start() -> (Mock, Customer, Clients) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let v1 = customer.client(&mock).unwrap();
    let connector = mock
        .trusted()
        .unwrap()
        .identity(&customer.identity().unwrap());
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let credentials = Credentials::client("id", "secret").unwrap();
    let v3 = Client::over_mtls(connector.build().unwrap(), base_url.clone(), credentials);
    let v3 = v3.token_url(base_url);
    (mock, customer, Clients { v1, v3 })
}

/// Returns the paths of all requests that the server has met, by its service or by a script.
async fn paths(mock: &Mock) -> Vec<String> {
    let events = mock.portal().events().await.unwrap();
    let path = |kind| match kind {
        EventKind::Request { path, .. } => Some(path),
        EventKind::Connection(ConnectionEvent::RequestScripted { path, .. }) => path,
        _ => None,
    };
    events
        .into_iter()
        .filter_map(|event| path(event.kind))
        .collect()
}

fn busy(retry_after: &str) -> Script {
    Script::new().response(Reply::service_unavailable(retry_after))
}

fn is_status(error: &Error, expected: StatusCode) -> bool {
    match error {
        Error::Token { cause, .. } => is_status(cause, expected),
        error => matches!(error, Error::Status { status, .. } if *status == expected),
    }
}

#[tokio::test]
async fn what_reads_waits_as_the_service_asks_and_comes_again() {
    for script in [
        busy("0"),
        Script::new().response(Reply::too_many_requests("0")),
    ] {
        let (mock, _, clients) = start().await;
        mock.portal().enqueue(&[script]).await.unwrap();
        let hello = clients.v1.test_authentication().await.unwrap();
        assert_eq!(hello, "Hello acme-api");
        assert_eq!(
            paths(&mock).await,
            [Operation::TestAuthentication.path(); 2]
        );
    }
}

#[tokio::test]
async fn read_gives_up_and_reports_the_requested_wait() {
    for (retry_after, sent) in [("0", 3), ("31", 1)] {
        let (mock, _, clients) = start().await;
        mock.portal().repeat(&busy(retry_after)).await.unwrap();
        let error = clients.v1.test_authentication().await.unwrap_err();
        assert!(is_status(&error, StatusCode::SERVICE_UNAVAILABLE));
        assert!(error.is_retryable());
        let wait = error.retry_after().unwrap();
        let wait = wait.wait(SystemTime::now()).as_secs();
        assert_eq!(wait.to_string(), retry_after);
        assert_eq!(paths(&mock).await.len(), sent);
    }
}

#[tokio::test]
async fn non_idempotent_call_is_sent_once_when_busy() {
    for operation in POSTS {
        let (mock, _, clients) = start().await;
        mock.portal().enqueue(&[busy("0")]).await.unwrap();
        let error = operation.send(&clients).await.unwrap_err();
        assert!(
            is_status(&error, StatusCode::SERVICE_UNAVAILABLE),
            "{operation:?}: {error:?}"
        );
        assert!(error.is_retryable() && error.retry_after().is_some());
        assert_eq!(paths(&mock).await, [operation.path()]);
    }
}

#[tokio::test]
async fn dead_kept_connection_repeats_only_reads() {
    let reply = Reply::new(200).body("\"Hello you\"");
    let dying = reply.afterwards(Afterwards::ResetOnNextRequest);
    for operation in POSTS.into_iter().chain([Operation::TestAuthentication]) {
        let is_repeated = matches!(operation, Operation::TestAuthentication);
        let (mock, _, clients) = start().await;
        let script = Script::new().response(dying.clone());
        mock.portal().enqueue(&[script]).await.unwrap();
        let hello = http::Request::get("/connection/v1/sayhello/you");
        let hello = hello.body(RequestBody::default()).unwrap();
        let first = match operation {
            Operation::Token => clients.v3.send_raw(hello, Authentication::None).await,
            _ => clients.v1.send_raw(hello, Authentication::None).await,
        };
        assert_eq!(first.unwrap().result, "\"Hello you\"");
        let outcome = operation.send(&clients).await;
        let mut expected = vec!["/connection/v1/sayhello/you"];
        if is_repeated {
            outcome.unwrap();
            expected.push(operation.path());
        } else {
            let error = outcome.unwrap_err();
            let transport = error.transport().unwrap();
            assert_eq!(
                (transport.kind(), transport.retry_advice()),
                (ErrorKind::Closed, RetryAdvice::OnlyIfIdempotent),
                "{operation:?}"
            );
        }
        // The server reset the connection on the first bytes of the request, and met none of it.
        assert_eq!(paths(&mock).await, expected, "{operation:?}");
    }
}

// The service's word is enough for what reads, and not for what is billed, which was sent.
#[tokio::test]
async fn unprocessed_read_is_sent_again() {
    const REFUSED_STREAM: u32 = 7;
    const INTERNAL_ERROR: u32 = 2;
    let reset = |error_code| ScriptedResponse::ResetStream { error_code };
    for operation in POSTS.into_iter().chain([Operation::TestAuthentication]) {
        let reads = matches!(operation, Operation::TestAuthentication);
        for (answer, is_unprocessed) in [
            (reset(REFUSED_STREAM), true),
            (reset(INTERNAL_ERROR), false),
            // It names the last request that it has worked on, which is one before this.
            (ScriptedResponse::GoAway { error_code: 0 }, true),
        ] {
            let (mock, _, clients) = start().await;
            let script = Script::new().response(answer.clone());
            mock.portal().repeat(&script).await.unwrap();
            let error = operation.send(&clients).await.unwrap_err();
            let advice = error.transport().unwrap().retry_advice();
            assert_eq!(advice == RetryAdvice::NotProcessed, is_unprocessed);
            let sent = if reads && is_unprocessed { 3 } else { 1 };
            let expected = vec![operation.path(); sent];
            assert_eq!(paths(&mock).await, expected, "{operation:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_verification_that_never_left_is_sent_and_done_once() {
    let (mock, customer, _) = start().await;
    let reply = Reply::new(200).body(
        r#"{"TransactionID":"1","Record":{"TransactionRecordID":"2","RecordStatus":"match"}}"#,
    );
    let script = Script::new().response(reply.header("content-type", "application/json"));
    mock.portal().enqueue(&[script]).await.unwrap();
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let settings = mock.trusted().unwrap().resolver(move |_| {
        let lookup = counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(match lookup {
            0 => Err(std::io::ErrorKind::NotFound.into()),
            _ => Ok(vec![(Ipv4Addr::LOCALHOST, 0).into()]),
        })
    });
    let connector = settings.identity(&customer.identity().unwrap()).build();
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let credentials = customer.credentials().unwrap();
    let client = Client::over_mtls(connector.unwrap(), base_url, credentials);
    let result = client.verify(&verification()).await.unwrap();
    let result = result.completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    assert_eq!(lookups.load(Ordering::Relaxed), 2);
    assert_eq!(paths(&mock).await, [Operation::Verify.path()]);
}
