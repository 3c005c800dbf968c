//! Addresses to listen on: a TCP address, or the path of a unix socket.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

/// A TCP address such as `127.0.0.1:8080`, or the path of a unix socket as `unix:/run/napi.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// A TCP address; port 0 takes any free one.
    Tcp(SocketAddr),
    /// The path of a unix socket.
    Unix(PathBuf),
}

/// The reason why a text is no address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidListenAddress {
    /// It is neither.
    #[error(
        "it is no address to listen on: write 127.0.0.1:8080, [::1]:8080 or unix:/path/of/socket"
    )]
    Malformed,
    /// The path of a socket is not absolute.
    #[error("the path of the socket is not absolute: write unix:/path/of/socket")]
    RelativePath,
}

impl ListenAddress {
    /// Checks whether other machines may reach the address.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Tcp(address) => !address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => false,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = InvalidListenAddress;

    /// Reads an address; `localhost` is 127.0.0.1.
    ///
    /// # Errors
    ///
    /// The problem of the text.
    fn from_str(text: &str) -> Result<Self, InvalidListenAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return match path.is_absolute() {
                true => Ok(Self::Unix(path)),
                false => Err(InvalidListenAddress::RelativePath),
            };
        }
        let local = text.strip_prefix("localhost:");
        let local = local.map(|port| format!("127.0.0.1:{port}"));
        let address = local.as_deref().unwrap_or(text).parse();
        address
            .map(Self::Tcp)
            .map_err(|_| InvalidListenAddress::Malformed)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(
                f,
                "unix:{}",
                vocabulary::Escaped::line(&path.to_string_lossy())
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_sockets_are_local_and_nothing_else_is() {
        for (text, is_public) in [
            ("127.0.0.1:8080", false),
            ("127.9.9.9:1", false),
            ("[::1]:8080", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("localhost:8080", false),
            ("unix:/run/napi.sock", false),
            ("0.0.0.0:8080", true),
            ("[::]:8080", true),
            ("192.0.2.1:8080", true),
            ("[::ffff:192.0.2.1]:1", true),
        ] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.is_public(), is_public, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let parse = |text: &str| text.parse::<ListenAddress>();
        for text in [
            "",
            "8080",
            ":8080",
            "example.com:8080",
            "127.0.0.1",
            "localhost:x",
        ] {
            assert_eq!(parse(text), Err(InvalidListenAddress::Malformed), "{text}");
        }
        assert_eq!(
            parse("unix:napi.sock"),
            Err(InvalidListenAddress::RelativePath)
        );
    }
}
