//! The connector between TCP and our TLS: through the proxy, or directly.

use std::{
    error::Error as StdError,
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Uri, uri::Authority};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::connection::phase::Phase;
use crate::connection::steps::{SetSteps, Steps};
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::config_error::ConfigError;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::server_certificate::ServerCertificateProblem;
use crate::error::{Error, ErrorKind};
use crate::net::proxy::Proxy;
use crate::net::proxy::connect::{ConnectRequest, NoReply};
use crate::net::proxy::reply::Reply;
use crate::net::proxy::stream::{Leg, ProxyStream};
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::timeouts::Timeouts;
use crate::tls::client_auth::OneIdentity;
use crate::tls::client_auth_record::ClientAuthRecord;
use crate::tls::client_config::Recipe;

/// Connects through a [`Proxy`], or directly where its settings say so;
/// [`MtlsConnectorBuilder::proxy`](crate::MtlsConnectorBuilder::proxy) puts it under the connector.
///
/// The inner connector connects to the proxy and is never given the server's name, which only the
/// proxy may be able to resolve. Cheap to clone; clones share the TLS sessions with an `https`
/// proxy, which are never those with a server.
#[derive(Clone)]
pub struct ProxyConnector<C = TcpConnector> {
    inner: C,
    set_steps: SetSteps<C>,
    settings: Arc<Settings>,
    tls: Tls,
    /// The progress of the next connection, if the caller set one.
    steps: Option<Steps>,
}

struct Settings {
    proxy: Proxy,
    timeouts: Timeouts,
}

/// The TLS configuration for an `https` proxy.
#[derive(Clone)]
struct Tls {
    /// Without our identity, and with a session store of its own.
    connector: TlsConnector,
    /// The resolver without a certificate.
    anonymous: Arc<OneIdentity>,
}

impl Tls {
    fn new(recipe: &Recipe) -> Result<Self, ConfigError> {
        let anonymous = OneIdentity::new(None);
        let config = recipe.proxy_config(&anonymous)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            anonymous,
        })
    }
}

impl<C> ProxyConnector<C> {
    pub(crate) fn new(
        inner: C,
        set_steps: SetSteps<C>,
        proxy: Proxy,
        recipe: &Recipe,
        timeouts: Timeouts,
    ) -> Result<Self, ConfigError> {
        let settings = Settings { proxy, timeouts };
        Ok(Self {
            inner,
            set_steps,
            settings: Arc::new(settings),
            tls: Tls::new(recipe)?,
            steps: None,
        })
    }

    /// Verifies proxies by `recipe` from now on, and resumes no session from before.
    pub(crate) fn set_recipe(&mut self, recipe: &Recipe) -> Result<(), ConfigError> {
        self.tls = Tls::new(recipe)?;
        Ok(())
    }

    pub(crate) fn set_steps(&mut self, steps: &Steps) {
        self.steps = Some(steps.clone());
    }
}

impl<C> Service<Uri> for ProxyConnector<C>
where
    C: RawConnector,
{
    type Response = ProxyStream<C::Response>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx).map_err(Error::not_connected)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let steps = self.steps.take().unwrap_or_default();
        let Some(hop) = self.settings.proxy.hop_to(&target) else {
            (self.set_steps)(&mut self.inner, &steps);
            let connecting = self.inner.call(target);
            return Box::pin(async {
                // Without a proxy on the way the errors are about the server itself.
                let io = connecting.await.map_err(Error::not_connected)?;
                Ok(ProxyStream::direct(io))
            });
        };
        let user_agent = self.settings.proxy.user_agent.as_ref();
        let Some(request) = ConnectRequest::new(&target, hop, user_agent) else {
            return Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) });
        };
        let step = ProxyStep {
            request,
            authority: hop.authority.clone(),
            tls: (hop.tls.clone()).map(|name| (self.tls.connector.clone(), name)),
            anonymous: Arc::clone(&self.tls.anonymous),
            has_credentials: hop.credentials.is_some(),
            timeouts: self.settings.timeouts,
        };
        let connect_by = self.settings.timeouts.connect_end();
        steps.begin(Phase::Proxy);
        // Name and TCP are those of the proxy, and count as its phase.
        (self.set_steps)(&mut self.inner, &steps.to_proxy());
        let connecting = self.inner.call(hop.uri());
        Box::pin(async move {
            let io = match timeout_at(connect_by, connecting).await {
                Ok(connected) => connected.map_err(proxy_not_reached)?,
                Err(_) => return Err(Error::timeout(Phase::Proxy, None)),
            };
            // It begins now: the time to reach the proxy is not the proxy's.
            let deadline = step.timeouts.proxy_end().min(connect_by);
            let start = Instant::now();
            let opened = timeout_at(deadline, step.open(io)).await;
            steps.note_proxy(start.elapsed());
            opened.unwrap_or_else(|_| Err(Error::timeout(Phase::Proxy, None)))
        })
    }
}

