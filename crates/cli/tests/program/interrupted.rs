//! Keys and signals that stop and end a program while a passphrase is asked for.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::Signal;

use crate::prompts::convert;
use crate::terminal::{CTRL_BACKSLASH, CTRL_C, CTRL_Z, Terminal};
use crate::{Folder, napi, vector};

const NEW: &str = "New passphrase of the key: ";

/// Returns a shell that runs the program by the script, in which it is `"$@"`.
fn shell(script: &str, program: &Command) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", script, "bash"]);
    shell.arg(program.get_program()).args(program.get_args());
    shell
}

#[test]
fn interrupt_ends_the_program_and_the_terminal_echoes_again() {
    for (key, signal) in [(CTRL_C, 2), (CTRL_BACKSLASH, 3)] {
        let folder = Folder::new();
        let mut terminal = Terminal::start(convert(&folder));
        terminal.wait_for(NEW);
        assert!(!terminal.echoes());
        terminal.press(key);
        terminal.wait_for("\r\n");
        assert!(terminal.echoes());
        let (status, shown) = terminal.end();
        assert_eq!(status.signal(), Some(signal), "{shown}");
        assert!(folder.names().is_empty());
    }
}

#[test]
fn interrupt_ends_the_script_that_runs_the_program() {
    let folder = Folder::new();
    let script = shell("\"$@\"; echo went on", &convert(&folder));
    let mut terminal = Terminal::start(script);
    terminal.wait_for(NEW);
    terminal.press(CTRL_C);
    let (_, shown) = terminal.end();
    assert!(!shown.contains("went on"), "{shown}");
}

#[test]
fn stopped_program_asks_again_when_it_goes_on() {
    let folder = Folder::new();
    let script = "set -m; \"$@\"; echo stopped: $?; read line; fg; echo ended: $?";
    let mut terminal = Terminal::start(shell(script, &convert(&folder)));
    terminal.wait_for(NEW);
    terminal.press("correct");
    terminal.press(CTRL_Z);
    terminal.wait_for("stopped: 148"); // 128 and SIGTSTP
    assert!(terminal.echoes());
    terminal.press("\n");
    terminal.wait_for(NEW);
    assert!(!terminal.echoes());
    terminal.press(" horse\r");
    terminal.wait_for("The same again: ");
    terminal.press("correct horse\r");
    terminal.wait_for("ended: 0");
    let (_, shown) = terminal.end();
    assert!(!shown.contains("horse"), "{shown}");
    assert_eq!(folder.names(), ["out.key"]);
}

#[test]
fn termination_ends_a_watch_that_asks() {
    let (key, certificate) = (
        vector("encrypted-aes-256-cbc-SHA256.pem"),
        vector("cert.pem"),
    );
    let watch = ["watch", "--certificate", &certificate, "--key", &key];
    for signal in [Signal::TERM, Signal::INT] {
        let mut terminal = Terminal::start(napi(&watch));
        terminal.wait_for("Passphrase of the key: ");
        assert!(!terminal.echoes());
        terminal.send(signal);
        terminal.wait_for("\r\n");
        assert!(terminal.echoes());
        let (status, shown) = terminal.end();
        assert_eq!(status.code(), Some(130), "{shown}");
    }
}
