//! A list in CSV (RFC 4180): one record a line, their names in the first.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use tokio::io::AsyncBufRead;

use crate::digest::InputKey;
use crate::list::columns::Columns;
use crate::list::error::{LineError, LineProblem, ListError};
use crate::list::form::CsvForm;
use crate::list::limits::LONGEST_RECORD;
use crate::list::quotes::Quotes;
use crate::list::raw_record::RawRecord;
use crate::list::text::Text;

/// The most cells of a line.
const MOST_CELLS: usize = 4096;

/// The bytes of the first line by which the separator is guessed.
const SNIFFED: usize = 8 << 10;

/// Lines of cells behind the one with their names.
#[derive(Debug)]
pub(super) struct CsvRecords<R> {
    lines: CellLines<R>,
    columns: Columns,
}

/// Lines of cells.
#[derive(Debug)]
struct CellLines<R> {
    text: Text<R>,
    reader: Reader,
    quotes: Quotes,
}

/// One line of cells.
#[derive(Debug)]
struct CellLine {
    line: u64,
    bytes: Vec<u8>,
    /// The end of each cell in them.
    ends: Vec<usize>,
    problem: Option<LineProblem>,
}

impl<R: AsyncBufRead + Unpin> CsvRecords<R> {
    pub(super) async fn open(mut text: Text<R>, form: &CsvForm) -> Result<Self, ListError> {
        let separator = match form.separator {
            Some(separator) => separator,
            None => guessed(text.first_line(SNIFFED).await?),
        };
        let reader = ReaderBuilder::new().delimiter(separator).build();
        let mut lines = CellLines {
            text,
            reader,
            quotes: Quotes::new(separator),
        };
        let head = lines.next().await?.ok_or(ListError::NoHeader)?;
        if let Some(problem) = head.problem {
            let line = head.line;
            return Err(ListError::Header(LineError { line, problem }));
        }
        let names: Vec<_> = head
            .cells()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect();
        let columns = Columns::read(&names, form)?;
        Ok(Self { lines, columns })
    }

    /// Returns the next line that is not blank.
    pub(super) async fn next(&mut self, key: &InputKey) -> Result<Option<RawRecord>, ListError> {
        loop {
            let Some(line) = self.lines.next().await? else {
                return Ok(None);
            };
            // As spreadsheets leave them behind the last record.
            if line.problem.is_some() || line.cells().any(|cell| !cell.trim_ascii().is_empty()) {
                return Ok(Some(self.record(&line, key)));
            }
        }
    }

    fn record(&self, line: &CellLine, key: &InputKey) -> RawRecord {
        let (request, digest) = match self.cells_of(line) {
            Err(problem) => (Err(problem), key.digest(&line.bytes)),
            Ok(cells) => {
                let (cells, content) = self.columns.request(&cells);
                let request = cells.and_then(|cells| cells.into_request());
                (request, key.digest(&content))
            }
        };
        RawRecord {
            line: line.line,
            digest,
            length: line.bytes.len(),
            request,
        }
    }

    fn cells_of<'a>(&self, line: &'a CellLine) -> Result<Vec<&'a str>, LineProblem> {
        if let Some(problem) = &line.problem {
            return Err(problem.clone());
        }
        let cells: Result<Vec<_>, _> = line.cells().map(str::from_utf8).collect();
        let cells = cells.map_err(|_| self.lines.text.problem())?;
        let (expected, found) = (self.columns.count(), cells.len());
        match expected == found {
            true => Ok(cells),
            false => Err(LineProblem::Cells { expected, found }),
        }
    }
}

