//! A folder with a key that stays in a token of SoftHSM 2.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cli::Arguments;
use mock_napi::Account;
use test_support::Mock;

use crate::soft_hsm::{PIN, SoftHsm};
use crate::{Running, TEST};

/// Makes a key in the token, and has a certificate for it issued into the folder.
async fn add_pair(mock: &Mock, folder: &str, key: &str, pin: &str) {
    let words = [
        "napi-mtls",
        "request",
        "--country",
        "CA",
        "--state",
        "British Columbia",
        "--locality",
        "Vancouver",
        "--organization",
        "Acme Identity Inc.",
        "--common-name",
        "napi.acme.example",
        "--folder",
        folder,
        "--name",
        "token",
        "--key",
        key,
        "--passphrase-file",
        pin,
    ];
    let words = words.map(str::to_owned);
    Arguments::from_words(words).unwrap().run().await.unwrap();
    let request = fs::read_to_string(format!("{folder}/token.csr")).unwrap();
    let issued = mock.portal().certificate(Account::ACME, &request).await;
    fs::write(format!("{folder}/token.pem"), issued.unwrap().unwrap()).unwrap();
    fs::write(format!("{folder}/token.key"), format!("{key}\n")).unwrap();
}

#[tokio::test]
async fn key_in_a_token_is_presented() {
    let Some(hsm) = SoftHsm::in_test("token::key_in_a_token_is_presented") else {
        return;
    };
    hsm.token("napi");
    let path = |name: &str| hsm.file(name).to_str().unwrap().to_owned();
    let folder = path("identities");
    fs::create_dir(&folder).unwrap();
    fs::write(path("pin"), PIN).unwrap();
    fs::set_permissions(path("pin"), fs::Permissions::from_mode(0o600)).unwrap();
    let mock = Mock::start().await.unwrap();
    fs::write(path("ca.pem"), mock.ca_pem()).unwrap();
    add_pair(
        &mock,
        &folder,
        "pkcs11:token=napi;object=client",
        &path("pin"),
    )
    .await;
    let (socket, admin) = (path("http.sock"), path("admin.sock"));
    let start = || {
        let line = format!(
            "napi-mtls gateway --identities {folder} --base-url {} --ca-file {} --proxy none \
             --listen unix:{socket} --admin-listen unix:{admin}",
            mock.base_url(),
            path("ca.pem")
        );
        Arguments::from_words(line.split(' ').map(str::to_owned)).unwrap()
    };
    // No one is asked for the PIN.
    let refused = start().run().await.unwrap_err();
    assert!(
        format!("{refused:#}").contains("napi-mtls identities"),
        "{refused:#}"
    );
    fs::copy(path("pin"), format!("{folder}/token.passphrase")).unwrap();
    let mut running = Running {
        socket: socket.clone().into(),
        admin: admin.clone().into(),
        command: tokio::spawn(start().run()),
    };
    running.started().await;
    // The certificate is accepted; there is no password.
    let (status, text) = running.get(TEST, "").await;
    assert_eq!(status, 401, "{text}");
    assert_eq!(running.admin("/readyz").await.0, 200);
}
