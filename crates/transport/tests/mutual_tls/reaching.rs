//! From a name to a connection: overrides, resolvers, and several addresses.

use std::{
    future::{pending, ready},
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::Instant,
};
use transport::{Error, ErrorKind, LocalProblem, Phase, Timeouts};

use crate::{
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// Time enough for what must succeed.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);
/// The least that there is between attempts.
const SOON: Duration = Duration::from_millis(10);

#[tokio::test]
async fn override_is_dialled_under_the_original_name() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("api.invalid"))).await;
    let port = server.addr().port();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    for (uri, address) in [
        ("https://api.invalid/".to_owned(), server.addr()),
        ("https://API.invalid/".to_owned(), server.addr()),
        ("https://api.invalid:1/".to_owned(), server.addr()),
        (format!("https://api.invalid:{port}/"), any_port),
    ] {
        let client = client(trusting(&ca).resolve("api.INVALID", [address]));

        let info = info(&get(&client, &uri).await.unwrap());

        assert_eq!(info.remote_addr(), Some(server.addr()), "{uri}");
        assert!(info.server_name().eq_ignore_ascii_case("api.invalid"));
    }
    for seen in server.seen(4).await {
        let Seen::Connected { server_name, .. } = seen else {
            panic!("{seen:?}");
        };
        let asked_for = server_name.unwrap();
        assert!(asked_for.eq_ignore_ascii_case("api.invalid"), "{asked_for}");
    }
}

#[tokio::test]
async fn an_override_is_of_its_host_alone() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("api.invalid"))).await;
    let settings = trusting(&ca).resolver(|_| ready(Err(io::ErrorKind::NotFound.into())));
    let client = client(settings.resolve("api.invalid", [server.addr()]));

    for name in ["other.invalid", "www.api.invalid", "invalid"] {
        let error = get(&client, &format!("https://{name}/")).await;
        assert_is_of_the_name(&error.unwrap_err());
    }
    get(&client, "https://api.invalid/").await.unwrap();
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn an_override_comes_before_what_a_lookup_would_have_found() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let (_held, refusing) = refusing();

    let refused = client(trusting(&ca).resolve("localhost", [refusing]));
    let error = get(&refused, &server.uri("/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);

    let without = client(trusting(&ca).resolve("localhost", []));
    assert_is_of_the_name(&get(&without, &server.uri("/")).await.unwrap_err());

    let again = trusting(&ca).resolve("localhost", []);
    let again = client(again.resolve("localhost", [server.addr()]));
    assert!(get(&again, &server.uri("/")).await.is_ok());
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn custom_resolver_is_asked_for_names_only() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("api.invalid"))).await;
    let (addr, asked) = (server.addr(), Arc::new(AtomicUsize::new(0)));
    let settings = trusting(&ca).server_name("api.invalid").unwrap();
    let settings = settings.resolver({
        let asked = Arc::clone(&asked);
        move |name| {
            assert_eq!(name, "api.invalid");
            asked.fetch_add(1, Ordering::Relaxed);
            async move { Ok(vec![SocketAddr::new(addr.ip(), 0)]) }
        }
    });
    let client = client(settings.resolve("overridden.invalid", [addr]));
    let port = addr.port();

    for (host, times) in [
        ("api.invalid", 1),
        ("127.0.0.1", 1),
        ("overridden.invalid", 1),
    ] {
        get(&client, &format!("https://{host}:{port}/"))
            .await
            .unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), times, "{host}");
    }
    assert_eq!(server.seen(3).await.len(), 3);
}

