//! The scheme by which a listener is called: `https` where it speaks TLS, and `http` where not.

/// The scheme of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnScheme(&'static str);

impl OwnScheme {
    pub(crate) const HTTP: Self = Self("http");
    pub(crate) const HTTPS: Self = Self("https");

    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    /// Checks whether a target names this scheme, or none.
    pub(crate) fn is(self, scheme: Option<&str>) -> bool {
        scheme.is_none_or(|scheme| scheme == self.0)
    }

    /// Returns what follows the scheme in an origin (RFC 6454, section 6.2), if it is this one.
    pub(crate) fn rest_of(self, origin: &str) -> Option<&str> {
        origin.strip_prefix(self.0)?.strip_prefix("://")
    }
}
