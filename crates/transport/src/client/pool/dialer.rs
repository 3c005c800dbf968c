//! Opens connections, each in a task of its own, so that a caller who gives up does not affect the
//! others that wait for it.

use std::{error::Error as StdError, future::poll_fn, sync::Arc, time::Duration};

use http_body::Body;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioTimer;
use tokio::runtime::Handle;
use tower_service::Service;
use tracing::Instrument;

use crate::client::pool::connection::{Connection, ConnectionOwner};
use crate::client::pool::dispatcher::Dispatcher;
use crate::client::pool::driver::Driver;
use crate::client::pool::host::{Dial, Host};
use crate::client::pool::http1::Http1;
use crate::client::pool::http2::{Http2, Streams, UNKNOWN};
use crate::client::pool::sender::Sender;
use crate::client::pool::spawner::Spawner;
use crate::client::pool::waiter::Failure;
use crate::connection::phase::Phase;
use crate::connection::steps::Steps;
use crate::connector::MtlsConnector;
use crate::error::Error;
use crate::error::classify::kind_of_http;
use crate::net::raw_connector::RawConnector;
use crate::stream::MtlsStream;
use crate::stream::head_limits::HeadLimits;
use crate::timeouts::UNLIMITED;

/// Opens the connections of one generation.
pub(super) struct Dialer<C> {
    pub(super) connector: MtlsConnector<C>,
    pub(super) http: HttpSettings,
}

/// hyper's settings for each connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HttpSettings {
    pub(crate) pings: Pings,
    pub(crate) heads: HeadLimits,
}

/// Keep-alive pings, which detect a dead peer (HTTP/2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pings {
    pub(crate) interval: Option<Duration>,
    pub(crate) timeout: Duration,
}

impl Default for Pings {
    fn default() -> Self {
        // All requests share one HTTP/2 connection. Without pings, a connection that a firewall has
        // silently dropped would be used until each request has timed out.
        Self {
            interval: Some(Duration::from_secs(20)),
            timeout: Duration::from_secs(20),
        }
    }
}

impl Pings {
    pub(crate) fn new(interval: Option<Duration>, timeout: Duration) -> Self {
        Self {
            interval: interval.map(|interval| interval.clamp(SHORTEST_PING, UNLIMITED)),
            timeout: timeout.clamp(SHORTEST_PING, UNLIMITED),
        }
    }
}

/// The shortest interval; shorter ones would flood the server.
const SHORTEST_PING: Duration = Duration::from_millis(10);

impl<C, B> Dial<B> for Dialer<C>
where
    C: RawConnector + Clone + Send + Sync + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    fn dial(&self, host: Arc<Host<B>>, steps: Steps, runtime: &Handle) {
        let (connector, http) = (self.connector.clone(), self.http);
        let dial = async move {
            let mut task = DialTask {
                host,
                steps,
                is_done: false,
            };
            let opened = task.open(connector, http).await;
            // From here on the outcome is reported below, and not by the drop.
            task.is_done = true;
            match opened {
                Ok(sender) => task.host.opened(&task.steps, sender),
                Err(error) => {
                    let failure = Failure::Error(error);
                    task.host.not_opened(&task.steps, &failure);
                }
            }
        };
        runtime.spawn(dial.in_current_span());
    }
}

/// A connection being opened. Dropping it, with its runtime or by a panic, notifies the waiting
/// requests.
struct DialTask<B> {
    host: Arc<Host<B>>,
    steps: Steps,
    is_done: bool,
}

impl<B> Drop for DialTask<B> {
    fn drop(&mut self) {
        if !self.is_done {
            self.host.not_opened(&self.steps, &Failure::Abandoned);
        }
    }
}

impl<B> DialTask<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    async fn open<C>(
        &self,
        mut connector: MtlsConnector<C>,
        http: HttpSettings,
    ) -> Result<Sender<B>, Error>
    where
        C: RawConnector + Clone + Send + Sync + 'static,
    {
        // Required by `Service` before each call, also of an inner connector that limits itself.
        poll_fn(|cx| connector.poll_ready(cx)).await?;
        let uri = self.host.target.uri.clone();
        let stream = connector.connect(uri, self.steps.clone()).await?;
        let connection = self.connection_of(&stream);
        match stream.info().alpn() {
            Some("h2") => self.http2(stream, connection, http).await,
            _ => self.http1(stream, connection, http).await,
        }
    }

    fn connection_of<IO>(&self, stream: &MtlsStream<IO>) -> Arc<Connection>
    where
        IO: hyper::rt::Read + hyper::rt::Write + Unpin,
    {
        let proxy = stream.proxy().cloned();
        let owner: std::sync::Weak<dyn ConnectionOwner> = Arc::downgrade(&self.host) as _;
        let (info, state) = (stream.info().clone(), stream.state().clone());
        Connection::new(info, proxy, state, owner, self.host.max_age())
    }

    async fn http1<IO>(
        &self,
        stream: MtlsStream<IO>,
        connection: Arc<Connection>,
        http: HttpSettings,
    ) -> Result<Sender<B>, Error>
    where
        IO: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let handshake = http1::Builder::new()
            .max_buf_size(http.heads.http1_buffer())
            .handshake::<_, B>(stream)
            .await;
        let (sender, hyper) = handshake.map_err(|error| failed(&connection, error))?;
        let http1 = Http1::new(Arc::clone(&connection), sender);
        let hyper = hyper.with_upgrades();
        let host = Arc::clone(&self.host);
        let driver = Driver::new(hyper, connection, host, Some(Arc::clone(&http1)));
        tokio::spawn(driver);
        Ok(Sender::Http1(http1))
    }

    async fn http2<IO>(
        &self,
        stream: MtlsStream<IO>,
        connection: Arc<Connection>,
        http: HttpSettings,
    ) -> Result<Sender<B>, Error>
    where
        IO: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let spawner = Spawner::new(Arc::clone(&connection), Arc::clone(&self.host));
        let handshake = http2::Builder::new(spawner)
            .timer(TokioTimer::new())
            .initial_max_send_streams(UNKNOWN)
            .max_header_list_size(http.heads.http2_limit())
            .keep_alive_interval(http.pings.interval)
            .keep_alive_timeout(http.pings.timeout)
            .handshake::<_, B>(stream)
            .await;
        let (sender, hyper) = handshake.map_err(|error| failed(&connection, error))?;
        let streams = Arc::new(Streams::default());
        let dispatcher = Dispatcher::new(
            hyper,
            http2::Connection::current_max_send_streams,
            Arc::clone(&streams),
            Arc::clone(&connection),
            Arc::clone(&self.host),
        );
        tokio::spawn(dispatcher);
        Ok(Sender::Http2(Http2::new(connection, sender, streams)))
    }
}

/// Returns the error of a connection that ended before a request could be sent on it.
fn failed(connection: &Connection, error: hyper::Error) -> Error {
    let info = Some(connection.info().clone());
    let failure = connection.failure().cloned().map(Error::unsent);
    failure.unwrap_or_else(|| {
        let kind = kind_of_http(&error);
        Error::with_source(kind, Phase::Request, info, error).unprocessed()
    })
}
