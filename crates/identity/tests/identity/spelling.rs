//! PEM as editors, shells, web pages and configuration systems leave it.

use identity::Error;
use proptest::prelude::*;

use crate::support::{load, vector, vector_text};

/// Both files in another spelling must give what they give in their own.
fn assert_reads(respell: impl Fn(&str) -> Vec<u8>) {
    let plain = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    let respelled = load(
        &respell(&vector_text("chain.pem")),
        &respell(&vector_text("key.pem")),
    )
    .unwrap();
    assert_eq!(
        respelled.identity().secret_key(),
        plain.identity().secret_key()
    );
    assert_eq!(
        respelled.identity().certificate_chain(),
        plain.identity().certificate_chain()
    );
}

fn each_line(text: &str, before: &str, after: &str) -> Vec<u8> {
    text.lines()
        .flat_map(|line| [before, line, after])
        .collect::<String>()
        .into_bytes()
}

/// The same blocks with the base64 in lines of another length.
fn in_columns(text: &str, columns: usize) -> Vec<u8> {
    let (mut result, mut body) = (String::new(), String::new());
    for line in text.lines() {
        if !line.starts_with("-----") {
            body.push_str(line);
            continue;
        }
        while !body.is_empty() {
            let rest = body.split_off(columns.min(body.len()));
            result.push_str(&body);
            result.push('\n');
            body = rest;
        }
        result.push_str(line);
        result.push('\n');
    }
    result.into_bytes()
}

#[test]
fn carriage_return_and_line_feed() {
    assert_reads(|text| each_line(text, "", "\r\n"));
}

#[test]
fn carriage_return_only() {
    assert_reads(|text| each_line(text, "", "\r"));
}

#[test]
fn a_utf_8_byte_order_mark() {
    assert_reads(|text| [b"\xEF\xBB\xBF", text.as_bytes()].concat());
}

#[test]
fn bag_attributes_and_other_text_before() {
    assert_reads(|text| [b"Bag Attributes\n    friendlyName: me\n", text.as_bytes()].concat());
    let certificate = vector("cert-with-text.pem");
    load(&certificate, &vector("bag-attributes.pem")).unwrap();
}

#[test]
fn the_trust_settings_of_openssl_are_cut_off_but_not_what_follows_another_certificate() {
    let loaded = load(&vector("trusted.pem"), &vector("key.pem")).unwrap();
    assert_eq!(
        loaded.identity().certificate_chain()[0].as_ref(),
        vector("cert.der")
    );
    let relabelled = vector_text("trusted.pem").replace("TRUSTED ", "");
    let error = load(relabelled.as_bytes(), &vector("key.pem")).unwrap_err();
    assert!(matches!(error, Error::CertificateDamaged { position: 1 }));
}

#[test]
fn leading_spaces() {
    assert_reads(|text| each_line(text, "    ", "\n"));
}

#[test]
fn trailing_spaces() {
    assert_reads(|text| each_line(text, "", " \t\n"));
}

#[test]
fn seventy_six_columns() {
    assert_reads(|text| in_columns(text, 76));
}

#[test]
fn base64_on_one_line() {
    assert_reads(|text| in_columns(text, usize::MAX));
}

#[test]
fn spaces_in_place_of_newlines() {
    assert_reads(|text| each_line(text, "", " "));
}

#[test]
fn a_written_out_newline() {
    assert_reads(|text| each_line(text, "", r"\n"));
    assert_reads(|text| each_line(text, "", r"\r\n"));
    assert_reads(|text| format!("\"{}\"", text.replace('\n', r"\\n")).into_bytes());
}

#[test]
fn blank_lines_in_the_body() {
    assert_reads(|text| each_line(text, "", "\n\n"));
}

#[test]
fn text_after_the_end() {
    assert_reads(|text| [text.as_bytes(), b"-- \nsent from my phone\n"].concat());
}

#[test]
fn everything_on_one_line_without_any_space() {
    assert_reads(|text| each_line(text, "", ""));
}

#[test]
fn der() {
    let plain = load(&vector("cert.pem"), &vector("key.pem")).unwrap();
    let der = load(&vector("cert.der"), &vector("key.der")).unwrap();
    assert_eq!(der.identity().secret_key(), plain.identity().secret_key());
    assert_eq!(
        der.identity().certificate_chain(),
        plain.identity().certificate_chain()
    );
}

#[test]
fn der_values_one_after_the_other() {
    let both = [vector("cert.der"), vector("key.der")].concat();
    load(&both, &both).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_mixture_of_spellings(
        columns in 1_usize..100,
        before in "[ \t]{0,4}",
        after in prop::sample::select(vec!["\n", "\r\n", "\r", " ", r"\n", "\n\n", " \n", "\t\r\n"]),
        preamble in "[a-zA-Z :=.]{0,40}",
        mark in any::<bool>(),
    ) {
        let respell = |text: &str| {
            let text = in_columns(text, columns);
            let lines = each_line(std::str::from_utf8(&text).unwrap(), &before, after);
            let mark: &[u8] = if mark { b"\xEF\xBB\xBF" } else { b"" };
            [mark, preamble.as_bytes(), b"\n", &lines].concat()
        };
        assert_reads(respell);
    }
}
