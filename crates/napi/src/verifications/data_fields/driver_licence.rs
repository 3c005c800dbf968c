//! A driver licence.

use crate::wire::input;

input! {
    /// A driver licence.
    pub struct DriverLicence {
        /// Its number.
        number: Option<String> = "Number",
        /// The state that issued it, by its code.
        state: Option<String> = "State",
        /// Day of its expiry, 1 to 31.
        day_of_expiry: Option<i32> = "DayOfExpiry",
        /// Month of its expiry, 1 to 12.
        month_of_expiry: Option<i32> = "MonthOfExpiry",
        /// Year of its expiry, with all four digits.
        year_of_expiry: Option<i32> = "YearOfExpiry",
    }
}

impl DriverLicence {
    /// Makes a licence by its number.
    #[must_use]
    pub fn new(number: impl Into<String>) -> Self {
        Self::default().number(number)
    }

    /// Sets the day of expiry: year with all four digits, month from 1, day from 1.
    #[must_use]
    pub fn expires(self, year: i32, month: i32, day: i32) -> Self {
        self.year_of_expiry(year)
            .month_of_expiry(month)
            .day_of_expiry(day)
    }
}
