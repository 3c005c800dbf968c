//! The proxy: what works, what it refuses, and what scripts make of it.

use std::io::ErrorKind;

use mock_tls::{
    ConnectionEvent, Credentials, Event, MockServer, Point, ProxyAuthentication, ProxyCredentials,
    ProxyDelivery, ProxyResponse, ProxyScript, ProxyTls, ProxyVersion,
};
use rustls::AlertDescription;
use test_client::{ask, heard, tls_error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fault::kinds_of;
use crate::tls_client::{Client, Identity, basic, identity_of};

async fn start() -> MockServer {
    MockServer::builder().proxy().start().await.unwrap()
}

async fn to_proxy(mock: &MockServer) -> TcpStream {
    TcpStream::connect(mock.proxy_addr().unwrap())
        .await
        .unwrap()
}

fn connect_to(target: &str, credentials: Option<&str>) -> String {
    let credentials = credentials
        .map(|value| format!("Proxy-Authorization: {value}\r\n"))
        .unwrap_or_default();
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n")
}

/// Returns all that comes back for a request for a tunnel to the server, how it ends, and what the
/// log says.
async fn exchange(
    mock: &MockServer,
    script: ProxyScript,
) -> (String, Option<ErrorKind>, Vec<ConnectionEvent>) {
    mock.enqueue_proxy(script);
    let mut stream = to_proxy(mock).await;
    let peer = stream.local_addr().unwrap();
    let request = connect_to(&mock.addr().to_string(), None);
    stream.write_all(request.as_bytes()).await.unwrap();
    let (bytes, end) = heard(stream).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (text, end, kinds_of(mock, peer).await)
}

/// Returns what the proxy heard, in order: target, credentials, status.
fn requests(kinds: &[ConnectionEvent]) -> Vec<(Option<&str>, ProxyCredentials, Option<u16>)> {
    let requests = kinds.iter().filter_map(|kind| match kind {
        ConnectionEvent::ProxyRequest {
            target,
            credentials,
            status,
            ..
        } => Some((target.as_deref(), *credentials, *status)),
        _ => None,
    });
    requests.collect()
}

fn statuses(kinds: &[ConnectionEvent]) -> Vec<Option<u16>> {
    requests(kinds)
        .into_iter()
        .map(|request| request.2)
        .collect()
}

#[tokio::test]
async fn there_is_no_proxy_unless_one_asks_for_it() {
    let mock = MockServer::builder().start().await.unwrap();
    assert_eq!(mock.proxy_addr(), None);
    assert!(start().await.proxy_addr().unwrap().ip().is_loopback());
}

#[tokio::test]
async fn mutual_tls_goes_through_the_tunnel() {
    let mock = start().await;
    let identity = identity_of(&mock);
    let mut tcp = to_proxy(&mock).await;
    let peer = tcp.local_addr().unwrap();
    let target = format!("localhost:{}", mock.addr().port());
    let head = ask(&mut tcp, &connect_to(&target, None)).await;
    assert_eq!(head, "HTTP/1.1 200 Connection established\r\n\r\n");

    let client = Client::new(mock.ca_certificate_pem(), &identity).alpn("http/1.1");
    let mut stream = client.connect_from(tcp).await.unwrap();
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let response = ask(&mut stream, request).await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    drop(stream);
    let kinds = kinds_of(&mock, peer).await;
    let [
        ConnectionEvent::ProxyAccepted,
        request,
        ConnectionEvent::Closed,
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}");
    };
    let expected = ConnectionEvent::ProxyRequest {
        method: Some("CONNECT".to_owned()),
        target: Some(target),
        credentials: ProxyCredentials::None,
        client_certificate_sha256: None,
        status: Some(200),
    };
    assert_eq!(*request, expected);
}

