//! Failures of the server as the caller sees them, and what is sent again.

use std::time::Duration;

use gateway::Gateway;
use http::Request;
use mock_tls::{
    Alert, ClientAuth, ConnectionEvent, Ending, Moment, Reply as ScriptedReply, Script,
};
use transport::{Alpn, MtlsConnector, Timeouts, TrustAnchors};

use crate::context::{Reply, Running, client, describing, full, new_identity, to, whole};

fn rejecting(alert: Alert) -> Script {
    Script::new().client_auth(ClientAuth::Refused {
        alert,
        ending: Ending::AlertThenFin,
    })
}

#[tokio::test]
async fn rejected_certificate_is_named_with_side_and_remedy() {
    let server = describing().await;
    server.repeat(rejecting(Alert::CertificateRevoked));
    let gateway = Running::start(to(&server, Alpn::Http11));
    let reply = gateway.get("/", "").await;
    assert_eq!(
        (reply.status, &*reply.problem()),
        (502, "client-certificate")
    );
    let problem = reply.json();
    assert_eq!(problem["kind"], "client_certificate_revoked");
    assert_eq!(problem["side"], "gateway");
    assert_eq!(problem["retryable"], false);
    assert_eq!(problem["retry"], "with_another_identity");
    for member in ["title", "detail", "remedy"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{problem}");
    }
}

#[tokio::test]
async fn server_that_cannot_be_reached_is_a_bad_gateway() {
    let server = describing().await;
    let client = client(&server, Alpn::Http11, [&new_identity(&server)]);
    server.shutdown().await;
    let gateway = Gateway::builder(client, "https://localhost:1".parse().unwrap());
    let reply = Running::start(gateway).get("/", "").await;
    assert_eq!((reply.status, &*reply.problem()), (502, "connect"));
    assert_eq!(reply.json()["retryable"], true);
    assert_eq!(reply.json()["side"], "network");
}

#[tokio::test]
async fn server_that_does_not_respond_is_a_gateway_timeout() {
    let server = describing().await;
    server.repeat(Script::new().gate(mock_tls::Point::BeforeResponse, "closed"));
    let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
    let connector = MtlsConnector::builder(anchors).identity(&new_identity(&server));
    let timeouts = Timeouts::default().request(Duration::from_millis(500));
    let connector = connector.timeouts(timeouts).build().unwrap();
    let client = Gateway::client(connector).build();
    let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
    let reply = Running::start(gateway).get("/", "").await;
    assert_eq!((reply.status, &*reply.problem()), (504, "timeout"));
    assert_eq!(reply.json()["side"], "server");
    assert_eq!(reply.json()["retry"], "only_if_idempotent");
}

#[tokio::test]
async fn untrusted_server_gets_nothing() {
    let (server, other) = (describing().await, describing().await);
    let client = client(&other, Alpn::Http11, [&new_identity(&server)]);
    let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
    let reply = Running::start(gateway).get("/", "").await;
    assert_eq!(
        (reply.status, &*reply.problem()),
        (502, "server-certificate")
    );
    let events = server.events();
    let met = events
        .iter()
        .any(|event| matches!(event.kind, ConnectionEvent::RequestServed { .. }));
    assert!(!met, "{events:#?}");
}

#[tokio::test]
async fn errors_of_the_service_pass_unchanged() {
    let server = describing().await;
    let reply = ScriptedReply::new(503)
        .header("retry-after", "7")
        .body("busy");
    server.repeat(Script::new().response(reply));
    let gateway = Running::start(to(&server, Alpn::Http11));
    let request =
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let reply = Reply::of(&gateway.raw(request).await);
    assert_eq!((reply.status, &*reply.body), (503, "busy"));
    assert!(reply.head.contains("retry-after: 7"), "{reply:?}");
}

/// Posts a body with `Content-Length`, or chunked, while the server rejects the first identity.
async fn posted(length: usize, is_chunked: bool) -> Reply {
    let server = describing().await;
    server.enqueue(rejecting(Alert::CertificateRevoked));
    let identities = [new_identity(&server), new_identity(&server)];
    let client = client(&server, Alpn::Http11, &identities);
    let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
    let gateway = Running::start(gateway);
    let body = "x".repeat(length);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    let request = match is_chunked {
        false => format!("{head}Content-Length: {length}\r\n\r\n{body}"),
        true => {
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n")
        }
    };
    let reply = Reply::of(&gateway.raw(&request).await);
    if reply.status == 200 {
        assert_eq!(reply.json()["body"], body);
    }
    reply
}

#[tokio::test]
async fn short_body_is_sent_again_with_the_next_identity() {
    for is_chunked in [false, true] {
        for length in [1, 64 * 1024] {
            let reply = posted(length, is_chunked).await;
            assert_eq!(reply.status, 200, "{length} {is_chunked}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn body_beyond_the_limit_is_sent_once() {
    for (length, status) in [(64 * 1024, 200), (64 * 1024 + 1, 502)] {
        let server = describing().await;
        // After the whole body, so that all of it has been read when the certificate is rejected.
        let rejection = ScriptedReply::nginx_certificate_error().moment(Moment::AfterRequest);
        server.enqueue(Script::new().response(rejection));
        let identities = [new_identity(&server), new_identity(&server)];
        let client = client(&server, Alpn::Http11, &identities);
        let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
        let gateway = Running::start(gateway);
        let body = "x".repeat(length);
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        let reply = Reply::of(&gateway.raw(&request).await);
        assert_eq!(reply.status, status, "{length}: {reply:?}");
        let events = server.events();
        let served = events.iter().filter(|event| {
            let kind = &event.kind;
            matches!(kind, ConnectionEvent::RequestServed { .. })
        });
        match status {
            200 => assert_eq!((served.count(), &reply.json()["body"]), (1, &body.into())),
            _ => {
                assert_eq!(reply.problem(), "client-certificate");
                assert_eq!(served.count(), 0);
            }
        }
    }
}

#[tokio::test]
async fn problem_in_answer_to_head_has_no_body() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    let length = gateway.get("/", "Origin: null\r\n").await.body.len();
    let head = "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: null\r\n\r\n";
    let reply = Reply::of(&gateway.raw(head).await);
    assert_eq!((reply.status, &*reply.body), (403, ""));
    let field = format!("content-length: {length}");
    assert!(reply.head.contains(&field), "{reply:?}");
    let uri = format!("http://{}/", gateway.addr());
    let request = Request::head(uri).header("origin", "null").body(full(""));
    let mut caller = gateway.http2().await;
    let response = caller.send_request(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["content-length"], length.to_string());
    let (_, body) = whole(response).await;
    assert_eq!(body, "");
}

#[tokio::test]
async fn server_is_not_blamed_for_a_late_caller() {
    let server = describing().await;
    let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
    let connector = MtlsConnector::builder(anchors).identity(&new_identity(&server));
    let timeouts = Timeouts::default().request(Duration::from_millis(500));
    let connector = connector.alpn(Alpn::Http11).timeouts(timeouts);
    let client = Gateway::client(connector.build().unwrap()).build();
    let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
    let gateway = Running::start(gateway);
    let request =
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhello";
    let reply = Reply::of(&gateway.raw(request).await);
    assert_eq!(
        (reply.status, &*reply.problem()),
        (408, "request-body-too-slow")
    );
    assert_eq!(reply.json()["side"], "caller");
}
