//! Requests that the gateway refuses, and that the server never sees.

use gateway::Token;
use mock_tls::ConnectionEvent;
use transport::Alpn;

use crate::context::{Reply, Running, describing, to};

#[tokio::test]
async fn refused_requests_do_not_reach_the_server() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    let get = "GET / HTTP/1.1\r\n";
    let host = "Host: localhost\r\n";
    let cases: &[(String, u16, &str)] = &[
        (get.to_owned(), 400, "no-host"),
        ("GET / HTTP/1.0\r\n".to_owned(), 400, "no-host"),
        (format!("{get}{host}{host}"), 400, "ambiguous-host"),
        (
            format!("{get}Host: rebound.example\r\n"),
            421,
            "foreign-host",
        ),
        (
            format!("GET http://a.example/ HTTP/1.1\r\n{host}"),
            400,
            "ambiguous-host",
        ),
        (
            "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n".to_owned(),
            421,
            "foreign-host",
        ),
        (
            format!("GET https://localhost/ HTTP/1.1\r\n{host}"),
            421,
            "foreign-host",
        ),
        (
            format!("CONNECT localhost:443 HTTP/1.1\r\n{host}"),
            501,
            "method-unsupported",
        ),
        (
            format!("TRACE / HTTP/1.1\r\n{host}"),
            501,
            "method-unsupported",
        ),
        (
            format!("OPTIONS * HTTP/1.1\r\n{host}"),
            501,
            "method-unsupported",
        ),
        (
            format!("{get}{host}Upgrade: websocket\r\n"),
            501,
            "upgrade-unsupported",
        ),
        (
            format!("{get}{host}Expect: 200-ok\r\n"),
            417,
            "expectation-failed",
        ),
        (
            format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: gzip, chunked\r\n"),
            501,
            "transfer-coding",
        ),
        (
            format!("{get}{host}Origin: http://a.example\r\n"),
            403,
            "cross-site",
        ),
        (format!("{get}{host}Origin: null\r\n"), 403, "cross-site"),
        (
            format!("{get}{host}Sec-Fetch-Site: cross-site\r\n"),
            403,
            "cross-site",
        ),
        (
            format!("{get}{host}Sec-Fetch-Site: same-site\r\n"),
            403,
            "cross-site",
        ),
    ];
    for (request, status, problem) in cases {
        let reply = Reply::of(
            &gateway
                .raw(&format!("{request}Connection: close\r\n\r\n"))
                .await,
        );
        assert_eq!(
            (reply.status, &*reply.problem()),
            (*status, *problem),
            "{request}"
        );
        assert_eq!(reply.json()["side"], "caller");
        assert_eq!(reply.json()["retryable"], false);
    }
    assert!(server.events().is_empty(), "{:#?}", server.events());
    // The nearest that is accepted.
    let origin = format!(
        "Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n",
        gateway.addr()
    );
    assert_eq!(gateway.get("/", &origin).await.status, 200);
    let absolute = format!("GET http://localhost/ HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
    assert_eq!(Reply::of(&gateway.raw(&absolute).await).status, 200);
}

#[tokio::test]
async fn head_that_hyper_cannot_read_is_refused() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    for head in [
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1, 1\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let reply = Reply::of(&gateway.raw(head).await);
        assert_eq!(reply.status, 400, "{head:?}");
    }
    assert!(server.events().is_empty(), "{:#?}", server.events());
}

#[tokio::test]
async fn token_is_required_if_there_is_one_and_stays_here() {
    let server = describing().await;
    let token = Token::new(b"0123456789abcdef0123".to_vec().into()).unwrap();
    let gateway = Running::start(to(&server, Alpn::Http11).token(token));
    for wrong in [
        "",
        "Gateway-Token: 0123456789abcdef0124\r\n",
        "Gateway-Token:\r\n",
    ] {
        let reply = gateway.get("/", wrong).await;
        assert_eq!((reply.status, &*reply.problem()), (403, "token-required"));
    }
    assert!(server.events().is_empty());
    let right = gateway
        .get("/", "Gateway-Token: 0123456789abcdef0123\r\n")
        .await;
    assert_eq!(right.status, 200);
    assert!(!right.body.contains("gateway-token"), "{right:?}");
    let served = server
        .events()
        .into_iter()
        .filter(|event| matches!(event.kind, ConnectionEvent::RequestServed { .. }));
    assert_eq!(served.count(), 1);
}
