//! Local problems are reported as such, and not as the server's or the name's fault.
#![cfg(unix)]

use std::fs::File;

use transport::{ErrorKind, LocalProblem, Phase, RetryAdvice};

use crate::{
    certificates::{Issue, new_ca},
    child, client, get,
    server::{Server, Settings},
    trusting,
};

const TEST: &str = "local_problem::lack_of_descriptors_is_a_local_problem";

// In a process of its own, with a limit that other tests do not see.
#[test]
fn lack_of_descriptors_is_a_local_problem() {
    if child::is_child() {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
        return runtime.block_on(run_out_of_files());
    }
    child::run_with_descriptors(TEST, 64, &[]);
}

async fn run_out_of_files() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&ca).identity(&ca.client()));
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let port = server.addr().port();
    for (host, phase) in [
        ("127.0.0.1", Phase::Connect),
        ("localhost", Phase::Resolve),
        ("nowhere.invalid", Phase::Resolve),
    ] {
        let uri = format!("https://{host}:{port}/");
        let error = get(&client, &uri).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Local(LocalProblem::ProcessFiles),
            "{host}"
        );
        // Some systems find "localhost" without a file.
        assert!(error.phase() <= phase.max(Phase::Connect), "{host}");
        assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
        assert!(error.to_string().contains("ulimit -n"), "{error}");
    }
    drop(files);
    let uri = format!("https://localhost:{port}/");
    get(&client, &uri).await.unwrap();
}

#[tokio::test]
async fn foreign_local_address_is_a_local_problem() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    // Of a range for documentation (RFC 5737): no machine has it.
    let settings = trusting(&ca).local_address([192, 0, 2, 1].into());
    let error = get(&client(settings), &server.uri("/")).await.unwrap_err();
    let expected = ErrorKind::Local(LocalProblem::AddressUnavailable);
    assert_eq!((error.kind(), error.phase()), (expected, Phase::Connect));
}
