//! Files that hold a key and its certificate together.
//!
//! Leaves out whether the two belong together: loading says so.

use std::path::Path;

use crate::document;
use crate::{Format, Input, InputFile, selection};

/// Does a file hold a private key and a certificate? `false` too if it cannot be read.
pub(super) fn holds_both(path: &Path) -> bool {
    let Ok(content) = InputFile::new(path, Input::File).read() else {
        return false;
    };
    let documents = document::recognise(&content.bytes);
    let has = |is_wanted: fn(Format) -> bool| documents.iter().any(|it| is_wanted(it.format));
    has(selection::is_private_key) && has(|format| format == Format::Certificate)
}
