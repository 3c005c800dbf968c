//! A request that is cancelled at any of the points where it waits leaves no task, no socket and no
//! place taken.

use std::{future::poll_fn, task::Poll};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tokio::{runtime::Handle, task::yield_now};
use tower::ServiceExt;
use transport::{Alpn, Error, MtlsClient};

use crate::{
    certificates::{Issue, new_ca},
    clock::{CLOSING, pass},
    get,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

type Client = MtlsClient<Full<Bytes>, Pipes>;

const URI: &str = "https://localhost/";

/// Makes a request that waits for a connection, for room for its body, for the response and for
/// the body of that.
async fn exchange(client: Client, length: usize) -> Result<Bytes, Error> {
    let body = Full::new(Bytes::from(vec![b' '; length]));
    let request = Request::post("https://localhost/echo").body(body).unwrap();
    let response = client.oneshot(request).await?;
    Ok(response.into_body().collect().await?.to_bytes())
}

/// Polls a request so many times, lets others take so many turns and drops it; returns whether it
/// has ended before.
async fn cancel_after(
    polls: usize,
    turns: usize,
    exchange: impl Future<Output = Result<Bytes, Error>>,
) -> bool {
    let mut exchange = Box::pin(exchange);
    for poll in 1..=polls {
        let polled = poll_fn(|cx| Poll::Ready(exchange.as_mut().poll(cx)));
        if let Poll::Ready(outcome) = polled.await {
            outcome.unwrap();
            return true;
        }
        if poll < polls {
            yield_now().await;
        }
    }
    // What it waits for may come about meanwhile, and is dropped with it.
    for _ in 0..turns {
        yield_now().await;
    }
    false
}

/// Builds a client that may have one connection.
fn client(ca: &Ca, alpn: Alpn, pipes: &Pipes) -> Client {
    let settings = trusting(ca).identity(&ca.client());
    let connector = settings.alpn(alpn).build_with_connector(pipes.clone());
    MtlsClient::builder(connector.unwrap())
        .pool_max_connections_per_host(1)
        .build()
}

/// Cancels a request at one point, and returns whether it had ended before.
async fn cancelled_at(
    polls: usize,
    turns: usize,
    (alpn, is_warm, length): (Alpn, bool, usize),
) -> bool {
    let what = format!("{alpn:?}, warm: {is_warm}, {length} bytes, {polls} polls, {turns} turns");
    let before = Handle::current().metrics().num_alive_tasks();
    let ca = new_ca();
    let pipes = Server::pipes(Settings::mutual(&ca));
    let client = client(&ca, alpn, &pipes);
    if is_warm {
        exchange(client.clone(), 1).await.unwrap();
    }
    let has_ended = cancel_after(polls, turns, exchange(client.clone(), length)).await;
    // It needs the only connection that there may be.
    let next = get(&client, URI).await;
    let next = next.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    next.into_body().collect().await.unwrap();
    drop(client);
    pass(CLOSING).await;
    assert_eq!(pipes.open(), 0, "{what}");
    let left = Handle::current().metrics().num_alive_tasks();
    assert_eq!(left, before, "{what}");
    has_ended
}

#[tokio::test(start_paused = true)]
async fn request_cancelled_at_each_point_leaves_nothing() {
    for alpn in [Alpn::Http11, Alpn::Http2, Alpn::Http2AndHttp11] {
        for (is_warm, length) in [(false, 5), (true, 5), (false, 1 << 20), (true, 1 << 20)] {
            for turns in 0..3 {
                let mut polls = 1;
                while !cancelled_at(polls, turns, (alpn, is_warm, length)).await {
                    polls += 1;
                    assert!(polls < 10_000, "{alpn:?}");
                }
                // A new connection is waited for as well as the response.
                let least = if is_warm { 2 } else { 3 };
                assert!(
                    polls >= least,
                    "{alpn:?}: {polls} polls are too few to have waited"
                );
            }
        }
    }
}
