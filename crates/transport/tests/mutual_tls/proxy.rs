//! Connections through a proxy of the tests, which answers as a script says.

use std::{
    fmt::{self, Write as _},
    future::ready,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use rustls::HandshakeKind;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use transport::{
    ClientAuth, Error, ErrorKind, MtlsClient, MtlsConnector, MtlsConnectorBuilder, Phase, Proxy,
    ProxyConnector, ProxyInfo, ProxyProblem, ServerCertificateProblem, SpkiPin, Timeouts,
    TrustAnchors,
};

use crate::{
    HTTP_VERSIONS, TLS_VERSIONS,
    certificates::{Issue, named_ca, new_ca},
    child, get, info,
    pipe::Pipe,
    server::{Seen, Server, Settings},
    trusting,
};

const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const SHORT: Duration = Duration::from_millis(50);

/// The behaviour of the proxy on each connection.
#[derive(Clone)]
struct Script {
    /// Sent once the head of a request has come, each flushed by itself.
    reply: Vec<Vec<u8>>,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Hold,
    Tunnel(SocketAddr),
}

impl Script {
    fn new(reply: impl Into<Vec<u8>>, then: Then) -> Self {
        Self {
            reply: vec![reply.into()],
            then,
        }
    }

    fn tunnel_to(server: &Server) -> Self {
        Self::new(ESTABLISHED, Then::Tunnel(server.addr()))
    }

    fn in_single_bytes(mut self) -> Self {
        let bytes = self.reply.concat();
        self.reply = bytes.into_iter().map(|byte| vec![byte]).collect();
        self
    }

    async fn run(self, mut io: impl AsyncRead + AsyncWrite + Unpin, heard: impl FnOnce(String)) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = io.read_u8().await else { return };
            head.push(byte);
        }
        heard(String::from_utf8(head).unwrap());
        for piece in self.reply {
            if io.write_all(&piece).await.and(io.flush().await).is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        match self.then {
            Then::Close => {
                let _ = io.shutdown().await;
            }
            Then::Hold => std::future::pending().await,
            Then::Tunnel(server) => {
                let mut server = TcpStream::connect(server).await.unwrap();
                let _ = copy_bidirectional(&mut io, &mut server).await;
            }
        }
    }
}

/// One connection as the proxy saw it.
#[derive(Clone, Debug)]
enum Heard {
    Request { head: String, resumed: bool },
    TlsFailed(Option<rustls::Error>),
}

impl Heard {
    fn head(&self) -> &str {
        match self {
            Self::Request { head, .. } => head,
            Self::TlsFailed(error) => panic!("{error:?}"),
        }
    }
}

struct ScriptedProxy {
    addr: SocketAddr,
    heard: watch::Sender<Vec<Heard>>,
    accepting: JoinHandle<()>,
}

impl ScriptedProxy {
    async fn start(script: Script) -> Self {
        Self::accept(script, None).await
    }

    async fn start_tls(script: Script, settings: Settings) -> Self {
        let tls = TlsAcceptor::from(Arc::new(settings.server_config()));
        Self::accept(script, Some(tls)).await
    }

    async fn accept(script: Script, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let heard = watch::Sender::new(Vec::new());
        let log = heard.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tcp.set_nodelay(true).unwrap();
                tokio::spawn(Self::serve(tcp, script.clone(), tls.clone(), log.clone()));
            }
        });
        Self {
            addr,
            heard,
            accepting,
        }
    }

    async fn serve(
        tcp: TcpStream,
        script: Script,
        tls: Option<TlsAcceptor>,
        log: watch::Sender<Vec<Heard>>,
    ) {
        let heard = |heard| log.send_modify(|all| all.push(heard));
        let request = |head, resumed| heard(Heard::Request { head, resumed });
        let Some(tls) = tls else {
            return script.run(tcp, |head| request(head, false)).await;
        };
        match tls.accept(tcp).await {
            Ok(tls) => {
                let kind = tls.get_ref().1.handshake_kind();
                let resumed = kind == Some(HandshakeKind::Resumed);
                script.run(tls, |head| request(head, resumed)).await;
            }
            Err(error) => {
                let error = error.get_ref().and_then(|error| error.downcast_ref());
                heard(Heard::TlsFailed(error.cloned()));
            }
        }
    }

    fn proxy(&self) -> Proxy {
        Proxy::http(&format!("http://{}", self.addr)).unwrap()
    }

    /// Returns the proxy as one that is spoken to over TLS, under this name.
    fn https_proxy(&self, host: &str) -> Proxy {
        Proxy::https(&format!("https://{host}:{}", self.addr.port())).unwrap()
    }

    async fn heard(&self, count: usize) -> Vec<Heard> {
        let mut heard = self.heard.subscribe();
        let heard = heard.wait_for(|heard| heard.len() >= count).await;
        heard.unwrap().clone()
    }
}

