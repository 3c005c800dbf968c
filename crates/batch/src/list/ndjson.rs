//! A list in NDJSON: one [`VerifyRequest`] a line.

use std::io;

use napi::verifications::VerifyRequest;
use tokio::io::AsyncBufRead;

use crate::digest::InputKey;
use crate::list::error::LineProblem;
use crate::list::limits::LONGEST_RECORD;
use crate::list::raw_record::RawRecord;
use crate::list::text::Text;

/// The lines of a list.
#[derive(Debug)]
pub(super) struct Lines<R> {
    text: Text<R>,
    line: u64,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(super) fn new(text: Text<R>) -> Self {
        Self { text, line: 0 }
    }

    /// Returns the next line that is not blank.
    pub(super) async fn next(&mut self, key: &InputKey) -> io::Result<Option<RawRecord>> {
        let mut text = Vec::new();
        loop {
            text.clear();
            let Some(is_whole) = self.read_line(&mut text).await? else {
                return Ok(None);
            };
            self.line += 1;
            let content = text.trim_ascii();
            if is_whole && content.is_empty() {
                continue;
            }
            return Ok(Some(RawRecord {
                line: self.line,
                digest: key.digest(content),
                length: content.len(),
                request: match is_whole {
                    true => self.parse(content),
                    false => Err(LineProblem::TooLong),
                },
            }));
        }
    }

    fn parse(&self, text: &[u8]) -> Result<VerifyRequest, LineProblem> {
        if str::from_utf8(text).is_err() {
            return Err(self.text.problem());
        }
        // The error's own words would quote the value.
        serde_json::from_slice(text).map_err(|error| LineProblem::Json {
            column: error.column(),
        })
    }

    /// Reads up to the line break, and returns whether all of it was within the limit; `None` at
    /// the end. What is beyond the limit is read and dropped, so that the next line is the next.
    async fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<Option<bool>> {
        let mut is_any = false;
        let mut is_whole = true;
        loop {
            let chunk = self.text.fill().await?;
            if chunk.is_empty() {
                return Ok(is_any.then_some(is_whole));
            }
            is_any = true;
            let (part, length, is_end) = match chunk.iter().position(|byte| *byte == b'\n') {
                Some(end) => (chunk.get(..end), end + 1, true),
                None => (Some(chunk), chunk.len(), false),
            };
            let part = part.unwrap_or_default();
            let room = LONGEST_RECORD.saturating_sub(text.len());
            is_whole &= part.len() <= room;
            text.extend(part.iter().take(room));
            self.text.consume(length);
            if is_end {
                return Ok(Some(is_whole));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::list::form::ListForm;
    use crate::list::{Input, List};

    const PERSON: &str =
        r#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Ada"}}}"#;

    async fn read(list: &[u8], buffer: usize) -> Vec<Input> {
        let key = InputKey::new([7; 32]);
        let reader = tokio::io::BufReader::with_capacity(buffer, list);
        let mut list = List::open(reader, &ListForm::ndjson()).await.unwrap();
        let mut inputs = Vec::new();
        while let Some(input) = list.next(&key).await.unwrap() {
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
            LineProblem::Encoding { encoding: "UTF-8" },
        ];
        assert_eq!(problems[1..], expected);
    }

    #[tokio::test]
    async fn line_beyond_the_limit_spoils_no_other() {
        let mut list = vec![b'x'; LONGEST_RECORD + 1];
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

    #[tokio::test]
    async fn problem_of_a_line_does_not_quote_it() {
        let line = br#"{"CountryCode":"IT","DataFields":"Mancini"}"#;
        let problem = read(line, 64).await.remove(0).request.unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("Mancini"));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_by_any_buffer(
            list in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), 1_u8..0xef], 0..200),
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
