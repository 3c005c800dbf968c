//! Settings for what the vendor's documents leave open, or what a test wants otherwise.

use serde::{Deserialize, Serialize};

/// Settings of NAPI's responses; [`ServiceSettings::new`] is as the live service did in 2021.
///
/// Applies to every request from the moment that it is set, on all connections. What a single
/// connection does is a [`Script`](crate::Script).
///
/// As JSON, every member may be left out:
///
/// ```text
/// {"nulls":"written","outcome":{"error":{"code":1002,"level":"source"}},"polls":0}
/// ```
///
/// ```
/// use mock_napi::{ErrorLevel, NullMembers, Outcome, ServiceSettings};
///
/// let settings = ServiceSettings::new()
///     .nulls(NullMembers::Written)
///     .outcome(Outcome::Error { code: 1002, level: ErrorLevel::Source })
///     .polls(0);
/// assert_ne!(settings, ServiceSettings::new());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSettings {
    pub(crate) callback_port: Option<u16>,
    pub(crate) callback_times: u8,
    pub(crate) completion_gate: Option<String>,
    pub(crate) compression: Compression,
    pub(crate) dates: DateFormat,
    pub(crate) end: FinalState,
    pub(crate) file_names: FileNames,
    pub(crate) forged_callbacks: u8,
    pub(crate) length: BodyFraming,
    pub(crate) longest_body: usize,
    pub(crate) nulls: NullMembers,
    pub(crate) outcome: Outcome,
    pub(crate) plain_rejection: PlainRejection,
    pub(crate) polls: u32,
    pub(crate) problems: ProblemForm,
    pub(crate) progress_callbacks: u8,
    pub(crate) search_status: SearchStatus,
    pub(crate) token_seconds: u32,
    pub(crate) unknown_records: UnknownRecords,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            callback_port: None,
            callback_times: 1,
            completion_gate: None,
            compression: Compression::default(),
            dates: DateFormat::default(),
            end: FinalState::default(),
            file_names: FileNames::default(),
            forged_callbacks: 0,
            length: BodyFraming::default(),
            longest_body: 8 * 1024 * 1024,
            nulls: NullMembers::default(),
            outcome: Outcome::default(),
            plain_rejection: PlainRejection::default(),
            polls: 2,
            problems: ProblemForm::default(),
            progress_callbacks: 0,
            search_status: SearchStatus::default(),
            token_seconds: 1800,
            unknown_records: UnknownRecords::default(),
        }
    }
}

/// The setters, one for each member.
macro_rules! setters {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty,)+) => {
        impl ServiceSettings {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub fn $name(mut self, $name: $type) -> Self {
                    self.$name = $name;
                    self
                }
            )+
        }
    };
}

impl ServiceSettings {
    /// Returns the settings of the live service in 2021, to be changed by the methods below.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the port of 127.0.0.1 that callbacks are posted to over plain HTTP, whatever host their
    /// URL names; the path is the URL's. Without it only plain URLs of this machine are called.
    #[must_use]
    pub fn callback_port(mut self, port: u16) -> Self {
        self.callback_port = Some(port);
        self
    }

    /// Keeps every transaction running until the gate of this name is open.
    #[must_use]
    pub fn completion_gate(mut self, name: impl Into<String>) -> Self {
        self.completion_gate = Some(name.into());
        self
    }
}

setters! {
    /// The number of times that each callback is posted; once by default. Receivers must bear more.
    callback_times: u8,
    /// Whether responses are compressed for those who accept that.
    compression: Compression,
    /// The format of dates.
    dates: DateFormat,
    /// The final state of transactions with a callback.
    end: FinalState,
    /// Whether a downloaded file has a name.
    file_names: FileNames,
    /// The number of callbacks before the end that say `Completed`, with a record that is not
    /// there; none by default. Callbacks are not signed, so anyone can post one: a receiver has to
    /// ask the service.
    forged_callbacks: u8,
    /// The framing of responses' bodies.
    length: BodyFraming,
    /// The longest request body in bytes, 8 MiB by default; a longer one is answered with 413. The
    /// vendor's limit is not published.
    longest_body: usize,
    /// The form of members without a value.
    nulls: NullMembers,
    /// The outcome of verifications.
    outcome: Outcome,
    /// The plain endpoint's response to users whose organization enforces mutual TLS.
    plain_rejection: PlainRejection,
    /// The number of times that the status of a transaction with a callback is asked for before it
    /// ends; twice by default. One whose callback is posted ends by itself.
    polls: u32,
    /// The form of a 400 in version 1. Version 3 always has problem details (RFC 9457).
    problems: ProblemForm,
    /// The number of callbacks before the end that say `InProgress`; none by default.
    progress_callbacks: u8,
    /// The `RecordStatus` of a search; its results are what counts.
    search_status: SearchStatus,
    /// The lifetime of a token of version 3 in seconds, by the mock's clock; 1800 by default.
    token_seconds: u32,
    /// The response for a record that is not there, or is another account's.
    unknown_records: UnknownRecords,
}

