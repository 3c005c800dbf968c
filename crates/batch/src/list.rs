//! A list that is read record by record, in constant memory.

mod cell;
mod cell_kind;
mod columns;
mod csv;
mod date_form;
pub(crate) mod encoding;
pub(crate) mod error;
mod field;
pub(crate) mod form;
mod limits;
mod ndjson;
mod quotes;
mod raw_record;
mod text;

use napi::Endpoint;
use napi::verifications::VerifyRequest;
use tokio::io::AsyncBufRead;

use crate::digest::{InputDigest, InputKey};
use crate::list::csv::CsvRecords;
use crate::list::error::{LineProblem, ListError};
use crate::list::form::{ListForm, RecordForm};
use crate::list::limits::LONGEST_REFERENCE;
use crate::list::ndjson::Lines;
use crate::list::text::Text;
use crate::record::NewRecord;

/// A list that is being read.
#[derive(Debug)]
pub(crate) struct List<R> {
    records: Records<R>,
    number: u64,
}

#[derive(Debug)]
enum Records<R> {
    Ndjson(Lines<R>),
    Csv(Box<CsvRecords<R>>),
}

/// One record of the list, and what it asks for.
#[derive(Debug)]
pub(crate) struct Input {
    /// For a person: the line that it begins in.
    pub(crate) line: u64,
    /// For the journal: blank lines and the line with names do not count.
    pub(crate) number: u64,
    pub(crate) digest: InputDigest,
    /// Its length in bytes.
    pub(crate) length: usize,
    pub(crate) request: Result<VerifyRequest, LineProblem>,
}

impl<R: AsyncBufRead + Unpin> List<R> {
    /// Begins to read, up to the names of the columns if the list has them.
    pub(crate) async fn open(reader: R, form: &ListForm) -> Result<Self, ListError> {
        let text = Text::open(reader, form.encoding).await?;
        let records = match &form.records {
            RecordForm::Ndjson => Records::Ndjson(Lines::new(text)),
            RecordForm::Csv(form) => {
                let records = CsvRecords::open(text, form).await?;
                Records::Csv(Box::new(records))
            }
        };
        Ok(Self { records, number: 0 })
    }

    /// Returns the next record that is not blank.
    pub(crate) async fn next(&mut self, key: &InputKey) -> Result<Option<Input>, ListError> {
        let record = match &mut self.records {
            Records::Ndjson(lines) => lines.next(key).await?,
            Records::Csv(records) => records.next(key).await?,
        };
        let Some(record) = record else {
            return Ok(None);
        };
        self.number += 1;
        Ok(Some(Input {
            line: record.line,
            number: self.number,
            digest: record.digest,
            length: record.length,
            request: record.request.and_then(checked),
        }))
    }
}

impl Input {
    /// Returns what the journal is to know of this record: the reference of the list if it has one,
    /// else one of the batch's own, which is the same wherever the record stands.
    pub(crate) fn record(&self, batch_name: &str) -> NewRecord {
        let given = self.request.as_ref().ok();
        let given = given.and_then(|request| request.customer_reference_id.clone());
        NewRecord {
            number: self.number,
            digest: self.digest,
            reference: given.unwrap_or_else(|| format!("{batch_name}-{}", self.digest.short())),
        }
    }
}

/// Refuses a request that the service would refuse whatever the country.
fn checked(request: VerifyRequest) -> Result<VerifyRequest, LineProblem> {
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