impl<R: AsyncBufRead + Unpin> CellLines<R> {
    async fn next(&mut self) -> Result<Option<CellLine>, ListError> {
        if !self.skip_breaks().await? {
            return Ok(None);
        }
        let mut line = CellLine {
            line: self.quotes.line(),
            bytes: vec![0; 1024],
            ends: vec![0; 64],
            problem: None,
        };
        let (mut length, mut cells) = (0, 0);
        loop {
            let input = self.text.fill().await?;
            let output = line.bytes.get_mut(length..).unwrap_or_default();
            let ends = line.ends.get_mut(cells..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(input, output, ends);
            let consumed = input.iter().take(read);
            consumed.for_each(|byte| self.quotes.follow(*byte));
            self.text.consume(read);
            length += written;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if length < LONGEST_RECORD => {
                    line.bytes.resize(2 * line.bytes.len(), 0);
                }
                ReadRecordResult::OutputEndsFull if cells < MOST_CELLS => {
                    line.ends.resize(2 * line.ends.len(), 0);
                }
                // What is beyond is read and dropped, so that the next line is the next.
                ReadRecordResult::OutputFull => {
                    self.refuse_open_quote(false)?;
                    line.problem = Some(LineProblem::TooLong);
                    length = 0;
                }
                ReadRecordResult::OutputEndsFull => {
                    line.problem = Some(LineProblem::TooLong);
                    cells = 0;
                }
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        self.refuse_open_quote(true)?;
        let problem = self.quotes.take_problem(); // in any case: it is none of the next line
        line.problem = line.problem.or(problem);
        line.bytes.truncate(length);
        line.ends.truncate(cells);
        Ok(Some(line))
    }

    /// Refuses the list if a quote is open at its end, or over lines beyond the limit: what is
    /// behind it would be lost unseen.
    fn refuse_open_quote(&self, is_end: bool) -> Result<(), ListError> {
        match self.quotes.open_since() {
            Some(line) if is_end || line < self.quotes.line() => Err(ListError::OpenQuote { line }),
            _ => Ok(()),
        }
    }

    /// Passes over line breaks, which would be blank lines; `false` at the end of the list.
    async fn skip_breaks(&mut self) -> Result<bool, ListError> {
        loop {
            match self.text.fill().await? {
                [] => return Ok(false),
                [byte @ (b'\n' | b'\r'), ..] => self.quotes.follow(*byte),
                _ => return Ok(true),
            }
            self.text.consume(1);
        }
    }
}

impl CellLine {
    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(&0).chain(&self.ends);
        let cells = begins.zip(&self.ends);
        cells.map(|(begin, end)| self.bytes.get(*begin..*end).unwrap_or_default())
    }
}

/// Returns the separator that is most often in the first line; a comma if there is none.
fn guessed(line: &[u8]) -> u8 {
    let count = |separator: u8| line.iter().filter(|it| **it == separator).count();
    // The first of equals is the last of `max_by_key`.
    let separators = [b'\t', b';', b','].into_iter();
    separators.max_by_key(|it| count(*it)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::BufReader;

    use super::*;
    use crate::list::encoding::ListEncoding;
    use crate::list::form::ListForm;
    use crate::list::{Input, List};

    const HEAD: &str = "CountryCode,FirstGivenName,DateOfBirth";

    async fn read(list: &[u8], form: ListForm, buffer: usize) -> Result<Vec<Input>, ListError> {
        let key = InputKey::new([7; 32]);
        let reader = BufReader::with_capacity(buffer, list);
        let mut list = List::open(reader, &form).await?;
        let mut inputs = Vec::new();
        while let Some(input) = list.next(&key).await? {
            inputs.push(input);
        }
        Ok(inputs)
    }

    async fn read_csv(list: &str) -> Vec<Input> {
        read(list.as_bytes(), ListForm::csv(CsvForm::new()), 16)
            .await
            .unwrap()
    }

    fn name(input: &Input) -> Option<&str> {
        let data = input
            .request
            .as_ref()
            .unwrap()
            .data_fields
            .as_ref()
            .unwrap();
        data.person_info
            .as_ref()
            .unwrap()
            .first_given_name
            .as_deref()
    }

    #[tokio::test]
    async fn records_keep_their_lines_over_blank_ones() {
        let list = format!(
            "\u{feff}{HEAD}\r\n\r\nIT,Ada,1978-07-04\r\nIT,\"Ada, \"\"x\"\"\",\r\n,,\rFR,Eve,1990-1-2"
        );
        let inputs = read_csv(&list).await;
        let lines: Vec<_> = inputs
            .iter()
            .map(|input| (input.line, input.number))
            .collect();
        assert_eq!(lines, [(3, 1), (4, 2), (6, 3)]);
        let names: Vec<_> = inputs.iter().map(name).collect();
        assert_eq!(names, [Some("Ada"), Some("Ada, \"x\""), Some("Eve")]);
    }

    #[tokio::test]
    async fn separator_is_that_of_the_first_line() {
        for separator in [",", ";", "\t"] {
            let list = format!("{HEAD}\nIT,Ada,1978-07-04\n").replace(',', separator);
            assert_eq!(
                name(&read_csv(&list).await[0]),
                Some("Ada"),
                "{separator:?}"
            );
        }
        let form = CsvForm::new().separator(b'|');
        let list = format!("{HEAD}\nIT,\"A;da\",1978-07-04").replace(',', "|");
        let inputs = read(list.as_bytes(), ListForm::csv(form), 16)
            .await
            .unwrap();
        assert_eq!(name(&inputs[0]), Some("A;da"));
    }

    #[tokio::test]
    async fn problem_of_a_line_spoils_no_other() {
        let list =
            format!("{HEAD}\nIT,Ada\nItaly,Ada,\nIT,Ada,4.7.1978\n,Ada,\nIT,Eve,1978-07-04\n");
        let inputs = read_csv(&list).await;
        let problems: Vec<_> = inputs
            .iter()
            .filter_map(|input| Some((input.line, input.request.as_ref().err()?.to_string())))
            .collect();
        let lines: Vec<_> = problems.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5], "{problems:?}");
        assert!(problems[0].1.contains("2 cells") && problems[1].1.contains("CountryCode"));
        assert!(problems[2].1.contains("DateOfBirth") && problems[3].1.contains("CountryCode"));
        assert_eq!(name(&inputs[4]), Some("Eve"));
    }