#[tokio::test]
async fn only_connect_and_only_to_this_machine() {
    let mock = start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap().to_string();
    drop(listener);
    for (request, target, status) in [
        (
            connect_to("192.0.2.1:443", None),
            Some("192.0.2.1:443"),
            403,
        ),
        (
            connect_to("api.example.com:443", None),
            Some("api.example.com:443"),
            403,
        ),
        (connect_to("localhost", None), None, 400),
        (connect_to("user:secret@localhost:443", None), None, 400),
        (connect_to(&closed, None), Some(closed.as_str()), 502),
        (
            "GET http://localhost/ HTTP/1.1\r\n\r\n".to_owned(),
            None,
            405,
        ),
        ("\x01\x02\r\n\r\n".to_owned(), None, 405),
    ] {
        let mut stream = to_proxy(&mock).await;
        let peer = stream.local_addr().unwrap();
        let head = ask(&mut stream, &request).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(heard(stream).await, (Vec::new(), None));
        let kinds = kinds_of(&mock, peer).await;
        let expected = (target, ProxyCredentials::None, Some(status));
        assert_eq!(requests(&kinds), [expected]);
    }
    let log = serde_json::to_string(&mock.events()).unwrap();
    assert!(!log.contains("secret"));
}

#[tokio::test]
async fn basic_credentials_are_asked_for_until_they_are_right() {
    let mock = start().await;
    mock.enqueue_proxy(ProxyScript::new().authentication(ProxyAuthentication::Basic));
    let mut stream = to_proxy(&mock).await;
    let peer = stream.local_addr().unwrap();
    let target = mock.addr().to_string();
    let wrong = basic(&Credentials::new("proxy-user", "guess"));
    for credentials in [None, Some("Bearer abc"), Some(wrong.as_str())] {
        let head = ask(&mut stream, &connect_to(&target, credentials)).await;
        assert!(head.starts_with("HTTP/1.1 407 "), "{head}");
        assert!(head.contains("\r\nproxy-authenticate: Basic realm="));
        assert!(!head.contains("connection: close"));
    }
    let right = basic(&Credentials::PROXY);
    let head = ask(&mut stream, &connect_to(&target, Some(&right))).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    drop(stream);

    let kinds = kinds_of(&mock, peer).await;
    let credentials: Vec<_> = requests(&kinds).iter().map(|request| request.1).collect();
    let expected = [
        ProxyCredentials::None,
        ProxyCredentials::Unreadable,
        ProxyCredentials::Wrong,
        ProxyCredentials::Right,
    ];
    assert_eq!(credentials, expected);
    assert_eq!(
        statuses(&kinds),
        [Some(407), Some(407), Some(407), Some(200)]
    );
    let log = serde_json::to_string(&mock.events()).unwrap();
    assert!(!log.contains("guess") && !log.contains("proxy-password"));
}

#[tokio::test]
async fn right_credentials_fail_where_basic_is_not_offered() {
    let mock = start().await;
    mock.enqueue_proxy(ProxyScript::new().authentication(ProxyAuthentication::Negotiate));
    let mut stream = to_proxy(&mock).await;
    let peer = stream.local_addr().unwrap();
    let right = basic(&Credentials::PROXY);
    let head = ask(&mut stream, &connect_to("localhost:1", Some(&right))).await;
    assert!(head.starts_with("HTTP/1.1 407 "), "{head}");
    assert!(head.contains("\r\nproxy-authenticate: Negotiate\r\n"));
    drop(stream);
    let kinds = kinds_of(&mock, peer).await;
    let expected = (Some("localhost:1"), ProxyCredentials::Right, Some(407));
    assert_eq!(requests(&kinds), [expected]);
}

#[tokio::test]
async fn http10_407_ends_the_connection() {
    let mock = start().await;
    let script = ProxyScript::new()
        .authentication(ProxyAuthentication::Basic)
        .version(ProxyVersion::Http10);
    let (text, end, kinds) = exchange(&mock, script).await;
    assert!(text.starts_with("HTTP/1.0 407 "), "{text}");
    assert!(text.contains("\r\nproxy-authenticate: Basic"));
    assert_eq!((end, statuses(&kinds)), (None, vec![Some(407)]));
}

