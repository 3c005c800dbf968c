//! The metadata of a result over mutual TLS, calls of paths without an operation, and calls that
//! block.

use mock_napi::EventKind;
use napi::{
    Authentication, CallOptions, Error, RequestBody, blocking, connection::TestAuthentication,
};

use super::Environment;

const HELLO: &str = "/connection/v1/testauthentication";

#[tokio::test]
async fn successful_call_names_its_connection() {
    let environment = Environment::new().await;
    let client = environment.customer.client(&environment.mock).unwrap();
    let responded = client
        .send_with_metadata(&TestAuthentication)
        .await
        .unwrap();
    drop(client); // the log of a connection is told once it is closed
    assert_eq!(responded.result, "Hello acme-api");
    assert_eq!(responded.status, 200);
    let content_type = &responded.headers["content-type"];
    assert_eq!(content_type, "application/json; charset=utf-8");
    let connection = responded.connection().unwrap();
    assert!(connection.tls().unwrap().version.starts_with("TLSv1."));
    // By its own end of the connection, the server's log has the same request.
    let local_addr = connection.local_addr().unwrap();
    let events = environment.portal.events_of(local_addr).await.unwrap();
    let served = events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Request { path, status: 200, .. } if path == HELLO)
    });
    assert_eq!(served.count(), 1);
    assert!(!responded.elapsed.is_zero());
}

#[tokio::test]
async fn path_without_an_operation_gets_the_clients_credentials() {
    let environment = Environment::new().await;
    let get = |path: &str| {
        http::Request::get(path)
            .body(RequestBody::default())
            .unwrap()
    };
    let client = environment
        .client
        .clone()
        .options(CallOptions::new().request_id("1").unwrap());
    let hello = client
        .send_raw(get(HELLO), Authentication::Basic)
        .await
        .unwrap();
    assert_eq!(hello.result, "\"Hello acme-api\"");
    assert!(hello.connection().is_some());
    let open = client
        .send_raw(get(HELLO), Authentication::None)
        .await
        .unwrap_err();
    assert!(open.is_authentication());
    let unknown = client
        .send_raw(get("/no/such/path"), Authentication::Basic)
        .await
        .unwrap_err();
    assert!(
        matches!(&unknown, Error::Status { status, .. } if *status == 404),
        "{unknown:?}"
    );
    let log = environment.requests().await;
    assert_eq!(
        log[..2],
        [
            format!("GET {HELLO} 200 acme-api"),
            format!("GET {HELLO} 401 -")
        ]
    );
}

#[tokio::test]
async fn a_program_without_async_code_calls_over_one_kept_connection() {
    let environment = Environment::new().await;
    let client = environment.customer.client(&environment.mock).unwrap();
    let calls = move || {
        let client = blocking::Client::new(client).unwrap();
        let first = client.send_with_metadata(&TestAuthentication).unwrap();
        let second = client.send_with_metadata(&TestAuthentication).unwrap();
        let codes = client.run(async |client| client.country_codes().await);
        let addresses = [first, second].map(|it| it.connection().unwrap().local_addr());
        (addresses, codes.unwrap())
    };
    let (addresses, codes) = tokio::task::spawn_blocking(calls).await.unwrap();
    assert_eq!(addresses[0], addresses[1]);
    assert!(codes.iter().any(|code| code.as_str() == "GB"));
    assert_eq!(environment.requests().await.len(), 3);
}
