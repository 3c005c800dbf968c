//! The program `mock-napi`: starts the mock, prints one ready line of JSON, serves until told to
//! stop.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use mock_napi::Options;
use serde::Serialize;

/// A local mock of Trulioo's NAPI, over mutual TLS and without, for development and tests.
///
/// Prints one line of JSON with base_url, plain_base_url, portal_url and ca_certificate_pem when it
/// is ready, with a proxy proxy_url too, and serves until SIGINT or SIGTERM. With --openapi it
/// prints what it would serve.
#[derive(Debug, Parser)]
#[command(name = "mock-napi", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

/// The ready line.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    plain_base_url: &'a str,
    portal_url: &'a str,
    ca_certificate_pem: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_url: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let source = error
                .source()
                .map(|source| format!(": {source}"))
                .unwrap_or_default();
            let _unheard = writeln!(io::stderr(), "mock-napi: {error}{source}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(description) = options.openapi() {
        writeln!(io::stdout(), "{description}")?;
        return Ok(());
    }
    let mock = options.start().await?;
    if let Some(warning) = options.warning() {
        let _unheard = writeln!(io::stderr(), "mock-napi: warning: {warning}");
    }
    let stop = options.stop()?;
    let ready = Ready {
        base_url: mock.base_url(),
        plain_base_url: mock.plain_base_url(),
        portal_url: mock.portal_url(),
        ca_certificate_pem: mock.ca_certificate_pem(),
        proxy_url: mock.proxy_addr().map(|proxy| format!("http://{proxy}")),
    };
    let ready = serde_json::to_string(&ready)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    // The lock would keep anything else from writing as long as the mock runs.
    drop(stdout);

    stop.wait().await;
    mock.shutdown().await;
    Ok(())
}
