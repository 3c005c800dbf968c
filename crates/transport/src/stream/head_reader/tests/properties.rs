//! Properties of any head: hyper's parser reads what is passed on.

use proptest::prelude::*;

use super::*;

proptest! {
    /// Compares with hyper's parser, which takes the result and finds the same end of the response.
    #[test]
    fn result_is_accepted_by_httparse(lines in prop::collection::vec(
        prop_oneof![
            "[A-Za-z-]{1,12}[ \t]?:[ -~\t]{0,20}",
            "[ -~\t]{0,20}",
            "[\\x00-\\x7f]{0,20}",
            Just("Content-Length: 5".to_owned()),
            Just("Transfer-Encoding: chunked".to_owned()),
        ],
        0..8,
    )) {
        let bytes = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", lines.join("\r\n"));
        if let Ok(read) = read(&mut due(), &mut Pieces::of(bytes.as_bytes(), 11), 64) {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut response = httparse::Response::new(&mut fields);
            let parsed = response.parse(&read);
            prop_assert!(matches!(parsed, Ok(httparse::Status::Complete(_))), "{:?} {:?}", parsed, read);
        }
    }

    /// Compares a complete head, which may pass unchanged, with one in pieces, always normalised.
    #[test]
    fn plain_head_equals_its_normal_form(lines in prop::collection::vec(
        prop_oneof![
            "[A-Za-z_-]{1,12}:[ \t]{0,2}[ -~]{0,20}",
            "[ -~\t]{0,20}",
            "[\\x00-\\x7f]{0,20}",
            Just("Content-Length: 5".to_owned()),
            Just("Content-Length:5\t".to_owned()),
            Just("Transfer-Encoding: chunked".to_owned()),
        ],
        0..6,
    )) {
        let bytes = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", lines.join("\r\n"));
        let whole = read(&mut due(), &mut Pieces::of(bytes.as_bytes(), usize::MAX), 4096);
        let in_pieces = read(&mut due(), &mut Pieces::of(bytes.as_bytes(), 1), 4096);
        match (whole, in_pieces) {
            (Ok(whole), Ok(in_pieces)) => prop_assert_eq!(parsed(&whole), parsed(&in_pieces)),
            (whole, in_pieces) => prop_assert_eq!(whole.is_ok(), in_pieces.is_ok()),
        }
    }

    /// Checks the property of the fuzz target for inputs that resemble a head.
    #[test]
    fn result_does_not_depend_on_the_pieces(
        start in prop_oneof![
            Just("HTTP/1.1 200 OK\r\n"),
            Just("HTTP/1.1 103 Early Hints\r\n"),
            Just("\r\nHTTP/1.0 401 \x01\n"),
            Just(""),
        ],
        lines in prop::collection::vec("([A-Za-z -]{0,12}[ \t]?:)?[\\x00-\\x7f]{0,12}(\r?\n)?", 0..8),
        size in 1_usize..20,
    ) {
        let bytes = format!("{start}{}", lines.concat()).into_bytes();
        let read = |bytes: &[u8], size| {
            read(&mut due(), &mut Pieces::of(bytes, size), 4096).ok()
        };
        let [whole, by_bytes, in_pieces] = [usize::MAX, 1, size].map(|size| read(&bytes, size));
        prop_assert_eq!(whole.is_some(), by_bytes.is_some());
        prop_assert_eq!(&by_bytes, &in_pieces);
        if let Some(normal) = in_pieces {
            prop_assert!(read(&normal, 1).is_some());
        }
    }
}
