//! Deviations of a connection in HTTP/2 ([RFC 9113]), whatever the response.
//!
//! [RFC 9113]: https://www.rfc-editor.org/rfc/rfc9113

use serde::{Deserialize, Serialize};

/// The HTTP/2 side of a connection; [`Http2::new`] is as ever.
///
/// ```
/// use mock_tls::{Alpn, Http2, Reply, Script};
///
/// // Uploads come eight bytes at a time, and the third request finds the connection gone.
/// let script = Script::new()
///     .alpn(Alpn::Either)
///     .http2(Http2::new().initial_window(8).go_away(2, 0))
///     .response(Reply::new(200));
/// assert_ne!(script, Script::new());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Http2 {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) go_away: Option<GoAway>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) initial_window: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) longest_data: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_concurrent_streams: Option<u32>,
}

/// When the connection goes away, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct GoAway {
    pub(crate) after: u32,
    pub(crate) error_code: u32,
}

impl Http2 {
    /// Returns HTTP/2 without deviations, to be changed by the methods below.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends GOAWAY as soon as this many requests were accepted. Those are answered, none after
    /// them is processed, and the connection ends with the last response; what the reply says of
    /// [`Afterwards`](crate::Afterwards) does not count then. For a [`Reply`](crate::Reply) only.
    ///
    /// With `after` 0 the first request brings it about, and is not processed. The error code is
    /// for example 0 for `NO_ERROR` (RFC 9113, section 7).
    #[must_use]
    pub fn go_away(mut self, after: u32, error_code: u32) -> Self {
        self.go_away = Some(GoAway { after, error_code });
        self
    }

    /// Sets how many bytes of a request's body the client may send before it has to wait for a
    /// WINDOW_UPDATE, for each stream (RFC 9113, section 6.5.2): with a few, uploads are slow, but
    /// whole. Up to 2^31 - 1; beyond, that.
    #[must_use]
    pub fn initial_window(mut self, bytes: u32) -> Self {
        self.initial_window = Some(bytes);
        self
    }

    /// Sets the most bytes of a DATA frame, as if the client's window were no larger: with a few,
    /// downloads are slow, but whole, unless the client takes offence at so many frames. 0 counts
    /// as 1. For a [`Reply`](crate::Reply) only.
    #[must_use]
    pub fn longest_data(mut self, bytes: u32) -> Self {
        self.longest_data = Some(bytes);
        self
    }

    /// Requests that the client may have under way at the same time (RFC 9113, section 5.1.2); one
    /// that comes all the same is met by `REFUSED_STREAM`.
    #[must_use]
    pub fn max_concurrent_streams(mut self, streams: u32) -> Self {
        self.max_concurrent_streams = Some(streams);
        self
    }

    /// Returns the initial window as the protocol can say it.
    pub(crate) fn window(&self) -> Option<u32> {
        self.initial_window.map(|bytes| bytes.min(LARGEST_WINDOW))
    }
}

/// RFC 9113, section 6.5.2.
const LARGEST_WINDOW: u32 = (1 << 31) - 1;
