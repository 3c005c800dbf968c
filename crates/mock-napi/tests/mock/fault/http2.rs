//! Refusals in HTTP/2, as hyper's client understands them.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mock_napi::{Answer, ClientAuth, EventKind, MockNapi, Script};

use super::{kinds_of, start};
use crate::client::{Client, Identity};

type Sender = SendRequest<Empty<Bytes>>;

async fn connect(mock: &MockNapi, answer: Answer) -> (Sender, std::net::SocketAddr) {
    mock.enqueue(
        Script::new()
            .client_auth(ClientAuth::NotAsked)
            .answer(answer),
    );
    let client = Client::new(mock, &Identity::NONE).alpn("h2");
    let stream = client.connect(mock).await.unwrap();
    let peer = stream.get_ref().0.local_addr().unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    (sender, peer)
}

async fn request(sender: &mut Sender) -> hyper::Result<Response<hyper::body::Incoming>> {
    sender.ready().await?;
    let request = Request::get("https://localhost/a").body(Empty::new());
    sender.send_request(request.unwrap()).await
}

fn requests(kinds: &[EventKind]) -> usize {
    let scripted = kinds.iter();
    scripted
        .filter(|kind| matches!(kind, EventKind::RequestScripted { status: None, .. }))
        .count()
}

#[tokio::test]
async fn a_stream_is_refused_and_the_connection_is_kept() {
    let mock = start().await;
    let (mut sender, peer) = connect(&mock, Answer::ResetStream { error_code: 7 }).await;
    for _ in 0..2 {
        let error = request(&mut sender).await.unwrap_err();
        assert!(format!("{error:?}").contains("REFUSED_STREAM"), "{error:?}");
    }
    drop(sender);
    assert_eq!(requests(&kinds_of(&mock, peer).await), 2);
}

#[tokio::test]
async fn a_connection_goes_away_before_it_has_processed_the_request() {
    let mock = start().await;
    let (mut sender, peer) = connect(&mock, Answer::GoAway { error_code: 0 }).await;
    let error = request(&mut sender).await.unwrap_err();
    assert!(!error.is_timeout());
    drop(sender);
    assert_eq!(requests(&kinds_of(&mock, peer).await), 1);
}

#[tokio::test]
async fn a_client_of_http1_finds_no_protocol_in_common() {
    let mock = start().await;
    mock.enqueue(Script::new().answer(Answer::GoAway { error_code: 0 }));
    let client = Client::new(&mock, &Identity::NONE).alpn("http/1.1");
    let (_, alert) = client.refused(&mock).await;
    assert_eq!(alert, rustls::AlertDescription::NoApplicationProtocol);
}
