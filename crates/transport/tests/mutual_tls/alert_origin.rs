//! Alerts that anyone on the path may have sent: how they are reported, and that no identity counts
//! as rejected for them.

use std::{net::SocketAddr, sync::Arc};

use identity::Identity;
use mock_tls::Ca;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;
use transport::{
    Alpn, ClientAuth, ClientCertificateProblem, ErrorKind, MtlsConnectorBuilder, Phase, RetryAdvice,
};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, failing_over, get,
    server::Settings,
    trusting,
};

/// The interference with one connection between the client and the server.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// An alert comes in place of the server's first message.
    AlertFirst,
    /// An alert comes behind the server's first message.
    AlertAfterServerHello,
    /// Under TLS 1.2, an alert comes in place of the last message of the server's first flight: it
    /// has asked for a certificate, and what it has signed has not been looked at.
    AlertAfterCertificateRequest,
    /// Under TLS 1.2, an alert comes when the client has sent its certificate.
    AlertAfterClientCertificate,
    /// Nothing happens to it.
    Served,
}

/// A server behind a peer that tampers with connections.
struct Way {
    addr: SocketAddr,
    shown: mpsc::UnboundedReceiver<CertificateDer<'static>>,
}

impl Way {
    /// Starts a server whose connections have these fates in turn; behind the last, all are served.
    async fn start(ca: &Ca, versions: Versions, alert: u8, fates: &[Fate]) -> Self {
        let settings = Settings::mutual(ca).versions(versions).alpn(&["http/1.1"]);
        let config = Arc::new(settings.server_config());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (seen, shown) = mpsc::unbounded_channel();
        let mut fates = Vec::from(fates).into_iter();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                match fates.next().unwrap_or(Fate::Served) {
                    Fate::Served => serve(tcp, &config, &seen).await,
                    fate => tamper(tcp, &config, fate, alert).await,
                }
            }
        });
        Self { addr, shown }
    }

    fn uri(&self) -> String {
        format!("https://localhost:{}/", self.addr.port())
    }

    /// Returns the certificate that the client presented on the next connection that was served.
    async fn shown(&mut self) -> CertificateDer<'static> {
        self.shown.recv().await.unwrap()
    }
}

type Versions = &'static [&'static SupportedProtocolVersion];

async fn serve(
    tcp: TcpStream,
    config: &Arc<ServerConfig>,
    seen: &mpsc::UnboundedSender<CertificateDer<'static>>,
) {
    let mut tls = TlsAcceptor::from(Arc::clone(config))
        .accept(tcp)
        .await
        .unwrap();
    let certificates = tls.get_ref().1.peer_certificates().unwrap();
    seen.send(certificates.first().unwrap().clone().into_owned())
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tls.read_u8().await.unwrap());
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    tls.write_all(answer).await.unwrap();
    tls.shutdown().await.unwrap();
}

async fn tamper(mut tcp: TcpStream, config: &Arc<ServerConfig>, fate: Fate, alert: u8) {
    let mut server = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut bytes = vec![0; 16 * 1024];
    while !server.wants_write() {
        let length = tcp.read(&mut bytes).await.unwrap();
        server.read_tls(&mut bytes.get(..length).unwrap()).unwrap();
        server.process_new_packets().unwrap();
    }
    let mut flight = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut flight).unwrap();
    }
    let messages = plain_messages(&flight);
    let count = match fate {
        Fate::AlertFirst => 0,
        Fate::AlertAfterServerHello => 1,
        Fate::AlertAfterCertificateRequest => messages.len() - 1,
        Fate::AlertAfterClientCertificate | Fate::Served => messages.len(),
    };
    for message in messages.iter().take(count) {
        tcp.write_all(&record(22, message)).await.unwrap();
    }
    if matches!(fate, Fate::AlertAfterClientCertificate) {
        let _ = tcp.read(&mut bytes).await.unwrap();
    }
    tcp.write_all(&record(21, &[2, alert])).await.unwrap();
    // Until the client has gone, so that no reset takes the alert along.
    while !matches!(tcp.read(&mut bytes).await, Ok(0) | Err(_)) {}
}

/// Returns the handshake messages of a flight that are not encrypted, each for itself.
fn plain_messages(mut flight: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = flight {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *kind == 22 {
            all.extend_from_slice(&rest[..length]);
        }
        flight = &rest[length..];
    }
    let mut messages = Vec::new();
    let mut rest = &all[..];
    while let [_, a, b, c, ..] = rest {
        let length = 4 + usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
        messages.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    messages
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], payload].concat()
}

