//! `napi check`: what a certificate and a key are, and whether they work together.

use anyhow::Result;

use crate::{Output, identity_files::IdentityFiles};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    identity: IdentityFiles,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let loaded = arguments.identity.load()?;
    let leaf = loaded.identity().leaf();
    let text = format!("{leaf}\ncertificate and key belong together and are usable");
    Ok(Output::new(text, loaded.report().findings()))
}
