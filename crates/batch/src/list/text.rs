//! The bytes of a list as UTF-8, whatever its encoding.

use std::fmt;
use std::io;

use encoding_rs::{Decoder, DecoderResult};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::list::encoding::ListEncoding;
use crate::list::error::{LineProblem, ListError};

/// The most bytes that are decoded in one step.
const CHUNK: usize = 64 << 10;

/// In no UTF-8 at all (RFC 3629, section 3): stands where bytes are not in the encoding, so that
/// the record with them is refused, and no other.
const NO_UTF8: u8 = 0xff;

/// A list whose bytes are read piece by piece.
pub(super) struct Text<R> {
    reader: R,
    encoding: ListEncoding,
    decoder: Option<Decoder>,
    /// Bytes that were read ahead or decoded.
    ready: Vec<u8>,
    /// The part of it that was taken.
    taken: usize,
    is_ended: bool,
}

impl<R> fmt::Debug for Text<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Text");
        shown
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl<R: AsyncBufRead + Unpin> Text<R> {
    /// Begins to read; a byte order mark is passed over.
    pub(super) async fn open(mut reader: R, encoding: ListEncoding) -> Result<Self, ListError> {
        let decoder = encoding.decoder();
        let ready = match decoder {
            None => without_mark(&mut reader).await?,
            Some(_) => Vec::new(),
        };
        Ok(Self {
            reader,
            encoding,
            decoder,
            ready,
            taken: 0,
            is_ended: false,
        })
    }

    /// Returns bytes that are not consumed yet; none at the end.
    pub(super) async fn fill(&mut self) -> io::Result<&[u8]> {
        while self.is_taken() && self.decoder.is_some() && !self.is_ended {
            self.decode().await?;
        }
        if self.is_taken() && self.decoder.is_none() {
            return self.reader.fill_buf().await;
        }
        Ok(self.ready.get(self.taken..).unwrap_or_default())
    }

    /// Reads ahead to the end of the first line, and returns it as far as it is within `most`
    /// bytes.
    pub(super) async fn first_line(&mut self, most: usize) -> io::Result<&[u8]> {
        while self.ready.len() < most && !self.ready.contains(&b'\n') && !self.is_ended {
            match self.decoder {
                Some(_) => self.decode().await?,
                None => {
                    let bytes = self.reader.fill_buf().await?;
                    self.is_ended = bytes.is_empty();
                    let count = bytes.len();
                    self.ready.extend(bytes);
                    self.reader.consume(count);
                }
            }
        }
        let mut lines = self.ready.split(|byte| *byte == b'\n');
        let line = lines.next().unwrap_or_default();
        Ok(line.get(..most).unwrap_or(line))
    }

    /// Consumes some of the bytes that [`fill`](Self::fill) has returned.
    pub(super) fn consume(&mut self, count: usize) {
        match self.is_taken() {
            true => self.reader.consume(count),
            false => self.taken += count,
        }
    }

    /// Returns the problem of a record that is not UTF-8 here.
    pub(super) fn problem(&self) -> LineProblem {
        let encoding = self.encoding.name();
        LineProblem::Encoding { encoding }
    }

    fn is_taken(&self) -> bool {
        self.taken >= self.ready.len()
    }

    async fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let bytes = self.reader.fill_buf().await?;
        let is_last = bytes.is_empty();
        self.ready.drain(..self.taken);
        self.taken = 0;
        let before = self.ready.len();
        self.ready.resize(before + CHUNK, 0);
        let room = self.ready.get_mut(before..).unwrap_or_default();
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(bytes, room, is_last);
        self.reader.consume(read);
        self.ready.truncate(before + written);
        match result {
            DecoderResult::Malformed(..) => self.ready.push(NO_UTF8),
            DecoderResult::InputEmpty => self.is_ended = is_last,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

/// Returns the first bytes without a byte order mark.
async fn without_mark(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<Vec<u8>, ListError> {
    let mut start = Vec::new();
    let longest = 3;
    while start.len() < longest {
        let bytes = reader.fill_buf().await?;
        if bytes.is_empty() {
            break;
        }
        let count = bytes.len().min(longest - start.len());
        start.extend(bytes.iter().take(count));
        reader.consume(count);
    }
    match *start.as_slice() {
        [0xef, 0xbb, 0xbf] => start.clear(),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(ListError::Utf16),
        // Without a mark: a character that all lists begin with, in two bytes.
        [0, other, ..] | [other, 0, ..] if other.is_ascii_graphic() => {
            return Err(ListError::Utf16);
        }
        _ => {}
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::BufReader;

    use super::*;

    async fn read(bytes: &[u8], encoding: &str, buffer: usize) -> Result<Vec<u8>, ListError> {
        let reader = BufReader::with_capacity(buffer, bytes);
        let mut text = Text::open(reader, encoding.parse().unwrap()).await?;
        let mut all = Vec::new();
        loop {
            let chunk = text.fill().await?;
            if chunk.is_empty() {
                return Ok(all);
            }
            // Not all of it at once, as records end where they do.
            let count = chunk.len().div_ceil(2);
            all.extend(chunk.iter().take(count));
            text.consume(count);
        }
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[tokio::test]
    async fn text_in_each_encoding_is_read_when_told() {
        let text = "n\u{e9}e\n";
        let big = utf16(&format!("\u{feff}{text}"), u16::to_be_bytes);
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), "utf-8"),
            (format!("\u{feff}{text}").into_bytes(), "utf-8"),
            (b"n\xe9e\n".to_vec(), "windows-1252"),
            (utf16(text, u16::to_le_bytes), "utf-16"),
            (big, "utf-16"),
        ] {
            for buffer in [1, 2, 1024] {
                let read = read(&bytes, encoding, buffer).await.unwrap();
                assert_eq!(String::from_utf8(read).unwrap(), text, "{encoding}");
            }
        }
    }

    #[tokio::test]
    async fn utf16_is_named_and_not_guessed() {
        let bytes = |text: &str, order| utf16(text, order);
        for bytes in [
            bytes("\u{feff}a", u16::to_le_bytes),
            bytes("\u{feff}a", u16::to_be_bytes),
            bytes("{}", u16::to_le_bytes),
            bytes("{}", u16::to_be_bytes),
        ] {
            let error = read(&bytes, "utf-8", 1).await;
            assert!(matches!(error, Err(ListError::Utf16)), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn bytes_outside_of_the_encoding_are_marked() {
        let half = [utf16("a\n", u16::to_le_bytes), vec![0x00, 0xd8]].concat();
        let read = read(&half, "utf-16", 64).await.unwrap();
        assert_eq!(read, b"a\n\xff");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
            buffer in 1_usize..20,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            for encoding in ["utf-8", "utf-16", "windows-1252", "shift_jis"] {
                let once = runtime.block_on(read(&bytes, encoding, buffer)).ok();
                let whole = runtime.block_on(read(&bytes, encoding, 1024)).ok();
                prop_assert_eq!(once, whole);
            }
        }
    }
}
