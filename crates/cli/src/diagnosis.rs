//! A failure put in order: its kind, the side that it is on, the remedy, and the exit code.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

use crate::exit::Exit;

/// A failure, put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// A name for programs, in snake case.
    pub(crate) kind: String,
    pub(crate) side: Side,
    pub(crate) remedy: Cow<'static, str>,
    pub(crate) exit: Exit,
}

/// The side that has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// This machine: the command line, its files, its certificate, its clock.
    Client,
    /// Not known from here.
    Either,
    /// Names, routes and firewalls between here and the server.
    Network,
    /// The proxy.
    Proxy,
    /// The server, or what stands in front of it.
    Server,
}

impl Side {
    /// Returns the name for programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Either => "either",
            Self::Network => "network",
            Self::Proxy => "proxy",
            Self::Server => "server",
        }
    }
}

impl Display for Side {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "yours",
            Self::Either => "yours or the server's",
            Self::Network => "the network's",
            Self::Proxy => "the proxy's",
            Self::Server => "the server's",
        })
    }
}

impl Diagnosis {
    /// Returns the error as data.
    pub(crate) fn data(&self, message: &str) -> Value {
        json!({
            "kind": self.kind,
            "side": self.side.name(),
            "message": message,
            "remedy": self.remedy,
            "exit_code": self.exit.code(),
        })
    }
}
