//! Where a key is while it is written.

use std::fs;
use std::process::Stdio;

use crate::{Folder, napi, run, stderr, vector};

#[test]
fn key_appears_under_no_name_but_its_own() {
    let folder = Folder::new();
    let (key, out) = (vector("key.pem"), folder.path("out.key"));
    let arguments = [
        "convert",
        "--key",
        &key,
        "--remove-passphrase",
        "--out",
        &out,
    ];
    let mut program = napi(&arguments).stdout(Stdio::null()).spawn().unwrap();
    let status = loop {
        let status = program.try_wait().unwrap();
        for name in folder.names() {
            assert_eq!(name, "out.key");
            // Whole from the first moment.
            assert!(
                fs::read_to_string(&out)
                    .unwrap()
                    .ends_with("-----END PRIVATE KEY-----\n")
            );
        }
        if let Some(status) = status {
            break status;
        }
    };
    assert!(status.success());
    assert_eq!(folder.names(), ["out.key"]);
}

#[test]
fn existing_file_and_missing_folder_are_told() {
    let folder = Folder::new();
    let (key, there) = (vector("key.pem"), folder.file("there", b"mine"));
    let convert = |out: &str| {
        run(&[
            "convert",
            "--key",
            &key,
            "--remove-passphrase",
            "--out",
            out,
        ])
    };
    let existing = convert(&there);
    assert!(
        stderr(&existing).contains("there exists already"),
        "{existing:?}"
    );
    assert_eq!(fs::read(&there).unwrap(), b"mine");
    let missing = convert(&folder.path("none/out.key"));
    assert!(
        stderr(&missing).contains("none/out.key: No such file"),
        "{missing:?}"
    );
    assert_eq!(folder.names(), ["there"]);
}

#[test]
fn empty_new_passphrase_protects_nothing_and_is_refused() {
    let folder = Folder::new();
    let (key, empty) = (vector("key.pem"), folder.file("empty", b"\n"));
    let out = folder.path("out.key");
    let new = ["--new-passphrase-file", &empty, "--out", &out];
    let refused = run(&[&["convert", "--key", &key], &new[..]].concat());
    assert!(stderr(&refused).contains("is empty"), "{refused:?}");
    assert_eq!(folder.names(), ["empty"]);
}
