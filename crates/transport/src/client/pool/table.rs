//! The hosts of a pool, looked up by each request.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{
    HeaderValue, Uri,
    uri::{Authority, Scheme},
};
use tokio::time::Instant;

use crate::client::pool::host::{Dial, Host, Target};
use crate::client::pool::limits::Limits;
use crate::tls::client_config::Alpn;

pub(super) struct Table<B> {
    alpn: Alpn,
    limits: Arc<Limits>,
    dial: Arc<dyn Dial<B>>,
    entries: Mutex<Entries<B>>,
}

struct Entries<B> {
    /// The host of the last lookup: most clients use one host, and comparing costs a tenth of
    /// hashing.
    last: Option<Arc<Host<B>>>,
    hosts: HashMap<Key, Arc<Host<B>>>,
    /// The number of hosts above which those without connections are removed.
    max_hosts: usize,
    drain: Option<Instant>,
}

/// An empty host is kept only as a memory of its protocol.
const FEW_HOSTS: usize = 64;

impl<B> Table<B> {
    pub(super) fn new(alpn: Alpn, limits: Arc<Limits>, dial: Arc<dyn Dial<B>>) -> Self {
        Self {
            alpn,
            limits,
            dial,
            entries: Mutex::new(Entries {
                last: None,
                hosts: HashMap::new(),
                max_hosts: FEW_HOSTS,
                drain: None,
            }),
        }
    }

    /// Returns the host, creating it if there is none; none for an authority that cannot be part of
    /// a URI.
    pub(super) fn host(&self, authority: &Authority) -> Option<Arc<Host<B>>> {
        let mut entries = self.locked();
        if let Some(last) = &entries.last
            && is_same(&last.target.authority, authority)
        {
            return Some(Arc::clone(last));
        }
        let key = Key(authority.clone());
        let host = match entries.hosts.get(&key) {
            Some(host) => Arc::clone(host),
            None => {
                let target = Target::new(authority)?;
                let (limits, dial) = (Arc::clone(&self.limits), Arc::clone(&self.dial));
                let host = Host::new(target, self.alpn, limits, dial, entries.drain);
                // Before the insertion, which would otherwise be a candidate for removal.
                entries.make_room();
                entries.hosts.insert(key, Arc::clone(&host));
                host
            }
        };
        entries.last = Some(Arc::clone(&host));
        Some(host)
    }

    pub(super) fn drain(&self, end: Instant) {
        let mut entries = self.locked();
        entries.drain = Some(entries.drain.map_or(end, |earlier| earlier.min(end)));
        let hosts: Vec<_> = entries.hosts.values().cloned().collect();
        drop(entries);
        for host in hosts {
            host.drain(end);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Entries<B>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Entries<B> {
    /// Removes empty hosts. Their locks are taken under this one, never the other way round.
    fn make_room(&mut self) {
        if self.hosts.len() < self.max_hosts {
            return;
        }
        self.last = None;
        self.hosts.retain(|_, host| !host.remove_if_empty());
        self.max_hosts = FEW_HOSTS.max(self.hosts.len().saturating_mul(2));
    }
}

impl Target {
    fn new(authority: &Authority) -> Option<Self> {
        let uri = Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(authority.clone())
            .path_and_query("/")
            .build()
            .ok()?;
        // The port of the scheme is left out (RFC 9110, section 7.2).
        let host = match authority.port_u16() {
            Some(443) | None => authority.host().to_owned(),
            Some(port) => format!("{}:{port}", authority.host()),
        };
        Some(Self {
            authority: authority.clone(),
            uri,
            host: HeaderValue::try_from(host).ok(),
        })
    }
}

/// Compares authorities. Ignoring case is rarely needed, so the exact comparison comes first.
fn is_same(one: &Authority, other: &Authority) -> bool {
    one.as_str() == other.as_str() || one == other
}

/// An authority that is hashed in chunks: its own `Hash` passes single bytes to SipHash.
#[derive(PartialEq, Eq)]
struct Key(Authority);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for piece in self.0.as_str().as_bytes().chunks(32) {
            let mut lower = [0; 32];
            if let Some(lower) = lower.get_mut(..piece.len()) {
                lower.copy_from_slice(piece);
            }
            lower.make_ascii_lowercase();
            state.write(&lower);
        }
    }
}
