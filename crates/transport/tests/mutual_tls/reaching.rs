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
    authority::Authority,
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
async fn an_override_is_connected_to_and_the_name_stays_what_it_is() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("api.invalid"))).await;
    let port = server.addr().port();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    for (uri, address) in [
        ("https://api.invalid/".to_owned(), server.addr()),
        ("https://API.invalid/".to_owned(), server.addr()),
        ("https://api.invalid:1/".to_owned(), server.addr()),
        (format!("https://api.invalid:{port}/"), any_port),
    ] {
        let client = client(trusting(&authority).resolve("api.INVALID", [address]));

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
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("api.invalid"))).await;
    let settings = trusting(&authority).resolver(|_| ready(Err(io::ErrorKind::NotFound.into())));
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
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("localhost"))).await;
    let (_held, nobody) = refusing();

    let to_nobody = client(trusting(&authority).resolve("localhost", [nobody]));
    let error = get(&to_nobody, &server.uri("/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);

    let without = client(trusting(&authority).resolve("localhost", []));
    assert_is_of_the_name(&get(&without, &server.uri("/")).await.unwrap_err());

    let again = trusting(&authority).resolve("localhost", []);
    let again = client(again.resolve("localhost", [server.addr()]));
    assert!(get(&again, &server.uri("/")).await.is_ok());
    assert_eq!(server.seen(1).await.len(), 1);
}

#[tokio::test]
async fn a_resolver_of_ones_own_is_asked_for_names_and_for_nothing_else() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("api.invalid"))).await;
    let (addr, asked) = (server.addr(), Arc::new(AtomicUsize::new(0)));
    let settings = trusting(&authority).server_name("api.invalid").unwrap();
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
async fn a_resolver_that_fails_or_finds_nothing_is_a_failure_of_the_name() {
    let authority = Authority::new();
    for finds in [
        || Err(io::ErrorKind::ConnectionRefused.into()),
        || Ok(Vec::new()),
    ] {
        let client = client(trusting(&authority).resolver(move |_| ready(finds())));
        let error = get(&client, "https://api.invalid/").await.unwrap_err();
        assert_is_of_the_name(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_never_answers_is_within_its_deadline_and_that_of_connecting() {
    let authority = Authority::new();
    let defaults = Timeouts::default();
    let second = Duration::from_secs(1);
    for (timeouts, expected) in [
        (defaults, 5),
        (defaults.resolve(second), 1),
        (defaults.resolve(20 * second), 20),
        (defaults.resolve(30 * second), 20),
        (defaults.connect(2 * second), 2),
    ] {
        let settings = trusting(&authority).resolver(|_| pending());
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
async fn addresses_that_never_answer_do_not_stand_before_one_that_does() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("api.invalid"))).await;
    let silent = Silent::start().await;
    for dead in [1, 10] {
        let mut addresses = vec![silent.addr; dead];
        addresses.push(server.addr());
        let settings = || {
            let settings = trusting(&authority).resolve("api.invalid", addresses.clone());
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
async fn addresses_that_refuse_are_passed_over_and_all_of_them_are_a_failure_to_connect() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("api.invalid"))).await;
    let (_held, nobody) = refusing();
    let settings = |addresses: &[SocketAddr]| {
        let settings = trusting(&authority).resolve("api.invalid", addresses.iter().copied());
        // Were it waited for, this would not end in time.
        settings.connection_attempt_delay(Duration::MAX)
    };
    let mut addresses = vec![nobody; 10];

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
    assert!(source.contains(&nobody.to_string()), "{source}");
    assert_eq!(server.seen(1).await.len(), 1);
}

#[cfg(target_os = "linux")] // elsewhere, 127.0.0.2 is nobody's until it is set up
#[tokio::test]
async fn the_local_address_is_the_one_that_the_server_sees() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("localhost"))).await;
    let settings = trusting(&authority).local_address([127, 0, 0, 2].into());

    let info = info(&get(&client(settings), &server.uri("/")).await.unwrap());

    let Seen::Connected { peer, .. } = server.first().await else {
        panic!("the server did not connect");
    };
    assert_eq!(peer.ip().to_string(), "127.0.0.2");
    assert_eq!(info.local_addr(), Some(peer));
}

#[tokio::test]
async fn a_local_address_that_cannot_be_used_is_a_failure_to_connect() {
    let authority = Authority::new();
    let server = Server::start(Settings::one_sided(authority.server("127.0.0.1"))).await;
    let uri = format!("https://127.0.0.1:{}/", server.addr().port());
    // Of the other family; of a network that is for documents alone (RFC 5737).
    let unavailable = ErrorKind::Local(LocalProblem::AddressUnavailable);
    for (local, expected) in [("::1", ErrorKind::Connect), ("192.0.2.1", unavailable)] {
        let settings = trusting(&authority).local_address(local.parse().unwrap());
        let error = get(&client(settings), &uri).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{local}");
    }
    let settings = trusting(&authority).local_address([127, 0, 0, 1].into());
    assert!(get(&client(settings), &uri).await.is_ok());
    assert_eq!(server.seen(1).await.len(), 1);
}

fn assert_is_of_the_name(error: &Error) {
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Resolve, Phase::Resolve)
    );
}

/// A port that is taken and refuses connections, for as long as the socket is kept.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

/// An address that swallows whatever is sent to it: a listener that accepts nobody, and whose queue is full.
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
