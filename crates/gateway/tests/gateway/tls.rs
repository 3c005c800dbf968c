//! TLS towards callers.

use std::{
    any::Any,
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use gateway::{Gateway, Limits, ListenAddress, Listener, Timeouts};
use http::{Request, StatusCode, Version};
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use identity::{FileSource, Identity, Loader};
use mock_tls::{Ca, Leaf, MockServer};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, task::JoinHandle, time::timeout};
use tower::ServiceExt;
use tower_service::Service;
use transport::{
    AcceptorReloader, Alpn, MtlsClient, MtlsConnector, MtlsStream, ReloadEvent, TlsAcceptor,
    TrustAnchors, TrustFiles,
};

use crate::context::{BOTH, Client, Reply, Running, describing, full, rest, to, whole};
use crate::floods::begun;

/// A CA, and a gateway that presents a certificate of it.
pub(crate) struct Context {
    server: MockServer,
    ca: Ca,
    pub(crate) other_ca: Ca,
}

impl Context {
    pub(crate) async fn new() -> Self {
        Self {
            server: describing().await,
            ca: Ca::named("ours").unwrap(),
            other_ca: Ca::named("another").unwrap(),
        }
    }

    fn acceptor(&self, client_cas: Option<&Ca>) -> TlsAcceptor {
        let identity = server_identity(&self.ca);
        let builder = TlsAcceptor::builder(&identity);
        let builder = match client_cas {
            Some(ca) => builder.client_cas(TrustAnchors::from_pem(ca.pem()).unwrap()),
            None => builder,
        };
        builder.build().unwrap()
    }

    pub(crate) fn start(
        &self,
        client_cas: Option<&Ca>,
        set: impl FnOnce(gateway::GatewayBuilder<Client>) -> gateway::GatewayBuilder<Client>,
    ) -> Running {
        let listener = bound().tls(self.acceptor(client_cas));
        Running::start_on(set(to(&self.server, Alpn::Http11)), listener)
    }

    /// Returns a caller that trusts the gateway, and presents this if it is asked.
    pub(crate) fn caller(&self, alpn: Alpn, identity: Option<&Identity>) -> MtlsConnector {
        let anchors = TrustAnchors::from_pem(self.ca.pem()).unwrap();
        let connector = MtlsConnector::builder(anchors).alpn(alpn);
        connector.identities(identity).build().unwrap()
    }
}

fn bound() -> Listener {
    Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap()
}

fn server_identity(ca: &Ca) -> Identity {
    let leaf = Leaf::server(["localhost", "127.0.0.1"]).unwrap();
    let issued = ca.issue_with_new_key(&leaf).unwrap();
    let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
    let loaded = Loader::new()
        .for_server()
        .load(certificate.as_bytes(), key.as_bytes());
    loaded.unwrap().into_parts().0
}

fn client_identity(ca: &Ca) -> Identity {
    issued(ca, &Leaf::client("caller.example").valid_years(2020, 2040))
}

pub(crate) fn issued(ca: &Ca, leaf: &Leaf) -> Identity {
    let issued = ca.issue_with_new_key(leaf).unwrap();
    let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
    let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes());
    loaded.unwrap().into_parts().0
}

fn uri(addr: SocketAddr, path: &str) -> String {
    format!("https://{addr}{path}")
}

async fn get(
    connector: MtlsConnector,
    addr: SocketAddr,
) -> Result<(StatusCode, Version), transport::Error> {
    let client: MtlsClient<Full<Bytes>> = MtlsClient::new(connector);
    let request = Request::get(uri(addr, "/called")).body(full("")).unwrap();
    let response = client.oneshot(request).await?;
    let (status, version) = (response.status(), response.version());
    use http_body_util::BodyExt;
    let body = response.into_body().collect().await?.to_bytes();
    let described: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(described["target"], "/called");
    Ok((status, version))
}

#[tokio::test]
async fn callers_speak_either_version_of_http_over_tls() {
    let context = Context::new().await;
    let gateway = context.start(None, |builder| builder);
    for (alpn, version) in BOTH.into_iter().zip([Version::HTTP_11, Version::HTTP_2]) {
        let got = get(context.caller(alpn, None), gateway.addr()).await;
        assert_eq!(got.unwrap(), (StatusCode::OK, version));
    }
    let anchors = TrustAnchors::from_pem(context.other_ca.pem()).unwrap();
    let stranger = MtlsConnector::builder(anchors).build().unwrap();
    let refused = get(stranger, gateway.addr()).await.unwrap_err();
    assert!(refused.is_server_certificate_rejected(), "{refused:?}");
}

