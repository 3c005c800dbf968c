//! HTTP/2 responses that come before the server has read the request (RFC 9113, section 8.1).

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tokio::{io::DuplexStream, sync::Notify};
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;
use transport::{Alpn, MtlsClient, Timeouts};

use crate::{
    certificates::{Issue, new_ca},
    clock::{CLOSING, pass, settle},
    frames, get,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";

type Client = MtlsClient<Full<Bytes>, Pipes>;

fn client(ca: &Ca, pipes: &Pipes) -> Client {
    let settings = trusting(ca).identity(&ca.client());
    let timeouts = Timeouts::default().request(Duration::from_secs(60));
    let settings = settings.alpn(Alpn::Http2).timeouts(timeouts);
    MtlsClient::builder(settings.build_with_connector(pipes.clone()).unwrap()).build()
}

/// Uploads more than a server takes unasked, reads the response, and returns a weak reference that
/// ends with the bytes.
async fn upload(client: &Client) -> Weak<Vec<u8>> {
    struct Shared(Arc<Vec<u8>>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let bytes = Arc::new(vec![b' '; 1 << 20]);
    let weak = Arc::downgrade(&bytes);
    let body = Full::new(Bytes::from_owner(Shared(bytes)));
    let response = client
        .clone()
        .oneshot(Request::post(URI).body(body).unwrap());
    response.await.unwrap().into_body().collect().await.unwrap();
    weak
}

/// The fate of the rest of an upload that the server has responded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Ignored,
    Reset,
    Read,
}

async fn answer(stream: &mut TlsStream<DuplexStream>, number: u32) {
    let flags = frames::END_HEADERS | frames::END_STREAM;
    let status = frames::STATUS_200;
    let sent = frames::write(stream, frames::HEADERS, flags, number, status);
    sent.await.unwrap();
}

/// Serves a connection: the first request is answered when it comes, or once it is allowed to.
async fn serve(mut stream: TlsStream<DuplexStream>, rest: Rest, may_answer: Option<Arc<Notify>>) {
    if frames::begin(&mut stream, &[]).await.is_err() {
        return;
    }
    if let Some(may_answer) = may_answer {
        let held = frames::next_request(&mut stream).await.unwrap();
        let number = frames::next_request(&mut stream).await.unwrap();
        answer(&mut stream, number).await;
        may_answer.notified().await;
        answer(&mut stream, held).await;
    }
    while let Ok(number) = frames::next_request(&mut stream).await {
        answer(&mut stream, number).await;
        let (kind, payload) = match rest {
            Rest::Ignored => continue,
            Rest::Reset => (frames::RST_STREAM, 0_u32), // NO_ERROR
            Rest::Read => (frames::WINDOW_UPDATE, 1 << 20),
        };
        let payload = payload.to_be_bytes();
        if rest == Rest::Read {
            let sent = frames::write(&mut stream, kind, 0, 0, &payload);
            sent.await.unwrap();
        }
        // A stream that is closed takes neither; the client's reset is read over.
        let sent = frames::write(&mut stream, kind, 0, number, &payload);
        sent.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn upload_that_stays_unread_ends_with_its_connection() {
    let ca = new_ca();
    for (rest, connections) in [(Rest::Ignored, 2), (Rest::Reset, 1), (Rest::Read, 1)] {
        let pipes = Server::scripted(Settings::mutual(&ca), move |stream| {
            serve(stream, rest, None)
        });
        let client = client(&ca, &pipes);
        let bytes = upload(&client).await;
        settle().await;
        let is_left = rest == Rest::Ignored;
        assert_eq!(bytes.upgrade().is_some(), is_left, "{rest:?}");
        pass(CLOSING).await;
        assert_eq!(bytes.strong_count(), 0, "{rest:?}");
        get(&client, URI).await.unwrap();
        assert_eq!(pipes.opened(), connections, "{rest:?}");
        settle().await;
        assert_eq!(pipes.open(), 1, "{rest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn request_beside_an_unread_upload_is_not_cut_off() {
    let ca = new_ca();
    let may_answer = Arc::new(Notify::new());
    let first = std::sync::Mutex::new(Some(Arc::clone(&may_answer)));
    let pipes = Server::scripted(Settings::mutual(&ca), move |stream| {
        serve(stream, Rest::Ignored, first.lock().unwrap().take())
    });
    let client = client(&ca, &pipes);
    let slow = tokio::spawn({
        let client = client.clone();
        async move { get(&client, URI).await.map(drop) }
    });
    settle().await;
    let bytes = upload(&client).await;
    pass(CLOSING).await;
    // The connection is busy, and takes no other request.
    get(&client, URI).await.unwrap();
    assert_eq!((pipes.opened(), pipes.open()), (2, 2));
    may_answer.notify_one();
    slow.await.unwrap().unwrap();
    pass(CLOSING).await;
    assert_eq!((bytes.strong_count(), pipes.open()), (0, 1));
}
