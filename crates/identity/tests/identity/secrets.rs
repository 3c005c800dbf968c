//! Passphrases in files and variables as Windows, editors and volumes leave them.

use std::fs;
use std::path::PathBuf;

use identity::{
    Error, Finding, Format, Input, InputFile, Passphrase, PassphraseSource, SecretNote,
};
use tempfile::TempDir;

use crate::support::{loader, vector};

/// The key under the passphrase of the vectors, `correct horse`.
const KEY: &str = "encrypted-aes-256-cbc-SHA256.pem";

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    fs::write(&path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    (folder, path)
}

fn findings(key: &[u8], source: impl Into<PassphraseSource>) -> Result<Vec<Finding>, Error> {
    let loaded = loader().passphrase(source).load(&vector("cert.pem"), key);
    loaded.map(|loaded| loaded.report().findings().to_vec())
}

fn notes(content: &[u8]) -> Result<Vec<SecretNote>, Error> {
    let (_folder, path) = file(content);
    let findings = findings(&vector(KEY), PassphraseSource::file(path))?;
    Ok(findings.iter().map(note).collect())
}

fn note(finding: &Finding) -> SecretNote {
    match finding {
        Finding::SecretSpelling { note, .. } => *note,
        other => panic!("{other}"),
    }
}

fn utf_16(text: &str, order: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn a_plain_file_is_read_without_a_word() {
    for content in [
        "correct horse",
        "correct horse\n",
        "correct horse\r\n",
        "correct horse\n\n",
    ] {
        assert_eq!(notes(content.as_bytes()).unwrap(), [], "{content:?}");
    }
    assert!(matches!(
        notes(b"correct horse "),
        Err(Error::PassphraseOrDamaged)
    ));
}

#[test]
fn a_byte_order_mark_is_dropped_and_said() {
    let noted = notes("\u{FEFF}correct horse\r\n".as_bytes()).unwrap();
    assert_eq!(noted, [SecretNote::ByteOrderMark]);
}

#[test]
fn utf_16_is_read_and_said() {
    for text in [
        "\u{FEFF}correct horse\r\n",
        "\u{FEFF}correct horse",
        "correct horse\r\n",
        "correct horse",
    ] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(
                notes(&utf_16(text, order)).unwrap(),
                [SecretNote::Utf16],
                "{text:?}"
            );
        }
    }
    let cut = [&utf_16("\u{FEFF}correct horse", u16::to_le_bytes)[..], b"x"].concat();
    assert!(matches!(
        notes(&cut),
        Err(Error::UnsupportedFormat {
            input: Input::Passphrase,
            format: Format::Utf16
        })
    ));
}

// Openssl takes the first line of a file; so does a key made with it.
#[test]
fn a_file_of_two_lines_opens_with_the_first() {
    let noted = notes(b"correct horse\nand another\n").unwrap();
    assert_eq!(noted, [SecretNote::SeveralLines, SecretNote::FirstLine]);
    assert!(matches!(
        notes(b"another\ncorrect horse\n"),
        Err(Error::PassphraseOrDamaged)
    ));
}

// A key that an earlier program encrypted under the bytes of the file as they stand.
#[test]
fn a_key_under_the_mark_itself_opens_and_says_so() {
    let key = loader().open_key(&vector("key.pem")).unwrap();
    let marked = Passphrase::new("\u{FEFF}correct horse");
    let iterations = std::num::NonZeroU32::new(16).unwrap();
    let mut zeros = |bytes: &mut [u8]| {
        bytes.fill(0);
        Ok(())
    };
    let pem = key
        .to_encrypted_pkcs8_pem_with(&mut zeros, &marked, iterations)
        .unwrap();
    let (_folder, path) = file("\u{FEFF}correct horse\n".as_bytes());
    let findings = findings(pem.as_bytes(), PassphraseSource::file(path)).unwrap();
    let noted: Vec<_> = findings.iter().map(note).collect();
    assert_eq!(noted, [SecretNote::ByteOrderMark, SecretNote::Verbatim]);
}

#[test]
fn whoever_sets_a_passphrase_is_told_what_became_of_it() {
    let (_folder, path) = file("\u{FEFF}new \r\n".as_bytes());
    let content = InputFile::new(path, Input::Passphrase).read().unwrap();
    let passphrase = Passphrase::from_content(&content).unwrap();
    assert_eq!(passphrase.secret_bytes(), b"new ");
    let noted: Vec<_> = passphrase.findings().iter().map(note).collect();
    assert_eq!(noted, [SecretNote::ByteOrderMark, SecretNote::EndsInSpace]);
    assert!(
        passphrase
            .findings()
            .iter()
            .all(|it| !it.to_string().contains("new "))
    );
}

#[cfg(unix)]
#[test]
fn a_passphrase_file_that_others_may_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;

    let (_folder, path) = file(b"correct horse\n");
    for (mode, reported) in [
        (0o600, false),
        (0o400, false),
        (0o640, true),
        (0o604, true),
        (0o620, true),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let findings = findings(&vector(KEY), PassphraseSource::file(&path)).unwrap();
        let is_reported = matches!(
            findings.as_slice(),
            [Finding::SecretFileExposed { input: Input::Passphrase, mode: seen, .. }] if *seen == mode
        );
        assert_eq!(is_reported, reported, "{mode:o}: {findings:?}");
    }
    // Of a key that is not encrypted, it has not been read.
    let findings = findings(&vector("key.pem"), PassphraseSource::file(&path)).unwrap();
    assert_eq!(findings, [Finding::PassphraseUnused]);
}

#[test]
fn advice_about_a_volume_can_be_followed() {
    let exposed = |mode, is_changeable| Finding::KeyFileExposed {
        path: PathBuf::from("/run/key"),
        mode,
        is_changeable,
    };
    assert!(
        exposed(0o640, true)
            .to_string()
            .contains("chmod 600 /run/key")
    );
    let on_volume = exposed(0o440, false);
    assert!(!on_volume.to_string().contains("chmod"), "{on_volume}");
    assert!(on_volume.to_string().contains("fsGroup"));
    assert!(on_volume.to_string().contains("no other program"));
    // A group is no help against everybody.
    let for_all = exposed(0o444, false);
    assert!(!for_all.to_string().contains("chmod"), "{for_all}");
    assert!(
        !for_all.to_string().contains("no other program"),
        "{for_all}"
    );
    assert!(on_volume.severity() < for_all.severity());
    assert!(
        exposed(0o620, true)
            .to_string()
            .contains("its group may change it")
    );
}