#[tokio::test]
async fn certificate_of_callers_is_verified_where_cas_are_named() {
    let context = Context::new().await;
    let gateway = context.start(Some(&context.other_ca), |builder| builder);
    let (known, foreign) = (
        client_identity(&context.other_ca),
        client_identity(&context.ca),
    );
    for alpn in BOTH {
        let connect = |identity| get(context.caller(alpn, identity), gateway.addr());
        connect(Some(&known)).await.unwrap();
        for identity in [None, Some(&foreign)] {
            let refused = connect(identity).await.unwrap_err();
            assert!(refused.is_client_certificate_rejected(), "{refused:?}");
        }
    }
    let events = context.server.events();
    let served = events
        .iter()
        .filter(|event| matches!(event.kind, mock_tls::ConnectionEvent::RequestServed { .. }));
    assert_eq!(served.count(), BOTH.len());
}

#[tokio::test]
async fn public_cas_are_refused_for_callers() {
    let identity = server_identity(&Ca::named("ours").unwrap());
    for public in [TrustAnchors::platform(), TrustAnchors::webpki()] {
        let refused = TlsAcceptor::builder(&identity).client_cas(public).build();
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, transport::ConfigError::PublicClientCas),
            "{refused:?}"
        );
    }
    let build = |pem: &str| {
        let trust = TrustAnchors::from_pem(pem).unwrap();
        TlsAcceptor::builder(&identity).client_cas(trust).build()
    };
    // One beside one's own, and more than anyone has of one's own.
    let own: Vec<_> = (0..17).map(|_| Ca::named("own").unwrap()).collect();
    let own: Vec<_> = own.iter().map(Ca::pem).collect();
    let public = include_str!("../vectors/isrg-root-x2.pem");
    let refused = build(&[own[0], public].concat()).unwrap_err();
    assert!(
        matches!(refused, transport::ConfigError::PublicClientCas),
        "{refused:?}"
    );
    build(&own[..16].concat()).unwrap();
    let refused = build(&own.concat()).unwrap_err();
    assert!(
        matches!(
            refused,
            transport::ConfigError::TooManyClientCas { count: 17, .. }
        ),
        "{refused:?}"
    );
}

/// Opens a connection to a gateway.
async fn connected(
    mut connector: MtlsConnector,
    addr: SocketAddr,
) -> MtlsStream<impl hyper::rt::Read + hyper::rt::Write + Unpin + Send> {
    let uri = uri(addr, "/").parse().unwrap();
    connector.call(uri).await.unwrap()
}