impl Drop for ScriptedProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type Client = MtlsClient<Full<Bytes>, ProxyConnector>;

fn client(settings: MtlsConnectorBuilder<Proxy>) -> Client {
    MtlsClient::new(settings.build().unwrap())
}

/// Returns the error of a request through a proxy that answers so, to a server that must not hear
/// of it.
async fn refused(script: Script, proxy: impl FnOnce(&ScriptedProxy) -> Proxy) -> Error {
    let ca = new_ca();
    let scripted = ScriptedProxy::start(script).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = client(settings.proxy(proxy(&scripted)));
    let outcome = get(&client, "https://server.invalid/").await;
    outcome.map(|response| info(&response)).unwrap_err()
}

fn problem(error: &Error) -> ProxyProblem {
    assert_eq!(error.phase(), Phase::Proxy, "{error:?}");
    match error.kind() {
        ErrorKind::Proxy(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_server_sees_our_certificate_through_the_proxy() {
    let ca = new_ca();
    let identity = ca.client();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let proxy = ScriptedProxy::start(Script::tunnel_to(&server)).await;
        let settings = trusting(&ca).identity(&identity).alpn(alpn);
        let client = client(settings.proxy(proxy.proxy()));

        let response = get(&client, &server.uri("/")).await.unwrap();

        let info = info(&response);
        assert_eq!(info.client_auth(), ClientAuth::Presented);
        assert_eq!(info.remote_addr(), Some(proxy.addr));
        let through = response.extensions().get::<ProxyInfo>().unwrap();
        assert_eq!(through.authority().as_str(), proxy.addr.to_string());
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "hello");
        let Seen::Connected {
            client: Some(leaf), ..
        } = &server.seen(1).await[0]
        else {
            panic!("the server did not see the client's certificate");
        };
        assert_eq!(leaf, &identity.certificate_chain()[0]);
        let port = server.addr().port();
        let expected =
            format!("CONNECT localhost:{port} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        assert_eq!(proxy.heard(1).await[0].head(), expected);
    }
}

#[tokio::test]
async fn a_rotated_client_goes_on_through_the_proxy() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let proxy = ScriptedProxy::start(Script::tunnel_to(&server)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = client(settings.proxy(proxy.proxy()));
    get(&client, &server.uri("/")).await.unwrap();

    client.rotate([&ca.client()]).unwrap();
    get(&client, &server.uri("/")).await.unwrap();

    assert_eq!(proxy.heard(2).await.len(), 2);
}

#[tokio::test]
async fn the_replies_of_all_sorts_of_proxies_open_the_tunnel() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let identity = ca.client();
    let many = format!("X-Filler: {}\r\n", "x".repeat(1000)).repeat(10);
    for reply in [
        "HTTP/1.0 200 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\nVia: old\n\n".to_owned(),
        "HTTP/1.1 200 OK\r\nX-Folded: one\r\n\ttwo\r\nno colon\r\n\r\n".to_owned(),
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
    ] {
        let whole = Script::new(reply.as_bytes(), Then::Tunnel(server.addr()));
        for script in [whole.clone(), whole.in_single_bytes()] {
            let proxy = ScriptedProxy::start(script).await;
            let settings = trusting(&ca).identity(&identity);
            let client = client(settings.proxy(proxy.proxy()));
            let response = get(&client, &server.uri("/")).await;
            assert!(response.is_ok(), "{:.40} {response:?}", reply);
        }
    }
}

#[tokio::test]
async fn proxy_rejection_has_its_status_and_side() {
    for (reply, status) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n<html>", 403),
        ("HTTP/1.0 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n", 502),
        (
            "HTTP/1.1 301 Moved\r\nLocation: https://a.invalid/\r\n\r\n",
            301,
        ),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
    ] {
        for script in [
            Script::new(reply, Then::Hold),
            Script::new(reply, Then::Close).in_single_bytes(),
        ] {
            let error = refused(script, ScriptedProxy::proxy).await;
            assert_eq!(problem(&error), ProxyProblem::Refused { status });
            assert!(
                !error.is_client_certificate_rejected() && !error.is_server_certificate_rejected()
            );
        }
    }
}

