//! A gateway, which serves any number of listeners.

use std::{fmt, sync::Arc};

use http::{Request, Response};
use tower::{ServiceBuilder, filter::FilterLayer};
use tower_service::Service;
use transport::{
    MtlsClient, MtlsClientBuilder, MtlsConnector, RawConnector, ResponseBody, RetryPolicy,
    TlsAcceptor,
};

use crate::accepting::accept;
use crate::body::caller_body::CallerBody;
use crate::check::browser::BrowserCheck;
use crate::check::framing::FramingCheck;
use crate::check::gateway_token::TokenCheck;
use crate::check::own_scheme::OwnScheme;
use crate::check::target::{OwnNames, TargetCheck};
use crate::connection::ConnectionSettings;
use crate::connection::table::Connections;
use crate::error::Error;
use crate::forward::Forward;
use crate::listener::Listener;
use crate::token::Token;
use crate::verdict::Verdict;

/// A local HTTP server whose every request goes out through a client with mutual TLS.
///
/// [`Gateway::builder`] makes one. Cheap to clone; clones share places and limits.
#[derive(Clone)]
pub struct Gateway<S> {
    pub(crate) forward: Forward<S>,
    pub(crate) connections: Connections,
    pub(crate) connection_settings: ConnectionSettings,
    pub(crate) token: Option<Arc<Token>>,
    pub(crate) names: Arc<[String]>,
    pub(crate) public: Public,
}

/// Whether addresses that other machines can reach are listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Public {
    Refused,
    WithAuthentication,
}

impl<C> Gateway<MtlsClient<CallerBody, C>>
where
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Starts the client of a gateway: with failover, with retries where they are safe, and with
    /// bodies that can be sent again if they have up to 64 KiB
    /// ([`replay_limit`](MtlsClientBuilder::replay_limit)). Longer ones are sent as they come.
    ///
    /// A `POST` with `Idempotency-Key` is a `POST` like any other, as the server may not know the
    /// field ([`RetryPolicy::method_alone`]).
    pub fn client(connector: MtlsConnector<C>) -> MtlsClientBuilder<CallerBody, C> {
        MtlsClient::builder(connector)
            .failover_on_http_refusals()
            .retries(RetryPolicy::default().method_alone())
            .replay_limit(64 * 1024)
    }
}

impl<S> Gateway<S>
where
    S: Service<Request<CallerBody>, Response = Response<ResponseBody>, Error = transport::Error>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    /// Checks whether the gateway may listen on the address of a listener.
    ///
    /// TLS alone does not do for a public one: it says to callers who the gateway is, and to the
    /// gateway nothing about them.
    ///
    /// # Errors
    ///
    /// [`Error::PublicAddress`] if other machines can reach it and that was not allowed,
    /// [`Error::PublicWithoutAuthentication`] if there is no token, and no TLS that requires
    /// certificates of callers.
    pub fn check(&self, listener: &Listener) -> Result<(), Error> {
        let address = listener.address().clone();
        let acceptor = listener.acceptor();
        let has_authentication =
            self.token.is_some() || acceptor.is_some_and(TlsAcceptor::requires_client_certificate);
        match (address.is_public(), self.public) {
            (false, _) => Ok(()),
            (true, Public::WithAuthentication) if has_authentication => Ok(()),
            (true, Public::WithAuthentication) => {
                Err(Error::PublicWithoutAuthentication { address })
            }
            (true, Public::Refused) => Err(Error::PublicAddress { address }),
        }
    }

    /// Serves callers of a listener until `stop` is ready; then takes no new requests, finishes
    /// those in progress, and returns, at the latest after the [drain
    /// timeout](crate::Timeouts::drain).
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check); nothing is served then.
    pub async fn serve(
        &self,
        listener: Listener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        self.check(&listener)?;
        let scheme = match listener.acceptor() {
            Some(_) => OwnScheme::HTTPS,
            None => OwnScheme::HTTP,
        };
        let service = ServiceBuilder::new()
            .layer(FilterLayer::new(TargetCheck {
                names: OwnNames::new(listener.address(), &*self.names),
                scheme,
            }))
            .layer(FilterLayer::new(BrowserCheck { scheme }))
            .layer(FilterLayer::new(TokenCheck {
                token: self.token.clone(),
            }))
            .layer(FilterLayer::new(FramingCheck))
            .service(Forward {
                scheme,
                ..self.forward.clone()
            });
        accept(
            listener,
            service,
            &self.connections,
            &self.connection_settings,
            stop,
        )
        .await;
        Ok(())
    }

    /// Ends all connections of callers that had to present a certificate, once their requests are
    /// done, for as long as when the gateway stops: others open new ones, whose certificates are
    /// verified by what an [`AcceptorReloader`](transport::AcceptorReloader) has put in place.
    ///
    /// To be called after a [`ReloadEvent::AcceptorRenewed`]; else a caller that was revoked goes
    /// on until [`Timeouts::certificate`].
    ///
    /// [`ReloadEvent::AcceptorRenewed`]: transport::ReloadEvent::AcceptorRenewed
    /// [`Timeouts::certificate`]: crate::Timeouts::certificate
    pub fn verify_anew(&self) {
        self.connection_settings.anew.send_replace(());
    }

    /// Returns whether the server rejected our certificate in the last request, or we the server.
    #[must_use]
    pub fn last_verdict(&self) -> Verdict {
        self.forward.settings.verdict.get()
    }

    /// Forgets the last verdict: it was on an identity, or by trust anchors, that were replaced.
    pub fn forget_verdict(&self) {
        self.forward.settings.verdict.set(Verdict::Unknown);
    }
}

impl<S> fmt::Debug for Gateway<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("upstream", &self.forward.settings.upstream)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
