//! The files on disk: what is there, with which mode, and what is refused.

use std::fs;

use csr::{
    CertificationRequest, EncryptionParams, Error, FileStep, Protection, RequestFiles, RsaKey,
};

use crate::{KEY, acme, sesame};

fn request() -> CertificationRequest {
    CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap()
}

fn quick() -> EncryptionParams {
    EncryptionParams::default()
        .iterations(EncryptionParams::MIN_ITERATIONS)
        .unwrap()
}

#[test]
fn both_files_are_written_and_the_key_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, encrypted) = (
        RequestFiles::new(folder.path(), "plain").unwrap(),
        RequestFiles::new(folder.path(), "encrypted").unwrap(),
    );
    let passphrase = sesame();
    plain.write(&KEY, Protection::Plain, &request()).unwrap();
    encrypted
        .write(
            &KEY,
            Protection::Passphrase(&passphrase, quick()),
            &request(),
        )
        .unwrap();

    for (files, passphrase) in [(plain, None), (encrypted, Some(&passphrase))] {
        assert_eq!(
            fs::read_to_string(files.request_path()).unwrap(),
            request().to_pem()
        );
        let text = fs::read_to_string(files.key_path()).unwrap();
        let key = RsaKey::from_pkcs8_pem(&text, passphrase).unwrap();
        assert_eq!(key.public_key_sha256(), request().public_key_sha256());
    }
}

#[cfg(unix)]
#[test]
fn key_is_owner_only_and_request_readable_by_everybody() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let files = RequestFiles::new(folder.path(), "acme").unwrap();
    files.write(&KEY, Protection::Plain, &request()).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(files.key_path()), 0o600);
    // The umask may take bits away; the owner's it leaves in any sane place.
    assert_eq!(mode(files.request_path()) & !0o044, 0o600);
}

#[test]
fn an_existing_file_is_left_alone_and_nothing_is_written() {
    for occupy in [RequestFiles::key_path, RequestFiles::request_path] {
        let folder = tempfile::tempdir().unwrap();
        let files = RequestFiles::new(folder.path(), "acme").unwrap();
        let occupied = occupy(&files);
        fs::write(&occupied, "last year's").unwrap();

        let result = files.write(&KEY, Protection::Plain, &request());
        assert!(matches!(result, Err(Error::AlreadyExists { path }) if path == occupied));
        assert_eq!(fs::read_to_string(&occupied).unwrap(), "last year's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_in_the_way_too() {
    let folder = tempfile::tempdir().unwrap();
    let files = RequestFiles::new(folder.path(), "acme").unwrap();
    let target = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&target, files.key_path()).unwrap();
    let result = files.write(&KEY, Protection::Plain, &request());
    assert!(matches!(result, Err(Error::AlreadyExists { .. })));
    assert!(!target.exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = RequestFiles::new(folder.path().join("missing"), "acme").unwrap();
    let result = missing.write(&KEY, Protection::Plain, &request());
    assert!(matches!(
        result,
        Err(Error::File { step: FileStep::Create, path, .. }) if path == missing.key_path()
    ));
}

#[test]
fn a_request_of_another_key_is_refused() {
    let other = include_str!("../vectors/det-keygen-2048.txt");
    let start = other.find("-----BEGIN").unwrap();
    let end = other.find("-----END PRIVATE KEY-----\n").unwrap() + 26;
    let other = RsaKey::from_pkcs8_pem(&other[start..end], None).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let files = RequestFiles::new(folder.path(), "acme").unwrap();
    let result = files.write(&other, Protection::Plain, &request());
    assert!(matches!(result, Err(Error::RequestNotForKey)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_name_is_a_plain_file_name() {
    for name in ["sandbox-2027", "a", "Société 1", "a.b"] {
        let files = RequestFiles::new("folder", name).unwrap();
        assert!(files.key_path().ends_with(format!("folder/{name}.key")));
        assert!(files.request_path().ends_with(format!("folder/{name}.csr")));
    }
    for name in [
        "", ".", "..", ".hidden", "a/b", "/a", "../a", "a\\b", "C:a", "a\0", "a\n", "a*",
    ] {
        assert!(
            matches!(RequestFiles::new("folder", name), Err(Error::FileName)),
            "{name:?}"
        );
    }
}
