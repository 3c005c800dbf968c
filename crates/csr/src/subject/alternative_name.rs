//! The subject's alternative names, of the kinds that a request may ask for.
//!
//! `GeneralName` of [RFC 5280, section 4.2.1.6]. Leaves out encoding, and the kinds that no server
//! or client is found by.
//!
//! [RFC 5280, section 4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6

use std::fmt;
use std::net::IpAddr;

use vocabulary::Escaped;

use crate::subject::fqdn::{self, Fqdn};
use crate::subject::policy::Policy;
use crate::subject::problem::Problem;

/// A subject alternative name (SAN).
///
/// As part of a [`Subject`](crate::Subject) it satisfies the subject's policy; in a request from
/// elsewhere it is what stands there. `Display` escapes what a terminal would act upon.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlternativeName {
    /// A host name, `dNSName`.
    Dns(String),
    /// An e-mail address, `rfc822Name`.
    Email(String),
    /// An IP address, `iPAddress`.
    Ip(IpAddr),
    /// A name of another kind, found in a request from elsewhere and never written.
    Other,
    /// An absolute URI, `uniformResourceIdentifier`.
    Uri(String),
}

impl AlternativeName {
    /// Returns the problems of this name under `policy`.
    pub(super) fn problems(&self, policy: Policy) -> Vec<Problem> {
        match self {
            Self::Dns(name) => fqdn::problems(name, policy)
                .into_iter()
                .map(Problem::NotFqdn)
                .collect(),
            _ if !policy.allows_other_names() => vec![Problem::NotDnsName],
            Self::Email(address) if !is_email(address) => vec![Problem::NotEmailAddress],
            Self::Uri(uri) if !is_uri(uri) => vec![Problem::NotUri],
            Self::Other => vec![Problem::NotDnsName],
            Self::Email(_) | Self::Ip(_) | Self::Uri(_) => Vec::new(),
        }
    }

    /// Returns a form that is equal for names that mean the same: host names know no case.
    pub(super) fn folded(&self) -> Self {
        match self {
            Self::Dns(name) => Self::Dns(name.to_ascii_lowercase()),
            other => other.clone(),
        }
    }
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS {}", Escaped::exact(name)),
            Self::Email(address) => write!(f, "e-mail {}", Escaped::exact(address)),
            Self::Ip(address) => write!(f, "IP {address}"),
            Self::Other => f.write_str("a name of another kind"),
            Self::Uri(uri) => write!(f, "URI {}", Escaped::exact(uri)),
        }
    }
}

/// Returns whether it is a `Mailbox` of [RFC 5321, section 4.1.2], without quotes, address literals
/// and display names: RFC 5280 forbids the last, no one has the others.
///
/// [RFC 5321, section 4.1.2]: https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
fn is_email(address: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(atext);
    let Some((local, domain)) = address.split_once('@') else {
        return false;
    };
    local.len() <= MAX_LOCAL_PART && local.split('.').all(is_atom) && is_host(domain)
}

/// Returns whether RFC 5280 allows the URI: "The name MUST NOT be a relative URI", and "URIs that
/// include an authority MUST include a fully qualified domain name or IP address as the host".
fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let authority = rest.strip_prefix("//").map(|rest| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest)
    });
    is_scheme && !rest.is_empty() && has_uri_characters(rest) && authority.is_none_or(is_authority)
}

/// Returns whether all are characters of [RFC 3986, section 2], with two hexadecimal digits after
/// each `%`.
///
/// [RFC 3986, section 2]: https://www.rfc-editor.org/rfc/rfc3986#section-2
fn has_uri_characters(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br#"%"<>\^`{|}"#.contains(&byte);
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default();
    first.bytes().all(is_plain)
        && parts.all(|part| {
            part.bytes().all(is_plain)
                && part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
        })
}

/// Returns whether it is an `authority = [ userinfo "@" ] host [ ":" port ]` (RFC 3986, section
/// 3.2).
fn is_authority(authority: &str) -> bool {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // A colon inside of brackets belongs to an IPv6 address.
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.parse::<std::net::Ipv4Addr>().is_ok() || is_host(host),
    };
    is_host && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host(name: &str) -> bool {
    Fqdn::parse(name, Policy::Trulioo).is_ok()
}

/// RFC 5321, section 4.5.3.1.1.
const MAX_LOCAL_PART: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bare_mailboxes() {
        for address in ["a@b.example", "first.last+tag@mail.acme.example"] {
            assert!(is_email(address), "{address}");
        }
        let long = format!("{}@b.example", "a".repeat(65));
        for address in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b",
            "a@b@c.example",
            ".a@b.example",
            "a..b@c.example",
            "A B <a@b.example>",
            "a@[192.0.2.1]",
            "ä@b.example",
            "a@bücher.example",
            &long,
        ] {
            assert!(!is_email(address), "{address}");
        }
    }

    #[test]
    fn uris_are_absolute_with_a_full_host_if_any() {
        for uri in [
            "https://acme.example",
            "https://user@acme.example:8443/a%20b?c=d#e",
            "https://192.0.2.1/",
            "https://[2001:db8::1]:443/",
            "spiffe://acme.example/napi",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ] {
            assert!(is_uri(uri), "{uri}");
        }
        for uri in [
            "",
            "acme.example",
            "/path",
            "//acme.example/",
            "https:",
            "https://",
            "https://localhost/",
            "https://acme.example:x/",
            "https://[2001:db8::1/",
            "1a:b",
            "https://acme.example/a b",
            "https://acme.example/%2",
            "https://acme.example/%zz",
            "https://acme.example/ü",
        ] {
            assert!(!is_uri(uri), "{uri}");
        }
    }

    #[test]
    fn only_dns_names_pass_under_the_default_policy() {
        for name in [
            AlternativeName::Email("a@b.example".to_owned()),
            AlternativeName::Ip([192, 0, 2, 1].into()),
            AlternativeName::Uri("https://acme.example/".to_owned()),
        ] {
            assert_eq!(name.problems(Policy::Trulioo), [Problem::NotDnsName]);
            assert_eq!(name.problems(Policy::Rfc5280), []);
        }
        let name = AlternativeName::Dns("napi.acme.example".to_owned());
        assert_eq!(name.problems(Policy::Trulioo), []);
        assert_eq!(
            AlternativeName::Other.problems(Policy::Rfc5280),
            [Problem::NotDnsName]
        );
    }
}
