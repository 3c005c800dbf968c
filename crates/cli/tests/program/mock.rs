//! `napi-mtls mock`, and the program against it by the profile that it writes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::terminal::{CTRL_C, Terminal};
use crate::{Folder, napi, run, stderr, stdout};

/// A running mock, with its files in a folder.
pub(crate) struct RunningMock {
    program: Child,
    stdout: BufReader<ChildStdout>,
    /// Its addresses and files, as it has printed them.
    pub(crate) ready: Value,
}

impl RunningMock {
    /// Starts it, and waits until it serves.
    pub(crate) fn start(folder: &str, options: &[&str]) -> Self {
        let mut mock = Self::started(folder, &[&["--output", "json"], options].concat());
        let mut line = String::new();
        mock.stdout.read_line(&mut line).unwrap();
        mock.ready = serde_json::from_str(&line).unwrap();
        mock
    }

    /// Starts it as a person does; returns what it has said, too.
    pub(crate) fn start_for_a_person(folder: &str) -> (Self, String) {
        let mut mock = Self::started(folder, &[]);
        let mut said = String::new();
        while !said.contains("/mock/v1/events") {
            assert!(mock.stdout.read_line(&mut said).unwrap() > 0, "{said}");
        }
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("portal       "));
        mock.ready = json!({"portal_url": line.unwrap()});
        (mock, said)
    }

    fn started(folder: &str, options: &[&str]) -> Self {
        let words = ["mock", "--until-stdin-closes", "--folder", folder];
        let mut command = napi(&[&words[..], options].concat());
        // The test's end closes it, however the test ends.
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let stdout = BufReader::new(program.stdout.take().unwrap());
        let ready = Value::Null;
        Self {
            program,
            stdout,
            ready,
        }
    }

    /// Returns the certificate that its portal issues for a request, as the printed command does.
    pub(crate) fn issue(&self, request: &str) -> String {
        let (status, certificate) = self.call("POST", "/portal/v1/certificates", request);
        assert_eq!(status, 201, "{certificate}");
        certificate
    }

    /// Calls the portal, as its user, or the control of the mock.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let address = self.text("portal_url").strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        // acme-portal:acme-portal-password
        let credentials = "YWNtZS1wb3J0YWw6YWNtZS1wb3J0YWwtcGFzc3dvcmQ=";
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {credentials}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }
}

impl Drop for RunningMock {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn profile_of_the_mock_is_all_that_hello_needs() {
    let folder = Folder::new();
    let mock = RunningMock::start(&folder.path("mock"), &["--enforce", "acme"]);
    let config = ["--config", mock.text("config")];
    let hello = run(&[&["hello"], &config[..]].concat());
    assert_eq!(stdout(&hello), "Hello acme-api\n", "{hello:?}");
    // Enforced, as the option of the mock says.
    let plain = run(&[&["hello", "--plain"], &config[..]].concat());
    assert_eq!(plain.status.code(), Some(3), "{plain:?}");
    // Nothing to say of the files, such as that others may read them.
    let check = run(&[&["check", "--strict"], &config[..]].concat());
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn fault_of_the_mock_is_seen_by_the_program() {
    let folder = Folder::new();
    let mock = RunningMock::start(&folder.path("mock"), &["--fault", "closed-on-accept"]);
    let hello = run(&["hello", "--config", mock.text("config")]);
    assert_eq!(hello.status.code(), Some(4), "{hello:?}");
    let unknown = run(&["mock", "--fault", "help"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("closed-on-accept"), "{unknown:?}");
}

#[test]
fn terminal_shows_every_address_and_ctrl_c_stops_it() {
    let folder = Folder::new();
    let place = folder.path("a mock");
    let mut terminal = Terminal::start(napi(&["mock", "--proxy", "--folder", &place]));
    for text in [
        "(mutual TLS)",
        "(plain)",
        "proxy        http://127.0.0.1:",
        "API user     acme-api:acme-password",
        "portal       http://",
        "portal user  acme-portal:acme-portal-password",
        "a mock/client.pem and ",
        "Serving until Ctrl-C",
        "a mock/config.toml'",
        "napi-mtls hello",
        "/portal ",
        "/control ",
        "/mock/v1/events",
    ] {
        terminal.wait_for(text);
    }
    let config = fs::read_to_string(folder.path("a mock/config.toml")).unwrap();
    let port = |name: &str| {
        let line = config.lines().find(|line| line.starts_with(name)).unwrap();
        let (_, port) = line.trim_end_matches('"').rsplit_once(':').unwrap();
        port.parse::<u16>().unwrap()
    };
    let ports = ["base_url", "plain_base_url"].map(port);
    for port in ports {
        TcpStream::connect(("127.0.0.1", port)).unwrap();
    }
    terminal.press(CTRL_C);
    let (ended, shown) = terminal.end();
    assert_eq!(ended.code(), Some(0), "{shown}");
    for port in ports {
        TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    }
}

#[test]
fn interrupt_in_a_pipe_stops_it_too() {
    let folder = Folder::new();
    let mut mock = RunningMock::start(&folder.path("mock"), &[]);
    kill_process(Pid::from_child(&mock.program), Signal::INT).unwrap();
    let mut rest = String::new();
    mock.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!((mock.program.wait().unwrap().code(), &*rest), (Some(0), ""));
}

#[test]
fn folder_with_other_files_is_left_alone() {
    let folder = Folder::new();
    let key = folder.file("client.key", b"a key of production");
    let output = run(&["mock", "--folder", &folder.path("")]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(stderr(&output).contains("--folder"), "{output:?}");
    assert_eq!(fs::read(key).unwrap(), b"a key of production");
    assert_eq!(folder.names(), ["client.key"]);

    // One of an earlier start is taken again, and its files are new.
    let place = folder.path("mock");
    let certificate = || {
        drop(RunningMock::start(&place, &[]));
        fs::read(folder.path("mock/client.pem")).unwrap()
    };
    assert_ne!(certificate(), certificate());
}

#[test]
fn description_is_printed_without_a_mock_or_a_folder() {
    let folder = Folder::new();
    let place = folder.path("mock");
    let words = [
        "mock",
        "--openapi",
        "--portal-port",
        "9",
        "--folder",
        &place,
    ];
    let output = run(&words);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stderr(&output), "");
    let description: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let clock = &description["paths"]["/mock/v1/clock"];
    assert_eq!(clock["servers"][0]["url"], "http://127.0.0.1:9");
    assert!(folder.names().is_empty());
}

#[test]
fn identity_and_ca_outlive_a_mock_with_a_state() {
    let folder = Folder::new();
    let (place, state) = (folder.path("mock"), folder.path("state"));
    let start = || RunningMock::start(&place, &["--state", &state]);
    let files = || {
        ["ca.pem", "client.pem", "client.key"]
            .map(|name| fs::read(folder.path(&format!("mock/{name}"))).unwrap())
    };
    drop(start());
    let first = files();
    let mock = start();
    assert!(files() == first);
    let hello = run(&["hello", "--config", mock.text("config")]);
    assert_eq!(stdout(&hello), "Hello acme-api\n", "{hello:?}");

    let second = run(&["mock", "--folder", &folder.path("b"), "--state", &state]);
    assert!(!second.status.success(), "{second:?}");
    assert!(stderr(&second).contains("another mock uses"), "{second:?}");
    drop(mock);
    fs::write(folder.path("state/state.json"), b"{").unwrap();
    let damaged = run(&["mock", "--folder", &place, "--state", &state]);
    assert!(!damaged.status.success(), "{damaged:?}");
    assert!(stderr(&damaged).contains("state.json"), "{damaged:?}");
}
