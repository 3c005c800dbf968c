//! The control as pages: what connections did, and what they are to do.

mod entities;
mod events;
mod faults;
mod settings;

use std::sync::Arc;

use axum::Router;

use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .merge(events::routes())
        .merge(faults::routes())
        .merge(settings::routes())
        .merge(entities::routes())
}
