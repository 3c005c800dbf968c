//! Names that the service gives to its data sources and fields, in `Debug`.

use std::fmt;

/// Shows names, which are the service's own and no personal data. What does not look like one is
/// left out.
pub(crate) struct ServiceNames<'a, M>(pub(crate) &'a M);

impl fmt::Debug for ServiceNames<'_, Option<String>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Name(self.0.as_deref().unwrap_or_default()).fmt(f)
    }
}

impl fmt::Debug for ServiceNames<'_, Vec<String>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|name| Name(name)))
            .finish()
    }
}

struct Name<'a>(&'a str);

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 80;
        let may_stand = |it: u8| it.is_ascii_alphanumeric() || b" -_.,/&()+".contains(&it);
        let is_name = self.0.len() <= LONGEST && self.0.bytes().all(may_stand);
        if is_name {
            fmt::Debug::fmt(self.0, f)
        } else {
            f.write_str("_")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_anything_else_is_not() {
        let shown = |name: &str| format!("{:?}", ServiceNames(&Some(name.to_owned())));
        assert_eq!(shown("Credit Agency 1 (UK)"), "\"Credit Agency 1 (UK)\"");
        for other in [
            "jo@acme.example",
            "a\u{202E}b",
            "a\nb",
            "Zoë",
            &"a".repeat(81),
        ] {
            assert_eq!(shown(other), "_", "{other}");
        }
        let list = ServiceNames(&vec!["PersonInfo".to_owned(), "<b>".to_owned()])
            .0
            .clone();
        assert_eq!(format!("{:?}", ServiceNames(&list)), "[\"PersonInfo\", _]");
    }
}
