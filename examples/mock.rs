//! Runs the mock with a ready client identity in a folder, until interrupted.
//!
//! `cargo xtask mock` or `cargo xtask mock -- FOLDER` with the options of the program `mock-napi`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use clap::Parser;
use test_support::{MockArguments, ReadyMock};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = MockArguments::parse();
    let stop = arguments.mock.stop()?;
    let ready = ReadyMock::start(&arguments).await?;
    println!("{}", ready.summary());
    println!("Serving until interrupted (Ctrl-C).");
    stop.wait().await;
    ready.into_mock().shutdown().await;
    Ok(())
}
