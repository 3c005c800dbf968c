//! The mock's verdict on a client certificate, and its reason.

use serde::{Deserialize, Serialize};

/// The mock's verdict on a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Issued here, live, and the client has its key; or a script has it that none is judged, and
    /// the client has its key.
    Accepted,
    /// Refused in the handshake, by a TLS alert.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// Why a client certificate was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// A signature does not verify: the certificate's own, or the client's proof that it has the
    /// key.
    BadSignature,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// Anything else: not a certificate, or not one that the server knows.
    Other,
    /// It is revoked.
    Revoked,
    /// A script refuses every certificate.
    Script,
    /// The mock's client CA did not issue it.
    UnknownCa,
    /// It may not be used for client authentication.
    WrongUsage,
}
