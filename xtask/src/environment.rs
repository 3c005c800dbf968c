//! The environment of the commands that are started here.
//!
//! `cargo run` describes this program's package in variables. A build script that reads them, such
//! as ring's, runs again when they change, and all that depends on it is compiled again: by the
//! next cargo that is started in a shell, which does not have them.

use std::env;
use std::ffi::OsString;

use xshell::Cmd;

/// Lists the names of those variables.
pub(crate) fn of_this_package() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| {
        let text = name.to_string_lossy();
        text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_")
    })
}

/// Removes them from the command's environment.
pub(crate) fn forget_this_package(command: Cmd<'_>) -> Cmd<'_> {
    of_this_package().fold(command, Cmd::env_remove)
}

#[cfg(test)]
mod tests {
    use xshell::{Shell, cmd};

    use super::*;

    #[test]
    fn commands_do_not_hear_of_this_package() {
        let shell = Shell::new().unwrap();
        let seen = forget_this_package(cmd!(shell, "env"))
            .quiet()
            .read()
            .unwrap();
        // `cargo test` has told this test.
        assert!(env::var_os("CARGO_MANIFEST_DIR").is_some());
        let names = seen.lines().filter_map(|line| line.split_once('='));
        assert!(names.clone().any(|(name, _)| name == "PATH"));
        let mut told = names.filter(|(name, _)| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        assert_eq!(told.next(), None);
    }
}
