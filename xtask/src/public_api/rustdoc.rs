//! This program in the place of `rustdoc`.
//!
//! JSON is unstable, so a stable rustdoc writes it only with `RUSTC_BOOTSTRAP=1`. Set for all of
//! cargo, the variable would compile every dependency again whose build script looks at it.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::{env, process};

/// The variable with the program that stands behind.
pub(crate) const REAL: &str = "XTASK_RUSTDOC";

/// Returns the rustdoc that cargo would start.
pub(crate) fn find() -> OsString {
    env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into())
}

/// Runs rustdoc with the arguments of this process, if cargo has started it in rustdoc's place.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let real = env::var_os(REAL)?;
    let status = Command::new(real)
        .args(env::args_os().skip(1))
        .env_remove(REAL)
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(code(status.ok().as_ref()))
}

fn code(status: Option<&process::ExitStatus>) -> ExitCode {
    let code = status.and_then(process::ExitStatus::code);
    let code = code.and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
