//! Requests and responses as they pass through (RFC 9110, section 7.6).

use gateway::{BasicCredentials, Gateway};
use http::{Request, Response};
use mock_tls::MockServer;
use tokio::io::AsyncWriteExt;
use transport::Alpn;

use crate::context::{
    BOTH, Reply, Running, client, describing, field, full, head, new_identity, rest, to, whole,
};

#[tokio::test]
async fn request_arrives_without_the_fields_of_its_connection() {
    let server = describing().await;
    for alpn in BOTH {
        let gateway = Running::start(to(&server, alpn));
        let lines = "Connection: x-private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 2\r\n\
            TE: gzip, trailers\r\nUpgrade: h2c\r\nProxy-Connection: close\r\nVia: 1.0 first\r\n\
            Authorization: Basic eDp5\r\nProxy-Authorization: Basic eDp5\r\nCookie: a=b\r\n\
            Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nTracestate: a=b\r\n";
        let reply = gateway.get("/path/%20?query=1&b", lines).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let seen = reply.json();
        assert_eq!(seen["method"], "GET");
        let target = seen["target"].as_str().unwrap();
        assert!(target.ends_with("/path/%20?query=1&b"), "{target}");
        for absent in ["x-private", "keep-alive", "upgrade", "proxy-connection"] {
            assert!(field(&seen, absent).is_empty(), "{absent}: {seen}");
        }
        assert!(field(&seen, "proxy-authorization").is_empty());
        assert_eq!(field(&seen, "x-kept"), ["2"]);
        assert_eq!(field(&seen, "te"), ["trailers"]);
        let of_this_connection = match alpn {
            Alpn::Http11 => vec!["te"],
            _ => vec![],
        };
        assert_eq!(field(&seen, "connection"), of_this_connection);
        // The trace of the caller goes on at the server.
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(field(&seen, "traceparent"), [parent]);
        assert_eq!(field(&seen, "tracestate"), ["a=b"]);
        assert_eq!(field(&seen, "cookie"), ["a=b"]);
        assert_eq!(field(&seen, "authorization"), ["Basic eDp5"]);
        assert_eq!(field(&seen, "via"), ["1.0 first", "1.1 napi-mtls-gateway"]);
        if alpn == Alpn::Http11 {
            let host = server.base_url().strip_prefix("https://").unwrap();
            assert_eq!(field(&seen, "host"), [host]);
        }
    }
}

#[tokio::test]
async fn response_arrives_without_the_fields_of_its_connection() {
    let server = MockServer::builder().respond(|_| {
        let response = Response::builder().status(418).header("x-kept", "1");
        let response = response
            .header("connection", "x-private")
            .header("x-private", "1");
        response
            .header("keep-alive", "timeout=5")
            .body("short".into())
            .unwrap()
    });
    let server = server.start().await.unwrap();
    let gateway = Running::start(to(&server, Alpn::Http11).server_timing());
    let reply = gateway.get("/", "").await;
    assert_eq!((reply.status, &*reply.body), (418, "short"));
    assert!(reply.head.contains("\r\nx-kept: 1"), "{reply:?}");
    assert!(
        reply.head.contains("\r\nvia: 1.1 napi-mtls-gateway"),
        "{reply:?}"
    );
    assert!(
        reply.head.contains("\r\nserver-timing: upstream;dur="),
        "{reply:?}"
    );
    assert!(
        !reply.head.contains("x-private") && !reply.head.contains("keep-alive"),
        "{reply:?}"
    );
}

#[tokio::test]
async fn prefix_of_the_upstream_is_kept() {
    let server = describing().await;
    let client = client(&server, Alpn::Http11, [&new_identity(&server)]);
    let upstream = format!("{}/napi/", server.base_url()).parse().unwrap();
    let gateway = Running::start(Gateway::builder(client, upstream));
    let reply = gateway.get("/connection/v1", "").await;
    assert_eq!(reply.json()["target"], "/napi/connection/v1");
}

#[tokio::test]
async fn credentials_of_the_gateway_replace_those_of_callers() {
    let server = describing().await;
    let credentials = BasicCredentials::new(&b"name:password".to_vec().into()).unwrap();
    let gateway = Running::start(to(&server, Alpn::Http2).credentials(credentials));
    for lines in [
        "",
        "Authorization: Basic eDp5\r\n",
        "Connection: authorization\r\n",
    ] {
        let seen = gateway.get("/", lines).await.json();
        assert_eq!(
            field(&seen, "authorization"),
            ["Basic bmFtZTpwYXNzd29yZA=="]
        );
    }
}

#[tokio::test]
async fn http2_by_prior_knowledge_is_served() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    let mut caller = gateway.http2().await;
    let uri = format!("http://{}/a?b", gateway.addr());
    let request = Request::put(uri).body(full("hello")).unwrap();
    let (response, body) = whole(caller.send_request(request).await.unwrap()).await;
    assert_eq!(response.status(), 200);
    let seen: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&seen["target"], &seen["body"]),
        (&"/a?b".into(), &"hello".into())
    );
    assert_eq!(field(&seen, "via"), ["2.0 napi-mtls-gateway"]);
}

