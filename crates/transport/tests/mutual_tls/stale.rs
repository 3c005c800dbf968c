//! A kept connection whose end could not be noticed before the next request was sent on it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::{
    io::DuplexStream,
    runtime::{self, Runtime},
    sync::Notify,
    task::yield_now,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use transport::{Alpn, MtlsClient};

use crate::{
    certificates::{Issue, new_ca},
    get, http1,
    pipe::Pipes,
    server::Settings,
    trusting,
};

const URI: &str = "https://localhost/";

/// A server whose first connection ends when it is told to; what both sides have to wait for.
#[derive(Default)]
struct Closing {
    connections: AtomicUsize,
    requests: AtomicUsize,
    accepted: Notify,
    closes: Notify,
    closed: Notify,
}

impl Closing {
    async fn serve(&self, tls: TlsAcceptor, far: DuplexStream) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        let mut stream = tls.accept(far).await.unwrap();
        self.accepted.notify_one();
        loop {
            tokio::select! {
                biased;
                () = self.closes.notified(), if number == 0 => break,
                head = http1::read_head(&mut stream) => if head.is_err() { break },
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            let hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
            http1::write(&mut stream, hello).await.unwrap();
        }
        drop(stream);
        self.closed.notify_one();
    }
}

/// Runs tasks only while it is waited for.
fn still() -> Runtime {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap()
}

#[test]
fn request_on_kept_connection_that_had_ended_goes_to_another() {
    let ca = new_ca();
    for has_served in [true, false] {
        let (its, ours, servers) = (still(), still(), Runtime::new().unwrap());
        let closing = Arc::new(Closing::default());
        let tls = TlsAcceptor::from(Arc::new(Settings::mutual(&ca).server_config()));
        let pipes = Pipes::new({
            let (closing, handle) = (Arc::clone(&closing), servers.handle().clone());
            move |far| {
                let (closing, tls) = (Arc::clone(&closing), tls.clone());
                handle.spawn(async move { closing.serve(tls, far).await });
            }
        });
        let settings = trusting(&ca).identity(&ca.client());
        let connector = settings
            .alpn(Alpn::Http11)
            .build_with_connector(pipes.clone());
        let client = MtlsClient::<Full<Bytes>, Pipes>::new(connector.unwrap());

        its.block_on(async {
            if has_served {
                let response = get(&client, URI).await.unwrap();
                response.into_body().collect().await.unwrap();
            } else {
                // It is opened for one who goes away.
                let mut request = Box::pin(get(&client, URI));
                std::future::poll_fn(|cx| {
                    assert!(request.as_mut().poll(cx).is_pending());
                    std::task::Poll::Ready(())
                })
                .await;
                drop(request);
                closing.accepted.notified().await;
            }
            for _ in 0..100 {
                yield_now().await;
            }
        });
        ours.block_on(async {
            closing.closes.notify_one();
            closing.closed.notified().await;
        });
        let request = Request::post(URI).body(Full::from("payment")).unwrap();
        let sending = ours.spawn(client.clone().oneshot(request));
        ours.block_on(async {
            for _ in 0..100 {
                yield_now().await;
            }
        });
        assert!(!sending.is_finished());
        assert_eq!(pipes.opened(), 1, "it was given the kept one");
        its.block_on(async {
            for _ in 0..100 {
                yield_now().await;
            }
        });
        let response = ours.block_on(sending).unwrap().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(pipes.opened(), 2);
        let requests = closing.requests.load(Ordering::SeqCst);
        assert_eq!(requests, if has_served { 2 } else { 1 });
    }
}