#[tokio::test]
async fn credentials_are_sent_once_they_are_there() {
    let reply = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                 Proxy-Authenticate: Basic realm=\"proxy\"\r\n\r\n";
    let proxy = ScriptedProxy::start(Script::new(reply, Then::Hold)).await;
    let in_uri = format!("http://Aladdin:open%20sesame@{}", proxy.addr);
    let set = proxy.proxy().credentials("Aladdin", "open sesame");
    for (proxy, expected) in [
        (proxy.proxy(), ProxyProblem::CredentialsRequired),
        (
            Proxy::http(&in_uri).unwrap(),
            ProxyProblem::CredentialsRefused,
        ),
        (set.unwrap(), ProxyProblem::CredentialsRefused),
    ] {
        let client = client(trusting(&new_ca()).proxy(proxy));
        let error = get(&client, "https://server.invalid/").await.unwrap_err();
        assert_eq!(problem(&error), expected);
    }
    let heard = proxy.heard(3).await;
    assert!(!heard[0].head().contains("Authorization"));
    for heard in &heard[1..] {
        let header = "\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
        assert!(heard.head().contains(header));
    }
}

#[tokio::test]
async fn proxy_without_basic_differs_from_wrong_credentials() {
    let reply = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\n\r\n";
    let error = refused(Script::new(reply, Then::Close), ScriptedProxy::proxy).await;
    assert_eq!(problem(&error), ProxyProblem::UnsupportedScheme);
}

#[tokio::test]
async fn what_is_no_reply_is_named() {
    let long = [&b"HTTP/1.1 200 OK\r\nX: "[..], &[b'x'; 64 * 1024]].concat();
    for (reply, then, expected) in [
        (
            &b"SSH-2.0-server\r\n"[..],
            Then::Hold,
            ProxyProblem::NotHttp,
        ),
        (
            b"\x15\x03\x01\x00\x02\x02\x46",
            Then::Close,
            ProxyProblem::NotHttp,
        ),
        (b"HTTP/2 200 OK\r\n\r\n", Then::Hold, ProxyProblem::NotHttp),
        (b"", Then::Close, ProxyProblem::Closed),
        (
            b"HTTP/1.1 200 OK\r\nVia:",
            Then::Close,
            ProxyProblem::Closed,
        ),
        (&long, Then::Hold, ProxyProblem::ReplyTooLarge),
    ] {
        let error = refused(Script::new(reply, then), ScriptedProxy::proxy).await;
        assert_eq!(problem(&error), expected);
    }
}

#[tokio::test]
async fn bytes_behind_the_reply_belong_to_the_tunnel() {
    let stray = [ESTABLISHED, b"not TLS"].concat();
    let error = refused(Script::new(stray, Then::Hold), ScriptedProxy::proxy).await;
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
}

#[tokio::test(start_paused = true)]
async fn silent_proxy_times_out_by_step_or_whole() {
    let (long, longer) = (Duration::from_secs(7), Duration::from_secs(70));
    for timeouts in [
        Timeouts::default().proxy(long).connect(longer),
        Timeouts::default().proxy(longer).connect(long),
    ] {
        for reply in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            let (near, far) = tokio::io::duplex(1024);
            tokio::spawn(Script::new(reply, Then::Hold).run(far, |_| ()));
            let settings = trusting(&new_ca()).timeouts(timeouts);
            let settings = settings.proxy(Proxy::http("proxy.example").unwrap());
            let connector = settings.build_with_connector(Pipe::new(near)).unwrap();
            let client = MtlsClient::<Full<Bytes>, _>::new(connector);

            let start = Instant::now();
            let error = get(&client, "https://server.invalid/").await.unwrap_err();

            assert!(error.is_timeout(), "{error:?}");
            assert_eq!(error.phase(), Phase::Proxy);
            assert_eq!(start.elapsed().as_secs(), long.as_secs());
        }
    }
}

#[tokio::test]
async fn tls_handshake_with_silent_proxy_times_out() {
    let server = Server::silent().await;
    let proxy = Proxy::https(&format!("localhost:{}", server.addr().port())).unwrap();
    let settings = trusting(&new_ca()).timeouts(Timeouts::default().proxy(SHORT));
    let client = client(settings.proxy(proxy));

    let error = get(&client, "https://server.invalid/").await.unwrap_err();

    assert!(error.is_timeout());
    assert_eq!(error.phase(), Phase::Proxy);
}

