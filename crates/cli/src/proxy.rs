//! The proxy on the way to NAPI, as the command line or the environment names it.

use std::env;

use anyhow::Result;
use transport::{InvalidProxy, Phase, Proxy};

use crate::refusal::Refusal;
use crate::settings::Settings;

/// The proxy to use.
#[derive(Debug, clap::Args)]
pub(crate) struct ProxyArguments {
    /// Connect through this proxy, such as http://proxy.example:3128, whatever NO_PROXY says;
    /// `none` connects directly. By default the environment variables HTTPS_PROXY, ALL_PROXY and
    /// NO_PROXY decide
    #[arg(long, value_name = "URL", value_parser = checked)]
    proxy: Option<String>,
}

impl ProxyArguments {
    /// Returns the proxy named, that of the settings, or that of the environment.
    pub(crate) fn proxy(&self, settings: &Settings) -> Result<Proxy> {
        Ok(match (&self.proxy, settings.text("proxy")) {
            (Some(url), _) => parsed(url)?,
            (None, Some(url)) => parsed(&checked(url).map_err(Refusal::command_line)?)?,
            (None, None) => Proxy::from_env()?,
        })
    }

    /// Returns the route to a server that could not be reached; nothing if something else failed.
    ///
    /// Where a firewall drops what does not go through the proxy, the error alone is a timeout.
    pub(crate) fn way(&self, error: &napi::Error) -> &'static str {
        let phase = error.transport().map(transport::Error::phase);
        let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
        match phase {
            Some(Phase::Resolve | Phase::Connect) => match &self.proxy {
                Some(_) => ", directly as --proxy says",
                None if VARIABLES.iter().any(is_set) => ", directly as NO_PROXY says",
                None => ", directly: neither --proxy nor HTTPS_PROXY names a proxy",
            },
            _ => "",
        }
    }
}

fn parsed(url: &str) -> Result<Proxy, InvalidProxy> {
    match url {
        // Empty as in `--proxy "$PROXY"`, where the variable is not set.
        "" | "none" => Ok(Proxy::none()),
        url if url.starts_with("https://") => Proxy::https(url),
        url => Proxy::http(url),
    }
}

/// Checks the option before anything is done.
fn checked(url: &str) -> Result<String, String> {
    // Before it is parsed: no error of the parser repeats the password then.
    if url.contains('@') {
        return Err(
            "everyone on this machine can read a user name and password on the command line: put the whole URL into \
             the environment variable HTTPS_PROXY"
                .to_owned(),
        );
    }
    match parsed(url) {
        Ok(_) => Ok(url.to_owned()),
        Err(problem) => Err(problem.to_string()),
    }
}

/// The variables that name a proxy.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
