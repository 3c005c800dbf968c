//! Paths as they are shown: nothing in them steers a terminal or a log.
//!
//! Leaves out the names in certificates, which have an escape of their own.

use std::fmt;
use std::path::Path;

use vocabulary::Escaped;

/// Shows a path on one line, with what is invisible in it escaped.
pub(crate) struct Shown<'a>(pub(crate) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped::line(&self.0.to_string_lossy()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_the_line_or_colour_it() {
        let path = Path::new("a\n\u{1b}[31mé\u{202e}b");
        let shown = Shown(path).to_string();
        assert_eq!(shown, "a\\u000a\\u001b[31mé\\u202eb");
    }
}
