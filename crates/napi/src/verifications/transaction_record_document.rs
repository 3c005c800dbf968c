//! `GET /verifications/v1/transactionrecord/{id}/{documentField}`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::argument::ArgumentProblem;
use crate::authentication::Authentication;
use crate::base64_data::Base64Data;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::id::TransactionRecordId;
use crate::path::segment;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::wire::open;

/// The most characters of a field's name that are sent; no limit is published.
pub(crate) const LONGEST_FIELD: usize = 100;
/// Words that mean another operation in the place of a field.
const RESERVED: [&str; 2] = ["withaddress", "verbose"];

open! {
    /// Which image of a record.
    pub struct DocumentField {
        /// The front of the document.
        FRONT_IMAGE = "DocumentFrontImage",
        /// Its back.
        BACK_IMAGE = "DocumentBackImage",
        /// The face.
        LIVE_PHOTO = "LivePhoto",
    }
}

/// Asks for an image that a record was made from. Returns the bytes of the file.
#[derive(Clone, Debug)]
pub struct GetTransactionRecordDocument {
    id: TransactionRecordId,
    field: DocumentField,
}

impl GetTransactionRecordDocument {
    /// Asks for one image of a record.
    #[must_use]
    pub fn new(id: TransactionRecordId, field: DocumentField) -> Self {
        Self { id, field }
    }
}

impl Sealed for GetTransactionRecordDocument {}

impl Endpoint for GetTransactionRecordDocument {
    type Response = Bytes;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        const ARGUMENT: &str = "the document field";
        let field = self.field.as_str();
        // The service would respond with a record and not with a file.
        if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(field)) {
            return Err(Error::Argument {
                argument: ARGUMENT,
                problem: ArgumentProblem::Reserved,
            });
        }
        let field = segment(ARGUMENT, field, LONGEST_FIELD)?;
        let id = self.id.segment()?;
        request::get(
            Operation::new(
                "GetTransactionRecordDocument",
                "/verifications/v1/transactionrecord/{id}/{field}",
            ),
            format!("/verifications/v1/transactionrecord/{id}/{field}"),
        )
    }

    /// Reads a bare JSON string of base64; or the image itself, if that is what came.
    fn response(&self, response: Response<Bytes>) -> Result<Bytes, Error> {
        if is_image(response.body()) {
            return Ok(response.into_body());
        }
        response::not_service_errors(&response)?;
        Ok(Base64Data::from(response::text(&response)?).decode()?)
    }
}

/// Returns whether bytes begin as files of images and documents do, and no text does.
fn is_image(body: &[u8]) -> bool {
    const JPEG: &[u8] = b"\xFF\xD8\xFF";
    const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";
    const TIFF: [&[u8]; 2] = [b"II*\0", b"MM\0*"];
    const PDF: &[u8] = b"%PDF-";
    let marks = [JPEG, PNG, PDF].into_iter().chain(TIFF);
    marks.into_iter().any(|mark| body.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_word_is_no_field() {
        for word in ["verbose", "WithAddress"] {
            let get = GetTransactionRecordDocument::new("1".into(), word.into());
            let error = get.request().unwrap_err();
            assert!(matches!(
                error,
                Error::Argument {
                    problem: ArgumentProblem::Reserved,
                    ..
                }
            ));
        }
    }

    #[test]
    fn image_is_read_in_each_form() {
        let get = GetTransactionRecordDocument::new("1".into(), DocumentField::LIVE_PHOTO);
        let jpeg = &b"\xFF\xD8\xFF\xE0\0\x10JFIF"[..];
        for body in [
            "\"/9j/4AAQSkZJRg==\"",
            "\"/9j/4AAQSkZJRg\"",
            "\"\\/9j\\/4AAQSkZJRg==\"",
            "\"_9j_4AAQSkZJRg\"",
            "_9j_4AAQSkZJRg",
            "\"/9j/4A\r\nAQSkZJRg==\r\n\"",
            "\"data:image/jpeg;base64,/9j/4AAQSkZJRg==\"",
            "data:image/jpeg;base64,/9j/4AAQSkZJRg==",
            "\u{FEFF}\"/9j/4AAQSkZJRg==\"",
        ] {
            assert_eq!(
                get.response(Response::new(body.into())).unwrap(),
                jpeg,
                "{body}"
            );
        }
        let bare = Response::new(Bytes::from_static(jpeg));
        assert_eq!(get.response(bare).unwrap(), jpeg);
    }

    #[test]
    fn text_that_is_no_base64_is_no_image() {
        let get = GetTransactionRecordDocument::new("1".into(), DocumentField::LIVE_PHOTO);
        for body in ["\"not an image\"", "{}", "\"R0lG"] {
            let error = get.response(Response::new(body.into())).unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{body}");
        }
    }
}
