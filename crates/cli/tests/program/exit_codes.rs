//! Exit codes, and the one JSON object on standard error that has the reason.

use std::net::TcpListener;

use serde_json::Value;

use crate::{Folder, napi, run, stderr, stdout, vector};

/// Returns the error of a command that must fail with JSON, and its exit code.
fn error(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = run(&[arguments, &["--output", "json"]].concat());
    let text = stderr(&output);
    assert_eq!(stdout(&output), "", "{arguments:?}");
    let object: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    let error = object.get("error").unwrap().clone();
    assert_eq!(
        error.get("exit_code").and_then(Value::as_i64),
        output.status.code().map(i64::from)
    );
    (error, output.status.code())
}

#[test]
fn errors_are_json_with_kind_side_and_remedy() {
    let folder = Folder::new();
    let (key, absent) = (vector("key.pem"), folder.path("absent"));
    let taken = folder.file("taken", b"");
    for (arguments, kind, code) in [
        (&["inspect", &absent][..], "read", 5),
        (&["inspct", &absent], "command_line", 2),
        (&["check", "--certificate", &absent], "command_line", 2),
        (&["convert", "--key", &key, "--out", &taken], "file", 5),
        (
            &["convert", "--key", &key, "--out", &absent],
            "no_terminal",
            2,
        ),
        (&["identities", &absent], "read", 5),
        (&["check", "--profile", "none"], "command_line", 2),
    ] {
        let (error, exit) = error(arguments);
        assert_eq!(
            (&error["kind"], exit),
            (&kind.into(), Some(code)),
            "{error}"
        );
        assert_eq!(error["side"], "client");
        assert!(error["remedy"].as_str().is_some_and(|it| !it.is_empty()));
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()));
    }
}

#[test]
fn server_that_is_not_there_is_exit_code_four() {
    let folder = Folder::new();
    let password = folder.file("password", b"secret");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("https://{port}"); // closed again
    let user = ["--user", "acme", "--password-file", &password];
    let server = ["--plain", "--base-url", &url, "--proxy", "none"];
    let (error, exit) = error(&[&["hello"], &user[..], &server].concat());
    assert_eq!(
        (&error["kind"], exit),
        (&"connect".into(), Some(4)),
        "{error}"
    );
    assert_eq!(error["side"], "network");
}

#[test]
fn problems_found_are_exit_code_one_and_listed() {
    let folder = Folder::new();
    let page = folder.file("page.html", b"<html></html>");
    let output = run(&["--output", "json", "inspect", &page]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let remarks: Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(remarks["problems"].as_array().map(Vec::len), Some(1));
    let data: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(data["parts"][0]["format"], "html", "{data}");
}

#[test]
fn misspelt_words_are_met_with_the_right_ones() {
    for (words, right) in [
        (&["inspct", "x"][..], "'inspect'"),
        (&["check", "--certficate", "x"], "'--certificate'"),
        (&["check", "--output", "jsn"], "'json'"),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(right), "{}", stderr(&output));
    }
}

#[test]
fn settings_come_from_options_environment_and_profile() {
    let folder = Folder::new();
    let (key, certificate) = (vector("key.pem"), vector("chain.pem"));
    let profile = format!("[profiles.a]\nkey = '{key}'\ncertificate = 'absent.pem'\n");
    let config = folder.file("config.toml", profile.as_bytes());
    let check = ["check", "--config", &config, "--profile", "a"];
    let from_profile = run(&check);
    assert_eq!(from_profile.status.code(), Some(5));
    assert!(stderr(&from_profile).contains(&folder.path("absent.pem")));

    let mut command = napi(&check);
    let from_environment = command
        .env("NAPI_CERTIFICATE", &certificate)
        .output()
        .unwrap();
    assert!(from_environment.status.success(), "{from_environment:?}");

    let mut command = napi(&[&check[..], &["--certificate", "-"]].concat());
    let from_option = command
        .env("NAPI_CERTIFICATE", &certificate)
        .output()
        .unwrap();
    assert!(stderr(&from_option).contains("closed"), "{from_option:?}");
}

#[test]
fn key_file_loads_no_module_that_it_names() {
    let folder = Folder::new();
    let key = folder.file(
        "received.key",
        b"pkcs11:token=x?module-path=/nonexistent/x.so",
    );
    let certificate = vector("chain.pem");
    let words = ["check", "--certificate", &certificate, "--key", &key];
    let unset = run(&words);
    let allowed = "/nonexistent/allowed.so";
    let other = napi(&words)
        .env("NAPI_PKCS11_MODULE", allowed)
        .output()
        .unwrap();
    for (output, says) in [
        (unset, "set NAPI_PKCS11_MODULE"),
        (other, "take module-path out"),
    ] {
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(5), "{text}");
        assert!(text.contains(says) && !text.contains("x.so"), "{text}");
        // Which is no failure of a device.
        assert!(text.contains("its device was not asked"), "{text}");
    }
}
