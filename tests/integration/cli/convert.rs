//! `napi-mtls convert`.

use std::{fs, path::Path};

use super::{exists, folder, napi, path, request};

#[tokio::test]
async fn converted_key_loses_its_passphrase_only_on_demand() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let (key, passphrase) = (path(&folder, "napi.key"), path(&folder, "passphrase"));
    let next = path(&folder, "next-passphrase");
    fs::write(&next, "battery staple").unwrap();
    let (plain, anew) = (path(&folder, "plain.key"), path(&folder, "anew.key"));
    let from = ["--key", &key, "--passphrase-file", &passphrase];

    let removed = [&from[..], &["--out", &plain, "--remove-passphrase"]].concat();
    napi("convert", &removed).await.unwrap();
    let text = fs::read_to_string(&plain).unwrap();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));

    let encrypted = [
        "--key",
        &plain,
        "--out",
        &anew,
        "--new-passphrase-file",
        &next,
    ];
    napi("convert", &encrypted).await.unwrap();
    let opened = |file: &str, passphrase: &str| {
        let passphrase = identity::Passphrase::new(passphrase);
        let loader = identity::Loader::new().passphrase(passphrase);
        loader.open_key_file(Path::new(file))
    };
    let (old, new) = (
        opened(&key, "correct horse"),
        opened(&anew, "battery staple"),
    );
    assert_eq!(old.unwrap().secret_pkcs8(), new.unwrap().secret_pkcs8());
    assert!(opened(&anew, "correct horse").is_err());
}

#[tokio::test]
async fn conversion_replaces_no_file_and_fails_without_output() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let (key, wrong) = (path(&folder, "napi.key"), path(&folder, "password"));
    let before = fs::read(&key).unwrap();
    let passphrase = path(&folder, "passphrase");
    let onto_itself = [
        "--key",
        &key,
        "--passphrase-file",
        &passphrase,
        "--out",
        &key,
    ];
    let refused = napi(
        "convert",
        &[&onto_itself[..], &["--remove-passphrase"]].concat(),
    )
    .await;
    assert!(refused.is_err());
    assert_eq!(fs::read(&key).unwrap(), before);

    let out = path(&folder, "out.key");
    let wrong = ["--key", &key, "--passphrase-file", &wrong, "--out", &out];
    let refused = napi("convert", &[&wrong[..], &["--remove-passphrase"]].concat()).await;
    assert!(refused.is_err() && !exists(&folder, "out.key"));
    // The program leaves nothing behind beside it either.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}
