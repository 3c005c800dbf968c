//! The lifetime of connections, and the length of response bodies.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use transport::{Alpn, Error, ErrorKind, MtlsClient, MtlsClientBuilder, Phase, RetryAdvice};

use crate::{
    Client, HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    child, clock, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

fn builder(ca: &Ca, alpn: Alpn) -> MtlsClientBuilder<Full<Bytes>> {
    let settings = trusting(ca).identity(&ca.client());
    MtlsClient::builder(settings.alpn(alpn).build().unwrap())
}

/// Counts our ends of the connections of as many requests, one after the other.
async fn ends(client: &Client, server: &Server, requests: usize) -> usize {
    let mut ends = Vec::new();
    for _ in 0..requests {
        let answer = get(client, &server.uri("/")).await.unwrap();
        ends.push(info(&answer).local_addr().unwrap());
        answer.into_body().collect().await.unwrap();
    }
    ends.dedup();
    ends.len()
}

#[tokio::test]
async fn a_connection_that_is_old_is_closed_after_its_answer() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = builder(&ca, alpn)
            .max_connection_age(Duration::ZERO)
            .build();
        assert_eq!(ends(&client, &server, 3).await, 3, "{alpn:?}");
        assert_eq!(server.seen(3).await.len(), 3);
    }
}

#[tokio::test]
async fn a_connection_that_is_not_is_kept() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        for age in [None, Some(Duration::from_secs(600)), Some(Duration::MAX)] {
            let server = Server::start(Settings::mutual(&ca)).await;
            let client = builder(&ca, alpn).max_connection_age(age).build();
            assert_eq!(ends(&client, &server, 3).await, 1, "{alpn:?} {age:?}");
            assert_eq!(server.seen(1).await.len(), 1);
        }
    }
}

// A tenth more or less, so that those that were opened together are not closed together.
#[tokio::test(start_paused = true)]
async fn ages_differ_by_a_tenth_at_most() {
    let ca = new_ca();
    let pipes = Server::pipes(Settings::mutual(&ca));
    let age = Duration::from_secs(1000);
    let mut clients = Vec::new();
    for _ in 0..64 {
        let settings = trusting(&ca).identity(&ca.client());
        let connector = settings.build_with_connector(pipes.clone()).unwrap();
        let client = MtlsClient::<Full<Bytes>, _>::builder(connector)
            .pool_idle_timeout(Duration::MAX)
            .max_connection_age(age)
            .build();
        let response = get(&client, "https://localhost/").await.unwrap();
        response.into_body().collect().await.unwrap();
        clients.push(client);
    }
    clock::pass(Duration::from_secs(890)).await;
    assert_eq!(pipes.open(), 64);
    clock::pass(Duration::from_secs(110)).await;
    // All on one side of the middle: once in 2^63 times.
    let left = pipes.open();
    assert!(0 < left && left < 64, "{left}");
    clock::pass(Duration::from_secs(101) + clock::CLOSING).await;
    assert_eq!((pipes.opened(), pipes.open()), (64, 0));
}

#[tokio::test]
async fn unused_connection_may_be_kept_without_limit() {
    // In a process of its own, whose panics are all heard: the pool's task has no caller that would
    // hear of its own.
    const TEST: &str = "lifetime::unused_connection_may_be_kept_without_limit";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let panics = Arc::new(AtomicUsize::new(0));
    let (before, counted) = (std::panic::take_hook(), Arc::clone(&panics));
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = builder(&ca, alpn).pool_idle_timeout(Duration::MAX).build();
        assert_eq!(ends(&client, &server, 3).await, 1, "{alpn:?}");
        assert_eq!(server.seen(1).await.len(), 1);
    }
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_more_unused_connections_are_kept_than_allowed() {
    let ca = new_ca();
    for (pool_max_idle_per_host, kept) in [(0, 3), (1, 1)] {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = builder(&ca, Alpn::Http11)
            .pool_max_idle_per_host(pool_max_idle_per_host)
            .build();
        assert_eq!(ends(&client, &server, 3).await, kept);
    }
}

