//! The columns of a list: the names of its first line, and the fields that they are.

use std::collections::BTreeSet;

use crate::list::cell::Cells;
use crate::list::error::{LineProblem, ListError};
use crate::list::field::{Field, UnknownField};
use crate::list::form::CsvForm;

/// The meaning of each cell of a line.
#[derive(Debug)]
pub(super) struct Columns {
    fields: Vec<Option<Field>>,
    form: CsvForm,
}

impl Columns {
    /// Finds the field of each column by its name.
    pub(super) fn read(names: &[String], form: &CsvForm) -> Result<Self, ListError> {
        if names.iter().all(|name| name.trim().is_empty()) {
            return Err(ListError::NoHeader);
        }
        let mut mapped = form.map.iter().map(|(name, _)| name.trim());
        if let Some(name) = mapped.find(|it| !names.iter().any(|name| name.trim() == *it)) {
            let name = name.to_owned();
            return Err(ListError::NoColumn { name });
        }
        // Else the first line may be a person, and no error is to quote one.
        let is_none = |error: &ListError| matches!(error, ListError::UnknownColumn { .. });
        let fields = names.iter().zip(1..);
        let fields: Vec<_> = fields
            .map(|(name, column)| field(name.trim(), column, form))
            .collect();
        if fields.iter().all(|it| it.as_ref().is_err_and(is_none)) {
            return Err(ListError::NoKnownColumn);
        }
        let fields = fields.into_iter().collect::<Result<Vec<_>, _>>()?;
        refuse_doubles(&fields, form)?;
        let form = form.clone();
        Ok(Self { fields, form })
    }

    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    /// Returns the request of a line, and what its digest is made of: each field with its value in
    /// the order of their names, so that the same record in another order of columns is the same.
    pub(super) fn request(&self, line: &[&str]) -> (Result<Cells, LineProblem>, Vec<u8>) {
        let of_line = self.fields.iter().zip(line);
        let of_line = of_line.filter_map(|(field, cell)| Some((field.as_ref()?, cell.trim())));
        let mut values: Vec<_> = of_line.filter(|(_, cell)| !cell.is_empty()).collect();
        for (field, value) in &self.form.constants {
            if !values.iter().any(|(it, _)| *it == field) {
                values.push((field, value));
            }
        }
        values.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        let mut content = Vec::new();
        let mut cells = Ok(Cells::default());
        for (field, cell) in values {
            for text in [&*field.name, cell] {
                // With its length, so that no two lists of texts are the same bytes.
                content.extend((text.len() as u64).to_be_bytes());
                content.extend(text.as_bytes());
            }
            cells = cells.and_then(|mut cells| {
                cells.set(field, cell, &self.form.dates)?;
                Ok(cells)
            });
        }
        (cells, content)
    }
}

fn field(name: &str, column: usize, form: &CsvForm) -> Result<Option<Field>, ListError> {
    let mut mapped = form.map.iter();
    if let Some((_, field)) = mapped.find(|(it, _)| it.trim() == name) {
        return Ok(field.clone());
    }
    match Field::named(name) {
        Ok(field) => Ok(Some(field)),
        Err(UnknownField::None { name }) => {
            let name = looks_like_a_name(&name).then_some(name);
            Err(ListError::UnknownColumn { column, name })
        }
        Err(UnknownField::Several { fields, .. }) => {
            Err(ListError::AmbiguousColumn { column, fields })
        }
    }
}

/// Refuses two sources of one value. A constant may have a column of its very field, which it
/// fills where a record has none; but half a date of a column and half of a constant is no date.
fn refuse_doubles(columns: &[Option<Field>], form: &CsvForm) -> Result<(), ListError> {
    let columns: Vec<_> = columns.iter().flatten().collect();
    let constants: Vec<_> = form.constants.iter().map(|(field, _)| field).collect();
    let mut others = constants.clone();
    others.retain(|constant| !columns.contains(constant));
    let is_repeated = |field: &&Field| constants.iter().filter(|it| *it == field).count() > 1;
    if let Some(field) = constants.iter().copied().find(is_repeated) {
        let field = field.name.clone();
        return Err(ListError::DoubleColumn { field });
    }
    let mut given = BTreeSet::new();
    for field in columns.into_iter().chain(others) {
        for target in field.targets() {
            if let Some(field) = given.replace(target) {
                return Err(ListError::DoubleColumn { field });
            }
        }
    }
    Ok(())
}