#[tokio::test]
async fn target_has_the_scheme_of_a_listener_over_tls() {
    let context = Context::new().await;
    let gateway = context.start(None, |builder| builder);
    let addr = gateway.addr();
    for (scheme, status) in [("https", 200), ("http", 421)] {
        let target = format!("{scheme}://{addr}/");
        let request = || Request::get(&target).header("host", addr.to_string());
        let stream = connected(context.caller(Alpn::Http11, None), addr).await;
        let (mut caller, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let response = caller.send_request(request().body(full("")).unwrap());
        let (response, _) = whole(response.await.unwrap()).await;
        assert_eq!(response.status(), status, "{target}");

        let stream = connected(context.caller(Alpn::Http2, None), addr).await;
        let (mut caller, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        let response = caller.send_request(request().body(full("")).unwrap());
        let (response, _) = whole(response.await.unwrap()).await;
        assert_eq!(response.status(), status, "{target} over HTTP/2");
    }
    // The origin of a page has it too.
    for (origin, status) in [("https", 200), ("http", 403)] {
        let stream = connected(context.caller(Alpn::Http11, None), addr).await;
        let (mut caller, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get("/")
            .header("host", addr.to_string())
            .header("origin", format!("{origin}://{addr}"));
        let response = caller.send_request(request.body(full("")).unwrap());
        assert_eq!(response.await.unwrap().status(), status, "{origin}");
    }
}

#[tokio::test]
async fn plain_http_gets_a_problem_and_the_end() {
    let context = Context::new().await;
    let gateway = context.start(None, |builder| builder);
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let reply = Reply::of(&gateway.raw(request).await);
    assert_eq!((reply.status, &*reply.problem()), (400, "tls-required"));
    assert!(reply.head.contains("connection: close"), "{reply:?}");
    let head = Reply::of(
        &gateway
            .raw("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await,
    );
    assert_eq!((head.status, &*head.body), (400, ""));
    // Of HTTP/2 by prior knowledge, the end alone.
    let mut caller = begun(&gateway, &[]).await;
    assert_eq!(rest(&mut caller).await, "");
    assert!(context.server.events().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn callers_without_tls_leave_room_for_others() {
    use tokio::{io::AsyncReadExt, net::UnixStream};

    use crate::floods::without_window;

    let context = Context::new().await;
    let limits = Limits::default().connections(4);
    let gateway = to(&context.server, Alpn::Http11).limits(limits).build();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("napi.sock");
    let socket = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap();
    let tls = bound().tls(context.acceptor(None));
    let ListenAddress::Tcp(addr) = *tls.address() else {
        panic!("{:?}", tls.address());
    };
    let calling = async {
        let mut plain = Vec::new();
        for _ in 0..4 {
            plain.push(without_window(addr).await);
        }
        let mut caller = UnixStream::connect(&path).await.unwrap();
        let get = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        caller.write_all(get).await.unwrap();
        let mut text = String::new();
        caller.read_to_string(&mut text).await.unwrap();
        assert_eq!(Reply::of(&text).status, 200);
    };
    tokio::select! {
        ended = gateway.serve(socket, std::future::pending()) => panic!("{ended:?}"),
        ended = gateway.serve(tls, std::future::pending()) => panic!("{ended:?}"),
        () = calling => {}
    }
}

#[tokio::test]
async fn slow_handshakes_are_given_up() {
    let context = Context::new().await;
    let timeouts = Timeouts::default().handshake(Duration::from_millis(200));
    let gateway = context.start(None, |builder| builder.timeouts(timeouts));
    for sent in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01"] {
        let mut caller = gateway.connect().await;
        caller.write_all(sent).await.unwrap();
        assert_eq!(rest(&mut caller).await, "", "{sent:?}");
    }
    // On a machine that is busy, a good one may need longer than that.
    let gateway = context.start(None, |builder| builder);
    get(context.caller(Alpn::Http11, None), gateway.addr())
        .await
        .unwrap();
}

#[tokio::test]
async fn handshakes_that_stall_make_room_for_callers() {
    let context = Context::new().await;
    let limits = Limits::default().connections(4);
    let timeouts = Timeouts::default().handshake(Duration::from_secs(600));
    let set = |builder: gateway::GatewayBuilder<Client>| builder.limits(limits).timeouts(timeouts);
    let mut gateway = context.start(None, set);
    let mut stalled = Vec::new();
    for _ in 0..32 {
        let mut caller = gateway.connect().await;
        caller.write_all(b"\x16").await.unwrap();
        stalled.push(caller);
    }
    get(context.caller(Alpn::Http11, None), gateway.addr())
        .await
        .unwrap();
    for evicted in &mut stalled[..28] {
        assert_eq!(rest(evicted).await, "");
    }
    // Those that are left do not hold up the end.
    gateway.stop();
    gateway.ended().await;
}

/// Writes certificate and key of a new server of a CA, one after the other.
fn write_server(folder: &Path, ca: &Ca) {
    let leaf = Leaf::server(["127.0.0.1"]).unwrap();
    let issued = ca.issue_with_new_key(&leaf).unwrap();
    fs::write(folder.join("server.pem"), issued.chain_pem()).unwrap();
    fs::write(folder.join("server.key"), issued.secret_key_pem()).unwrap();
}

/// Polls twice, as new content is taken when two readings agree, and returns what was reported.
async fn polled(reloader: &mut AcceptorReloader, events: &Events) -> Vec<String> {
    reloader.poll_once().await;
    reloader.poll_once().await;
    std::mem::take(&mut *events.lock().unwrap())
}

type Events = std::sync::Arc<std::sync::Mutex<Vec<String>>>;

#[tokio::test]
async fn replaced_files_count_from_the_next_handshake() {
    let context = Context::new().await;
    let folder = TempDir::new().unwrap();
    let path = |name| folder.path().join(name);
    write_server(folder.path(), &context.other_ca);
    fs::write(path("callers.pem"), context.ca.pem()).unwrap();
    let files = || {
        FileSource::pair(
            Loader::new().for_server(),
            path("server.pem"),
            path("server.key"),
        )
    };
    let mut first = files();
    let first = first.poll().set().unwrap().members()[0].clone();
    let mut trust = TrustFiles::only(path("callers.pem"));
    let acceptor = TlsAcceptor::builder(&first).client_cas(trust.load().unwrap());
    let acceptor = acceptor.build().unwrap();
    let events = Events::default();
    let reported = events.clone();
    let mut reloader = AcceptorReloader::new(acceptor.clone(), files())
        .and(trust)
        .on_event(move |event| {
            if !matches!(event, ReloadEvent::AcceptorRenewed { .. }) {
                reported.lock().unwrap().push(event.to_string());
            }
        });
    polled(&mut reloader, &events).await;
    let gateway = Running::start_on(to(&context.server, Alpn::Http11), bound().tls(acceptor));
    // Trusts the first CA alone, and has a certificate of it.
    let known = client_identity(&context.ca);
    let call = || get(context.caller(Alpn::Http2, Some(&known)), gateway.addr());
    let refused = call().await.unwrap_err();
    assert!(refused.is_server_certificate_rejected(), "{refused:?}");

    write_server(folder.path(), &context.ca);
    let reported = polled(&mut reloader, &events).await;
    assert_eq!(reported.len(), 1, "{reported:?}");
    call().await.unwrap();

    // Broken ones leave what is there, and say so.
    fs::write(path("server.pem"), "broken").unwrap();
    fs::write(path("callers.pem"), "broken").unwrap();
    let reported = polled(&mut reloader, &events).await;
    assert_eq!(reported.len(), 2, "{reported:?}");
    call().await.unwrap();

    write_server(folder.path(), &context.ca);
    fs::write(path("callers.pem"), context.other_ca.pem()).unwrap();
    polled(&mut reloader, &events).await;
    let refused = call().await.unwrap_err();
    assert!(refused.is_client_certificate_rejected(), "{refused:?}");
}

/// A connection that stays open after a request, and what waits for its end.
pub(crate) struct Kept {
    _sender: Box<dyn Any + Send>,
    connection: JoinHandle<()>,
}

impl Kept {
    pub(crate) async fn open(connector: MtlsConnector, addr: SocketAddr, alpn: Alpn) -> Self {
        let stream = connected(connector, addr).await;
        let request = Request::get(uri(addr, "/called")).header("host", addr.to_string());
        let request = request.body(full("")).unwrap();
        let (sender, response, connection): (Box<dyn Any + Send>, _, _) = match alpn {
            Alpn::Http11 => {
                let (mut sender, connection) = http1::handshake(stream).await.unwrap();
                let connection = tokio::spawn(async move { connection.await.unwrap_or_default() });
                let response = sender.send_request(request).await.unwrap();
                (Box::new(sender), response, connection)
            }
            _ => {
                let handshake = http2::handshake(TokioExecutor::new(), stream);
                let (mut sender, connection) = handshake.await.unwrap();
                let connection = tokio::spawn(async move { connection.await.unwrap_or_default() });
                let response = sender.send_request(request).await.unwrap();
                (Box::new(sender), response, connection)
            }
        };
        let (response, _) = whole(response).await;
        assert_eq!(response.status(), 200);
        Self {
            _sender: sender,
            connection,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.connection.is_finished()
    }

    /// Waits until the gateway has ended it.
    pub(crate) async fn ended(self) {
        let ended = timeout(Duration::from_secs(60), self.connection).await;
        ended.unwrap().unwrap();
    }
}

/// Returns timeouts under which idle connections stay longer than a test takes.
fn patient() -> Timeouts {
    Timeouts::default().idle(Duration::from_secs(600))
}

#[tokio::test]
async fn connections_end_when_callers_have_to_be_verified_anew() {
    let context = Context::new().await;
    let timeouts = patient().certificate(Duration::from_millis(500));
    let start = |cas| context.start(cas, |builder| builder.timeouts(timeouts));
    let verifying = start(Some(&context.other_ca));
    let open = start(None);
    let known = client_identity(&context.other_ca);
    for alpn in BOTH {
        let connector = || context.caller(alpn, Some(&known));
        let stays = Kept::open(connector(), open.addr(), alpn).await;
        let ends = Kept::open(connector(), verifying.addr(), alpn).await;
        ends.ended().await;
        assert!(stays.is_open());
    }
}

#[tokio::test]
async fn connections_of_revoked_callers_end() {
    let context = Context::new().await;
    let folder = TempDir::new().unwrap();
    let path = |name| folder.path().join(name);
    write_server(folder.path(), &context.ca);
    fs::write(path("callers.pem"), context.other_ca.pem()).unwrap();
    let list = |revoked: u64| {
        // From 2020 to 2040.
        let at = |seconds| (UNIX_EPOCH + Duration::from_secs(seconds)).into();
        let (start, end) = (at(1_577_836_800), at(2_208_988_800));
        let list = context.other_ca.revocation_list_of([revoked], start, end);
        fs::write(path("callers.crl"), list.unwrap().pem().unwrap()).unwrap();
    };
    list(8);
    let leaf = Leaf::client("caller.example").valid_years(2020, 2040);
    let caller = issued(&context.other_ca, &leaf.serial(7));
    let loader = Loader::new().for_server();
    let mut files = FileSource::pair(loader, path("server.pem"), path("server.key"));
    let server = files.poll().set().unwrap().members()[0].clone();
    let mut trust = TrustFiles::only(path("callers.pem")).revocation_lists(path("callers.crl"));
    let acceptor = TlsAcceptor::builder(&server).client_cas(trust.load().unwrap());
    let acceptor = acceptor.build().unwrap();
    let reloader = AcceptorReloader::new(acceptor.clone(), files).and(trust);
    let builder = to(&context.server, Alpn::Http11).timeouts(patient());
    let gateway = Running::start_on(builder, bound().tls(acceptor));
    let verify_anew = gateway.verify_anew();
    let mut reloader = reloader.on_event(move |event| {
        if matches!(event, ReloadEvent::AcceptorRenewed { .. }) {
            verify_anew();
        }
    });
    reloader.poll_once().await;
    let mut kept = Vec::new();
    for alpn in BOTH {
        let connector = context.caller(alpn, Some(&caller));
        kept.push(Kept::open(connector, gateway.addr(), alpn).await);
    }
    // Nothing is new.
    reloader.poll_once().await;
    reloader.poll_once().await;
    assert!(kept.iter().all(Kept::is_open));
    list(7);
    reloader.poll_once().await;
    reloader.poll_once().await;
    for kept in kept {
        kept.ended().await;
    }
    let refused = get(context.caller(Alpn::Http11, Some(&caller)), gateway.addr()).await;
    let refused = refused.unwrap_err();
    assert!(refused.is_client_certificate_rejected(), "{refused:?}");
}

#[tokio::test]
async fn public_address_over_tls_needs_authentication_of_callers() {
    let context = Context::new().await;
    let public = || Listener::bind(&"0.0.0.0:0".parse().unwrap()).unwrap();
    let token = || gateway::Token::new(b"0123456789abcdef".to_vec().into()).unwrap();
    let builder = || to(&context.server, Alpn::Http11);
    let check = |builder: gateway::GatewayBuilder<Client>, listener: &Listener| {
        let gateway: Gateway<_> = builder.build();
        gateway.check(listener)
    };
    let anonymous = public().tls(context.acceptor(None));
    let certified = public().tls(context.acceptor(Some(&context.ca)));
    for (builder, listener, is_accepted) in [
        (builder(), &certified, false),
        (builder().listen_public(), &certified, true),
        (builder().listen_public(), &anonymous, false),
        (builder().listen_public().token(token()), &anonymous, true),
        (builder().token(token()), &anonymous, false),
    ] {
        let checked = check(builder, listener);
        assert_eq!(checked.is_ok(), is_accepted, "{checked:?} {listener:?}");
    }
    // A unix socket has no TLS, and needs none of this.
    let folder = TempDir::new().unwrap();
    let socket = ListenAddress::Unix(folder.path().join("napi.sock"));
    let socket = Listener::bind(&socket).unwrap().tls(context.acceptor(None));
    assert!(check(builder(), &socket).is_ok());
}
