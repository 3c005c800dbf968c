//! The problems of a list, each with its line, in words that quote nothing of it.

use std::io;

use crate::list::limits::{LONGEST_RECORD, LONGEST_REFERENCE};

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
    #[error("it is not the JSON of a VerifyRequest (column {column}): correct it there")]
    Json {
        /// The column in bytes, from 1; 0 if unknown.
        column: usize,
    },
    /// The cells of a line of CSV are no request together.
    #[error(
        "one of its cells is beyond what its field takes, such as a number that is too large: correct it"
    )]
    Request,
    /// A cell of CSV has a line break in it.
    #[error("a cell goes over several lines: is a quote not closed?")]
    SplitCell,
    /// A cell of CSV goes on behind the quote that closes it.
    #[error("text stands behind a closing quote: is a quote missing, or not written twice?")]
    BehindQuote,
    /// The service needs to know whose data sources to ask.
    #[error("it has no CountryCode: add it, or a constant for all records")]
    NoCountry,
    /// There is no one to be verified.
    #[error("it has no DataFields, so there is no one to verify: add them, or take it out")]
    NoDataFields,
    /// The reference is longer than the service takes.
    #[error("its CustomerReferenceID is longer than {LONGEST_REFERENCE} characters: shorten it")]
    LongReference,
    /// A member of the request is not what the service takes.
    #[error("{0}")]
    Argument(String),
    /// A cell is not what its field takes.
    #[error("{field} {problem}")]
    Cell {
        /// The field by the vendor's name.
        field: String,
        /// The reason.
        problem: CellProblem,
    },
    /// A line of CSV has more or fewer cells than there are columns.
    #[error(
        "it has {found} cells, and the first line names {expected}: a quote or separator too many?"
    )]
    Cells {
        /// The number of columns.
        expected: usize,
        /// The number of cells.
        found: usize,
    },
    /// The inputs are not what the data sources of the country take.
    #[error("{0}")]
    Fields(String),
    /// The service has no fields for the country.
    #[error("the service has no fields for its country: is the account configured for it?")]
    CountryRejected,
    /// It is the same as an earlier record: it would be sent and billed twice.
    #[error(
        "it is the same as record {record}: take one of them out; what is to be verified twice needs a \
         CustomerReferenceID of its own"
    )]
    Repeated {
        /// The place of the other one in the list, from 1.
        record: u64,
    },
    /// It is not what it was when the batch began, or the journal is that of another list.
    #[error(
        "it has changed since the batch began, or another line was taken out in its place, or the journal is of \
         another list: restore it; or put only the records that were never sent into a new list and a new batch: \
         the whole list in a new journal is billed again"
    )]
    Changed,
    /// It is new, and the list has lost a record that may have been sent: it may be that one,
    /// changed and moved, and would be billed again.
    #[error(
        "it is new or has changed, and {}, which was sent, is no longer in the list: put that one back as it was; if it \
         was taken out and this is another, allow that (`--allow-removed`)", lost(*record)
    )]
    MayHaveChanged {
        /// The place of the lost record in the list as it was last read, from 1; `None` if that
        /// list had lost it before.
        record: Option<u64>,
    },
    /// The line is not in the encoding of the list.
    #[error(
        "it is not {encoding}: name the encoding of the list, such as windows-1252, or convert it"
    )]
    Encoding {
        /// The encoding.
        encoding: &'static str,
    },
    /// The line is longer than is read.
    #[error("it is longer than {LONGEST_RECORD} bytes: take it out, or make its images smaller")]
    TooLong,
}

/// The reason why a cell cannot be what its column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellProblem {
    /// It has no number.
    #[error("is no whole number")]
    Number,
    /// It has a date where a part of one is asked for.
    #[error("is a date: map the column to DateOfBirth, DateOfExpiry or DateOfIncorporation")]
    WholeDate,
    /// It has neither truth nor falsehood.
    #[error("is neither true nor false")]
    Truth,
    /// It has no country.
    #[error("is no country by its two letters, such as IT")]
    Country,
    /// It has no date of the form, or one that does not exist.
    #[error("is no date of the form that was given, or does not exist")]
    Date,
}

/// A list that cannot be read as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The file cannot be read.
    #[error("the list cannot be read; once it can, run the batch again to go on")]
    Io(#[from] io::Error),
    /// The list is in UTF-16, and no encoding was named.
    #[error("the list is in UTF-16: name the encoding (utf-16), or save it as UTF-8")]
    Utf16,
    /// The list has no line with the names of the columns.
    #[error("the list is empty: its first line has to name the columns")]
    NoHeader,
    /// The line with the names of the columns cannot be read.
    #[error("the names of the columns cannot be read ({0}): correct that line")]
    Header(LineError),
    /// A quote is never closed, or not within the limits: the lines behind it cannot be told apart.
    #[error(
        "line {line} of the list opens a quote that is not closed: close it, or write it twice"
    )]
    OpenQuote {
        /// The line, from 1.
        line: u64,
    },
    /// No column has the name of a field.
    #[error(
        "no column is a field of a VerifyRequest: is the first line a person? It has to name the columns"
    )]
    NoKnownColumn,
    /// A column has no name of a field.
    #[error(
        "column {column} of the list{} is no field of a VerifyRequest: map it to one, or to nothing",
        in_brackets(name.as_deref())
    )]
    UnknownColumn {
        /// The column, from 1.
        column: usize,
        /// Its name, if it looks like one.
        name: Option<String>,
    },
    /// A column has a name that several fields have.
    #[error("column {column} of the list may be each of {}: name the group with it", fields.join(", "))]
    AmbiguousColumn {
        /// The column, from 1.
        column: usize,
        /// The fields.
        fields: Vec<String>,
    },
    /// Two columns or constants give the same value.
    #[error(
        "{field} is given twice, by two columns of the list or a column and a constant: keep one of them"
    )]
    DoubleColumn {
        /// The field by the vendor's name.
        field: String,
    },
    /// A mapping names a column that the list does not have.
    #[error(
        "there is no column {name:?} in the list, which is mapped to a field: take the mapping away, or write the \
         name as the first line does"
    )]
    NoColumn {
        /// The name.
        name: String,
    },
}

fn in_brackets(name: Option<&str>) -> String {
    name.map(|name| format!(" ({name:?})")).unwrap_or_default()
}

fn lost(record: Option<u64>) -> String {
    match record {
        Some(record) => format!("record {record} of the list as it was"),
        None => "a record of an earlier list".to_owned(),
    }
}
