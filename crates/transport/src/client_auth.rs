//! What became of the server's wish for a client certificate (RFC 8446, section 4.3.2).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use rustls::{SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

/// Whether the server asked for a client certificate in this connection's handshake, and what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The session was resumed: the certificate is that of the full handshake before, and none was sent.
    CarriedByTicket,
    /// The server asked, and the identity's key fits none of the signature schemes that it offered.
    NoCompatibleScheme,
    /// The server asked, and the connector has no identity.
    NoneAvailable,
    /// The server did not ask during the handshake.
    ///
    /// It may be the wrong host, or one that asks later by renegotiation, which TLS 1.3 dropped and this
    /// connector does not speak.
    NotRequested,
    /// The identity's certificate chain was sent.
    Presented,
}

/// Writes down what rustls asked of the resolver during one handshake.
///
/// The resolver belongs to all connections of a connector (a resolver per connection would end session
/// resumption, which rustls ties to the resolver's address), so the handshake in progress is found through a
/// task-local: rustls asks inside the poll of the handshake's future.
#[derive(Clone, Default)]
pub(crate) struct ClientAuthRecord(Arc<AtomicU8>);

tokio::task_local! {
    static HANDSHAKE: ClientAuthRecord;
}

impl ClientAuthRecord {
    pub(crate) async fn during<F: Future>(&self, handshake: F) -> F::Output {
        HANDSHAKE.scope(self.clone(), handshake).await
    }

    pub(crate) fn outcome(&self) -> ClientAuth {
        match self.0.load(Ordering::Relaxed) {
            1 => ClientAuth::NoCompatibleScheme,
            2 => ClientAuth::NoneAvailable,
            3 => ClientAuth::Presented,
            _ => ClientAuth::NotRequested,
        }
    }

    fn note(outcome: ClientAuth) {
        let code = match outcome {
            ClientAuth::NoCompatibleScheme => 1,
            ClientAuth::NoneAvailable => 2,
            ClientAuth::Presented => 3,
            ClientAuth::CarriedByTicket | ClientAuth::NotRequested => 0,
        };
        // Outside of a handshake of ours (the escape hatch) there is nobody to tell.
        let _ = HANDSHAKE.try_with(|record| record.0.store(code, Ordering::Relaxed));
    }
}

/// Presents the one identity, whatever authorities the server hints at.
///
/// Hints are never a filter: withholding the certificate would turn a refusal with a reason into one without.
pub(crate) struct OneIdentity(pub(crate) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for OneIdentity {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let outcome = match &self.0 {
            None => ClientAuth::NoneAvailable,
            Some(identity) if identity.key.choose_scheme(schemes).is_none() => {
                ClientAuth::NoCompatibleScheme
            }
            Some(_) => ClientAuth::Presented,
        };
        ClientAuthRecord::note(outcome);
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Debug for OneIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneIdentity").finish_non_exhaustive()
    }
}
