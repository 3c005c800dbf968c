//! `napi-mtls check`.

use super::{folder, napi, path};

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

    let data = napi("check", &[&unused[..], &["--json"]].concat())
        .await
        .unwrap();
    let data: serde_json::Value = serde_json::from_str(&data.text).unwrap();
    assert_eq!(data["key"]["algorithm"]["bits"], 2048);
    assert_eq!(data["severity"], "warning");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_data_too() {
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
        let checked = napi("check", &[&files[..], &secret, &["--json"]].concat()).await;
        let checked = checked.unwrap();
        assert_eq!(checked.problems.len(), 1, "{checked:?}");

        let data: serde_json::Value = serde_json::from_str(&checked.text).unwrap();
        assert_eq!(data["severity"], "error", "{data}");
        assert_eq!(data["key"], serde_json::Value::Null);
        assert_eq!(data["certificate_chain"], serde_json::json!([]));
        let findings = data["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0]["kind"], kind, "{data}");
        let message = findings[0]["message"].as_str().unwrap();
        assert_eq!(checked.problems[0], format!("problem: {message}"));

        // Without the option it is an error, as before.
        assert!(
            napi("check", &[&files[..], &secret].concat())
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn json_is_json_where_two_options_name_standard_input() {
    let files = ["--certificate", "-", "--key", "-", "--passphrase-file", "-"];
    napi("check", &files).await.unwrap_err();
    let checked = napi("check", &[&files[..], &["--json"]].concat()).await;
    let checked = checked.unwrap();
    assert!(!checked.problems.is_empty());
    let data: serde_json::Value = serde_json::from_str(&checked.text).unwrap();
    assert_eq!(data["findings"][0]["kind"], "command_line");
}
