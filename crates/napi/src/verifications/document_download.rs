//! `GET /verifications/v1/documentdownload/{id}/{fieldName}`.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use percent_encoding::percent_decode_str;
use vocabulary::Operation;

use crate::argument::ArgumentProblem;
use crate::authentication::Authentication;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::id::TransactionRecordId;
use crate::path::segment;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::verifications::file_name;
use crate::verifications::transaction_record_document::LONGEST_FIELD;
use crate::wire::open;

/// A file that belongs to a record, such as an extract of a register.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadedDocument {
    /// The file.
    pub bytes: Bytes,
    /// A name for it, safe to create in a directory of one's own: no path, no device, no control
    /// character.
    ///
    /// `downloadDocument.pdf` if the service named none.
    pub file_name: String,
    /// Its media type as the service has it, such as `application/pdf`.
    pub content_type: Option<String>,
}

/// Shows the length and nothing else: names of files hold names of people.
impl fmt::Debug for DownloadedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadedDocument")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

open! {
    /// The name of a file of a record: of the member of
    /// [`Business`](crate::verifications::Business) that asks for it, and of the field that is
    /// appended to the result once it is there. See
    /// [`AppendedField::document`](crate::verifications::AppendedField::document).
    pub struct DocumentName {
        /// Changes of agents' addresses.
        AGENT_ADDRESS_CHANGE = "AgentAddressChange",
        /// Annual accounts.
        ANNUAL_ACCOUNTS = "AnnualAccounts",
        /// Annual report.
        ANNUAL_REPORT = "AnnualReport",
        /// Articles of association.
        ARTICLE_OF_ASSOCIATION = "ArticleOfAssociation",
        /// Articles of authority.
        ARTICLE_OF_AUTHORITY = "ArticleOfAuthority",
        /// Check of the beneficial owners.
        BENEFICIAL_OWNERS_CHECK = "BeneficialOwnersCheck",
        /// The complete report.
        COMPLETE_PLUS = "CompletePlus",
        /// Check of the company's credit.
        CREDIT_CHECK = "CreditCheck",
        /// Report on the company's credit.
        CREDIT_REPORT = "CreditReport",
        /// The enhanced profile.
        ENHANCED_PROFILE = "EnhancedProfile",
        /// Owners and subsidiaries.
        ENTITIES = "Entities",
        /// Changes that were filed.
        FILED_CHANGES = "FiledChanges",
        /// Documents that were filed.
        FILED_DOCUMENTS = "FiledDocuments",
        /// Filings with the register.
        FILINGS = "Filings",
        /// Financial information.
        FINANCIAL_INFORMATION = "FinancialInformationDocument",
        /// Extract of the Austrian trade register.
        GISA_EXTRACT = "GISAExtract",
        /// Check of the register.
        REGISTER_CHECK = "RegisterCheck",
        /// Report of the register.
        REGISTER_REPORT = "RegisterReport",
        /// Details of the registration.
        REGISTRATION_DETAILS = "RegistrationDetails",
        /// List of shareholders.
        SHAREHOLDER_LIST = "ShareholderListDocument",
        /// Report of the trade register.
        TRADE_REGISTER_REPORT = "TradeRegisterReport",
        /// Extract of the register of associations.
        VR_EXTRACT = "VRExtract",
    }
}

/// Asks for a file that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDownload {
    id: TransactionRecordId,
    name: DocumentName,
}

impl DocumentDownload {
    /// Asks for the file under this name, which is that of an appended field of the record.
    #[must_use]
    pub fn new(id: TransactionRecordId, name: impl Into<DocumentName>) -> Self {
        let name = name.into();
        Self { id, name }
    }

    /// Asks for the file that a path leads to, as a result has it in an appended field:
    /// `/verifications/v3/documentdownload/<record>/<name>`.
    ///
    /// What stands before record and name is not the path of the endpoint, in either version, and
    /// is passed over; so are a host, a query and a slash at the end.
    ///
    /// ```
    /// use napi::verifications::{DocumentDownload, DocumentName};
    ///
    /// let path = "/verifications/v3/documentdownload/2074fbd2/ShareholderListDocument";
    /// let download = DocumentDownload::from_path(path)?;
    /// assert_eq!(*download.name(), DocumentName::SHAREHOLDER_LIST);
    /// # Ok::<(), napi::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if it has not at least a record and a name, each a segment as the
    /// service takes one.
    pub fn from_path(path: &str) -> Result<Self, Error> {
        let no_path = || Error::Argument {
            argument: "the path of the document",
            problem: ArgumentProblem::NotDocumentPath,
        };
        let (_, id, name) = segments(path).ok_or_else(no_path)?;
        segment("the field name", &name, LONGEST_FIELD)?;
        Ok(Self::new(id.parse()?, name))
    }

    /// Reads a text that may be such a path; one that has no `documentdownload` before the record
    /// is another text.
    pub(crate) fn recognise(text: &str) -> Option<Self> {
        let (endpoint, ..) = segments(text)?;
        // Appended data may be any text, and one with two slashes is usually no document's path.
        let is_path = endpoint.eq_ignore_ascii_case("documentdownload");
        is_path.then(|| Self::from_path(text).ok()).flatten()
    }

