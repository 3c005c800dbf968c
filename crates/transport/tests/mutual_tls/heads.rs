//! Heads of responses over HTTP/2 that are as long as the limit, and longer.

use transport::{Alpn, ErrorKind, HeadProblem, MtlsClient, RetryAdvice};

use crate::{
    certificates::{Issue, new_ca},
    get, info,
    server::{Server, Settings},
    trusting,
};

/// Nine fields of a kilobyte as HTTP/2 counts them, and less than half of one for what every
/// response has.
const LIMIT: u32 = 9_500;

#[tokio::test]
async fn http2_head_over_the_limit_fails_its_stream_alone() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let connector = settings.alpn(Alpn::Http2).build().unwrap();
    let client = MtlsClient::builder(connector)
        .max_response_head(LIMIT)
        .build();
    let too_long = ErrorKind::UnreadableHead(HeadProblem::TooLong);
    let mut connections = Vec::new();
    for (kilobytes, expected) in [
        (9, None),
        (10, Some(too_long)),
        (18, Some(too_long)),
        (9, None),
    ] {
        let outcome = get(&client, &server.uri(&format!("/head/{kilobytes}"))).await;
        let connection = match (outcome, expected) {
            (Ok(response), None) => info(&response),
            (Err(error), Some(kind)) => {
                assert_eq!(error.kind(), kind, "{kilobytes}");
                assert_eq!(error.retry_advice(), RetryAdvice::Never);
                error.connection().unwrap().clone()
            }
            other => panic!("{kilobytes}: {other:?}"),
        };
        connections.push(connection.local_addr());
    }
    connections.dedup();
    assert_eq!(connections.len(), 1);

    // Beyond that, h2 says no more than that it has ended the stream; the text names both reasons.
    let error = get(&client, &server.uri("/head/25")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Http);
    let text = error.to_string();
    assert!(
        text.contains("longer than twice max_response_head"),
        "{text}"
    );
    assert_eq!(server.seen(1).await.len(), 1);
}
