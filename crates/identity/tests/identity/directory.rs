//! A folder of pairs: what is a pair, what is ignored, and how one broken pair leaves the others
//! be.

use std::fs;
use std::path::Path;

use identity::{Error, Finding, Format, IdentityDirectory, IdentitySet, Inventory, PairState};
use rcgen::{DnType, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::support::{TestCa, client, loader, vector};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Returns how many of the folder's pairs make a set.
fn members(folder: &Path) -> usize {
    let set = load(folder).set(IdentitySet::TRULIOO).unwrap();
    set.members().len()
}

fn load(folder: &Path) -> Inventory {
    IdentityDirectory::new(folder).load(&loader()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let pairs = IdentityDirectory::new(folder).pairs().unwrap();
    pairs.iter().map(identity::PairFiles::name).collect()
}

fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), content).unwrap();
}

#[test]
fn pairs_are_found_by_name_and_sorted() {
    let folder = folder();
    for name in ["b", "a", "c.2027"] {
        Pair::new(name).write(folder.path(), name);
    }
    assert_eq!(names(folder.path()), ["a", "b", "c.2027"]);
    let inventory = load(folder.path());
    let subjects = inventory.entries().iter().map(|entry| match &entry.state {
        PairState::Loaded { identity, .. } => identity.leaf().common_name().unwrap().to_owned(),
        other => panic!("{other:?}"),
    });
    assert_eq!(subjects.collect::<Vec<_>>(), ["a", "b", "c.2027"]);
    assert_eq!(
        inventory.set(IdentitySet::TRULIOO).unwrap().members().len(),
        3
    );
}

#[test]
fn the_certificate_may_end_in_crt_pem_or_cer() {
    for ending in ["crt", "pem", "cer"] {
        let (folder, pair) = (folder(), Pair::new("a"));
        write(&folder, "a.key", &pair.key);
        write(&folder, &format!("a.{ending}"), &pair.certificate);
        assert_eq!(members(folder.path()), 1);
    }
    let (folder, pair) = (folder(), Pair::new("a"));
    write(&folder, "a.key", &pair.key);
    write(&folder, "a.txt", &pair.certificate);
    assert!(matches!(
        load(folder.path()).entries()[0].state,
        PairState::AwaitsCertificate
    ));
}

