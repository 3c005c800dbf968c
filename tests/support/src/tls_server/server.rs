//! A mutual TLS server on loopback, on a thread and a runtime of its own.
//!
//! Leaves out its responses.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdTcpListener},
    sync::Arc,
    thread,
};

use anyhow::Context;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{
    HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime, select,
    sync::oneshot,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::tls_server::{
    log::{Connection, Log, Seen},
    response::respond,
    test_ca::{TestCa, hexadecimal_sha256},
};

/// Requires a certificate of one CA and shows one of the same. Stops when dropped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    log: Log,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Settings of a [`Server`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerBuilder<'a> {
    shown: &'a TestCa,
    required: &'a TestCa,
    versions: &'static [&'static SupportedProtocolVersion],
    resumes: bool,
    speaks_http: bool,
}

impl Server {
    /// Returns the choices for a server of this CA, for clients of this CA.
    pub const fn builder(ca: &TestCa) -> ServerBuilder<'_> {
        ServerBuilder {
            shown: ca,
            required: ca,
            versions: rustls::ALL_VERSIONS,
            resumes: true,
            speaks_http: true,
        }
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the URI of a path, by the server's name.
    #[must_use]
    pub fn uri(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.addr.port())
    }

    /// Returns the record up to now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.log.subscribe().borrow().clone()
    }

    /// Returns the record, as soon as it fulfils the condition.
    ///
    /// # Errors
    ///
    /// Never, while the server runs.
    pub async fn seen_when(&self, is_enough: impl FnMut(&Seen) -> bool) -> anyhow::Result<Seen> {
        let mut seen = self.log.subscribe();
        Ok(seen.wait_for(is_enough).await?.clone())
    }
}

impl ServerBuilder<'_> {
    /// Sets another CA for the clients.
    pub const fn clients_of<'a>(self, required: &'a TestCa) -> ServerBuilder<'a>
    where
        Self: 'a,
    {
        ServerBuilder { required, ..self }
    }

    /// Sets the versions of TLS; 1.2 and 1.3 by default.
    pub const fn versions(self, versions: &'static [&'static SupportedProtocolVersion]) -> Self {
        Self { versions, ..self }
    }

    /// Makes every handshake a full one.
    pub const fn without_resumption(self) -> Self {
        Self {
            resumes: false,
            ..self
        }
    }

    /// Writes one byte in place of HTTP, and waits until the client leaves.
    pub const fn one_byte(self) -> Self {
        Self {
            speaks_http: false,
            ..self
        }
    }

    /// Starts it; it accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// If there is no port or no thread for it.
    pub fn start(self) -> anyhow::Result<Server> {
        let tls = TlsAcceptor::from(Arc::new(self.config()?));
        let listener = StdTcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let log = Log::default();
        let (stop, stopped) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let serving = accept(listener, tls, self.speaks_http, log.clone());
        let thread = thread::Builder::new().name("server".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                select! {
                    _ = stopped => {}
                    _ = serving => {}
                }
            });
        })?;
        Ok(Server {
            addr,
            log,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn config(&self) -> anyhow::Result<ServerConfig> {
        let provider = Arc::new(default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.required.der())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
                .build()?;
        let (chain, key) = self.shown.server()?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(self.versions)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?;
        if !self.resumes {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        if self.speaks_http {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Ok(config)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(
    listener: StdTcpListener,
    tls: TlsAcceptor,
    speaks_http: bool,
    log: Log,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (tcp, peer) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(serve(tls.clone(), tcp, peer, speaks_http, log.clone()));
    }
}

async fn serve(tls: TlsAcceptor, tcp: TcpStream, peer: SocketAddr, speaks_http: bool, log: Log) {
    let accepted = tls.accept(tcp).await.map_err(anyhow::Error::from);
    let accepted = accepted.and_then(|stream| Ok((client_of(&stream, peer)?, stream)));
    let (connection, mut stream) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => return log.refused(peer, format!("{error:#}")),
    };
    let connection = Arc::new(connection);
    let place = log.opened(Connection::clone(&connection));
    // How it ends is for the client to tell.
    if speaks_http {
        let log = log.clone();
        let service =
            service_fn(move |request| respond(request, Arc::clone(&connection), log.clone()));
        let http = auto::Builder::new(TokioExecutor::new());
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    } else if stream.write_all(b"1").await.is_ok() {
        let _ = stream.read(&mut [0]).await;
    }
    log.closed(place);
}

/// Returns what is known of the client after the handshake.
fn client_of(stream: &TlsStream<TcpStream>, peer: SocketAddr) -> anyhow::Result<Connection> {
    let tls = stream.get_ref().1;
    let certificates = tls.peer_certificates().unwrap_or_default();
    let certificate = certificates.first().context("no client certificate")?;
    let digest = hexadecimal_sha256(certificate);
    let is_resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
    Ok(Connection::new(peer, digest, is_resumed))
}
