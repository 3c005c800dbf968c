//! Runs the mock with a ready client identity in a folder, until interrupted.
//!
//! `cargo xtask mock` or `cargo xtask mock -- FOLDER --fault NAME --script FILE --service FILE`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use integration_tests::{Customer, Mock, Portal};
use mock_napi::{Account, Script};

/// The mock with a ready client identity.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the identity goes.
    #[arg(default_value = "target/mock")]
    folder: PathBuf,

    /// Have every connection do this fault; `--fault help` names them.
    #[arg(long, value_name = "NAME", value_parser = fault)]
    fault: Option<Script>,

    /// Connections do what this file of JSON says: a script that all repeat, or an array of scripts, one for each
    /// connection, before the fault.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// NAPI answers as this file of JSON says: the members of `ServiceSettings` that are not as by default.
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {
        folder,
        fault,
        script,
        service,
    } = Arguments::parse();
    // Each start has authorities of its own, so what an earlier one left is of no use.
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    let mock = Mock::start().await?;
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await?;
    let authority = folder.join("authority.pem");
    let (certificate, key) = (folder.join("client.pem"), folder.join("client.key"));
    fs::write(&authority, mock.authority_pem())?;
    fs::copy(customer.certificate_path(), &certificate)?;
    fs::copy(customer.key_path()?, &key)?; // the mode, owner only, is copied along

    if let Some(fault) = &fault {
        mock.portal().repeat(fault).await?;
    }
    if let Some(path) = &script {
        play(&mock.portal(), path).await?;
    }
    if let Some(path) = &service {
        let settings = serde_json::from_slice(&read(path)?);
        let settings = settings.with_context(|| format!("{} has no settings", path.display()))?;
        mock.portal().set_service(&settings).await?;
    }

    let user = Account::ACME.api();
    println!("NAPI      {}", mock.base_url());
    println!("portal    {}", mock.portal().url());
    println!("identity  {} and {}", certificate.display(), key.display());
    println!("\nTry it, and the other paths of crates/mock-napi/README.md:\n");
    println!("  curl --cacert {} \\", authority.display());
    println!(
        "       --cert {} --key {} \\",
        certificate.display(),
        key.display()
    );
    println!(
        "       --user {}:{} \\",
        user.user(),
        user.secret_password()
    );
    println!(
        "       {}/connection/v1/testauthentication\n",
        mock.base_url()
    );
    println!(
        "What the mock saw: curl {}/mock/v1/events",
        mock.portal().url()
    );
    println!("Serving until interrupted (Ctrl-C).");
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The fault of this name, or all the names.
fn fault(name: &str) -> Result<Script, String> {
    let names = || Script::names().collect::<Vec<_>>().join(", ");
    Script::named(name).ok_or_else(|| format!("the faults are: {}", names()))
}

/// Gives the mock the scripts of a file.
async fn play(portal: &Portal, path: &Path) -> anyhow::Result<()> {
    let json = read(path)?;
    let context = || format!("{} is no script", path.display());
    if json.trim_ascii_start().starts_with(b"[") {
        let scripts: Vec<Script> = serde_json::from_slice(&json).with_context(context)?;
        return portal.enqueue(&scripts).await;
    }
    let script = serde_json::from_slice(&json).with_context(context)?;
    portal.repeat(&script).await
}
