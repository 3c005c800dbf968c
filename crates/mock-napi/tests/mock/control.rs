//! The control routes and the end of the mock.

use hyper::StatusCode;
use mock_napi::{Account, ConnectionEvent, Error, Event, EventKind, MockNapi, Script};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::client::{Client, ClientResponse, Identity, basic, browse, header, portal, text};

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

async fn get(mock: &MockNapi, path: &str) -> ClientResponse {
    portal(mock, "GET", path, None, "").await
}

fn events(response: &ClientResponse) -> Vec<Event> {
    assert_eq!(response.status(), StatusCode::OK, "{}", text(response));
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn the_control_port_shows_the_same_log_as_the_library() {
    let mock = start().await;
    Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.mtls_addr())
        .await;
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Closed))
        .await;
    assert_eq!(events(&get(&mock, "/mock/v1/events").await), mock.events());
}

#[tokio::test]
async fn one_can_ask_for_one_peer_until_it_is_closed() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let (peer, _) = client.refused(mock.mtls_addr()).await;
    client.refused(mock.mtls_addr()).await;
    let response = get(&mock, &format!("/mock/v1/events?peer={peer}&until=closed")).await;
    let kinds: Vec<_> = events(&response)
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert!(matches!(
        kinds.as_slice(),
        [
            EventKind::Connection(ConnectionEvent::Accepted),
            EventKind::Connection(ConnectionEvent::HandshakeFailed { .. }),
            EventKind::Connection(ConnectionEvent::Closed)
        ]
    ));
}

#[tokio::test]
async fn one_can_ask_for_one_peer_while_it_is_open() {
    let mock = start().await;
    let stream = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Accepted))
        .await;
    let peer = stream.local_addr().unwrap();
    let response = get(&mock, &format!("/mock/v1/events?peer={peer}")).await;
    assert_eq!(events(&response).len(), 1);
}

