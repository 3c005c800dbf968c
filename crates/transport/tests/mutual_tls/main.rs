//! The connector and the client against a server on loopback, each case asserted at both ends.
//!
//! Traps that other clients of mutual TLS have fallen into, and the tests that hold them here;
//! `table` and `retries` are in the workspace's `tests/integration`:
//!
//! | trap | held by |
//! |---|---|
//! | a resolver whose content is exchanged resumes the old identity | `rotation::session_resumes_the_old_certificate_despite_new_resolver_content`, `rotation::rotation_presents_the_new_certificate_in_full_first` |
//! | a pool keeps connections of the old identity | `rotation::body_in_transit_ends_with_the_old_identity`, `rotation::a_rotation_closes_the_idle_connections_of_the_old_identity`, `machine` |
//! | what is given up keeps socket, task and memory | `given_up`, `cancelled`, `descriptors` |
//! | who leaves while connecting takes the others along | `given_up::a_caller_who_goes_away_while_connecting_takes_nothing_along`, `queue::many_cold_requests_to_an_http2_server_make_one_handshake` |
//! | a drain is lost with its runtime | `given_up::a_drain_is_not_lost_with_another_runtime` |
//! | a stream beyond a GOAWAY is not sent again | `queue::streams_beyond_goaway_are_known_to_be_unprocessed`, `table::answers::http2_that_takes_a_request_back` |
//! | a timeout names the wrong step | `phases`, `queue::request_that_gets_no_connection_was_not_sent` |
//! | an HTTP/2 connection is never idle | `lifetime::a_connection_that_is_old_is_closed_after_its_answer`, `lifetime::drain_timeout_aborts_requests_in_flight` |
//! | an alert is lost when the write fails first | `stream::tests`, `table::alerts::every_alert_with_a_reset_behind_it`, `table::alerts::five_hundred_alerts_before_a_reset_are_all_reported` |
//! | an early response is lost when the upload fails | `table::answers::an_answer_that_comes_before_the_upload_is_done`, `stream::tests::response_is_read_before_the_write_fails` |
//! | an alert between ready and the first write | `refused::alert_before_the_first_write_is_the_reason`, `table::alerts::every_alert_that_comes_while_the_request_is_being_written`, `pool` |
//! | a reset that took the alert along | `table::alerts::a_reset_instead_of_a_verdict`, `stream::tests::end_before_acceptance_is_a_suspicion` |
//! | a server that never asks goes unnoticed | `accepted::server_that_requests_no_certificate_is_reported`, `table::handshakes::a_server_that_never_asked_is_told_apart`, `identities::session_without_certificate_request_resumes_without_certificate` |
//! | renegotiation is not spoken | `renegotiation`, `table::handshakes::a_server_that_never_asked_is_told_apart` (what the error says of it) |
//! | hints keep the certificate back | `identities::hints_that_fit_none_keep_no_certificate_back` |
//! | the identity is shown to a proxy or to any host | `proxy::tls_proxy_never_sees_the_client_certificate`, `identities::host_outside_the_scope_sees_no_identity` |
//! | a proxy's session is used with the server | `proxy::sessions_of_proxy_and_server_are_separate` |
//! | a reply of a proxy in pieces, or of another kind | `proxy::the_replies_of_all_sorts_of_proxies_open_the_tunnel`, `proxy::what_is_no_reply_is_named` |
//! | a process-wide crypto provider | `process_default` |
//! | a scheme that goes out in the clear | `refused::only_absolute_https_uris_are_connected_to` |
//! | a lookup without an end | `reaching::silent_resolver_times_out`, `deadline` |
//! | TLS 1.2 shows the certificate to all on the way | `handshake::tls13_alone_is_spoken_with_no_server_of_tls12` |
//! | a source or a probe that does not end | `unfinished` |
//! | what is trusted is read once, at the start | `trust`, `trust_files` |
//! | a session outlives the anchor that vouched for it | `trust::anchor_that_was_removed_vouches_for_no_new_connection` |
//! | files that are half written | `reload`, and the reload tests of `identity` |
//! | clocks that disagree | `refused::the_clock_is_an_argument`, `refused_by_server::clocks_that_disagree_are_named_by_both_verdicts` (integration) |
//! | all reconnect at once | `jitter::tests::two_hundred_timers_are_spread_over_a_fifth` |
//! | an alert of anyone on the path discards the identity | `alert_origin` |
//! | too many open files look like a name that is not there | `local_problem` |
//! | a refusal is retried as an I/O error | `failover::rejection_of_both_identities_reports_the_first`, `retries` |
//! | handshakes signed by a library with a timing leak | `cargo xtask tidy`, rule `owners` |
//! | secrets in logs | `telemetry::spans_have_names_and_no_secret`, `markers`, `proxy::the_credentials_are_shown_nowhere`, `key_log::the_environment_alone_writes_nothing` |
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod accepted;
mod acceptor;
mod alert_origin;
mod base_config;
mod body;
mod cancelled;
mod certificates;
mod child;
mod clock;
mod deadline;
mod descriptors;
mod device;
mod dials;
mod early_response;
mod exchanges;
mod failover;
mod frames;
mod given_up;
mod handshake;
mod heads;
mod http1;
mod identities;
mod judging;
mod key_kinds;
mod key_log;
mod key_uri;
mod lifetime;
mod local_problem;
mod machine;
mod markers;
mod observation;
mod own_anchor;
mod own_provider;
mod phases;
mod pings;
mod pins;
mod pipe;
mod platform;
mod pool;
mod process_default;
mod protocols;
mod provider;
mod proxy;
mod queue;
mod reaching;
mod refused;
mod reload;
mod renegotiation;
mod revocation;
mod rotation;
mod server;
mod server_name;
mod signer;
mod stale;
mod streams;
mod telemetry;
mod trust;
mod trust_files;
mod unfinished;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use mock_tls::Ca;
use rustls::SupportedProtocolVersion;
use tower::{Service, ServiceExt};
use transport::{
    Alpn, ConnectionInfo, CryptoProvider, Error, MtlsClient, MtlsConnector, MtlsConnectorBuilder,
    ResponseBody, TrustAnchors,
};

type Body = Full<Bytes>;
type Client = MtlsClient<Body>;

/// Returns settings that trust `ca` alone.
fn trusting(ca: &Ca) -> MtlsConnectorBuilder {
    MtlsConnector::builder(TrustAnchors::from_pem(ca.pem()).unwrap())
}

fn client(settings: MtlsConnectorBuilder) -> Client {
    MtlsClient::new(settings.build().unwrap())
}

/// Returns a client that tries the next identity when one is rejected.
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

/// Returns the providers that this build has.
fn providers() -> Vec<CryptoProvider> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        CryptoProvider::aws_lc_rs(),
        #[cfg(feature = "ring")]
        CryptoProvider::ring(),
    ]
}

const TLS_VERSIONS: [&[&SupportedProtocolVersion]; 2] =
    [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];
const HTTP_VERSIONS: [Alpn; 2] = [Alpn::Http11, Alpn::Http2];
