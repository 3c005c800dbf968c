//! The requests that are measured.

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body_util::Full;

/// One kind of request and response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    Small,
    Up,
    Down,
}

static BODY: [u8; 64 * 1024] = [b'x'; 64 * 1024];

impl Job {
    pub(crate) const ALL: [Self; 3] = [Self::Small, Self::Up, Self::Down];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "small answers",
            Self::Up => "64 KiB up",
            Self::Down => "64 KiB down",
        }
    }

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Small => "/small",
            Self::Up => "/count",
            Self::Down => "/large",
        }
    }

    pub(crate) const fn is_small(self) -> bool {
        matches!(self, Self::Small)
    }

    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Up => Method::POST,
            Self::Small | Self::Down => Method::GET,
        }
    }

    pub(crate) const fn body(self) -> Bytes {
        match self {
            Self::Up => Bytes::from_static(&BODY),
            Self::Small | Self::Down => Bytes::new(),
        }
    }

    pub(crate) fn request(self, uri: &Uri) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body()));
        *request.method_mut() = self.method();
        *request.uri_mut() = uri.clone();
        request
    }

    /// Checks status and length. The response to an upload is the number of bytes received.
    pub(crate) fn check(self, status: u16, length: usize) -> anyhow::Result<()> {
        let expected = match self {
            Self::Small => "hello".len(),
            Self::Up => BODY.len().to_string().len(),
            Self::Down => BODY.len(),
        };
        anyhow::ensure!(
            (status, length) == (200, expected),
            "status {status} with {length} bytes, where {expected} were expected"
        );
        Ok(())
    }
}
