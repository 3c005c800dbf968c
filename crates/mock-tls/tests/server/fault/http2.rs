//! Responses and refusals in HTTP/2, as the h2 crate's client understands them.

use std::net::SocketAddr;

use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use hyper::body::Bytes;
use hyper::{Request, Response};
use mock_tls::{
    Afterwards, Alpn, Body, ClientAuth, ConnectionEvent, Delivery, Framing, Http2, MockServer,
    Moment, Point, Reply, Script, ScriptedResponse,
};

use crate::fault::{kinds_of, start};
use crate::tls_client::{Client, Identity, header};

fn answering(response: impl Into<ScriptedResponse>) -> Script {
    Script::new()
        .alpn(Alpn::Either)
        .client_auth(ClientAuth::NotAsked)
        .response(response)
}

fn kept() -> Reply {
    Reply::new(200)
        .body("abcdefgh")
        .afterwards(Afterwards::Keep)
}

/// A client's end of one connection.
struct Connection {
    requests: SendRequest<Bytes>,
    peer: SocketAddr,
    over: tokio::task::JoinHandle<Result<(), h2::Error>>,
}

impl Connection {
    async fn open(mock: &MockServer, script: Script) -> Self {
        mock.enqueue(script);
        let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("h2");
        let stream = client.connect(mock.addr()).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let peer = stream.get_ref().0.local_addr().unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        Self {
            requests,
            peer,
            over: tokio::spawn(connection),
        }
    }

    async fn get(&mut self) -> Result<Whole, h2::Error> {
        let response = self.begin(true).await?.0.await?;
        collect(response).await
    }

    /// Returns a request that is sent, or whose body is still to come.
    async fn begin(
        &mut self,
        is_whole: bool,
    ) -> Result<(h2::client::ResponseFuture, h2::SendStream<Bytes>), h2::Error> {
        self.requests = self.requests.clone().ready().await?;
        let method = if is_whole { "GET" } else { "POST" };
        let request = Request::builder()
            .method(method)
            .uri("https://localhost/a?b");
        self.requests
            .send_request(request.body(()).unwrap(), is_whole)
    }

    /// Returns what the log says of this connection, once it is over at both ends; no stream may be
    /// left.
    async fn kinds(self, mock: &MockServer) -> (Vec<ConnectionEvent>, Option<h2::Error>) {
        drop(self.requests);
        let over = self.over.await.unwrap();
        (kinds_of(mock, self.peer).await, over.err())
    }
}

type Whole = Response<Bytes>;

async fn collect(response: Response<RecvStream>) -> Result<Whole, h2::Error> {
    let (head, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend(data);
    }
    Ok(Response::from_parts(head, bytes.into()))
}

/// Returns the statuses of the requests in the log, each with what it asked for.
fn requests(kinds: &[ConnectionEvent]) -> Vec<(Option<&str>, Option<&str>, Option<u16>)> {
    let scripted = kinds.iter().filter_map(|kind| match kind {
        ConnectionEvent::RequestScripted {
            method,
            path,
            status,
        } => Some((method.as_deref(), path.as_deref(), *status)),
        _ => None,
    });
    scripted.collect()
}

const UNANSWERED: (Option<&str>, Option<&str>, Option<u16>) = (Some("GET"), Some("/a"), None);
const ANSWERED: (Option<&str>, Option<&str>, Option<u16>) = (Some("GET"), Some("/a"), Some(200));

#[tokio::test]
async fn a_stream_is_refused_and_the_connection_is_kept() {
    let mock = start().await;
    let script = answering(ScriptedResponse::ResetStream { error_code: 7 }).alpn(Alpn::AsResponse);
    let mut connection = Connection::open(&mock, script).await;
    for _ in 0..2 {
        let error = connection.get().await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::REFUSED_STREAM));
        assert!(error.is_remote() && error.is_reset());
    }
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [UNANSWERED; 2]);
}

