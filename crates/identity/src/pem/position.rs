//! Searching bytes for a pattern.
//!
//! Leaves out what the pattern means.

/// Returns the index at which `pattern` first occurs.
pub(super) fn position(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len())
        .position(|window| window == pattern)
}