#[tokio::test]
async fn tls_proxy_never_sees_the_client_certificate() {
    let ca = new_ca();
    let identity = ca.client();
    let server = Server::start(Settings::mutual(&ca)).await;
    for versions in TLS_VERSIONS {
        for _ in 0..20 {
            let demanding = Settings::mutual(&ca).versions(versions);
            let script = Script::tunnel_to(&server);
            let proxy = ScriptedProxy::start_tls(script, demanding).await;
            let settings = trusting(&ca).identity(&identity);
            let settings = settings.proxy(proxy.https_proxy("localhost"));
            let client: Client = MtlsClient::builder(settings.build().unwrap())
                .failover()
                .build();

            let error = get(&client, &server.uri("/")).await.unwrap_err();

            assert_eq!(problem(&error), ProxyProblem::ClientCertificate);
            assert!(!error.is_client_certificate_rejected());
            let Heard::TlsFailed(Some(verdict)) = &proxy.heard(1).await[0] else {
                panic!("the proxy did not refuse");
            };
            assert_eq!(verdict, &rustls::Error::NoCertificatesPresented);
        }
    }
}

// Both have the same name, so a store of sessions for both would mix them up.
#[tokio::test]
async fn sessions_of_proxy_and_server_are_separate() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
        let own = Settings::one_sided(ca.server("localhost")).versions(versions);
        let proxy = ScriptedProxy::start_tls(Script::tunnel_to(&server), own).await;
        let settings = trusting(&ca).identity(&ca.client());
        let settings = settings.alpn(transport::Alpn::Http11);
        let client = client(settings.proxy(proxy.https_proxy("localhost")));

        for _ in 0..3 {
            let response = get(&client, &server.uri("/close")).await.unwrap();
            response.into_body().collect().await.unwrap();
        }

        let resumed = |heard: &Heard| matches!(heard, Heard::Request { resumed: true, .. });
        let heard: Vec<_> = proxy.heard(3).await.iter().map(resumed).collect();
        assert_eq!(heard, [false, true, true]);
        let resumed = |seen: &Seen| matches!(seen, Seen::Connected { resumed: true, .. });
        let seen: Vec<_> = server.seen(3).await.iter().map(resumed).collect();
        assert_eq!(seen, [false, true, true]);
    }
}

