//! A list in NDJSON: one [`VerifyRequest`] a line.

use std::io;

use napi::Endpoint;
use napi::verifications::VerifyRequest;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::digest::{InputDigest, InputKey};
use crate::record::NewRecord;

/// The longest line that is read, in bytes: room for the images of a document in base64.
const LONGEST_LINE: usize = 16 << 20;

/// The most characters of a `CustomerReferenceID`.
const LONGEST_REFERENCE: usize = 128;

/// Reads a list line by line, in constant memory.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    line: u64,
    number: u64,
}

/// One line of the list, and what it asks for.
#[derive(Debug)]
pub(crate) struct Input {
    /// For a person: blank lines count.
    pub(crate) line: u64,
    /// For the journal: they do not.
    pub(crate) number: u64,
    pub(crate) digest: InputDigest,
    pub(crate) request: Result<VerifyRequest, LineProblem>,
}

/// A line that cannot be sent, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// The line, from 1.
    pub line: u64,
    /// The reason.
    pub problem: LineProblem,
}

/// The reason why a line cannot be sent. It quotes nothing of the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// The line is no JSON object of a request.
    #[error("it is not the JSON of a VerifyRequest (column {column})")]
    Json {
        /// The column in bytes, from 1; 0 if unknown.
        column: usize,
    },
    /// The service needs to know whose data sources to ask.
    #[error("it has no CountryCode")]
    NoCountry,
    /// There is no one to be verified.
    #[error("it has no DataFields")]
    NoDataFields,
    /// The reference is longer than the service takes.
    #[error("its CustomerReferenceID is longer than {LONGEST_REFERENCE} characters")]
    LongReference,
    /// A member of the request is not what the service takes.
    #[error("{0}")]
    Argument(String),
    /// The line is not UTF-8.
    #[error("it is not UTF-8: convert the list, such as by `iconv -t UTF-8`")]
    NotUtf8,
    /// The line is longer than is read.
    #[error("it is longer than {LONGEST_LINE} bytes")]
    TooLong,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            line: 0,
            number: 0,
        }
    }

    /// Returns the next line that is not blank.
    ///
    /// # Errors
    ///
    /// If the list cannot be read.
    pub(crate) async fn next(&mut self, key: &InputKey) -> io::Result<Option<Input>> {
        let next = self.next_sized(key).await?;
        Ok(next.map(|(input, _)| input))
    }

    /// Returns the next line that is not blank, and its length in bytes.
    pub(crate) async fn next_sized(
        &mut self,
        key: &InputKey,
    ) -> io::Result<Option<(Input, usize)>> {
        let mut text = Vec::new();
        loop {
            text.clear();
            let Some(is_whole) = self.read_line(&mut text).await? else {
                return Ok(None);
            };
            self.line += 1;
            if self.line == 1 && text.starts_with(b"\xef\xbb\xbf") {
                text.drain(..3); // a byte order mark, as editors on Windows write it
            }
            let content = text.trim_ascii();
            if is_whole && content.is_empty() {
                continue;
            }
            self.number += 1;
            let input = Input {
                line: self.line,
                number: self.number,
                digest: key.digest(content),
                request: match is_whole {
                    true => parse(content),
                    false => Err(LineProblem::TooLong),
                },
            };
            return Ok(Some((input, content.len())));
        }
    }

    /// Reads up to the line break, and returns whether all of it was within the limit; `None` at
    /// the end. What is beyond the limit is read and dropped, so that the next line is the next.
    async fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<Option<bool>> {
        let mut is_any = false;
        let mut is_whole = true;
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(is_any.then_some(is_whole));
            }
            is_any = true;
            let (part, length, is_end) = match chunk.iter().position(|byte| *byte == b'\n') {
                Some(end) => (chunk.get(..end), end + 1, true),
                None => (Some(chunk), chunk.len(), false),
            };
            let part = part.unwrap_or_default();
            let room = LONGEST_LINE.saturating_sub(text.len());
            is_whole &= part.len() <= room;
            text.extend(part.iter().take(room));
            self.reader.consume(length);
            if is_end {
                return Ok(Some(is_whole));
            }
        }
    }
}

impl Input {
    /// Returns what the journal is to know of this line: the reference of the list if it has one,
    /// else one of the batch's own.
    pub(crate) fn record(&self, batch_name: &str) -> NewRecord {
        let given = self.request.as_ref().ok();
        let given = given.and_then(|request| request.customer_reference_id.clone());
        NewRecord {
            number: self.number,
            digest: self.digest,
            reference: given.unwrap_or_else(|| format!("{batch_name}-{}", self.number)),
        }
    }
}

