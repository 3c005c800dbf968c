//! A response, in HTTP/1.1 or HTTP/2, and how much of it arrives.
//!
//! Nothing here is checked: a header may be junk, since that is what some tests need.

mod known;
mod odd_head;

use serde::{Deserialize, Serialize};

use crate::script::client_auth::Alert;

/// A response to the first request of a connection; over HTTP/2, to every request that comes before
/// the connection's end.
///
/// It is written in HTTP/1.1, or with [`Alpn::Either`](crate::Alpn::Either) in the protocol that
/// was agreed on. Over HTTP/2 a header that breaks its rules is sent as it stands, too, save those
/// of a connection, which are left out; a status that is none resets the stream.
///
/// ```
/// use mock_tls::{Delivery, Reply};
///
/// let cut = Reply::new(200).body("[1, 2, 3]").delivery(Delivery::HalfThenReset);
/// let busy = Reply::service_unavailable("Fri, 31 Dec 2099 23:59:59 GMT");
/// assert_ne!(cut, busy);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) body: Body,
    #[serde(default)]
    pub(crate) framing: Framing,
    #[serde(default)]
    pub(crate) moment: Moment,
    #[serde(default)]
    pub(crate) delivery: Delivery,
    #[serde(default)]
    pub(crate) afterwards: Afterwards,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Box<Self>>,
}

/// The body of a [`Reply`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Body {
    /// These bytes; in JSON, as base64.
    Bytes(
        #[serde(with = "in_base64")]
        #[cfg_attr(feature = "schemas", schemars(with = "String"))]
        Vec<u8>,
    ),
    /// As many spaces, made as they are sent.
    Filled {
        /// The number of bytes.
        bytes: u64,
    },
    /// This text.
    Text(String),
}

/// The framing of a [`Reply`]'s body: the sign by which a client finds its end. HTTP/2 has no
/// chunks; there a chunked body has no announced length, and ends as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Framing {
    /// `content-length` says so many bytes, whatever the body has.
    Announced {
        /// The announced number of bytes.
        bytes: u64,
    },
    /// `transfer-encoding: chunked`, one chunk for each half (RFC 9112, section 7.1).
    Chunked,
    /// As `Chunked`, but the size of the second chunk is no number. An empty body has no such
    /// chunk.
    ChunkedBadSize,
    /// As `Chunked`, but the last chunk, which has no bytes, does not come.
    ChunkedWithoutEnd,
    /// `content-length` says how long the body is.
    #[default]
    ContentLength,
    /// Nothing says where the body ends but the end of the connection.
    UntilClose,
}

/// When a [`Reply`] goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Moment {
    /// When the head is read and the body is not: an early response to an upload. Over HTTP/2,
    /// where a connection outlives it, the rest of the upload is not wanted (RST_STREAM,
    /// `NO_ERROR`).
    AfterHead,
    /// When the request is read; in HTTP/1.1, as far as `content-length` says how long it is.
    #[default]
    AfterRequest,
}

/// The part of a [`Reply`] that arrives. Half is half the body, rounded down.
///
/// What ends half-way ends the connection, with every other stream on it, save
/// [`HalfThenResetStream`](Self::HalfThenResetStream).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// Half, then an orderly end: `close_notify`, then FIN.
    HalfThenClose,
    /// Half, then FIN without `close_notify`: what someone in between can do too.
    HalfThenCut,
    /// Half, then a reset.
    HalfThenReset,
    /// Half, then RST_STREAM, and the connection is kept. HTTP/1.1 has no streams; there it is
    /// [`HalfThenReset`](Self::HalfThenReset).
    HalfThenResetStream {
        /// The error code, for example 2 for `INTERNAL_ERROR` (RFC 9113, section 7).
        error_code: u32,
    },
    /// All of it.
    #[default]
    Whole,
}

/// The fate of the connection after a [`Reply`] that was delivered whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Afterwards {
    /// The response promises to keep the connection; the first bytes of the next request are met by
    /// this alert: what a server sends that is told of a revocation meanwhile. TLS 1.3 only.
    AlertOnNextRequest {
        /// The alert.
        alert: Alert,
    },
    /// The response says `connection: close`, and the mock closes. Over HTTP/2: GOAWAY with
    /// `NO_ERROR`, and the requests that came before it are answered.
    #[default]
    Close,
    /// The response promises to keep the connection; the mock closes without waiting.
    ///
    /// With a gate at [`Point::BeforeClose`](crate::Point::BeforeClose), a test decides when.
    CloseUnannounced,
    /// The response promises to keep the connection; the first bytes of the next request are met by
    /// an orderly end.
    CloseOnNextRequest,
    /// The connection is kept, and every further request gets the same response.
    Keep,
    /// The response promises to keep the connection; the first bytes of the next request are met by
    /// a reset.
    ResetOnNextRequest,
}

impl Reply {
    /// Returns an empty response of this status.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::default(),
            framing: Framing::default(),
            moment: Moment::default(),
            delivery: Delivery::default(),
            afterwards: Afterwards::default(),
            next: None,
        }
    }

    /// Adds one more header, as it will stand on the wire.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets how it says where its body ends.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Sets when it goes out.
    #[must_use]
    pub fn moment(mut self, moment: Moment) -> Self {
        self.moment = moment;
        self
    }

    /// Sets how much of it arrives.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets what follows.
    #[must_use]
    pub fn afterwards(mut self, afterwards: Afterwards) -> Self {
        self.afterwards = afterwards;
        self
    }

    /// Keeps the connection, and gives its next request another reply: HTTP/1.1 only.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.afterwards = Afterwards::Keep;
        self.next = Some(Box::new(next));
        self
    }
}

impl Framing {
    /// Returns what `content-length` says of a body of this length, if anything.
    pub(crate) fn content_length(self, length: u64) -> Option<u64> {
        match self {
            Self::Announced { bytes } => Some(bytes),
            Self::ContentLength => Some(length),
            _ => None,
        }
    }

    pub(crate) fn is_chunked(self) -> bool {
        matches!(
            self,
            Self::Chunked | Self::ChunkedBadSize | Self::ChunkedWithoutEnd
        )
    }
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Filled { bytes } => *bytes,
            Self::Text(text) => text.len() as u64,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl<T: Into<String>> From<T> for Body {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// Bytes as JSON has them.
mod in_base64 {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(json)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}