#[tokio::test]
async fn proxy_is_judged_by_the_anchors_of_the_generation() {
    let [servers, old, new] = ["Server", "Old", "New"].map(named_ca);
    let server = Server::start(Settings::mutual(&servers)).await;
    let own = Settings::one_sided(new.server("localhost"));
    let proxy = ScriptedProxy::start_tls(Script::tunnel_to(&server), own).await;
    let anchors =
        |proxies: &Ca| TrustAnchors::from_pem([servers.pem(), proxies.pem()].concat()).unwrap();
    let settings = MtlsConnector::builder(anchors(&old)).identity(&servers.client());
    let client = client(settings.proxy(proxy.https_proxy("localhost")));
    let ask = || async {
        let outcome = get(&client, &server.uri("/close")).await;
        outcome.map(|response| info(&response).generation())
    };
    let unknown = ProxyProblem::Certificate(ServerCertificateProblem::UnknownIssuer);
    assert_eq!(problem(&ask().await.unwrap_err()), unknown);

    let second = client.rotate_trust(anchors(&new)).unwrap();
    assert_eq!(ask().await.unwrap(), second);
    client.rotate_trust(anchors(&old)).unwrap();
    assert_eq!(
        problem(&ask().await.unwrap_err()),
        unknown,
        "and resumes nothing"
    );
    let heard = proxy.heard(3).await;
    let is_refused = |heard: &Heard| matches!(heard, Heard::TlsFailed(_));
    assert_eq!(
        heard.iter().map(is_refused).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn proxy_certificate_is_verified_for_the_proxys_name() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let of_the_server = || Settings::one_sided(ca.server("server.invalid"));
    let of_another = Settings::one_sided(new_ca().server("localhost"));
    for (settings, expected) in [
        (of_the_server(), ServerCertificateProblem::WrongName),
        // Both CAs have the same name, so the signature is what tells them apart.
        (of_another, ServerCertificateProblem::BadSignature),
    ] {
        let proxy = ScriptedProxy::start_tls(Script::tunnel_to(&server), settings).await;
        let client = client(trusting(&ca).proxy(proxy.https_proxy("localhost")));

        let error = get(&client, "https://server.invalid/").await.unwrap_err();

        assert_eq!(problem(&error), ProxyProblem::Certificate(expected));
        assert!(!error.is_server_certificate_rejected());
    }
}

#[tokio::test]
async fn pins_apply_to_the_server_not_the_proxy() {
    let ca = new_ca();
    let certificate = ca.server("localhost");
    let pin = SpkiPin::of_certificate(&certificate.chain()[0]).unwrap();
    let server = Server::start(Settings::one_sided(certificate)).await;
    let of_proxy = ca.server("localhost");
    let pin_of_proxy = SpkiPin::of_certificate(&of_proxy.chain()[0]).unwrap();
    let script = Script::tunnel_to(&server);
    let proxy = ScriptedProxy::start_tls(script, Settings::one_sided(of_proxy)).await;
    let pinned = |pin| {
        let trust = TrustAnchors::from_pem(ca.pem()).unwrap().pin_spki(pin);
        client(MtlsConnector::builder(trust).proxy(proxy.https_proxy("localhost")))
    };

    get(&pinned(pin), &server.uri("/")).await.unwrap();
    let error = get(&pinned(pin_of_proxy), &server.uri("/")).await;

    let not_pinned = ErrorKind::ServerCertificate(ServerCertificateProblem::NotPinned);
    assert_eq!(error.unwrap_err().kind(), not_pinned);
    let seen = server.seen(2).await;
    assert!(matches!(&seen[0], Seen::Connected { .. }));
    assert!(matches!(&seen[1], Seen::Failed { .. }));
    assert_eq!(proxy.heard(2).await.len(), 2);
}

#[tokio::test]
async fn a_proxy_whose_certificate_is_revoked_is_refused() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.numbered_server("localhost", 1))).await;
    for (serial, accepted) in [(1, true), (2, false)] {
        let settings = Settings::one_sided(ca.numbered_server("localhost", serial));
        let proxy = ScriptedProxy::start_tls(Script::tunnel_to(&server), settings).await;
        let list = ca.crl(&[2], 2090).der().to_vec();
        let trust = TrustAnchors::from_pem(ca.pem()).unwrap().crl_der(list);
        let settings = MtlsConnector::builder(trust).proxy(proxy.https_proxy("localhost"));

        let outcome = get(&client(settings), &server.uri("/")).await;

        let refusal = outcome.err().map(|error| problem(&error));
        let revoked = ProxyProblem::Certificate(ServerCertificateProblem::Revoked);
        assert_eq!(refusal, (!accepted).then_some(revoked));
        let heard = &proxy.heard(1).await[0];
        assert_eq!(
            matches!(heard, Heard::Request { .. }),
            accepted,
            "{heard:?}"
        );
    }
}

#[tokio::test]
async fn the_proxys_name_is_looked_up_as_the_settings_say() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("server.invalid"))).await;
    let proxy = ScriptedProxy::start(Script::tunnel_to(&server)).await;
    let through = || Proxy::http("http://proxy.invalid").unwrap();
    let settings = || trusting(&ca).proxy(through());

    let resolved = settings().resolve("proxy.invalid", [proxy.addr]);
    let response = get(&client(resolved), "https://server.invalid/").await;
    let of_server = settings().resolver(|_| ready(Err(io::ErrorKind::NotFound.into())));
    let of_server = of_server.resolve("server.invalid", [server.addr()]);
    let error = get(&client(of_server), "https://server.invalid/").await;

    assert_eq!(info(&response.unwrap()).remote_addr(), Some(proxy.addr));
    assert_eq!(problem(&error.unwrap_err()), ProxyProblem::Resolve);
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn the_wrong_scheme_of_a_proxy_is_found_out() {
    let ca = new_ca();
    let clear = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = clear.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut tcp, _) = clear.accept().await.unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let _ = tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await;
    });
    let own = Settings::one_sided(ca.server("localhost"));
    let encrypted = ScriptedProxy::start_tls(Script::new("", Then::Close), own).await;
    for (proxy, expected) in [
        (Proxy::https(&addr.to_string()).unwrap(), ProxyProblem::Tls),
        (encrypted.proxy(), ProxyProblem::NotHttp),
    ] {
        let client = client(trusting(&ca).proxy(proxy));
        let error = get(&client, "https://server.invalid/").await.unwrap_err();
        assert_eq!(problem(&error), expected);
    }
}

