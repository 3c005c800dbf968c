//! The settings of a gateway.

use std::{fmt, sync::Arc};

use http::{Request, Response};
use tokio::sync::watch;
use tower_service::Service;
use transport::ResponseBody;

use crate::body::caller_body::CallerBody;
use crate::check::own_scheme::OwnScheme;
use crate::connection::ConnectionSettings;
use crate::connection::table::Connections;
use crate::credentials::BasicCredentials;
use crate::forward::{Forward, ForwardSettings};
use crate::gateway::{Gateway, Public};
use crate::limits::Limits;
use crate::places::Places;
use crate::timeouts::Timeouts;
use crate::token::Token;
use crate::upstream::Upstream;
use crate::verdict::LastVerdict;

/// Settings of a [`Gateway`], all optional; [`Gateway::builder`] starts them.
#[must_use]
pub struct GatewayBuilder<S> {
    client: S,
    upstream: Upstream,
    credentials: Option<BasicCredentials>,
    token: Option<Token>,
    names: Vec<String>,
    public: Public,
    limits: Limits,
    timeouts: Timeouts,
    has_server_timing: bool,
}

impl<S> Gateway<S>
where
    S: Service<Request<CallerBody>, Response = Response<ResponseBody>, Error = transport::Error>,
{
    /// Starts the settings of a gateway to a server; [`Gateway::client`] starts the client.
    pub fn builder(client: S, upstream: Upstream) -> GatewayBuilder<S> {
        GatewayBuilder {
            client,
            upstream,
            credentials: None,
            token: None,
            names: Vec::new(),
            public: Public::Refused,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            has_server_timing: false,
        }
    }
}

impl<S> GatewayBuilder<S> {
    /// Adds these credentials to every request, in place of a caller's own.
    pub fn credentials(mut self, credentials: BasicCredentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Requires this token of every caller.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Adds a name by which callers may call the gateway, without a port. Those of loopback and the
    /// address that it listens on need not be named.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Allows addresses that other machines can reach, where callers have to show a
    /// [token](Self::token), or a certificate in [TLS](crate::Listener::tls).
    pub fn listen_public(mut self) -> Self {
        self.public = Public::WithAuthentication;
        self
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the timeouts of callers.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Adds `Server-Timing` to responses, with the time to the head of the server's response.
    pub fn server_timing(mut self) -> Self {
        self.has_server_timing = true;
        self
    }

    /// Builds the gateway.
    #[must_use]
    pub fn build(self) -> Gateway<S> {
        let settings = ForwardSettings {
            upstream: self.upstream,
            credentials: self.credentials,
            places: Places::new(self.limits.requests),
            has_server_timing: self.has_server_timing,
            verdict: LastVerdict::new(),
        };
        Gateway {
            forward: Forward {
                client: self.client,
                settings: Arc::new(settings),
                // Of the listener that it is for, once there is one.
                scheme: OwnScheme::HTTP,
            },
            connections: Connections::new(self.limits.connections),
            connection_settings: ConnectionSettings {
                limits: self.limits,
                timeouts: self.timeouts,
                anew: watch::Sender::new(()),
            },
            token: self.token.map(Arc::new),
            names: self.names.into(),
            public: self.public,
        }
    }
}

impl<S> fmt::Debug for GatewayBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayBuilder")
            .field("upstream", &self.upstream)
            .field("names", &self.names)
            .field("limits", &self.limits)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
