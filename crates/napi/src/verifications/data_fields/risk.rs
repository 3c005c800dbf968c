//! Settings for monitoring risk.

use crate::wire::input;

input! {
    /// Settings for monitoring risk.
    pub struct RiskMonitorSettings {
        /// The interval; up to 100 characters.
        frequency: Option<String> = "Frequency",
        /// Where to call back; up to 2083 characters. Spelt unlike the `CallBackUrl` of a request.
        callback_url: Option<String> = "CallbackUrl",
        /// Address of the person's device; up to 100 characters.
        ip: Option<String> = "IP",
        /// E-mail address; up to 2083 characters.
        email: Option<String> = "Email",
        /// The occupation of the person; up to 2083 characters.
        action: Option<String> = "Action",
        /// User agent of the person's device; up to 2083 characters.
        user_agent: Option<String> = "UserAgent",
        /// Identifier of the person's device; up to 100 characters.
        device_id: Option<String> = "DeviceID",
        /// Telephone number; up to 100 characters.
        phone: Option<String> = "Phone",
    }
}

impl RiskMonitorSettings {
    /// Starts with nothing set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn callback_has_a_small_b_and_abbreviations_are_capitals() {
        let settings = RiskMonitorSettings::new()
            .callback_url("a")
            .ip("b")
            .device_id("c");
        assert_eq!(
            serde_json::to_value(settings).unwrap(),
            json!({ "CallbackUrl": "a", "IP": "b", "DeviceID": "c" })
        );
    }
}
