//! Servers that send what no one has asked for, or without end: their callers get an end in time,
//! and no one else's response.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use gateway::GatewayBuilder;
use hyper_util::rt::TokioIo;
use identity::Loader;
use mock_tls::{Ca, Leaf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use transport::{Alpn, MtlsConnector, TlsAcceptor, TlsServerStream, TrustAnchors};

use crate::context::{Client, Reply, Running};

type Stream = TokioIo<TlsServerStream<TokioIo<TcpStream>>>;

/// A server whose connections a test speaks by the byte.
struct Server {
    addr: SocketAddr,
    ca: Ca,
    connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start<F>(serve: impl Fn(Stream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let ca = Ca::named("hostile").unwrap();
        let issued = ca.issue_with_new_key(&Leaf::server(["127.0.0.1"]).unwrap());
        let issued = issued.unwrap();
        let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
        let loaded = Loader::new()
            .for_server()
            .load(certificate.as_bytes(), key.as_bytes())
            .unwrap();
        let acceptor = TlsAcceptor::builder(&loaded.into_parts().0)
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let serving = tokio::spawn(async move {
            let mut tasks = JoinSet::new();
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                if let Ok(stream) = acceptor.accept(TokioIo::new(tcp)).await {
                    tasks.spawn(serve(TokioIo::new(stream)));
                }
            }
        });
        Self {
            addr,
            ca,
            connections,
            serving,
        }
    }

    fn gateway(&self, alpn: Alpn) -> GatewayBuilder<Client> {
        let anchors = TrustAnchors::from_pem(self.ca.pem()).unwrap();
        let connector = MtlsConnector::builder(anchors).alpn(alpn).build().unwrap();
        let client = gateway::Gateway::client(connector).build();
        let upstream = format!("https://{}", self.addr).parse().unwrap();
        gateway::Gateway::builder(client, upstream)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Reads a request without a body.
async fn read_head(stream: &mut Stream) -> io::Result<()> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await?);
    }
    Ok(())
}

/// Starts a server that sends a beginning, and then the same without end.
async fn endless(beginning: &'static str, part: &'static str) -> Server {
    Server::start(move |mut stream| async move {
        read_head(&mut stream).await?;
        stream.write_all(beginning.as_bytes()).await?;
        let part = part.repeat(100);
        loop {
            stream.write_all(part.as_bytes()).await?;
            stream.flush().await?;
        }
    })
    .await
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn head_without_end_is_a_problem() {
    for (beginning, part) in [
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        ("HTTP/1.1 200 OK\r\nX: ", "y"),
        ("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let server = endless(beginning, part).await;
        let gateway = Running::start(server.gateway(Alpn::Http11));
        let reply = gateway.get("/", "").await;
        assert_eq!(reply.status, 502, "{beginning:?} {part:?}: {reply:?}");
        assert_eq!(reply.json()["side"], "server", "{reply:?}");
    }
}

#[tokio::test]
async fn trailers_without_end_break_the_response_off() {
    let beginning = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n";
    let server = endless(beginning, "X: y\r\n").await;
    let gateway = Running::start(server.gateway(Alpn::Http11));
    let text = gateway
        .raw("GET / HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n")
        .await;
    assert!(text.contains("hello"), "{text}");
    assert!(!text.ends_with("0\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn body_without_end_stops_when_its_caller_goes() {
    let (ended, mut has_ended) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut stream| {
        let ended = ended.clone();
        async move {
            read_head(&mut stream).await?;
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head).await?;
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            let _ = ended.send(());
            Ok(())
        }
    })
    .await;
    let gateway = Running::start(server.gateway(Alpn::Http11));
    let mut caller = gateway.connect().await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    caller.write_all(request).await.unwrap();
    let mut read = vec![0; 4 << 20];
    caller.read_exact(&mut read).await.unwrap();
    drop(caller);
    has_ended.recv().await.unwrap();
}

#[tokio::test]
async fn extra_response_is_given_to_no_one() {
    for extra in [HELLO, "HTTP/1.1 200 OK\r\n", "\r\n\r\n", "x"] {
        let server = Server::start(move |mut stream| async move {
            loop {
                read_head(&mut stream).await?;
                let both = HELLO.replace("hello", "first") + extra;
                stream.write_all(both.as_bytes()).await?;
                stream.flush().await?;
            }
        })
        .await;
        let gateway = Running::start(server.gateway(Alpn::Http11));
        for _ in 0..3 {
            let reply = gateway.get("/", "").await;
            assert_eq!((reply.status, &*reply.body), (200, "first"), "{extra:?}");
        }
        assert_eq!(server.connections.load(Ordering::Relaxed), 3, "{extra:?}");
    }
}

#[tokio::test]
async fn server_that_always_goes_away_is_not_asked_for_ever() {
    // An empty SETTINGS frame, and GOAWAY without an error that has seen no stream (RFC 9113,
    // section 6.8): each request may be sent again.
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let server = Server::start(|mut stream| async move {
        stream.write_all(SETTINGS).await?;
        // Once the preface is here, so is the client.
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await?;
        stream.write_all(GOAWAY).await?;
        stream.flush().await?;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await?;
        Ok(())
    })
    .await;
    let gateway = Running::start(server.gateway(Alpn::Http2));
    let reply: Reply = gateway.get("/", "").await;
    assert_eq!(reply.status, 502, "{reply:?}");
    let connections = server.connections.load(Ordering::Relaxed);
    assert!((1..=10).contains(&connections), "{connections}");
}
