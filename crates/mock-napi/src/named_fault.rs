//! The faults that one can ask for by name: those of the TLS server, and responses with odd bodies.

use mock_tls::{Alpn, Script};

use crate::odd_body::ODD;

/// Returns the script of a fault by its name: one that [`Script::named`] knows, or a response of
/// NAPI's with something odd about it, such as `value-nan`. `None` if there is none of that name.
///
/// ```
/// use mock_napi::named_fault;
///
/// assert!(named_fault("iis-revoked").is_some());
/// assert!(named_fault("value-nan").is_some());
/// assert_eq!(named_fault("iis-refused"), None);
/// ```
#[must_use]
pub fn named_fault(name: &str) -> Option<Script> {
    let odd = || ODD.iter().find(|(other, _)| *other == name);
    Script::named(name)
        .or_else(|| odd().map(|(_, reply)| Script::new().alpn(Alpn::Either).response(reply())))
}

/// Returns the names that [`named_fault`] knows, in alphabetical order.
#[must_use]
pub fn fault_names() -> Vec<&'static str> {
    let odd = ODD.iter().map(|(name, _)| *name);
    let mut names: Vec<_> = Script::names().chain(odd).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_their_scripts_read_back() {
        let names = fault_names();
        assert!(ODD.is_sorted_by_key(|(name, _)| name));
        assert!(names.windows(2).all(|two| two[0] != two[1]));
        for name in names {
            let script = named_fault(name).unwrap();
            let json = serde_json::to_string(&script).unwrap();
            assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
        }
    }
}
