//! Propagation of trace context: header fields that a program adds to each request that is sent.

use std::{fmt, sync::Arc};

use http::HeaderMap;

/// Writes the context of the current trace into the header fields of a request, such as
/// `traceparent` ([Trace Context], section 3.2).
///
/// The function is the program's, so that this crate depends on no tracing system. It runs for each
/// request that goes out, retries included, inside the span `transport.request` of that attempt,
/// and what it writes replaces what the request had. The server sees these fields: propagate
/// nothing that is about a person (a propagator of `baggage` sends what other parts of the program
/// have put there).
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use transport::Propagation;
///
/// // With OpenTelemetry: `examples/opentelemetry`.
/// let propagation = Propagation::new(|fields: &mut HeaderMap| {
///     let id = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
///     fields.insert("traceparent", HeaderValue::from_static(id));
/// });
/// # let _ = propagation;
/// ```
///
/// [Trace Context]: https://www.w3.org/TR/trace-context/#traceparent-header
#[derive(Clone)]
pub struct Propagation(Arc<dyn Fn(&mut HeaderMap) + Send + Sync>);

impl Propagation {
    /// Propagates by this function.
    #[must_use]
    pub fn new(write: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Writes the context, as is done for each request.
    pub fn write(&self, fields: &mut HeaderMap) {
        (self.0)(fields);
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagation").finish_non_exhaustive()
    }
}
