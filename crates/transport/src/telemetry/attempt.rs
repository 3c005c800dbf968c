//! Metrics of requests, by OpenTelemetry's conventions for HTTP clients (feature `metrics`).
//!
//! Labels have a value for each server, template, status and kind of error, so as many as the
//! program has of these: no path, no query, no text of a caller's.
#![cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "nothing is counted without the feature")
)]

use std::time::Duration;

use http::StatusCode;

/// An attempt to send a request that is over, up to the head of its response.
#[cfg_attr(
    not(feature = "metrics"),
    expect(dead_code, reason = "nothing is counted without the feature")
)]
pub(crate) struct Attempt<'a> {
    pub(crate) method: &'static str,
    pub(crate) url_template: Option<&'static str>,
    pub(crate) server: Option<(&'a str, u16)>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) version: Option<&'static str>,
    pub(crate) error_type: Option<&'a str>,
    pub(crate) duration: Duration,
}

/// Records the duration of an attempt.
pub(crate) fn ended(attempt: &Attempt<'_>) {
    #[cfg(feature = "metrics")]
    {
        let own = |text: &str| metrics::SharedString::from(text.to_owned());
        let known = metrics::SharedString::const_str;
        let (host, port) = attempt.server.unzip();
        let labels = [
            ("http.request.method", Some(known(attempt.method))),
            ("url.template", attempt.url_template.map(known)),
            ("server.address", host.map(own)),
            ("server.port", port.map(|port| port.to_string().into())),
            (
                "http.response.status_code",
                attempt.status.map(|status| own(status.as_str())),
            ),
            ("network.protocol.version", attempt.version.map(known)),
            ("error.type", attempt.error_type.map(own)),
        ];
        let labels = labels
            .into_iter()
            .filter_map(|(name, value)| Some(metrics::Label::new(name, value?)))
            .collect::<Vec<_>>();
        metrics::histogram!(DURATION, labels).record(attempt.duration.as_secs_f64());
    }
}

/// Counts a request whose caller has got its response or error, whatever was sent for it.
#[cfg(feature = "metrics")]
pub(crate) fn request_ended(result: &str) {
    metrics::counter!(REQUESTS, "result" => result.to_owned()).increment(1);
}

/// Its unit is the second. The conventions recommend the bounds 0.005, 0.01, 0.025, 0.05, 0.075,
/// 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5 and 10.
#[cfg(feature = "metrics")]
const DURATION: &str = "http.client.request.duration";
#[cfg(feature = "metrics")]
const REQUESTS: &str = "transport_requests_total";
