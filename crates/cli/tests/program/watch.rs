//! `napi-mtls watch`, in a pipe and on a terminal, while the files change.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::terminal::{CTRL_C, Terminal};
use crate::{Folder, napi, run, stderr, vector};

/// A program that prints until it is told to end.
struct Watch {
    program: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(mut command: Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        Self { program, lines }
    }

    /// Waits for the next event; returns its kind and pair.
    fn event(&mut self) -> (String, Value) {
        let event: Value = serde_json::from_str(&self.line()).unwrap();
        let time = event["time"].as_str().unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
        (event["event"].as_str().unwrap().to_owned(), event)
    }

    fn expect(&mut self, kind: &str, pair: &str) -> Value {
        let (found, event) = self.event();
        assert_eq!((&*found, &event["pair"]), (kind, &pair.into()), "{event}");
        event
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn interrupt(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.program), Signal::INT).unwrap();
        self.program.wait().unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.program.kill(); // of a test that failed
        let _ = self.program.wait();
    }
}

/// Writes a pair of vectors under a name.
fn put(folder: &Folder, name: &str, certificate: &str, key: &str) {
    for (ending, from) in [("key", key), ("crt", certificate)] {
        let content = fs::read(vector(from)).unwrap();
        let path = folder.file(&format!("{name}.{ending}"), &content);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

fn watch(words: &[&str]) -> Command {
    napi(&[&["watch", "--interval", "1"], words].concat())
}

#[test]
fn each_change_of_a_folder_is_an_event() {
    let folder = Folder::new();
    put(&folder, "a", "chain.pem", "key.pem");
    let mut watch = Watch::start(watch(&[&folder.path(""), "--output", "json"]));
    let loaded = watch.expect("loaded", "a");
    let end = &loaded["report"]["certificate_chain"][0]["not_after"];
    assert!(end.as_str().is_some_and(|end| end.ends_with('Z')), "{end}");
    assert_eq!(&watch.expect("in_use", "a")["not_after"], end);

    put(&folder, "b", "p256.crt", "p256.key");
    watch.expect("loaded", "b");
    let first = watch.expect("in_use", "b");

    put(&folder, "b", "p384.crt", "p384.key");
    watch.expect("loaded", "b");
    let second = watch.expect("in_use", "b");
    assert_ne!(first["sha256"], second["sha256"]);

    let broken = folder.file("b.crt", b"-----BEGIN CERTIFICATE-----\n");
    let failed = watch.expect("failed", "b");
    assert_eq!(failed["severity"], "error");
    fs::copy(vector("p384.crt"), &broken).unwrap();
    watch.expect("recovered", "b");

    for file in ["b.key", "b.crt"] {
        fs::remove_file(folder.path(file)).unwrap();
    }
    watch.expect("removed", "b");
    watch.expect("in_use", "a");
    assert_eq!(watch.interrupt().code(), Some(130));
}

#[test]
fn two_files_are_followed_like_a_folder() {
    let folder = Folder::new();
    put(&folder, "a", "p256.crt", "p256.key");
    let (certificate, key) = (folder.path("a.crt"), folder.path("a.key"));
    let files = ["--certificate", &certificate, "--key", &key];
    let mut watch = Watch::start(watch(&files));
    let loaded = watch.line();
    assert!(loaded.contains("a.crt: identity was loaded"), "{loaded}");
    assert!(watch.line().contains("a.crt is in use from now on"));
    // The key of another certificate.
    fs::copy(vector("key.pem"), &key).unwrap();
    let failed = watch.line();
    assert!(
        failed.contains("Z  problem: ") && failed.contains("does not belong"),
        "{failed}"
    );
    put(&folder, "a", "chain.pem", "key.pem");
    assert!(watch.line().contains("was loaded"));
    assert_eq!(watch.interrupt().code(), Some(130));
}

#[test]
fn terminal_has_colours_and_ctrl_c_ends_it() {
    let folder = Folder::new();
    put(&folder, "a", "chain.pem", "key.pem");
    for (variable, is_coloured) in [("UNRELATED", true), ("NO_COLOR", false)] {
        let mut command = watch(&[&folder.path("")]);
        command
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .env(variable, "1");
        let mut terminal = Terminal::start(command);
        terminal.wait_for("a is in use from now on");
        folder.file("b.key", b"no key");
        folder.file("b.crt", b"no certificate");
        terminal.wait_for("problem: b: ");
        fs::remove_file(folder.path("b.key")).unwrap();
        terminal.press(CTRL_C);
        let (ended, shown) = terminal.end();
        assert_eq!(ended.code(), Some(130), "{shown}");
        assert_eq!(
            shown.contains("\u{1b}[31mproblem: b"),
            is_coloured,
            "{shown:?}"
        );
    }
}

#[test]
fn reader_that_leaves_ends_it_though_nothing_happens() {
    let folder = Folder::new();
    put(&folder, "a", "chain.pem", "key.pem");
    let mut command = napi(&["watch", "--interval", "86400", &folder.path("")]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("a was loaded"));
    assert!(lines.next().unwrap().unwrap().contains("a is in use"));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*stderr(&output)), (Some(0), ""));
}

#[test]
fn nothing_to_follow_is_an_error_at_once() {
    let folder = Folder::new();
    let absent = folder.path("absent");
    let certificate = vector("chain.pem");
    for (words, code, says) in [
        (&[&*absent][..], 5, "absent"),
        (&[], 2, "--certificate"),
        (
            &["--certificate", &certificate, "--key", "-"],
            2,
            "standard input",
        ),
        (
            &["--certificate", &certificate, "--key", "pkcs11:token=a"],
            2,
            "token",
        ),
        (&[&absent, "--key", "a.key"], 2, "cannot be used with"),
        (&[&absent, "--interval", "0"], 2, "--interval"),
    ] {
        let output = run(&[&["watch"], words].concat());
        assert_eq!(output.status.code(), Some(code), "{words:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}
