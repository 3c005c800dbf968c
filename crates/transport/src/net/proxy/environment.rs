//! The environment variables that name a proxy.

use std::env::VarError;

use crate::net::proxy::Proxy;
use crate::net::proxy::hop::Hop;
use crate::net::proxy::invalid::InvalidProxy;
use crate::net::proxy::no_proxy::NoProxy;

/// In the order in which they are read; the first that is not empty counts.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Proxy {
    /// Reads the environment once: `HTTPS_PROXY`, else `ALL_PROXY`, and `NO_PROXY`, in upper or
    /// lower case.
    ///
    /// An empty variable counts as not set; without any, there is no proxy. A value without a
    /// scheme means `http`. For the list in `NO_PROXY` see [`Proxy::no_proxy`].
    ///
    /// # Errors
    ///
    /// [`InvalidProxy::Environment`] if a variable cannot be used: connecting without the proxy
    /// then would be a surprise.
    pub fn from_env() -> Result<Self, InvalidProxy> {
        proxy_of(std::env::var)
    }
}

/// Reads the variables through `lookup`, so that a test need not set those of the process.
pub(super) fn proxy_of(
    lookup: impl Fn(&'static str) -> Result<String, VarError>,
) -> Result<Proxy, InvalidProxy> {
    let unusable = |variable, problem| InvalidProxy::Environment {
        variable,
        source: Box::new(problem),
    };
    let first = |names: &[&'static str]| {
        names
            .iter()
            .find_map(|name| match lookup(name) {
                Ok(value) if value.trim().is_empty() => None,
                Ok(value) => Some(Ok((*name, value))),
                Err(VarError::NotUnicode(_)) => Some(Err(unusable(name, InvalidProxy::Malformed))),
                Err(VarError::NotPresent) => None,
            })
            .transpose()
    };
    let Some((variable, uri)) = first(&PROXY)? else {
        return Ok(Proxy::none());
    };
    let hop = Hop::parse(&uri, http::uri::Scheme::HTTP);
    let no_proxy = first(&NO_PROXY)?;
    Ok(Proxy {
        hop: Some(hop.map_err(|problem| unusable(variable, problem))?),
        no_proxy: no_proxy.map_or_else(NoProxy::default, |(_, list)| NoProxy::parse(&list)),
        user_agent: None,
    })
}
