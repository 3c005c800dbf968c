//! Files that hold a key and its certificate together.
//!
//! Leaves out whether the two belong together: loading says so.

use std::path::Path;

use crate::document;
use crate::format::Format;
use crate::input::Input;
use crate::input_file::InputFile;
use crate::selection;

/// Returns whether a file holds a private key and a certificate; `false` if it cannot be read.
pub(crate) fn holds_both(path: &Path) -> bool {
    let Ok(content) = InputFile::new(path, Input::File).read() else {
        return false;
    };
    let documents = document::recognise(&content.bytes);
    let has = |is_wanted: fn(Format) -> bool| documents.iter().any(|it| is_wanted(it.format));
    has(selection::is_private_key) && has(|format| format == Format::Certificate)
}
