//! The base URL, as a configuration file has it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use napi::BaseUrl;

fuzz_target!(|text: &str| {
    if let Ok(base) = text.parse::<BaseUrl>() {
        assert_eq!(base.as_str().parse::<BaseUrl>().unwrap(), base);
    }
});
