//! A device of the tests: a key in memory behind a gate, with what a script says in its place.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use identity::{Identity, Loader, SignatureScheme, Signer, SignerError, SignerProblem};
use rcgen::{KeyPair, PublicKeyData};
use rustls::sign::SigningKey;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, pem::PemObject};
use tokio::sync::watch;

/// A key that signs when its gate is open.
pub(crate) struct Device {
    key: Arc<dyn SigningKey>,
    public_key: Vec<u8>,
    schemes: Vec<SignatureScheme>,
    behaviour: Behaviour,
    gate: Gate,
}

/// The outcome of each signature.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    Fails(SignerProblem),
    Panics,
    Signs,
}

/// A gate that signatures wait at while it is closed.
#[derive(Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
    /// Signatures that have begun and not ended, and the most of them so far.
    inside: watch::Sender<(usize, usize)>,
}

impl Device {
    /// Makes a device with a key in PEM.
    pub(crate) fn new(key: &str, schemes: &[SignatureScheme], behaviour: Behaviour) -> Arc<Self> {
        let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let pair = KeyPair::from_pem(key).unwrap();
        Arc::new(Self {
            key: rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).unwrap(),
            public_key: pair.subject_public_key_info(),
            schemes: schemes.to_vec(),
            behaviour,
            gate: Gate::default(),
        })
    }

    /// Returns the identity of this device with a certificate in PEM.
    pub(crate) fn identity(self: &Arc<Self>, certificate: &str) -> Identity {
        let signer = Arc::clone(self);
        let loaded = Loader::new().load_with_signer(certificate.as_bytes(), signer);
        loaded.unwrap().into_parts().0
    }

    pub(crate) fn close(&self) {
        *self.gate.is_closed.lock().unwrap() = true;
    }

    pub(crate) fn open(&self) {
        *self.gate.is_closed.lock().unwrap() = false;
        self.gate.opened.notify_all();
    }

    /// Returns once so many signatures wait at the gate.
    pub(crate) async fn waiting(&self, count: usize) {
        let mut inside = self.gate.inside.subscribe();
        inside
            .wait_for(|(inside, _)| *inside >= count)
            .await
            .unwrap();
    }

    /// Returns the most signatures at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.gate.inside.borrow().1
    }
}

impl Gate {
    fn pass(&self) {
        self.inside.send_modify(|(inside, most)| {
            *inside += 1;
            *most = (*most).max(*inside);
        });
        let is_closed = self.is_closed.lock().unwrap();
        // Ends only where the test has failed: one that hangs would not say so.
        let limit = Duration::from_secs(60);
        let passed = self
            .opened
            .wait_timeout_while(is_closed, limit, |is_closed| *is_closed);
        assert!(!passed.unwrap().1.timed_out(), "the gate was not opened");
        self.inside.send_modify(|(inside, _)| *inside -= 1);
    }
}

impl Signer for Device {
    fn public_key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(&self.public_key[..])
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.gate.pass();
        match self.behaviour {
            Behaviour::Fails(problem) => Err(SignerError::with_source(problem, "CKR_OF_THE_TEST")),
            Behaviour::Panics => panic!("the device of this test panics"),
            Behaviour::Signs => {
                let signer = self.key.choose_scheme(&[scheme.number().into()]);
                Ok(signer.unwrap().sign(message).unwrap())
            }
        }
    }
}
