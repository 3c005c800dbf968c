//! The form of a list: its encoding, and NDJSON or CSV with the meaning of its columns.

use crate::list::date_form::DateForm;
use crate::list::encoding::ListEncoding;
use crate::list::field::Field;

pub use crate::list::date_form::InvalidDateForm;
pub use crate::list::field::UnknownField;

/// The form of a list. NDJSON in UTF-8 by default.
///
/// # Examples
///
/// ```
/// use batch::{CsvForm, ListForm};
///
/// let columns = CsvForm::new()
///     .map("Given name", "FirstGivenName")?
///     .map("Remarks", "")?
///     .constant("CountryCode", "IT")?
///     .dates("DD.MM.YYYY")?;
/// let form = ListForm::csv(columns).encoding("windows-1252".parse()?);
/// # let _ = form;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ListForm {
    pub(super) encoding: ListEncoding,
    pub(super) records: RecordForm,
}

#[derive(Clone, Debug, Default)]
pub(super) enum RecordForm {
    #[default]
    Ndjson,
    Csv(CsvForm),
}

/// The meaning of the columns of a list in CSV.
///
/// The first line has their names: those of the vendor, alone (`FirstGivenName`) or with their
/// group (`PersonInfo.FirstGivenName`), in any case. `DateOfBirth`, `DateOfExpiry` and
/// `DateOfIncorporation` stand for day, month and year.
#[derive(Clone, Debug, Default)]
pub struct CsvForm {
    pub(super) separator: Option<u8>,
    pub(super) map: Vec<(String, Option<Field>)>,
    pub(super) constants: Vec<(Field, String)>,
    pub(super) dates: DateForm,
}

impl ListForm {
    /// Makes the form of a list with one `VerifyRequest` in JSON a line.
    #[must_use]
    pub fn ndjson() -> Self {
        Self::default()
    }

    /// Makes the form of a list in CSV (RFC 4180).
    #[must_use]
    pub fn csv(form: CsvForm) -> Self {
        Self {
            records: RecordForm::Csv(form),
            ..Self::default()
        }
    }

    /// Sets the encoding; UTF-8 by default.
    #[must_use]
    pub fn encoding(self, encoding: ListEncoding) -> Self {
        Self { encoding, ..self }
    }
}

impl CsvForm {
    /// Starts with columns that have the vendor's names, and dates as ISO 8601 has them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what separates two cells; by default the one of comma, semicolon and tab that is most
    /// often in the first line.
    #[must_use]
    pub fn separator(self, separator: u8) -> Self {
        let separator = Some(separator);
        Self { separator, ..self }
    }

    /// Takes the column of this name for a field; for none if `field` is empty.
    ///
    /// # Errors
    ///
    /// [`UnknownField`] if there is no such field, or several.
    pub fn map(mut self, column: impl Into<String>, field: &str) -> Result<Self, UnknownField> {
        let field = match field {
            "" => None,
            field => Some(Field::named(field)?),
        };
        self.map.push((column.into(), field));
        Ok(self)
    }

    /// Gives a field the same value in every record that does not have one of its own: one whose
    /// list has no such column, or whose cell in it is blank.
    ///
    /// The value is part of the digest of each record that takes it: with another value, these are
    /// other records. It is read as a cell is, so one that does not fit is a problem of each line.
    /// A field may have one constant; half a date of it and half of a column is refused when the
    /// list is opened, by [`ListError::DoubleColumn`](crate::ListError::DoubleColumn).
    ///
    /// # Errors
    ///
    /// [`UnknownField`] if there is no such field, or several.
    pub fn constant(mut self, field: &str, value: impl Into<String>) -> Result<Self, UnknownField> {
        self.constants.push((Field::named(field)?, value.into()));
        Ok(self)
    }

    /// Sets the form of dates: `YYYY`, `MM` and `DD`, each once, and what stands between them. By
    /// default `YYYY-MM-DD` (ISO 8601). Day and month may have one digit.
    ///
    /// # Errors
    ///
    /// [`InvalidDateForm`] if a part is missing, is there twice or touches another.
    pub fn dates(self, form: &str) -> Result<Self, InvalidDateForm> {
        let dates = form.parse()?;
        Ok(Self { dates, ..self })
    }
}
