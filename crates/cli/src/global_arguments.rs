//! The options of every command.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::format::Format;
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
pub(crate) struct GlobalArguments {
    /// Print for people, or JSON for programs: one document on standard output, and of warnings and
    /// errors one object on standard error
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        env = "NAPI_OUTPUT",
        default_value = "human",
        help_heading = GLOBAL
    )]
    pub(crate) output: Format,

    /// Read profiles from this file; by default ~/.config/napi-mtls/config.toml, if it is there
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "NAPI_CONFIG",
        help_heading = GLOBAL
    )]
    config: Option<PathBuf>,

    /// Take what no option and no environment variable names from this profile; by default the one
    /// that the file names
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "NAPI_PROFILE",
        help_heading = GLOBAL
    )]
    profile: Option<String>,
}

impl GlobalArguments {
    /// Reads the settings that the command line leaves out.
    pub(crate) fn settings(&self) -> Result<Settings> {
        let environment = |name: &str| env::var(name).ok();
        Settings::load(self.config.as_deref(), self.profile.as_deref(), environment)
    }
}

const GLOBAL: &str = "Options of every command";
