//! How NAPI answers where the vendor's documents leave it open, or where a test wants it otherwise.

use serde::{Deserialize, Serialize};

/// How NAPI answers; [`ServiceSettings::new`] is as the live service did in 2021.
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
    /// As the live service did in 2021, to be changed by the methods below.
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

    /// No transaction ends before the gate of this name is open.
    #[must_use]
    pub fn completion_gate(mut self, name: impl Into<String>) -> Self {
        self.completion_gate = Some(name.into());
        self
    }
}

setters! {
    /// How often each callback is posted; once by default. Receivers must bear more.
    callback_times: u8,
    /// Whether responses are compressed for those who accept that.
    compression: Compression,
    /// How dates are written.
    dates: DateFormat,
    /// How transactions with a callback end.
    end: FinalState,
    /// Whether a downloaded file has a name.
    file_names: FileNames,
    /// How many callbacks come before the end that say `Completed`, with a record that is not
    /// there; none by default. Callbacks are not signed, so anyone can post one: a receiver has to
    /// ask the service.
    forged_callbacks: u8,
    /// How a response says how long it is.
    length: BodyFraming,
    /// The longest request body in bytes, 8 MiB by default; a longer one is answered with 413. The
    /// vendor's limit is not published.
    longest_body: usize,
    /// What becomes of members without a value.
    nulls: NullMembers,
    /// What verifications come to.
    outcome: Outcome,
    /// How the plain endpoint rejects users whose organization enforces mutual TLS.
    plain_rejection: PlainRejection,
    /// How often the status of a transaction with a callback is asked for before it ends; twice by
    /// default. One whose callback is posted ends by itself.
    polls: u32,
    /// How version 1 words a 400. Version 3 always has problem details (RFC 9457).
    problems: ProblemForm,
    /// How many callbacks come before the end that say `InProgress`; none by default.
    progress_callbacks: u8,
    /// What a search says of itself; its results are what counts.
    search_status: SearchStatus,
    /// How long a token of version 3 is good for, by the mock's clock; 1800 seconds by default.
    token_seconds: u32,
    /// What is answered for a record that is not there, or is another account's.
    unknown_records: UnknownRecords,
}

/// Whether responses are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Compression {
    /// Never.
    Never,
    /// By gzip, for who says so in `accept-encoding`.
    #[default]
    WhenAccepted,
}

/// How dates are written; all are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// How a transaction with a callback ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileNames {
    /// In `content-disposition` (RFC 6266).
    #[default]
    Given,
    /// No.
    LeftOut,
}

/// How a response says how long it is. HTTP/2 has no chunks; there it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyFraming {
    /// By `content-length`; a compressed response in chunks.
    #[default]
    Announced,
    /// In chunks (RFC 9112, section 7.1).
    Chunked,
}

/// What becomes of members without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NullMembers {
    /// They are left out, as in live responses.
    #[default]
    LeftOut,
    /// They are `null`, as in published examples.
    Written,
}

/// What verifications come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// What the inputs come to, held against the test entities of the country.
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

/// How the plain endpoint rejects users whose organization enforces mutual TLS, once their
/// credentials are found to be right. Which one the vendor uses is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// How a 400 says what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SearchStatus {
    /// There is none.
    #[default]
    None,
    /// `nomatch`, also where companies were found, as the vendor's documents say that it may be.
    NoMatch,
}

/// What is answered for a record or a transaction that is not the account's. Which one the vendor
/// uses is not established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    fn every_member_may_be_left_out_and_none_may_be_misspelt() {
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
