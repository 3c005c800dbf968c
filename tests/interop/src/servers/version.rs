//! The versions of TLS and HTTP of a scenario.

use std::fmt;

use http::Version;
use transport::Alpn;

/// The version of TLS, which depends on the server's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    V12,
    V13,
}

/// The version of HTTP, which we choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

impl Tls {
    pub(crate) const ALL: [Self; 2] = [Self::V12, Self::V13];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V12 => "TLSv1.2",
            Self::V13 => "TLSv1.3",
        }
    }
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V12 => "TLS 1.2",
            Self::V13 => "TLS 1.3",
        })
    }
}

impl Http {
    pub(crate) const ALL: [Self; 2] = [Self::One, Self::Two];

    pub(crate) fn alpn(self) -> Alpn {
        match self {
            Self::One => Alpn::Http11,
            Self::Two => Alpn::Http2,
        }
    }

    pub(crate) fn is(self, version: Version) -> bool {
        match self {
            // `openssl s_server` responds in HTTP/1.0.
            Self::One => matches!(version, Version::HTTP_10 | Version::HTTP_11),
            Self::Two => version == Version::HTTP_2,
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "HTTP/1.1",
            Self::Two => "HTTP/2",
        })
    }
}
