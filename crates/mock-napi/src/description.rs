//! Routes, each with its description: what is served is described, since one call does both.
//!
//! The description is data that costs next to nothing to make: a mock that is not asked for it
//! never writes a schema. `openapi` makes it a document.

pub(crate) mod operation;
pub(crate) mod schema;

use axum::Router;
use axum::handler::Handler;
use axum::routing::on;

use crate::description::operation::Operation;

/// Routes that are served, and their descriptions.
pub(crate) struct Routes<S> {
    pub(crate) router: Router<S>,
    pub(crate) operations: Vec<Operation>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            operations: Vec::new(),
        }
    }

    /// Serves an operation, under the path that it is described with.
    pub(crate) fn serve<H, T>(mut self, operation: Operation, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let served = on(operation.filter(), handler);
        self.router = self.router.route(&operation.path, served);
        self.operations.push(operation);
        self
    }

    /// Adds the routes of others.
    pub(crate) fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.operations.extend(others.operations);
        self
    }

    /// Changes how they are served, such as by a layer.
    pub(crate) fn served(mut self, change: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        self.router = change(self.router);
        self
    }

    /// Adds to each description what all of them have.
    pub(crate) fn described(mut self, add: impl Fn(Operation) -> Operation) -> Self {
        self.operations = self.operations.into_iter().map(add).collect();
        self
    }
}
