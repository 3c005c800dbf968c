//! Metrics of connections and identities (feature `metrics`).
//!
//! Names and labels are stable, and no label has more than a handful of values: no host, no name,
//! no address. Leaves out events and spans, which are where they happen.
#![cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "nothing is counted without the feature")
)]

pub(crate) mod attempt;

use std::time::SystemTime;

use crate::connection::generation::Generation;
use crate::connection::info::Handshake;
use crate::error::Error;
#[cfg(feature = "metrics")]
use crate::error::ErrorKind;

/// Counts an open connection until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection(());

impl OpenConnection {
    pub(crate) fn after(handshake: Handshake) -> Self {
        #[cfg(feature = "metrics")]
        {
            let resumed = match handshake {
                Handshake::Resumed => "true",
                Handshake::Full | Handshake::FullWithHelloRetryRequest => "false",
            };
            metrics::counter!(HANDSHAKES, "result" => "ok", "resumed" => resumed).increment(1);
            metrics::gauge!(CONNECTIONS).increment(1);
        }
        Self(())
    }
}

#[cfg(feature = "metrics")]
impl Drop for OpenConnection {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS).decrement(1);
    }
}

/// Counts a failed handshake, including a rejection after the client finished it (TLS 1.3).
pub(crate) fn not_connected(error: &Error) {
    #[cfg(feature = "metrics")]
    metrics::counter!(HANDSHAKES, "result" => result(error.kind()), "resumed" => "false")
        .increment(1);
}

/// Counts a rejection of our certificate by an alert.
pub(crate) fn rejected_by_alert() {
    #[cfg(feature = "metrics")]
    metrics::counter!(REFUSALS, "by" => "alert").increment(1);
}

/// Counts a rejection of our certificate by a response; its handshake counts as successful.
pub(crate) fn rejected_by_response() {
    #[cfg(feature = "metrics")]
    metrics::counter!(REFUSALS, "by" => "response").increment(1);
}

/// Counts a request that is sent with the next identity.
pub(crate) fn failed_over() {
    #[cfg(feature = "metrics")]
    metrics::counter!(FAILOVERS).increment(1);
}

/// Counts a request that is sent again.
pub(crate) fn retried() {
    #[cfg(feature = "metrics")]
    metrics::counter!(RETRIES).increment(1);
}

/// Counts a rotation, and sets the number of the new generation.
pub(crate) fn rotated(generation: Generation) {
    #[cfg(feature = "metrics")]
    {
        metrics::counter!(ROTATIONS).increment(1);
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^52 rotations")]
        metrics::gauge!(GENERATION).set(generation.number() as f64);
    }
}

/// Sets the time until the current identity expires; negative when it has expired.
pub(crate) fn identity_ends(not_after: SystemTime, now: SystemTime) {
    #[cfg(feature = "metrics")]
    metrics::gauge!(EXPIRY).set(seconds_left(not_after, now));
}

/// Sets the time until trust anchors and revocation lists expire, likewise; infinite where there
/// are none.
pub(crate) fn trust_ends(
    last_anchor: Option<SystemTime>,
    first_list: Option<SystemTime>,
    now: SystemTime,
) {
    #[cfg(feature = "metrics")]
    for (part, end) in [("anchor", last_anchor), ("list", first_list)] {
        // Set also when there is none: a list that was taken away would go on alarming.
        let left = end.map_or(f64::INFINITY, |end| seconds_left(end, now));
        metrics::gauge!(TRUST_EXPIRY, "part" => part).set(left);
    }
}

#[cfg(feature = "metrics")]
fn seconds_left(end: SystemTime, now: SystemTime) -> f64 {
    match end.duration_since(now) {
        Ok(left) => left.as_secs_f64(),
        Err(past) => -past.duration().as_secs_f64(),
    }
}

#[cfg(feature = "metrics")]
const HANDSHAKES: &str = "transport_handshakes_total";
#[cfg(feature = "metrics")]
const CONNECTIONS: &str = "transport_connections";
#[cfg(feature = "metrics")]
const REFUSALS: &str = "transport_refusals_total";
#[cfg(feature = "metrics")]
const FAILOVERS: &str = "transport_failovers_total";
#[cfg(feature = "metrics")]
const RETRIES: &str = "transport_retries_total";
#[cfg(feature = "metrics")]
const ROTATIONS: &str = "transport_rotations_total";
#[cfg(feature = "metrics")]
const GENERATION: &str = "transport_identity_generation";
#[cfg(feature = "metrics")]
const EXPIRY: &str = "transport_identity_seconds_to_expiry";
#[cfg(feature = "metrics")]
const TRUST_EXPIRY: &str = "transport_trust_seconds_to_expiry";

/// Returns the label of a failure.
#[cfg(feature = "metrics")]
fn result(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ClientCertificate(_) => "client_certificate",
        ErrorKind::Closed | ErrorKind::IdentityRotated => "closed",
        ErrorKind::Connect => "connect",
        ErrorKind::Local(_) => "local",
        ErrorKind::Proxy(_) => "proxy",
        ErrorKind::Resolve => "resolve",
        ErrorKind::ServerCertificate(_) => "server_certificate",
        ErrorKind::Signer(_) => "signer",
        ErrorKind::Timeout => "timeout",
        ErrorKind::BodyTooLarge
        | ErrorKind::Http
        | ErrorKind::Http11Required
        | ErrorKind::NotHttps
        | ErrorKind::InvalidPort
        | ErrorKind::Renegotiation
        | ErrorKind::InvalidServerName
        | ErrorKind::Tls
        | ErrorKind::UnreadableHead(_) => "tls",
    }
}