#[tokio::test]
async fn a_connection_goes_away_before_it_has_processed_the_request() {
    let mock = start().await;
    for code in [Reason::NO_ERROR, Reason::ENHANCE_YOUR_CALM] {
        let response = ScriptedResponse::GoAway {
            error_code: code.into(),
        };
        let script = answering(response).alpn(Alpn::AsResponse);
        let mut connection = Connection::open(&mock, script).await;
        let error = connection.get().await.unwrap_err();
        assert!(error.is_go_away() && error.is_remote(), "{error:?}");
        assert_eq!(error.reason(), Some(code));
        let (kinds, _) = connection.kinds(&mock).await;
        assert_eq!(requests(&kinds), [UNANSWERED]);
    }
}

#[tokio::test]
async fn a_client_of_http1_finds_no_protocol_in_common() {
    let mock = start().await;
    mock.enqueue(Script::new().response(ScriptedResponse::GoAway { error_code: 0 }));
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
    let (_, alert) = client.refused(mock.addr()).await;
    assert_eq!(alert, rustls::AlertDescription::NoApplicationProtocol);
}

#[tokio::test]
async fn a_reply_comes_in_the_protocol_that_is_agreed_on() {
    let mock = start().await;
    let reply = Reply::too_many_requests("-1 soon").body("later");
    let mut connection = Connection::open(&mock, answering(reply.clone())).await;
    let response = connection.get().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (429, &b"later"[..])
    );
    assert_eq!(header(&response, "retry-after"), "-1 soon");
    let (kinds, error) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [(Some("GET"), Some("/a"), Some(429))]);
    assert!(error.is_none(), "GOAWAY with NO_ERROR is an orderly end");

    mock.enqueue(answering(reply));
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
    let response = client.get(mock.addr(), "/", None).await;
    assert_eq!(response.version(), hyper::Version::HTTP_11);
    assert_eq!(response.status(), 429);
}

#[tokio::test]
async fn a_refusal_of_a_certificate_comes_over_http2_too() {
    let mock = start().await;
    let script = answering(Reply::iis_certificate_revoked()).client_auth(ClientAuth::Unjudged);
    let mut connection = Connection::open(&mock, script).await;
    let response = connection.get().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(header(&response, "server"), "Microsoft-IIS/10.0");
    let page = std::str::from_utf8(response.body()).unwrap();
    assert!(page.contains("403.13 - Forbidden"), "{page}");
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [(Some("GET"), Some("/a"), Some(403))]);
}

#[tokio::test]
async fn headers_of_a_connection_are_left_out() {
    let mock = start().await;
    let reply = Reply::new(200)
        .header("Connection", "close")
        .header("x-good", "2");
    let mut connection = Connection::open(&mock, answering(reply)).await;
    let response = connection.get().await.unwrap();
    let names: Vec<_> = response
        .headers()
        .keys()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(names, ["x-good", "content-length"]);
}

#[tokio::test]
async fn a_status_that_is_none_resets_the_stream() {
    let mock = start().await;
    let mut connection = Connection::open(&mock, answering(Reply::new(7))).await;
    let error = connection.get().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
}

#[tokio::test]
async fn body_beyond_its_length_fails_and_without_length_is_read() {
    let mock = start().await;
    let announced = Framing::Announced { bytes: 2 };
    let reply = Reply::new(200).body("abcdefgh").framing(announced);
    let mut connection = Connection::open(&mock, answering(reply)).await;
    let error = connection.get().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::PROTOCOL_ERROR));
    assert!(error.is_library());

    let reply = Reply::new(200).body("abcdefgh").framing(Framing::Chunked);
    let mut connection = Connection::open(&mock, answering(reply)).await;
    let response = connection.get().await.unwrap();
    assert_eq!(header(&response, "content-length"), "");
    assert_eq!(&response.body()[..], b"abcdefgh");
}

