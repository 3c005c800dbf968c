//! Heads as servers send them, whole and in pieces: read where curl reads them, and not where a response could be split.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::stream::head_reader::packed::unpack;

/// A stream that gives these bytes, one piece a read, and then its end.
struct Pieces(VecDeque<Vec<u8>>);

impl Pieces {
    fn of(bytes: &[u8], size: usize) -> Self {
        Self(bytes.chunks(size.max(1)).map(<[u8]>::to_vec).collect())
    }
}

impl Read for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// What hyper gets, in reads of this size.
fn read(reader: &mut HeadReader, stream: &mut Pieces, room: usize) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    loop {
        let mut bytes = vec![MaybeUninit::uninit(); room];
        let mut buf = ReadBuf::uninit(&mut bytes);
        let Poll::Ready(read) = reader.poll_read(&mut cx, Pin::new(stream), buf.unfilled()) else {
            unreachable!("the stream is always ready")
        };
        read?;
        if buf.filled().is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(buf.filled());
    }
}

fn due_within(limits: HeadLimits) -> HeadReader {
    let state = ConnectionState::default();
    state.sends_request();
    HeadReader::new(limits, None, state)
}

fn due() -> HeadReader {
    due_within(HeadLimits::default())
}

fn handed_on(bytes: &[u8]) -> Result<String, (HeadProblem, Option<String>)> {
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
    let head = handed_on(format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nbody: \x01 \r\n").as_bytes())?;
    let (head, body) = head.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "body: \x01 \r\n", "the body is none of our business");
    let (status, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    assert_eq!(status, "HTTP/1.1 200 OK");
    Ok(fields.to_owned())
}

#[test]
fn a_head_as_it_should_be_stays_as_it_is() {
    let lines = "content-length: 17\r\nSet-Cookie: a=b; Path=/\r\nset-cookie: c=d\r\nx-empty: \r\nx-name: J\u{fc}rgen";
    assert_eq!(fields(lines).unwrap(), lines);
    assert_eq!(
        fields("a: b\nc: d").unwrap(),
        "a: b\r\nc: d",
        "a line feed alone"
    );
}

#[test]
fn a_field_that_no_type_has_room_for_is_left_out() {
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
fn a_folded_line_is_joined_with_one_space() {
    let lines = "Set-Cookie: visid_incap=a;\r\n expires=Wed;\r\n\t  path=/\r\na: b";
    let joined = "Set-Cookie: visid_incap=a; expires=Wed; path=/\r\na: b";
    assert_eq!(fields(lines).unwrap(), joined);
    assert_eq!(
        fields("a: b\r\n \x01 c\r\nd: e").unwrap(),
        "d: e",
        "a fold is no way around"
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
fn a_reason_phrase_may_say_anything() {
    let read = handed_on(b"HTTP/1.1 401 No\x01\x02 Way\r\na: b\r\n\r\n").unwrap();
    assert_eq!(read, "HTTP/1.1 401 \r\na: b\r\n\r\n");
}

#[test]
fn what_says_where_the_response_ends_is_read_as_written_or_not_at_all() {
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
fn a_length_beside_chunks_does_not_count_and_ends_the_connection() {
    let read = fields("Content-Length: 5\r\nTransfer-Encoding: chunked").unwrap();
    assert_eq!(read, "Transfer-Encoding: chunked\r\nconnection: close");
}

#[test]
fn a_line_that_could_be_two_is_not_read() {
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
fn an_error_names_the_field_and_has_nothing_of_its_value() {
    let error = Error::unreadable_head(HeadProblem::Framing, Some("content-length".into()));
    let said = error.to_string();
    assert!(
        said.contains("\"content-length\"") && said.contains("where the response ends"),
        "{said}"
    );
    let long = format!("{}\r{}: secret", "N".repeat(200), "n".repeat(200));
    let (_, field) = fields(&long).unwrap_err();
    assert_eq!(field.unwrap().len(), 64);
    let (_, field) = fields("secret name: a\0").unwrap_err();
    assert_eq!(field.as_deref(), Some("secretname"));
}

#[test]
fn heads_are_read_up_to_the_limits() {
    let limits = HeadLimits {
        bytes: 1000,
        fields: 10,
    };
    let run = |head: &str| {
        let mut reader = due_within(limits);
        let read = read(&mut reader, &mut Pieces::of(head.as_bytes(), 100), 64);
        assert!(reader.unread.capacity() <= 4 * 1000, "memory is bounded");
        read.map_err(|error| Error::find(&error).unwrap().kind())
    };
    let ten = "a: b\r\n".repeat(10);
    assert!(run(&format!("HTTP/1.1 200 OK\r\n{ten}\r\n")).is_ok());
    let too_many = run(&format!("HTTP/1.1 200 OK\r\n{ten}a: b\r\n\r\n"));
    assert_eq!(
        too_many.unwrap_err(),
        crate::ErrorKind::UnreadableHead(HeadProblem::TooManyFields)
    );
    let fill = |length: usize| format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(length - 24));
    assert!(run(&fill(1000)).is_ok());
    for head in [
        fill(1001),
        fill(100_000),
        "HTTP/1.1 200 OK\r\na: ".to_owned() + &"b".repeat(100_000),
    ] {
        let too_long = run(&head).unwrap_err();
        assert_eq!(
            too_long,
            crate::ErrorKind::UnreadableHead(HeadProblem::TooLong)
        );
    }
}

#[test]
fn interim_heads_are_followed_by_another() {
    let bytes = b"HTTP/1.1 103 Early Hints\r\nx: \x01\r\n\r\nHTTP/1.1 200 OK\r\ny: \x01\r\nz: a\r\n\r\n\x01: \x01";
    let expected = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nz: a\r\n\r\n\x01: \x01";
    assert_eq!(handed_on(bytes).unwrap(), expected);
    let switched = b"HTTP/1.1 101 Switching\r\n\r\nx\x01: y\r\n\r\n";
    assert_eq!(handed_on(switched).unwrap().as_bytes(), switched);
}

#[test]
fn only_what_follows_a_request_is_a_head() {
    let state = ConnectionState::default();
    let mut reader = HeadReader::new(HeadLimits::default(), None, state.clone());
    let head = b"HTTP/1.1 200 OK\r\nx: \x01\r\n\r\n";
    let unasked = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
    assert_eq!(unasked, head, "hyper says what it thinks of it");
    for _ in 0..2 {
        state.sends_request();
        let asked = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
        assert_eq!(asked, b"HTTP/1.1 200 OK\r\n\r\n");
        let body = read(&mut reader, &mut Pieces::of(head, 5), 64).unwrap();
        assert_eq!(body, head, "a body that looks like a head");
    }
}

/// What a client gets of this head, whether it comes whole or in pieces.
fn received(head: &str) -> http::HeaderMap {
    let [whole, in_pieces] = [usize::MAX, 1].map(|size| {
        let mut pieces = Pieces::of(head.as_bytes(), size);
        parsed(&read(&mut due(), &mut pieces, 64 * 1024).unwrap())
    });
    assert_eq!(
        whole.get_all("a").iter().count(),
        in_pieces.get_all("a").iter().count()
    );
    whole
}

/// What a client gets of this head, in hyper's way.
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
    unpack(&mut headers).unwrap();
    headers
}

#[test]
fn fields_beyond_the_room_of_hyper_arrive_in_their_order() {
    for count in [98, 99, 100, 101, 102, 500, 1000] {
        let mut lines: Vec<_> = (1..count - 1)
            .map(|number| match number % 3 {
                0 => format!("Set-Cookie: n={number}; Path=/ \r\n"),
                1 => format!("X-{number}: \r\n"),
                _ => format!("Y-{number}: {number} {number}\r\n"),
            })
            .collect();
        lines.push("Content-Length: 5\r\n".to_owned());
        lines.push("Connection: close\r\n".to_owned());
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", lines.concat());
        let headers = received(&head);
        assert_eq!(headers.len(), count);
        assert_eq!(headers["content-length"], "5");
        assert_eq!(headers["y-2"], "2 2");
        let cookies = headers.get_all("set-cookie").iter();
        let cookies: Vec<_> = cookies.map(|it| it.to_str().unwrap()).collect();
        let expected = (1..count - 1).filter(|number| number % 3 == 0);
        let expected: Vec<_> = expected.map(|it| format!("n={it}; Path=/")).collect();
        assert_eq!(cookies, expected);
    }
}

#[test]
fn ambiguous_length_is_closed_beside_many_fields() {
    let lines = "a: b\r\n".repeat(150);
    let framing = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let head = format!("HTTP/1.1 200 OK\r\n{lines}{framing}\r\n");
    let headers = received(&head);
    assert_eq!(headers["connection"], "close");
    assert_eq!(headers.get_all("a").iter().count(), 150);
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "Connection: a\r\n".repeat(150));
    let refused = handed_on(head.as_bytes()).unwrap_err();
    assert_eq!(refused, (HeadProblem::TooManyFields, None));
}

#[test]
fn field_called_like_ours_is_left_out() {
    for count in [1, 99, 100, 101] {
        let lines = "a: b\r\n".repeat(count - 1);
        let forged = "3 1 foox";
        let head = format!(
            "HTTP/1.1 200 OK\r\n{lines}{}: {forged}\r\n\r\n",
            field::PACKED
        );
        let headers = received(&head);
        assert!(!headers.contains_key("foo"), "{count}");
    }
}

#[test]
fn what_is_packed_wrongly_is_no_panic() {
    for value in [
        "1",
        "1 ",
        "x 1 a",
        "3 1 a",
        "99999999999999999999 1 a",
        "1 1 \u{fc}",
    ] {
        let mut headers = http::HeaderMap::new();
        headers.insert(field::PACKED, http::HeaderValue::from_str(value).unwrap());
        for _ in 1..packed::ROOM {
            headers.append("a", http::HeaderValue::from_static("b"));
        }
        assert_eq!(unpack(&mut headers), None, "{value}");
    }
}

#[test]
fn what_is_no_head_and_what_breaks_off_is_left_to_hyper() {
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

proptest! {
    /// Whatever comes, hyper's own parser takes what is handed on, and sees the same end of the response.
    #[test]
    fn what_is_handed_on_is_read_by_httparse(lines in prop::collection::vec(
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

    /// A head that comes whole may be handed on as it is; in pieces it is always tidied.
    #[test]
    fn plain_head_is_read_as_a_tidied_one(lines in prop::collection::vec(
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
}
