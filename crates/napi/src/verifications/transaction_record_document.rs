//! `GET /verifications/v1/transactionrecord/{id}/{documentField}`.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    ArgumentProblem, Authentication, Base64Data, Endpoint, Error, RequestBody, TransactionRecordId,
    answer, endpoint::sealed::Sealed, path::segment, request, wire::open,
};

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

/// Asks for an image that a record was made from. Answers the bytes of the file.
#[derive(Clone, Debug)]
pub struct GetTransactionRecordDocument {
    id: TransactionRecordId,
    field: DocumentField,
}

impl GetTransactionRecordDocument {
    /// One image of a record.
    #[must_use]
    pub fn new(id: TransactionRecordId, field: DocumentField) -> Self {
        Self { id, field }
    }
}

impl Sealed for GetTransactionRecordDocument {}

impl Endpoint for GetTransactionRecordDocument {
    type Response = Bytes;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const REPEATABLE: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        const ARGUMENT: &str = "the document field";
        let field = self.field.as_str();
        if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(field)) {
            return Err(Error::Argument {
                argument: ARGUMENT,
                problem: ArgumentProblem::Reserved,
            });
        }
        let field = segment(ARGUMENT, field, LONGEST_FIELD)?;
        let id = self.id.segment()?;
        request::get(format!("/verifications/v1/transactionrecord/{id}/{field}"))
    }

    /// Reads a bare JSON string of base64.
    fn response(&self, answer: Response<Bytes>) -> Result<Bytes, Error> {
        answer::not_service_errors(answer.body())?;
        Base64Data::from(answer::text(answer.body())?).decode()
    }
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
    fn text_that_is_no_base64_is_no_image() {
        let get = GetTransactionRecordDocument::new("1".into(), DocumentField::LIVE_PHOTO);
        for body in ["\"not an image\"", "{}", "\"R0lG"] {
            let error = get.response(Response::new(body.into())).unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{body}");
        }
    }
}