#[tokio::test]
async fn body_is_asked_for_once_the_server_is_reached() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    let mut caller = gateway.connect().await;
    let request = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\
        Expect: 100-continue\r\n\r\n";
    caller.write_all(request.as_bytes()).await.unwrap();
    assert!(head(&mut caller).await.starts_with("HTTP/1.1 100 "));
    caller.write_all(b"hello").await.unwrap();
    let reply = Reply::of(&rest(&mut caller).await);
    assert_eq!(
        (reply.status, &reply.json()["body"]),
        (200, &"hello".into())
    );
    assert!(field(&reply.json(), "expect").is_empty());
}

#[tokio::test]
async fn expected_body_is_not_asked_for_in_vain() {
    let server = describing().await;
    let client = client(&server, Alpn::Http11, [&new_identity(&server)]);
    let nowhere = "https://localhost:1".parse().unwrap();
    let gateway = Running::start(Gateway::builder(client, nowhere));
    let request = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\
        Expect: 100-continue\r\n\r\n";
    let reply = Reply::of(&gateway.raw(request).await);
    assert_eq!((reply.status, &*reply.problem()), (502, "connect"));
}

#[tokio::test]
async fn options_that_may_go_no_further_end_here() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    for (left, expected) in [("0", None), ("7", Some("6"))] {
        let request = format!(
            "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMax-Forwards: {left}\r\n\r\n"
        );
        let reply = Reply::of(&gateway.raw(&request).await);
        match expected {
            None => assert_eq!(reply.status, 204),
            Some(left) => assert_eq!(field(&reply.json(), "max-forwards"), [left]),
        }
    }
}

#[tokio::test]
async fn te_and_cookies_have_the_form_of_the_servers_version() {
    let server = describing().await;
    for alpn in BOTH {
        let gateway = Running::start(to(&server, alpn));
        let uri = format!("http://{}/", gateway.addr());
        let request = Request::get(uri)
            .header("te", "trailers")
            .header("cookie", "a=b")
            .header("cookie", "c=d; e=f");
        let mut caller = gateway.http2().await;
        let response = caller.send_request(request.body(full("")).unwrap());
        let (response, body) = whole(response.await.unwrap()).await;
        assert_eq!(response.status(), 200);
        let seen: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(field(&seen, "te"), ["trailers"], "{alpn:?}");
        match alpn {
            // RFC 9110, section 10.1.4, and RFC 9113, section 8.2.3.
            Alpn::Http11 => {
                assert_eq!(field(&seen, "connection"), ["te"]);
                assert_eq!(field(&seen, "cookie"), ["a=b; c=d; e=f"]);
            }
            _ => {
                assert!(field(&seen, "connection").is_empty());
                assert_eq!(field(&seen, "cookie"), ["a=b", "c=d; e=f"]);
            }
        }
    }
}

#[tokio::test]
async fn request_of_two_lengths_is_the_last_of_its_connection() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    for length in [0, 5, 15, 99] {
        let requests = format!(
            "POST /first HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\
             Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n\
             GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n"
        );
        let replies = gateway.raw(&requests).await;
        assert_eq!(replies.matches("HTTP/1.1 ").count(), 1, "{replies}");
        let reply = Reply::of(&replies);
        assert_eq!(reply.status, 200, "{length}: {reply:?}");
        let seen = reply.json();
        assert_eq!(
            (&seen["target"], &seen["body"]),
            (&"/first".into(), &"hello".into())
        );
        let lengths = field(&seen, "content-length").len();
        assert_eq!(
            lengths + field(&seen, "transfer-encoding").len(),
            1,
            "{seen}"
        );
        assert!(field(&seen, "content-length").iter().all(|it| it == "5"));
    }
}

#[tokio::test]
async fn head_request_keeps_the_length() {
    let server = MockServer::builder().respond(|_| Response::new("hello".into()));
    let server = server.start().await.unwrap();
    let gateway = Running::start(to(&server, Alpn::Http11));
    let request = "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let reply = Reply::of(&gateway.raw(request).await);
    assert_eq!((reply.status, &*reply.body), (200, ""));
    assert!(reply.head.contains("content-length: 5"), "{reply:?}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = describing().await;
    let gateway = Running::start(to(&server, Alpn::Http11));
    let mut requests = String::new();
    for number in 0..5 {
        let last = if number == 4 {
            "Connection: close\r\n"
        } else {
            ""
        };
        requests += &format!("GET /{number} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n");
    }
    let replies = gateway.raw(&requests).await;
    let targets: Vec<_> = replies
        .match_indices("\"target\":\"/")
        .map(|(at, mark)| replies.as_bytes()[at + mark.len()])
        .collect();
    assert_eq!(targets, b"01234");
}

#[tokio::test]
async fn body_of_unknown_length_passes_with_any_method() {
    let server = describing().await;
    for alpn in BOTH {
        let gateway = Running::start(to(&server, alpn));
        for method in ["GET", "POST", "DELETE"] {
            let head = format!("{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
            for (body, expected) in [
                (
                    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                    "hello",
                ),
                ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
                ("\r\n", ""),
            ] {
                let reply = Reply::of(&gateway.raw(&format!("{head}{body}")).await);
                assert_eq!(reply.status, 200, "{alpn:?} {method}: {reply:?}");
                assert_eq!(reply.json()["body"], expected, "{alpn:?} {method}");
            }
        }
    }
}
