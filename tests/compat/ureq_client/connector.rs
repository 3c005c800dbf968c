//! TLS with a configuration of ours, as a link in ureq's chain of connectors.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use ureq::{
    Error,
    unversioned::transport::{
        Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
        TransportAdapter,
    },
};

/// Speaks TLS over whatever the connector before it has opened.
#[derive(Debug)]
pub(super) struct ConfiguredTls(pub(super) Arc<ClientConfig>);

/// A connection of it.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl<In: Transport> Connector<In> for ConfiguredTls {
    type Out = TlsTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<TlsTransport>, Error> {
        let Some(transport) = chained.filter(|_| details.needs_tls()) else {
            return Err(Error::ConnectionFailed);
        };
        let host = details.uri.host().unwrap_or_default().to_owned();
        let name = ServerName::try_from(host).map_err(|_| Error::HostNotFound)?;
        let mut tls = ClientConnection::new(Arc::clone(&self.0), name)?;
        let clock = Arc::clone(&details.current_time);
        let mut tcp = TransportAdapter::new(Box::new(transport) as Box<dyn Transport>, clock);
        tcp.set_timeout(details.timeout);
        tls.complete_io(&mut tcp)?;
        let (input, output) = (
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(TlsTransport {
            buffers: LazyBuffers::new(input, output),
            stream: StreamOwned::new(tls, tcp),
        }))
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        let output = self.buffers.output().get(..amount);
        Ok(self.stream.write_all(output.unwrap_or_default())?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}
