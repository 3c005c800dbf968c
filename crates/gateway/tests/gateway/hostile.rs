//! Callers that try to smuggle.

use std::time::Duration;

use gateway::Timeouts;
use mock_tls::{ConnectionEvent, MockServer};
use tokio::io::AsyncWriteExt;

use crate::context::{BOTH, Running, describing, rest, to};

/// Requests whose body, by one reading of their head, ends in a request of its own.
const SMUGGLED: &[&str] = &[
    // Both lengths, in either order.
    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
    "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
    // Codings that only some read as chunked.
    "Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding: chunked, identity\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding: identity, chunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding:\x0bchunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nX: y\rTransfer-Encoding: chunked\r\n\r\nSMUGGLED",
    // Lengths that only some read.
    "Content-Length: 0\r\nContent-Length: 9\r\n\r\nSMUGGLED",
    "Content-Length: 0, 9\r\n\r\nSMUGGLED",
    "Content-Length: -1\r\n\r\nSMUGGLED",
    "Content-Length: 0x0\r\n\r\nSMUGGLED",
    "Content-Length: 99999999999999999999\r\n\r\nSMUGGLED",
    "Content-Length : 9\r\n\r\nSMUGGLED",
    "Content-Length: 0\r\nX: y\r\n\tTransfer-Encoding: chunked\r\n\r\nSMUGGLED",
    "Content-Length: 0\nTransfer-Encoding: xchunked\n\nSMUGGLED",
    "Content-Length: 0\r\nContent_Length: 9\r\n\r\nSMUGGLED",
    // Chunks that only some read.
    "Transfer-Encoding: chunked\r\n\r\n0;a=\"\r\n\r\nSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\nSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n0\n\nSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\nSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\nSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n1\r\nxSMUGGLED",
    "Transfer-Encoding: chunked\r\n\r\n0000000000000000000000\r\n\r\nSMUGGLED",
    // Fields that a caller would have the gateway drop.
    "Connection: Content-Length\r\nContent-Length: 0\r\n\r\nSMUGGLED",
    "Connection: Transfer-Encoding\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
];

/// The request behind; one that is not pipelined but smuggled would be served as the gateway's.
const SECOND: &str = "GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n";

fn paths(server: &MockServer) -> Vec<String> {
    let events = server.events().into_iter();
    let served = events.filter_map(|event| match event.kind {
        ConnectionEvent::RequestServed { path, .. } => Some(path),
        _ => None,
    });
    served.collect()
}

#[tokio::test]
async fn no_request_is_smuggled_in_the_body_of_another() {
    for alpn in BOTH {
        let server = describing().await;
        let short = Duration::from_millis(300);
        let timeouts = Timeouts::default().head(short).body(short).idle(short);
        let gateway = Running::start(to(&server, alpn).timeouts(timeouts));
        for smuggled in SMUGGLED {
            let fields = smuggled.replace("SMUGGLED", SECOND);
            let request = format!("POST /first HTTP/1.1\r\nHost: localhost\r\n{fields}");
            let mut caller = gateway.connect().await;
            caller.write_all(request.as_bytes()).await.unwrap();
            rest(&mut caller).await;
            // On the connections to the server that the first has used, if it was sent.
            assert_eq!(gateway.get("/after", "").await.status, 200, "{smuggled:?}");
            let paths = paths(&server);
            let is_known = |path: &String| path == "/first" || path == "/after";
            assert!(paths.iter().all(is_known), "{smuggled:?}: {paths:?}");
        }
        let after = paths(&server)
            .iter()
            .filter(|path| *path == "/after")
            .count();
        assert_eq!(after, SMUGGLED.len());
    }
}
