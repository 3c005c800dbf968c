//! The form of the dates of a list.

use std::str::FromStr;

use time::{Date, Month};

/// The order of the parts of a date, and what stands between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateForm {
    parts: [Part; 3],
    /// Before the first part, between two, and behind the last.
    between: [String; 4],
}

/// A form of dates that has not each of year, month and day once, apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the form of dates needs YYYY, MM and DD, each once and with something in between, such as DD.MM.YYYY"
)]
pub struct InvalidDateForm;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
}

impl Part {
    const ALL: [(Self, &str); 3] = [(Self::Year, "YYYY"), (Self::Month, "MM"), (Self::Day, "DD")];
}

impl Default for DateForm {
    /// Makes that of ISO 8601.
    fn default() -> Self {
        Self {
            parts: [Part::Year, Part::Month, Part::Day],
            between: ["", "-", "-", ""].map(str::to_owned),
        }
    }
}

impl FromStr for DateForm {
    type Err = InvalidDateForm;

    fn from_str(form: &str) -> Result<Self, InvalidDateForm> {
        let mut found = Part::ALL.map(|(part, name)| (form.find(name), part, name.len()));
        found.sort_by_key(|(place, ..)| *place);
        let mut between = <[String; 4]>::default();
        let mut end = 0;
        for ((place, _, length), before) in found.iter().zip(&mut between) {
            let place = place.ok_or(InvalidDateForm)?;
            form.get(end..place).unwrap_or_default().clone_into(before);
            end = place + length;
        }
        let [_, second, third, last] = &mut between;
        form.get(end..).unwrap_or_default().clone_into(last);
        // Parts that touch could not be told apart where a digit is missing; letters that are left
        // over are a part that is there twice, or one of the time of day.
        let is_apart = !second.is_empty() && !third.is_empty();
        if !is_apart || between.iter().any(|it| it.contains(char::is_alphanumeric)) {
            return Err(InvalidDateForm);
        }
        let parts = found.map(|(_, part, _)| part);
        Ok(Self { parts, between })
    }
}

impl DateForm {
    /// Reads a date that exists.
    pub(super) fn read(&self, text: &str) -> Option<Date> {
        let [before, ..] = &self.between;
        let mut rest = text.trim().strip_prefix(before.as_str())?;
        let (mut year, mut month, mut day) = (None::<i32>, None::<u8>, None::<u8>);
        for (part, behind) in self.parts.iter().zip(self.between.iter().skip(1)) {
            let end = rest
                .find(|it: char| !it.is_ascii_digit())
                .unwrap_or(rest.len());
            let (digits, others) = rest.split_at(end);
            rest = others.strip_prefix(behind.as_str())?;
            match part {
                // A year of two digits is a guess: which century?
                Part::Year if digits.len() == 4 => year = digits.parse().ok(),
                Part::Month if digits.len() <= 2 => month = digits.parse().ok(),
                Part::Day if digits.len() <= 2 => day = digits.parse().ok(),
                _ => return None,
            }
        }
        let month = Month::try_from(month?).ok()?;
        let date = Date::from_calendar_date(year?, month, day?).ok()?;
        rest.is_empty().then_some(date)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> DateForm {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_read_in_each_form() {
        let expected = Date::from_calendar_date(1978, Month::July, 4).ok();
        assert_eq!(DateForm::default(), form("YYYY-MM-DD"));
        for (of, texts) in [
            ("YYYY-MM-DD", ["1978-07-04", " 1978-7-4 "]),
            ("DD.MM.YYYY", ["04.07.1978", "4.7.1978"]),
            ("MM/DD/YYYY", ["07/04/1978", "7/04/1978"]),
            ("(DD) MM, YYYY.", ["(4) 7, 1978.", "(04) 07, 1978."]),
        ] {
            for text in texts {
                assert_eq!(form(of).read(text), expected, "{of} {text}");
            }
        }
    }

    #[test]
    fn what_is_no_date_of_the_form_is_not_read() {
        for text in [
            "",
            "1978-07",
            "78-07-04",
            "1978-02-29",
            "1978-13-01",
            "1978-07-32",
            "1978-07-00",
            "04.07.1978",
            "1978-07-04T00:00",
            "1978-07-004",
            "1978-+7-04",
            "19780704",
        ] {
            assert_eq!(DateForm::default().read(text), None, "{text}");
        }
        assert!(DateForm::default().read("1980-02-29").is_some());
    }

    #[test]
    fn form_without_each_part_once_is_refused() {
        for text in [
            "",
            "YYYY-MM",
            "YYYYMMDD",
            "DD.MM.YY",
            "DD.MM.YYYY DD",
            "YYYY-MM-DD hh",
        ] {
            assert_eq!(text.parse::<DateForm>(), Err(InvalidDateForm), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(form in "[YMD./ -]{0,14}", text in any::<String>()) {
            let form = form.parse::<DateForm>().unwrap_or_default();
            let _ = form.read(&text);
        }
    }
}
