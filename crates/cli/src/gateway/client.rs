//! The client behind the gateway.

use gateway::CallerBody;
use transport::{MtlsClient, ProxyConnector};

/// A client that goes by a proxy where one is named.
pub(super) type Client = MtlsClient<CallerBody, ProxyConnector>;
