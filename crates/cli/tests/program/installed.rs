//! The commands for a package, a monitor and the settings of an installed program.

use std::fs;

use serde_json::Value;

use crate::{Folder, napi, run, stderr, stdout, vector};

#[test]
fn metrics_are_written_also_of_what_cannot_be_used() {
    let (certificate, key) = (vector("chain.pem"), vector("key.pem"));
    let check = |key: &str| {
        let files = ["check", "--certificate", &certificate, "--key", key];
        run(&[&files[..], &["--output", "prometheus"]].concat())
    };
    let good = check(&key);
    assert!(good.status.success(), "{good:?}");
    let text = stdout(&good);
    for line in [
        "napi_mtls_identity_usable{pair=\"chain\"} 1",
        "napi_mtls_identity_in_use{pair=\"chain\"} 1",
        "napi_mtls_identity_findings{pair=\"chain\",severity=\"error\"} 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{text}");
    }
    assert!(
        text.contains("\nnapi_mtls_identity_days_left{pair=\"chain\",sha256=\""),
        "{text}"
    );

    let bad = check(&vector("p256.key"));
    assert_eq!(bad.status.code(), Some(5), "{bad:?}");
    assert!(
        stdout(&bad).ends_with("napi_mtls_identity_in_use{pair=\"chain\"} 0\n"),
        "{bad:?}"
    );
    assert!(stderr(&bad).contains("does not belong"), "{bad:?}");

    let other = run(&["inspect", &key, "--output", "prometheus"]);
    assert_eq!(other.status.code(), Some(2), "{other:?}");
}

#[test]
fn metrics_of_a_folder_say_which_pair_is_in_use() {
    let folder = Folder::new();
    for (name, certificate, key) in [
        ("old", "chain.pem", "key.pem"),
        ("new", "p256.crt", "p256.key"),
    ] {
        fs::copy(vector(certificate), folder.path(&format!("{name}.crt"))).unwrap();
        fs::copy(vector(key), folder.path(&format!("{name}.key"))).unwrap();
    }
    let key = folder.file("awaits.key", &fs::read(vector("ed25519.key")).unwrap());
    let metrics = || {
        let output = run(&["identities", &folder.path(""), "--output", "prometheus"]);
        (output.status.code(), stdout(&output))
    };
    let in_use =
        |pair: &str, is: u8| format!("napi_mtls_identity_in_use{{pair=\"{pair}\"}} {is}\n");
    let (code, text) = metrics();
    assert_eq!(code, Some(0), "{text}");
    // The one that began last.
    assert!(
        text.contains(&in_use("old", 0)) && text.contains(&in_use("new", 1)),
        "{text}"
    );
    assert_eq!(text.matches("# TYPE ").count(), 4, "{text}");
    assert!(!text.contains("awaits"), "{text}");

    fs::write(folder.path("new.crt"), "no certificate").unwrap();
    fs::remove_file(key).unwrap();
    let (code, text) = metrics();
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains(&in_use("old", 1)) && text.contains(&in_use("new", 0)),
        "{text}"
    );
    assert!(text.contains("_usable{pair=\"new\"} 0\n"), "{text}");
}

#[test]
fn each_shell_gets_its_completions() {
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef"),
        ("fish", "complete -c"),
    ] {
        let output = run(&["completions", shell]);
        assert!(output.status.success(), "{output:?}");
        assert!(stdout(&output).contains(word), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    let output = run(&["man", &folder.path("")]);
    assert!(output.status.success(), "{output:?}");
    let names = folder.names();
    for name in [
        "napi-mtls.1",
        "napi-mtls-verify.1",
        "napi-mtls-config-show.1",
    ] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    let page = fs::read_to_string(folder.path("napi-mtls-connect.1")).unwrap();
    assert!(page.starts_with(".ie"), "{page}");

    let absent = run(&["man", &folder.path("absent")]);
    assert_eq!(absent.status.code(), Some(5), "{absent:?}");
}

#[test]
fn settings_are_shown_with_their_sources_and_no_secret() {
    let folder = Folder::new();
    let profile = b"profile = 'a'\n[profiles.a]\nuser = 'acme'\nbase_url = 'https://a.example'\n";
    let config = folder.file("config.toml", profile);
    let mut command = napi(&["config", "show", "--config", &config, "--output", "json"]);
    let environment = [
        ("NAPI_BASE_URL", "https://b.example"),
        ("NAPI_PROXY", "http://acme:hunter2@proxy.example"),
        ("NAPI_PASSWORD", "hunter2"),
    ];
    let output = command.envs(environment).output().unwrap();
    let text = stdout(&output);
    assert!(
        output.status.success() && !text.contains("hunter2"),
        "{text}"
    );
    let data: Value = serde_json::from_str(&text).unwrap();
    let setting = |name: &str| &data["settings"][name];
    assert_eq!(
        (&data["profile"], &setting("user")["source"]),
        (&"a".into(), &"profile".into())
    );
    assert_eq!(setting("base_url")["value"], "https://b.example");
    assert_eq!(setting("base_url")["source"], "NAPI_BASE_URL");
    assert_eq!(setting("key")["value"], Value::Null);
}