#[tokio::test]
async fn half_a_body_and_the_end_of_the_connection() {
    let mock = start().await;
    for delivery in [
        Delivery::HalfThenClose,
        Delivery::HalfThenCut,
        Delivery::HalfThenReset,
    ] {
        let reply = Reply::new(200).body("abcdefgh").delivery(delivery);
        let mut connection = Connection::open(&mock, answering(reply)).await;
        let error = connection.get().await.unwrap_err();
        let (kinds, _) = connection.kinds(&mock).await;
        let expected = match delivery {
            Delivery::HalfThenReset => std::io::ErrorKind::ConnectionReset,
            Delivery::HalfThenCut => std::io::ErrorKind::UnexpectedEof,
            _ => std::io::ErrorKind::BrokenPipe, // the library's word for an end in the middle
        };
        let kind = error.get_io().map(std::io::Error::kind);
        assert_eq!(kind, Some(expected), "{delivery:?}: {error:?}");
        assert_eq!(requests(&kinds), [ANSWERED]);
        let has_reset = kinds.contains(&ConnectionEvent::Reset);
        assert_eq!(has_reset, delivery == Delivery::HalfThenReset);
    }
}

#[tokio::test]
async fn half_a_body_then_the_reset_of_its_stream_alone() {
    let mock = start().await;
    let delivery = Delivery::HalfThenResetStream { error_code: 11 };
    let mut connection = Connection::open(&mock, answering(kept().delivery(delivery))).await;
    for _ in 0..2 {
        let (response, _) = connection.begin(true).await.unwrap();
        let mut body = response.await.unwrap().into_body();
        let half = body.data().await.unwrap().unwrap();
        assert_eq!(&half[..], b"abcd");
        let error = body.data().await.unwrap().unwrap_err();
        assert!(error.is_reset() && error.is_remote());
        assert_eq!(error.reason(), Some(Reason::ENHANCE_YOUR_CALM));
    }
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [ANSWERED; 2]);
    assert!(!kinds.contains(&ConnectionEvent::Reset));
}

#[tokio::test]
async fn no_answer_or_what_is_none() {
    let mock = start().await;
    for response in [
        ScriptedResponse::Empty,
        ScriptedResponse::EndlessHeaders,
        ScriptedResponse::Garbage,
        ScriptedResponse::Reset,
    ] {
        let mut connection = Connection::open(&mock, answering(response.clone())).await;
        let error = connection.get().await.unwrap_err();
        let is_expected = match response {
            ScriptedResponse::EndlessHeaders => error.reason() == Some(Reason::ENHANCE_YOUR_CALM),
            ScriptedResponse::Garbage => error.reason() == Some(Reason::FRAME_SIZE_ERROR),
            ScriptedResponse::Reset => error
                .get_io()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset),
            _ => error.is_io(),
        };
        assert!(is_expected, "{response:?}: {error:?}");
        let (kinds, _) = connection.kinds(&mock).await;
        assert_eq!(requests(&kinds), [UNANSWERED]);
        assert_eq!(
            kinds.contains(&ConnectionEvent::Reset),
            response == ScriptedResponse::Reset
        );
    }
}

#[tokio::test]
async fn only_accepted_requests_are_answered_after_goaway() {
    let mock = start().await;
    let script = answering(kept())
        .http2(Http2::new().go_away(1, 0))
        .gate(Point::BeforeResponse, "response");
    let mut connection = Connection::open(&mock, script).await;
    let (first, _) = connection.begin(true).await.unwrap();
    let (second, _) = connection.begin(true).await.unwrap();
    let error = second.await.unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
    assert_eq!(error.reason(), Some(Reason::NO_ERROR));
    // The client hears of it while the first is still unanswered.
    mock.open_gate("response");
    let response = collect(first.await.unwrap()).await.unwrap();
    assert_eq!(&response.body()[..], b"abcdefgh");

    let (kinds, _) = connection.kinds(&mock).await;
    let requests = requests(&kinds);
    let count = |expected| {
        requests
            .iter()
            .filter(|request| **request == expected)
            .count()
    };
    assert_eq!(count(ANSWERED), 1);
    assert_eq!(count(UNANSWERED), requests.len() - 1);
}

