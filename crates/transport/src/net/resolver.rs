//! Resolution of a host to its addresses: by the settings, else by a lookup.

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use crate::connection::phase::Phase;
use crate::error::local_problem::LocalProblem;
use crate::error::{Error, ErrorKind};

/// The overrides and the lookup of names.
#[derive(Clone, Default)]
pub(crate) struct Resolver {
    overrides: HashMap<String, Vec<SocketAddr>>,
    lookup: Option<Lookup>,
}

type Lookup = Arc<dyn Fn(String) -> LookupFuture + Send + Sync>;
type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

impl Resolver {
    pub(crate) fn set_override(&mut self, host: &str, addresses: Vec<SocketAddr>) {
        self.overrides.insert(key(host), addresses);
    }

    pub(crate) fn set_lookup<F>(&mut self, lookup: impl Fn(String) -> F + Send + Sync + 'static)
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        self.lookup = Some(Arc::new(move |name| Box::pin(lookup(name))));
    }

    /// Resolves a host to at least one address, with a port where one was given for it, else 0.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Error> {
        // There are rarely any, and the key is dear: it is written out, and hashed.
        if !self.overrides.is_empty()
            && let Some(addresses) = self.overrides.get(&key(host))
        {
            return non_empty(addresses.clone(), NoAddress::Override);
        }
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, 0)]);
        }
        let found = match &self.lookup {
            Some(lookup) => lookup(host.to_owned()).await,
            // The system call beneath it cannot be cancelled; when dropped, it ends in the
            // background.
            None => tokio::net::lookup_host((host, 0)).await.map(Vec::from_iter),
        };
        let found = found.map_err(|error| match LocalProblem::of_lookup(&error) {
            Some(problem) => {
                let kind = ErrorKind::Local(problem);
                Error::with_source(kind, Phase::Resolve, None, error)
            }
            None => unresolved(error),
        });
        non_empty(found?, NoAddress::Lookup)
    }
}

/// Returns the form in which hosts are compared: lower case (RFC 4343), without the dot that ends
/// an absolute name, and one spelling of each address.
fn key(host: &str) -> String {
    let host = bare(host);
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(),
    }
}

/// Removes the brackets of an address in a URI.
fn bare(host: &str) -> &str {
    let bare = host.strip_prefix('[').and_then(|ip| ip.strip_suffix(']'));
    bare.unwrap_or(host)
}

fn non_empty(addresses: Vec<SocketAddr>, otherwise: NoAddress) -> Result<Vec<SocketAddr>, Error> {
    if addresses.is_empty() {
        return Err(unresolved(otherwise));
    }
    Ok(addresses)
}

fn unresolved(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::with_source(ErrorKind::Resolve, Phase::Resolve, None, source)
}

/// The error of a name without addresses.
#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("the name has no address")]
    Lookup,
    #[error("the connector's settings give the name no address")]
    Override,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("overrides", &self.overrides)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_compared_in_any_spelling() {
        for (one, other) in [
            ("api.example", "API.Example"),
            ("api.example", "api.example."),
            ("[::1]", "::1"),
            ("[0:0::1]", "::1"),
            ("[2001:DB8::A]", "2001:db8::a"),
        ] {
            assert_eq!(key(one), key(other));
        }
        for (one, other) in [
            ("api.example", "example"),
            ("api.example", "api.example.."),
            ("127.0.0.1", "127.0.0.2"),
        ] {
            assert_ne!(key(one), key(other));
        }
    }

    #[tokio::test]
    async fn address_is_never_looked_up() {
        let mut resolver = Resolver::default();
        resolver.set_lookup(|name| async move { panic!("looked up {name}") });
        for (host, address) in [("127.0.0.1", "127.0.0.1:0"), ("[::1]", "[::1]:0")] {
            let found = resolver.addresses(host).await.unwrap();
            assert_eq!(found, [address.parse().unwrap()]);
        }
    }
}
