//! Files that are pipes, standard input, or something that would never end.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::{Folder, napi, run, stderr, stdout, vector};

const ENCRYPTED: &str = "encrypted-aes-256-cbc-SHA256.pem";
const PASSPHRASE: &[u8] = b"correct horse\n";

/// Converts an encrypted key into a plain one, the passphrase from this file.
fn convert<'a>(key: &'a str, passphrase: &'a str, out: &'a str) -> [&'a str; 8] {
    let from = ["convert", "--key", key, "--passphrase-file", passphrase];
    let [a, b, c, d, e] = from;
    [a, b, c, d, e, "--remove-passphrase", "--out", out]
}

/// Runs a program that reads this from a pipe.
fn fed(mut program: Command, input: &[u8]) -> Output {
    program.stdin(Stdio::piped());
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    // Not all is read of what is refused.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn named_pipe(folder: &Folder, name: &str) -> String {
    let path = folder.path(name);
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
}

#[test]
fn passphrase_comes_through_standard_input_under_each_name() {
    let folder = Folder::new();
    let key = vector(ENCRYPTED);
    for name in ["-", "/dev/stdin", "/dev/fd/0"] {
        let out = folder.path("out.key");
        let output = fed(napi(&convert(&key, name, &out)), PASSPHRASE);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        fs::remove_file(out).unwrap();
    }
}

#[test]
fn passphrases_come_from_commands_of_the_shell() {
    let folder = Folder::new();
    let (key, out) = (vector(ENCRYPTED), folder.path("out.key"));
    let script = "exec \"$0\" convert --key \"$1\" --out \"$2\" --passphrase-file <(echo correct horse) \
                  --new-passphrase-file <(echo battery staple)";
    let mut shell = Command::new("bash");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_napi-mtls"), &key, &out]);
    let output = shell.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let plain = folder.path("plain.key");
    let opened = fed(napi(&convert(&out, "-", &plain)), b"battery staple");
    assert!(opened.status.success(), "{}", stderr(&opened));
}

#[test]
fn closed_standard_input_and_empty_pipe_are_named() {
    let folder = Folder::new();
    let (key, out) = (vector(ENCRYPTED), folder.path("out.key"));
    let mut shell = Command::new("bash");
    shell.args(["-c", "\"$@\" <&-", "bash", env!("CARGO_BIN_EXE_napi-mtls")]);
    let closed = shell.args(convert(&key, "-", &out)).output().unwrap();
    assert_eq!(closed.status.code(), Some(5));
    assert!(stderr(&closed).contains("closed"), "{}", stderr(&closed));

    let empty = fed(napi(&convert(&key, "-", &out)), b"");
    assert_eq!(empty.status.code(), Some(5));
    assert!(stderr(&empty).contains("empty"), "{}", stderr(&empty));
    assert!(folder.names().is_empty());
}

#[test]
fn every_kind_of_file_is_read_from_standard_input() {
    let key = fs::read(vector("key.pem")).unwrap();
    let shown = fed(napi(&["inspect", "-"]), &key);
    assert!(stdout(&shown).starts_with("a PKCS#8 key"), "{shown:?}");

    let certificate = fs::read(vector("cert.pem")).unwrap();
    let identity = ["--certificate", "-", "--key", &vector("key.pem")];
    let checked = fed(napi(&[&["check"], &identity[..]].concat()), &certificate);
    assert!(!stderr(&checked).contains("cannot read"), "{checked:?}");
    let both = [certificate, key].concat();
    let one = ["check", "--json", "--certificate", "-", "--key", "-"];
    let checked = fed(napi(&one), &both);
    assert!(!stderr(&checked).contains("read once"), "{checked:?}");
    assert!(!stdout(&checked).contains("no_certificate"), "{checked:?}");
}

#[test]
fn pipe_without_a_writer_is_refused_and_not_waited_for() {
    let folder = Folder::new();
    let pipe = named_pipe(&folder, "pipe");
    for arguments in [
        &["inspect", &pipe][..],
        &["request", "--renew", &pipe],
        &["check", "--certificate", &pipe, "--key", &pipe],
        &convert(&vector(ENCRYPTED), &pipe, &folder.path("out.key")),
    ] {
        let output = run(arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(5), "{text}");
        assert!(text.contains("no program writes into the pipe"), "{text}");
    }
}

#[test]
fn endless_input_is_read_no_further_than_the_limit() {
    for arguments in [
        &["inspect", "-"][..],
        &["request", "--renew", "-"],
        &convert(&vector(ENCRYPTED), "-", "unused.key"),
    ] {
        let mut program = napi(arguments);
        let endless = fs::File::open("/dev/zero").unwrap();
        let output = program.stdin(endless).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        assert!(stderr(&output).contains("has more than"), "{output:?}");
    }
    let device = run(&["inspect", "/dev/zero"]);
    assert!(stderr(&device).contains("is a device"), "{device:?}");
}
