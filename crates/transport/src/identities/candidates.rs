//! The identities of one generation, and the choice among them for a host.
//!
//! Each has a TLS configuration and a session store of its own. Leaves out how a rejection becomes
//! known, and when a generation follows another.

use std::{sync::Arc, time::SystemTime};

use http::uri::Authority;
use identity::{Certificate, Fingerprint, Identity};
use rustls::ClientConfig;
use tokio_rustls::TlsConnector;

use crate::connection::client_auth::ClientAuth;
use crate::error::config_error::ConfigError;
use crate::identities::host_memory::{Fit, HostMemory, Notes};
use crate::identities::presented::PresentedIdentity;
use crate::identities::scope::IdentityScope;
use crate::tls::client_auth::OneIdentity;
use crate::tls::client_auth_record::CertificateRequest;
use crate::tls::client_config::{Clock, Recipe};
use crate::tls::client_key::{ClientKey, Credentials};

/// One to a handful of identities in the order of preference, or none.
pub(crate) struct Candidates {
    members: Vec<Candidate>,
    /// The configuration without an identity, for hosts that may not see one.
    anonymous: Tls,
    scope: Option<Arc<IdentityScope>>,
    memory: Arc<HostMemory>,
    clock: Clock,
}

struct Candidate {
    tls: Tls,
    key: ClientKey,
    leaf: Certificate,
    issuers: Vec<Vec<u8>>,
}

/// A TLS configuration, and the certificate resolver in it.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) connector: TlsConnector,
    pub(crate) resolver: Arc<OneIdentity>,
}

impl Tls {
    fn new(recipe: &Recipe, key: Option<ClientKey>) -> Result<Self, ConfigError> {
        let resolver = OneIdentity::new(key);
        let config = recipe.client_config(&resolver)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            resolver,
        })
    }
}

/// The identity and configuration of one connection.
#[derive(Clone)]
pub(crate) struct Choice {
    pub(crate) tls: Tls,
    pub(crate) leaf: Option<Fingerprint>,
    /// There is an identity, and this host may not see it.
    pub(crate) is_withheld: bool,
    candidate: Option<usize>,
    /// The candidate that was skipped for this connection.
    skipped: Option<usize>,
}

/// A copy of an identity, to be given to the crypto provider.
pub(crate) struct OwnIdentity {
    credentials: Credentials,
    leaf: Certificate,
    issuers: Vec<Vec<u8>>,
}

impl OwnIdentity {
    pub(crate) fn new(identity: &Identity) -> Self {
        Self {
            credentials: Credentials::of(identity),
            leaf: identity.leaf().clone(),
            issuers: identity.issuer_names().map(<[u8]>::to_vec).collect(),
        }
    }
}

