//! Responses in HTTP/1.1 that are refusals, incomplete, or none.

use std::io::ErrorKind::{self, ConnectionReset, UnexpectedEof};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use mock_tls::{
    Afterwards, Alpn, Body, ClientAuth, ConnectionEvent, Delivery, Framing, MockServer, Point,
    Reply, Script, ScriptedResponse,
};
use test_client::heard;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::fault::{kinds_of, start};
use crate::tls_client::{Client, Identity};

const REQUEST: &[u8] = b"GET /a?b HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn answering(response: impl Into<ScriptedResponse>) -> Script {
    Script::new()
        .client_auth(ClientAuth::NotAsked)
        .response(response)
}

async fn connect(mock: &MockServer) -> TlsStream<TcpStream> {
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
    client.connect(mock.addr()).await.unwrap()
}

/// Returns all that comes back for a request, how it ends, and what the log says.
async fn exchange(
    mock: &MockServer,
    script: Script,
) -> (String, Option<ErrorKind>, Vec<ConnectionEvent>) {
    mock.enqueue(script);
    let mut stream = connect(mock).await;
    let peer = stream.get_ref().0.local_addr().unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let (bytes, end) = heard(stream).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (text, end, kinds_of(mock, peer).await)
}

fn status(kinds: &[ConnectionEvent]) -> Option<u16> {
    let mut requests = kinds.iter().filter_map(|kind| match kind {
        ConnectionEvent::RequestScripted {
            method,
            path,
            status,
        } => {
            assert_eq!(
                (method.as_deref(), path.as_deref()),
                (Some("GET"), Some("/a"))
            );
            Some(*status)
        }
        _ => None,
    });
    requests.next().unwrap()
}

#[tokio::test]
async fn refusals_of_a_certificate_by_an_answer() {
    let mock = start().await;
    for (reply, code, word) in [
        (
            Reply::nginx_no_certificate(),
            400,
            "No required SSL certificate was sent",
        ),
        (
            Reply::nginx_certificate_error(),
            400,
            "The SSL certificate error",
        ),
        (Reply::gateway_forbidden(), 403, "Forbidden"),
        (
            Reply::iis_certificate_required(),
            403,
            "<title>IIS 10.0 Detailed Error - 403.7 - Forbidden</title>",
        ),
        (
            Reply::iis_certificate_revoked(),
            403,
            "HTTP Error 403.13 - Forbidden",
        ),
        (
            Reply::iis_certificate_untrusted(),
            403,
            "HTTP Error 403.16 - Forbidden",
        ),
        (
            Reply::iis_certificate_expired(),
            403,
            "HTTP Error 403.17 - Forbidden",
        ),
        (
            Reply::apache_post_handshake(),
            403,
            "Reason: Cannot perform Post-Handshake Authentication.",
        ),
        (
            Reply::cloudflare_forbidden(),
            403,
            "\r\n\r\nerror code: 1020",
        ),
        (
            Reply::api_gateway_forbidden(),
            403,
            "\r\nx-amzn-errortype: ForbiddenException\r\n",
        ),
    ] {
        let (text, end, kinds) = exchange(&mock, answering(reply)).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {code} ")), "{text}");
        assert!(text.contains(word), "{text}");
        assert_eq!((end, status(&kinds)), (None, Some(code)));
    }
}

#[tokio::test]
async fn retry_after_is_sent_as_it_was_written() {
    let mock = start().await;
    for value in ["120", "0", "Fri, 31 Dec 2099 23:59:59 GMT", "-1 soon"] {
        let (text, ..) = exchange(&mock, answering(Reply::too_many_requests(value))).await;
        assert!(text.starts_with("HTTP/1.1 429 "), "{text}");
        assert!(text.contains(&format!("\r\nretry-after: {value}\r\n")));
        let (text, ..) = exchange(&mock, answering(Reply::service_unavailable(value))).await;
        assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    }
}

