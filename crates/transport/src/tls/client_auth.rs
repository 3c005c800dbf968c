//! The server's CertificateRequest, and the certificate sent for it (RFC 8446, section 4.3.2).

use std::{
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
};

use rustls::{SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

use crate::connection::client_auth::ClientAuth;
use crate::connection::server_proof::ServerProof;
use crate::tls::blocking_threads::BlockingThreads;
use crate::tls::client_auth_record::{ClientAuthRecord, locked};
use crate::tls::client_key::ClientKey;

/// The handshakes that are being polled with one configuration.
///
/// rustls calls resolver and verifier without naming the connection, and neither can be made per
/// connection: that would end session resumption, which rustls ties to their addresses. But both
/// are called inside the poll of the handshake, so each poll registers its record under the current
/// thread.
#[derive(Default)]
pub(crate) struct Handshakes(Mutex<Vec<(ThreadId, ClientAuthRecord)>>);

impl Handshakes {
    /// Notes that the server has proven itself in the handshake that is being polled.
    pub(crate) fn note_proof(&self, proof: ServerProof) {
        self.with_current(|record| record.note_proof(proof));
    }

    /// Passes the record of the current poll. There is none in a handshake that is not ours, as
    /// with `MtlsConnector::rustls_client_config`.
    fn with_current(&self, note: impl FnOnce(&ClientAuthRecord)) {
        let thread = thread::current().id();
        let polled = locked(&self.0);
        if let Some((_, record)) = polled.iter().rfind(|(of, _)| *of == thread) {
            note(record);
        }
    }
}

/// Registers one poll of a handshake until it is dropped.
struct PollGuard<'a> {
    handshakes: &'a Handshakes,
    thread: ThreadId,
}

impl<'a> PollGuard<'a> {
    fn of(handshakes: &'a Handshakes, record: &ClientAuthRecord) -> Self {
        let thread = thread::current().id();
        locked(&handshakes.0).push((thread, record.clone()));
        Self { handshakes, thread }
    }
}

impl Drop for PollGuard<'_> {
    fn drop(&mut self) {
        let mut polled = locked(&self.handshakes.0);
        // The latest of this thread, should polls ever nest.
        let ours = polled
            .iter()
            .rposition(|(thread, _)| *thread == self.thread);
        if let Some(ours) = ours {
            polled.swap_remove(ours);
        }
    }
}

/// Presents the one identity, whatever CAs the server names.
///
/// The names are never a filter: withholding the certificate would turn a rejection with a reason
/// into one without.
pub(crate) struct OneIdentity {
    key: Option<ClientKey>,
    handshakes: Arc<Handshakes>,
}

impl OneIdentity {
    pub(crate) fn new(key: Option<ClientKey>) -> Arc<Self> {
        Arc::new(Self {
            key,
            handshakes: Arc::default(),
        })
    }

    /// Returns the threads that handshakes have to run on, if the key may block.
    pub(crate) fn threads(&self) -> Option<&BlockingThreads> {
        self.key.as_ref()?.threads.as_ref()
    }

    pub(crate) fn handshakes(&self) -> Arc<Handshakes> {
        Arc::clone(&self.handshakes)
    }

    /// Runs a handshake, and notes the server's request and proof in `record`.
    pub(crate) async fn during<F: Future>(
        &self,
        record: &ClientAuthRecord,
        handshake: F,
    ) -> F::Output {
        let mut handshake = pin!(handshake);
        poll_fn(|cx| {
            // Registered for each poll: the task may move to another thread between two.
            let _guard = PollGuard::of(&self.handshakes, record);
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
        let Some(key) = &self.key else {
            let none = ClientAuth::NoneAvailable;
            self.handshakes
                .with_current(|record| record.note(none, root_hint_subjects, schemes));
            return None;
        };
        let mut certified = Arc::clone(&key.certified);
        let outcome = match certified.key.choose_scheme(schemes) {
            None => ClientAuth::NoCompatibleScheme,
            // Until its device has signed.
            Some(_) if key.threads.is_some() => ClientAuth::NotSigned,
            Some(_) => ClientAuth::Presented,
        };
        self.handshakes.with_current(|record| {
            record.note(outcome, root_hint_subjects, schemes);
            certified = key.in_handshake(record);
        });
        Some(certified)
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
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
    async fn two_handshakes_on_one_thread_have_separate_records() {
        let resolver = OneIdentity::new(None);
        let (one, other) = (ClientAuthRecord::default(), ClientAuthRecord::default());
        let requesting = async {
            tokio::task::yield_now().await;
            resolver.resolve(&[b"hint"], &[]);
        };
        let silent = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        };
        tokio::join!(
            resolver.during(&one, requesting),
            resolver.during(&other, silent)
        );
        assert_eq!(one.outcome(), ClientAuth::NoneAvailable);
        assert_eq!(
            one.take_request().unwrap().certificate_authorities,
            [b"hint"]
        );
        assert_eq!(other.outcome(), ClientAuth::NotRequested);
        // Outside a handshake nothing is kept.
        resolver.resolve(&[], &[]);
        assert!(locked(&resolver.handshakes.0).is_empty());
    }
}