#[tokio::test]
async fn a_goaway_after_none_comes_with_the_first_request() {
    let mock = start().await;
    let script = answering(kept()).http2(Http2::new().go_away(0, 2));
    let mut connection = Connection::open(&mock, script).await;
    let error = connection.get().await.unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [UNANSWERED]);
}

#[tokio::test]
async fn upload_through_a_three_byte_window_arrives_whole() {
    let mock = start().await;
    let script = answering(kept()).http2(Http2::new().initial_window(3));
    let mut connection = Connection::open(&mock, script).await;
    // The settings are heard by the time of the first response.
    connection.get().await.unwrap();
    let (response, mut body) = connection.begin(false).await.unwrap();
    let mut left = 1000;
    while left > 0 {
        body.reserve_capacity(left);
        let room = std::future::poll_fn(|cx| body.poll_capacity(cx))
            .await
            .unwrap()
            .unwrap();
        assert!(room <= 3, "{room}");
        let length = room.min(left);
        left -= length;
        body.send_data(vec![b'x'; length].into(), left == 0)
            .unwrap();
    }
    let response = collect(response.await.unwrap()).await.unwrap();
    assert_eq!(&response.body()[..], b"abcdefgh");
    drop(body);
    let (kinds, _) = connection.kinds(&mock).await;
    assert!(kinds.contains(&ConnectionEvent::RequestBody { bytes: 1000 }));
}

#[tokio::test]
async fn download_in_two_byte_frames_arrives_whole() {
    let mock = start().await;
    let reply = Reply::new(200).body(Body::Filled { bytes: 101 });
    let script = answering(reply).http2(Http2::new().longest_data(2));
    let mut connection = Connection::open(&mock, script).await;
    let (response, _) = connection.begin(true).await.unwrap();
    let mut body = response.await.unwrap().into_body();
    let (mut total, mut frames) = (0, 0);
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        assert!(data.len() <= 2);
        (total, frames) = (total + data.len(), frames + 1);
    }
    assert_eq!(total, 101);
    assert!(frames > 50, "{frames}");
}

#[tokio::test]
async fn body_beyond_every_window_arrives_whole() {
    let mock = start().await;
    let reply = Reply::new(200).body(Body::Filled { bytes: 3_000_001 });
    let mut connection = Connection::open(&mock, answering(reply)).await;
    let response = connection.get().await.unwrap();
    assert_eq!(response.body().len(), 3_000_001);
    assert_eq!(header(&response, "content-length"), "3000001");
}

#[tokio::test]
async fn second_stream_waits_for_the_only_allowed_one() {
    let mock = start().await;
    let script = answering(kept())
        .http2(Http2::new().max_concurrent_streams(1))
        .gate(Point::MidBody, "middle");
    let mut connection = Connection::open(&mock, script).await;
    let (first, _) = connection.begin(true).await.unwrap();
    let first = first.await.unwrap(); // and with it the settings
    let (second, _) = connection
        .requests
        .send_request(Request::get("https://localhost/a").body(()).unwrap(), true)
        .unwrap();
    assert_eq!(connection.requests.current_max_send_streams(), 1);
    let so_far: Vec<_> = mock.events().into_iter().map(|event| event.kind).collect();
    assert_eq!(requests(&so_far), [ANSWERED]);
    mock.open_gate("middle");
    collect(first).await.unwrap();
    collect(second.await.unwrap()).await.unwrap();
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [ANSWERED; 2]);
}