#[test]
fn one_file_with_key_and_certificate_is_a_pair() {
    for name in ["a.pem", "a.crt", "a.cer", "a.key"] {
        let (folder, pair) = (folder(), Pair::new("a"));
        write(&folder, name, format!("{}{}", pair.certificate, pair.key));
        assert_eq!(names(folder.path()), ["a"], "{name}");
        let inventory = load(folder.path());
        let entry = &inventory.entries()[0];
        assert!(
            matches!(entry.state, PairState::Loaded { .. }),
            "{name}: {entry:?}"
        );
        let path = folder.path().join(name);
        assert_eq!(
            (entry.files.key(), entry.files.certificate()),
            (&*path, Some(&*path))
        );
    }
    // A certificate alone is none, nor a key alone under the name of one.
    let (folder, pair) = (folder(), Pair::new("a"));
    write(&folder, "a.pem", &pair.certificate);
    write(&folder, "b.pem", &pair.key);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn changed_bundle_of_key_and_certificate_is_read_again() {
    let (folder, pair) = (folder(), Pair::new("a"));
    let mut source = identity::FileSource::directory(loader(), folder.path());
    assert!(source.poll().set().is_none());
    write(
        &folder,
        "a.pem",
        format!("{}{}", pair.key, pair.certificate),
    );
    assert_eq!(source.poll().set().unwrap().members().len(), 1);
    assert!(source.poll().is_unchanged());
}

#[test]
fn misnamed_certificate_is_reported_with_its_right_name() {
    for (name, content) in [
        ("a (1).pem", None),
        ("download.cer", None),
        ("A.CRT", None),
        ("acme.txt", None),
        ("chain.der", Some(Format::Certificate)),
    ] {
        let (folder, pair) = (folder(), Pair::new("a"));
        write(&folder, "a.key", &pair.key);
        write(&folder, "other.pem", &Pair::new("other").certificate);
        match content {
            None => write(&folder, name, &pair.certificate),
            Some(_) => write(&folder, name, der_of(&pair.certificate)),
        }
        let inventory = load(folder.path());
        let misnamed = inventory.entries()[0].misnamed_certificate.clone();
        let misnamed = misnamed.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(misnamed.path, folder.path().join(name));
        assert_eq!(misnamed.should_be, folder.path().join("a.crt"));
        fs::rename(misnamed.path, misnamed.should_be).unwrap();
        let inventory = load(folder.path());
        assert!(matches!(
            inventory.entries()[0].state,
            PairState::Loaded { .. }
        ));
        assert_eq!(inventory.entries()[0].misnamed_certificate, None);
    }
    let (folder, pair) = (folder(), Pair::new("a"));
    write(&folder, "a.key", &pair.key);
    write(&folder, "b (1).pem", &Pair::new("b").certificate);
    assert_eq!(load(folder.path()).entries()[0].misnamed_certificate, None);
}

// The key is encrypted and there is no prompt; the request beside it tells its public key.
#[test]
fn certificate_of_encrypted_key_is_found_by_request() {
    let folder = folder();
    write(&folder, "a.key", vector("encrypted-aes-256-cbc-SHA256.pem"));
    write(&folder, "bundle.p7b", vector("refused/bundle.p7b"));
    write(&folder, "binary.p7b", vector("refused/bundle-der.p7b"));
    assert_eq!(load(folder.path()).entries()[0].misnamed_certificate, None);
    write(&folder, "a.csr", vector("request.pem"));
    let inventory = load(folder.path());
    let misnamed = inventory.entries()[0]
        .misnamed_certificate
        .as_ref()
        .unwrap();
    assert_eq!(misnamed.path, folder.path().join("binary.p7b"));
    assert!(misnamed.to_string().contains("openssl pkcs7"), "{misnamed}");
}

fn der_of(pem: &str) -> Vec<u8> {
    use rustls_pki_types::pem::PemObject;

    rustls_pki_types::CertificateDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .to_vec()
}

#[test]
fn key_without_certificate_waits_and_hides_no_other() {
    let folder = folder();
    Pair::new("a").write(folder.path(), "a");
    write(&folder, "b.key", &Pair::new("b").key);
    write(&folder, "b.csr", "a request");
    let inventory = load(folder.path());
    let [a, b] = inventory.entries() else {
        panic!("{inventory:?}");
    };
    assert!(matches!(a.state, PairState::Loaded { .. }));
    assert!(matches!(b.state, PairState::AwaitsCertificate));
    assert_eq!(a.files.request(), None);
    assert_eq!(b.files.request(), Some(&*folder.path().join("b.csr")));
    assert_eq!(b.files.certificate(), None);
    assert_eq!(
        inventory.set(IdentitySet::TRULIOO).unwrap().members().len(),
        1
    );
}

#[test]
fn a_broken_pair_does_not_hide_the_others() {
    let folder = folder();
    Pair::new("a").write(folder.path(), "a");
    Pair::new("c").write(folder.path(), "c");
    Pair {
        key: Pair::new("other").key,
        ..Pair::new("b")
    }
    .write(folder.path(), "b");
    let inventory = load(folder.path());
    assert!(matches!(
        inventory.entries()[1].state,
        PairState::Failed(Error::KeyMismatch { .. })
    ));
    assert_eq!(
        inventory.set(IdentitySet::TRULIOO).unwrap().members().len(),
        2
    );
}

#[test]
fn two_certificates_for_one_key_are_both_named() {
    let (folder, pair) = (folder(), Pair::new("a"));
    pair.write(folder.path(), "a");
    write(&folder, "a.pem", &pair.certificate);
    let inventory = load(folder.path());
    assert!(matches!(
        &inventory.entries()[0].state,
        PairState::Failed(Error::SeveralCertificates { first, second })
            if first.ends_with("a.crt") && second.ends_with("a.pem")
    ));
}

#[test]
fn a_certificate_without_key_and_hidden_names_are_ignored() {
    let folder = folder();
    let pair = Pair::new("a");
    write(&folder, "a.crt", &pair.certificate);
    write(&folder, ".hidden.key", &pair.key);
    write(&folder, ".key", &pair.key);
    write(&folder, "key", &pair.key);
    fs::create_dir(folder.path().join("..2026_01_01")).unwrap();
    fs::create_dir(folder.path().join("..data.key")).unwrap();
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(matches!(
        load(folder.path()).set(IdentitySet::TRULIOO),
        Err(Error::NoIdentity)
    ));
}

#[test]
fn a_passphrase_file_is_for_its_key_only() {
    let folder = folder();
    for name in ["a", "b"] {
        write(&folder, &format!("{name}.key"), vector("encrypted.der"));
        write(&folder, &format!("{name}.crt"), vector("cert.pem"));
    }
    write(&folder, "a.passphrase", "correct horse\n");
    let loader = loader().passphrase(identity::Passphrase::new("another"));
    let inventory = IdentityDirectory::new(folder.path()).load(&loader).unwrap();
    let [a, b] = inventory.entries() else {
        panic!("{inventory:?}");
    };
    assert!(a.files.passphrase().is_some());
    assert!(matches!(a.state, PairState::Loaded { .. }));
    assert!(matches!(
        b.state,
        PairState::Failed(Error::PassphraseOrDamaged)
    ));
}

#[test]
fn unreadable_passphrase_file_fails_its_pair() {
    let folder = folder();
    Pair::new("a").write(folder.path(), "a");
    fs::create_dir(folder.path().join("a.passphrase")).unwrap();
    assert!(matches!(
        load(folder.path()).entries()[0].state,
        PairState::Failed(Error::NotAFile { .. })
    ));
}

#[test]
fn fifty_keys_are_listed_and_one_more_is_refused() {
    let folder = folder();
    for number in 0..50 {
        write(&folder, &format!("{number}.key"), "");
    }
    assert_eq!(names(folder.path()).len(), 50);
    write(&folder, "50.key", "");
    let error = IdentityDirectory::new(folder.path()).pairs().unwrap_err();
    assert!(matches!(error, Error::TooManyKeys { limit: 50, .. }));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let missing = folder().path().join("missing");
    let error = IdentityDirectory::new(&missing).pairs().unwrap_err();
    assert!(matches!(error, Error::Read { path, .. } if path == missing));
}

#[test]
fn five_live_pairs_are_a_set_and_six_are_not() {
    let folder = folder();
    for number in 0..5 {
        let name = number.to_string();
        Pair::new(&name).write(folder.path(), &name);
    }
    assert_eq!(members(folder.path()), 5);
    Pair::new("5").write(folder.path(), "5");
    let inventory = load(folder.path());
    assert_eq!(inventory.entries().len(), 6);
    assert!(matches!(
        inventory.set(IdentitySet::TRULIOO),
        Err(Error::TooManyIdentities { found: 6, .. })
    ));
}

#[test]
fn expired_pairs_count_only_if_there_is_no_other() {
    let folder = folder();
    for number in 0..5 {
        let name = number.to_string();
        Pair::between(&name, 2020, 2026).write(folder.path(), &name);
    }
    let inventory = load(folder.path());
    let PairState::Loaded { report, .. } = &inventory.entries()[0].state else {
        panic!("{inventory:?}");
    };
    let mut findings = report.findings().iter();
    assert!(findings.any(|it| matches!(it, Finding::CertificateExpired { .. })));
    assert_eq!(
        inventory.set(IdentitySet::TRULIOO).unwrap().members().len(),
        5
    );

    Pair::between("live", 2026, 2032).write(folder.path(), "live");
    let set = load(folder.path()).set(IdentitySet::TRULIOO).unwrap();
    assert_eq!(set.members().len(), 1);
    assert_eq!(set.members()[0].leaf().common_name(), Some("live"));
}

#[test]
fn a_pair_that_is_not_valid_yet_is_a_member() {
    let folder = folder();
    Pair::between("a", 2020, 2032).write(folder.path(), "a");
    Pair::between("b", 2031, 2033).write(folder.path(), "b");
    assert_eq!(members(folder.path()), 2);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_dangling_link_fails_its_pair() {
    use std::os::unix::fs::symlink;

    let folder = folder();
    let data = folder.path().join("..2026_01_01");
    fs::create_dir(&data).unwrap();
    Pair::new("a").write(&data, "a");
    symlink("..2026_01_01", folder.path().join("..data")).unwrap();
    for name in ["a.key", "a.crt", "b.key", "b.crt"] {
        symlink(Path::new("..data").join(name), folder.path().join(name)).unwrap();
    }
    let inventory = load(folder.path());
    let [a, b] = inventory.entries() else {
        panic!("{inventory:?}");
    };
    assert!(matches!(a.state, PairState::Loaded { .. }));
    assert!(matches!(b.state, PairState::Failed(Error::Read { .. })));
}

/// A certificate with its intermediate, and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
    /// The part of the certificate file that is the leaf.
    pub(crate) leaf_length: usize,
}

impl Pair {
    /// Makes a pair that is valid at the clock of the tests.
    pub(crate) fn new(name: &str) -> Self {
        Self::between(name, 2020, 2040)
    }

    /// Makes a pair that is valid from 1 January of one year to 1 January of another; the clock
    /// stands in 2030.
    pub(crate) fn between(name: &str, from: i32, to: i32) -> Self {
        let mut params = client();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let intermediate = TestCa::root("Root").below("Intermediate");
        let leaf = params.signed_by(&key, &intermediate.issuer).unwrap().pem();
        Self {
            certificate: format!("{leaf}{}", intermediate.pem),
            key: key.serialize_pem(),
            leaf_length: leaf.len(),
        }
    }

    /// Writes `<name>.crt` and `<name>.key`.
    pub(crate) fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.crt")), &self.certificate).unwrap();
        fs::write(folder.join(format!("{name}.key")), &self.key).unwrap();
    }
}
