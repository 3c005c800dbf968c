//! `napi-mtls gateway` in this process, with the mock behind it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod faults;
mod token;

#[path = "../../../crates/pkcs11/tests/softhsm/soft_hsm.rs"]
#[allow(dead_code, reason = "some of it serves the tests of the crate alone")]
pub(crate) mod soft_hsm;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cli::{Arguments, Output};
use mock_napi::Account;
use tempfile::TempDir;
use test_support::{Customer, Mock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    task::{JoinHandle, yield_now},
    time::timeout,
};

/// A mock, a folder with a pair that it has issued, and a place for sockets.
struct Context {
    mock: Mock,
    customer: Customer,
    folder: TempDir,
}

/// The command at work.
struct Running {
    socket: PathBuf,
    admin: PathBuf,
    command: JoinHandle<anyhow::Result<Output>>,
}

const LIMIT: Duration = Duration::from_secs(60);

impl Context {
    async fn new() -> Self {
        let mock = Mock::start().await.unwrap();
        let customer = Customer::enrolled(Account::ACME, &mock.portal()).await;
        Self {
            mock,
            customer: customer.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn words(&self, more: &[&str]) -> Vec<String> {
        let ca = self.file("ca.pem", self.mock.ca_pem());
        let words = [
            "napi-mtls",
            "gateway",
            "--identities",
            self.customer.folder().to_str().unwrap(),
            "--base-url",
            self.mock.base_url(),
            "--ca-file",
            &ca,
            "--proxy",
            "none",
        ];
        let words = words.iter().chain(more);
        words.map(|word| (*word).to_owned()).collect()
    }

    async fn start(&self, more: &[&str]) -> Running {
        let (socket, admin) = (self.path("http.sock"), self.path("admin.sock"));
        let mut words = self.words(more);
        words.extend(["--listen".to_owned(), format!("unix:{socket}")]);
        words.extend(["--admin-listen".to_owned(), format!("unix:{admin}")]);
        let arguments = Arguments::from_words(words).unwrap();
        let command = tokio::spawn(arguments.run());
        let mut running = Running {
            socket: socket.into(),
            admin: admin.into(),
            command,
        };
        running.started().await;
        running
    }
}

impl Running {
    /// Waits until both sockets take connections.
    async fn started(&mut self) {
        let both = async {
            for path in [&self.socket, &self.admin] {
                while UnixStream::connect(path).await.is_err() {
                    if self.command.is_finished() {
                        panic!("the command has ended: {:?}", (&mut self.command).await);
                    }
                    yield_now().await;
                }
            }
        };
        timeout(LIMIT, both).await.unwrap();
    }

    async fn get(&self, path: &str, lines: &str) -> (u16, String) {
        get(&self.socket, path, lines).await
    }

    async fn admin(&self, path: &str) -> (u16, String) {
        get(&self.admin, path, "").await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.command.abort();
    }
}

async fn get(socket: &Path, path: &str, lines: &str) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    (status, text)
}

const TEST: &str = "/connection/v1/testauthentication";

#[tokio::test]
async fn caller_without_tls_or_password_is_authenticated() {
    let context = Context::new().await;
    let user = Account::ACME.api();
    let line = format!("{}:{}\n", user.user(), user.secret_password());
    let credentials = context.file("credentials", &line);
    let gateway = context.start(&["--credentials-file", &credentials]).await;
    let (status, text) = gateway.get(TEST, "").await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("Hello"), "{text}");
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    assert_eq!(gateway.admin("/readyz").await.0, 200);
    let (status, metrics) = gateway.admin("/metrics").await;
    assert_eq!(status, 200);
    for name in [
        "gateway_requests_total{result=\"2xx\"}",
        "gateway_connections",
        "gateway_response_head_seconds_bucket",
        "http_client_request_duration_seconds_bucket{http_request_method=\"GET\"",
        "transport_requests_total{result=\"2xx\"}",
        "transport_identity_seconds_to_expiry",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    assert!(!metrics.contains(user.user()) && !metrics.contains("testauthentication"));
}

#[tokio::test]
async fn credentials_of_callers_pass_without_a_file() {
    let context = Context::new().await;
    let gateway = context.start(&[]).await;
    assert_eq!(gateway.get(TEST, "").await.0, 401);
    let user = Account::ACME.api();
    let pair = format!("{}:{}", user.user(), user.secret_password());
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
    let line = format!("Authorization: Basic {pair}\r\n");
    assert_eq!(gateway.get(TEST, &line).await.0, 200);
}

#[tokio::test]
async fn rejected_certificate_is_not_ready_and_says_why() {
    use mock_napi::{Alert, ClientAuth, Ending, Script};

    let context = Context::new().await;
    let gateway = context.start(&[]).await;
    let script = Script::new().client_auth(ClientAuth::Refused {
        alert: Alert::CertificateRevoked,
        ending: Ending::AlertThenFin,
    });
    context.mock.portal().enqueue(&[script]).await.unwrap();
    let (status, text) = gateway.get(TEST, "").await;
    assert_eq!(status, 502, "{text}");
    assert!(
        text.contains("\"kind\":\"client_certificate_revoked\""),
        "{text}"
    );
    let (status, text) = gateway.admin("/readyz").await;
    assert_eq!(status, 503);
    assert!(text.contains("revoked"), "{text}");
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    // The next connection is accepted again.
    assert_eq!(gateway.get(TEST, "").await.0, 401);
    assert_eq!(gateway.admin("/readyz").await.0, 200);
}

#[tokio::test]
async fn gateway_without_a_usable_identity_does_not_start() {
    let context = Context::new().await;
    let empty = tempfile::tempdir().unwrap();
    let words = context.words(&["--listen", "127.0.0.1:0"]);
    let folder = empty.path().to_str().unwrap().to_owned();
    let words = words
        .into_iter()
        .map(|word| match Path::new(&word) == context.customer.folder() {
            true => folder.clone(),
            false => word,
        });
    let arguments = Arguments::from_words(words).unwrap();
    let refused = arguments.run().await.unwrap_err();
    assert!(
        format!("{refused:#}").contains("napi-mtls identities"),
        "{refused:#}"
    );
}

#[tokio::test]
async fn public_addresses_are_refused() {
    let context = Context::new().await;
    let run = |more: Vec<String>| {
        let words = context.words(&[]).into_iter().chain(more);
        Arguments::from_words(words)
    };
    let listen = |address: &str| vec!["--listen".to_owned(), address.to_owned()];
    let refused = run(listen("0.0.0.0:0")).unwrap().run().await.unwrap_err();
    assert!(
        format!("{refused:#}").contains("--listen-public"),
        "{refused:#}"
    );
    // A token, or certificates of callers, are required with it.
    let public = [listen("0.0.0.0:0"), vec!["--listen-public".to_owned()]].concat();
    let refused = run(public).unwrap().run().await.unwrap_err();
    assert!(
        format!("{refused:#}").contains("--tls-client-ca"),
        "{refused:#}"
    );
    let admin = vec!["--admin-listen".to_owned(), "0.0.0.0:0".to_owned()];
    let refused = run([listen("127.0.0.1:0"), admin].concat())
        .unwrap()
        .run()
        .await;
    assert!(format!("{:#}", refused.unwrap_err()).contains("--admin-listen"));
}
