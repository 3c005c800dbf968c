//! Rotation and failover while 64 callers send requests without a pause: none fails, each reaches
//! the server once, and both ends compare what they get.
//!
//! Connections to the server are too old after 50 ms, so that most requests are beside one that is
//! opened, retired or closed. `LOAD` is the number of requests for each version of HTTP towards the
//! server, 1000 by default.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use gateway::Gateway;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use identity::{Identity, Loader};
use mock_tls::{ConnectionEvent, MockServer};
use tokio::task::JoinSet;
use transport::{Alpn, MtlsConnector, Timeouts, TrustAnchors};

use crate::context::{BOTH, Client, Running, full, new_identity, whole};

const CALLERS: usize = 64;

/// The number of requests after which the gateway presents other identities.
const ROTATE_AFTER: usize = 250;

/// A machine with other work takes its time, which is no failure of what is tested.
const PATIENCE: Duration = Duration::from_secs(600);

/// The lengths of bodies, up to the longest that is sent again with another identity.
const LENGTHS: [usize; 5] = [0, 1, 1000, 20_000, 64 * 1024];

/// The number, method and body of each request, and thus of its response.
#[derive(Clone, Copy, Debug)]
struct Numbered(usize);

impl Numbered {
    fn method(self) -> Method {
        match self.0 % 2 {
            0 => Method::POST,
            _ => Method::GET,
        }
    }

    /// Returns the body of the request, if it is a POST, and of the response.
    fn body(self) -> Bytes {
        let length = LENGTHS[self.0 / 2 % LENGTHS.len()];
        let bytes = (0..length).map(|place| (self.0.wrapping_mul(31) ^ place) as u8);
        bytes.collect::<Vec<_>>().into()
    }

    fn sent(self) -> Bytes {
        match self.method() {
            Method::POST => self.body(),
            _ => Bytes::new(),
        }
    }

    fn from_path(path: &str) -> Self {
        Self(path.trim_start_matches('/').parse().unwrap())
    }
}

/// The number of times that each request has reached the server.
type Seen = Arc<Mutex<HashMap<usize, usize>>>;

async fn server(seen: &Seen) -> MockServer {
    let seen = Arc::clone(seen);
    let server = MockServer::builder().respond(move |request: Request<Bytes>| {
        let numbered = Numbered::from_path(request.uri().path());
        let is_same = *request.method() == numbered.method() && *request.body() == numbered.sent();
        *seen.lock().unwrap().entry(numbered.0).or_default() += 1;
        let status = if is_same { 200 } else { 400 };
        let response = Response::builder().status(status);
        response.body(numbered.body()).unwrap()
    });
    server.start().await.unwrap()
}

/// The identities that take turns: one that the server rejects comes before a good one.
struct Turns {
    client: Client,
    good: [Identity; 2],
    revoked: Identity,
    rotations: AtomicUsize,
}

impl Turns {
    fn new(server: &MockServer, alpn: Alpn) -> Self {
        let good = [new_identity(server), new_identity(server)];
        let issued = server.client_identity().unwrap();
        server.revoke(&issued);
        let (certificate, key) = (issued.certificate_pem(), issued.secret_key_pem());
        let revoked = Loader::new().load(certificate.as_bytes(), key.as_bytes());
        let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
        let timeouts = Timeouts::default()
            .tls_handshake(PATIENCE)
            .connect(PATIENCE);
        let connector = MtlsConnector::builder(anchors)
            .alpn(alpn)
            .timeouts(timeouts.request(PATIENCE))
            .identities([&good[0]]);
        let client = Gateway::client(connector.build().unwrap());
        Self {
            client: client.max_connection_age(Duration::from_millis(50)).build(),
            good,
            revoked: revoked.unwrap().into_parts().0,
            rotations: AtomicUsize::new(0),
        }
    }