#[tokio::test]
async fn drain_timeout_aborts_requests_in_flight() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = builder(&ca, alpn).drain_timeout(Duration::ZERO).build();
        let mut unfinished = get(&client, &server.uri("/no-body")).await.unwrap();
        let before = info(&unfinished);
        unfinished.frame().await.unwrap().unwrap();
        let uri = server.uri("/no-answer");
        let mut waiting = pin!(get(&client, &uri));
        // It is on its way, and under HTTP/1.1 has a connection of its own.
        tokio::select! {
            biased;
            answer = &mut waiting => panic!("{answer:?}"),
            () = server.requests(2) => {}
        }

        client.rotate([&ca.client()]).unwrap();

        let cut = unfinished.frame().await.unwrap().unwrap_err();
        assert_retired(&cut, Phase::Body);
        let connection = cut.connection().unwrap();
        assert_eq!(connection.local_addr(), before.local_addr());
        assert_retired(&waiting.await.unwrap_err(), Phase::Request);
        server.closed(before.local_addr().unwrap()).await;
        // What begins now has nothing to do with it.
        let after = info(&get(&client, &server.uri("/")).await.unwrap());
        assert!(before.generation() < after.generation());
    }
}

fn assert_retired(error: &Error, phase: Phase) {
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::IdentityRotated, phase),
        "{error:?}"
    );
    assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_nothing_behind() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = builder(&ca, alpn).build();
        let uri = server.uri("/no-answer");
        for given_up in 0..3 {
            let connections = if alpn == Alpn::Http11 {
                given_up + 1
            } else {
                1
            };
            let mut waiting = Box::pin(get(&client, &uri));
            let seen = tokio::select! {
                biased;
                answer = &mut waiting => panic!("{answer:?}"),
                seen = server.seen(connections) => seen,
            };
            drop(waiting);
            // HTTP/1.1 can take a request back only with its connection, HTTP/2 without.
            if alpn == Alpn::Http11
                && let Some(Seen::Connected { peer, .. }) = seen.last()
            {
                server.closed(*peer).await;
            }
        }
        let answer = get(&client, &server.uri("/")).await.unwrap();
        let last = info(&answer).local_addr().unwrap();
        answer.into_body().collect().await.unwrap();
        let connections = if alpn == Alpn::Http11 { 4 } else { 1 };
        assert_eq!(server.seen(connections).await.len(), connections);
        drop(client);
        server.closed(last).await;
    }
}

#[tokio::test]
async fn response_beyond_the_limit_is_an_error() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let hello = b"hello".len() as u64;
    for alpn in HTTP_VERSIONS {
        let exact = builder(&ca, alpn).max_response_body(hello).build();
        let answer = get(&exact, &server.uri("/")).await.unwrap();
        assert_eq!(
            answer.into_body().collect().await.unwrap().to_bytes(),
            "hello"
        );

        // Known beforehand, it costs no read.
        let less = builder(&ca, alpn).max_response_body(hello - 1).build();
        let error = get(&less, &server.uri("/")).await.unwrap_err();
        assert_too_large(&error);

        // Not known beforehand, what is within the limit is handed over.
        let five_times = builder(&ca, alpn).max_response_body(5 * hello).build();
        let mut endless = get(&five_times, &server.uri("/endless")).await.unwrap();
        let mut length = 0;
        let error = loop {
            match endless.frame().await.unwrap() {
                Ok(frame) => length += frame.into_data().unwrap().len() as u64,
                Err(error) => break error,
            }
        };
        assert_too_large(&error);
        assert!(length <= 5 * hello, "{length}");
    }
}

fn assert_too_large(error: &Error) {
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::BodyTooLarge, Phase::Body)
    );
    assert_eq!(error.retry_advice(), RetryAdvice::Never);
    assert!(error.connection().is_some());
}

#[tokio::test]
async fn rotating_one_client_leaves_others_of_its_connector() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let settings = trusting(&ca).identity(&ca.client());
        let connector = settings.alpn(alpn).build().unwrap();
        let rotated: Client = MtlsClient::builder(connector.clone())
            .drain_timeout(Duration::ZERO)
            .build();
        let other: Client = MtlsClient::builder(connector).build();
        let answer = get(&rotated, &server.uri("/no-body")).await.unwrap();
        rotated.rotate([&ca.client()]).unwrap();
        // Once this is cut, the drain timeout is over.
        let error = answer.into_body().collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IdentityRotated, "{error:?}");

        let answer = get(&other, &server.uri("/")).await.unwrap();
        assert_eq!(
            answer.into_body().collect().await.unwrap().to_bytes(),
            "hello"
        );
        assert_eq!(server.seen(2).await.len(), 2);
    }
}
