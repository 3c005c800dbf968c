//! Standard input among the files on a command line: it can be read once.

use std::path::Path;

use anyhow::{Result, bail};

use crate::identity_files::FileOption;

/// The paths that name it.
const NAMES: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// Refuses a command line on which two options read standard input: the second would find nothing.
///
/// Options that name the same file, such as one for certificate and key, are no two if that file is
/// read once.
pub(crate) fn read_once<'a>(options: impl IntoIterator<Item = FileOption<'a>>) -> Result<()> {
    let is_it = |path: &Path| NAMES.iter().any(|name| path == Path::new(name));
    let mut readers = options
        .into_iter()
        .filter(|(_, path)| path.is_some_and(is_it))
        .map(|(option, _)| option);
    if let (Some(first), Some(second)) = (readers.next(), readers.next()) {
        bail!(
            "{first} and {second} both name standard input, which can be read once: give one of them a file or \
             <(command), or use an environment variable"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(first: &str, second: &str) -> bool {
        let path = |text| Some(Path::new(text));
        let options = [("--a", path(first)), ("--b", None), ("--c", path(second))];
        read_once(options).is_err()
    }

    #[test]
    fn two_readers_of_standard_input_are_refused_under_any_name() {
        assert!(refused("-", "/dev/stdin"));
        assert!(refused("/dev/fd/0", "/proc/self/fd/0"));
        assert!(!refused("-", "./-"));
        assert!(!refused("a", "a"));
    }
}
