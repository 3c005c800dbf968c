//! The server's end of TLS: which clients it accepts, and what it calls the others.

use hyper_util::rt::TokioIo;
use identity::{Identity, Loader};
use mock_tls::{Ca, IssuedCertificate, Leaf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::Service;
use transport::{
    ConfigError, Handshake, HandshakeFailure, MtlsConnector, TlsAcceptor, TrustAnchors,
};

use crate::{
    certificates::{Issue, named_ca, new_ca},
    trusting,
};

fn loaded(issued: &IssuedCertificate, loader: &Loader) -> Identity {
    let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
    let loaded = loader.load(certificate.as_bytes(), key.as_bytes());
    loaded.unwrap().into_parts().0
}

fn server(ca: &Ca) -> Identity {
    loaded(&ca.server("127.0.0.1"), &Loader::new().for_server())
}

/// Issues the certificate of a client with this serial number.
fn numbered_client(ca: &Ca, serial: u64) -> Identity {
    let leaf = Leaf::client("client.example").serial(serial);
    let issued = ca.issue_with_new_key(&leaf.valid_years(2020, 2040));
    loaded(&issued.unwrap(), &Loader::new())
}

/// Connects, and returns how each end sees it.
async fn meet(
    acceptor: &TlsAcceptor,
    connector: &MtlsConnector,
) -> (Result<(), HandshakeFailure>, Option<Handshake>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}", listener.local_addr().unwrap());
    let accepting = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(TokioIo::new(tcp)).await?;
        let mut stream = TokioIo::new(stream);
        // With it the tickets of TLS 1.3 are read.
        let _gone = stream.write_all(b"x").await;
        let _gone = stream.flush().await;
        Ok(())
    };
    let mut connector = connector.clone();
    let connecting = async {
        let stream = connector.call(uri.parse().unwrap()).await.ok()?;
        let handshake = stream.info().tls().unwrap().handshake;
        let mut stream = TokioIo::new(stream);
        stream.read_u8().await.ok().map(|_| handshake)
    };
    tokio::join!(accepting, connecting)
}

#[tokio::test]
async fn client_on_a_revocation_list_is_refused() {
    let (ca, of_clients) = (new_ca(), named_ca("Clients"));
    let list = of_clients.crl(&[2], 2090).pem().unwrap();
    let trust = TrustAnchors::from_pem(of_clients.pem()).unwrap();
    let builder = |trust| TlsAcceptor::builder(&server(&ca)).client_cas(trust).build();
    let with_list = builder(trust.clone().crl_pem(list).unwrap()).unwrap();
    let without = builder(trust).unwrap();
    for (serial, acceptor, is_accepted) in [
        (1, &with_list, true),
        (2, &with_list, false),
        (2, &without, true),
    ] {
        let client = trusting(&ca).identity(&numbered_client(&of_clients, serial));
        let (accepted, _) = meet(acceptor, &client.build().unwrap()).await;
        assert_eq!(accepted.is_ok(), is_accepted, "{serial}: {accepted:?}");
        if let Err(failure) = accepted {
            assert_eq!(failure.name(), "client_certificate");
        }
    }
}

#[tokio::test]
async fn verified_clients_do_not_resume_and_others_do() {
    let ca = new_ca();
    let trust = TrustAnchors::from_pem(ca.pem()).unwrap();
    let anyone = TlsAcceptor::builder(&server(&ca)).build().unwrap();
    let verifying = TlsAcceptor::builder(&server(&ca)).client_cas(trust).build();
    for (acceptor, second) in [
        (anyone, Handshake::Resumed),
        (verifying.unwrap(), Handshake::Full),
    ] {
        let client = trusting(&ca).identity(&ca.client()).build().unwrap();
        let (_, first) = meet(&acceptor, &client).await;
        assert_eq!(first, Some(Handshake::Full));
        assert_eq!(meet(&acceptor, &client).await.1, Some(second));
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let (ca, other) = (new_ca(), named_ca("Other"));
    let trust = TrustAnchors::from_pem(ca.pem()).unwrap();
    let acceptor = TlsAcceptor::builder(&server(&ca)).client_cas(trust).build();
    let acceptor = acceptor.unwrap();
    let name = async |connector: MtlsConnector| {
        let (accepted, _) = meet(&acceptor, &connector).await;
        accepted.err().map(|failure| failure.name())
    };
    let known = trusting(&ca).identity(&ca.client());
    assert_eq!(name(known.build().unwrap()).await, None);
    let nameless = trusting(&ca).build().unwrap();
    assert_eq!(name(nameless).await, Some("client_certificate"));
    let foreign = trusting(&ca).identity(&other.client());
    assert_eq!(
        name(foreign.build().unwrap()).await,
        Some("client_certificate")
    );
    let stranger = trusting(&other).identity(&ca.client());
    assert_eq!(name(stranger.build().unwrap()).await, Some("rejected"));
    for (bytes, name) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "protocol"),
        (b"", "network"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let failure = acceptor.accept(TokioIo::new(tcp)).await.unwrap_err();
        assert_eq!(failure.name(), name);
        assert!(!failure.is_client_certificate());
    }
}

#[test]
fn acceptor_that_could_verify_no_one_is_not_built() {
    let identity = server(&new_ca());
    let build = |trust| TlsAcceptor::builder(&identity).client_cas(trust).build();
    let refused = build(TrustAnchors::empty()).unwrap_err();
    assert!(
        matches!(refused, ConfigError::NoTrustAnchors),
        "{refused:?}"
    );
}
