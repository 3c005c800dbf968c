//! The proxy of the environment, as a company has it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Output;
use std::thread::{self, JoinHandle};

use crate::{Folder, napi, stderr, vector};

/// Port 1 of this machine is no one's.
const NAPI: &str = "https://127.0.0.1:1";

const USER: [&str; 2] = ["--user", "acme"];

/// Returns a proxy that opens no tunnel; ends with the first line of what it was asked for.
pub(crate) fn proxy() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines();
        let first = lines.next().unwrap().unwrap();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        (&stream)
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        first
    });
    (url, asked)
}

fn hello(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let (key, certificate) = (vector("key.pem"), vector("chain.pem"));
    let identity = ["hello", "--certificate", &certificate, "--key", &key];
    let server = ["--base-url", NAPI];
    let mut program = napi(&[&identity[..], &server, arguments].concat());
    program.envs(environment.iter().copied());
    program.env("NAPI_PASSWORD", "secret").output().unwrap()
}

#[test]
fn proxy_of_the_environment_is_asked_for_a_tunnel() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (url, asked) = proxy();
        let text = stderr(&hello(&USER, &[(variable, &url)]));
        assert_eq!(asked.join().unwrap(), "CONNECT 127.0.0.1:1 HTTP/1.1");
        assert!(text.contains("proxy") && text.contains("403"), "{text}");
    }
}

#[test]
fn proxy_on_the_line_counts_before_that_of_the_environment() {
    let (url, asked) = proxy();
    let other = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "*")];
    let text = stderr(&hello(&[&USER[..], &["--proxy", &url]].concat(), &other));
    assert_eq!(asked.join().unwrap(), "CONNECT 127.0.0.1:1 HTTP/1.1");
    assert!(text.contains("403"), "{text}");
}

#[test]
fn timeout_without_a_proxy_does_not_blame_the_certificate_alone() {
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1");
    for (environment, way) in [
        (
            &[][..],
            "directly: neither --proxy nor HTTPS_PROXY names a proxy",
        ),
        (
            &[proxy, ("NO_PROXY", "127.0.0.0/8")],
            "directly as NO_PROXY says",
        ),
    ] {
        let text = stderr(&hello(&USER, environment));
        assert!(text.contains(way), "{text}");
    }
    let text = stderr(&hello(
        &[&USER[..], &["--proxy", "none"]].concat(),
        &[proxy],
    ));
    assert!(text.contains("directly as --proxy says"), "{text}");
}

#[test]
fn unusable_proxy_is_an_error_and_not_ignored() {
    let text = stderr(&hello(
        &USER,
        &[("HTTPS_PROXY", "socks5://acme:hunter2@proxy.example")],
    ));
    assert!(text.contains("HTTPS_PROXY"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn password_behind_a_user_name_is_not_repeated() {
    let folder = Folder::new();
    let password = folder.file("password", b"x");
    let output = hello(
        &["--user", "acme:hunter2", "--password-file", &password],
        &[],
    );
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("--user"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn password_variable_loses_mark_and_line_end_with_warning() {
    let environment = [("NAPI_PASSWORD", "\u{feff}secret\r\n")];
    let (key, certificate) = (vector("key.pem"), vector("chain.pem"));
    let identity = ["hello", "--certificate", &certificate, "--key", &key];
    let mut program = napi(
        &[
            &identity[..],
            &USER,
            &["--base-url", NAPI, "--proxy", "none"],
        ]
        .concat(),
    );
    let text = stderr(&program.envs(environment).output().unwrap());
    let told = "warning: NAPI_PASSWORD starts with";
    assert!(text.lines().any(|it| it.starts_with(told)), "{text}");
    assert!(text.contains("\nnapi-mtls: no hello from"), "{text}");
}
