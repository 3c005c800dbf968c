//! `openssl req`, with the command of the guide: names are asked for, and given on standard input.

use std::path::Path;

use super::{REQUEST, RequestProgram};
use crate::{
    requests::wanted::{KeyKind, Wanted},
    tool::{Invocation, Program, Tool},
};

pub(crate) const OPENSSL: Program = Program::new("openssl", &["version"], "Debian: openssl");

pub(super) const PROGRAM: RequestProgram = RequestProgram {
    name: "openssl",
    program: OPENSSL,
    read,
    verified: "Certificate request self-signature verify OK",
    damaged: "Certificate request self-signature verify failure",
    make,
};

fn read(openssl: &Tool, request: &Path) -> Invocation {
    openssl
        .command()
        .args(["req", "-noout", "-verify", "-text", "-subject"])
        .args(["-nameopt", "RFC2253,-esc_msb", "-in"])
        .arg(request)
}

fn make(openssl: &Tool, wanted: &Wanted, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let algorithm: &[&str] = match wanted.key {
        KeyKind::Rsa => &["-newkey", "rsa:2048"],
        KeyKind::P256 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    // A point leaves an attribute out, an empty line takes what the brackets offer: nothing, for
    // the last ones.
    let state = wanted.state.unwrap_or(".");
    let Wanted {
        organization,
        common_name,
        ..
    } = wanted;
    let answers = format!("CA\n{state}\nVancouver\n{organization}\n\n{common_name}\n\n\n\n");
    let command = openssl
        .command()
        .folder(folder)
        .args(["req", "-new"])
        .args(algorithm)
        .args(["-keyout", "theirs.key", "-out", REQUEST])
        .stdin(answers);
    Ok(vec![match wanted.passphrase {
        None => command.arg("-nodes"),
        Some(passphrase) => command
            .args(["-passout", "env:KEY_PASSPHRASE"])
            .env("KEY_PASSPHRASE", passphrase),
    }])
}
