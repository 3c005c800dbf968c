//! Opens a key in a token and signs with it: what a new device is tried with before any server is.
//!
//! `cargo run --example sign_in_token -- URI`, where URI has `module-path` and `pin-source`,
//! such as `pkcs11:token=napi?module-path=/PATH/OF/LIBRARY&pin-source=/PATH`.

use std::env;
use std::error::Error;

use identity::Signer;
use pkcs11::{Pkcs11Uri, TokenKey};

#[expect(clippy::print_stdout, reason = "an example shows what it has done")]
fn main() -> Result<(), Box<dyn Error>> {
    let uri = env::args().nth(1).ok_or("give the URI of a key")?;
    let uri: Pkcs11Uri = uri.parse()?;
    let key = TokenKey::open(&uri, None)?;
    println!("{}", key.uri());
    for scheme in key.schemes() {
        let signature = key.sign(*scheme, b"a message")?;
        println!("{scheme:?}: {} bytes", signature.len());
    }
    Ok(())
}
