//! Those who make keys.

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::thread;

use aws_lc_rs::rsa::{KeyPair, KeySize};
use csr::{RandomnessUnavailable, RsaKey};

use crate::Work;

/// Returns each contestant: its name, and its way to make a key.
pub(crate) fn all() -> Result<Vec<(String, Work)>, Box<dyn Error>> {
    let cores = thread::available_parallelism()?;
    let mut all: Vec<(String, Work)> = vec![
        (format!("`csr`, {cores} cores"), |_| {
            black_box(RsaKey::generate()?);
            Ok(())
        }),
        ("`csr`, 1 core".to_owned(), |_| {
            let mut system =
                |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| RandomnessUnavailable);
            black_box(RsaKey::generate_with(&mut system, NonZeroUsize::MIN)?);
            Ok(())
        }),
        ("`rsa` 0.10, `PrivateKey::new`".to_owned(), |generator| {
            black_box(rsa::PrivateKey::new(generator, 2048)?);
            Ok(())
        }),
        ("`aws-lc-rs`, `KeyPair::generate`".to_owned(), |_| {
            black_box(KeyPair::generate(KeySize::Rsa2048)?);
            Ok(())
        }),
    ];
    match openssl(&["version"]) {
        Ok(version) => {
            let version = version.split(' ').nth(1).unwrap_or("of unknown version");
            all.push((format!("`openssl genpkey`, {version}"), |_| genpkey()));
            all.push(("starting `openssl`, for comparison".to_owned(), |_| {
                openssl(&["version"]).map(drop)
            }));
        }
        Err(_) => all.push(("`openssl genpkey`: not installed".to_owned(), |_| Ok(()))),
    }
    Ok(all)
}

fn genpkey() -> Result<(), Box<dyn Error>> {
    let bits = "rsa_keygen_bits:2048";
    openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", bits]).map(drop)
}

/// Returns what the program prints.
fn openssl(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new("openssl");
    let output = command.args(arguments).stderr(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(format!("openssl {arguments:?}: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
