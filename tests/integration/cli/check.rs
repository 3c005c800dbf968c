//! `napi-mtls check`.

use cli::{Exit, Format, Output, Rendered};

use super::{folder, napi, path};

fn rendered(result: anyhow::Result<Output>) -> Rendered {
    Rendered::of(&result, Format::Json)
}

#[tokio::test]
async fn warning_fails_only_a_strict_check() {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/identity/tests/vectors/"
    );
    let (certificate, key) = (format!("{vectors}chain.pem"), format!("{vectors}key.pem"));
    let folder = folder();
    let passphrase = path(&folder, "passphrase");
    let identity = ["--certificate", &certificate, "--key", &key];
    // A passphrase for a key that is not encrypted is worth a warning.
    let unused = [&identity[..], &["--passphrase-file", &passphrase]].concat();
    let lenient = napi("check", &unused).await.unwrap();
    assert!(lenient.problems.is_empty());
    let strict = napi("check", &[&unused[..], &["--strict"]].concat()).await;
    assert!(!strict.unwrap().problems.is_empty());

    let data = rendered(napi("check", &unused).await).out;
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["key"]["algorithm"]["bits"], 2048);
    assert_eq!(data["severity"], "warning");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_an_error_with_its_kind() {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/identity/tests/vectors/"
    );
    let folder = folder();
    let passphrase = path(&folder, "passphrase");
    for (certificate, key, kind) in [
        ("cert.pem", "p256.key", "key_mismatch"),
        ("absent.pem", "key.pem", "read"),
        ("key.pem", "key.pem", "no_certificate"),
        ("cert.pem", "refused", "not_a_file"),
    ] {
        let (certificate, key) = (format!("{vectors}{certificate}"), format!("{vectors}{key}"));
        let files = ["--certificate", &certificate, "--key", &key];
        let secret = ["--passphrase-file", &passphrase];
        let shown = rendered(napi("check", &[&files[..], &secret].concat()).await);
        assert_eq!((&*shown.out, shown.exit), ("", Exit::Local));
        let error = &serde_json::from_str::<serde_json::Value>(&shown.err).unwrap()["error"];
        assert_eq!(
            (&error["kind"], &error["side"]),
            (&kind.into(), &"client".into())
        );
    }
}

#[tokio::test]
async fn two_options_for_standard_input_are_a_usage_error() {
    let files = ["--certificate", "-", "--key", "-", "--passphrase-file", "-"];
    let shown = rendered(napi("check", &files).await);
    let error = &serde_json::from_str::<serde_json::Value>(&shown.err).unwrap()["error"];
    assert_eq!(error["kind"], "command_line");
    assert_eq!(shown.exit, Exit::Usage);
}
