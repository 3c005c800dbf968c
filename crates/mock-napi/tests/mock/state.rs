//! The state that a mock keeps in a folder, seen by clients that are older than the mock.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use hyper::StatusCode;
use mock_napi::{Account, Error, MockNapi, ProblemCode};
use rustls::AlertDescription;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Identity, basic, header, issued, portal, problems, upload};
use crate::program::Program;
use crate::request::Request;

const HELLO: &str = "/connection/v1/testauthentication";
const ENFORCEMENT: &str = "/mock/v1/accounts/acme/enforcement";

/// The folder of a state, and mocks that use it one after the other.
struct Kept(TempDir);

impl Kept {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn file(&self) -> PathBuf {
        self.folder().join("state.json")
    }

    async fn start(&self) -> MockNapi {
        self.try_start().await.unwrap()
    }

    async fn try_start(&self) -> Result<MockNapi, Error> {
        MockNapi::builder().state(self.folder()).start().await
    }

    async fn restart(&self, mock: MockNapi) -> MockNapi {
        mock.shutdown().await;
        self.start().await
    }

    fn program(&self) -> Program {
        let folder = self.folder();
        Program::start(&["--until-stdin-closes", "--state", folder.to_str().unwrap()])
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file()).unwrap()).unwrap()
    }
}

async fn hello(mock: &MockNapi, client: &Client) -> StatusCode {
    let credentials = basic(Account::ACME.api());
    let response = client.get(mock.mtls_addr(), HELLO, Some(&credentials));
    response.await.status()
}

#[tokio::test]
async fn client_is_let_in_after_a_restart() {
    let kept = Kept::new();
    let mock = kept.start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    assert_eq!(hello(&mock, &client).await, StatusCode::OK);
    let ca = mock.ca_certificate_pem().to_owned();
    let mock = kept.restart(mock).await;
    assert_eq!(mock.ca_certificate_pem(), ca);
    assert_eq!(hello(&mock, &client).await, StatusCode::OK);

    // Of another state, the CA is another too.
    let other = Kept::new().start().await;
    assert_ne!(other.ca_certificate_pem(), ca);
}

#[tokio::test]
async fn revoked_certificate_is_still_refused() {
    let kept = Kept::new();
    let mock = kept.start().await;
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let serial = header(&response, "x-serial").to_owned();
    let identity = Identity::new(
        rustls_pki_types::pem::PemObject::from_pem_slice(response.body()).unwrap(),
        rustls_pki_types::PrivatePkcs8KeyDer::from(crate::request::KEY.serialize_der()).into(),
    );
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    assert_eq!(hello(&mock, &client).await, StatusCode::OK);
    let path = format!("/portal/v1/certificates/{serial}");
    let response = portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);

    let mock = kept.restart(mock).await;
    let (_, alert) = client.refused(mock.mtls_addr()).await;
    assert_eq!(alert, AlertDescription::CertificateRevoked);
    let path = "/portal/v1/certificates";
    let listed = portal(&mock, "GET", path, Some(Account::ACME.portal()), "").await;
    let listed: Value = serde_json::from_slice(listed.body()).unwrap();
    assert_eq!(listed[0]["state"], "revoked");
    assert_eq!(listed[0]["serial"], serial);
}

#[tokio::test]
async fn list_of_certificates_is_the_same_after_a_restart() {
    let kept = Kept::new();
    let mock = kept.start().await;
    for query in ["", "?valid_to=-1", "?issuer=unknown", "?usage=server"] {
        issued(&mock, Account::ACME, query).await;
    }
    issued(&mock, Account::GLOBEX, "").await;
    let lists = async |mock: &MockNapi| {
        let mut lists = Vec::new();
        for account in [Account::ACME, Account::GLOBEX] {
            let path = "/portal/v1/certificates";
            let list = portal(mock, "GET", path, Some(account.portal()), "").await;
            lists.push(serde_json::from_slice::<Value>(list.body()).unwrap());
        }
        lists
    };
    let before = lists(&mock).await;
    assert_eq!(before[0].as_array().unwrap().len(), 4);
    let mock = kept.restart(mock).await;
    assert_eq!(lists(&mock).await, before);
}

#[tokio::test]
async fn sixth_certificate_is_still_refused() {
    let kept = Kept::new();
    let mock = kept.start().await;
    for _ in 0..5 {
        issued(&mock, Account::ACME, "").await;
    }
    let mock = kept.restart(mock).await;
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(
        problems(&response)[0].code,
        ProblemCode::TooManyCertificates
    );
    issued(&mock, Account::GLOBEX, "").await;
}

#[tokio::test]
async fn enforcement_is_kept_on_and_off() {
    let kept = Kept::new();
    let mut mock = kept.start().await;
    for enforced in [true, false] {
        mock.set_enforced("acme", enforced).unwrap();
        mock = kept.restart(mock).await;
        let switch = portal(&mock, "GET", ENFORCEMENT, None, "").await;
        let switch: Value = serde_json::from_slice(switch.body()).unwrap();
        assert_eq!(switch, json!({ "enforced": enforced }));
    }
}

#[tokio::test]
async fn servers_key_is_kept_and_made_anew_without_a_state() {
    let kept = Kept::new();
    let mock = kept.start().await;
    let key = async |mock: &MockNapi| {
        let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
        let stream = client.connect(mock.plain_addr()).await.unwrap();
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        let (_, leaf) = x509_parser::parse_x509_certificate(&chain[0]).unwrap();
        leaf.public_key().raw.to_vec()
    };
    let first = key(&mock).await;
    let mock = kept.restart(mock).await;
    assert_eq!(key(&mock).await, first);
    let fleeting = MockNapi::builder().start().await.unwrap();
    let first = key(&fleeting).await;
    fleeting
        .change_server_certificate(mock_napi::ServerCertificate::Valid)
        .unwrap();
    assert_ne!(key(&fleeting).await, first);
}

