//! The program: its one ready line, and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ready: serde_json::Value,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mock-napi"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self {
            child,
            stdout,
            ready,
        }
    }

    pub(crate) fn port(&self, member: &str) -> u16 {
        let url = self.ready[member].as_str().unwrap();
        url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub(crate) fn ca(&self) -> &str {
        self.ready["ca_certificate_pem"].as_str().unwrap()
    }

    /// Kills the process, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end, which must be a success without another word.
    fn ends_well(&mut self) {
        assert!(self.child.wait().unwrap().success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn the_ready_line_says_how_to_connect() {
    let program = Program::start(&["--until-stdin-closes"]);
    let members: Vec<_> = program.ready.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "base_url",
            "ca_certificate_pem",
            "plain_base_url",
            "portal_url"
        ]
    );
    let ca = program.ready["ca_certificate_pem"].as_str().unwrap();
    assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    for member in ["base_url", "plain_base_url", "portal_url"] {
        assert!(TcpStream::connect(("127.0.0.1", program.port(member))).is_ok());
    }
}

#[test]
fn the_plain_port_and_enforcement_are_options() {
    let program = Program::start(&[
        "--until-stdin-closes",
        "--enforce",
        "acme",
        "--plain-port",
        "0",
    ]);
    let mut stream = TcpStream::connect(("127.0.0.1", program.port("portal_url"))).unwrap();
    let request = "GET /mock/v1/accounts/acme/enforcement HTTP/1.1\r\nHost: localhost\r\n\
                   Connection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.ends_with(r#"{"enforced":true}"#), "{response}");
}

#[test]
fn the_ready_line_names_the_proxy_that_was_asked_for() {
    for arguments in [
        &["--proxy"][..],
        &["--proxy-port", "0", "--clock", "-600"][..],
    ] {
        let program = Program::start(&[arguments, &["--until-stdin-closes"]].concat());
        assert!(TcpStream::connect(("127.0.0.1", program.port("proxy_url"))).is_ok());
    }
}

#[test]
fn the_program_ends_when_its_standard_input_does() {
    let mut program = Program::start(&["--until-stdin-closes"]);
    drop(program.child.stdin.take());
    program.ends_well();
}

#[cfg(unix)]
#[test]
fn program_ends_on_signals_but_not_with_stdin() {
    for signal in ["-TERM", "-INT"] {
        let mut program = Program::start(&["--server-certificate", "other-name"]);
        drop(program.child.stdin.take());
        assert!(TcpStream::connect(("127.0.0.1", program.port("base_url"))).is_ok());
        let pid = program.child.id().to_string();
        assert!(
            Command::new("sh") // whose own `kill` is there where the program is not
                .args(["-c", &format!("kill {signal} {pid}")])
                .status()
                .unwrap()
                .success()
        );
        program.ends_well();
    }
}

#[test]
fn a_named_fault_is_what_connections_do() {
    let mut program = Program::start(&["--until-stdin-closes", "--fault", "closed-on-accept"]);
    assert!(connected_and_closed(&program));
    drop(program.child.stdin.take());
    program.ends_well();
}

#[test]
fn scripts_of_a_file_are_what_connections_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.json");
    for json in [
        r#"{"handshake":"closed_on_accept"}"#,
        r#" [{"handshake":"closed_on_accept"}]"#,
    ] {
        std::fs::write(&path, json).unwrap();
        let file = path.to_str().unwrap();
        let program = Program::start(&["--until-stdin-closes", "--script", file]);
        assert!(connected_and_closed(&program), "{json}");
    }
}

/// Returns whether the mock closes a connection on which nothing is sent.
fn connected_and_closed(program: &Program) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port("base_url"))).unwrap();
    let patience = std::time::Duration::from_secs(5); // less than the mock has with a client
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.read(&mut [0]).unwrap() == 0
}

#[test]
fn settings_of_the_service_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service.json");
    std::fs::write(&path, r#"{"polls":7}"#).unwrap();
    let file = path.to_str().unwrap();
    let program = Program::start(&["--until-stdin-closes", "--service", file]);
    let mut stream = TcpStream::connect(("127.0.0.1", program.port("portal_url"))).unwrap();
    let request = "GET /mock/v1/service HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains(r#""polls":7"#), "{response}");
}

#[test]
fn unknown_fault_and_missing_file_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.json");
    std::fs::write(&path, r#"{"handshaek":"cut"}"#).unwrap();
    let misspelt = path.to_str().unwrap();
    for (option, value, word) in [
        ("--fault", "unheard-of", "refused-unknown-ca"),
        ("--script", "/nowhere/script.json", "/nowhere/script.json"),
        ("--script", misspelt, "handshaek"),
        (
            "--service",
            "/nowhere/service.json",
            "/nowhere/service.json",
        ),
        ("--service", misspelt, "handshaek"),
        ("--enforce", "no-account", "no-account"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_mock-napi"))
            .args([option, value])
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_taken_port_is_a_failure() {
    let program = Program::start(&["--until-stdin-closes"]);
    let port = program.port("base_url").to_string();
    let second = Command::new(env!("CARGO_BIN_EXE_mock-napi"))
        .args(["--mtls-port", &port])
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(second.stdout.is_empty());
    assert!(!second.stderr.is_empty());
}
