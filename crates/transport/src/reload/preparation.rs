//! Preparation of generations, on threads that may block.
//!
//! Building verifiers from revocation lists of up to 32 MiB takes time, and so may a provider with
//! keys in hardware.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use http_body::Body;
use tokio::{
    task::{JoinError, JoinHandle},
    time::timeout,
};

use crate::client::MtlsClient;
use crate::client::rotation::PreparedGeneration;
use crate::error::config_error::ConfigError;
use crate::net::raw_connector::RawConnector;
use crate::reload::callback_failure::CallbackFailure;
use crate::reload::event::Renewal;
use crate::reload::material::Material;
use crate::reload::probe::BoxError;
use crate::timeouts::UNLIMITED;

/// The generations that are being prepared: one for each kind of renewal at most, so that threads
/// do not pile up.
pub(super) struct Preparations<B, C>(Vec<Preparation<B, C>>);

struct Preparation<B, C> {
    material: Material,
    renewal: Renewal,
    pending: JoinHandle<PreparationOutcome<B, C>>,
    is_overdue: bool,
}

type PreparationOutcome<B, C> = Result<PreparedGeneration<B, C>, ConfigError>;
type JoinOutcome<B, C> = Result<PreparationOutcome<B, C>, JoinError>;

impl<B, C> Default for Preparations<B, C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The reason why there is no generation yet, or none at all.
pub(super) struct PreparationFailure {
    /// The reason, unless it has been reported before.
    pub(super) news: Option<BoxError>,
    /// It would fail again; one that is late may still be used.
    pub(super) is_lasting: bool,
}

impl PreparationFailure {
    pub(super) fn lasting(reason: BoxError) -> Self {
        Self {
            news: Some(reason),
            is_lasting: true,
        }
    }

    fn late(news: Option<BoxError>) -> Self {
        Self {
            news,
            is_lasting: false,
        }
    }
}

impl<B, C> Preparations<B, C> {
    /// Drops preparations that have ended and are no longer wanted.
    pub(super) fn keep(&mut self, wanted: &[(Material, Renewal)]) {
        self.0.retain(|preparation| {
            let mut wanted = wanted.iter();
            !preparation.pending.is_finished()
                || wanted.any(|(material, of)| preparation.is_for(material, *of))
        });
    }

    /// Waits for the end of a preparation, and takes it out.
    async fn ended(
        &mut self,
        place: usize,
        limit: Duration,
    ) -> Result<JoinOutcome<B, C>, PreparationFailure> {
        let Some(preparation) = self.0.get_mut(place) else {
            return Err(PreparationFailure::late(None));
        };
        // An overdue one is not waited for, so that it does not hold up the sources.
        let limit = match preparation.is_overdue {
            true => Duration::ZERO,
            false => limit.min(UNLIMITED),
        };
        match timeout(limit, &mut preparation.pending).await {
            Ok(ended) => {
                self.0.swap_remove(place);
                Ok(ended)
            }
            Err(_elapsed) => {
                let is_news = !std::mem::replace(&mut preparation.is_overdue, true);
                let news = is_news.then(|| CallbackFailure::PreparationTimedOut.into());
                Err(PreparationFailure::late(news))
            }
        }
    }
}

impl<B, C> Preparations<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Prepares a generation of this material, or waits for one that is being prepared, up to a
    /// limit.
    ///
    /// One that takes longer goes on, and a later call for the same material returns it. One of
    /// other material is awaited and dropped.
    ///
    /// # Errors
    ///
    /// It is late, cannot be set up, or setting it up panicked.
    pub(super) async fn prepared(
        &mut self,
        client: &MtlsClient<B, C>,
        material: &Material,
        renewal: Renewal,
        limit: Duration,
    ) -> Result<PreparedGeneration<B, C>, PreparationFailure> {
        let mut places = self.0.iter().enumerate();
        let place = places.find(|(_, preparation)| preparation.renewal == renewal);
        let is_for_this =
            place.is_some_and(|(_, preparation)| preparation.is_for(material, renewal));
        let place = place.map(|(place, _)| place);
        if let Some(place) = place.filter(|_| !is_for_this) {
            let _of_other_material = self.ended(place, limit).await?;
        }
        let place = place.filter(|_| is_for_this).unwrap_or_else(|| {
            self.0.push(Preparation::begin(client, material, renewal));
            self.0.len() - 1
        });
        match self.ended(place, limit).await? {
            Ok(prepared) => prepared.map_err(|error| PreparationFailure::lasting(error.into())),
            Err(error) if error.is_panic() => Err(PreparationFailure::lasting(
                CallbackFailure::PreparationPanicked.into(),
            )),
            Err(_runtime_is_going_down) => Err(PreparationFailure::late(None)),
        }
    }
}

impl<B, C> Preparation<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    fn begin(client: &MtlsClient<B, C>, material: &Material, renewal: Renewal) -> Self {
        let (client, parts) = (client.clone(), material.clone());
        let pending = tokio::task::spawn_blocking(move || {
            client.prepare_with(|connector| {
                let identities = parts.identities.iter().map(AsRef::as_ref);
                let connector = match renewal {
                    Renewal::Trust => connector.clone(),
                    _ => connector.with_identities(identities)?,
                };
                match renewal {
                    Renewal::Identities => Ok(connector),
                    _ => connector.with_shared_trust(Arc::clone(&parts.trust)),
                }
            })
        });
        Self {
            material: material.clone(),
            renewal,
            pending,
            is_overdue: false,
        }
    }
}

impl<B, C> Preparation<B, C> {
    fn is_for(&self, material: &Material, renewal: Renewal) -> bool {
        self.renewal == renewal && material.renewal_of(&self.material).is_none()
    }
}
