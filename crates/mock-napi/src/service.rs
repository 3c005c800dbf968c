//! NAPI's state and behaviour, without HTTP: countries, verifications, searches, transactions.
//!
//! Nothing is looked up anywhere: a request is compared with the test entities of its country, and
//! what it comes to follows from that alone, or from what a test has set.

pub(crate) mod business_search;
pub(crate) mod callback;
pub(crate) mod country;
pub(crate) mod data_fields;
pub(crate) mod input_fields;
pub(crate) mod known_error;
pub(crate) mod render;
pub(crate) mod request;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod tokens;
pub(crate) mod transaction;
pub(crate) mod transactions;
pub(crate) mod verification;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::error::Error;
use crate::service::callback::Callback;
use crate::service::country::Countries;
use crate::service::settings::ServiceSettings;
use crate::service::tokens::Tokens;
use crate::service::transactions::Transactions;

/// The state behind NAPI's routes.
pub(crate) struct Service {
    pub(crate) countries: &'static Countries,
    pub(crate) transactions: Transactions,
    pub(crate) tokens: Tokens,
    settings: Mutex<Arc<ServiceSettings>>,
    callbacks: mpsc::Sender<Callback>,
}

impl Service {
    /// Returns the service, with a way to those who deliver its callbacks.
    pub(crate) fn new(
        settings: ServiceSettings,
        callbacks: mpsc::Sender<Callback>,
    ) -> Result<Self, Error> {
        Ok(Self {
            countries: Countries::get()?,
            transactions: Transactions::default(),
            tokens: Tokens::default(),
            settings: Mutex::new(Arc::new(settings)),
            callbacks,
        })
    }

    pub(crate) fn settings(&self) -> Arc<ServiceSettings> {
        Arc::clone(&self.settings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, settings: ServiceSettings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Queues a callback for delivery, unless there are too many already or the mock is about to
    /// end.
    pub(crate) fn callback(&self, callback: Callback) {
        let _lost = self.callbacks.try_send(callback);
    }
}
