//! The key that is meant, of several in one store.
//!
//! Leaves out how it is chosen where no name is given.

use identity::{Error, Loader, StoreProblem};

/// The name of a key.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AliasArgument {
    /// Name of the key that is meant, in a PKCS#12 store with several: its friendly name, which
    /// Java calls its alias
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
}

impl AliasArgument {
    /// Returns the loader that looks for that name, if one is given.
    pub(crate) fn choose(&self, loader: Loader) -> Loader {
        match &self.alias {
            Some(alias) => loader.friendly_name(alias),
            None => loader,
        }
    }
}

/// Returns the error with the option that helps, where it is about which key is meant.
pub(crate) fn with_advice(error: Error) -> anyhow::Error {
    let is_unclear = matches!(
        error,
        Error::Store(StoreProblem::NoSuchName | StoreProblem::SeveralKeys { .. })
    );
    let error = anyhow::Error::new(error);
    match is_unclear {
        true => error.context(NAME_KEY),
        false => error,
    }
}

const NAME_KEY: &str = "name the key by --alias, `napi-mtls inspect` lists the names";
