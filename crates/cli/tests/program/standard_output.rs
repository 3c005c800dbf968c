//! Exit codes, and foreign text where it is shown.

use std::fs::{self, File};
use std::process::Stdio;

use crate::terminal::Terminal;
use crate::{Folder, napi, run, stderr, stdout, vector};

#[test]
fn full_disk_is_an_error_of_every_command() {
    let key = vector("key.pem");
    for arguments in [
        &["inspect", &key][..],
        &["--help"],
        &["--version"],
        &["help", "check"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = napi(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{arguments:?}");
        let text = stderr(&output);
        assert!(
            text.starts_with("napi-mtls: cannot write to standard output: "),
            "{text}"
        );
    }
}

#[test]
fn completions_are_shown_on_a_terminal() {
    let (status, shown) = Terminal::start(napi(&["completions", "bash"])).end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(shown.contains("complete -F _napi__mtls "), "{shown}");
}

#[test]
fn closed_pipe_changes_no_exit_code() {
    let key = vector("key.pem");
    let folder = Folder::new();
    let page = folder.file("page.html", b"<html></html>");
    for (arguments, code) in [(["inspect", &key], 0), (["inspect", &page], 1)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = napi(&arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(!stderr(&output).contains("cannot write"));
    }
}

#[test]
fn file_names_do_not_become_lines() {
    let folder = Folder::new();
    let evil = folder.path("x\nproblem: none\u{1b}[2J");
    for arguments in [
        &["inspect", &evil][..],
        &["check", "--certificate", &evil, "--key", &evil],
        &["request", "--renew", &evil],
        &["identities", &evil],
        &["inspect", "a", &evil],
    ] {
        let output = run(arguments);
        let text = stderr(&output) + &stdout(&output);
        assert!(!text.contains("\nproblem"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    let key = vector("key.pem");
    let converted = run(&[
        "convert",
        "--key",
        &key,
        "--out",
        &evil,
        "--remove-passphrase",
    ]);
    let text = stdout(&converted);
    assert!(converted.status.success(), "{}", stderr(&converted));
    assert_eq!(text.lines().count(), 2, "{text}");

    let pair = folder.path("pair");
    fs::create_dir(&pair).unwrap();
    fs::copy(&key, format!("{pair}/a\nb.key")).unwrap();
    let listed = run(&["identities", &pair]);
    assert!(stdout(&listed).contains("a\\u000ab: awaits"), "{listed:?}");
}

#[test]
fn output_without_reader_is_not_needed() {
    let mut inspect = napi(&["inspect", &vector("key.pem")]);
    assert!(inspect.stdout(Stdio::null()).status().unwrap().success());
}
