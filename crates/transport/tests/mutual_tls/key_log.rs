//! The secrets of a connection are written where a program asks for it, and nowhere else.

use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
};

use mock_tls::Ca;
use transport::{ConfigError, MtlsConnectorBuilder};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    child, client, get,
    server::{Server, Settings},
    trusting,
};

#[tokio::test]
async fn a_sink_gets_the_secrets_that_the_server_has_too() {
    for (versions, labels) in TLS_VERSIONS.into_iter().zip(LABELS) {
        let (ours, theirs) = (Lines::default(), Lines::default());
        let ca = new_ca();
        let server = logging_server(&ca, versions, &theirs).await;
        let settings = trusting(&ca).dangerous().key_log(ours.sink());

        get(&client(settings), &server.uri("/")).await.unwrap();

        server.seen(1).await;
        assert_eq!(ours.labels(), *labels);
        assert_eq!(ours.all(), theirs.all());
    }
}

#[tokio::test]
async fn file_is_appended_the_lines_that_a_sink_gets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    fs::write(&path, "# before\n").unwrap();
    let theirs = Lines::default();
    let ca = new_ca();
    let server = logging_server(&ca, TLS_VERSIONS[1], &theirs).await;
    let settings = trusting(&ca).dangerous().key_log_file(&path).unwrap();

    get(&client(settings), &server.uri("/")).await.unwrap();

    let written = fs::read_to_string(&path).unwrap();
    let rest = written.strip_prefix("# before\n").unwrap();
    server.seen(1).await;
    assert_eq!(
        rest.lines().map(str::to_owned).collect::<BTreeSet<_>>(),
        theirs.all()
    );
}

#[test]
fn unopenable_file_is_reported_before_any_connection() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no such folder").join("keys");
    let error = trusting(&new_ca()).dangerous().key_log_file(&missing);
    let Err(ConfigError::KeyLog { path, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(path, missing);
}

// Libraries commonly obey the variable; one that is set for another program must not make us write.
#[test]
fn the_environment_alone_writes_nothing() {
    const THIS: &str = "key_log::the_environment_alone_writes_nothing";
    if child::is_child() {
        let path = std::env::var_os("SSLKEYLOGFILE").unwrap();
        connect_once(|settings| settings);
        assert!(!fs::exists(&path).unwrap());
        connect_once(|settings| settings.dangerous().key_log_file(&path).unwrap());
        assert!(!fs::read(&path).unwrap().is_empty());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    child::run(THIS, &[("SSLKEYLOGFILE", path.as_os_str())]);
}

fn connect_once(settings: impl FnOnce(MtlsConnectorBuilder) -> MtlsConnectorBuilder) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ca = new_ca();
        let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
        let client = client(settings(trusting(&ca)));
        get(&client, &server.uri("/")).await.unwrap();
    });
}

async fn logging_server(
    ca: &Ca,
    versions: &'static [&'static rustls::SupportedProtocolVersion],
    lines: &Lines,
) -> Server {
    let settings = Settings::one_sided(ca.server("localhost")).versions(versions);
    let mut config = settings.server_config();
    config.key_log = Arc::new(lines.clone());
    Server::start_with(config).await
}

/// The lines that either end has written.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<BTreeSet<String>>>);

impl Lines {
    fn sink(&self) -> impl Fn(&str) + use<> {
        let lines = Arc::clone(&self.0);
        move |line| {
            lines.lock().unwrap().insert(line.to_owned());
        }
    }

    fn all(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().clone()
    }

    fn labels(&self) -> Vec<String> {
        let lines = self.all();
        let labels = lines.iter().map(|line| line.split(' ').next().unwrap());
        labels.map(str::to_owned).collect()
    }
}

/// The server's side, written independently of ours.
impl rustls::KeyLog for Lines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        let line = format!("{label} {} {}", hex(client_random), hex(secret));
        self.0.lock().unwrap().insert(line);
    }
}

/// For each version of TLS, in order.
const LABELS: [&[&str]; 2] = [
    &["CLIENT_RANDOM"],
    &[
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
    ],
];