#[tokio::test]
async fn waiting_without_a_peer_is_refused() {
    let mock = start().await;
    let response = get(&mock, "/mock/v1/events?until=closed").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_misspelt_query_is_refused() {
    let mock = start().await;
    for query in [
        "peer=unknown",
        "peers=127.0.0.1:1",
        "peer=127.0.0.1:1&until=opened",
    ] {
        let response = get(&mock, &format!("/mock/v1/events?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_control_port_hands_out_the_server_authority() {
    let mock = start().await;
    let response = get(&mock, "/mock/v1/ca.pem").await;
    assert_eq!(text(&response), mock.ca_certificate_pem());
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let mock = start().await;
    let own = mock.portal_url().strip_prefix("http://").unwrap();
    let (host, json) = (("host", own), ("content-type", "application/json"));
    let fault = r#"{"handshake":"closed_on_accept"}"#;
    let user = basic(Account::ACME.portal());
    let user = ("authorization", user.as_str());
    for headers in [
        // A form, a script of another site, a frame in a sandbox, another port of this machine.
        &[host, json, ("origin", "https://evil.example")][..],
        &[host, ("content-type", "text/plain")],
        &[host, json, ("origin", "null")],
        &[host, json, ("sec-fetch-site", "cross-site")],
        &[host, json, ("sec-fetch-site", "same-site")],
        // A name that was made to resolve to this machine, where all else is in order.
        &[
            ("host", "evil.example"),
            json,
            ("sec-fetch-site", "same-origin"),
        ],
    ] {
        let repeated = "/mock/v1/scripts/repeated";
        let refused = browse(&mock, "PUT", repeated, headers, fault).await;
        assert!(
            matches!(refused.status().as_u16(), 403 | 415),
            "{headers:?}"
        );
        // The browser knows the portal user's credentials and sends them along.
        let headers = [headers, &[user]].concat();
        let enforce = browse(&mock, "PUT", "/portal/v1/enforcement", &headers, "").await;
        assert_ne!(enforce.status(), StatusCode::NO_CONTENT);
    }
    let rebound = [("host", "evil.example")];
    let read = browse(&mock, "GET", "/mock/v1/events", &rebound, "").await;
    assert_eq!(read.status(), StatusCode::FORBIDDEN);
    assert!(mock.events().is_empty());
    Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.mtls_addr())
        .await; // by the service, not by a script
}

#[tokio::test]
async fn an_own_page_and_a_program_may_change_things() {
    let mock = start().await;
    let own = mock.portal_url().strip_prefix("http://").unwrap();
    let origin = format!("http://{own}");
    let (host, json) = (("host", own), ("content-type", "application/json"));
    for headers in [
        &[host, json][..],
        &[
            host,
            json,
            ("origin", &origin),
            ("sec-fetch-site", "same-origin"),
        ],
        &[host, json, ("sec-fetch-site", "none")],
    ] {
        let moved = browse(
            &mock,
            "PUT",
            "/mock/v1/clock",
            headers,
            r#"{"offset_seconds":1}"#,
        )
        .await;
        assert_eq!(moved.status(), StatusCode::NO_CONTENT, "{headers:?}");
    }
    let link = [host, ("sec-fetch-site", "cross-site")];
    let followed = browse(&mock, "GET", "/mock/v1/events", &link, "").await;
    assert_eq!(followed.status(), StatusCode::OK);
    assert_eq!(
        header(&followed, "cross-origin-resource-policy"),
        "same-origin"
    );
    assert_eq!(header(&followed, "x-content-type-options"), "nosniff");
    assert_eq!(header(&followed, "access-control-allow-origin"), "");
    let preflight = browse(&mock, "OPTIONS", "/mock/v1/clock", &[host], "").await;
    assert_eq!(preflight.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn faults_are_switched_on_and_off_by_their_names() {
    let mock = start().await;
    let names: Vec<String> =
        serde_json::from_slice(get(&mock, "/mock/v1/faults").await.body()).unwrap();
    assert!(names == mock_napi::fault_names());
    let fault = "/mock/v1/faults/closed-on-accept";
    // The script of a connection is taken as it is accepted.
    let does_it = async || {
        let stream = TcpStream::connect(mock.mtls_addr()).await.unwrap();
        let peer = stream.local_addr().unwrap();
        mock.wait_for(|event| event.peer == peer).await;
        let taken = mock
            .events()
            .into_iter()
            .find_map(|event| match event.kind {
                EventKind::Connection(ConnectionEvent::ScriptTaken { script })
                    if event.peer == peer =>
                {
                    Some(*script)
                }
                _ => None,
            });
        assert!(taken.is_none() || taken == Script::named("closed-on-accept"));
        taken.is_some()
    };
    let once = portal(&mock, "POST", fault, None, "").await;
    assert_eq!(once.status(), StatusCode::NO_CONTENT);
    assert_eq!((does_it().await, does_it().await), (true, false));
    let each = portal(&mock, "PUT", fault, None, "").await;
    assert_eq!(each.status(), StatusCode::NO_CONTENT);
    assert_eq!((does_it().await, does_it().await), (true, true));
    let off = portal(&mock, "DELETE", "/mock/v1/faults", None, "").await;
    assert_eq!(off.status(), StatusCode::NO_CONTENT);
    assert!(!does_it().await);
    for method in ["POST", "PUT"] {
        let unknown = portal(&mock, method, "/mock/v1/faults/closed", None, "").await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        assert!(text(&unknown).contains("closed-on-accept"));
    }
}

#[tokio::test]
async fn a_taken_port_is_a_typed_error() {
    let mock = start().await;
    let port = mock.mtls_addr().port();
    let error = MockNapi::builder()
        .portal_port(port)
        .start()
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Server(mock_tls::Error::Bind { port: refused, .. }) if refused == port)
    );
}

#[tokio::test]
async fn the_urls_name_the_bound_ports() {
    let mock = start().await;
    assert_eq!(
        mock.base_url(),
        format!("https://localhost:{}", mock.mtls_addr().port())
    );
    assert!(mock.mtls_addr().ip().is_loopback());
    assert!(mock.portal_url().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn after_shutdown_no_connection_is_left_and_none_is_taken() {
    let mock = start().await;
    let address = mock.mtls_addr();
    let mut open = TcpStream::connect(address).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Accepted))
        .await;
    mock.shutdown().await;
    assert!(matches!(open.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_dropped_mock_ends_its_connections() {
    let mock = start().await;
    let mut open = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Accepted))
        .await;
    drop(mock);
    assert!(matches!(open.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}
