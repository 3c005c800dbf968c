//! A client for programs without async code.
//!
//! ```no_run
//! use napi::{blocking, verifications::{PersonInfo, VerifyRequest}};
//!
//! # fn run(client: napi::Client) -> Result<(), Box<dyn std::error::Error>> {
//! let client = blocking::Client::new(client)?;
//! let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4);
//! let request = VerifyRequest::new("IT".parse()?, person);
//! let verification = client.send(&request)?; // any operation
//! let hello = client.run(async |client| client.test_authentication().await)?; // any call
//! # Ok(())
//! # }
//! ```

use std::{fmt, io};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::result_with_metadata::ResultWithMetadata;
use crate::version::Version;

/// A [`Client`](crate::Client) with a thread of its own, which keeps its connections; calls block
/// until they are done.
///
/// Not for async code: there its calls panic, as tokio's `block_on` does. Calls may come from
/// several threads at once. Dropping it ends its thread without waiting for what is under way.
pub struct Client<
    #[cfg(feature = "mtls")] S = transport::MtlsClient<crate::RequestBody>,
    #[cfg(not(feature = "mtls"))] S,
    V = crate::Version1,
> {
    client: crate::Client<S, V>,
    handle: Handle,
    runtime: Option<Runtime>,
}

impl<S, V> Client<S, V> {
    /// Makes a blocking form of a client, which must not have been used under another runtime.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn new(client: crate::Client<S, V>) -> io::Result<Self> {
        // Not the runtime of one thread, which stands still between calls: pooled connections have
        // to answer pings and notice their end meanwhile.
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(1).thread_name("napi");
        let runtime = builder.enable_all().build()?;
        Ok(Self {
            client,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Runs any call of the client, or several, and blocks until it is done.
    ///
    /// # Panics
    ///
    /// In async code.
    pub fn run<T>(&self, call: impl AsyncFnOnce(&crate::Client<S, V>) -> T) -> T {
        self.handle.block_on(call(&self.client))
    }
}

impl<S: HttpService, V: Version> Client<S, V> {
    /// Blocks for [`Client::send`](crate::Client::send).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// In async code.
    pub fn send<E: Endpoint<Version = V>>(&self, endpoint: &E) -> Result<E::Response, Error> {
        self.handle.block_on(self.client.send(endpoint))
    }

    /// Blocks for [`Client::send_with_metadata`](crate::Client::send_with_metadata).
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// In async code.
    pub fn send_with_metadata<E: Endpoint<Version = V>>(
        &self,
        endpoint: &E,
    ) -> Result<ResultWithMetadata<E::Response>, Error> {
        self.handle
            .block_on(self.client.send_with_metadata(endpoint))
    }
}

impl<S, V> Drop for Client<S, V> {
    /// Ends the runtime without waiting: dropped in async code it would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // To drop a runtime blocks, which panics where this is dropped by async code.
            runtime.shutdown_background();
        }
    }
}

impl<S, V> fmt::Debug for Client<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