    /// Returns the record that it belongs to.
    #[must_use]
    pub fn record_id(&self) -> &TransactionRecordId {
        &self.id
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &DocumentName {
        &self.name
    }
}

/// Returns the last three segments of a path, decoded; the first of them may be empty.
fn segments(path: &str) -> Option<(String, String, String)> {
    // From the end: what comes before differs between the versions, and a host may be in front.
    let path = path.split(['?', '#']).next()?.trim().trim_end_matches('/');
    let mut segments = path.rsplit('/').map(|segment| {
        let decoded = percent_decode_str(segment).decode_utf8().ok()?;
        Some(decoded.into_owned())
    });
    let (name, id) = (segments.next()??, segments.next()??);
    Some((segments.next().flatten().unwrap_or_default(), id, name))
}

impl Sealed for DocumentDownload {}

impl Endpoint for DocumentDownload {
    type Response = DownloadedDocument;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        let field = segment("the field name", self.name.as_str(), LONGEST_FIELD)?;
        let mut request = request::get(
            Operation::new(
                "DocumentDownload",
                "/verifications/v1/documentdownload/{id}/{field}",
            ),
            format!("/verifications/v1/documentdownload/{id}/{field}"),
        )?;
        // A preference only: what the service has in another type is taken too.
        let accept = HeaderValue::from_static("application/pdf, */*;q=0.5");
        request.headers_mut().insert(header::ACCEPT, accept);
        Ok(request)
    }

    fn response(&self, response: Response<Bytes>) -> Result<DownloadedDocument, Error> {
        // A status of 200 does not tell a file from a login page or from errors of the service.
        response::not_html(&response)?;
        if is_json(&response) {
            response::not_service_errors(&response)?;
        }
        let headers = response.headers();
        let content_type = headers.get(header::CONTENT_TYPE);
        let file_name = headers
            .get(header::CONTENT_DISPOSITION)
            .and_then(|header| file_name::read(header.as_bytes()));
        Ok(DownloadedDocument {
            file_name: file_name.unwrap_or_else(|| file_name::FALLBACK.to_owned()),
            content_type: content_type
                .and_then(|it| it.to_str().ok())
                .map(str::to_owned),
            bytes: response.into_body(),
        })
    }
}

/// Returns whether the response says that it is JSON: a file that happens to look like an error is
/// a file.
fn is_json(response: &Response<Bytes>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifications::{AppendedField, DatasourceResult};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_path_with_any_prefix_leads_to_the_endpoint() {
        for path in [
            "/verifications/v3/documentdownload/2074fbd2/ShareholderListDocument",
            "/kyb/v3/verifications/documentdownload/2074fbd2/ShareholderListDocument/",
            "documentdownload/2074fbd2/ShareholderListDocument?x=/1/2",
            "https://api.trulioo.com/documentdownload/2074fbd2/ShareholderListDocument#top",
            "/2074fbd2/Shareholder%4CistDocument",
        ] {
            let download = DocumentDownload::from_path(path).unwrap();
            assert_eq!(
                download,
                DocumentDownload::new("2074fbd2".into(), DocumentName::SHAREHOLDER_LIST)
            );
            let request = download.request().unwrap();
            let expected = "/verifications/v1/documentdownload/2074fbd2/ShareholderListDocument";
            assert_eq!(request.uri(), expected, "{path}");
        }
        for path in [
            "",
            "/",
            "ShareholderListDocument",
            "/../ShareholderListDocument",
            "//a",
            "/a/%ff",
            "/1/%2e%2e",
        ] {
            assert!(DocumentDownload::from_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn an_appended_field_tells_a_document_from_any_other_text() {
        let field = |data: serde_json::Value| AppendedField {
            data: Some(data),
            ..AppendedField::default()
        };
        let path = "/verifications/v3/documentdownload/2074fbd2/Filings";
        let download = field(json!(path)).document().unwrap();
        assert_eq!(*download.name(), DocumentName::FILINGS);
        for other in [
            json!("/1/2"),
            json!("12/31/1999"),
            json!("a/b"),
            json!({}),
            json!([path]),
        ] {
            assert_eq!(field(other).document(), None);
        }
        let source = DatasourceResult {
            appended_fields: vec![
                field(json!("a")),
                field(json!(path)),
                AppendedField::default(),
            ],
            ..DatasourceResult::default()
        };
        assert_eq!(source.documents().collect::<Vec<_>>(), [download]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_an_error(text in any::<String>()) {
            if let Ok(download) = DocumentDownload::from_path(&text) {
                let request = download.request().unwrap();
                prop_assert_eq!(request.uri().path().split('/').count(), 6);
            }
        }
    }

    fn response(content_type: &str, body: &'static str) -> Result<DownloadedDocument, Error> {
        let response = Response::builder().header(header::CONTENT_TYPE, content_type);
        let download = DocumentDownload::new("1".into(), "Filings");
        download.response(response.body(body.into()).unwrap())
    }

    #[test]
    fn service_errors_are_no_file_and_other_json_is_one() {
        let errors = "{\"Errors\":[{\"Code\":\"2004\",\"Message\":\"Transaction not available\"}]}";
        let error = response("application/json; charset=utf-8", errors).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the service responded with no more than errors, with its codes 2004: check the identifier, a transaction's is no record's"
        );
        assert!(matches!(error, Error::Service { errors } if errors.len() == 1));
        for (content_type, file) in [
            ("application/json", "{\"Filings\":[]}"),
            ("application/json", "[]"),
            ("text/plain", errors),
        ] {
            assert_eq!(response(content_type, file).unwrap().bytes, file);
        }
    }
}
