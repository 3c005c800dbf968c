//! Small crates made up on the spot: each that is accepted beside the nearest that is not.

use super::*;
use crate::tidy::project::made_up;

const LIB: &str = "crates/a/src/lib.rs";

#[test]
fn chain_of_modules_is_accepted() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y; pub struct X(Y);"),
        ("y", "pub struct Y;"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn two_modules_that_use_each_other_are_refused() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y;\npub struct X(Y);"),
        ("y", "pub struct Y;\nfn f(_: crate::x::X) {}"),
    ];
    assert_eq!(circles(&files), ["x:1 y:2"]);
}

#[test]
fn shortest_circle_of_three_is_told_in_order() {
    let files = [
        ("lib", "mod x; mod y; mod z;"),
        ("x", "use crate::y::Y; pub struct X;"),
        ("y", "use crate::z::Z; pub struct Y;"),
        ("z", "use crate::x::X; pub struct Z;"),
    ];
    assert_eq!(circles(&files), ["x:1 y:1 z:1"]);
}

#[test]
fn name_through_the_root_counts_for_its_definer() {
    let lib = "mod x; mod y; pub use x::X; pub use y::Y;";
    let x = ("x", "use crate::Y; pub struct X;");
    assert_eq!(circles(&[("lib", lib), x, ("y", "pub struct Y;")]), [""; 0]);
    assert_eq!(
        circles(&[("lib", lib), x, ("y", "use crate::X; pub struct Y;")]),
        ["x:1 y:1"]
    );
}

#[test]
fn name_through_two_re_exports_counts_for_its_definer() {
    let files = [
        ("lib", "mod x; mod y; pub use y::Z as W;"),
        ("x", "use crate::W; pub struct X;"),
        ("y", "mod z; pub use z::Z;"),
        ("y/z", "use crate::x::X; pub struct Z;"),
    ];
    assert_eq!(circles(&files), ["x:1 y/z:1"]);
}

#[test]
fn code_for_tests_is_left_out() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y; pub struct X;"),
        (
            "y",
            "pub struct Y; #[cfg(test)] mod tests { use crate::x::X; } #[cfg(all(test, unix))] use crate::x::X;",
        ),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn code_for_a_feature_is_not_left_out() {
    for condition in ["feature = \"test\"", "not(test)", "any(test, unix)"] {
        let y = format!("pub struct Y; #[cfg({condition})] mod inner {{ use crate::x::X; }}");
        let x = ("x", "use crate::y::Y; pub struct X;");
        assert_eq!(
            circles(&[("lib", "mod x; mod y;"), x, ("y", &y)]),
            ["x:1 y:1"],
            "{condition}"
        );
    }
}

#[test]
fn file_of_tests_is_left_out() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y; pub struct X;"),
        ("y", "pub struct Y; #[cfg(test)] mod tests;"),
        ("y/tests", "use crate::x::X;"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn parent_that_only_hands_names_up_is_accepted() {
    let child = ("x/y", "use super::X; pub struct Y(X);");
    let parent = "mod y; pub use y::Y; pub struct X;";
    assert_eq!(circles(&[("lib", "mod x;"), ("x", parent), child]), [""; 0]);
}

#[test]
fn parent_that_uses_what_it_hands_up_is_refused() {
    let child = ("x/y", "use super::X; pub struct Y(X);");
    for parent in [
        "mod y; pub use y::Y; pub struct X(Option<Box<Y>>);",
        "mod y; use y::Y; pub struct X;",
        "mod y; pub struct X; fn f() { y::g(); }",
        "mod y; pub use y::Y; pub struct X; fn f() { m!(Y); }",
    ] {
        assert_eq!(
            circles(&[("lib", "mod x;"), ("x", parent), child]),
            ["x:1 x/y:1"],
            "{parent}"
        );
    }
}

#[test]
fn re_export_from_beside_is_an_arrow() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "pub use crate::y::Y; pub struct X;"),
        ("y", "use crate::x::X; pub struct Y;"),
    ];
    assert_eq!(circles(&files), ["x:1 y:1"]);
}

#[test]
fn folders_that_lead_to_each_other_are_refused() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "mod a; mod b;"),
        ("x/a", "use crate::y::c::C; pub struct A;"),
        ("x/b", "pub struct B;"),
        ("y", "mod c; mod d;"),
        ("y/c", "pub struct C;"),
        ("y/d", "use crate::x::b::B; pub struct D;"),
    ];
    assert_eq!(
        circles(&files),
        ["x/a:1 y/d:1"],
        "no file of them is in a circle"
    );
    let mut parted = files;
    parted[6].1 = "pub struct D;";
    assert_eq!(circles(&parted), [""; 0]);
}

#[test]
fn path_in_an_expression_counts() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "pub struct X;\nfn f() {\n    crate::y::g();\n}"),
        ("y", "use crate::x::X;\npub fn g() {}"),
    ];
    assert_eq!(circles(&files), ["x:3 y:1"]);
}