impl Candidates {
    pub(crate) fn new(
        recipe: &Recipe,
        identities: impl IntoIterator<Item = OwnIdentity>,
        scope: Option<Arc<IdentityScope>>,
    ) -> Result<Self, ConfigError> {
        let members = identities.into_iter();
        let members = members.map(|identity| Candidate::new(recipe, identity));
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
            anonymous: Tls::new(recipe, None)?,
            scope,
            memory: Arc::default(),
            clock: recipe.clock(),
        })
    }

    /// Returns the same identities with configurations of another recipe, and new session stores.
    ///
    /// The memory of hosts stays: it is about the identities alone.
    pub(crate) fn rebuilt(&self, recipe: &Recipe) -> Result<Self, ConfigError> {
        let members = self
            .members
            .iter()
            .map(|candidate| candidate.rebuilt(recipe));
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
            anonymous: Tls::new(recipe, None)?,
            scope: self.scope.clone(),
            memory: Arc::clone(&self.memory),
            clock: recipe.clock(),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn scope(&self) -> Option<Arc<IdentityScope>> {
        self.scope.clone()
    }

    /// Returns the configuration of the preferred identity, or the one without an identity.
    pub(crate) fn preferred(&self) -> &Arc<ClientConfig> {
        let preferred = self.members.first();
        let tls = preferred.map_or(&self.anonymous, |candidate| &candidate.tls);
        tls.connector.config()
    }

    /// Returns the digests of the certificates, in the order of preference.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = Fingerprint> + '_ {
        self.members.iter().map(|candidate| candidate.leaf.sha256())
    }

    pub(crate) fn preferred_leaf(&self) -> Option<Fingerprint> {
        self.members
            .first()
            .map(|candidate| candidate.leaf.sha256())
    }

    pub(crate) fn preferred_not_after(&self) -> Option<SystemTime> {
        let preferred = self.members.first();
        preferred.map(|candidate| candidate.leaf.not_after())
    }

    /// Chooses the identity of the next connection to a host.
    ///
    /// The order: not rejected by this host recently, valid now, best fit for the server's
    /// CertificateRequest, then the caller's preference. One is always chosen: a rejection with a
    /// reason is better than no certificate.
    pub(crate) fn choose(&self, authority: &Authority) -> Choice {
        let skipped = self.memory.take_skipped(authority);
        self.choose_besides(authority, skipped)
    }

    fn choose_besides(&self, authority: &Authority, skipped: Option<usize>) -> Choice {
        if self.is_out_of_scope(authority) {
            return self.without_identity();
        }
        let notes = self.memory.of(authority);
        let now = self.clock.now();
        // `min_by_key` returns the first of equals, so the caller's order decides; `max_by_key`
        // would return the last.
        let best = self.places().min_by_key(|(place, candidate)| {
            let is_skipped = Some(*place) == skipped;
            std::cmp::Reverse((!is_skipped, rank(*place, candidate, &notes, now)))
        });
        match best {
            Some((place, candidate)) => Choice {
                skipped,
                ..candidate.choice(place)
            },
            None => self.without_identity(),
        }
    }

    /// Checks whether there is another identity that this host has not rejected recently.
    pub(crate) fn has_unrejected(
        &self,
        authority: &Authority,
        besides: Option<Fingerprint>,
    ) -> bool {
        let notes = self.memory.of(authority);
        let is_left = |(place, candidate): (usize, &Candidate)| {
            !notes.is_rejected(place) && Some(candidate.leaf.sha256()) != besides
        };
        !self.is_out_of_scope(authority) && self.places().any(is_left)
    }

    /// Makes the next connection to this host use another identity, if there is one.
    pub(crate) fn skip_once(&self, authority: &Authority, leaf: Fingerprint) {
        if let Some(place) = self.place_of(leaf) {
            self.memory.skip_once(authority, place);
        }
    }

    /// Notes that this host has rejected the identity.
    pub(crate) fn note_rejection(&self, authority: &Authority, leaf: Fingerprint) {
        if let Some(place) = self.place_of(leaf) {
            self.memory.note_rejection(authority, place);
        }
    }

    fn place_of(&self, leaf: Fingerprint) -> Option<usize> {
        let mut places = self.places();
        places
            .find(|(_, candidate)| candidate.leaf.sha256() == leaf)
            .map(|(place, _)| place)
    }

    /// Notes a host's CertificateRequest, and returns an identity that fits it better than the
    /// chosen one.
    pub(crate) fn learn(
        &self,
        authority: &Authority,
        request: &CertificateRequest,
        presented: &Choice,
    ) -> Option<Choice> {
        let skipped = presented.skipped;
        let presented = presented.candidate?;
        // A single identity leaves no choice.
        if self.members.len() < 2 {
            return None;
        }
        let fits: Vec<_> = self
            .members
            .iter()
            .map(|candidate| candidate.fit(request))
            .collect();
        let notes = self.memory.of(authority);
        let is_news = (0..fits.len()).any(|place| Some(&notes.fit(place)) != fits.get(place));
        self.memory.note_fits(authority, fits);
        let better = self.choose_besides(authority, skipped);
        // Without news, the choice was made by the same request already. Servers behind one name
        // whose requests differ cost one more handshake for each connection.
        (is_news && better.candidate != Some(presented)).then_some(better)
    }

    /// Returns the outcome of the server's CertificateRequest.
    ///
    /// A resumed handshake carries none, so its outcome is that of the full handshake before it.
    pub(crate) fn client_auth(
        &self,
        authority: &Authority,
        choice: &Choice,
        shown: ClientAuth,
    ) -> ClientAuth {
        let Some(candidate) = choice.candidate else {
            return shown;
        };
        match shown {
            ClientAuth::CarriedByTicket
                if self.memory.of(authority).was_not_requested(candidate) =>
            {
                ClientAuth::NotRequested
            }
            ClientAuth::CarriedByTicket => shown,
            _ => {
                let is_requested = shown != ClientAuth::NotRequested;
                self.memory.note_request(authority, candidate, is_requested);
                shown
            }
        }
    }

    /// Returns the place to note a rejection of this choice.
    pub(crate) fn presented(
        &self,
        authority: &Authority,
        choice: &Choice,
    ) -> Option<PresentedIdentity> {
        Some(PresentedIdentity {
            candidate: choice.candidate?,
            authority: authority.clone(),
            memory: Arc::clone(&self.memory),
        })
    }

    fn is_out_of_scope(&self, authority: &Authority) -> bool {
        let scope = self.scope.as_ref();
        scope.is_some_and(|scope| !scope.contains(authority.host()))
    }

    fn without_identity(&self) -> Choice {
        Choice {
            tls: self.anonymous.clone(),
            leaf: None,
            is_withheld: !self.is_empty(),
            candidate: None,
            skipped: None,
        }
    }

    fn places(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        self.members.iter().enumerate()
    }
}

/// Returns the rank of a candidate; the greater, the better.
fn rank(place: usize, candidate: &Candidate, notes: &Notes, now: SystemTime) -> (bool, bool, Fit) {
    let is_valid = candidate.leaf.is_valid_at(now);
    (!notes.is_rejected(place), is_valid, notes.fit(place))
}

impl Candidate {
    fn new(recipe: &Recipe, identity: OwnIdentity) -> Result<Self, ConfigError> {
        let key = identity.credentials.client_key(recipe.provider())?;
        Ok(Self {
            tls: Tls::new(recipe, Some(key.clone()))?,
            key,
            leaf: identity.leaf,
            issuers: identity.issuers,
        })
    }

    fn rebuilt(&self, recipe: &Recipe) -> Result<Self, ConfigError> {
        Ok(Self {
            tls: Tls::new(recipe, Some(self.key.clone()))?,
            key: self.key.clone(),
            leaf: self.leaf.clone(),
            issuers: self.issuers.clone(),
        })
    }

    fn fit(&self, request: &CertificateRequest) -> Fit {
        let is_named = || {
            self.issuers
                .iter()
                .any(|name| request.certificate_authorities.contains(name))
        };
        Fit {
            signs: self
                .key
                .certified
                .key
                .choose_scheme(&request.schemes)
                .is_some(),
            is_hinted_at: request.certificate_authorities.is_empty() || is_named(),
        }
    }

    fn choice(&self, place: usize) -> Choice {
        Choice {
            tls: self.tls.clone(),
            leaf: Some(self.leaf.sha256()),
            is_withheld: false,
            candidate: Some(place),
            skipped: None,
        }
    }
}