#[tokio::test]
async fn http10_tunnel_byte_by_byte_works() {
    let mock = start().await;
    mock.enqueue_proxy(
        ProxyScript::new()
            .version(ProxyVersion::Http10)
            .delivery(ProxyDelivery::OneByteAtATime),
    );
    let mut tcp = to_proxy(&mock).await;
    let target = mock.addr().to_string();
    let head = ask(&mut tcp, &connect_to(&target, None)).await;
    assert_eq!(head, "HTTP/1.0 200 Connection established\r\n\r\n");
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let error = match client.connect_from(tcp).await {
        Ok(mut stream) => stream.read_u8().await.unwrap_err(),
        Err(error) => error,
    };
    let alert = AlertDescription::CertificateRequired;
    assert_eq!(tls_error(&error), Some(rustls::Error::AlertReceived(alert)));
}

#[tokio::test]
async fn a_scripted_status_is_the_answer() {
    let mock = start().await;
    for code in [403, 407, 502] {
        let script = ProxyScript::new().response(ProxyResponse::Status { code });
        mock.enqueue_proxy(script.clone());
        let mut stream = to_proxy(&mock).await;
        let peer = stream.local_addr().unwrap();
        let head = ask(&mut stream, &connect_to("localhost:1", None)).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{head}");
        assert!(!head.contains("proxy-authenticate"));
        drop(stream);
        let kinds = kinds_of(&mock, peer).await;
        assert_eq!(statuses(&kinds), [Some(code)]);
        let script = Box::new(script);
        assert!(kinds.contains(&ConnectionEvent::ProxyScriptTaken { script }));
    }
}

#[tokio::test]
async fn no_answer_or_what_is_none() {
    let mock = start().await;
    for (response, expected) in [
        (ProxyResponse::Close, ""),
        (
            ProxyResponse::CutHead,
            "HTTP/1.1 200 Connection established\r\n",
        ),
        (
            ProxyResponse::Garbage,
            "\0\u{1}\u{2} not HTTP \u{fffd}\u{fffd}\r\n\r\n",
        ),
    ] {
        let (text, end, kinds) = exchange(&mock, ProxyScript::new().response(response)).await;
        assert_eq!((text.as_str(), end), (expected, None), "{response:?}");
        assert_eq!(statuses(&kinds), [None]);
    }
}

#[tokio::test]
async fn silence_lasts_until_the_client_closes() {
    let mock = start().await;
    mock.enqueue_proxy(ProxyScript::new().response(ProxyResponse::Silence));
    let mut stream = to_proxy(&mock).await;
    let peer = stream.local_addr().unwrap();
    let request = connect_to("localhost:1", None);
    stream.write_all(request.as_bytes()).await.unwrap();
    let is_request = |event: &Event| matches!(event.kind, ConnectionEvent::ProxyRequest { .. });
    mock.wait_for(is_request).await;
    stream.shutdown().await.unwrap();
    assert_eq!(heard(stream).await, (Vec::new(), None));
    assert_eq!(statuses(&kinds_of(&mock, peer).await), [None]);
}

#[tokio::test]
async fn a_head_is_as_large_as_the_script_says() {
    let mock = start().await;
    let response = ProxyResponse::HeadTooLarge { bytes: 100_000 };
    mock.enqueue_proxy(ProxyScript::new().response(response));
    let mut stream = to_proxy(&mock).await;
    let target = mock.addr().to_string();
    let head = ask(&mut stream, &connect_to(&target, None)).await;
    assert!(head.starts_with("HTTP/1.1 200 "));
    assert!(head.len() > 100_000);
}

