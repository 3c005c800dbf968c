//! The program as a process: what a terminal, a pipe and a full disk see of it.
//!
//! Every terminal here is one that the test has made.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code outside of test functions"
)]

mod batch;
#[cfg(feature = "mock")]
mod connecting;
mod convert;
#[cfg(feature = "mock")]
mod examples;
mod exit_codes;
mod gateway;
mod installed;
mod interrupted;
#[cfg(feature = "mock")]
mod lookups;
#[cfg(feature = "mock")]
mod mock;
mod people;
mod pipes;
mod prompts;
mod proxy;
#[cfg(feature = "mock")]
mod renewal;
mod standard_output;
mod store;
mod terminal;
#[cfg(feature = "mock")]
mod walk;
mod watch;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Returns the program without a terminal, and without what the environment of the tests says of
/// proxies, passwords and profiles.
fn napi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_napi-mtls"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        if text.starts_with("NAPI_") || text.ends_with("_PROXY") {
            command.env_remove(&name);
        }
    }
    // No profiles of whoever runs the tests.
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

fn run(arguments: &[&str]) -> Output {
    napi(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns a file among the vectors of `identity`.
fn vector(name: &str) -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../identity/tests/vectors/").to_owned() + name
}

/// A folder, and paths in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .unwrap()
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| {
                PathBuf::from(entry.unwrap().file_name())
                    .display()
                    .to_string()
            })
            .collect();
        names.sort();
        names
    }
}
