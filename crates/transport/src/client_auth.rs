//! What became of the server's wish for a client certificate (RFC 8446, section 4.3.2).

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustls::{SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

use crate::server_proof::ServerProof;

/// Whether the server asked for a client certificate in this connection's handshake, and what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The session was resumed: the certificate, which the server asked for in the full handshake before, is that of the
    /// session, and none was sent.
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
    /// The server asked, and the identity is not for this host; see
    /// [`MtlsConnectorBuilder::identity_hosts`](crate::MtlsConnectorBuilder::identity_hosts).
    Withheld,
}

impl ClientAuth {
    /// The server asked and got no certificate.
    pub(crate) fn is_none_sent(self) -> bool {
        matches!(
            self,
            Self::NoCompatibleScheme | Self::NoneAvailable | Self::Withheld
        )
    }
}

/// What a server asks of a client certificate (RFC 8446, sections 4.2.3 and 4.2.4).
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// DER of the names of the authorities that it hints at; none is no hint.
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

/// Writes down what rustls asked of the resolver during one handshake.
///
/// The resolver belongs to all connections of an identity (a resolver per connection would end session
/// resumption, which rustls ties to the resolver's address), so the handshake in progress is found through a
/// task-local: rustls asks inside the poll of the handshake's future.
#[derive(Clone, Default)]
pub(crate) struct ClientAuthRecord(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    outcome: Option<ClientAuth>,
    asked: Option<Asked>,
    proof: Option<ServerProof>,
}

tokio::task_local! {
    static HANDSHAKE: ClientAuthRecord;
}

impl ClientAuthRecord {
    pub(crate) async fn during<F: Future>(&self, handshake: F) -> F::Output {
        HANDSHAKE.scope(self.clone(), handshake).await
    }

    pub(crate) fn outcome(&self) -> ClientAuth {
        self.locked().outcome.unwrap_or(ClientAuth::NotRequested)
    }

    /// What the server asked for, if it did.
    pub(crate) fn take_asked(&self) -> Option<Asked> {
        self.locked().asked.take()
    }

    /// How the server has proven itself so far.
    pub(crate) fn proof(&self) -> Option<ServerProof> {
        self.locked().proof
    }

    /// The server has proven itself in the handshake under way.
    pub(crate) fn note_proof(proof: ServerProof) {
        let _ = HANDSHAKE.try_with(|record| record.locked().proof = Some(proof));
    }

    fn note(outcome: ClientAuth, authorities: &[&[u8]], schemes: &[SignatureScheme]) {
        // Outside of a handshake of ours (the escape hatch) there is nobody to tell.
        let _ = HANDSHAKE.try_with(|record| {
            let mut noted = record.locked();
            noted.outcome = Some(outcome);
            noted.asked = Some(Asked {
                authorities: authorities.iter().map(|name| name.to_vec()).collect(),
                schemes: schemes.to_vec(),
            });
        });
    }

    fn locked(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Presents the one identity, whatever authorities the server hints at.
///
/// Hints are never a filter: withholding the certificate would turn a refusal with a reason into one without.
pub(crate) struct OneIdentity(pub(crate) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for OneIdentity {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let outcome = match &self.0 {
            None => ClientAuth::NoneAvailable,
            Some(identity) if identity.key.choose_scheme(schemes).is_none() => {
                ClientAuth::NoCompatibleScheme
            }
            Some(_) => ClientAuth::Presented,
        };
        ClientAuthRecord::note(outcome, root_hint_subjects, schemes);
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
