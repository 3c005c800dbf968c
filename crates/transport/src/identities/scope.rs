//! The hosts to which an identity may be presented.
//!
//! A client certificate names its holder, and TLS 1.2 sends it in the clear. Leaves out proxies,
//! which are never presented one.

use std::net::IpAddr;

/// The hosts that may see an identity: names, `*.` names and addresses, without ports.
#[derive(Clone, Debug)]
pub(crate) struct IdentityScope(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Address(IpAddr),
    Name(String),
    /// All names below this one, which begins with a dot.
    Below(String),
}

impl IdentityScope {
    pub(crate) fn new<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(hosts.into_iter().map(Pattern::new).collect())
    }

    /// Checks whether a host is one of them. `host` is as in a URI, an IPv6 address in brackets.
    pub(crate) fn contains(&self, host: &str) -> bool {
        let host = without_brackets(host);
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        self.0.iter().any(|pattern| match pattern {
            Pattern::Address(one) => address == Some(*one),
            Pattern::Name(name) => *name == host,
            Pattern::Below(suffix) => {
                // An address is no subdomain: `*.0.0.1` must not match 127.0.0.1.
                address.is_none() && host.len() > suffix.len() && host.ends_with(suffix.as_str())
            }
        })
    }
}

impl Pattern {
    fn new(host: &str) -> Self {
        let host = without_brackets(host.trim());
        if let Ok(address) = host.parse() {
            return Self::Address(address);
        }
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        match host.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => Self::Below(suffix.to_owned()),
            _ => Self::Name(host),
        }
    }
}

/// Returns the address inside a URI's `[::1]`.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_matches_itself_in_any_case() {
        let scope = IdentityScope::new(["MTLS.example."]);
        for host in ["mtls.example", "Mtls.Example", "mtls.example."] {
            assert!(scope.contains(host), "{host}");
        }
        for host in [
            "a.mtls.example",
            "xmtls.example",
            "mtls.example.evil",
            "example",
            "",
        ] {
            assert!(!scope.contains(host), "{host}");
        }
    }

    #[test]
    fn star_matches_every_subdomain_but_not_the_domain() {
        let scope = IdentityScope::new(["*.mtls.example"]);
        for host in ["a.mtls.example", "a.b.MTLS.example"] {
            assert!(scope.contains(host), "{host}");
        }
        for host in [
            "mtls.example",
            ".mtls.example",
            "amtls.example",
            "mtls.example.a",
        ] {
            assert!(!scope.contains(host), "{host}");
        }
        // A star elsewhere, or alone, is no pattern: to allow all is to set no scope.
        assert!(!IdentityScope::new(["*", "a*.example"]).contains("ab.example"));
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        let scope = IdentityScope::new(["127.0.0.1", "[::1]"]);
        assert!(scope.contains("127.0.0.1") && scope.contains("[0:0::1]"));
        assert!(!scope.contains("127.0.0.2") && !scope.contains("localhost"));
        assert!(!IdentityScope::new(["*.0.0.1"]).contains("127.0.0.1"));
    }
}
