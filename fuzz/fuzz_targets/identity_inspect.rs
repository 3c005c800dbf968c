//! Any file as `identity` names it: never nothing, and shown without a control character.

#![no_main]

use identity::{Format, Input, Loader, PublicFile};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|input: &[u8]| {
    let parts = Loader::new().inspect(input).expect("within the limit");
    assert!(!parts.is_empty());
    for part in &parts {
        let shown = part.to_string();
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
    }
    for wanted in [Format::Certificate, Format::CertificateRevocationList] {
        let of_format = parts.iter().filter(|part| part.format() == wanted).count();
        match PublicFile::read(input, wanted, Input::File) {
            Ok(file) => assert_eq!(file.parts().count(), of_format),
            Err(_) => assert_eq!(of_format, 0),
        }
    }
});
