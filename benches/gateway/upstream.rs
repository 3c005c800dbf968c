//! The server behind all proxies, in a process of its own: HTTP/1.1 over mutual TLS, by hand, so
//! that it costs less than what is measured.
//!
//! It reads each request to its end, counts its bytes and the certificate of its connection, and
//! writes a response that was made once. A line on standard input is answered by the counts.

use std::{
    cell::Cell,
    collections::BTreeMap,
    env, fs,
    io::{BufRead, Write},
    path::Path,
    process::Stdio,
    rc::Rc,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::Context;
use bytes::{Buf, Bytes, BytesMut};
use rustls::{
    RootCertStore, ServerConfig, crypto::aws_lc_rs::default_provider, server::WebPkiClientVerifier,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command},
    runtime,
    sync::mpsc,
    task::LocalSet,
    time::interval,
};
use tokio_rustls::TlsAcceptor;

use crate::{job::LONG, pinned};

/// The option by which this program becomes the server, and the folder of its files.
pub(crate) const SERVE: &str = "--serve-upstream";

/// The other end of the server's process; it ends when this is dropped.
pub(crate) struct Upstream {
    pub(crate) port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    stdin: ChildStdin,
    _child: Child,
}

/// The server's counts since its start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: u64,
    /// The bytes of the bodies of requests.
    pub(crate) body_bytes: u64,
    /// The requests by certificate, in the order in which each was first
    /// seen.
    pub(crate) by_certificate: Vec<u64>,
}

impl Upstream {
    /// Starts the server on a core, with the files in a folder.
    pub(crate) async fn start(core: usize, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::from(pinned(core, &env::current_exe()?));
        command.arg(SERVE).arg(folder).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let port = lines.next_line().await?;
        Ok(Self {
            port: port.context("the server has ended")?.parse()?,
            lines,
            stdin: child.stdin.take().context("no standard input")?,
            _child: child,
        })
    }

    /// Asks for the counts.
    pub(crate) async fn counts(&mut self) -> anyhow::Result<Counts> {
        self.stdin.write_all(b"\n").await?;
        let line = self.lines.next_line().await?;
        let counts: Value = serde_json::from_str(&line.context("the server has ended")?)?;
        let number = |name: &str| counts.get(name).and_then(Value::as_u64).context("a count");
        let by_certificate = counts.get("by_certificate").and_then(Value::as_array);
        let by_certificate = by_certificate.context("a list")?;
        Ok(Counts {
            requests: number("requests")?,
            body_bytes: number("body_bytes")?,
            by_certificate: by_certificate.iter().filter_map(Value::as_u64).collect(),
        })
    }

    /// Asks for the counts once the last requests of a load that has ended are done.
    pub(crate) async fn settled(&mut self) -> anyhow::Result<Counts> {
        let mut pauses = interval(PAUSE);
        let mut last = None;
        loop {
            pauses.tick().await;
            let counts = self.counts().await?;
            if last == Some(counts.requests) {
                return Ok(counts);
            }
            last = Some(counts.requests);
        }
    }
}

/// The time in which a server that has something to do has done some of it.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until standard input is closed.
pub(crate) fn serve(folder: &Path) -> anyhow::Result<()> {
    let tls = TlsAcceptor::from(Arc::new(config(folder)?));
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?.port());
        let (asked, mut questions) = mpsc::unbounded_channel();
        // Standard input of tokio is a thread too, and one that cannot be left.
        thread::spawn(move || {
            for _ in std::io::stdin().lock().lines() {
                let _ = asked.send(());
            }
        });
        let seen = Rc::<Seen>::default();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (tcp, _) = accepted?;
                    tcp.set_nodelay(true)?;
                    let (tls, seen) = (tls.clone(), Rc::clone(&seen));
                    // How it ends is for the proxy to tell.
                    tokio::task::spawn_local(async move {
                        let _ = connection(tls, tcp, &seen).await;
                    });
                }
                question = questions.recv() => match question {
                    Some(()) => {
                        println!("{}", seen.to_json());
                        std::io::stdout().flush()?;
                    }
                    None => return Ok(()),
                },
            }
        }
    })
}

#[derive(Default)]
struct Seen {
    requests: Cell<u64>,
    body_bytes: Cell<u64>,
    certificates: std::cell::RefCell<Certificates>,
}

#[derive(Default)]
struct Certificates {
    /// The place of each certificate, by its DER.
    places: BTreeMap<Vec<u8>, usize>,
    requests: Vec<Rc<Cell<u64>>>,
}

impl Seen {
    /// Returns the counter of a certificate.
    fn certificate(&self, der: &[u8]) -> Rc<Cell<u64>> {
        let Certificates { places, requests } = &mut *self.certificates.borrow_mut();
        let place = *places.entry(der.to_vec()).or_insert_with(|| {
            requests.push(Rc::default());
            requests.len() - 1
        });
        requests.get(place).map(Rc::clone).unwrap_or_default()
    }

    fn to_json(&self) -> Value {
        let certificates = self.certificates.borrow();
        let by_certificate = certificates.requests.iter().map(|count| count.get());
        json!({
            "requests": self.requests.get(),
            "body_bytes": self.body_bytes.get(),
            "by_certificate": by_certificate.collect::<Vec<_>>(),
        })
    }
}

fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}

async fn connection(tls: TlsAcceptor, tcp: TcpStream, seen: &Seen) -> anyhow::Result<()> {
    let mut stream = tls.accept(tcp).await?;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let certificate = certificates.first().context("no client certificate")?;
    let of_certificate = seen.certificate(certificate);
    let (short, long) = (response(128), response(LONG));
    let mut buffer = BytesMut::with_capacity(32 * 1024);
    loop {
        let (head, length) = loop {
            if let Some(end) = buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                let head = buffer.split_to(end + 4);
                let length = content_length(&head)?;
                break (head, length);
            }
            buffer.reserve(16 * 1024);
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let mut left = length;
        while left > buffer.len() {
            left -= buffer.len();
            buffer.clear();
            buffer.reserve(16 * 1024);
            anyhow::ensure!(stream.read_buf(&mut buffer).await? > 0, "half a body");
        }
        buffer.advance(left);
        add(&seen.requests, 1);
        add(&seen.body_bytes, length as u64);
        add(&of_certificate, 1);
        let is_long = head.starts_with(b"GET /long ");
        stream
            .write_all(if is_long { &long } else { &short })
            .await?;
        stream.flush().await?;
    }
}

/// Returns a whole response with a body of this length.
fn response(length: usize) -> Bytes {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut response = head.into_bytes();
    response.resize(response.len() + length, b'x');
    response.into()
}

/// Returns the length that a head announces; no one here sends a chunked body.
fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        anyhow::ensure!(
            !name.eq_ignore_ascii_case("transfer-encoding"),
            "a chunked body"
        );
        if name.eq_ignore_ascii_case("content-length") {
            return Ok(value.trim().parse()?);
        }
    }
    Ok(0)
}

fn config(folder: &Path) -> anyhow::Result<ServerConfig> {
    let provider = Arc::new(default_provider());
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| name.to_owned());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&read("ca.pem")?)?)?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build()?;
    let chain = read("server.pem")?;
    let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(&read("server.key")?)?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?)
}