/// Whether responses are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// Never.
    Never,
    /// By gzip, for who says so in `accept-encoding`.
    #[default]
    WhenAccepted,
}

/// The format of dates; all are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateFormat {
    /// `2021-11-15T23:27:00.1234567`.
    Fractions,
    /// `2021-11-15T23:27:00`.
    #[default]
    WithoutZone,
    /// `2021-11-15T23:27:00Z`.
    Zulu,
}

/// The final state of a transaction with a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinalState {
    /// Someone cancelled it.
    Canceled,
    /// With a record.
    #[default]
    Completed,
    /// Without one.
    Failed,
    /// It took longer than its time.
    TimeoutCanceled,
}

/// The level that a service error stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorLevel {
    /// The record.
    Record,
    /// The request as a whole: there is no record.
    Request,
    /// Every data source.
    Source,
}

/// Whether a downloaded file has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileNames {
    /// In `content-disposition` (RFC 6266).
    #[default]
    Given,
    /// No.
    LeftOut,
}

/// The framing of a response's body. HTTP/2 has no chunks; there the length is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyFraming {
    /// By `content-length`; a compressed response in chunks.
    #[default]
    Announced,
    /// In chunks (RFC 9112, section 7.1).
    Chunked,
}

/// The form of members without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NullMembers {
    /// They are left out, as in live responses.
    #[default]
    LeftOut,
    /// They are `null`, as in published examples.
    Written,
}

/// The outcome of verifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// By the inputs, compared with the test entities of the country.
    #[default]
    ByInput,
    /// This service error, with the vendor's words if the code is a known one.
    Error {
        /// Its code, for example 1002.
        code: u16,
        /// Where it stands.
        level: ErrorLevel,
    },
    /// Every source that can be asked matches.
    Match,
    /// No source matches.
    NoMatch,
}

/// The plain endpoint's response to users whose organization enforces mutual TLS, once their
/// credentials are found to be right. Which one the vendor uses is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlainRejection {
    /// No response: the connection is closed, and over HTTP/2 the stream is reset.
    Closed,
    /// 403 and a message, in the form of [`ServiceSettings::problems`].
    #[default]
    Forbidden,
    /// 403 and the problem details of RFC 9457.
    ProblemDetails,
    /// 401, the same as to a wrong password.
    Unauthorized,
}

/// The form of a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemForm {
    /// `"Account not configured for this country"`.
    #[default]
    BareString,
    /// `{"Code":400,"Message":"...","Reason":"BadRequest"}`, as the vendor's SDKs read it.
    CodeAndMessage,
    /// `{"Message":"..."}`.
    Message,
    /// The problem details of RFC 9457, as ASP.NET writes them.
    ProblemDetails,
}

/// The `RecordStatus` of a search for companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SearchStatus {
    /// There is none.
    #[default]
    None,
    /// `nomatch`, also where companies were found, as the vendor's documents say that it may be.
    NoMatch,
}

/// The response for a record or a transaction that is not the account's. Which one the vendor
/// uses is not established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownRecords {
    /// 400, `Transaction not available`.
    #[default]
    BadRequest,
    /// 200 with service error 2004, or 2005 if it is another account's.
    ServiceError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_may_be_absent_but_not_misspelt() {
        let read = |json| serde_json::from_str::<ServiceSettings>(json);
        assert_eq!(read("{}").unwrap(), ServiceSettings::new());
        let json =
            r#"{"nulls":"written","outcome":{"error":{"code":1002,"level":"source"}},"polls":0}"#;
        let error = Outcome::Error {
            code: 1002,
            level: ErrorLevel::Source,
        };
        let settings = ServiceSettings::new()
            .nulls(NullMembers::Written)
            .outcome(error)
            .polls(0);
        assert_eq!(read(json).unwrap(), settings);
        assert!(read(r#"{"null":"written"}"#).is_err());
    }

    #[test]
    fn settings_read_back() {
        let settings = ServiceSettings::new()
            .callback_port(8080)
            .dates(DateFormat::Fractions);
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            serde_json::from_str::<ServiceSettings>(&json).unwrap(),
            settings
        );
    }
}
