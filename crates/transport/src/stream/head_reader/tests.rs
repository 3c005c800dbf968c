//! Heads as servers send them, whole and in pieces: accepted where curl accepts them, and rejected
//! where a response could be split.

mod framing;
mod many_fields;
mod properties;

use super::*;
use crate::stream::head_reader::packed::unpack;
use crate::stream::head_reader::pieces::{Pieces, due_within, read, read_once};

fn due() -> HeadReader {
    due_within(HeadLimits::default())
}

fn passed_on(bytes: &[u8]) -> Result<String, (HeadProblem, Option<String>)> {
    let whole = read(&mut due(), &mut Pieces::of(bytes, usize::MAX), 4096);
    let in_pieces = read(&mut due(), &mut Pieces::of(bytes, 1), 7);
    let texts = [whole, in_pieces].map(|read| match read {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            let error = Error::find(&error).unwrap();
            let crate::ErrorKind::UnreadableHead(problem) = error.kind() else {
                panic!("{error:?}")
            };
            Err((problem, error.header_field().map(str::to_owned)))
        }
    });
    let [whole, in_pieces] = texts;
    assert_eq!(whole, in_pieces);
    whole
}

fn fields(lines: &str) -> Result<String, (HeadProblem, Option<String>)> {
    let head = passed_on(format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nbody: \x01 \r\n").as_bytes())?;
    let (head, body) = head.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "body: \x01 \r\n", "the body is left alone");
    let (status, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    assert_eq!(status, "HTTP/1.1 200 OK");
    Ok(fields.to_owned())
}

/// Parses a head as hyper does.
fn parsed(head: &[u8]) -> http::HeaderMap {
    let mut fields = [httparse::EMPTY_HEADER; packed::ROOM];
    let mut response = httparse::Response::new(&mut fields);
    response.parse(head).unwrap();
    let fields = response.headers.iter().map(|field| {
        let value = http::HeaderValue::from_bytes(field.value).unwrap();
        (field.name.parse::<http::HeaderName>().unwrap(), value)
    });
    let mut headers = http::HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, value);
    }
    unpack(http::Version::HTTP_11, &mut headers).unwrap();
    headers
}

#[test]
fn valid_head_is_unchanged() {
    let lines = "content-length: 17\r\nSet-Cookie: a=b; Path=/\r\nset-cookie: c=d\r\nx-empty: \r\nx-name: J\u{fc}rgen";
    assert_eq!(fields(lines).unwrap(), lines);
    assert_eq!(
        fields("a: b\nc: d").unwrap(),
        "a: b\r\nc: d",
        "a line feed alone"
    );
}

#[test]
fn plain_head_takes_nothing_of_the_room_for_its_body() {
    let mut response = b"HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n".to_vec();
    response.resize(response.len() + 64 * 1024, b'x');
    let mut stream = Pieces::of(&response, usize::MAX);
    let bytes = read_once(&mut due(), &mut stream, response.len()).unwrap();
    assert!(bytes == response, "{} of {}", bytes.len(), response.len());
}

#[test]
fn malformed_field_is_left_out() {
    for line in [
        "Set-Cookie: ___utmvaPRuXKscZ=dmo\x01OZPF; path=/; Max-Age=900; Secure",
        "X-Bell: \x07",
        "X-Delete: a\x7fb",
        "X Y: spaces in the name",
        "X(comment): a",
        "\u{fc}mlaut: a",
        ": no name",
    ] {
        let read = fields(&format!("a: b\r\n{line}\r\nc: d"));
        assert_eq!(read.unwrap(), "a: b\r\nc: d", "{line:?}");
    }
}

#[test]
fn folded_line_is_joined_with_one_space() {
    let lines = "Set-Cookie: visid_incap=a;\r\n expires=Wed;\r\n\t  path=/\r\na: b";
    let joined = "Set-Cookie: visid_incap=a; expires=Wed; path=/\r\na: b";
    assert_eq!(fields(lines).unwrap(), joined);
    assert_eq!(
        fields("a: b\r\n \x01 c\r\nd: e").unwrap(),
        "d: e",
        "a control character in a folded line"
    );
}

#[test]
fn white_space_before_a_colon_is_dropped() {
    assert_eq!(
        fields("X-eHolala \t: a\r\nb: c").unwrap(),
        "X-eHolala: a\r\nb: c"
    );
}

#[test]
fn reason_phrase_may_contain_control_characters() {
    let read = passed_on(b"HTTP/1.1 401 No\x01\x02 Way\r\na: b\r\n\r\n").unwrap();
    assert_eq!(read, "HTTP/1.1 401 \r\na: b\r\n\r\n");
}

#[test]
fn interim_heads_are_followed_by_another() {
    let bytes = b"HTTP/1.1 103 Early Hints\r\nx: \x01\r\n\r\nHTTP/1.1 200 OK\r\ny: \x01\r\nz: a\r\n\r\n\x01: \x01";
    let expected = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nz: a\r\n\r\n\x01: \x01";
    assert_eq!(passed_on(bytes).unwrap(), expected);
    let switched = b"HTTP/1.1 101 Switching\r\n\r\nx\x01: y\r\n\r\n";
    assert_eq!(passed_on(switched).unwrap().as_bytes(), switched);
}

#[test]
fn only_what_follows_a_request_is_a_head() {
    let state = ConnectionState::default();
    let mut reader = HeadReader::new(HeadLimits::default(), None, state.clone());
    let head = b"HTTP/1.1 200 OK\r\nx: \x01\r\n\r\n";
    let unexpected = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
    assert_eq!(unexpected, head, "it is left to hyper");
    for _ in 0..2 {
        state.note_request();
        let expected = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
        assert_eq!(expected, b"HTTP/1.1 200 OK\r\n\r\n");
        let body = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
        assert_eq!(body, head, "a body that looks like a head");
    }
}

#[test]
fn other_and_truncated_bytes_are_left_to_hyper() {
    for bytes in [
        &b"\x00\x01\x02 not HTTP \xff\xfe\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTT",
        b"",
    ] {
        let mut reader = due();
        let read = read(&mut reader, &mut Pieces::of(bytes, 3), 64).unwrap();
        assert_eq!(read, bytes);
    }
}

#[test]
fn interim_heads_together_have_the_limit_of_one() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let most = HeadLimits::default().bytes as usize / interim.len();
    let response = |number| interim.repeat(number) + "HTTP/1.1 200 OK\r\n\r\n";
    assert!(passed_on(response(most).as_bytes()).is_ok());
    let refused = passed_on(response(most + 1).as_bytes());
    assert_eq!(refused.unwrap_err(), (HeadProblem::TooLong, None));
}