#[tokio::test]
async fn hosts_of_no_proxy_are_connected_to_directly() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let proxy = ScriptedProxy::start(Script::tunnel_to(&server)).await;
    let identity = ca.client();
    let port = server.addr().port();
    for (list, is_direct) in [
        ("localhost".to_owned(), true),
        (format!("other.example, localhost:{port}"), true),
        ("other.example".to_owned(), false),
        (format!("localhost:{}", port ^ 1), false),
    ] {
        let settings = trusting(&ca).identity(&identity);
        let client = client(settings.proxy(proxy.proxy().no_proxy(&list)));

        let response = get(&client, &server.uri("/")).await.unwrap();

        let expected = if is_direct { server.addr() } else { proxy.addr };
        assert_eq!(info(&response).remote_addr(), Some(expected), "{list}");
        let through = response.extensions().get::<ProxyInfo>();
        assert_eq!(through.is_none(), is_direct, "{list}");
    }
    let settings = trusting(&ca).identity(&identity);
    let none = client(settings.proxy(Proxy::none()));
    let response = get(&none, &server.uri("/")).await.unwrap();
    assert_eq!(info(&response).remote_addr(), Some(server.addr()));
}

#[tokio::test]
async fn the_name_of_the_server_is_the_proxys_to_resolve() {
    let ca = new_ca();
    // `.invalid` never resolves (RFC 6761, section 6.4).
    let server = Server::start(Settings::one_sided(ca.server("server.invalid"))).await;
    let proxy = ScriptedProxy::start(Script::tunnel_to(&server)).await;
    let client = client(trusting(&ca).proxy(proxy.proxy()));

    let response = get(&client, "https://server.invalid/").await.unwrap();

    assert_eq!(info(&response).server_name(), "server.invalid");
    let heard = proxy.heard(1).await;
    assert!(
        heard[0]
            .head()
            .starts_with("CONNECT server.invalid:443 HTTP/1.1\r\n")
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let unused = listener.local_addr().unwrap().to_string();
    drop(listener);
    for (proxy, expected) in [
        (unused.as_str(), ProxyProblem::Unreachable),
        ("no.such.invalid:3128", ProxyProblem::Resolve),
    ] {
        let client = client(trusting(&new_ca()).proxy(Proxy::http(proxy).unwrap()));
        let error = get(&client, "https://server.invalid/").await.unwrap_err();
        assert_eq!(problem(&error), expected);
    }
}

// In a process of its own: a callsite that a thread without a subscriber registers is disabled for
// all.
#[tokio::test]
async fn the_credentials_are_shown_nowhere() {
    if !child::is_child() {
        return child::run("proxy::the_credentials_are_shown_nowhere", &[]);
    }
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let events = Events::default();
    let recording = tracing::subscriber::set_default(events.clone());

    let mut shown = everything_shown(&ca, &server).await;

    drop(recording);
    shown += &events.0.lock().unwrap();
    assert!(shown.contains("proxy responded"), "nothing was recorded");
    for secret in ["Aladdin", "sesame", "QWxhZGRpb"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Returns what `Debug` and `Display` show where the proxy is given credentials.
async fn everything_shown(ca: &Ca, server: &Server) -> String {
    let mut shown = String::new();
    for script in [
        Script::new("HTTP/1.1 407 Who\r\n\r\n", Then::Close),
        Script::new("garbage", Then::Close),
        Script::new("", Then::Close),
        Script::tunnel_to(server),
    ] {
        let proxy = ScriptedProxy::start(script).await;
        let uri = format!("http://Aladdin:sesame@{}", proxy.addr);
        let settings = trusting(ca).identity(&ca.client());
        let settings = settings.proxy(Proxy::http(&uri).unwrap());
        write!(shown, "{settings:?}").unwrap();
        let connector = settings.build().unwrap();
        write!(shown, "{connector:?}").unwrap();
        let client = Client::new(connector);
        write!(shown, "{client:?}").unwrap();
        match get(&client, &server.uri("/")).await {
            Ok(response) => {
                let through = response.extensions().get::<ProxyInfo>();
                write!(shown, "{response:?} {through:?}").unwrap();
            }
            Err(error) => {
                let mut cause: Option<&dyn std::error::Error> = Some(&error);
                while let Some(error) = cause {
                    write!(shown, "{error} {error:?}").unwrap();
                    cause = error.source();
                }
            }
        }
        let heard = proxy.heard(1).await;
        let head = heard.first().unwrap().head();
        assert!(head.contains("QWxhZGRpbjpzZXNhbWU="));
    }
    shown
}

/// Writes down every event and span of every crate, with all fields.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<String>>);

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

impl tracing::field::Visit for Events {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field} {value:?}").unwrap();
    }
}
