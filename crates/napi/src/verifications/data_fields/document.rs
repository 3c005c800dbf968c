//! Images of a document and of the face of who holds it.

use crate::base64_data::Base64Data;
use crate::wire::{input, open};

open! {
    /// A type of document. [`Client::document_types`](crate::Client::document_types) has those of a
    /// country.
    pub struct DocumentType {
        /// Driver licence.
        DRIVING_LICENCE = "DrivingLicence",
        /// Identity card.
        IDENTITY_CARD = "IdentityCard",
        /// Passport.
        PASSPORT = "Passport",
        /// Residence permit.
        RESIDENCE_PERMIT = "ResidencePermit",
        /// Voter card.
        VOTER_ID = "VoterID",
        /// Work visa.
        WORK_VISA = "WorkVisa",
    }
}

input! {
    /// Images of a document and of the face of who holds it.
    pub struct Document {
        /// The front of the document.
        document_front_image: Option<Base64Data> = "DocumentFrontImage",
        /// Its back.
        document_back_image: Option<Base64Data> = "DocumentBackImage",
        /// The face, as photographed for this check.
        live_photo: Option<Base64Data> = "LivePhoto",
        /// The type of the document.
        document_type: Option<DocumentType> = "DocumentType",
        /// Whether a document is taken of which parts are missing.
        accept_incomplete_document: Option<bool> = "AcceptIncompleteDocument",
        /// Whether the quality of the images is checked first.
        validate_document_image_quality: Option<bool> = "ValidateDocumentImageQuality",
    }
}

impl Document {
    /// Makes a document by its type and the image of its front, a JPEG or PNG file.
    #[must_use]
    pub fn new(document_type: impl Into<DocumentType>, front: impl AsRef<[u8]>) -> Self {
        Self::default()
            .document_type(document_type)
            .document_front_image(Base64Data::encode(front))
    }

    /// Sets the image of the back from its file.
    #[must_use]
    pub fn back(self, image: impl AsRef<[u8]>) -> Self {
        self.document_back_image(Base64Data::encode(image))
    }

    /// Sets the image of the face from its file.
    #[must_use]
    pub fn face(self, image: impl AsRef<[u8]>) -> Self {
        self.live_photo(Base64Data::encode(image))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_are_sent_in_base64() {
        let document = Document::new(DocumentType::PASSPORT, b"test")
            .back(b"back")
            .face(b"face");
        let json = json!({
            "DocumentType": "Passport",
            "DocumentFrontImage": "dGVzdA==",
            "DocumentBackImage": "YmFjaw==",
            "LivePhoto": "ZmFjZQ==",
        });
        assert_eq!(serde_json::to_value(document).unwrap(), json);
    }
}