#[tokio::test]
async fn an_answer_waits_at_its_gate() {
    let mock = start().await;
    let script = ProxyScript::new().response(ProxyResponse::Close);
    mock.enqueue_proxy(script.gate(Point::BeforeResponse, "response"));
    let mut stream = to_proxy(&mock).await;
    let request = connect_to("localhost:1", None);
    stream.write_all(request.as_bytes()).await.unwrap();
    let reached = mock
        .wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    assert_eq!(mock.events().last(), Some(&reached));
    mock.open_gate("response");
    assert_eq!(heard(stream).await, (Vec::new(), None));
}

/// Connects through TLS to the proxy, with or without a certificate; returns what the log says of
/// the certificate.
async fn over_tls(
    mock: &MockServer,
    tls: ProxyTls,
    identity: &Identity,
) -> Result<(Vec<ConnectionEvent>, Option<String>), rustls::Error> {
    mock.enqueue_proxy(ProxyScript::new().tls(tls));
    let tcp = to_proxy(mock).await;
    let peer = tcp.local_addr().unwrap();
    let connected = Client::new(mock.ca_certificate_pem(), identity)
        .connect_from(tcp)
        .await;
    let mut stream = connected.map_err(|error| tls_error(&error).unwrap())?;
    let request = connect_to(&mock.addr().to_string(), None);
    let _written = stream.write_all(request.as_bytes()).await;
    let mut start = [0; 12];
    if let Err(error) = stream.read_exact(&mut start).await {
        return Err(tls_error(&error).unwrap());
    }
    assert_eq!(&start, b"HTTP/1.1 200");
    drop(stream);
    let kinds = kinds_of(mock, peer).await;
    let sha256 = kinds.iter().find_map(|kind| match kind {
        ConnectionEvent::ProxyRequest {
            client_certificate_sha256,
            ..
        } => Some(client_certificate_sha256.clone()),
        _ => None,
    });
    Ok((kinds, sha256.unwrap()))
}

#[tokio::test]
async fn the_log_says_whether_the_proxy_was_shown_a_certificate() {
    let mock = start().await;
    let identity = identity_of(&mock);
    for (tls, is_shown) in [
        (ProxyTls::Tls, false),
        (ProxyTls::AsksForCertificate, true),
        (ProxyTls::RequiresCertificate, true),
    ] {
        let (kinds, sha256) = over_tls(&mock, tls, &identity).await.unwrap();
        assert_eq!(sha256.is_some(), is_shown, "{tls:?}");
        let is_certificate =
            |kind: &ConnectionEvent| matches!(kind, ConnectionEvent::ClientCertificate { .. });
        assert_eq!(kinds.iter().any(is_certificate), is_shown);
    }
    for tls in [ProxyTls::Tls, ProxyTls::AsksForCertificate] {
        let (_, sha256) = over_tls(&mock, tls, &Identity::NONE).await.unwrap();
        assert_eq!(sha256, None, "{tls:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_requires_a_certificate_refuses_a_client_without() {
    let mock = start().await;
    let tls = ProxyTls::RequiresCertificate;
    let error = over_tls(&mock, tls, &Identity::NONE).await.unwrap_err();
    let alert = AlertDescription::CertificateRequired;
    assert_eq!(error, rustls::Error::AlertReceived(alert));
    let failed = |event: &Event| matches!(event.kind, ConnectionEvent::HandshakeFailed { .. });
    let ConnectionEvent::HandshakeFailed { alert_sent, .. } = mock.wait_for(failed).await.kind
    else {
        unreachable!("the predicate just said so");
    };
    assert_eq!(alert_sent.as_deref(), Some("CertificateRequired"));
}

#[tokio::test]
async fn the_end_of_the_mock_ends_its_tunnels() {
    let mock = start().await;
    let address = mock.proxy_addr().unwrap();
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = to_proxy(&mock).await;
    let request = connect_to(&target.local_addr().unwrap().to_string(), None);
    let (head, accepted) = tokio::join!(ask(&mut stream, &request), target.accept());
    assert!(head.starts_with("HTTP/1.1 200 "));
    mock.shutdown().await;
    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    let (mut far, _) = accepted.unwrap();
    assert!(matches!(far.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}
