//! Standard input among the files on a command line: it can be read once.

use std::path::Path;

use crate::refusal::Refusal;

/// An option, and the file that it names if it is given.
pub(crate) type FileOption<'a> = (&'static str, Option<&'a Path>);

/// The paths that name it.
const NAMES: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// Returns whether a path is one of its names.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    NAMES.iter().any(|name| path == Path::new(name))
}

/// Refuses a command line on which two options read standard input: the second would find nothing.
///
/// Options that name the same file, such as one for certificate and key, are no two if that file is
/// read once.
pub(crate) fn read_once<'a>(
    options: impl IntoIterator<Item = FileOption<'a>>,
) -> Result<(), Refusal> {
    let mut readers = options
        .into_iter()
        .filter(|(_, path)| path.is_some_and(is_standard_input))
        .map(|(option, _)| option);
    if let (Some(first), Some(second)) = (readers.next(), readers.next()) {
        return Err(Refusal::command_line(format!(
            "{first} and {second} both name standard input, which can be read once: give one of \
             them a file or <(command), or use an environment variable"
        )));
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
