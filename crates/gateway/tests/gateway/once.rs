//! Requests that are not idempotent reach the server once, whatever its `Idempotency-Key`.

use mock_tls::{
    Afterwards, ConnectionEvent, MockServer, Reply as ScriptedReply, Script, ScriptedResponse,
};
use transport::Alpn;

use crate::context::{BOTH, Reply, Running, describing, to};

const KEYED_POST: &str = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
    Idempotency-Key: 1\r\nContent-Length: 5\r\n\r\nhello";

fn accepted(server: &MockServer) -> usize {
    let events = server.events();
    let accepted = events.iter().map(|event| &event.kind);
    accepted
        .filter(|kind| matches!(kind, ConnectionEvent::Accepted))
        .count()
}

#[tokio::test]
async fn keyed_post_is_not_resent_after_a_kept_connection_broke() {
    for afterwards in [
        Afterwards::CloseOnNextRequest,
        Afterwards::ResetOnNextRequest,
    ] {
        let server = describing().await;
        let reply = ScriptedReply::new(200).body("hello").afterwards(afterwards);
        server.repeat(Script::new().response(reply));
        let gateway = Running::start(to(&server, Alpn::Http11));
        assert_eq!(gateway.get("/", "").await.status, 200);
        let reply = Reply::of(&gateway.raw(KEYED_POST).await);
        assert_eq!((reply.status, &*reply.problem()), (502, "closed"));
        assert_eq!(reply.json()["retry"], "only_if_idempotent");
        assert_eq!(accepted(&server), 1, "{afterwards:?}");
        // On a kept one again; a GET does no harm.
        assert_eq!(gateway.get("/", "").await.status, 200);
        assert_eq!(gateway.get("/", "").await.status, 200);
        assert_eq!(accepted(&server), 3, "{afterwards:?}");
    }
}

#[tokio::test]
async fn post_that_the_server_has_read_is_not_resent() {
    for alpn in BOTH {
        for response in [ScriptedResponse::Empty, ScriptedResponse::Reset] {
            let server = describing().await;
            let offered = mock_tls::Alpn::Either;
            server.enqueue(Script::new().alpn(offered).response(response.clone()));
            let gateway = Running::start(to(&server, alpn));
            let reply = Reply::of(&gateway.raw(KEYED_POST).await);
            assert_eq!(
                (reply.status, &*reply.problem()),
                (502, "closed"),
                "{alpn:?}"
            );
            assert_eq!(reply.json()["retry"], "only_if_idempotent");
            let events = server.events();
            let mut read = events.iter().filter(|event| {
                let kind = &event.kind;
                matches!(kind, ConnectionEvent::RequestScripted { method: Some(method), .. } if method == "POST")
            });
            assert!(read.next().is_some() && read.next().is_none(), "{events:?}");
            assert_eq!(accepted(&server), 1, "{alpn:?} {response:?}");
        }
    }
}

#[tokio::test]
async fn keyed_post_is_not_resent_after_retry_after() {
    for status in [429, 503] {
        let server = describing().await;
        let busy = || {
            let reply = ScriptedReply::new(status).header("retry-after", "0");
            Script::new().response(reply)
        };
        server.enqueue(busy());
        let gateway = Running::start(to(&server, Alpn::Http11));
        let reply = Reply::of(&gateway.raw(KEYED_POST).await);
        assert_eq!(reply.status, status);
        assert_eq!(accepted(&server), 1);
        server.enqueue(busy());
        assert_eq!(
            gateway.get("/", "").await.status,
            200,
            "a GET is sent again"
        );
    }
}