    #[tokio::test]
    async fn encoding_is_taken_from_the_caller_alone() {
        let list = format!("{HEAD}\nIT,Ren\u{e9},\nIT,Ada,\n");
        let bytes: Vec<u8> = list.chars().map(|it| it as u8).collect();
        let form = || ListForm::csv(CsvForm::new());
        let inputs = read(&bytes, form(), 16).await.unwrap();
        let problem = inputs[0].request.as_ref().unwrap_err();
        assert!(matches!(
            problem,
            LineProblem::Encoding { encoding: "UTF-8" }
        ));
        assert_eq!(name(&inputs[1]), Some("Ada"));
        let told: ListEncoding = "windows-1252".parse().unwrap();
        let inputs = read(&bytes, form().encoding(told), 16).await.unwrap();
        assert_eq!(name(&inputs[0]), Some("Ren\u{e9}"));
        // The same record has the same digest in any encoding.
        let in_utf8 = read(list.as_bytes(), form(), 16).await.unwrap();
        assert_eq!(in_utf8[0].digest, inputs[0].digest);
    }

    #[tokio::test]
    async fn quote_without_an_end_is_named_by_its_line() {
        // Beyond the limit before it is closed.
        let long = "IT,Eve,\n".repeat(LONGEST_RECORD / 8 + 1) + "\"\nIT,Bob,\n";
        for rest in ["IT,Eve,\n", &long] {
            let list = format!("{HEAD}\nIT,Ada,\nIT,\"Ada,\n{rest}");
            let form = ListForm::csv(CsvForm::new());
            let error = read(list.as_bytes(), form, 1 << 16).await.unwrap_err();
            assert!(matches!(error, ListError::OpenQuote { line: 3 }), "{error}");
        }
    }

    #[tokio::test]
    async fn persons_merged_by_a_quote_are_not_sent() {
        let list = format!("{HEAD}\nIT,\"Ada,1978-07-04\nIT,\"Bob\",1980-01-01\nIT,Eve,\n");
        let inputs = read_csv(&list).await;
        assert_eq!(inputs.len(), 2);
        let problem = inputs[0].request.as_ref().unwrap_err();
        assert_eq!((inputs[0].line, problem), (2, &LineProblem::SplitCell));
        assert_eq!((inputs[1].line, name(&inputs[1])), (4, Some("Eve")));
        let inputs = read_csv(&format!("{HEAD}\nIT,\"Ada\"Bob,\nIT,\"Ada\",\n")).await;
        let problem = inputs[0].request.as_ref().unwrap_err();
        assert_eq!(problem, &LineProblem::BehindQuote);
        assert_eq!(name(&inputs[1]), Some("Ada"));
    }

    #[tokio::test]
    async fn error_of_the_first_line_quotes_no_person() {
        let long = format!("{HEAD},{}\n", "Mancini".repeat(LONGEST_RECORD / 7 + 1));
        for list in [
            "IT,Mancini,1978-07-04\nIT,Ada,\n",
            "CountryCode,\"FirstGivenName\nIT,Mancini,\n",
            "CountryCode,\"FirstGivenName\nIT,\"Mancini\",\n",
            "CountryCode,\"First\"Mancini\n",
            "CountryCode,mancini@acme.example\n",
            &long,
        ] {
            let form = ListForm::csv(CsvForm::new());
            let error = read(list.as_bytes(), form, 1 << 16).await.unwrap_err();
            let shown = format!("{error} {error:?}").to_lowercase();
            assert!(!shown.contains("mancini"), "{shown}");
        }
    }

    #[tokio::test]
    async fn line_beyond_the_limits_spoils_no_other() {
        let long = "x".repeat(LONGEST_RECORD + 1);
        let cells = ",".repeat(MOST_CELLS + 1);
        let list = format!("{HEAD}\nIT,{long},\n{cells}\nIT,Eve,\n");
        let form = ListForm::csv(CsvForm::new());
        let inputs = read(list.as_bytes(), form, 1 << 16).await.unwrap();
        let problems: Vec<_> = inputs.iter().map(|it| it.request.is_err()).collect();
        assert_eq!(problems, [true, true, false]);
        let problem = inputs[0].request.as_ref().unwrap_err();
        assert_eq!((problem, inputs[2].line), (&LineProblem::TooLong, 4));
    }

    #[tokio::test]
    async fn list_without_names_is_refused() {
        for list in ["", "\n\n", "\u{feff}", ",,\nIT,Ada,"] {
            let form = ListForm::csv(CsvForm::new());
            let error = read(list.as_bytes(), form, 16).await.unwrap_err();
            assert!(matches!(error, ListError::NoHeader), "{list:?} {error}");
        }
    }

    proptest! {
        #[test]
        fn any_list_is_the_same_by_any_buffer(
            rest in "([IT,\"\n\ra;]|\u{e9}){0,80}",
            buffer in 1_usize..40,
        ) {
            let list = format!("{HEAD}\n{rest}");
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let read = |buffer| {
                let form = ListForm::csv(CsvForm::new().separator(b','));
                let inputs = runtime.block_on(read(list.as_bytes(), form, buffer));
                let seen = |it: &Input| (it.line, it.digest, it.request.clone().err());
                let inputs = inputs.map(|inputs| inputs.iter().map(seen).collect::<Vec<_>>());
                inputs.map_err(|error| error.to_string())
            };
            prop_assert_eq!(read(buffer), read(1 << 12));
        }
    }
}
