//! Steps that take too long. The deadlines are short; the servers would never answer.

use std::time::Duration;

use http_body_util::BodyExt;
use transport::{Deadlines, Phase};

use crate::{
    authority::Authority,
    client, get,
    server::{Seen, Server, Settings},
    trusting,
};

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_server_that_never_speaks_ends_the_handshake_and_not_the_patience() {
    let authority = Authority::new();
    let server = Server::silent().await;
    let client = client(trusting(&authority).deadlines(Deadlines::default().tls_handshake(SHORT)));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_timeout());
    assert_eq!(error.phase(), Phase::Tls);
    assert!(error.connection().unwrap().tls().is_none());
}

#[tokio::test]
async fn the_limit_on_connecting_bounds_the_handshake_too() {
    let authority = Authority::new();
    let server = Server::silent().await;
    let client = client(trusting(&authority).deadlines(Deadlines::default().connect(SHORT)));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_timeout());
}

#[tokio::test]
async fn head_and_body_of_an_answer_have_one_deadline_and_phases_of_their_own() {
    let authority = Authority::new();
    let server = Server::start(Settings::mutual(&authority)).await;
    // Long enough for a handshake on a busy machine; the server never answers.
    let deadlines = Deadlines::default().request(Duration::from_secs(1));
    let client = client(
        trusting(&authority)
            .identity(&authority.client())
            .deadlines(deadlines),
    );

    let no_head = get(&client, &server.uri("/no-answer")).await.unwrap_err();
    let response = get(&client, &server.uri("/no-body")).await.unwrap();
    let no_body = response.into_body().collect().await.unwrap_err();

    assert!(no_head.is_timeout() && no_body.is_timeout());
    assert_eq!(
        (no_head.phase(), no_body.phase()),
        (Phase::Request, Phase::Body)
    );
    assert!(no_head.connection().is_some() && no_body.connection().is_some());
    assert!(matches!(&server.seen(1).await[0], Seen::Connected { .. }));
}
