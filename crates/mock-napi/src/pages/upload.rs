//! The form with a certification request: a file, or text that was pasted.

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;

/// The members of the form.
#[derive(Default)]
pub(super) struct Upload {
    pub(super) form_token: String,
    file: Bytes,
    pub(super) text: String,
}

/// The reason for which a form has no certification request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UploadError {
    Both,
    Neither,
    TooLarge,
    Unreadable,
}

impl Upload {
    /// Reads the form.
    pub(super) async fn read(mut form: Multipart) -> Result<Self, UploadError> {
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(|it| failed(&it))? {
            match field.name() {
                Some("form_token") => {
                    upload.form_token = field.text().await.map_err(|it| failed(&it))?;
                }
                Some("file") => upload.file = field.bytes().await.map_err(|it| failed(&it))?,
                Some("text") => upload.text = field.text().await.map_err(|it| failed(&it))?,
                _ => {}
            }
        }
        Ok(upload)
    }

    /// Returns the certification request of the form, as it was uploaded or pasted.
    pub(super) fn request(&self) -> Result<Bytes, UploadError> {
        match (self.file.is_empty(), self.text.trim().is_empty()) {
            (true, true) => Err(UploadError::Neither),
            (false, false) => Err(UploadError::Both),
            (false, true) => Ok(self.file.clone()),
            (true, false) => Ok(Bytes::copy_from_slice(self.text.as_bytes())),
        }
    }
}

fn failed(error: &MultipartError) -> UploadError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => UploadError::TooLarge,
        _ => UploadError::Unreadable,
    }
}

impl UploadError {
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Both => "Choose a file or paste its text, not both: they may differ.",
            Self::Neither => "Choose the file of a certification request, or paste its text.",
            Self::TooLarge => {
                "The file exceeds 64 KiB. A certification request has about 2 KiB: choose the .csr file."
            }
            Self::Unreadable => "The form was cut off on its way. Send it again.",
        }
    }
}
