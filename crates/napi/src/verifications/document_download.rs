//! `GET /verifications/v1/documentdownload/{id}/{fieldName}`.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};

use crate::{
    Authentication, Endpoint, Error, RequestBody, TransactionRecordId, answer,
    endpoint::sealed::Sealed,
    path::segment,
    request,
    verifications::{file_name, transaction_record_document::LONGEST_FIELD},
};

/// A file that belongs to a record, such as an extract of a register.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadedDocument {
    /// The file.
    pub bytes: Bytes,
    /// A name for it, safe to create in a directory of one's own: no path, no device, no control character.
    ///
    /// `downloadDocument.pdf` if the service named none.
    pub file_name: String,
    /// What the service says that it is, such as `application/pdf`.
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

/// Asks for a file that belongs to a record.
#[derive(Clone)]
pub struct DocumentDownload {
    id: TransactionRecordId,
    field_name: String,
}

impl DocumentDownload {
    /// The file under this name, which is that of an appended field of the record.
    #[must_use]
    pub fn new(id: TransactionRecordId, field_name: impl Into<String>) -> Self {
        Self {
            id,
            field_name: field_name.into(),
        }
    }
}

impl fmt::Debug for DocumentDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentDownload")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Sealed for DocumentDownload {}

impl Endpoint for DocumentDownload {
    type Response = DownloadedDocument;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const REPEATABLE: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        let field = segment("the field name", &self.field_name, LONGEST_FIELD)?;
        let mut request = request::get(format!("/verifications/v1/documentdownload/{id}/{field}"))?;
        let accept = HeaderValue::from_static("application/pdf, */*;q=0.5");
        request.headers_mut().insert(header::ACCEPT, accept);
        Ok(request)
    }

    fn response(&self, answer: Response<Bytes>) -> Result<DownloadedDocument, Error> {
        answer::not_markup(&answer)?;
        if is_json(&answer) {
            answer::not_service_errors(&answer)?;
        }
        let headers = answer.headers();
        let content_type = headers.get(header::CONTENT_TYPE);
        let file_name = headers
            .get(header::CONTENT_DISPOSITION)
            .and_then(|header| file_name::read(header.as_bytes()));
        Ok(DownloadedDocument {
            file_name: file_name.unwrap_or_else(|| file_name::FALLBACK.to_owned()),
            content_type: content_type
                .and_then(|it| it.to_str().ok())
                .map(str::to_owned),
            bytes: answer.into_body(),
        })
    }
}

/// Whether the answer says that it is JSON: a file that happens to look like an error is a file.
fn is_json(answer: &Response<Bytes>) -> bool {
    let content_type = answer.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content_type: &str, body: &'static str) -> Result<DownloadedDocument, Error> {
        let answer = Response::builder().header(header::CONTENT_TYPE, content_type);
        let download = DocumentDownload::new("1".into(), "Filings");
        download.response(answer.body(body.into()).unwrap())
    }

    #[test]
    fn service_errors_are_no_file_and_other_json_is_one() {
        let errors = "{\"Errors\":[{\"Code\":\"2004\",\"Message\":\"Transaction not available\"}]}";
        let error = answer("application/json; charset=utf-8", errors).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the service answered no more than errors, with its codes 2004: check the identifier, a transaction's is no record's"
        );
        assert!(matches!(error, Error::Service { errors } if errors.len() == 1));
        for (content_type, file) in [
            ("application/json", "{\"Filings\":[]}"),
            ("application/json", "[]"),
            ("text/plain", errors),
        ] {
            assert_eq!(answer(content_type, file).unwrap().bytes, file);
        }
    }
}
