//! Questions on the terminal, and input that is no answer.

use std::process::Command;

use crate::terminal::{CTRL_D, Terminal};
use crate::{Folder, napi, run, stderr, vector};

const NEW: &str = "New passphrase of the key: ";
const AGAIN: &str = "The same again: ";

/// Converts a plain key into an encrypted one, which asks for a new passphrase.
pub(crate) fn convert(folder: &Folder) -> Command {
    let out = folder.path("out.key");
    napi(&["convert", "--key", &vector("key.pem"), "--out", &out])
}

#[test]
fn typed_passphrase_is_taken_and_never_shown() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(convert(&folder));
    terminal.wait_for(NEW);
    assert!(!terminal.echoes());
    terminal.press("correct hoarse\u{7f}\u{7f}\u{7f}\u{7f}rse\r"); // four steps back
    terminal.wait_for(AGAIN);
    terminal.press("correct horse\r");
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert!(!shown.contains("correct"), "{shown}");

    let passphrase = folder.file("passphrase", b"correct horse\n");
    let (key, plain) = (folder.path("out.key"), folder.path("plain.key"));
    let from = ["convert", "--key", &key, "--passphrase-file", &passphrase];
    let opened = run(&[&from[..], &["--remove-passphrase", "--out", &plain]].concat());
    assert!(opened.status.success(), "{}", stderr(&opened));
}

#[test]
fn end_of_input_is_reported_on_its_own_line() {
    let folder = Folder::new();
    for answered in [false, true] {
        let mut terminal = Terminal::start(convert(&folder));
        terminal.wait_for(NEW);
        if answered {
            terminal.press("secret\r");
            terminal.wait_for(AGAIN);
        }
        terminal.press(CTRL_D);
        let (status, shown) = terminal.end();
        assert_eq!(status.code(), Some(130), "{shown}");
        assert!(shown.contains(": \r\nnapi-mtls: New passphrase"), "{shown}");
        assert!(shown.contains("Ctrl-D"), "{shown}");
        assert!(folder.names().is_empty());
    }
}

#[test]
fn empty_new_passphrase_is_asked_for_three_times() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(convert(&folder));
    for _ in 0..3 {
        terminal.wait_for(NEW);
        terminal.press("\r");
    }
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert_eq!(shown.matches("must not be empty, try again").count(), 2);
    assert!(
        shown.contains("in 3 attempts; nothing was written"),
        "{shown}"
    );
    assert!(folder.names().is_empty());
}

#[test]
fn differing_passphrases_are_asked_for_again() {
    let folder = Folder::new();
    let mut terminal = Terminal::start(convert(&folder));
    for (first, second) in [("one", "other"), ("one", ""), ("same", "same")] {
        terminal.wait_for(NEW);
        terminal.press(&format!("{first}\r"));
        terminal.wait_for(AGAIN);
        terminal.press(&format!("{second}\r"));
    }
    let (status, shown) = terminal.end();
    assert!(status.success(), "{shown}");
    assert_eq!(shown.matches("not the same, try again").count(), 2);

    let folder = Folder::new();
    let mut terminal = Terminal::start(convert(&folder));
    for _ in 0..3 {
        terminal.wait_for(NEW);
        terminal.press("one\r");
        terminal.wait_for(AGAIN);
        terminal.press("other\r");
    }
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert!(folder.names().is_empty());
}

#[test]
fn empty_passphrase_of_an_old_key_is_asked_for_again() {
    let (key, pem) = (
        vector("encrypted-aes-256-cbc-SHA256.pem"),
        vector("cert.pem"),
    );
    let mut terminal = Terminal::start(napi(&["check", "--certificate", &pem, "--key", &key]));
    terminal.wait_for("Passphrase of the key: ");
    terminal.press("\r");
    terminal.wait_for("nothing was entered, try again\r\nPassphrase of the key: ");
    terminal.press("correct horse\r");
    let (_, shown) = terminal.end();
    assert!(!shown.contains("passphrase is wrong"), "{shown}");
    assert!(!shown.contains("nothing was entered, 3"), "{shown}");
}

#[test]
fn api_users_password_is_prompted_for_like_passphrases() {
    let (key, pem) = (vector("key.pem"), vector("chain.pem"));
    let identity = ["hello", "--certificate", &pem, "--key", &key];
    let server = ["--base-url", "https://127.0.0.1:1", "--proxy", "none"];
    let hello = [&identity[..], &server, &["--user", "acme"]].concat();
    let mut terminal = Terminal::start(napi(&hello));
    terminal.wait_for("Password of acme: ");
    terminal.press("\r");
    terminal.wait_for("try again\r\nPassword of acme: ");
    terminal.press(CTRL_D);
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(130), "{shown}");
    assert!(shown.contains("cancelled by Ctrl-D"), "{shown}");
}

#[test]
fn without_a_terminal_the_options_are_named() {
    let folder = Folder::new();
    let closed = convert(&folder).output().unwrap();
    let text = stderr(&closed);
    assert_eq!(closed.status.code(), Some(2));
    assert!(text.contains("standard input is closed"), "{text}");
    assert!(text.contains("--new-passphrase-file"), "{text}");

    let mut piped = convert(&folder);
    let piped = piped.stdin(std::process::Stdio::piped()).output().unwrap();
    let text = stderr(&piped);
    assert!(!text.contains("closed"), "{text}");
    assert!(text.contains("there is no terminal to ask on"), "{text}");
    assert!(folder.names().is_empty());
}

#[test]
fn terminal_in_place_of_a_file_is_refused_at_once() {
    let folder = Folder::new();
    let (key, out) = (
        vector("encrypted-aes-256-cbc-SHA256.pem"),
        folder.path("out.key"),
    );
    let end = ["--remove-passphrase", "--out", &out];
    for (arguments, words) in [
        (&["inspect", "-"][..], "a terminal: give the input with"),
        (
            &["inspect", "/dev/stdin"],
            "a terminal: give the input with",
        ),
        (&["inspect", "/dev/tty"], "is a device"),
        (
            &["request", "--renew", "-"],
            "a terminal: give the input with",
        ),
        (
            &["convert", "--key", "-"],
            "a terminal: give the input with",
        ),
        (
            &["convert", "--key", &key, "--passphrase-file", "-"],
            "a terminal: give the input with",
        ),
    ] {
        let is_convert = arguments.starts_with(&["convert"]);
        let end = if is_convert { &end[..] } else { &[] };
        let (status, shown) = Terminal::start(napi(&[arguments, end].concat())).end();
        assert_eq!(status.code(), Some(5), "{arguments:?}: {shown}");
        assert!(shown.contains(words), "{arguments:?}: {shown}");
    }
    assert!(folder.names().is_empty());
}

// The library names the passphrase, and so does the question.
#[test]
fn error_of_a_missing_terminal_names_the_passphrase_once() {
    let (key, pem) = (
        vector("encrypted-aes-256-cbc-SHA256.pem"),
        vector("cert.pem"),
    );
    let mut check = napi(&["check", "--certificate", &pem, "--key", &key]);
    let piped = check.stdin(std::process::Stdio::piped()).output().unwrap();
    let text = stderr(&piped);
    assert!(text.contains("there is no terminal to ask on"), "{text}");
    assert_eq!(text.matches("assphrase of the key").count(), 1, "{text}");
}
