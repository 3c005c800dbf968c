//! The circumstances of a failed call: where to, which way, with or without a certificate.

use transport::{ConnectionInfo, ErrorKind, Phase};

use crate::client::{ClientArguments, Connected};
use crate::output::Failure;

impl ClientArguments {
    /// Returns the beginning of the sentence that the error ends, such as `no hello from URL`.
    pub(crate) fn failure(&self, what: &str, connected: Connected, error: &napi::Error) -> Failure {
        let base_url = connected.client.base_url();
        let way = self.proxy.way(error);
        let without = match self.plain {
            false => "",
            // Where nothing was reached, nothing was enforced.
            true if !is_reached(error) => " without a certificate",
            true => {
                " without a certificate (expected only if your organization enforces mutual TLS)"
            }
        };
        let http2 = match is_read_better_over_http11(error) {
            true => " over HTTP/2 (--http1.1 may help)",
            false => "",
        };
        let text = format!("no {what} from {base_url}{without}{way}{http2}");
        // A trust anchor that was left out may be why.
        Failure::new(text, connected.warnings)
    }
}

/// Returns whether the failure came after the name, the connection and the proxy on the way.
fn is_reached(error: &napi::Error) -> bool {
    let phase = error.transport().map(transport::Error::phase);
    phase.is_none_or(|phase| phase >= Phase::Tls)
}

/// Returns whether HTTP/2 failed where HTTP/1.1 is read with more patience, or is asked for.
fn is_read_better_over_http11(error: &napi::Error) -> bool {
    let Some(error) = error.transport() else {
        return false;
    };
    let tls = error.connection().and_then(ConnectionInfo::tls);
    let alpn = tls.and_then(|tls| tls.alpn.as_deref());
    alpn == Some("h2") && matches!(error.kind(), ErrorKind::Http | ErrorKind::Http11Required)
}
