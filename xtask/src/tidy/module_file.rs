//! Rule: `foo.rs` beside `foo/bar.rs`, never `foo/mod.rs`.
//!
//! Ten tabs called `mod.rs` look alike. Clippy's lint sees only files that are compiled for the
//! platform at hand.

use crate::tidy::project::Project;
use crate::tidy::violation::Violation;

const RULE: &str = "module-file";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let called_mod = project
        .rust_files()
        .filter(|file| file.path.ends_with("mod.rs"));
    let remedy = "name the file after its module, one folder up";
    called_mod
        .map(|file| Violation::new(&file.path, 1, RULE, remedy))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    #[test]
    fn file_called_mod_is_refused() {
        assert_eq!(check(&made_up::files(&[("src/foo/mod.rs", "")])).len(), 1);
    }

    #[test]
    fn file_called_after_its_module_is_accepted() {
        assert_eq!(
            check(&made_up::files(&[
                ("src/foo.rs", ""),
                ("src/foo/bar_mod.rs", "")
            ])),
            []
        );
    }
}