fn parse(text: &[u8]) -> Result<VerifyRequest, LineProblem> {
    if str::from_utf8(text).is_err() {
        return Err(LineProblem::NotUtf8);
    }
    // The error's own words would quote the value.
    let request: VerifyRequest =
        serde_json::from_slice(text).map_err(|error| LineProblem::Json {
            column: error.column(),
        })?;
    let reference = request.customer_reference_id.as_deref();
    if reference.is_some_and(|it| it.chars().count() > LONGEST_REFERENCE) {
        return Err(LineProblem::LongReference);
    }
    match (&request.country_code, &request.data_fields) {
        (None, _) => Err(LineProblem::NoCountry),
        (_, None) => Err(LineProblem::NoDataFields),
        // What the client itself would refuse, in words that do not quote it.
        _ => match request.request() {
            Ok(_) => Ok(request),
            Err(error) => Err(LineProblem::Argument(error.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PERSON: &str =
        r#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Ada"}}}"#;

    async fn read(list: &[u8], buffer: usize) -> Vec<Input> {
        let key = InputKey::new([7; 32]);
        let reader = tokio::io::BufReader::with_capacity(buffer, list);
        let mut lines = Lines::new(reader);
        let mut inputs = Vec::new();
        while let Some(input) = lines.next(&key).await.unwrap() {
            inputs.push(input);
        }
        inputs
    }

    #[tokio::test]
    async fn blank_lines_count_and_are_left_out() {
        let list = format!("\u{feff}{PERSON}\r\n\n  \n{PERSON}");
        let inputs = read(list.as_bytes(), 8).await;
        let lines: Vec<_> = inputs.iter().map(|input| input.line).collect();
        assert_eq!(lines, [1, 4]);
        assert!(inputs.iter().all(|input| input.request.is_ok()));
        // Neither the mark, nor the line break, nor the place is part of the digest.
        assert_eq!(inputs[0].digest, inputs[1].digest);
    }

    #[tokio::test]
    async fn each_problem_is_named_with_its_line() {
        let long = format!(
            r#"{{"CountryCode":"IT","DataFields":{{}},"CustomerReferenceID":"{}"}}"#,
            "r".repeat(129)
        );
        let list = [
            "[1".as_bytes(),
            br#"{"DataFields":{}}"#,
            br#"{"CountryCode":"IT"}"#,
            long.as_bytes(),
            b"{\"a\":\"\xff\"}",
            br#"{"CountryCode":"IT","DataFields":{"Passport":{"Number":"1"}},"CallBackUrl":"ftp://acme.example"}"#,
        ]
        .join(&b'\n');
        let inputs = read(&list, 1024).await;
        let mut problems: Vec<_> = inputs
            .into_iter()
            .map(|it| it.request.unwrap_err())
            .collect();
        assert!(matches!(problems[0], LineProblem::Json { .. }));
        assert!(matches!(problems.pop(), Some(LineProblem::Argument(_))));
        let expected = [
            LineProblem::NoCountry,
            LineProblem::NoDataFields,
            LineProblem::LongReference,
            LineProblem::NotUtf8,
        ];
        assert_eq!(problems[1..], expected);
    }

    #[tokio::test]
    async fn line_beyond_the_limit_spoils_no_other() {
        let mut list = vec![b'x'; LONGEST_LINE + 1];
        list.push(b'\n');
        list.extend(PERSON.as_bytes());
        let inputs = read(&list, 1 << 16).await;
        assert_eq!(
            inputs[0].request.as_ref().unwrap_err(),
            &LineProblem::TooLong
        );
        assert_eq!(inputs[1].line, 2);
        assert!(inputs[1].request.is_ok());
    }

    #[test]
    fn problem_of_a_line_does_not_quote_it() {
        let problem = parse(br#"{"CountryCode":"IT","DataFields":"Mancini"}"#).unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("Mancini"));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_by_any_buffer(
            list in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), any::<u8>()], 0..200),
            buffer in 1_usize..64,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let inputs = runtime.block_on(read(&list, buffer));
            let expected: Vec<_> = list
                .split(|byte| *byte == b'\n')
                .zip(1..)
                .map(|(text, line)| (text.strip_prefix(b"\xef\xbb\xbf").filter(|_| line == 1).unwrap_or(text), line))
                .filter(|(text, _)| !text.trim_ascii().is_empty())
                .map(|(text, line)| (InputKey::new([7; 32]).digest(text.trim_ascii()), line))
                .collect();
            let seen: Vec<_> = inputs.iter().map(|input| (input.digest, input.line)).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
