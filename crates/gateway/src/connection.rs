//! One connection of a caller: HTTP/1.1, or HTTP/2 by prior knowledge.

mod opening;
pub(crate) mod table;
mod watched_stream;

use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tower::BoxError;
use tower_service::Service;
use transport::TlsAcceptor;

use crate::body::caller_body::CallerBody;
use crate::body::response_body::GatewayBody;
use crate::connection::opening::{Opened, TlsStream, open, refuse_plain};
use crate::connection::table::Place;
use crate::connection::watched_stream::{WatchedStream, Wire};
use crate::limits::Limits;
use crate::listener::{Stream, into_tcp};
use crate::respond::respond;
use crate::timeouts::Timeouts;

/// The settings of all connections of a listener.
#[derive(Clone)]
pub(crate) struct ConnectionSettings {
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// Changes when certificates of callers have to be verified anew.
    pub(crate) anew: watch::Sender<()>,
}

/// Serves a connection until either side ends it, it is evicted, or the caller is too slow; over
/// TLS, if there are settings for it.
///
/// Once `stopping` changes, its requests are finished and no more are taken. So it is once the
/// certificate of the caller has to be verified anew.
pub(crate) async fn serve<S>(
    stream: Stream,
    acceptor: Option<TlsAcceptor>,
    service: S,
    settings: ConnectionSettings,
    place: Place,
    mut stopping: watch::Receiver<bool>,
) where
    S: Service<Request<CallerBody>, Response = http::Response<GatewayBody>, Error = BoxError>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    // As of now: what is put in place during the handshake may come too late for it.
    let anew = settings.anew.subscribe();
    let stream = match (acceptor, stream) {
        (None, stream) => Ok(stream),
        (Some(acceptor), stream) => into_tcp(stream).map_or_else(Ok, |tcp| Err((acceptor, tcp))),
    };
    let (acceptor, tcp) = match stream {
        Ok(plain) => {
            let stop = stopped(&mut stopping);
            return converse(Wire::Left(plain), service, settings, place, stop).await;
        }
        Err(to_be_opened) => to_be_opened,
    };
    let opened = tokio::select! {
        biased;
        // One that has begun no request is idle, and first to make room.
        () = place.evicted() => return,
        () = stopped(&mut stopping) => return,
        opened = open(tcp, &acceptor, &settings.timeouts) => opened,
    };
    match opened {
        Opened::Tls(tls) => {
            let is_verified = acceptor.requires_client_certificate();
            let longest = settings.timeouts.certificate;
            let time = is_verified.then(|| time_left(&tls, longest, SystemTime::now()));
            let outdated = outdated(anew, time);
            let stop = async {
                tokio::select! {
                    () = stopped(&mut stopping) => {}
                    () = outdated => {}
                }
            };
            converse(Wire::Right(tls), service, settings, place, stop).await;
        }
        // As idle as before, whatever it sends.
        Opened::Plain(tcp) => tokio::select! {
            biased;
            () = place.evicted() => {}
            () = refuse_plain(tcp) => {}
        },
        Opened::Failed => {}
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Without a sender there is no one left to serve for.
    let _stopped = stopping.wait_for(|is_stopping| *is_stopping).await;
}

/// Returns the time for which the caller's certificate counts as verified.
fn time_left(tls: &TlsStream, longest: Duration, now: SystemTime) -> Duration {
    let end = tls.inner().client_certificate_end(now);
    let left = end.map(|end| end.duration_since(now).unwrap_or_default());
    left.map_or(longest, |left| left.min(longest))
}

/// Waits until the certificate of the caller has to be verified anew, if it was verified.
async fn outdated(mut anew: watch::Receiver<()>, time: Option<Duration>) {
    match time {
        Some(time) => {
            // Whichever comes first.
            let _anew = timeout(time, anew.changed()).await;
        }
        None => pending().await,
    }
}

