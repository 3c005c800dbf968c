//! The name of a download, from `Content-Disposition` (RFC 6266), made safe.
//!
//! The service chooses it, so it may be a path, a device of Windows, or something that looks like
//! another name.

use percent_encoding::percent_decode_str;
use vocabulary::is_invisible;

/// The name of a download that has none, as in the vendor's SDKs.
pub(crate) const FALLBACK: &str = "downloadDocument.pdf";

/// The most bytes of a name; file systems take 255.
const LONGEST: usize = 150;
/// The most bytes of an extension that is kept when a name is cut.
const LONGEST_EXTENSION: usize = 16;

/// Returns the name in the header; the one with an explicit encoding first (section 4.3), if it can
/// be read.
pub(crate) fn read(header: &[u8]) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    let parameters = parameters(&header);
    let named = |wanted: &str| {
        let mut named = parameters
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.next().map(|(_, value)| value.as_str())
    };
    named("filename*")
        .and_then(extended)
        .and_then(|name| safe(&name))
        .or_else(|| safe(named("filename")?))
}

/// Splits at semicolons outside of quotation marks, and takes the marks off.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = header.chars();
    while let Some(character) = characters.next() {
        match (character, parts.last_mut()) {
            ('"', _) => is_quoted = !is_quoted,
            (';', _) if !is_quoted => parts.push(String::new()),
            // A quoted pair (RFC 9110, section 5.6.4).
            ('\\', Some(part)) if is_quoted => part.extend(characters.next()),
            (character, Some(part)) => part.push(character),
            (_, None) => {}
        }
    }
    let pairs = parts.iter().filter_map(|part| part.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// Reads `UTF-8''name` (RFC 8187, section 3.2); other encodings are left to the plain name.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, name) = rest.split_once('\'')?;
    let is_utf8 = charset.trim().eq_ignore_ascii_case("utf-8");
    let name = percent_decode_str(name).decode_utf8().ok()?;
    is_utf8.then(|| name.into_owned())
}

/// Returns the last part of a path, without anything that a file system or a reader could take for
/// something else.
fn safe(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next()?;
    let kept: String = name.chars().filter(|c| is_plain(*c)).collect();
    let kept = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = cut(kept);
    // Once more, since a cut may end so. Windows drops dots and spaces at the end of a name, which
    // would be another file's then, or a device's.
    let kept = kept.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    match kept {
        "" => None,
        device if is_device(device) => Some(format!("_{device}")),
        name => Some(name.to_owned()),
    }
}

fn is_plain(c: char) -> bool {
    !is_invisible(c) && !"<>:\"|?*".contains(c)
}

/// Names that Windows takes for a device, with any extension.
fn is_device(name: &str) -> bool {
    // Windows heeds neither an extension nor the space before it: `NUL .txt` is the device.
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|rest| {
            matches!(
                rest,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
        })
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT")
}

/// Cuts in the middle, so that the extension stays.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let extension = name.rfind('.').and_then(|dot| name.get(dot..));
    let extension = extension.filter(|it| it.len() <= LONGEST_EXTENSION);
    let extension = extension.unwrap_or_default();
    let mut kept = String::new();
    for character in name.chars() {
        if kept.len() + character.len_utf8() + extension.len() > LONGEST {
            break;
        }
        kept.push(character);
    }
    kept + extension
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(header: &str) -> Option<String> {
        read(header.as_bytes())
    }

    #[test]
    fn the_name_is_read_in_each_of_its_forms() {
        for (header, expected) in [
            ("attachment; filename=report.pdf", "report.pdf"),
            (
                "attachment; filename=\"annual report.pdf\"",
                "annual report.pdf",
            ),
            ("attachment; FileName = \"a;b.pdf\" ; size=1", "a;b.pdf"),
            ("attachment; filename=\"a\\\"b.pdf\"", "ab.pdf"),
            (
                "attachment; filename=\"x.pdf\"; filename*=UTF-8''s%C3%B6hne.pdf",
                "söhne.pdf",
            ),
            ("attachment; filename*=utf-8'de'a%20b.pdf", "a b.pdf"),
            (
                "attachment; filename*=ISO-8859-1''%F6.pdf; filename=o.pdf",
                "o.pdf",
            ),
            (
                "attachment; filename*=UTF-8''%FF.pdf; filename=o.pdf",
                "o.pdf",
            ),
            ("attachment; filename=\"unfinished.pdf", "unfinished.pdf"),
        ] {
            assert_eq!(name(header).as_deref(), Some(expected), "{header}");
        }
    }

    #[test]
    fn no_name_is_none() {
        for header in [
            "",
            "attachment",
            "attachment; filename=",
            "attachment; filename=\"..\"",
            "inline; filename=/",
        ] {
            assert_eq!(name(header), None, "{header}");
        }
    }

    #[test]
    fn a_path_a_device_and_a_disguise_become_plain_names() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:/Windows/a.pdf", "a.pdf"),
            (".bashrc", "bashrc"),
            ("nul.pdf", "_nul.pdf"),
            ("COM1", "_COM1"),
            ("COM10.pdf", "COM10.pdf"),
            ("fdp.\u{202E}exe", "fdp.exe"),
            ("a\r\nb\0.pdf", "ab.pdf"),
            ("a.pdf. ", "a.pdf"),
            ("a:stream.pdf", "astream.pdf"),
        ] {
            let header = format!(
                "attachment; filename*=UTF-8''{}",
                percent_encoding::utf8_percent_encode(given, percent_encoding::NON_ALPHANUMERIC)
            );
            assert_eq!(name(&header).as_deref(), Some(expected), "{given:?}");
        }
        assert_eq!(
            name("attachment; filename=\"..\\\\..\\\\a.pdf\"").as_deref(),
            Some("a.pdf")
        );
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let cut = name(&format!("attachment; filename={}.pdf", "é".repeat(200))).unwrap();
        assert!(cut.len() <= LONGEST && cut.ends_with("é.pdf"), "{cut}");
    }

    proptest! {
        #[test]
        fn any_header_gives_a_plain_name_or_none(header: Vec<u8>, given in ".*") {
            for header in [header, format!("a; filename=\"{given}\"").into_bytes()] {
                let Some(name) = read(&header) else { continue };
                prop_assert!(!name.is_empty() && name.len() <= LONGEST + 1);
                prop_assert!(!name.contains(['/', '\\', ':', '\0', '\n']));
                prop_assert!(!name.starts_with('.') && !name.ends_with('.'));
            }
        }
    }
}