#[tokio::test]
async fn half_a_body_and_three_kinds_of_end() {
    let mock = start().await;
    for (delivery, expected) in [
        (Delivery::HalfThenClose, None),
        (Delivery::HalfThenCut, Some(UnexpectedEof)),
        (Delivery::HalfThenReset, Some(ConnectionReset)),
    ] {
        let reply = Reply::new(200).body("abcdefgh").delivery(delivery);
        let (text, end, kinds) = exchange(&mock, answering(reply)).await;
        assert_eq!(end, expected, "{delivery:?}");
        assert_eq!(
            kinds.contains(&ConnectionEvent::Reset),
            end == Some(ConnectionReset)
        );
        // A reset may take along what was not read.
        if delivery != Delivery::HalfThenReset {
            assert!(text.contains("\r\ncontent-length: 8\r\n"));
            assert!(text.ends_with("\r\n\r\nabcd"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_body_stalls_in_the_middle_until_the_gate_opens() {
    let mock = start().await;
    let reply = Reply::new(200).body("abcdefgh");
    mock.enqueue(answering(reply).gate(Point::MidBody, "middle"));
    let mut stream = connect(&mock).await;
    stream.write_all(REQUEST).await.unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\nabcd") {
        stream.read_buf(&mut text).await.unwrap();
    }
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.open_gate("middle");
    assert_eq!(heard(stream).await, (b"efgh".to_vec(), None));
}

#[tokio::test]
async fn no_answer_or_what_is_none() {
    let mock = start().await;
    let (text, end, kinds) = exchange(&mock, answering(ScriptedResponse::Empty)).await;
    assert_eq!((text.as_str(), end, status(&kinds)), ("", None, None));
    let (text, end, _) = exchange(&mock, answering(ScriptedResponse::Reset)).await;
    assert_eq!((text.as_str(), end), ("", Some(ConnectionReset)));
    let (text, end, _) = exchange(&mock, answering(ScriptedResponse::Garbage)).await;
    assert!(!text.is_empty() && !text.starts_with("HTTP"));
    assert_eq!(end, None);
}

#[tokio::test]
async fn an_answer_comes_while_the_upload_is_under_way() {
    let mock = start().await;
    mock.enqueue(answering(Reply::content_too_large()));
    let mut stream = connect(&mock).await;
    let head = b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\nabc";
    stream.write_all(head).await.unwrap();
    let (bytes, end) = heard(&mut stream).await;
    assert!(bytes.starts_with(b"HTTP/1.1 413 "));
    assert_eq!(end, None);
}

#[tokio::test]
async fn the_next_request_on_a_kept_connection_meets_the_end() {
    let mock = start().await;
    for (afterwards, expected) in [
        (Afterwards::CloseOnNextRequest, None),
        (Afterwards::ResetOnNextRequest, Some(ConnectionReset)),
    ] {
        let reply = Reply::new(200).body("ab").afterwards(afterwards);
        mock.enqueue(answering(reply));
        let mut stream = connect(&mock).await;
        stream.write_all(REQUEST).await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\nab") {
            stream.read_buf(&mut text).await.unwrap();
        }
        assert!(!String::from_utf8_lossy(&text).contains("connection: close"));
        stream.write_all(REQUEST).await.unwrap();
        assert_eq!(heard(stream).await, (Vec::new(), expected));
    }
}

#[tokio::test]
async fn a_kept_connection_closes_when_the_gate_opens() {
    let mock = start().await;
    let reply = Reply::new(200)
        .body("ab")
        .afterwards(Afterwards::CloseUnannounced);
    mock.enqueue(answering(reply).gate(Point::BeforeClose, "close"));
    let mut stream = connect(&mock).await;
    stream.write_all(REQUEST).await.unwrap();
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.open_gate("close");
    let (text, end) = heard(stream).await;
    assert!(text.ends_with(b"\r\n\r\nab"));
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_huge_body_is_as_long_as_it_says() {
    let mock = start().await;
    let reply = Reply::new(200).body(Body::Filled { bytes: 3_000_001 });
    let (text, end, _) = exchange(&mock, answering(reply)).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 3000001"));
    assert_eq!((body.len(), end), (3_000_001, None));
}

#[tokio::test]
async fn chunks_that_are_right_and_chunks_that_are_not() {
    let mock = start().await;
    for (framing, expected) in [
        (Framing::Chunked, "4\r\nabcd\r\n5\r\nefghi\r\n0\r\n\r\n"),
        (
            Framing::ChunkedBadSize,
            "4\r\nabcd\r\nfour\r\nefghi\r\n0\r\n\r\n",
        ),
        (Framing::ChunkedWithoutEnd, "4\r\nabcd\r\n5\r\nefghi\r\n"),
    ] {
        let reply = Reply::new(200).body("abcdefghi").framing(framing);
        let (text, end, kinds) = exchange(&mock, answering(reply)).await;
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\ntransfer-encoding: chunked"), "{head}");
        assert!(!head.contains("content-length"), "{head}");
        assert_eq!((body, end), (expected, None), "{framing:?}");
        assert_eq!(status(&kinds), Some(200));
    }
}

#[tokio::test]
async fn a_client_reads_good_chunks_and_refuses_bad_ones() {
    let mock = start().await;
    for (framing, is_good) in [
        (Framing::Chunked, true),
        (Framing::ChunkedBadSize, false),
        (Framing::ChunkedWithoutEnd, false),
    ] {
        let reply = Reply::new(200).body("abcdefghi").framing(framing);
        mock.enqueue(answering(reply));
        let stream = TokioIo::new(connect(&mock).await);
        let (mut sender, connection) = handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get("/a").header("host", "localhost");
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let body = sender.send_request(request).await.unwrap().into_body();
        let read = body.collect().await;
        assert_eq!(read.is_ok(), is_good, "{framing:?}");
    }
}

#[tokio::test]
async fn an_empty_body_in_chunks_is_the_last_chunk_alone() {
    let mock = start().await;
    let reply = Reply::new(200).framing(Framing::Chunked);
    let (text, ..) = exchange(&mock, answering(reply)).await;
    assert!(text.ends_with("\r\n\r\n0\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn a_body_of_another_length_than_announced_or_of_none() {
    let mock = start().await;
    for (framing, expected) in [
        (Framing::Announced { bytes: 2 }, Some("content-length: 2")),
        (Framing::Announced { bytes: 99 }, Some("content-length: 99")),
        (Framing::UntilClose, None),
    ] {
        let reply = Reply::new(200).body("abcdefgh").framing(framing);
        let (text, end, kinds) = exchange(&mock, answering(reply)).await;
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let announced = head.lines().find(|line| line.starts_with("content-length"));
        assert_eq!(announced, expected);
        assert_eq!((body, end), ("abcdefgh", None));
        assert_eq!(status(&kinds), Some(200));
    }
}

#[tokio::test]
async fn headers_come_until_the_client_has_enough() {
    let mock = start().await;
    mock.enqueue(answering(ScriptedResponse::EndlessHeaders));
    let stream = connect(&mock).await;
    let peer = stream.get_ref().0.local_addr().unwrap();
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/a?b").header("host", "localhost");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let error = sender.send_request(request).await.unwrap_err();
    assert!(error.is_parse_too_large(), "{error:?}");
    assert_eq!(status(&kinds_of(&mock, peer).await), None);
}

#[tokio::test]
async fn early_response_leaves_the_connection_usable() {
    let mock = start().await;
    let reply = Reply::content_too_large().afterwards(Afterwards::Keep);
    mock.enqueue(answering(reply));
    let mut stream = connect(&mock).await;
    for _ in 0..2 {
        let head = b"POST /a HTTP/1.1\r\ncontent-length: 9\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            stream.read_buf(&mut text).await.unwrap();
        }
        assert!(text.starts_with(b"HTTP/1.1 413 "));
        stream.write_all(b"too large").await.unwrap();
    }
}

#[tokio::test]
async fn next_request_may_get_another_reply() {
    let mock = start().await;
    let reply = Reply::new(200).body("ab").then(Reply::new(403).body("cd"));
    mock.enqueue(answering(reply));
    let mut stream = connect(&mock).await;
    for (status, body) in [("200", "ab"), ("403", "cd")] {
        stream.write_all(b"GET /a HTTP/1.1\r\n\r\n").await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(format!("\r\n\r\n{body}").as_bytes()) {
            stream.read_buf(&mut text).await.unwrap();
        }
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        // The last one ends the connection, as any does that says nothing else.
        assert_eq!(
            text.contains("connection: close"),
            status == "403",
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_kept_connection_answers_every_request_alike() {
    let mock = start().await;
    let reply = Reply::new(200).body("ab").afterwards(Afterwards::Keep);
    mock.enqueue(answering(reply));
    let mut stream = connect(&mock).await;
    let peer = stream.get_ref().0.local_addr().unwrap();
    for body in ["", "upload"] {
        let request = format!(
            "POST /a HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\nab") {
            stream.read_buf(&mut text).await.unwrap();
        }
        assert!(!String::from_utf8_lossy(&text).contains("connection: close"));
    }
    drop(stream);
    let kinds = kinds_of(&mock, peer).await;
    let is_request =
        |kind: &&ConnectionEvent| matches!(kind, ConnectionEvent::RequestScripted { .. });
    assert_eq!(kinds.iter().filter(is_request).count(), 2);
    let bodies = kinds
        .iter()
        .filter(|kind| matches!(kind, ConnectionEvent::RequestBody { .. }));
    assert_eq!(
        bodies.collect::<Vec<_>>(),
        [&ConnectionEvent::RequestBody { bytes: 6 }]
    );
}

#[tokio::test]
async fn a_server_that_agrees_on_http2_and_speaks_http1() {
    let mock = start().await;
    mock.enqueue(answering(Reply::new(200)).alpn(Alpn::Http2));
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("h2");
    let mut stream = client.connect(mock.addr()).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let (bytes, _) = heard(stream).await;
    assert!(bytes.starts_with(b"HTTP/1.1 200 "));
}

#[tokio::test]
async fn the_service_too_waits_before_its_answer() {
    let mock = start().await;
    mock.enqueue(answering(ScriptedResponse::Service).gate(Point::BeforeResponse, "response"));
    let mut stream = connect(&mock).await;
    stream.write_all(REQUEST).await.unwrap();
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.open_gate("response");
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[tokio::test]
async fn odd_heads_stand_on_the_wire_as_given() {
    let mock = start().await;
    for (reply, line) in [
        (
            Reply::new(200).control_character_cookie(),
            "dmo\x01OZPF; path=/",
        ),
        (
            Reply::new(200).folded_cookie(),
            "set-cookie: visid_incap_1=a;\r\n expires=",
        ),
        (
            Reply::new(200).hidden_chunks(),
            "\r\nTransfer-Encoding : chunked\r\n",
        ),
        (
            Reply::new(200).second_length(),
            "\r\ncontent-length: 1\r\ncontent-length: 0\r\n",
        ),
        (
            Reply::new(200).lone_carriage_return(),
            "x-note: a\rset-cookie: b=c\r\n",
        ),
        (Reply::new(200).nul_in_value(), "x-note: a\0b\r\n"),
        (
            Reply::new(200).line_without_colon(),
            "\r\nno field at all\r\n",
        ),
        (Reply::new(200).many_fields(200), "\r\nx-field-199: a\r\n"),
    ] {
        let (text, ..) = exchange(&mock, answering(reply)).await;
        assert!(text.contains(line), "{text:?}");
    }
}
