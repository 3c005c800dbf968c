//! Loading from files: what is not a readable file, and who may read the key.

use std::fs;
use std::path::Path;

use identity::{Error, Input, Limits, Passphrase, PathKind};

use crate::support::{loader, passphrase, vector, vector_path};

#[test]
fn two_files_are_loaded() {
    loader()
        .load_files(&vector_path("chain.pem"), &vector_path("key.pem"))
        .unwrap();
}

#[test]
fn one_file_may_hold_both() {
    let both = vector_path("bag-attributes.pem");
    loader().load_files(&both, &both).unwrap();
}

#[test]
fn a_missing_file_is_named() {
    let missing = vector_path("missing.pem");
    let error = loader()
        .load_files(&vector_path("cert.pem"), &missing)
        .unwrap_err();
    assert!(matches!(error, Error::Read { path, .. } if path == missing));
}

#[test]
fn a_folder_is_not_a_file() {
    let folder = vector_path("refused");
    let error = loader()
        .load_files(&folder, &vector_path("key.pem"))
        .unwrap_err();
    assert!(matches!(error, Error::NotAFile { path, kind: PathKind::Folder } if path == folder));
}

#[test]
fn a_device_is_not_a_file() {
    if cfg!(unix) {
        let error = loader().load_files(Path::new("/dev/zero"), Path::new("/dev/zero"));
        assert!(matches!(
            error,
            Err(Error::NotAFile {
                kind: PathKind::Device,
                ..
            })
        ));
    }
}

#[test]
fn file_of_limit_is_read_and_longer_is_not() {
    let size = vector("cert.pem").len().max(vector("key.pem").len()) as u64;
    let load = |limit| {
        let loader = loader().limits(Limits::default().file_bytes(limit));
        loader.load_files(&vector_path("cert.pem"), &vector_path("key.pem"))
    };
    load(size).unwrap();
    assert!(matches!(load(size - 1), Err(Error::TooLarge { .. })));
}

#[test]
fn bytes_from_memory_have_the_same_limit() {
    let loader = loader().limits(Limits::default().file_bytes(100));
    let error = loader
        .load(&vector("cert.pem"), &vector("key.pem"))
        .unwrap_err();
    assert!(matches!(
        error,
        Error::TooLarge {
            input: Input::Certificate,
            limit: 100
        }
    ));
}

#[test]
fn a_passphrase_file_opens_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    fs::write(&path, "correct horse\n").unwrap();
    let from_file = Passphrase::from_file(&path).unwrap();
    let key = vector_path("encrypted.der");
    loader()
        .passphrase(from_file)
        .load_files(&vector_path("cert.pem"), &key)
        .unwrap();
}

#[test]
fn a_passphrase_file_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    fs::write(&path, [b'x'; 4096]).unwrap();
    Passphrase::from_file(&path).unwrap();
    fs::write(&path, [b'x'; 4097]).unwrap();
    let error = Passphrase::from_file(&path).unwrap_err();
    assert!(matches!(
        error,
        Error::TooLarge {
            input: Input::Passphrase,
            ..
        }
    ));
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    Passphrase::from_env("CARGO_MANIFEST_DIR").unwrap();
    let error = Passphrase::from_env("NO_SUCH_VARIABLE_AS_THIS").unwrap_err();
    assert!(
        matches!(error, Error::PassphraseVariableUnset { name } if name == "NO_SUCH_VARIABLE_AS_THIS")
    );
}

#[cfg(unix)]
mod permissions {
    use std::os::unix::fs::PermissionsExt;

    use identity::Finding;

    use super::*;

    /// Returns the findings for a copy of a key with these permission bits.
    fn findings(key: &str, mode: u32) -> Vec<Finding> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, vector(key)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let loader = match key {
            "encrypted.der" => loader().passphrase(passphrase()),
            _ => loader(),
        };
        let loaded = loader.load_files(&vector_path("cert.pem"), &path).unwrap();
        loaded.report().findings().to_vec()
    }

    #[test]
    fn a_plain_key_that_others_may_read_is_reported() {
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602] {
            assert!(
                matches!(findings("key.pem", mode)[..], [Finding::KeyFileExposed { mode: seen, .. }] if seen == mode)
            );
        }
    }

    #[test]
    fn plain_key_of_mode_owner_only_is_not_reported() {
        assert_eq!(findings("key.pem", 0o600), []);
    }

    #[test]
    fn an_encrypted_key_that_others_may_read_is_not_reported() {
        assert_eq!(findings("encrypted.der", 0o644), []);
    }
}