#[tokio::test]
async fn ready_identity_is_kept_while_it_is_live() {
    let kept = Kept::new();
    let mock = kept.start().await;
    let first = mock.ready_identity("acme").unwrap();
    assert_eq!(
        mock.ready_identity("acme").unwrap().serial(),
        first.serial()
    );
    let mock = kept.restart(mock).await;
    let second = mock.ready_identity("acme").unwrap();
    assert_eq!(second.secret_key_pem(), first.secret_key_pem());
    assert_eq!(second.certificate_pem(), first.certificate_pem());

    let path = format!("/portal/v1/certificates/{}", first.serial());
    portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
    let mock = kept.restart(mock).await;
    let third = mock.ready_identity("acme").unwrap();
    assert_ne!(third.serial(), first.serial());
}

#[tokio::test]
async fn damaged_state_is_named_and_left_alone() {
    let kept = Kept::new();
    let mock = kept.start().await;
    issued(&mock, Account::ACME, "").await;
    mock.ready_identity("acme").unwrap();
    mock.shutdown().await;
    let good = kept.json();
    let good_text = good.to_string();
    let changed = |pointer: &str, value: Value| {
        let mut json = good.clone();
        *json.pointer_mut(pointer).unwrap() = value;
        json.to_string()
    };
    for (text, reason) in [
        (String::new(), "line 1"),
        (good_text[..good_text.len() / 2].to_owned(), "line 1"),
        (changed("/version", json!(2)), "version 2"),
        (changed("/enforcing", json!("acme")), "line 1"),
        (changed("/client_ca", json!({})), "line 1"),
        (
            changed(
                "/client_ca/private_key_pem",
                good["server_ca"]["private_key_pem"].clone(),
            ),
            "client CA",
        ),
        (
            changed("/server_ca/certificate_pem", json!("none")),
            "server CA",
        ),
        (changed("/server_ca/revoked/0/at", json!("today")), "moment"),
        (
            changed("/server_key_pem", json!("none")),
            "key of the server",
        ),
        (
            changed("/certificates/0/serial", json!("00")),
            "certificate 1",
        ),
        (
            changed("/ready_identities/acme/private_key_pem", json!("none")),
            "ready identity",
        ),
    ] {
        fs::write(kept.file(), &text).unwrap();
        let result = kept.try_start().await;
        let Err(error) = result else {
            panic!("started: {reason}");
        };
        assert!(matches!(error, Error::DamagedState { .. }), "{error:?}");
        assert!(error.to_string().contains("state.json"), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(reason), "{source}");
        assert!(!format!("{error:?}{source}").contains("PRIVATE KEY"));
        assert_eq!(fs::read_to_string(kept.file()).unwrap(), text);
    }
    fs::write(kept.file(), good_text).unwrap();
    kept.start().await;
}

#[tokio::test]
async fn certificate_that_cannot_be_kept_is_not_issued() {
    let kept = Kept::new();
    let mock = kept.start().await;
    // A folder in the place of the new file, which no one can write to, root included.
    let part = kept.folder().join("state.json.part");
    fs::create_dir(&part).unwrap();
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problems(&response)[0].code, ProblemCode::NotKept);
    let error = mock.set_enforced("acme", true).unwrap_err();
    assert!(matches!(error, Error::WriteState { .. }), "{error:?}");
    let body = r#"{"enforced":true}"#;
    let response = portal(&mock, "PUT", ENFORCEMENT, None, body).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);

    fs::remove_dir(&part).unwrap();
    for _ in 0..5 {
        issued(&mock, Account::ACME, "").await;
    }
}

#[tokio::test]
async fn second_mock_on_the_same_state_is_refused() {
    let kept = Kept::new();
    let mock = kept.start().await;
    let error = kept.try_start().await.unwrap_err();
    assert!(matches!(error, Error::StateInUse { .. }), "{error:?}");
    let second = Command::new(env!("CARGO_BIN_EXE_mock-napi"))
        .arg("--state")
        .arg(kept.folder())
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another mock uses the state"), "{said}");
    mock.shutdown().await;
    kept.program();
}

#[tokio::test]
async fn killed_process_leaves_the_state_before_or_after() {
    let kept = Kept::new();
    let mut program = kept.program();
    let ca = program.ca().to_owned();
    for round in 0..6 {
        let (before, after) = (round % 2 == 0, round % 2 == 1);
        let answered = enforce(&program, before, true);
        assert!(answered.starts_with("HTTP/1.1 204"), "{answered}");
        // Killed at some point of the second write.
        enforce(&program, after, false);
        program.kill();
        program = kept.program();
        assert_eq!(program.ca(), ca);
        let enforcing = kept.json()["enforcing"].clone();
        assert!(
            enforcing == json!([]) || enforcing == json!(["acme"]),
            "{enforcing}"
        );
    }
    // What was answered is kept.
    enforce(&program, true, true);
    program.kill();
    assert_eq!(kept.json()["enforcing"], json!(["acme"]));
}

/// Turns the switch of a process, and returns the response if it is waited for.
fn enforce(program: &Program, enforced: bool, is_awaited: bool) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port("portal_url"))).unwrap();
    let body = json!({ "enforced": enforced }).to_string();
    let request = format!(
        "PUT {ENFORCEMENT} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    if is_awaited {
        stream.read_to_string(&mut response).unwrap();
    } else {
        // Once the mock has taken the request, it is on its way to the disk.
        stream.shutdown(Shutdown::Write).unwrap();
    }
    response
}
