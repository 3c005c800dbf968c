//! Names of variants as programs read them.

use std::fmt::Debug;

/// Returns the name of a variant in snake case, with that of a variant inside it:
/// `ClientCertificate(Revoked)` is `client_certificate_revoked`.
///
/// A derived `Debug` begins with the names; the fields of a variant are left out.
///
/// ```
/// #[derive(Debug)]
/// enum Outcome {
///     TimedOut { seconds: u64 },
/// }
/// assert_eq!(vocabulary::variant_name(&Outcome::TimedOut { seconds: 5 }), "timed_out");
/// ```
#[must_use]
pub fn variant_name(variant: &impl Debug) -> String {
    let shown = format!("{variant:?}");
    let names = shown.split([' ', '{', '"', '[', ')']).next();
    let mut name = String::new();
    for character in names.unwrap_or_default().chars() {
        if character.is_ascii_digit() || character.is_ascii_lowercase() {
            name.push(character);
        } else {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            name.extend(
                character
                    .is_ascii_uppercase()
                    .then(|| character.to_ascii_lowercase()),
            );
        }
    }
    name.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    enum Inner {
        Revoked,
        #[expect(dead_code, reason = "shown by `Debug`")]
        Refused {
            status: u16,
        },
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "shown by `Debug`")]
    enum Outer {
        Certificate(Inner),
        Http11Required,
        Missing { path: &'static str },
    }

    #[test]
    fn inner_variants_are_named_and_fields_are_not() {
        for (variant, name) in [
            (Outer::Certificate(Inner::Revoked), "certificate_revoked"),
            (
                Outer::Certificate(Inner::Refused { status: 403 }),
                "certificate_refused",
            ),
            (Outer::Http11Required, "http11_required"),
            (Outer::Missing { path: "secret" }, "missing"),
        ] {
            assert_eq!(variant_name(&variant), name);
        }
    }
}
