//! Fields that determine where a response ends, and lines that can be parsed in two ways.

use super::*;

#[test]
fn framing_field_is_strict_or_refused() {
    for (lines, field) in [
        ("Transfer-Encoding : chunked", "transfer-encoding"),
        (
            "Transfer-Encoding\t: chunked\r\nContent-Length: 5",
            "transfer-encoding",
        ),
        ("Transfer-Encoding: \x0bchunked", "transfer-encoding"),
        ("Transfer-Encoding: chunked\x01", "transfer-encoding"),
        ("Transfer-Encoding:\r\n chunked", "transfer-encoding"),
        ("Transfer-Encoding: gzip,\r\n\tchunked", "transfer-encoding"),
        ("Transfer\x0b-Encoding: chunked", "transfer-encoding"),
        ("\x01Transfer-Encoding: chunked", "transfer-encoding"),
        ("Transfer Encoding: chunked", "transferencoding"),
        ("Content-Length : 5", "content-length"),
        ("Content-Length: 5\x01", "content-length"),
        ("Content-Length: \r\n 5", "content-length"),
        ("Content\x7f-Length: 5", "content-length"),
        ("Content-Length: 5\r\nContent-Length: 6", "content-length"),
        ("Content-Length: 5, 6", "content-length"),
        ("Content-Length: +5", "content-length"),
        ("Content-Length: 0x5", "content-length"),
        ("Content-Length: 5 5", "content-length"),
        ("Content-Length: ", "content-length"),
        ("Content-Length: 5,", "content-length"),
    ] {
        let read = fields(&format!("a: b\r\n{lines}\r\nc: d"));
        assert_eq!(
            read,
            Err((HeadProblem::Framing, Some(field.to_owned()))),
            "{lines:?}"
        );
    }
    assert!(fields("Content-Length: 17\r\ncontent-length: 17").is_ok());
}

#[test]
fn length_beside_chunks_is_ignored_and_closes_the_connection() {
    let read = fields("Content-Length: 5\r\nTransfer-Encoding: chunked").unwrap();
    assert_eq!(read, "Transfer-Encoding: chunked\r\nconnection: close");
}

#[test]
fn ambiguous_line_is_refused() {
    for (lines, problem, field) in [
        (
            "Location: /a\rSet-Cookie: b=c",
            HeadProblem::ForbiddenByte,
            Some("location"),
        ),
        ("X-Nul: a\0b", HeadProblem::ForbiddenByte, Some("x-nul")),
        ("a: b\r\r\n", HeadProblem::ForbiddenByte, Some("a")),
        ("no colon", HeadProblem::NoField, None),
        (" Content-Length: 5", HeadProblem::NoField, None),
        ("\tx", HeadProblem::NoField, None),
    ] {
        let read = fields(lines);
        assert_eq!(read, Err((problem, field.map(str::to_owned))), "{lines:?}");
    }
}

#[test]
fn error_names_the_field_without_its_value() {
    let error = Error::unreadable_head(HeadProblem::Framing, Some("content-length".into()));
    let said = error.to_string();
    assert!(
        said.contains("\"content-length\"") && said.contains("contradictory"),
        "{said}"
    );
    let long = format!("{}\r{}: secret", "N".repeat(200), "n".repeat(200));
    let (_, field) = fields(&long).unwrap_err();
    assert_eq!(field.unwrap().len(), 64);
    let (_, field) = fields("secret name: a\0").unwrap_err();
    assert_eq!(field.as_deref(), Some("secretname"));
}
