//! Hosts that are connected to without the proxy: the `NO_PROXY` convention, which no standard
//! defines.
//!
//! hyper-util matches names and networks; this adds ports, brackets and `*.`.

use http::{Uri, uri::Scheme};
use hyper_util::client::proxy::matcher::Matcher;

use crate::net::proxy::hop::without_brackets;

/// Hosts that are connected to directly.
#[derive(Debug, Default)]
pub(super) struct NoProxy(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// The only port that it applies to; none for all.
    port: Option<u16>,
    /// Intercepts everything but the hosts of the rule.
    matcher: Matcher,
}

impl NoProxy {
    /// Reads entries separated by commas or white space.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        let entries = entries.filter(|entry| !entry.is_empty());
        Self(entries.map(Rule::parse).collect())
    }

    pub(super) fn contains(&self, target: &Uri) -> bool {
        let Some(host) = target.host().and_then(|host| absolute(without_dot(host))) else {
            return false;
        };
        self.0.iter().any(|rule| {
            rule.port.is_none_or(|of_rule| port_of(target) == of_rule)
                && rule.matcher.intercept(&host).is_none()
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        let (host, port) = split_port(entry);
        let hosts = match without_brackets(host) {
            EVERYTHING => EVERYTHING_IN_HYPER_UTIL,
            // "*.example.com" is a common spelling of ".example.com".
            name if name.starts_with("*.") => name.trim_start_matches('*'),
            name => name,
        };
        // Any proxy will do: only whether there is one matters.
        let matcher = Matcher::builder()
            .all("http://proxy.invalid")
            .no(without_dot(hosts));
        Self {
            port,
            matcher: matcher.build(),
        }
    }
}

const EVERYTHING: &str = "*";
/// hyper-util matches a star with all names and no address.
const EVERYTHING_IN_HYPER_UTIL: &str = "*,0.0.0.0/0,::/0";

/// Splits `host:port` and `[address]:port`; an IPv6 address has no port without brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    let split = entry
        .rsplit_once(':')
        .filter(|(host, _)| host.starts_with('[') || !host.contains(':'));
    match split.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host, Some(port)),
        None => (entry, None),
    }
}

/// Returns the port of a URI, or the default of its scheme.
pub(super) fn port_of(uri: &Uri) -> u16 {
    match uri.port_u16() {
        Some(port) => port,
        None if uri.scheme() == Some(&Scheme::HTTP) => 80,
        None => 443,
    }
}

/// Removes the dot at the end of an absolute name, which makes it no other host.
fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

fn absolute(host: &str) -> Option<Uri> {
    let builder = Uri::builder().scheme(Scheme::HTTPS).authority(host);
    builder.path_and_query("/").build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_direct(list: &str, target: &str) -> bool {
        NoProxy::parse(list).contains(&target.parse().unwrap())
    }

    #[test]
    fn only_listed_hosts_are_direct() {
        for (list, direct, proxied) in [
            (
                "example.com",
                "https://example.com/",
                "https://example.org/",
            ),
            (
                "example.com",
                "https://api.example.com/",
                "https://notexample.com/",
            ),
            (
                ".example.com",
                "https://api.example.com/",
                "https://notexample.com/",
            ),
            (".example.com", "https://example.com/", "https://com/"),
            (
                "*.example.com",
                "https://api.example.com/",
                "https://notexample.com/",
            ),
            (
                "Example.COM",
                "https://API.example.com/",
                "https://example.co/",
            ),
            (
                "example.com.",
                "https://example.com/",
                "https://example.net/",
            ),
            (
                "example.com",
                "https://example.com./",
                "https://example.net./",
            ),
            (
                "a.example, b.example",
                "https://b.example/",
                "https://c.example/",
            ),
            (
                "a.example b.example",
                "https://b.example/",
                "https://c.example/",
            ),
            ("localhost", "https://localhost:8443/", "https://127.0.0.1/"),
            ("127.0.0.1", "https://127.0.0.1:8443/", "https://127.0.0.2/"),
            ("10.0.0.0/8", "https://10.1.2.3/", "https://11.1.2.3/"),
            ("::1", "https://[::1]:8443/", "https://[::2]/"),
            ("[::1]", "https://[::1]/", "https://[::2]/"),
            ("fd00::/8", "https://[fd12::1]/", "https://[fe80::1]/"),
            (
                "example.com:8443",
                "https://example.com:8443/",
                "https://example.com/",
            ),
            (
                "example.com:443",
                "https://example.com/",
                "https://example.com:444/",
            ),
            (
                "10.0.0.1:8443",
                "https://10.0.0.1:8443/",
                "https://10.0.0.1/",
            ),
            ("[::1]:8443", "https://[::1]:8443/", "https://[::1]/"),
        ] {
            assert!(is_direct(list, direct), "{list} {direct}");
            assert!(!is_direct(list, proxied), "{list} {proxied}");
        }
    }

    #[test]
    fn star_matches_every_host_and_empty_list_none() {
        for target in [
            "https://example.com/",
            "https://[::1]/",
            "https://10.0.0.1/",
        ] {
            assert!(is_direct("*", target), "{target}");
            assert!(is_direct("*:443", target), "{target}");
            assert!(!is_direct("*:444", target), "{target}");
            for list in ["", " , ,", "example.org"] {
                assert!(!is_direct(list, target), "{list} {target}");
            }
        }
    }

    #[test]
    fn loopback_is_proxied_unless_listed() {
        assert!(!is_direct("example.com", "https://localhost/"));
        assert!(!is_direct("example.com", "https://127.0.0.1/"));
    }
}
