//! PEM as editors, shells, web pages and configuration systems leave it.

use identity::{Error, Format};
use proptest::prelude::*;

use crate::support::{load, loader, passphrase, vector, vector_text};

/// A certificate and a key of every kind that PEM is used for.
const FILES: [(&str, &str); 8] = [
    ("chain.pem", "key.pem"),
    ("chain.pem", "encrypted-aes-256-cbc-SHA256.pem"),
    ("chain.pem", "openssl/rsa-pkcs1.pem"),
    ("p256.crt", "openssl/p256-sec1.pem"),
    ("p256.crt", "openssl/p256-sec1-with-parameters.pem"),
    ("ed25519.crt", "ed25519.key"),
    ("chain.pem", "openssl/rsa-traditional-aes-256-cbc.pem"),
    ("p256.crt", "openssl/p256-traditional-des-ede3-cbc.pem"),
];

/// Asserts that every file in another spelling gives what it gives in its own.
fn assert_reads(respell: impl Fn(&str) -> Vec<u8>) {
    assert_these_read(&FILES, respell);
}

fn assert_these_read(files: &[(&str, &str)], respell: impl Fn(&str) -> Vec<u8>) {
    for (certificate, key) in files {
        let load = |certificate: &[u8], key: &[u8]| {
            let loader = loader().passphrase(passphrase());
            loader.load(certificate, key).expect("an odd spelling")
        };
        let plain = load(&vector(certificate), &vector(key));
        let respelled = load(
            &respell(&vector_text(certificate)),
            &respell(&vector_text(key)),
        );
        let [plain, respelled] = [plain, respelled].map(identity::Loaded::into_parts);
        assert_eq!(respelled.0.secret_key(), plain.0.secret_key(), "{key}");
        assert_eq!(
            respelled.0.certificate_chain(),
            plain.0.certificate_chain(),
            "{certificate}"
        );
        assert_eq!(respelled.1.key_format(), plain.1.key_format(), "{key}");
        assert_eq!(respelled.1.encryption(), plain.1.encryption(), "{key}");
    }
}

fn each_line(text: &str, before: &str, after: &str) -> Vec<u8> {
    text.lines()
        .flat_map(|line| [before, line, after])
        .collect::<String>()
        .into_bytes()
}

/// Returns the same blocks with the base64 in lines of another length; headers stay as they are.
fn in_columns(text: &str, columns: usize) -> Vec<u8> {
    let (mut result, mut body) = (String::new(), String::new());
    for line in text.lines() {
        let is_header = line.is_empty() || line.contains(':');
        if !line.starts_with("-----") && !is_header {
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
fn openssl_trust_settings_are_cut_off_and_nothing_else() {
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
fn no_newline_at_the_end() {
    assert_reads(|text| text.trim_end().as_bytes().to_vec());
}

#[test]
fn everything_on_one_line_without_any_space() {
    let (encrypted, others): (Vec<_>, Vec<_>) = FILES
        .iter()
        .partition(|(_, key)| key.contains("traditional"));
    assert_these_read(&others, |text| each_line(text, "", ""));
    // Here nothing tells where the initialization vector ends and the key begins.
    for (certificate, key) in encrypted {
        let key = each_line(&vector_text(key), "", "");
        let error = load(&vector(certificate), &key).unwrap_err();
        assert!(is_named(&error, Format::Damaged), "{error:?}");
    }
}

#[test]
fn utf_16_and_utf_32_with_and_without_a_mark() {
    for mark in ["\u{FEFF}", ""] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_reads(|text| {
                let text = format!("{mark}{text}");
                text.encode_utf16().flat_map(order).collect()
            });
        }
    }
    for order in [u32::to_le_bytes, u32::to_be_bytes] {
        assert_reads(|text| {
            let text = format!("\u{FEFF}{text}");
            text.chars().flat_map(|it| order(it.into())).collect()
        });
    }
}

#[test]
fn escaped_for_json_yaml_xml_and_urls() {
    // The header of an encrypted block ends where white space does, which a URL has too.
    assert_reads(|text| {
        let text = text.replace('/', "\\/").replace('+', "\\u002B");
        text.replace('\n', "\\r\\n").into_bytes()
    });
    assert_reads(|text| {
        let text = text.replace('/', "\\\\/").replace('+', "\\\\u002b");
        text.replace('\n', "\\\\n").into_bytes()
    });
    assert_reads(|text| text.replace('\n', "\\u000a").into_bytes());
    assert_reads(|text| {
        text.replace('+', "\\x2B")
            .replace('\n', "\\x0A")
            .into_bytes()
    });
    assert_reads(|text| {
        let text = text.replace('+', "&#43;").replace('/', "&#x2F;");
        text.replace('\n', "&#10;").into_bytes()
    });
    assert_reads(|text| {
        let text = text.replace('+', "%2B").replace('/', "%2f");
        text.replace('=', "%3D")
            .replace(' ', "%20")
            .replace('\n', "%0A")
            .into_bytes()
    });
}

#[test]
fn an_encryption_header_that_lacks_a_part_is_damage() {
    let text = vector_text("openssl/rsa-traditional-aes-256-cbc.pem");
    let line = text
        .lines()
        .find(|line| line.starts_with("DEK-Info"))
        .unwrap();
    for header in [
        "",
        "DEK-Info:",
        "DEK-Info: AES-256-CBC",
        "DEK-Info: AES-256-CBC,",
    ] {
        let cut = text.replace(line, header);
        let error = load(&vector("chain.pem"), cut.as_bytes()).unwrap_err();
        assert!(is_named(&error, Format::Damaged), "{header}: {error:?}");
    }
}

fn is_named(error: &Error, expected: Format) -> bool {
    matches!(error, Error::UnsupportedFormat { format, .. } if *format == expected)
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
    #![proptest_config(ProptestConfig::with_cases(64))]

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
