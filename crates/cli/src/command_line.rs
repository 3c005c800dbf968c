//! The command line as words, and what is said of one that cannot be read.
//!
//! clap quotes the word that it stumbles over. Here a secret that was put among them is not
//! repeated, and a word that steers a terminal does not reach one.

use std::{error::Error as _, ffi::OsString};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use vocabulary::Escaped;

use crate::arguments::Arguments;

impl Arguments {
    /// Reads the words of a command line, the program's name first.
    ///
    /// # Errors
    ///
    /// If it cannot be read, and if it asks for the help or the version. The error never repeats a
    /// value that was given to an option.
    pub fn from_words(
        words: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, clap::Error> {
        read(words)
    }
}

fn read(words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Arguments, Error> {
    let words = words.into_iter().map(Into::into);
    Arguments::try_parse_from(words.collect::<Vec<OsString>>()).map_err(shown)
}

fn shown(mut error: Error) -> Error {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.clone(),
        _ => String::new(),
    };
    let instead = match error.kind() {
        ErrorKind::UnknownArgument => why_no_secret(&argument),
        // The value may hold a password, as in `--user name:password`.
        ErrorKind::ValueValidation => {
            let problem = error.source().map(ToString::to_string);
            problem.map(|problem| format!("the value of '{argument}' cannot be used: {problem}"))
        }
        _ => None,
    };
    if let Some(message) = instead {
        let line = format!("{}\n", Escaped::line(&message));
        return Error::raw(error.kind(), line).with_cmd(&Arguments::command());
    }
    // Who mistypes an option for the passphrase does not want to go without one.
    let suggests_none = matches!(error.get(ContextKind::SuggestedArg), Some(ContextValue::String(option))
        if WITHOUT_PASSPHRASE.contains(&option.as_str()));
    if suggests_none {
        error.remove(ContextKind::SuggestedArg);
    }
    escape(&mut error);
    error
}

/// Returns the reason why an option that would take a secret itself does not exist.
fn why_no_secret(option: &str) -> Option<String> {
    let name = option.strip_prefix("--")?.to_ascii_lowercase();
    let is_secret = name.contains("pass") || name.contains("pwd");
    let is_source = ["-file", "-env"].iter().any(|end| name.ends_with(end));
    if !is_secret || is_source || WITHOUT_PASSPHRASE.contains(&option) {
        return None;
    }
    let (what, sources) = if name.contains("word") || name.contains("pwd") {
        (
            "password",
            "--password-file FILE (- is standard input) or the environment variable NAPI_PASSWORD",
        )
    } else if name.starts_with("new") {
        (
            "passphrase",
            "--new-passphrase-file FILE (- is standard input) or --new-passphrase-env NAME",
        )
    } else {
        (
            "passphrase",
            "--passphrase-file FILE (- is standard input) or --passphrase-env NAME",
        )
    };
    Some(format!(
        "there is no '{option}': a {what} on the command line can be read by everyone on this machine, and stays in \
         the shell's history. Leave it out to get a prompt, or use {sources}"
    ))
}

/// Escapes the words that clap quotes.
fn escape(error: &mut Error) {
    let quoted: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => {
                let line = Escaped::line(text).to_string();
                (line != *text).then_some((kind, line))
            }
            _ => None,
        })
        .collect();
    if quoted.is_empty() {
        return;
    }
    error.remove(ContextKind::Suggested); // in which the word stands once more
    for (kind, text) in quoted {
        error.insert(kind, ContextValue::String(text));
    }
}

/// The options that leave a key without a passphrase.
const WITHOUT_PASSPHRASE: [&str; 2] = ["--no-passphrase", "--remove-passphrase"];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> Error {
        read([&["napi-mtls"], words].concat()).unwrap_err()
    }

    #[test]
    fn secret_on_the_line_is_answered_with_why_not() {
        for (words, source) in [
            (["request", "--passphrase", "hunter2"], "--passphrase-file"),
            (["check", "--passphrase=hunter2", "x"], "--passphrase-file"),
            (
                ["check", "--key-passphrase", "hunter2"],
                "--passphrase-file",
            ),
            (
                ["convert", "--new-passphrase", "hunter2"],
                "--new-passphrase-file",
            ),
            (["hello", "--password", "hunter2"], "NAPI_PASSWORD"),
            (["hello", "--passwd", "hunter2"], "--passphrase-file"),
            (["--passphrase", "hunter2", "check"], "--passphrase-file"),
        ] {
            let error = refused(&words);
            let text = error.to_string();
            assert_eq!(error.exit_code(), 2);
            assert!(text.contains(source), "{text}");
            assert!(text.contains("history"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
            assert!(!text.contains("--no-passphrase"), "{text}");
        }
    }

    #[test]
    fn mistyped_passphrase_option_gets_no_tip_to_go_without() {
        for option in ["--no-passphras", "--passfrase", "--nopassphrase"] {
            let text = refused(&["request", option, "x"]).to_string();
            assert!(!text.contains("'--no-passphrase'"), "{text}");
        }
        // An option of another kind still gets its tip.
        let text = refused(&["request", "--contry", "CA"]).to_string();
        assert!(text.contains("--country"), "{text}");
    }

    #[test]
    fn rejected_values_are_not_repeated() {
        for words in [
            ["hello", "--user", "acme:hunter2"],
            ["hello", "--base-url", "https://acme:hunter2@example.com"],
            ["hello", "--proxy", "http://acme:hunter2@proxy.example"],
            ["hello", "--proxy", "socks5://hunter2"],
        ] {
            let text = refused(&words).to_string();
            assert!(text.contains(words[1]), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn quoted_words_do_not_steer_the_terminal() {
        for words in [
            ["inspect", "a", "b\n\u{1b}[2Jerror: x"],
            ["in\nspect", "a", "b"],
            ["inspect", "--a\nb", "c"],
        ] {
            let text = refused(&words).to_string();
            assert!(text.contains("\\u000a"), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
}
