//! Uploads that are given up, in a process that may have few files open.
#![cfg(unix)]

use std::{
    convert::Infallible,
    env,
    ffi::OsStr,
    fs,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use identity::Loader;
use tokio::{
    task::{JoinSet, yield_now},
    time::timeout,
};
use tower::ServiceExt;
use transport::{Alpn, MtlsClient, MtlsConnector, TrustAnchors};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    child, get,
    server::{Server, Settings},
};

const TEST: &str = "descriptors::uploads_given_up_leave_the_few_descriptors_to_others";
const DESCRIPTORS: usize = 40;
const UPLOADS: usize = 10;
/// As many connections as fit with those of the uploads gone, and not beside them.
const OTHERS: usize = 25;
/// For what takes seconds at most.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn uploads_given_up_leave_the_few_descriptors_to_others() {
    let runtime = || {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        { runtime }.worker_threads(1).enable_all().build().unwrap()
    };
    if child::is_child() {
        // Each with a runtime of its own, which takes all of its sockets along.
        for alpn in HTTP_VERSIONS {
            runtime().block_on(give_up_uploads(alpn));
        }
        return;
    }
    // The server is in another process than the client, and so are its sockets.
    let runtime = runtime();
    let ca = new_ca();
    let server = runtime.block_on(Server::start(Settings::mutual(&ca)));
    let (certificate, key) = ca.client_pem(2020, 2040);
    let uri = server.uri("/");
    let variables = [
        ("TEST_URI", &*uri),
        ("TEST_CA", ca.pem()),
        ("TEST_CERTIFICATE", &certificate),
        ("TEST_KEY", &key),
    ];
    let variables = variables.map(|(name, value)| (name, OsStr::new(value)));
    child::run_with_descriptors(TEST, DESCRIPTORS, &variables);
}

async fn give_up_uploads(alpn: Alpn) {
    let [uri, ca, certificate, key] =
        ["URI", "CA", "CERTIFICATE", "KEY"].map(|name| env::var(format!("TEST_{name}")).unwrap());
    let identity = Loader::new().load(certificate.as_bytes(), key.as_bytes());
    let identity = identity.unwrap().into_parts().0;
    let port = uri.parse::<http::Uri>().unwrap().port_u16().unwrap();
    let connector = || {
        let settings = MtlsConnector::builder(TrustAnchors::from_pem(&ca).unwrap());
        // The system's resolver opens files.
        let settings = settings.resolve("localhost", [([127, 0, 0, 1], port).into()]);
        settings.identity(&identity).alpn(alpn).build().unwrap()
    };
    let patient = MtlsClient::<Full<Bytes>>::new(connector());
    get(&patient, &uri).await.unwrap();
    let before = open_descriptors();
    assert!(
        before + OTHERS < DESCRIPTORS && before + UPLOADS + OTHERS > DESCRIPTORS,
        "{before} descriptors are open, so that this would show nothing"
    );

    let hasty = MtlsClient::<Upload>::new(connector());
    let begun = Arc::<AtomicUsize>::default();
    let mut uploads = JoinSet::new();
    for _ in 0..UPLOADS {
        // The server reads nothing of this one, and does not respond.
        let body = Upload::noting(&begun);
        let request = Request::post(format!("{uri}no-answer")).body(body).unwrap();
        uploads.spawn(hasty.clone().oneshot(request));
    }
    let all_begun = async {
        while begun.load(Ordering::SeqCst) < UPLOADS {
            yield_now().await;
        }
    };
    timeout(PATIENCE, all_begun).await.unwrap();
    uploads.shutdown().await;
    get(&patient, &uri).await.unwrap();

    let closed = async {
        while open_descriptors() > before {
            yield_now().await;
        }
    };
    let closed = timeout(PATIENCE, closed).await;
    assert!(
        closed.is_ok(),
        "{alpn:?}: {} of {before} descriptors",
        open_descriptors()
    );
    let mut others = JoinSet::new();
    for _ in 0..OTHERS - 1 {
        let (client, uri) = (patient.clone(), uri.clone());
        others.spawn(async move {
            let response = get(&client, &uri).await?;
            response.into_body().collect().await
        });
    }
    for outcome in others.join_all().await {
        outcome.unwrap_or_else(|error| panic!("{alpn:?}: {error:?}"));
    }
}

/// A body of 8 MiB that notes when it is asked for its first bytes.
struct Upload {
    begun: Option<Arc<AtomicUsize>>,
    frames: usize,
}

impl Upload {
    fn noting(begun: &Arc<AtomicUsize>) -> Self {
        Self {
            begun: Some(Arc::clone(begun)),
            frames: 128,
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(begun) = self.begun.take() {
            begun.fetch_add(1, Ordering::SeqCst);
        }
        let Some(left) = self.frames.checked_sub(1) else {
            return Poll::Ready(None);
        };
        self.frames = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(
            &[b' '; 64 * 1024],
        )))))
    }
}

/// Counts the descriptors, of which one is for reading them.
fn open_descriptors() -> usize {
    fs::read_dir("/dev/fd").unwrap().count()
}
