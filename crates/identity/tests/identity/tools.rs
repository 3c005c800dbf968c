//! The tools write today what they wrote when their files were stored.
//!
//! With the environment variable `REQUIRE_TOOLS` a tool that is not there is a failure, and so is
//! any difference. Without it a missing tool is skipped, and a tool of another version may choose
//! other parameters or lack an option, but what it does write has to open to the same key, or be
//! refused, all the same.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use identity::{Encryption, Error, Format, Inspected, KeyAlgorithm};

use crate::formats::files_in;
use crate::support::{loader, passphrase, vector_path};

/// Everything that a file lets one know about it, with its key.
#[derive(PartialEq, Eq)]
struct Verdict {
    parts: Vec<Part>,
    /// The key in PKCS#8, or the error and its text.
    opened: Result<Vec<u8>, String>,
}

#[derive(PartialEq, Eq)]
struct Part {
    format: Format,
    encryption: Option<Encryption>,
    algorithm: Option<KeyAlgorithm>,
    problem: Option<String>,
}

impl Verdict {
    fn new(path: PathBuf) -> Self {
        let bytes = std::fs::read(path).expect("a file that was just listed");
        let parts = loader().inspect(&bytes).unwrap();
        let key = loader().passphrase(passphrase()).open_key(&bytes);
        Self {
            parts: parts.iter().map(Part::new).collect(),
            opened: key
                .map(|key| key.secret_pkcs8().secret_pkcs8_der().to_vec())
                .map_err(|error| shown(&error)),
        }
    }

    /// Returns whether both are the same key, or no key.
    fn is_like(&self, stored: &Self) -> bool {
        match (&self.opened, &stored.opened) {
            (Ok(fresh), Ok(stored)) => fresh == stored,
            (fresh, stored) => fresh.is_err() == stored.is_err(),
        }
    }

    /// Leaves out the key: of one that the tool makes anew each time, only the kind can be
    /// compared.
    fn without_key(mut self) -> Self {
        self.opened = self.opened.map(|_| Vec::new());
        self
    }
}

impl Part {
    fn new(part: &Inspected) -> Self {
        Self {
            format: part.format(),
            encryption: part.encryption(),
            algorithm: part.key_algorithm(),
            problem: part.problem().map(shown),
        }
    }
}

fn shown(error: &Error) -> String {
    format!("{error:?}: {error}")
}

#[test]
fn openssl_writes_what_is_stored() {
    // It has the legacy provider, which LibreSSL has not.
    let probe = ["list", "-providers", "-provider", "legacy"];
    if is_there("openssl", &probe) {
        assert_remade("openssl", "sh", "openssl.sh");
    }
}

#[test]
fn ssh_keygen_writes_what_is_stored() {
    // It has no option that only says its version.
    let key = vector_path("refused/openssh");
    if is_there("ssh-keygen", &["-l", "-f", key.to_str().unwrap()]) {
        assert_remade("ssh-keygen", "sh", "ssh-keygen.sh");
    }
}

#[test]
fn keytool_writes_what_is_stored() {
    if is_there("keytool", &["-help"]) && is_there("openssl", &["version"]) {
        assert_remade("keytool", "sh", "keytool.sh");
    }
}

#[test]
fn certtool_writes_what_is_stored() {
    if is_there("certtool", &["--version"]) {
        assert_remade("certtool", "sh", "certtool.sh");
    }
}

#[test]
fn nss_writes_what_is_stored() {
    // It has no option that only says its version.
    let store = vector_path("openssl/stores/store.p12");
    let probe = ["-l", store.to_str().unwrap(), "-W", "correct horse"];
    if is_there("pk12util", &probe) && is_there("openssl", &["version"]) {
        assert_remade("nss", "sh", "nss.sh");
    }
}

#[test]
fn node_writes_what_is_stored() {
    if is_there("node", &["--version"]) {
        assert_remade("node", "node", "node.mjs");
    }
}

#[test]
fn python_writes_what_is_stored() {
    if is_there("python3", &["-c", "import cryptography"]) {
        assert_remade("python", "python3", "python.py");
    }
}

#[test]
fn other_programs_write_what_is_stored() {
    let probes: [(&str, &[&str]); 6] = [
        ("openssl", &["list", "-providers", "-provider", "legacy"]),
        ("keytool", &["-help"]),
        ("gpg", &["--version"]),
        ("zip", &["-v"]),
        ("python3", &["--version"]),
        ("xxd", &["-v"]),
    ];
    if probes
        .into_iter()
        .all(|(program, probe)| is_there(program, probe))
    {
        assert_remade("people", "sh", "people.sh");
    }
}

/// Returns whether a command succeeds that shows that the program can be used.
fn is_there(program: &str, probe: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(probe).stdin(Stdio::null());
    let found = command.output().is_ok_and(|output| output.status.success());
    assert!(found || !is_strict(), "{program} is required and missing");
    found
}

fn is_strict() -> bool {
    env::var_os("REQUIRE_TOOLS").is_some()
}

/// Runs the script of a tool and compares each file with the stored one of that name.
fn assert_remade(tool: &str, program: &str, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.arg(vector_path("tools").join(script));
    command.arg(folder.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        assert!(!is_strict(), "{script}: {said}");
        return;
    }

    let stored = vector_path(tool);
    let (made, names) = (files_in(folder.path()), files_in(&stored));
    assert!(made == names || !is_strict(), "{made:?}: {said}");
    for name in names.into_iter().filter(|name| made.contains(name)) {
        let verdicts = [folder.path(), &stored].map(|folder| Verdict::new(folder.join(&name)));
        let [fresh, stored] = if name.starts_with("generated-") {
            verdicts.map(Verdict::without_key)
        } else {
            verdicts
        };
        let is_same = match is_strict() {
            true => fresh == stored,
            false => fresh.is_like(&stored),
        };
        assert!(is_same, "{tool} writes another {name}");
    }
}