#[tokio::test]
async fn failing_or_empty_resolver_is_a_name_failure() {
    let ca = new_ca();
    for finds in [
        || Err(io::ErrorKind::ConnectionRefused.into()),
        || Ok(Vec::new()),
    ] {
        let client = client(trusting(&ca).resolver(move |_| ready(finds())));
        let error = get(&client, "https://api.invalid/").await.unwrap_err();
        assert_is_of_the_name(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn silent_resolver_times_out() {
    let ca = new_ca();
    let defaults = Timeouts::default();
    let second = Duration::from_secs(1);
    for (timeouts, expected) in [
        (defaults, 5),
        (defaults.resolve(second), 1),
        (defaults.resolve(20 * second), 20),
        (defaults.resolve(30 * second), 20),
        (defaults.connect(2 * second), 2),
    ] {
        let settings = trusting(&ca).resolver(|_| pending());
        let client = client(settings.timeouts(timeouts));
        let start = Instant::now();

        let error = get(&client, "https://api.invalid/").await.unwrap_err();

        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Timeout, Phase::Resolve)
        );
        assert_eq!(start.elapsed().as_secs(), expected, "{timeouts:?}");
    }
}

#[cfg(target_os = "linux")] // elsewhere, a full queue may answer
#[tokio::test]
async fn unresponsive_addresses_do_not_delay_a_good_one() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("api.invalid"))).await;
    let silent = Silent::start().await;
    for dead in [1, 10] {
        let mut addresses = vec![silent.addr; dead];
        addresses.push(server.addr());
        let settings = || {
            let settings = trusting(&ca).resolve("api.invalid", addresses.clone());
            settings.timeouts(Timeouts::default().connect(LONG))
        };

        let raced = client(settings().connection_attempt_delay(SOON));
        let info = info(&get(&raced, "https://api.invalid/").await.unwrap());
        assert_eq!(info.remote_addr(), Some(server.addr()));

        // One after the other, the first has all the time that there is.
        let settings = settings().timeouts(Timeouts::default().connect(SHORT));
        let queued = client(settings.connection_attempt_delay(Duration::MAX));
        let error = get(&queued, "https://api.invalid/").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Timeout, Phase::Connect)
        );
    }
    assert_eq!(server.seen(2).await.len(), 2);
}

#[tokio::test]
async fn refusing_addresses_are_skipped_until_none_is_left() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("api.invalid"))).await;
    let (_held, refusing) = refusing();
    let settings = |addresses: &[SocketAddr]| {
        let settings = trusting(&ca).resolve("api.invalid", addresses.iter().copied());
        // Were it waited for, this would not end in time.
        settings.connection_attempt_delay(Duration::MAX)
    };
    let mut addresses = vec![refusing; 10];

    let error = get(&client(settings(&addresses)), "https://api.invalid/").await;
    let error = error.unwrap_err();
    addresses.push(server.addr());
    get(&client(settings(&addresses)), "https://api.invalid/")
        .await
        .unwrap();

    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Connect, Phase::Connect)
    );
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains(&refusing.to_string()), "{source}");
    assert_eq!(server.seen(1).await.len(), 1);
}

#[cfg(target_os = "linux")] // elsewhere, 127.0.0.2 belongs to no interface until it is set up
#[tokio::test]
async fn the_local_address_is_the_one_that_the_server_sees() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let settings = trusting(&ca).local_address([127, 0, 0, 2].into());

    let info = info(&get(&client(settings), &server.uri("/")).await.unwrap());

    let Seen::Connected { peer, .. } = server.first().await else {
        panic!("the server did not connect");
    };
    assert_eq!(peer.ip().to_string(), "127.0.0.2");
    assert_eq!(info.local_addr(), Some(peer));
}

#[tokio::test]
async fn unusable_local_address_is_a_connect_failure() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("127.0.0.1"))).await;
    let uri = format!("https://127.0.0.1:{}/", server.addr().port());
    // Of the other family; of a network that is for documents alone (RFC 5737).
    let unavailable = ErrorKind::Local(LocalProblem::AddressUnavailable);
    for (local, expected) in [("::1", ErrorKind::Connect), ("192.0.2.1", unavailable)] {
        let settings = trusting(&ca).local_address(local.parse().unwrap());
        let error = get(&client(settings), &uri).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{local}");
    }
    let settings = trusting(&ca).local_address([127, 0, 0, 1].into());
    assert!(get(&client(settings), &uri).await.is_ok());
    assert_eq!(server.seen(1).await.len(), 1);
}

fn assert_is_of_the_name(error: &Error) {
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Resolve, Phase::Resolve)
    );
}

/// Returns a port that is taken and refuses connections, for as long as the socket is kept.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

/// An address that swallows whatever is sent to it: a listener that accepts no connection, and
/// whose queue is full.
struct Silent {
    addr: SocketAddr,
    _listener: TcpListener,
    _in_queue: TcpStream,
}

impl Silent {
    async fn start() -> Self {
        let (socket, addr) = refusing();
        let listener = socket.listen(0).unwrap();
        Self {
            addr,
            _listener: listener,
            _in_queue: TcpStream::connect(addr).await.unwrap(),
        }
    }
}
