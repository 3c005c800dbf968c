//! The connector and the client against a server on loopback, each case asserted at both ends.
//!
//! What other clients of mutual TLS have been caught by, and what holds it here; `table` and `retries` are in the
//! workspace's `tests/integration`:
//!
//! | trap | held by |
//! |---|---|
//! | a resolver whose content is exchanged resumes the old identity | `rotation::a_resolver_whose_content…`, `rotation::after_a_rotation…` |
//! | a pool keeps connections of the old identity | `rotation::a_body_on_its_way…`, `rotation::a_rotation_closes…`, `machine` |
//! | what is given up keeps socket, task and memory | `given_up`, `cancelled`, `descriptors` |
//! | who leaves while connecting takes the others along | `given_up::a_caller_who_goes_away…`, `queue::many_cold…` |
//! | a drain is lost with its runtime | `given_up::a_drain_is_not_lost…` |
//! | a stream beyond a GOAWAY is not sent again | `queue::what_lies_beyond…`, `table::answers::http2_that_takes…` |
//! | a timeout names the wrong step | `phases`, `queue::one_who_waits…` |
//! | an HTTP/2 connection is never idle | `lifetime::a_connection_that_is_old…`, `lifetime::what_is_under_way…` |
//! | an alert is lost when the write fails first | `stream::tests`, `table::alerts::every_alert_with_a_reset…`, `…five_hundred…` |
//! | an early answer is lost when the upload fails | `table::answers::an_answer_that_comes_before…`, `stream::tests::an_answer…` |
//! | an alert between ready and the first write | `refused::a_reason_that_is_there_before…`, `table::alerts::…while_the_request…`, `pool` |
//! | a reset that took the alert along | `table::alerts::a_reset_instead…`, `stream::tests::an_end_before…` |
//! | nobody sees that the server never asked | `accepted::a_server_that_does_not_ask…`, `table::handshakes::a_server_that_never_asked…`, `identities::a_session_resumed…` |
//! | renegotiation is not spoken | `renegotiation`, `table::handshakes::a_server_that_never_asked…` (what the error says of it) |
//! | hints keep the certificate back | `identities::hints_that_fit_none…` |
//! | the identity is shown to a proxy or to any host | `proxy::a_proxy_over_tls_never_sees…`, `identities::a_host_that_is_not_meant…` |
//! | a proxy's session is used with the server | `proxy::sessions_with_the_proxy…` |
//! | a reply of a proxy in pieces, or of another kind | `proxy::the_replies_of_all_sorts…`, `proxy::what_is_no_reply…` |
//! | a process-wide crypto provider | `process_default` |
//! | a scheme that goes out in the clear | `refused::only_absolute_https…` |
//! | a lookup without an end | `reaching::a_resolver_that_never_answers…`, `deadline` |
//! | TLS 1.2 shows the certificate to all on the way | `handshake::tls13_alone…` |
//! | a source or a probe that does not end | `unfinished` |
//! | what is trusted is read once, at the start | `trust`, `trust_files` |
//! | a session outlives the anchor that vouched for it | `trust::anchor_that_was_removed…` |
//! | files that are half written | `follow`, and the reload tests of `identity` |
//! | clocks that disagree | `refused::the_clock_is_an_argument`, `refused_by_server::clocks_that_disagree…` (integration) |
//! | all reconnect at once | `jitter::tests::two_hundred…` |
//! | an alert of somebody on the way burns the identity | `alert_origin` |
//! | too many open files look like a name that is not there | `local_problem` |
//! | a refusal is retried as an I/O error | `failover::where_both_are_refused…`, `retries` |
//! | handshakes signed by a library with a timing leak | `cargo xtask tidy`, rule `owners` |
//! | secrets in logs | `telemetry::spans_have_their_names…`, `proxy::the_credentials_are_shown_nowhere`, `key_log::the_environment…` |
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod accepted;
mod alert_origin;
mod authority;
mod base_config;
mod body;
mod cancelled;
mod child;
mod clock;
mod deadline;
mod descriptors;
mod dials;
mod exchanges;
mod failover;
mod follow;
mod frames;
mod given_up;
mod handshake;
mod heads;
mod http1;
mod identities;
mod judging;
mod key_kinds;
mod key_log;
mod lifetime;
mod local_problem;
mod machine;
mod own_anchor;
mod phases;
mod pings;
mod pins;
mod pipe;
mod platform;
mod pool;
mod process_default;
mod protocols;
mod proxy;
mod queue;
mod reaching;
mod refused;
mod renegotiation;
mod revocation;
mod rotation;
mod server;
mod server_name;
mod stale;
mod streams;
mod telemetry;
mod trust;
mod trust_files;
mod unfinished;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use rustls::SupportedProtocolVersion;
use tower::{Service, ServiceExt};
use transport::{
    Alpn, ConnectionInfo, CryptoProvider, Error, MtlsClient, MtlsConnector, MtlsConnectorBuilder,
    ResponseBody, TrustAnchors,
};

use crate::authority::Authority;

type Body = Full<Bytes>;
type Client = MtlsClient<Body>;

/// Settings that trust only `authority`.
fn trusting(authority: &Authority) -> MtlsConnectorBuilder {
    MtlsConnector::builder(TrustAnchors::from_pem(authority.pem()).unwrap())
}

fn client(settings: MtlsConnectorBuilder) -> Client {
    MtlsClient::new(settings.build().unwrap())
}

/// A client that tries the next identity when one is refused.
fn failing_over(settings: MtlsConnectorBuilder) -> Client {
    let connector = settings.build().unwrap();
    MtlsClient::builder(connector).failover().build()
}

async fn get<C>(
    client: &MtlsClient<Full<Bytes>, C>,
    uri: &str,
) -> Result<Response<ResponseBody>, Error>
where
    MtlsClient<Full<Bytes>, C>:
        Service<Request<Full<Bytes>>, Response = Response<ResponseBody>, Error = Error> + Clone,
{
    let request = Request::get(uri).body(Full::default()).unwrap();
    client.clone().oneshot(request).await
}

fn info(response: &Response<ResponseBody>) -> ConnectionInfo {
    response
        .extensions()
        .get::<ConnectionInfo>()
        .unwrap()
        .clone()
}

/// The providers that this build has.
fn providers() -> Vec<CryptoProvider> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        CryptoProvider::AwsLcRs,
        #[cfg(feature = "ring")]
        CryptoProvider::Ring,
    ]
}

const TLS_VERSIONS: [&[&SupportedProtocolVersion]; 2] =
    [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];
const HTTP_VERSIONS: [Alpn; 2] = [Alpn::Http11, Alpn::Http2];