/// Serves HTTP on a connection; once `stop` is ready, finishes its requests, for as long as those
/// of a gateway that stops.
async fn converse<S>(
    stream: Wire,
    service: S,
    settings: ConnectionSettings,
    place: Place,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<CallerBody>, Response = http::Response<GatewayBody>, Error = BoxError>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    let ConnectionSettings {
        limits, timeouts, ..
    } = settings;
    let requests = place.requests();
    let stream = WatchedStream::new(stream, Arc::clone(requests));
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.peer());
        respond(service.clone(), request, requests, &limits, &timeouts)
    });
    let http = http(&limits);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut timer = pin!(sleep_until(requests.deadline(&timeouts, Instant::now())));
    let mut evicted = pin!(place.evicted());
    let mut stop = pin!(stop);
    let mut drained = pin!(sleep_until(Instant::now()));
    let mut is_stopping = false;
    let mut is_evicted = false;
    let mut is_overdue = false;
    // By hand, as the deadline follows from what the connection has just done.
    poll_fn(|cx| {
        if !is_stopping && stop.as_mut().poll(cx).is_ready() {
            is_stopping = true;
            drained.as_mut().reset(Instant::now() + timeouts.drain);
            requests.close(Instant::now());
            connection.as_mut().graceful_shutdown();
        }
        // A request that began in time may take so long; later ones are refused.
        if is_stopping && drained.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // Before the connection, which may begin a request: one that goes on is not cut off.
        if !is_evicted && evicted.as_mut().poll(cx).is_ready() {
            is_evicted = true;
            if requests.loss(Instant::now()).is_some() {
                return Poll::Ready(());
            }
            requests.close(Instant::now());
            connection.as_mut().graceful_shutdown();
        }
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut deadline = requests.deadline(&timeouts, Instant::now());
        loop {
            // One that is later is looked at when the timer has run out: a timer that is moved with
            // each request costs more than one that fires in vain.
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            deadline = requests.deadline(&timeouts, now);
            if deadline <= now {
                deadline = requests.end(&timeouts, now);
            }
            if deadline <= now {
                tracing::debug!("the connection of a caller was too slow, or idle");
                return Poll::Ready(());
            }
            // One of its requests is overdue; the others are finished, and no more are taken.
            if !is_overdue && requests.deadline(&timeouts, now) <= now {
                is_overdue = true;
                requests.close(now);
                connection.as_mut().graceful_shutdown();
                cx.waker().wake_by_ref();
            }
            timer.as_mut().reset(deadline);
        }
    })
    .await;
}

fn http(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        // Its timeout would also end a connection that is idle between two requests.
        .header_read_timeout(None)
        // A caller that closes its half has gone; its request is cancelled.
        .half_close(false)
        .max_headers(limits.fields)
        .max_buf_size(limits.head);
    let head = u32::try_from(limits.head).unwrap_or(u32::MAX);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(head)
        // The most that a caller can have us hold for a stream, and for all of its streams.
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(64 * 1024);
    http
}

const PING: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::Response;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::Notify,
    };

    use super::*;
    use crate::connection::table::Connections;
    use crate::listen_address::ListenAddress;
    use crate::listener::Listener;

    /// Sends a request when the connection is chosen to make room, or before, and returns the
    /// number of requests that have begun and what the caller read.
    async fn evicted(has_begun: bool) -> (usize, String) {
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
        let ListenAddress::Tcp(addr) = *listener.address() else {
            panic!("{:?}", listener.address());
        };
        let mut caller = TcpStream::connect(addr).await.unwrap();
        let (stream, origin) = listener.accept().await.unwrap();
        let connections = Connections::new(1);
        let place = connections.place(origin, Instant::now()).unwrap();
        let (begun, goes_on) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let service = {
            let (begun, goes_on) = (Arc::clone(&begun), Arc::clone(&goes_on));
            tower::service_fn(move |_: Request<CallerBody>| {
                begun.fetch_add(1, Ordering::Relaxed);
                let goes_on = Arc::clone(&goes_on);
                async move {
                    goes_on.notified().await;
                    Ok::<_, BoxError>(Response::new(GatewayBody::own("hello")))
                }
            })
        };
        let settings = ConnectionSettings {
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            anew: watch::Sender::new(()),
        };
        let (_stopping, is_stopping) = watch::channel(false);
        let mut serving = pin!(serve(stream, None, service, settings, place, is_stopping));
        let mut served =
            async || poll_fn(|cx| Poll::Ready(serving.as_mut().poll(cx).is_ready())).await;
        assert!(!served().await);
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        caller.write_all(request).await.unwrap();
        // The runtime notices the bytes with the events of others, and nothing reads them yet.
        let _other = TcpStream::connect(addr).await.unwrap();
        listener.accept().await.unwrap();
        if has_begun {
            assert!(!served().await);
        }
        connections.evict_all();
        let is_served = served().await;
        goes_on.notify_one();
        if !is_served {
            serving.await;
        }
        let mut read = Vec::new();
        let _reset = caller.read_to_end(&mut read).await;
        let read = String::from_utf8(read).unwrap();
        (begun.load(Ordering::Relaxed), read)
    }

    #[tokio::test]
    async fn evicted_connection_begins_no_request() {
        assert_eq!(evicted(false).await, (0, String::new()));
    }

    #[tokio::test]
    async fn evicted_connection_finishes_what_has_begun() {
        let (begun, read) = evicted(true).await;
        assert_eq!(begun, 1);
        assert!(
            read.starts_with("HTTP/1.1 200") && read.ends_with("hello"),
            "{read}"
        );
        assert!(read.contains("connection: close"), "{read}");
    }
}
