//! A test that runs itself in a process of its own, for what belongs to a whole process: its
//! environment, its default crypto provider.

use std::{
    env,
    ffi::OsStr,
    process::{Command, Output},
};

const CHILD: &str = "TRANSPORT_TEST_CHILD";

/// Returns whether this process is the one that a test has started for itself.
pub(crate) fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs `test`, named with its module, in a process with these variables too, and asserts that it
/// has passed there.
pub(crate) fn run(test: &str, variables: &[(&str, &OsStr)]) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    pass(command, variables);
}

/// Runs `test` as [`run`] does, in a process that may have so many files open.
#[cfg(unix)]
pub(crate) fn run_with_descriptors(test: &str, descriptors: usize, variables: &[(&str, &OsStr)]) {
    let limited = format!("ulimit -n {descriptors}; exec \"$0\" --exact {test} --nocapture");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limited])
        .arg(env::current_exe().unwrap());
    pass(command, variables);
}

fn pass(mut command: Command, variables: &[(&str, &OsStr)]) {
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"] {
        command.env_remove(variable);
    }
    command.envs(variables.iter().copied()).env(CHILD, "1");
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    let complained = String::from_utf8_lossy(&stderr);
    // A name that fits no test passes too.
    let has_run = said.contains("running 1 test");
    assert!(status.success() && has_run, "{said}\n{complained}");
}
