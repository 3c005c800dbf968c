//! Requests and certificates as people have them: saved by an editor, sent by a chat, cut out of
//! JSON.

use std::fs;

use crate::{Folder, run, stderr, stdout, vector};

/// Returns one text in every spelling, with a name for it.
fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = format!("\u{feff}{text}");
        text.encode_utf16().flat_map(order).collect()
    };
    let without_mark = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let json = text.replace('\n', "\\n");
    let php = json.replace('/', "\\/");
    let dotnet = json.replace('+', "\\u002B");
    vec![
        ("as it is", text.into()),
        ("mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16 little", utf16(u16::to_le_bytes)),
        ("UTF-16 big", utf16(u16::to_be_bytes)),
        ("UTF-16 without mark", without_mark),
        ("CR", text.replace('\n', "\r").into_bytes()),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("blank lines", text.replace('\n', "\n\n").into_bytes()),
        (
            "indented",
            format!("  {}", text.replace('\n', "\n  ")).into_bytes(),
        ),
        ("written-out", json.clone().into_bytes()),
        ("JSON", format!("{{\"file\": \"{json}\"}}").into_bytes()),
        (
            "JSON of PHP",
            format!("{{\"file\":\"{php}\"}}").into_bytes(),
        ),
        (
            "JSON of .NET",
            format!("{{\"file\":\"{dotnet}\"}}").into_bytes(),
        ),
    ]
}

#[test]
fn a_request_in_any_spelling_is_inspected_in_full() {
    let folder = Folder::new();
    let text = fs::read_to_string(vector("request.pem")).unwrap();
    let expected = stdout(&run(&["inspect", &vector("request.pem")]));
    assert!(expected.contains("signature        good"), "{expected}");
    for (name, content) in spellings(&text) {
        let output = run(&["inspect", &folder.file("request", &content)]);
        assert_eq!(stdout(&output), expected, "{name}: {}", stderr(&output));
    }
}

#[test]
fn a_certificate_in_any_spelling_is_renewed() {
    let text = fs::read_to_string(vector("cert.pem")).unwrap();
    for (name, content) in spellings(&text) {
        let folder = Folder::new();
        let certificate = folder.file("old.pem", &content);
        let place = folder.path("");
        let renew = ["request", "--renew", &certificate, "--folder", &place];
        let output = run(&[&renew[..], &["--no-passphrase"]].concat());
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let names = folder.names();
        assert_eq!(
            names,
            [
                "client.example.com.csr",
                "client.example.com.key",
                "old.pem"
            ],
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_no_certificate_is_not_renewed() {
    let folder = Folder::new();
    for (file, words) in [
        ("request.pem", "certificate signing request"),
        ("key.pem", "no certificate"),
        ("people/cut.der", "cut or damaged"),
    ] {
        let place = folder.path("");
        let renew = ["request", "--renew", &vector(file), "--folder", &place];
        let output = run(&[&renew[..], &["--no-passphrase"]].concat());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(5), "{file}: {text}");
        assert!(text.contains(words), "{file}: {text}");
    }
    assert!(folder.names().is_empty());
}
