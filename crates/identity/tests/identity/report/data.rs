//! The report as data; the names are part of the public API.

use identity::{Finding, Format, Severity};
use serde_json::{Value, json};

use super::{every_finding, full};
use crate::support::{load, vector};

fn data(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn a_full_report_has_the_documented_shape() {
    let loaded = full();
    let report = loaded.report();
    let message = |index: usize| report.findings()[index].to_string();
    let expected = json!({
        "key": {
            "algorithm": { "name": "rsa", "bits": 2048 },
            "format": "encrypted_pkcs8",
            "encryption": {
                "scheme": "pbes2",
                "cipher": "aes256_cbc",
                "key_derivation": {
                    "function": "pbkdf2",
                    "prf": "hmac_sha256",
                    "iterations": 16,
                },
            },
        },
        "certificate_chain": [
            {
                "subject": "C=CA, ST=Ontario, L=Toronto, O=Example Corporation, CN=client.example.com",
                "common_name": "client.example.com",
                "issuer": "C=CA, O=Example Trust, CN=Example Issuing CA",
                "serial": "8BADF00D",
                "not_before": "2026-11-23T19:54:44Z",
                "not_after": "2126-10-30T19:54:44Z",
                "sha256": "a992fbf5180d279b61eb947a01fc87ebb6d211504e5815887ca56adcb7ffd39d",
                "public_key_sha256": "3a8b4295408b2be12a1d8cdab83189ba2896e3d8d3d997f667eb8008707b92e5",
            },
            {
                "subject": "C=CA, O=Example Trust, CN=Example Issuing CA",
                "common_name": "Example Issuing CA",
                "issuer": "C=CA, O=Example Trust, CN=Example Root",
                "serial": "02",
                "not_before": "2026-11-23T19:54:44Z",
                "not_after": "2126-10-30T19:54:44Z",
                "sha256": "e5fd9f98bdfbe983b145cdf0fba974ffe27c5ef3a9fd71366fe5a04e6364f25f",
                "public_key_sha256": "31c49322f28a733d1a33e20a9724d045aacc511401de28d46763c93acd9c6dbf",
            },
        ],
        "severity": "notice",
        "findings": [
            { "kind": "chain_reordered", "severity": "notice", "message": message(0) },
            { "kind": "root_dropped", "severity": "notice", "message": message(1), "position": 1 },
            {
                "kind": "duplicate_certificate",
                "severity": "notice",
                "message": message(2),
                "position": 4,
            },
        ],
    });
    assert_eq!(data(report), expected);
}

#[test]
fn what_is_not_there_is_null() {
    let loaded = load(&vector("cert.pem"), &vector("key.pem")).unwrap();
    let report = data(loaded.report());
    assert_eq!(report["key"]["encryption"], Value::Null);
    assert_eq!(report["key"]["format"], "pkcs8");
    assert_eq!(report["severity"], Value::Null);
    assert_eq!(report["findings"], json!([]));
}

#[test]
fn every_finding_has_kind_severity_message_and_fields() {
    let fields = [
        json!({ "not_after": "2030-01-01T00:00:00Z" }),
        json!({ "not_after": "2030-01-01T00:00:00Z", "threshold_seconds": 604_800 }),
        json!({ "not_before": "2030-01-01T00:00:00Z" }),
        json!({}),
        json!({ "position": 2 }),
        json!({ "position": 2, "not_after": "2030-01-01T00:00:00Z" }),
        json!({ "position": 2, "not_before": "2030-01-01T00:00:00Z" }),
        json!({ "path": "key.pem", "mode": "0644", "is_changeable": true }),
        json!({ "friendly_name": "other", "reason": "it is damaged" }),
        json!({}),
        json!({}),
        json!({ "position": 2 }),
        json!({
            "input": "password", "path": "key.pem", "mode": "0440", "is_changeable": false,
        }),
        json!({ "input": "passphrase", "note": "verbatim" }),
        json!({ "took_seconds": 11 }),
        json!({ "position": 2 }),
    ];
    for ((finding, severity), mut expected) in every_finding().into_iter().zip(fields) {
        expected["kind"] = json!(finding.kind());
        expected["severity"] = json!(severity.to_string());
        expected["message"] = json!(finding.to_string());
        assert_eq!(data(&finding), expected);
    }
}

#[test]
fn the_parts_of_a_report_are_data_too() {
    assert_eq!(data(&Severity::Error), "error");
    assert_eq!(data(&Format::TraditionalEncrypted), "traditional_encrypted");
    assert_eq!(
        data(&Finding::PassphraseUnused)["kind"],
        "passphrase_unused"
    );
    let loaded = full();
    let leaf = loaded.identity().leaf();
    assert_eq!(data(&leaf.sha256()), leaf.sha256().to_string());
    assert_eq!(data(leaf), data(loaded.report())["certificate_chain"][0]);
}

#[test]
fn the_data_hold_neither_key_nor_passphrase() {
    let shown = data(full().report()).to_string();
    assert!(!shown.contains("correct horse"));
    let key = String::from_utf8(vector("key.pem")).unwrap();
    let lines = key.lines().filter(|line| !line.starts_with('-'));
    for line in lines {
        let start = &line[..line.len().min(16)];
        assert!(!shown.contains(start));
    }
}
