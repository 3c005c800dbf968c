//! Metrics of callers and their requests (feature `metrics`).
//!
//! Names and labels are stable, and no label has more than a handful of values: no path, no host,
//! no address.
#![cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "nothing is counted without the feature")
)]

use std::time::Duration;

/// Counts a request that has no response yet. One that is dropped before its caller has gone away.
#[derive(Debug)]
pub(crate) struct CountedRequest {
    is_ended: bool,
}

impl CountedRequest {
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!(WAITING).increment(1);
        Self { is_ended: false }
    }

    pub(crate) fn ended(mut self) {
        self.is_ended = true;
    }
}

impl Drop for CountedRequest {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        {
            metrics::gauge!(WAITING).decrement(1);
            if !self.is_ended {
                metrics::counter!(REQUESTS, "result" => "cancelled").increment(1);
            }
        }
    }
}

/// Counts an open connection until it is dropped.
#[derive(Debug)]
pub(crate) struct CountedConnection(());

impl CountedConnection {
    pub(crate) fn new() -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!(CONNECTIONS).increment(1);
        Self(())
    }
}

#[cfg(feature = "metrics")]
impl Drop for CountedConnection {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS).decrement(1);
    }
}

/// Counts a response of the server, by the first digit of its status, and the time to its head.
pub(crate) fn responded(status: http::StatusCode, time: Duration) {
    #[cfg(feature = "metrics")]
    {
        let result = match status.as_u16() / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            5 => "5xx",
            _ => "1xx",
        };
        metrics::counter!(REQUESTS, "result" => result).increment(1);
        metrics::histogram!(DURATION).record(time.as_secs_f64());
    }
}

/// Counts a TLS handshake that failed, by a name of the reason.
pub(crate) fn handshake_failed(reason: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(HANDSHAKES, "reason" => reason).increment(1);
}

/// Counts a request that the gateway answered itself, by the name of the problem.
pub(crate) fn failed(problem: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(REQUESTS, "result" => problem).increment(1);
}

#[cfg(feature = "metrics")]
const REQUESTS: &str = "gateway_requests_total";
#[cfg(feature = "metrics")]
const HANDSHAKES: &str = "gateway_handshakes_failed_total";
#[cfg(feature = "metrics")]
const DURATION: &str = "gateway_response_head_seconds";
#[cfg(feature = "metrics")]
const WAITING: &str = "gateway_requests_waiting";
#[cfg(feature = "metrics")]
const CONNECTIONS: &str = "gateway_connections";
