//! The pages of code in `examples/clients`, which are run as they stand.

use std::path::{Path, PathBuf};

/// Returns the path of a page of code, without `..`, as programs print it in their messages.
pub(crate) fn page(name: &str) -> PathBuf {
    folder().join(name)
}

/// Returns the folder of the pages.
pub(crate) fn folder() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = member.ancestors().nth(2).unwrap_or(member);
    root.join("examples").join("clients")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_of_each_kind_is_there() {
        for name in [
            "napi.go",
            "request.json",
            "postman/napi-mtls.postman_collection.json",
        ] {
            assert!(page(name).is_file(), "{name}");
        }
        assert!(!page("napi.rs").exists());
    }
}
