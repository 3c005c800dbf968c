//! The kinds of certificate that a mock shows.

use serde::{Deserialize, Serialize};

/// The certificate that a mock shows. Each but `Revoked` is made anew where it is asked for,
/// so `Valid` in a script is a certificate that changed since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerCertificate {
    /// From the server CA, for `localhost`, `127.0.0.1` and `::1`, live.
    #[default]
    Valid,
    /// As `Valid`, but its time was over yesterday.
    Expired,
    /// As `Valid`, but for `other.example.com` only.
    OtherName,
    /// As `Valid`, but on the server CA's revocation list since the start. A client that does
    /// not look there notices nothing.
    Revoked,
    /// As `Valid`, but signed by its own key.
    SelfSigned,
    /// As `Valid`, but from a CA that no client knows.
    UnknownCa,
}
