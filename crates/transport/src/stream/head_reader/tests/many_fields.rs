//! Heads up to the limits, and more fields than hyper has room for.

use http::Version;

use super::*;

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

/// Returns the fields that a client gets, whether the head comes whole or in pieces.
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

#[test]
fn fields_beyond_the_room_of_hyper_keep_their_order() {
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
    let refused = passed_on(head.as_bytes()).unwrap_err();
    assert_eq!(refused, (HeadProblem::TooManyFields, None));
}

#[test]
fn field_with_our_reserved_name_is_left_out() {
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
fn malformed_packed_field_is_no_panic() {
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
        assert_eq!(unpack(Version::HTTP_11, &mut headers), None, "{value}");
    }
}

#[test]
fn http2_field_with_our_reserved_name_is_kept() {
    let mut headers = http::HeaderMap::new();
    headers.insert(field::PACKED, http::HeaderValue::from_static("3 1 foox"));
    for _ in 1..packed::ROOM {
        headers.append("a", http::HeaderValue::from_static("b"));
    }
    let before = headers.clone();
    unpack(Version::HTTP_2, &mut headers).unwrap();
    assert_eq!(headers, before);
    unpack(Version::HTTP_11, &mut headers).unwrap();
    assert_eq!(headers["foo"], "x");
}
