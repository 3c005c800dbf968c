//! The steps from a name to "Hello", and what came of each.

use std::time::Duration;

use serde::Serialize;

/// A step, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepName {
    Name,
    Tcp,
    Proxy,
    Tls,
    ServerCertificate,
    ClientCertificate,
    Http,
    BasicAuth,
    Hello,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It was done.
    Good,
    /// It was done, and not as it should be.
    Doubtful,
    /// It failed, and all that follows was not reached.
    Failed,
    /// There was none on this way.
    None,
    /// A step before it failed.
    NotReached,
}

/// A step that was taken, or would have been.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) step: StepName,
    pub(crate) verdict: Verdict,
    #[serde(rename = "milliseconds", serialize_with = "as_milliseconds")]
    pub(crate) time: Option<Duration>,
    pub(crate) detail: String,
}

impl StepName {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 9] = [
        Self::Name,
        Self::Tcp,
        Self::Proxy,
        Self::Tls,
        Self::ServerCertificate,
        Self::ClientCertificate,
        Self::Http,
        Self::BasicAuth,
        Self::Hello,
    ];

    /// Returns the name for people.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Tcp => "TCP",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::ServerCertificate => "server certificate",
            Self::ClientCertificate => "client certificate",
            Self::Http => "HTTP",
            Self::BasicAuth => "user and password",
            Self::Hello => "hello",
        }
    }
}

impl Verdict {
    /// Returns the word for people.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubtful => "doubtful",
            Self::Failed => "FAILED",
            Self::None => "none",
            Self::NotReached => "not reached",
        }
    }
}

fn as_milliseconds<S: serde::Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    // Microseconds are more than a network keeps to.
    let rounded = time.map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
    rounded.serialize(serializer)
}
