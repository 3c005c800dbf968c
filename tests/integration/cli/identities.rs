//! `napi-mtls identities`.

use std::fs;

use mock_napi::Account;
use tempfile::TempDir;
use test_support::Mock;

use super::{folder, napi, request};

#[tokio::test]
async fn a_folder_of_pairs_is_listed_with_what_comes_next() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let root = folder.path().to_str().unwrap();
    let list = async || napi("identities", &[root]).await.unwrap();

    let waiting = list().await;
    assert!(waiting.text.starts_with("napi: awaits"), "{waiting:?}");
    assert_eq!(waiting.problems.len(), 1, "there is no identity yet");

    let uploaded = fs::read_to_string(folder.path().join("napi.csr")).unwrap();
    let issued = mock.portal().certificate(Account::ACME, &uploaded).await;
    fs::write(folder.path().join("napi.pem"), issued.unwrap().unwrap()).unwrap();
    fs::copy(
        folder.path().join("passphrase"),
        folder.path().join("napi.passphrase"),
    )
    .unwrap();
    let listed = list().await;
    assert!(listed.problems.is_empty(), "{listed:?}");
    assert!(listed.text.contains("\ncurrent   napi\n"), "{listed:?}");
    assert!(
        listed
            .text
            .contains("\nnext      none: no certificate is valid from "),
        "{listed:?}"
    );

    // A file that cannot be read comes with what the system says.
    fs::create_dir(folder.path().join("folder.key")).unwrap();
    fs::write(folder.path().join("folder.pem"), "").unwrap();
    fs::write(folder.path().join("gone.pem"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("gone.key")).unwrap();
    let listed = list().await;
    let problems = listed.problems.join("\n");
    assert!(problems.contains("is a folder"), "{problems}");
    assert!(problems.contains("No such file"), "{problems}");
    fs::remove_dir(folder.path().join("folder.key")).unwrap();
    fs::remove_file(folder.path().join("gone.key")).unwrap();

    // One broken pair is a problem and hides no other.
    fs::write(folder.path().join("broken.key"), "no key").unwrap();
    fs::write(folder.path().join("broken.pem"), "no certificate").unwrap();
    let listed = list().await;
    assert_eq!(listed.problems.len(), 1, "{listed:?}");
    assert!(listed.text.contains("\ncurrent   napi\n"), "{listed:?}");
}

/// Puts a pair into the folder whose certificate ends after so many days.
async fn add_pair(folder: &TempDir, mock: &Mock, name: &str, days: i64) {
    request(folder, &[]).await.unwrap();
    let at = |name: &str| folder.path().join(name);
    let uploaded = fs::read_to_string(at("napi.csr")).unwrap();
    let seconds = -60..days * 24 * 60 * 60;
    let portal = mock.portal();
    let issued = portal.certificate_valid(Account::ACME, &uploaded, seconds);
    let certificate = issued.await.unwrap().unwrap();
    fs::write(at(&format!("{name}.pem")), certificate).unwrap();
    fs::rename(at("napi.key"), at(&format!("{name}.key"))).unwrap();
    fs::remove_file(at("napi.csr")).unwrap();
    fs::copy(at("passphrase"), at(&format!("{name}.passphrase"))).unwrap();
}

#[tokio::test]
async fn strict_list_fails_when_a_successor_is_due() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    let root = folder.path().to_str().unwrap();
    add_pair(&folder, &mock, "old", 5).await;
    let lenient = napi("identities", &[root]).await.unwrap();
    assert!(lenient.problems.is_empty(), "{lenient:?}");
    let strict = napi("identities", &[root, "--strict"]).await.unwrap();
    assert_eq!(strict.problems.len(), 1, "{strict:?}");
    assert!(
        strict.problems[0].contains("request the next one now"),
        "{strict:?}"
    );

    // With a successor the old one may end.
    add_pair(&folder, &mock, "new", 365).await;
    let strict = napi("identities", &[root, "--strict"]).await.unwrap();
    assert!(strict.problems.is_empty(), "{strict:?}");
    assert!(
        strict.text.contains("old: ") && strict.text.contains("expires within"),
        "{strict:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn passphrase_file_that_others_read_fails_a_strict_list_alone() {
    use std::os::unix::fs::PermissionsExt;

    let mock = Mock::start().await.unwrap();
    let folder = folder();
    let root = folder.path().to_str().unwrap();
    add_pair(&folder, &mock, "pair", 365).await;
    let passphrase = folder.path().join("pair.passphrase");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o644)).unwrap();
    let lenient = napi("identities", &[root]).await.unwrap();
    assert!(lenient.problems.is_empty(), "{lenient:?}");
    assert!(lenient.text.contains("chmod 600"), "{lenient:?}");
    let strict = napi("identities", &[root, "--strict"]).await.unwrap();
    assert_eq!(strict.problems.len(), 1, "{strict:?}");
}

#[tokio::test]
async fn one_file_of_both_and_a_misnamed_certificate_are_found() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    let root = folder.path().to_str().unwrap();
    let at = |name: &str| folder.path().join(name);
    add_pair(&folder, &mock, "pair", 365).await;
    fs::rename(at("pair.pem"), at("pair (1).pem")).unwrap();
    let misnamed = napi("identities", &[root]).await.unwrap().text;
    assert!(
        misnamed.contains("pair (1).pem is the certificate of this key"),
        "{misnamed}"
    );
    assert!(misnamed.contains("rename it to"), "{misnamed}");

    let key = fs::read(at("pair.key")).unwrap();
    let certificate = fs::read(at("pair (1).pem")).unwrap();
    fs::remove_file(at("pair.key")).unwrap();
    fs::remove_file(at("pair (1).pem")).unwrap();
    fs::write(at("pair.pem"), [certificate, key].concat()).unwrap();
    let both = napi("identities", &[root]).await.unwrap();
    assert!(both.text.contains("\ncurrent   pair\n"), "{both:?}");
}