    fn rotate(&self) {
        let [first, second] = &self.good;
        let turn = self.rotations.fetch_add(1, Ordering::SeqCst);
        let identities = match turn % 3 {
            0 => vec![&self.revoked, second],
            1 => vec![second, first],
            _ => vec![first],
        };
        self.client.rotate(identities).unwrap();
    }
}

/// A caller's connection to the gateway.
enum Caller {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Caller {
    async fn connect(gateway: &Running, number: usize) -> Self {
        if number % 2 == 1 {
            return Self::Http2(gateway.http2().await);
        }
        let stream = TokioIo::new(gateway.connect().await);
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self::Http1(sender)
    }

    async fn send(&mut self, numbered: Numbered, authority: &str) -> (Response<()>, Bytes) {
        let Numbered(number) = numbered;
        let request = Request::builder().method(numbered.method());
        let body = full(numbered.sent());
        let response = match self {
            Self::Http1(sender) => {
                sender.ready().await.unwrap();
                let request = request.uri(format!("/{number}")).header("host", authority);
                sender.send_request(request.body(body).unwrap()).await
            }
            Self::Http2(sender) => {
                sender.ready().await.unwrap();
                let request = request.uri(format!("http://{authority}/{number}"));
                sender.send_request(request.body(body).unwrap()).await
            }
        };
        whole(response.unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_or_repeats_under_rotation_and_failover() {
    let requests = std::env::var("LOAD").map_or(1000, |it| it.parse().unwrap());
    for alpn in BOTH {
        let (seen, started) = (Seen::default(), Instant::now());
        let server = server(&seen).await;
        let turns = Arc::new(Turns::new(&server, alpn));
        let upstream = server.base_url().parse().unwrap();
        let timeouts = gateway::Timeouts::default().head(PATIENCE).body(PATIENCE);
        let timeouts = timeouts.response(PATIENCE).idle(PATIENCE);
        let gateway = Gateway::builder(turns.client.clone(), upstream).timeouts(timeouts);
        let gateway = Arc::new(Running::start(gateway));
        let next = Arc::new(AtomicUsize::new(0));
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let (gateway, turns) = (Arc::clone(&gateway), Arc::clone(&turns));
            let next = Arc::clone(&next);
            callers.spawn(async move {
                let authority = gateway.addr().to_string();
                let mut caller = Caller::connect(&gateway, number).await;
                loop {
                    let numbered = Numbered(next.fetch_add(1, Ordering::SeqCst));
                    if numbered.0 >= requests {
                        break;
                    }
                    // While the requests of the others are on their way.
                    if numbered.0 % ROTATE_AFTER == ROTATE_AFTER - 1 {
                        turns.rotate();
                    }
                    let (head, body) = caller.send(numbered, &authority).await;
                    let text = String::from_utf8_lossy(&body[..body.len().min(1000)]);
                    assert_eq!(head.status(), 200, "{alpn:?} {numbered:?}: {text}");
                    assert!(body == numbered.body(), "{alpn:?} {numbered:?}");
                }
            });
        }
        while let Some(outcome) = callers.join_next().await {
            outcome.unwrap();
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), requests);
        let repeated: Vec<_> = seen.iter().filter(|(_, times)| **times != 1).collect();
        assert!(repeated.is_empty(), "{alpn:?}: {repeated:?}");
        let events = server.events();
        let count = |is_counted: fn(&ConnectionEvent) -> bool| {
            events
                .iter()
                .filter(|event| is_counted(&event.kind))
                .count()
        };
        let rejected = count(|kind| matches!(kind, ConnectionEvent::HandshakeFailed { .. }));
        let completed = count(|kind| matches!(kind, ConnectionEvent::HandshakeCompleted { .. }));
        let rotations = turns.rotations.load(Ordering::SeqCst);
        assert!(
            rejected > 0 && completed > rotations,
            "{rejected} {completed}"
        );
        println!(
            "{alpn:?}: {requests} requests of {CALLERS} callers, none failed or repeated; \
             {rotations} rotations, {:?}",
            started.elapsed()
        );
    }
}