/// Returns whether a text may be shown as the name of a column: short, and no address or number
/// of a person.
fn looks_like_a_name(text: &str) -> bool {
    let is_fit = |it: char| it.is_alphabetic() || it.is_ascii_digit() || " ._[]".contains(it);
    text.chars().count() <= 40 && text.chars().all(is_fit) && text.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str], form: &CsvForm) -> Result<Columns, ListError> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        Columns::read(&names, form)
    }

    #[test]
    fn columns_are_known_by_name_or_mapping() {
        let form = CsvForm::new().map("Nome", "FirstGivenName").unwrap();
        let form = form.map("Note", "").unwrap();
        let read = columns(&["CountryCode", " Nome ", "Note"], &form).unwrap();
        assert_eq!(read.count(), 3);
        let (cells, _) = read.request(&["IT", "Ada", "x"]);
        let request = cells.unwrap().into_request().unwrap();
        let person = request.data_fields.unwrap().person_info.unwrap();
        assert_eq!(person.first_given_name.as_deref(), Some("Ada"));
    }

    #[test]
    fn column_without_a_field_of_its_own_is_refused() {
        let form = CsvForm::new();
        let refused = |names: &[&str]| columns(names, &form).unwrap_err();
        let error = refused(&["CountryCode", "Nome"]);
        let is_named = matches!(&error, ListError::UnknownColumn { column: 2, name: Some(name) } if name == "Nome");
        assert!(is_named, "{error}");
        let error = refused(&["Number"]);
        assert!(
            matches!(error, ListError::AmbiguousColumn { column: 1, .. }),
            "{error}"
        );
        let error = refused(&["DayOfBirth", "PersonInfo.DayOfBirth"]);
        assert!(matches!(error, ListError::DoubleColumn { .. }), "{error}");
        let error = refused(&["", " "]);
        assert!(matches!(error, ListError::NoHeader), "{error}");
        let form = CsvForm::new().map("Nome", "FirstGivenName").unwrap();
        let error = columns(&["CountryCode"], &form).unwrap_err();
        assert!(
            matches!(&error, ListError::NoColumn { name } if name == "Nome"),
            "{error}"
        );
    }

    #[test]
    fn value_with_two_sources_is_refused() {
        let is_double = |names: &[&str], constants: &[&str]| {
            let mut form = CsvForm::new();
            for name in constants {
                form = form.constant(name, "1").unwrap();
            }
            let read = columns(names, &form);
            matches!(read, Err(ListError::DoubleColumn { .. }))
        };
        assert!(is_double(&["DateOfBirth", "YearOfBirth"], &[]));
        assert!(is_double(&["MonthOfBirth", "DateOfBirth"], &[]));
        assert!(is_double(
            &["NationalIds.Number", "NationalIds[0].Number"],
            &[]
        ));
        assert!(is_double(&["DateOfBirth"], &["YearOfBirth"]));
        assert!(is_double(&["City"], &["YearOfBirth", "DateOfBirth"]));
        assert!(is_double(&["City"], &["YearOfBirth", "YearOfBirth"]));
        assert!(is_double(&["City"], &["City", "City"]));
        assert!(!is_double(
            &["DayOfBirth", "MonthOfBirth"],
            &["YearOfBirth"]
        ));
        assert!(!is_double(&["YearOfBirth"], &["YearOfBirth"]));
        assert!(!is_double(
            &["NationalIds[1].Number", "NationalIds.Number"],
            &[]
        ));
        assert!(!is_double(&["DateOfBirth", "Passport.DateOfExpiry"], &[]));
    }

    #[test]
    fn unknown_name_is_shown_beside_a_known_one() {
        let form = CsvForm::new();
        let error = columns(&["Ada", "Mancini"], &form).unwrap_err();
        assert!(matches!(error, ListError::NoKnownColumn), "{error}");
        for (name, is_shown) in [
            ("Via [2]", true),
            ("Stra\u{df}e", true),
            ("ada@acme.example", false),
            ("1978", false),
            (&"x".repeat(40), true),
            (&"x".repeat(41), false),
        ] {
            let error = columns(&["CountryCode", name], &form).unwrap_err();
            assert_eq!(error.to_string().contains(name), is_shown, "{error}");
        }
    }

    #[test]
    fn order_of_columns_and_blank_cells_change_no_content() {
        let form = CsvForm::new();
        let one = columns(&["CountryCode", "FirstGivenName", "City"], &form).unwrap();
        let other = columns(&["FirstGivenName", "CountryCode"], &form).unwrap();
        let (_, content) = one.request(&["IT", "Ada ", ""]);
        assert_eq!(other.request(&["Ada", "IT"]).1, content);
        assert_ne!(other.request(&["AdaI", "T"]).1, content);
    }

    #[test]
    fn constant_is_for_records_without_a_value() {
        let form = CsvForm::new().constant("CountryCode", "IT").unwrap();
        let read = columns(&["CountryCode", "FirstGivenName"], &form).unwrap();
        for (cell, expected) in [("", "IT"), ("FR", "FR")] {
            let (cells, _) = read.request(&[cell, "Ada"]);
            let country = cells.unwrap().into_request().unwrap().country_code.unwrap();
            assert_eq!(country.as_str(), expected);
        }
    }
}
