//! A passport, by what is printed in it.

use crate::wire::input;

input! {
    /// A passport, by what is printed in it.
    pub struct Passport {
        /// First line of the machine-readable zone; up to 200 characters.
        mrz1: Option<String> = "Mrz1",
        /// Second line of the machine-readable zone; up to 200 characters.
        mrz2: Option<String> = "Mrz2",
        /// Its number.
        number: Option<String> = "Number",
        /// Day of its expiry, 1 to 31.
        day_of_expiry: Option<i32> = "DayOfExpiry",
        /// Month of its expiry, 1 to 12.
        month_of_expiry: Option<i32> = "MonthOfExpiry",
        /// Year of its expiry, with all four digits.
        year_of_expiry: Option<i32> = "YearOfExpiry",
    }
}

impl Passport {
    /// Makes a passport by its number.
    #[must_use]
    pub fn new(number: impl Into<String>) -> Self {
        Self::default().number(number)
    }

    /// Makes a passport by the two lines of its machine-readable zone.
    #[must_use]
    pub fn mrz(first: impl Into<String>, second: impl Into<String>) -> Self {
        Self::default().mrz1(first).mrz2(second)
    }

    /// Sets the day of expiry: year with all four digits, month from 1, day from 1.
    #[must_use]
    pub fn expires(self, year: i32, month: i32, day: i32) -> Self {
        self.year_of_expiry(year)
            .month_of_expiry(month)
            .day_of_expiry(day)
    }
}
