//! Rule: inside a crate, `use crate::module::Name`, from the module that defines the name.
//!
//! So a line means the same wherever it is moved, and the arrows between modules can be read off.
//! Re-exports at the root are for users of the crate. A test may say `use super::*`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::tidy::project::{Project, TextFile};
use crate::tidy::source::{Import, Source};
use crate::tidy::violation::Violation;

const RULE: &str = "imports";

pub(crate) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &project.members {
        // A library and a program may share a folder, and only one of them has a module of it.
        let mut tops = BTreeMap::<&Path, Vec<Source>>::new();
        for root in &member.roots {
            if let Some(top) = project.file(root) {
                let folder = root.parent().unwrap_or(root);
                let top = Source::read(&top.text);
                tops.entry(folder).or_default().push(top);
            }
        }
        for (folder, tops) in tops {
            let files = project
                .rust_files()
                .filter(|file| file.path.starts_with(folder));
            violations.extend(files.flat_map(|file| check_file(file, &tops)));
        }
    }
    violations.sort();
    violations.dedup(); // a folder within another
    violations
}

fn check_file(file: &TextFile, tops: &[Source]) -> Vec<Violation> {
    let mut folders = file.path.components().map(|part| part.as_os_str());
    if file.path.ends_with("tests.rs") || folders.any(|folder| folder == "tests") {
        return Vec::new();
    }
    let mut imports = Vec::new();
    collect(Source::read(&file.text), &mut imports);
    let wrong = imports.iter().filter(|it| is_wrong(it, tops));
    let remedy = "write `use crate::module::Name`, of the module that defines it";
    wrong
        .map(|it| Violation::new(&file.path, it.line, RULE, remedy))
        .collect()
}

fn collect(source: Source, imports: &mut Vec<Import>) {
    imports.extend(source.imports);
    for (_, inner) in source.inline {
        collect(inner, imports);
    }
}

fn is_wrong(import: &Import, tops: &[Source]) -> bool {
    match import.path.as_slice() {
        [first, ..] if first == "super" || first == "self" => true,
        [first, name] if first == "crate" => !tops
            .iter()
            .any(|top| top.children.contains(name) || top.items.contains(name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project::made_up;

    const LIB: &str = "mod x; mod y; pub use x::X; pub struct Z;";

    #[test]
    fn path_from_the_defining_module_is_accepted() {
        for code in [
            "use crate::x::X;",
            "use crate::{x::X, y};",
            "use crate::Z;",
            "use std::fmt;",
            "pub use z::A; mod z;",
        ] {
            assert_eq!(lines(code), [0; 0], "{code}");
        }
    }

    #[test]
    fn relative_path_and_re_export_are_refused() {
        for code in [
            "use super::x::X;",
            "use self::z::A;",
            "use crate::X;",
            "use crate::{X, y::Y};",
            "mod inner { use super::A; }",
        ] {
            assert_eq!(lines(code), [1], "{code}");
        }
    }

    #[test]
    fn tests_may_import_all_that_lies_above() {
        assert_eq!(
            lines("#[cfg(test)]\nmod tests {\n    use super::*;\n}\n"),
            [0; 0]
        );
    }

    #[test]
    fn module_of_a_library_beside_a_program_is_accepted() {
        for (import, violations) in [("use crate::y;", 0), ("use crate::X;", 1)] {
            let files = [
                ("crates/a/src/lib.rs", LIB),
                ("crates/a/src/main.rs", "fn main() {}"),
                ("crates/a/src/x.rs", import),
            ];
            let mut project = made_up::files(&files);
            let mut member = made_up::member("a", Vec::new());
            member.roots.push("crates/a/src/main.rs".into());
            project.members.push(member);
            assert_eq!(check(&project).len(), violations, "{import}");
        }
    }

    fn lines(text: &str) -> Vec<usize> {
        let files = [("crates/a/src/lib.rs", LIB), ("crates/a/src/y.rs", text)];
        let mut project = made_up::files(&files);
        project.members.push(made_up::member("a", Vec::new()));
        check(&project).iter().map(|it| it.line).collect()
    }
}
