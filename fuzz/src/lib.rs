//! Mutations that keep PEM and DER whole, for `fuzz_mutator!`.
//!
//! Base64 hides which bytes belong together, and in DER a value that grows makes every length above
//! it wrong: libFuzzer alone does not get past the frame. Leaves out broken frames and broken
//! lengths; its plain mutations make those.

mod der;

use libfuzzer_sys::fuzzer_mutate;
use pem::{EncodeConfig, LineEnding, Pem};

/// Changes the input as it stands or, every other time, one value inside.
///
/// The first `size` bytes of `data` are the input; the new size is returned.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let choice = seed as usize / 2;
    let inside = if seed.is_multiple_of(2) {
        mutate_inside(&data[..size], choice)
    } else {
        None
    };
    match inside.filter(|changed| changed.len() <= max_size) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
}

/// Returns the input with a value changed, unless it is neither PEM nor DER.
fn mutate_inside(input: &[u8], choice: usize) -> Option<Vec<u8>> {
    let mut frames = pem::parse_many(input).unwrap_or_default();
    if frames.is_empty() {
        return der::mutate(input, choice);
    }
    let (chosen, choice) = (choice % frames.len(), choice / frames.len());
    let frame = &mut frames[chosen];
    *frame = Pem::new(frame.tag(), der::mutate(frame.contents(), choice)?);
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Some(pem::encode_many_config(&frames, config).into_bytes())
}
