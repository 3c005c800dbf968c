//! The beginning of a body, kept so that it can be sent again.

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

/// The part of a body that is buffered.
#[derive(Default)]
pub(super) struct Kept {
    /// The data, if it came in one piece: nothing is copied.
    piece: Bytes,
    /// The data, if it came in several. Copied: a piece of one byte may hold a whole read buffer of
    /// its connection, and a body has as many pieces as its sender likes.
    pub(super) pieces: Vec<u8>,
    pub(super) trailers: Option<HeaderMap>,
}

impl Kept {
    pub(super) fn keep(&mut self, frame: &Frame<Bytes>, is_last: bool) {
        if let Some(data) = frame.data_ref() {
            if is_last && self.data_length() == 0 {
                self.piece = data.clone();
                return;
            }
            // Of a source that has gone on after its end.
            let piece = std::mem::take(&mut self.piece);
            self.pieces.extend_from_slice(&piece);
            self.pieces.extend_from_slice(data);
        }
        if let Some(trailers) = frame.trailers_ref() {
            self.trailers = Some(trailers.clone());
        }
    }

    pub(super) fn length(&self) -> usize {
        self.data_length() + self.trailers.as_ref().map_or(0, length_of_fields)
    }

    /// Returns the length that counts in the body's; trailers do not (RFC 9112, section 6.3).
    pub(super) fn data_length(&self) -> usize {
        self.piece.len() + self.pieces.len()
    }

    /// Returns the data after so many bytes, if there is any.
    pub(super) fn data_after(&self, sent: usize) -> Option<Bytes> {
        if sent < self.piece.len() {
            return Some(self.piece.slice(sent..));
        }
        let rest = self.pieces.get(sent..).filter(|rest| !rest.is_empty());
        rest.map(Bytes::copy_from_slice)
    }
}

pub(super) fn length_of_fields(fields: &HeaderMap) -> usize {
    let fields = fields.iter();
    fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
