//! Runs the mock with a ready client identity in a folder, until interrupted.
//!
//! `cargo xtask mock` or `cargo xtask mock -- FOLDER`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::{env, fs, path::PathBuf};

use anyhow::Context;
use integration_tests::{Customer, Mock};
use mock_napi::Account;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("target/mock"), PathBuf::from);
    // Each start has authorities of its own, so what an earlier one left is of no use.
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    let mock = Mock::start().await?;
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await?;
    let authority = folder.join("authority.pem");
    let (certificate, key) = (folder.join("client.pem"), folder.join("client.key"));
    fs::write(&authority, mock.authority_pem())?;
    fs::copy(customer.certificate_path(), &certificate)?;
    fs::copy(customer.key_path()?, &key)?; // the mode, owner only, is copied along

    let user = Account::ACME.api();
    println!("NAPI      {}", mock.base_url());
    println!("portal    {}", mock.portal().url());
    println!("identity  {} and {}", certificate.display(), key.display());
    println!("\nTry it:\n");
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
