//! Many requests over few connections.

use tokio::task::JoinSet;
use transport::{Alpn, ClientCertificateProblem, ErrorKind};

use crate::{
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Server, Settings},
    trusting,
};

const REQUESTS: usize = 20;

// hyper-util lets some of the requests wait for a connection that another one opens, and tells them
// nothing when it dies.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_requests_at_once_hears_of_the_refusal() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let required = ErrorKind::ClientCertificate(ClientCertificateProblem::Required);
    for alpn in [Alpn::Http11, Alpn::Http2, Alpn::Http2AndHttp11] {
        for _ in 0..5 {
            let client = client(trusting(&ca).alpn(alpn));
            let mut requests = JoinSet::new();
            for _ in 0..REQUESTS {
                let (client, uri) = (client.clone(), server.uri("/"));
                requests.spawn(async move { get(&client, &uri).await });
            }
            for outcome in requests.join_all().await {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), required, "{alpn:?}: {error:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_share_one_http2_connection() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&ca).identity(&ca.client()));
    get(&client, &server.uri("/")).await.unwrap();

    let mut requests = JoinSet::new();
    for _ in 0..REQUESTS {
        let (client, uri) = (client.clone(), server.uri("/"));
        requests.spawn(async move { info(&get(&client, &uri).await.unwrap()).local_addr() });
    }
    let mut ends = requests.join_all().await;
    ends.sort();
    ends.dedup();
    assert_eq!(ends.len(), 1);
}
