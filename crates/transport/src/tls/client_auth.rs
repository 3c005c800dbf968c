//! The server's request for a client certificate, and what it was given (RFC 8446, section 4.3.2).

use std::{
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use rustls::{SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

use crate::connection::client_auth::ClientAuth;
use crate::connection::server_proof::ServerProof;

/// What a server asks of a client certificate (RFC 8446, sections 4.2.3 and 4.2.4).
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// DER of the names of the authorities that it hints at; none is no hint.
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

/// What rustls asked of the resolver during one handshake.
#[derive(Clone, Default)]
pub(crate) struct ClientAuthRecord(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    outcome: Option<ClientAuth>,
    asked: Option<Asked>,
    proof: Option<ServerProof>,
}

impl ClientAuthRecord {
    pub(crate) fn outcome(&self) -> ClientAuth {
        locked(&self.0).outcome.unwrap_or(ClientAuth::NotRequested)
    }

    /// What the server asked for, if it did.
    pub(crate) fn take_asked(&self) -> Option<Asked> {
        locked(&self.0).asked.take()
    }

    /// How the server has proven itself so far.
    pub(crate) fn proof(&self) -> Option<ServerProof> {
        locked(&self.0).proof
    }

    fn note(&self, outcome: ClientAuth, authorities: &[&[u8]], schemes: &[SignatureScheme]) {
        let mut noted = locked(&self.0);
        noted.outcome = Some(outcome);
        noted.asked = Some(Asked {
            authorities: authorities.iter().map(|name| name.to_vec()).collect(),
            schemes: schemes.to_vec(),
        });
    }
}

/// The handshakes that are being polled with one configuration.
///
/// rustls asks resolver and verifier without saying for which connection, and neither can be one per connection: that
/// would end session resumption, which rustls ties to their addresses. But it asks inside the poll of the handshake, so
/// whoever polls one says so beforehand, by the thread that does it.
#[derive(Default)]
pub(crate) struct Handshakes(Mutex<Vec<(ThreadId, ClientAuthRecord)>>);

impl Handshakes {
    /// The server has proven itself in the handshake that is being polled.
    pub(crate) fn note_proof(&self, proof: ServerProof) {
        self.with_polled(|record| locked(&record.0).proof = Some(proof));
    }

    /// Outside of a handshake of ours (the escape hatch) no one is to be told.
    fn with_polled(&self, note: impl FnOnce(&ClientAuthRecord)) {
        let thread = thread::current().id();
        let polled = locked(&self.0);
        if let Some((_, record)) = polled.iter().rfind(|(whose, _)| *whose == thread) {
            note(record);
        }
    }
}

/// One poll of a handshake, until this is dropped with it.
struct Polled<'a> {
    handshakes: &'a Handshakes,
    thread: ThreadId,
}

impl<'a> Polled<'a> {
    fn of(handshakes: &'a Handshakes, record: &ClientAuthRecord) -> Self {
        let thread = thread::current().id();
        locked(&handshakes.0).push((thread, record.clone()));
        Self { handshakes, thread }
    }
}

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        let mut polled = locked(&self.handshakes.0);
        let ours = polled
            .iter()
            .rposition(|(thread, _)| *thread == self.thread);
        if let Some(ours) = ours {
            polled.swap_remove(ours);
        }
    }
}

/// Presents the one identity, whatever CAs the server hints at.
///
/// Hints are never a filter: withholding the certificate would turn a rejection with a reason into one without.
pub(crate) struct OneIdentity {
    certified: Option<Arc<CertifiedKey>>,
    handshakes: Arc<Handshakes>,
}

impl OneIdentity {
    pub(crate) fn new(certified: Option<Arc<CertifiedKey>>) -> Arc<Self> {
        Arc::new(Self {
            certified,
            handshakes: Arc::default(),
        })
    }

    pub(crate) fn handshakes(&self) -> Arc<Handshakes> {
        Arc::clone(&self.handshakes)
    }

    /// Runs a handshake of which it is noted in `record` what the server asked and how it has proven itself.
    pub(crate) async fn during<F: Future>(
        &self,
        record: &ClientAuthRecord,
        handshake: F,
    ) -> F::Output {
        let mut handshake = pin!(handshake);
        poll_fn(|cx| {
            let _polled = Polled::of(&self.handshakes, record);
            handshake.as_mut().poll(cx)
        })
        .await
    }
}

impl ResolvesClientCert for OneIdentity {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let outcome = match &self.certified {
            None => ClientAuth::NoneAvailable,
            Some(identity) if identity.key.choose_scheme(schemes).is_none() => {
                ClientAuth::NoCompatibleScheme
            }
            Some(_) => ClientAuth::Presented,
        };
        self.handshakes
            .with_polled(|record| record.note(outcome, root_hint_subjects, schemes));
        self.certified.clone()
    }

    fn has_certs(&self) -> bool {
        self.certified.is_some()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for OneIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneIdentity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_handshakes_on_one_thread_are_told_apart() {
        let resolver = OneIdentity::new(None);
        let (one, other) = (ClientAuthRecord::default(), ClientAuthRecord::default());
        let asking = async {
            tokio::task::yield_now().await;
            resolver.resolve(&[b"hint"], &[]);
        };
        let silent = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        };
        tokio::join!(
            resolver.during(&one, asking),
            resolver.during(&other, silent)
        );
        assert_eq!(one.outcome(), ClientAuth::NoneAvailable);
        assert_eq!(one.take_asked().unwrap().authorities, [b"hint"]);
        assert_eq!(other.outcome(), ClientAuth::NotRequested);
        // Outside of a handshake there is no one to tell, and nothing is kept.
        resolver.resolve(&[], &[]);
        assert!(locked(&resolver.handshakes.0).is_empty());
    }
}
