//! The faults that the mock of NAPI adds to those of the TLS server, as a caller of the gateway
//! sees them. Each is a response with an odd body, which is the service's own: status, fields and
//! bytes pass, and no problem takes their place.

use base64::{Engine, prelude::BASE64_STANDARD};
use mock_napi::{ConnectionEvent, EventKind, Script, fault_names, named_fault};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

use crate::{Context, Running};

/// By name: the status that the caller gets, which is the server's.
const FAULTS: &[(&str, u16)] = &[
    ("body-bomb", 200),
    ("body-byte-order-mark", 200),
    ("body-cut", 200),
    ("body-deflate", 200),
    ("body-gzip-twice", 200),
    ("body-iso-8859-1", 200),
    ("body-plain-as-deflate", 200),
    ("body-plain-as-gzip", 200),
    ("body-trailing-garbage", 200),
    ("body-utf-16", 200),
    ("body-zlib", 200),
    ("document-base64url", 200),
    ("document-data-url", 200),
    ("document-mime-lines", 200),
    ("document-raw", 200),
    ("document-without-padding", 200),
    ("entities-float-for-whole", 200),
    ("entities-overlong-number", 200),
    ("entities-text-for-number", 200),
    ("rejection-cut-gzip", 400),
    ("rejection-deflate", 400),
    ("rejection-plain-as-gzip", 400),
    ("rejection-zlib", 400),
    ("status-digit-for-truth", 200),
    ("value-damaged-utf-8", 200),
    ("value-line-break", 200),
    ("value-list-for-single", 200),
    ("value-lone-surrogate", 200),
    ("value-nan", 200),
    ("value-null-for-list", 200),
    ("value-number-for-text", 200),
    ("value-of-another-type", 200),
    ("value-older-date", 200),
    ("value-other-case", 200),
    ("value-record-id-respelt", 200),
    ("value-single-for-list", 200),
    ("value-twice-contradicting", 200),
    ("value-twice-same", 200),
];

const VERIFY: &str = "/verifications/v1/verify";

/// A response as it came.
struct Reply {
    status: u16,
    /// In lower case, a field a line.
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = bytes.split_at(end.unwrap() + 4);
        let head = str::from_utf8(head).unwrap().to_ascii_lowercase();
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: body.to_vec(),
        }
    }
}

/// Sends a request that is not idempotent.
async fn post(gateway: &Running) -> Reply {
    let mut caller = UnixStream::connect(&gateway.socket).await.unwrap();
    let request = format!(
        "POST {VERIFY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Length: 2\r\n\r\n{{}}"
    );
    caller.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    caller.read_to_end(&mut bytes).await.unwrap();
    Reply::of(&bytes)
}

/// Returns the response of a script, as the control has it.
fn scripted(script: &Script) -> Value {
    serde_json::to_value(script).unwrap()["response"]["reply"].take()
}

fn body_of(reply: &Value) -> Vec<u8> {
    match reply["body"]["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => BASE64_STANDARD
            .decode(reply["body"]["bytes"].as_str().unwrap())
            .unwrap(),
    }
}

/// Returns the version of HTTP of each connection, and the requests that scripts have met.
async fn met(context: &Context) -> (Vec<Option<String>>, Vec<(Option<String>, Option<u16>)>) {
    let (mut versions, mut requests) = (Vec::new(), Vec::new());
    for event in context.mock.portal().events().await.unwrap() {
        match event.kind {
            EventKind::Connection(ConnectionEvent::HandshakeCompleted { alpn, .. }) => {
                versions.push(alpn);
            }
            EventKind::Connection(ConnectionEvent::RequestScripted {
                method,
                path,
                status,
            }) => {
                assert_eq!(path.as_deref(), Some(VERIFY));
                requests.push((method, status));
            }
            _ => {}
        }
    }
    (versions, requests)
}

#[tokio::test]
async fn odd_bodies_of_the_service_pass_unchanged() {
    let of_napi = fault_names()
        .into_iter()
        .filter(|name| Script::named(name).is_none());
    assert!(
        of_napi.eq(FAULTS.iter().map(|(name, _)| *name)),
        "a fault is missing"
    );
    for (version, more) in [("http/1.1", &["--http1.1"][..]), ("h2", &[])] {
        let context = Context::new().await;
        let gateway = context.start(more).await;
        for (number, (name, status)) in FAULTS.iter().enumerate() {
            let script = named_fault(name).unwrap();
            let sent = scripted(&script);
            context.mock.portal().enqueue(&[script]).await.unwrap();
            let reply = post(&gateway).await;
            assert_eq!(reply.status, *status, "{name}: {}", reply.head);
            assert_eq!(sent["status"], *status, "{name}");
            for field in sent["headers"].as_array().unwrap() {
                let (name, value) = (field[0].as_str().unwrap(), field[1].as_str().unwrap());
                let line = format!("\r\n{name}: {}\r\n", value.to_ascii_lowercase());
                assert!(reply.head.contains(&line), "{line:?}: {}", reply.head);
            }
            assert!(!reply.head.contains("problem+json"), "{}", reply.head);
            let length = format!("\r\ncontent-length: {}\r\n", reply.body.len());
            assert!(reply.head.contains(&length), "{name}: {}", reply.head);
            assert!(reply.body == body_of(&sent), "{name}");
            // The server has met it once, with that status.
            let (versions, requests) = met(&context).await;
            let last = versions.last().unwrap().as_deref();
            assert_eq!(last, Some(version), "{name}");
            assert_eq!(requests.len(), number + 1, "{name}: {requests:?}");
            let post = (Some("POST".to_owned()), Some(*status));
            assert_eq!(requests[number], post, "{name}");
        }
    }
}
