//! A server that wants a second handshake on a connection of TLS 1.2 ([RFC 5246, section 7.4.1.1]),
//! record by record: no TLS library of Rust does, so the records are made with the keys of the
//! first handshake.
//!
//! [RFC 5246, section 7.4.1.1]: https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.1

use std::{net::SocketAddr, sync::Arc};

use mock_tls::Ca;
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, ProtocolVersion, ServerConnection,
    SupportedCipherSuite, Tls12CipherSuite,
    crypto::cipher::{
        AeadKey, InboundOpaqueMessage, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks,
        OutboundPlainMessage,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use transport::{Alpn, ClientAuth, Error, ErrorKind, Phase, RetryAdvice};

use crate::{
    certificates::{Issue, new_ca},
    get,
    server::Settings,
    trusting,
};

const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// A `HelloRequest`, which has no content.
const HELLO_REQUEST: [u8; 4] = [0, 0, 0, 0];
/// The alert that the client has to answer with: `no_renegotiation`, as a warning.
const NO_RENEGOTIATION: [u8; 2] = [1, 100];

/// The server's next step after the client has declined.
#[derive(Clone, Copy)]
enum Then {
    FatalAlert(AlertDescription),
    AsksAgain,
    Closes,
}

/// The records of a connection whose handshake is done.
struct Records {
    tcp: TcpStream,
    writing: (u64, Box<dyn MessageEncrypter>),
    reading: (u64, Box<dyn MessageDecrypter>),
}

impl Records {
    fn new(tcp: TcpStream, tls: ServerConnection) -> Self {
        let Some(SupportedCipherSuite::Tls12(suite)) = tls.negotiated_cipher_suite() else {
            panic!("not TLS 1.2");
        };
        let secrets = tls.dangerous_extract_secrets().unwrap();
        Self {
            tcp,
            writing: (secrets.tx.0, encrypter(suite, secrets.tx.1)),
            reading: (secrets.rx.0, decrypter(suite, secrets.rx.1)),
        }
    }

    async fn write(&mut self, typ: ContentType, content: &[u8]) {
        let (sequence, encrypter) = &mut self.writing;
        let plain = OutboundPlainMessage {
            typ,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(content),
        };
        let record = encrypter.encrypt(plain, *sequence).unwrap().encode();
        *sequence += 1;
        self.tcp.write_all(&record).await.unwrap();
    }

    /// Reads the alert that the client sends.
    async fn alert(&mut self) -> Vec<u8> {
        let mut head = [0; 5];
        self.tcp.read_exact(&mut head).await.unwrap();
        assert_eq!(ContentType::from(head[0]), ContentType::Alert);
        let mut content = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        self.tcp.read_exact(&mut content).await.unwrap();
        let (sequence, decrypter) = &mut self.reading;
        let version = ProtocolVersion::TLSv1_2;
        let record = InboundOpaqueMessage::new(ContentType::Alert, version, &mut content);
        let plain = decrypter.decrypt(record, *sequence).unwrap();
        *sequence += 1;
        plain.payload.to_vec()
    }
}

fn encrypter(
    suite: &Tls12CipherSuite,
    secrets: ConnectionTrafficSecrets,
) -> Box<dyn MessageEncrypter> {
    let (key, iv) = key(secrets);
    let (fixed, explicit) = iv.as_ref().split_at(4);
    suite.aead_alg.encrypter(key, fixed, explicit)
}

fn decrypter(
    suite: &Tls12CipherSuite,
    secrets: ConnectionTrafficSecrets,
) -> Box<dyn MessageDecrypter> {
    let (key, iv) = key(secrets);
    suite.aead_alg.decrypter(key, &iv.as_ref()[..4])
}

fn key(secrets: ConnectionTrafficSecrets) -> (AeadKey, Iv) {
    match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv }
        | ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (key, iv),
        _ => panic!("not GCM, which both sides prefer"),
    }
}

/// Accepts a client, reads the head of its request, and asks for another handshake. Returns the
/// alert and the client's address.
async fn serve(listener: TcpListener, settings: Settings, then: Then) -> (Vec<u8>, SocketAddr) {
    let (tcp, peer) = listener.accept().await.unwrap();
    let mut config = settings.server_config();
    config.enable_secret_extraction = true;
    let mut stream = TlsAcceptor::from(Arc::new(config))
        .accept(tcp)
        .await
        .unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    let (tcp, tls) = stream.into_inner();
    let mut records = Records::new(tcp, tls);
    records.write(ContentType::Handshake, &HELLO_REQUEST).await;
    let told = records.alert().await;
    match then {
        Then::FatalAlert(alert) => {
            records
                .write(ContentType::Alert, &[2, u8::from(alert)])
                .await;
        }
        Then::AsksAgain => {
            records.write(ContentType::Handshake, &HELLO_REQUEST).await;
            // Until the client has left; a server that closes first may have what it said reset.
            let _ = records.tcp.read_to_end(&mut Vec::new()).await;
        }
        Then::Closes => {}
    }
    (told, peer)
}

/// Returns the client's error at such a server; that the client declined is asserted here.
async fn refused(ca: &Ca, settings: Settings, then: Then) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let settings = settings.versions(TLS12).alpn(&["http/1.1"]);
    let client = trusting(ca).identity(&ca.client());
    let client = crate::client(client.alpn(Alpn::Http11));

    let (answer, (told, peer)) = tokio::join!(get(&client, &uri), serve(listener, settings, then));

    let error = answer.unwrap_err();
    assert_eq!(told, NO_RENEGOTIATION);
    assert_eq!(error.connection().unwrap().local_addr(), Some(peer));
    error
}

#[tokio::test]
async fn renegotiation_is_named_with_or_without_earlier_request() {
    let ca = new_ca();
    for then in [
        Then::FatalAlert(AlertDescription::HandshakeFailure),
        Then::FatalAlert(AlertDescription::NoRenegotiation),
        Then::AsksAgain,
    ] {
        let one_sided = Settings::one_sided(ca.server("localhost"));
        let mutual = Settings::mutual(&ca);
        for (settings, client_auth) in [
            (one_sided, ClientAuth::NotRequested),
            (mutual, ClientAuth::Presented),
        ] {
            let error = refused(&ca, settings, then).await;

            assert_eq!(error.kind(), ErrorKind::Renegotiation, "{error:?}");
            assert_eq!(error.phase(), Phase::Request);
            assert_eq!(error.retry_advice(), RetryAdvice::Never);
            assert_eq!(error.connection().unwrap().client_auth(), client_auth);
        }
    }
}

#[tokio::test]
async fn end_after_declined_renegotiation_is_a_suspicion() {
    let ca = new_ca();
    let settings = Settings::one_sided(ca.server("localhost"));

    let error = refused(&ca, settings, Then::Closes).await;

    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Closed, Phase::Request)
    );
    assert!(error.to_string().contains("renegotiation"), "{error}");
}

#[tokio::test]
async fn another_alert_after_the_handshake_is_no_renegotiation() {
    let ca = new_ca();
    let settings = Settings::mutual(&ca);
    let alert = Then::FatalAlert(AlertDescription::InternalError);

    let error = refused(&ca, settings, alert).await;

    assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
}
