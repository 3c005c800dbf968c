//! The password of the API user: from a file, the environment or a prompt.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use identity::Input;
use zeroize::Zeroizing;

use crate::prompt::ask;
use crate::refusal::Refusal;
use crate::secret::read_file;
use crate::settings::Settings;
use crate::settings::value::SettingSource;

/// Holds the password where no file is named.
const PASSWORD: &str = "NAPI_PASSWORD";

/// Returns the file of the command line, or that of the settings; of a profile only if the variable
/// with the password itself is not set.
pub(super) fn file(given: Option<PathBuf>, settings: &Settings) -> Option<PathBuf> {
    let of_profile = || {
        let source = settings.value("password_file").map(|value| value.source);
        source == Some(SettingSource::Profile)
    };
    if given.is_some() || (env::var_os(PASSWORD).is_some() && of_profile()) {
        return given;
    }
    settings.path("password_file")
}

/// Returns the password, and what there is to say of its file.
pub(super) fn read(file: Option<&Path>, user: &str) -> Result<(Zeroizing<String>, Vec<String>)> {
    if let Some(file) = file {
        let read = read_file(file, Input::Password)?;
        let text = str::from_utf8(read.secret_bytes());
        let text = text.context(Refusal::file("the password file is not UTF-8 text"))?;
        let findings = read.findings().iter().map(ToString::to_string).collect();
        return Ok((Zeroizing::new(text.to_owned()), findings));
    }
    let password = match env::var(PASSWORD) {
        Ok(password) => return Ok(of_variable(&Zeroizing::new(password))),
        Err(_) => ask(
            &format!("Password of {user}"),
            "use --password-file or the environment variable NAPI_PASSWORD",
        )?,
    };
    Ok((password, Vec::new()))
}

/// Returns the password of the variable, without what a file that it was filled from had around it.
fn of_variable(value: &str) -> (Zeroizing<String>, Vec<String>) {
    let password = value.strip_prefix('\u{feff}').unwrap_or(value);
    let password = password.trim_end_matches(['\r', '\n']);
    let dropped = (password.len() < value.len()).then(|| {
        format!(
            "{PASSWORD} starts with a byte order mark or ends with a line break; it was dropped, \
             set the variable without it"
        )
    });
    (
        Zeroizing::new(password.to_owned()),
        dropped.into_iter().collect(),
    )
}