#[test]
fn path_through_an_imported_module_counts_for_its_file() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y;\npub struct X;\nfn f() { y::z::g(); }"),
        ("y", "pub mod z;\nuse crate::x::X;"),
        ("y/z", "pub fn g() {}"),
    ];
    assert_eq!(
        circles(&files),
        ["x:3 y:2"],
        "of folders: y/z itself uses nothing"
    );
}

#[test]
fn path_in_a_macro_or_an_attribute_counts() {
    for code in [
        "m!(a, crate::y::Y { b: 1 });",
        "#[serde(with = \"crate::y::date\")] struct A;",
    ] {
        let x = format!("pub struct X; {code}");
        let y = ("y", "use crate::x::X; pub struct Y;");
        assert_eq!(
            circles(&[("lib", "mod x; mod y;"), ("x", &x), y]),
            ["x:1 y:1"],
            "{code}"
        );
    }
}

#[test]
fn text_that_looks_like_a_path_does_not_count() {
    for code in [
        "// crate::y::Y",
        "/// [`Y`](crate::y::Y)\nstruct A;",
        "const A: &str = \"crate::y::Y\";",
    ] {
        let x = format!("pub struct X;\n{code}");
        let y = ("y", "use crate::x::X; pub struct Y;");
        assert_eq!(
            circles(&[("lib", "mod x; mod y;"), ("x", &x), y]),
            [""; 0],
            "{code}"
        );
    }
}

#[test]
fn star_counts_for_the_names_that_are_used() {
    let y = ("y", "use crate::x::*; pub struct Y; fn f(_: X) {}");
    let lib = ("lib", "mod x; mod y;");
    assert_eq!(
        circles(&[lib, ("x", "use crate::y::Y; pub struct X;"), y]),
        ["x:1 y:1"]
    );
    assert_eq!(
        circles(&[lib, ("x", "use crate::y::Y; pub struct Z;"), y]),
        [""; 0]
    );
}

#[test]
fn macro_by_example_belongs_to_its_file() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::model; model!(A); pub struct X;"),
        (
            "y",
            "macro_rules! model { () => { $crate::x::X } } pub(crate) use model;",
        ),
    ];
    assert_eq!(circles(&files), ["x:1 y:1"]);
}

#[test]
fn name_of_another_crate_is_no_arrow() {
    let files = [
        ("lib", "mod x; mod http;"),
        ("x", "pub struct X; use ::http::Uri; use tokio::y::Y;"),
        ("http", "use crate::x::X; pub struct Y;"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn re_exports_in_a_ring_end() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "pub use crate::y::A;"),
        ("y", "pub use crate::x::A;"),
    ];
    let _ = circles(&files);
}

#[test]
fn modules_inside_of_a_file_are_part_of_it() {
    let files = [
        ("lib", "mod x; mod y { pub struct Y; use crate::x::X; }"),
        ("x", "use crate::y::Y; pub struct X;"),
    ];
    assert_eq!(circles(&files), ["lib:1 x:1"]);
}

#[test]
fn circle_of_a_member_is_refused() {
    let with = project(&[
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y; pub struct X;"),
        ("y", "use crate::x::X; pub struct Y;"),
    ]);
    assert_eq!(check(&with).len(), 1);
    let without = project(&[("lib", "mod x;"), ("x", "pub struct X;")]);
    assert_eq!(check(&without).len(), 0);
}

#[test]
fn violation_names_the_circle_file_by_file() {
    let files = [
        ("lib", "mod x; mod y;"),
        ("x", "use crate::y::Y;\npub struct X;"),
        ("y", "\nuse crate::x::X; pub struct Y;"),
    ];
    let violations = check(&project(&files));
    assert_eq!(violations.len(), 1);
    assert_eq!(
        violations[0].to_string(),
        "crates/a/src/x.rs:1: circles: take out an arrow of this circle (2 modules in all): \
         crates/a/src/x.rs:1 names Y of crates/a/src/y.rs, crates/a/src/y.rs:2 names X of crates/a/src/x.rs"
    );
}

/// Shows the shortest circles of a crate, by file and line, without folder and ending.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let project = project(files);
    let circles = circles_of(&Modules::read(&project, LIB.as_ref()));
    let shown = |step: &Step| {
        let file = step
            .file
            .strip_prefix("crates/a/src")
            .unwrap()
            .with_extension("");
        format!("{}:{}", file.display(), step.line)
    };
    let circle = |circle: &Circle| circle.steps.iter().map(shown).collect::<Vec<_>>().join(" ");
    circles.iter().map(circle).collect()
}

fn project(files: &[(&str, &str)]) -> Project {
    let paths: Vec<_> = files
        .iter()
        .map(|(name, text)| (format!("crates/a/src/{name}.rs"), *text))
        .collect();
    let files: Vec<_> = paths
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let mut project = made_up::files(&files);
    project.members.push(made_up::member("a", Vec::new()));
    project
}