fn identities() -> (Ca, [Identity; 2]) {
    let ca = new_ca();
    let both = [ca.client(), ca.client()];
    (ca, both)
}

fn settings(ca: &Ca, both: &[Identity; 2]) -> MtlsConnectorBuilder {
    trusting(ca).alpn(Alpn::Http11).identities(both)
}

fn leaf(identity: &Identity) -> &CertificateDer<'static> {
    identity.certificate_chain().first().unwrap()
}

/// Those about a certificate, under their numbers (RFC 8446, section 6).
const VERDICTS: [u8; 10] = [42, 43, 44, 45, 46, 48, 49, 51, 113, 116];

#[tokio::test]
async fn alert_before_server_authentication_is_no_verdict() {
    let (ca, both) = identities();
    for versions in TLS_VERSIONS {
        let mut fates = vec![Fate::AlertFirst, Fate::AlertAfterServerHello];
        if versions == [&rustls::version::TLS12] {
            fates.push(Fate::AlertAfterCertificateRequest);
        }
        for (fate, alert) in fates
            .iter()
            .flat_map(|fate| VERDICTS.map(|alert| (*fate, alert)))
        {
            let mut way = Way::start(&ca, versions, alert, &[fate]).await;
            let client = failing_over(settings(&ca, &both));
            let error = get(&client, &way.uri()).await.unwrap_err();
            let told = (error.kind(), error.phase(), error.retry_advice());
            let expected = (ErrorKind::Tls, Phase::Tls, RetryAdvice::Never);
            assert_eq!(told, expected, "{fate:?} {alert} {error}");
            let said = error.to_string();
            assert!(
                said.contains("before the server had proven who it is"),
                "{said}"
            );
            // The preferred one is not burnt.
            get(&client, &way.uri()).await.unwrap();
            assert_eq!(&way.shown().await, leaf(&both[0]), "{fate:?} {alert}");
        }
    }
}

#[tokio::test]
async fn unauthenticated_alert_is_reported_and_rejects_no_identity() {
    let (ca, both) = identities();
    let [tls12, _] = TLS_VERSIONS;
    let fates = [Fate::AlertAfterClientCertificate; 3];
    let mut way = Way::start(&ca, tls12, 44, &fates).await;
    let revoked = ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked);

    // Without failover.
    let single = client(settings(&ca, &both));
    let error = get(&single, &way.uri()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (revoked, Phase::Tls));
    assert_eq!(
        error.connection().unwrap().client_auth(),
        ClientAuth::Presented
    );
    assert!(error.to_string().contains("not protected"), "{error}");

    // With failover, both are met by it.
    let pair = failing_over(settings(&ca, &both));
    let error = get(&pair, &way.uri()).await.unwrap_err();
    assert_eq!(error.kind(), revoked);
    assert_eq!(
        error.connection().unwrap().identity(),
        Some(both[0].leaf().sha256())
    );

    for client in [&single, &pair] {
        get(client, &way.uri()).await.unwrap();
        assert_eq!(&way.shown().await, leaf(&both[0]));
    }
}

#[tokio::test]
async fn an_unprotected_verdict_is_believed_once_another_identity_is_taken() {
    let (ca, both) = identities();
    let [tls12, _] = TLS_VERSIONS;
    let fates = [Fate::AlertAfterClientCertificate];
    let mut way = Way::start(&ca, tls12, 44, &fates).await;
    let client = failing_over(settings(&ca, &both));
    for _ in 0..2 {
        get(&client, &way.uri()).await.unwrap();
        assert_eq!(&way.shown().await, leaf(&both[1]));
    }
}

#[tokio::test]
async fn a_single_identity_is_not_tried_twice() {
    let ca = new_ca();
    let only = ca.client();
    let [tls12, _] = TLS_VERSIONS;
    let fates = [Fate::AlertAfterClientCertificate];
    let mut way = Way::start(&ca, tls12, 44, &fates).await;
    let client = failing_over(trusting(&ca).alpn(Alpn::Http11).identity(&only));
    get(&client, &way.uri()).await.unwrap_err();
    get(&client, &way.uri()).await.unwrap();
    assert_eq!(&way.shown().await, leaf(&only));
}