/// The part that follows on a connection to the proxy.
struct ProxyStep {
    request: ConnectRequest,
    authority: Authority,
    /// The configuration and the name to verify; none for a plain connection.
    tls: Option<(TlsConnector, ServerName<'static>)>,
    anonymous: Arc<OneIdentity>,
    has_credentials: bool,
    timeouts: Timeouts,
}

impl ProxyStep {
    async fn open<IO>(self, io: IO) -> Result<ProxyStream<IO>, Error>
    where
        IO: Read + Write + Send + Unpin,
    {
        let (io, record) = (TokioIo::new(io), ClientAuthRecord::default());
        let mut leg = match self.tls {
            None => Leg::Clear(io),
            Some((connector, name)) => match self
                .anonymous
                .during(&record, connector.connect(name, io))
                .await
            {
                Ok(tls) => Leg::Tls(Box::new(tls)),
                Err(error) => return Err(broken(error, &record)),
            },
        };
        let reply = match self.request.exchange(&mut leg).await {
            Ok(reply) => reply,
            Err(NoReply::Problem(problem)) => return Err(failed(problem)),
            Err(NoReply::Io(error)) => return Err(broken(error, &record)),
        };
        tracing::debug!(proxy = %self.authority, status = reply.status, "proxy responded");
        match refusal(&reply, self.has_credentials) {
            Some(problem) => Err(failed(problem)),
            None => Ok(ProxyStream::tunnel(leg, reply.early, self.authority)),
        }
    }
}

/// Returns the problem of a reply that opens no tunnel; "any 2xx (Successful) response" does.
fn refusal(reply: &Reply, had_credentials: bool) -> Option<ProxyProblem> {
    match reply.status {
        200..300 => None,
        407 if reply.accepts_basic == Some(false) => Some(ProxyProblem::UnsupportedScheme),
        407 if had_credentials => Some(ProxyProblem::CredentialsRefused),
        407 => Some(ProxyProblem::CredentialsRequired),
        status => Some(ProxyProblem::Refused { status }),
    }
}

fn failed(problem: ProxyProblem) -> Error {
    Error::new(ErrorKind::Proxy(problem), Phase::Proxy)
}

/// Returns the meaning of an I/O error on the connection to the proxy.
fn broken(error: io::Error, record: &ClientAuthRecord) -> Error {
    let tls = error.get_ref().and_then(|carried| carried.downcast_ref());
    let certificate = tls.and_then(ServerCertificateProblem::from_tls);
    let problem = match tls {
        None => ProxyProblem::Closed,
        Some(rustls::Error::AlertReceived(alert))
            if ClientCertificateProblem::from_alert(*alert, record.outcome()).is_some() =>
        {
            ProxyProblem::ClientCertificate
        }
        Some(_) => certificate.map_or(ProxyProblem::Tls, ProxyProblem::Certificate),
    };
    Error::with_source(ErrorKind::Proxy(problem), Phase::Proxy, None, error)
}

/// Turns an error of the inner connector into one of the proxy.
fn proxy_not_reached(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    let error = error.into();
    let kind = match Error::find(&*error).map(Error::kind) {
        // Of this machine, whichever peer it connects to.
        Some(kind @ (ErrorKind::Local(_) | ErrorKind::Timeout)) => kind,
        Some(ErrorKind::Resolve) => ErrorKind::Proxy(ProxyProblem::Resolve),
        _ => ErrorKind::Proxy(ProxyProblem::Unreachable),
    };
    Error::with_source(kind, Phase::Proxy, None, error)
}

impl<C> fmt::Debug for ProxyConnector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyConnector")
            .field("proxy", &self.settings.proxy)
            .field("timeouts", &self.settings.timeouts)
            .finish_non_exhaustive()
    }
}
