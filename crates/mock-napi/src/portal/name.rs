//! Domain names as the portal wants them ([RFC 1123, section 2.1]): letters, digits and hyphens.
//!
//! Names in other scripts come in their ASCII form (`xn--`).
//!
//! [RFC 1123, section 2.1]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1

/// Returns whether `name` is a domain name, of one label or more.
pub(crate) fn is_domain_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Returns whether `name` is a fully qualified domain name: two labels or more, and not an IPv4
/// address.
pub(crate) fn is_fully_qualified(name: &str) -> bool {
    let Some((_, top)) = name.rsplit_once('.') else {
        return false;
    };
    is_domain_name(name) && !top.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_labels_are_fully_qualified() {
        assert!(is_fully_qualified("api.example"));
    }

    #[test]
    fn one_label_is_a_domain_name_but_not_fully_qualified() {
        assert!(is_domain_name("localhost"));
        assert!(!is_fully_qualified("localhost"));
    }

    #[test]
    fn an_address_is_not_fully_qualified() {
        assert!(!is_fully_qualified("192.0.2.1"));
    }

    #[test]
    fn a_label_has_up_to_63_characters() {
        assert!(is_fully_qualified(&format!("{}.example", "a".repeat(63))));
        assert!(!is_fully_qualified(&format!("{}.example", "a".repeat(64))));
    }

    #[test]
    fn blanks_underscores_and_outer_hyphens_are_not_of_a_name() {
        for name in [
            "",
            ".",
            "a..b",
            "a.b.",
            "my host.example",
            "a_b.example",
            "-a.example",
        ] {
            assert!(!is_domain_name(name), "{name:?}");
        }
        assert!(is_domain_name("a-b.example"));
    }
}