#[tokio::test]
async fn the_service_too_takes_one_stream_at_a_time() {
    let mock = start().await;
    let script = answering(ScriptedResponse::Service).http2(Http2::new().max_concurrent_streams(1));
    let mut connection = Connection::open(&mock, script).await;
    assert_eq!(connection.get().await.unwrap().status(), 200);
    assert_eq!(connection.requests.current_max_send_streams(), 1);
}

#[tokio::test]
async fn early_response_ends_the_upload_without_error() {
    let mock = start().await;
    let reply = Reply::new(413)
        .moment(Moment::AfterHead)
        .afterwards(Afterwards::Keep);
    let mut connection = Connection::open(&mock, answering(reply)).await;
    let (response, mut body) = connection.begin(false).await.unwrap();
    assert_eq!(response.await.unwrap().status(), 413);
    let reason = std::future::poll_fn(|cx| body.poll_reset(cx))
        .await
        .unwrap();
    assert_eq!(reason, Reason::NO_ERROR);
    drop(body);
    let (kinds, _) = connection.kinds(&mock).await;
    assert_eq!(requests(&kinds), [(Some("POST"), Some("/a"), Some(413))]);
    let is_body = |kind: &ConnectionEvent| matches!(kind, ConnectionEvent::RequestBody { .. });
    assert!(!kinds.iter().any(is_body));
}

#[tokio::test]
async fn a_body_stalls_in_the_middle_until_the_gate_opens() {
    let mock = start().await;
    let script = answering(kept()).gate(Point::MidBody, "middle");
    let mut connection = Connection::open(&mock, script).await;
    let (response, _) = connection.begin(true).await.unwrap();
    let mut body = response.await.unwrap().into_body();
    assert_eq!(&body.data().await.unwrap().unwrap()[..], b"abcd");
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.open_gate("middle");
    assert_eq!(&body.data().await.unwrap().unwrap()[..], b"efgh");
}

#[tokio::test]
async fn the_next_request_on_a_kept_connection_meets_the_end() {
    let mock = start().await;
    for (afterwards, is_reset) in [
        (Afterwards::CloseOnNextRequest, false),
        (Afterwards::ResetOnNextRequest, true),
    ] {
        let reply = kept().afterwards(afterwards);
        let mut connection = Connection::open(&mock, answering(reply)).await;
        assert_eq!(connection.get().await.unwrap().status(), 200);
        let error = connection.get().await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
        let (kinds, _) = connection.kinds(&mock).await;
        assert_eq!(requests(&kinds), [ANSWERED]);
        assert_eq!(kinds.contains(&ConnectionEvent::Reset), is_reset);
    }
}

#[tokio::test]
async fn a_kept_connection_closes_unannounced_when_the_gate_opens() {
    let mock = start().await;
    let reply = kept().afterwards(Afterwards::CloseUnannounced);
    let script = answering(reply).gate(Point::BeforeClose, "close");
    let mut connection = Connection::open(&mock, script).await;
    assert_eq!(connection.get().await.unwrap().status(), 200);
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.open_gate("close");
    let over = (&mut connection.over).await.unwrap();
    assert!(over.is_ok(), "{over:?}");
    let kinds = kinds_of(&mock, connection.peer).await;
    assert_eq!(requests(&kinds), [ANSWERED]);
}

#[tokio::test]
async fn invalid_and_large_heads_are_sent_as_scripted() {
    let mock = start().await;
    let large = answering(Reply::new(200).many_fields(200));
    let whole = Connection::open(&mock, large).await.get().await.unwrap();
    assert_eq!(whole.status(), 200);
    for reply in [
        Reply::new(200).control_character_cookie().body("{}"),
        Reply::new(200).nul_in_value().large_head(40).body("{}"),
    ] {
        let mut connection = Connection::open(&mock, answering(reply)).await;
        let error = connection.get().await.unwrap_err();
        // It has read the block and met a value that it does not take.
        assert!(
            error.is_library() && error.reason() == Some(Reason::PROTOCOL_ERROR),
            "{error:?}"
        );
    }
}
