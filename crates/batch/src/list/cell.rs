//! The cells of one line, each read as its field takes it, as a request.

use napi::CountryCode;
use napi::verifications::VerifyRequest;
use serde_json::{Map, Value};

use crate::list::cell_kind::CellKind;
use crate::list::date_form::DateForm;
use crate::list::error::{CellProblem, LineProblem};
use crate::list::field::Field;

/// A request in the making.
#[derive(Debug, Default)]
pub(super) struct Cells(Map<String, Value>);

impl Cells {
    /// Sets a field to what is in its cell.
    pub(super) fn set(
        &mut self,
        field: &Field,
        cell: &str,
        dates: &DateForm,
    ) -> Result<(), LineProblem> {
        let set = self.try_set(field, cell, dates);
        set.map_err(|problem| LineProblem::Cell {
            field: field.name.clone(),
            problem,
        })
    }

    fn try_set(&mut self, field: &Field, cell: &str, dates: &DateForm) -> Result<(), CellProblem> {
        let value = match field.kind {
            CellKind::Text => cell.into(),
            CellKind::Texts => cell.split('|').map(str::trim).collect(),
            CellKind::Number => number(cell, dates)?.into(),
            CellKind::Truth => truth(cell).ok_or(CellProblem::Truth)?.into(),
            CellKind::Country => {
                let country = cell.parse::<CountryCode>();
                country.map_err(|_| CellProblem::Country)?.as_str().into()
            }
            CellKind::Date => return self.set_date(field, cell, dates),
        };
        self.insert(&field.name, value);
        Ok(())
    }

    fn set_date(&mut self, field: &Field, cell: &str, dates: &DateForm) -> Result<(), CellProblem> {
        let date = dates.read(cell).ok_or(CellProblem::Date)?;
        let (year, month, day) = date.to_calendar_date();
        let values = [year, u8::from(month).into(), day.into()];
        for (part, value) in field.parts().iter().zip(values) {
            self.insert(part, value.into());
        }
        Ok(())
    }

    fn insert(&mut self, name: &str, value: Value) {
        let is_of_request = !name.contains('.');
        let path = match is_of_request {
            true => name.to_owned(),
            false => format!("DataFields.{name}"),
        };
        insert(&mut self.0, &path, value);
    }

    /// Makes the request of these cells.
    pub(super) fn into_request(mut self) -> Result<VerifyRequest, LineProblem> {
        let terms = "AcceptTruliooTermsAndConditions"; // as `VerifyRequest::new` does
        self.0.insert(terms.to_owned(), true.into());
        let groups = self.0.get_mut("DataFields").and_then(Value::as_object_mut);
        for entries in groups.into_iter().flat_map(|it| it.values_mut()) {
            // A place in front of one that is filled, for which this line has no cell.
            if let Some(entries) = entries.as_array_mut() {
                entries.retain(|entry| entry.as_object().is_none_or(|it| !it.is_empty()));
            }
        }
        // The error's own words would quote the value.
        serde_json::from_value(self.0.into()).map_err(|_| LineProblem::Request)
    }
}

/// Inserts a value at a path of members, of which one may have a place in a list behind it.
fn insert(members: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((name, rest)) = path.split_once('.') else {
        members.insert(path.to_owned(), value);
        return;
    };
    let (name, place) = match name.strip_suffix(']').and_then(|it| it.split_once('[')) {
        Some((name, place)) => (name, place.parse().ok()),
        None => (name, (name == "NationalIds").then_some(0)),
    };
    let empty = || Value::Object(Map::new());
    let inner = members.entry(name).or_insert_with(|| match place {
        Some(_) => Value::Array(Vec::new()),
        None => empty(),
    });
    let inner = match (place, inner) {
        (Some(place), Value::Array(entries)) => {
            let length: usize = entries.len().max(place + 1);
            entries.resize_with(length, empty);
            entries.get_mut(place)
        }
        (_, inner) => Some(inner),
    };
    if let Some(Value::Object(members)) = inner {
        insert(members, rest, value);
    }
}

/// Reads a whole number. A date in its place is a frequent mistake, with a remedy of its own.
fn number(cell: &str, dates: &DateForm) -> Result<i32, CellProblem> {
    cell.parse().map_err(|_| match dates.read(cell) {
        Some(_) => CellProblem::WholeDate,
        None => CellProblem::Number,
    })
}

fn truth(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Makes a request with one field.
#[cfg(test)]
pub(super) fn example(field: &Field) -> VerifyRequest {
    let cell = match field.kind {
        CellKind::Text | CellKind::Texts => "text",
        CellKind::Number | CellKind::Truth => "1",
        CellKind::Country => "IT",
        CellKind::Date => "1978-07-04",
    };
    let mut cells = Cells::default();
    cells.set(field, cell, &DateForm::default()).unwrap();
    cells.into_request().unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(cells: &[(&str, &str)]) -> Result<Value, LineProblem> {
        let mut all = Cells::default();
        for (name, cell) in cells {
            all.set(&Field::named(name).unwrap(), cell, &DateForm::default())?;
        }
        Ok(serde_json::to_value(all.into_request()?).unwrap())
    }

    #[test]
    fn cells_become_a_request_with_its_groups() {
        let json = request(&[
            ("CountryCode", "it"),
            ("FirstGivenName", "Ada"),
            ("FullName", "Ada Mancini"),
            ("DateOfBirth", "1978-07-04"),
            ("NationalIds[1].Number", "2"),
            ("NationalIds.Number", "1"),
            ("CountrySpecific.IT.CityOfBirth", "POLLA"),
            ("ConsentForDataSources", "A | B"),
            ("VerboseMode", "Yes"),
        ]);
        let expected = json!({
            "AcceptTruliooTermsAndConditions": true,
            "CountryCode": "IT",
            "ConsentForDataSources": ["A", "B"],
            "VerboseMode": true,
            "DataFields": {
                "PersonInfo": {
                    "FirstGivenName": "Ada",
                    "DayOfBirth": 4,
                    "MonthOfBirth": 7,
                    "YearOfBirth": 1978,
                    "AdditionalFields": {"FullName": "Ada Mancini"},
                },
                "NationalIds": [{"Number": "1"}, {"Number": "2"}],
                "CountrySpecific": {"IT": {"CityOfBirth": "POLLA"}},
            },
        });
        assert_eq!(json.unwrap(), expected);
    }

    #[test]
    fn places_without_a_cell_are_left_out() {
        let json = request(&[("CountryCode", "IT"), ("NationalIds[1].Number", "2")]).unwrap();
        assert_eq!(json["DataFields"]["NationalIds"], json!([{"Number": "2"}]));
    }

    #[test]
    fn cell_that_does_not_fit_is_named_by_its_field() {
        for (name, cell, problem) in [
            ("DayOfBirth", "fourth", CellProblem::Number),
            ("YearOfBirth", "1978.0", CellProblem::Number),
            ("DayOfBirth", "1978-07-04", CellProblem::WholeDate),
            ("DayOfBirth", "1978-02-29", CellProblem::Number),
            ("VerboseMode", "ja", CellProblem::Truth),
            ("CountryCode", "Italy", CellProblem::Country),
            ("DateOfBirth", "1978-02-29", CellProblem::Date),
        ] {
            let field = Field::named(name).unwrap().name;
            let error = request(&[(name, cell)]).unwrap_err();
            assert_eq!(error, LineProblem::Cell { field, problem });
            assert!(!format!("{error} {error:?}").contains(cell), "{error}");
        }
    }
}
