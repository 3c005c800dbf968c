//! Key files that name a key in a device by a URI, in place of holding it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use identity::{
    Error, Event, FileSource, Finding, Format, IdentityDirectory, IdentityKey, Input, Loader,
    PassphraseSource, PollOutcome, SignatureScheme, Signer, SignerError, SignerProblem,
};
use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use crate::support::{TestCa, client, loader, vector};

const URI: &str = "pkcs11:token=napi;object=client?module-path=/lib/a.so";

/// The public half of a key in a device.
struct Named(Vec<u8>);

impl Signer for Named {
    fn public_key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(&self.0[..])
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &[SignatureScheme::EcdsaP256Sha256]
    }

    fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerProblem::DeviceGone.into())
    }
}

/// Devices with their keys by URI, which note what they are asked for.
#[derive(Clone, Default)]
struct Devices(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    keys: BTreeMap<String, Vec<u8>>,
    problem: Option<SignerProblem>,
    asked: Vec<String>,
    pins: Vec<Option<Vec<u8>>>,
}

impl Devices {
    fn hold(&self, uri: &str, key: &KeyPair) {
        let key = key.subject_public_key_info();
        self.0.lock().unwrap().keys.insert(uri.to_owned(), key);
    }

    fn fail(&self, problem: Option<SignerProblem>) {
        self.0.lock().unwrap().problem = problem;
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    fn open(&self, uri: &str) -> Result<Arc<dyn Signer>, SignerError> {
        let mut content = self.0.lock().unwrap();
        content.asked.push(uri.to_owned());
        if let Some(problem) = content.problem {
            return Err(problem.into());
        }
        match content.keys.get(uri) {
            Some(key) => Ok(Arc::new(Named(key.clone()))),
            None => Err(SignerProblem::KeyNotFound.into()),
        }
    }

    fn loader(&self) -> Loader {
        let devices = self.clone();
        loader().signers(move |uri, pin| {
            let pin = pin.map(|it| it.read().unwrap().secret_bytes().to_vec());
            devices.0.lock().unwrap().pins.push(pin);
            devices.open(uri)
        })
    }
}

/// Makes a certificate with this common name for a key.
fn issue(ca: &TestCa, key: &KeyPair, name: &str) -> String {
    let mut params = client();
    let names = &mut params.distinguished_name;
    names.push(rcgen::DnType::CommonName, name);
    params.signed_by(key, &ca.issuer).unwrap().pem()
}

#[test]
fn key_file_with_a_uri_has_the_key_it_names() {
    let (devices, key) = (Devices::default(), KeyPair::generate().unwrap());
    devices.hold(URI, &key);
    let certificate = issue(&TestCa::root("root"), &key, "a");
    let line = format!("\u{feff}{URI}\r\n");
    let utf16 = line.encode_utf16();
    for file in [
        URI.as_bytes().to_vec(),
        line.clone().into_bytes(),
        utf16.flat_map(u16::to_le_bytes).collect(),
    ] {
        let loaded = devices.loader().load(certificate.as_bytes(), &file);
        let loaded = loaded.unwrap();
        assert!(matches!(loaded.identity().key(), IdentityKey::Signer(_)));
        assert_eq!(loaded.report().key_format(), None);
    }
    assert_eq!(devices.asked(), [URI; 3]);
}

#[test]
fn key_of_another_uri_or_certificate_is_refused() {
    let (devices, key) = (Devices::default(), KeyPair::generate().unwrap());
    devices.hold(URI, &key);
    let loader = devices.loader();
    let other = loader.load(&vector("chain.pem"), URI.as_bytes());
    assert!(matches!(other, Err(Error::KeyMismatch { .. })));
    let certificate = issue(&TestCa::root("root"), &key, "a");
    let unknown = loader.load(certificate.as_bytes(), b"pkcs11:object=other");
    let Err(Error::Signer { source }) = unknown else {
        panic!("the device has no such key");
    };
    assert_eq!(source.problem(), SignerProblem::KeyNotFound);
}

#[test]
fn uri_is_refused_with_advice_where_no_one_opens_it() {
    let load = |certificate: &[u8], key: &[u8]| loader().load(certificate, key).unwrap_err();
    let refused = [
        load(&vector("chain.pem"), URI.as_bytes()),
        loader().open_key(URI.as_bytes()).unwrap_err(),
        // Such a key cannot be written anew.
        Devices::default()
            .loader()
            .open_key(URI.as_bytes())
            .unwrap_err(),
    ];
    for error in refused {
        assert!(
            matches!(
                error,
                Error::UnsupportedFormat {
                    input: Input::Key,
                    format: Format::KeyUri
                }
            ),
            "{error:?}"
        );
    }
    let parts = loader().inspect(URI.as_bytes()).unwrap();
    assert_eq!(parts[0].format(), Format::KeyUri);
    let swapped = load(URI.as_bytes(), &vector("chain.pem"));
    assert!(matches!(swapped, Error::Swapped), "{swapped:?}");
}

#[test]
fn key_file_beside_text_is_no_uri() {
    let devices = Devices::default();
    for file in ["pkcs11:object=a b", "pkcs11:object=a\npkcs11:object=b"] {
        let error = devices.loader().load(&vector("chain.pem"), file.as_bytes());
        assert!(
            matches!(
                error,
                Err(Error::UnsupportedFormat {
                    format: Format::Unrecognised,
                    ..
                })
            ),
            "{error:?}"
        );
    }
    assert!(devices.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn file_that_names_a_key_may_be_read_by_all() {
    use std::os::unix::fs::PermissionsExt as _;

    let (devices, key) = (Devices::default(), KeyPair::generate().unwrap());
    devices.hold(URI, &key);
    let folder = tempfile::tempdir().unwrap();
    let (certificate, named, held) = (
        folder.path().join("a.pem"),
        folder.path().join("named.key"),
        folder.path().join("held.key"),
    );
    fs::write(&certificate, issue(&TestCa::root("root"), &key, "a")).unwrap();
    fs::write(&named, URI).unwrap();
    fs::write(&held, key.serialize_pem()).unwrap();
    let is_exposed = |path: &Path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        let loaded = devices.loader().load_files(&certificate, path).unwrap();
        let mut findings = loaded.report().findings().iter();
        findings.any(|it| matches!(it, Finding::KeyFileExposed { .. }))
    };
    assert!(!is_exposed(&named));
    assert!(is_exposed(&held));
}

/// A folder with `a.crt` and `a.key`, which are watched.
struct Watched {
    folder: tempfile::TempDir,
    devices: Devices,
    source: FileSource,
}

impl Watched {
    fn new(certificate: &str, uri: &str, devices: Devices) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = FileSource::directory(devices.loader(), folder.path());
        let watched = Self {
            folder,
            devices,
            source,
        };
        watched.write("a.crt", certificate);
        watched.write("a.key", uri);
        watched
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Polls twice: what is new is left for the second time.
    fn settle(&mut self) -> PollOutcome {
        let first = self.source.poll();
        match first.is_waiting() {
            true => self.source.poll(),
            false => first,
        }
    }

    fn name(&self) -> Option<&str> {
        let members = self.source.current()?.members();
        members.first()?.leaf().common_name()
    }
}

/// Returns the only failure of a poll.
fn failure(outcome: &PollOutcome) -> &Error {
    match outcome.events() {
        [Event::Failed { error, .. }] => error,
        other => panic!("another outcome: {other:?}"),
    }
}

#[test]
fn renewed_certificate_and_new_uri_are_followed() {
    let (devices, ca) = (Devices::default(), TestCa::root("root"));
    let (key, next) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let next_uri = "pkcs11:object=next";
    devices.hold(URI, &key);
    devices.hold(next_uri, &next);
    let mut watched = Watched::new(&issue(&ca, &key, "first"), URI, devices);
    assert!(watched.settle().set().is_some());
    assert!(watched.settle().is_unchanged());
    assert_eq!(watched.devices.asked().len(), 1);

    // Renewed without a new key.
    watched.write("a.crt", &issue(&ca, &key, "renewed"));
    assert!(watched.settle().set().is_some());
    assert_eq!(watched.name(), Some("renewed"));

    // A new key, whose certificate comes later: what is there goes on.
    watched.write("a.key", next_uri);
    let outcome = watched.settle();
    assert!(matches!(failure(&outcome), Error::KeyMismatch { .. }));
    assert_eq!(watched.name(), Some("renewed"));
    watched.write("a.crt", &issue(&ca, &next, "next"));
    assert!(watched.settle().set().is_some());
    assert_eq!(watched.name(), Some("next"));
    assert_eq!(watched.devices.asked(), [URI, URI, next_uri, next_uri]);
}

#[test]
fn device_that_is_back_is_found_without_a_new_file() {
    let (devices, ca) = (Devices::default(), TestCa::root("root"));
    let key = KeyPair::generate().unwrap();
    devices.hold(URI, &key);
    let mut watched = Watched::new(&issue(&ca, &key, "first"), URI, devices);
    watched.settle();
    watched.devices.fail(Some(SignerProblem::DeviceGone));
    watched.write("a.crt", &issue(&ca, &key, "renewed"));
    let outcome = watched.settle();
    let Error::Signer { source } = failure(&outcome) else {
        panic!("{outcome:?}");
    };
    assert_eq!(source.problem(), SignerProblem::DeviceGone);
    assert!(watched.settle().events().is_empty()); // said once
    assert_eq!(watched.name(), Some("first"));
    watched.devices.fail(None);
    assert!(watched.settle().set().is_some());
    assert_eq!(watched.name(), Some("renewed"));
}

#[test]
fn wrong_pin_is_not_tried_for_the_same_files() {
    let (devices, ca) = (Devices::default(), TestCa::root("root"));
    let key = KeyPair::generate().unwrap();
    devices.hold(URI, &key);
    devices.fail(Some(SignerProblem::PinWrong));
    let mut watched = Watched::new(&issue(&ca, &key, "first"), URI, devices);
    assert!(matches!(failure(&watched.settle()), Error::Signer { .. }));
    for _ in 0..3 {
        watched.settle();
    }
    assert_eq!(watched.devices.asked().len(), 1);
    watched.devices.fail(None);
    watched.write("a.key", &format!("{URI}\n"));
    assert!(watched.settle().set().is_some());
}

#[test]
fn passphrase_beside_a_uri_is_its_pin_alone() {
    let (devices, key) = (Devices::default(), KeyPair::generate().unwrap());
    devices.hold(URI, &key);
    let certificate = issue(&TestCa::root("root"), &key, "a");
    let watched = Watched::new(&certificate, URI, devices);
    let path = |name: &str| watched.folder.path().join(name);
    watched.write("b.crt", &certificate);
    watched.write("b.key", URI);
    watched.write("b.passphrase", "4711\n");
    watched.write("files", "of the keys in files");
    let loader = watched.devices.loader();
    let loader = loader.passphrase(PassphraseSource::file(path("files")));
    let inventory = IdentityDirectory::new(watched.folder.path()).load(&loader);
    assert_eq!(inventory.unwrap().entries().len(), 2);
    let mut pair = FileSource::pair(loader, path("a.crt"), path("a.key"));
    assert!(pair.poll().set().is_some());
    let pins = watched.devices.0.lock().unwrap().pins.clone();
    assert_eq!(pins, [None, Some(b"4711".to_vec()), None]);
}
