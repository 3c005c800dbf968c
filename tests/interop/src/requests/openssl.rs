//! `openssl req`, with the command of the guide: names are asked for, and given on standard input.

use std::path::Path;

use crate::{
    programs::OPENSSL,
    requests::{
        request_program::{REQUEST, RequestProgram},
        request_spec::{KeyKind, RequestSpec},
    },
    tool::{Invocation, Tool},
};

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

fn make(openssl: &Tool, spec: &RequestSpec, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let algorithm: &[&str] = match spec.key {
        KeyKind::Rsa => &["-newkey", "rsa:2048"],
        KeyKind::P256 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    };
    // openssl's prompt: a point leaves an attribute out, an empty line takes the default in
    // brackets, which is nothing for the last ones.
    let state = spec.state.unwrap_or(".");
    let RequestSpec {
        organization,
        common_name,
        ..
    } = spec;
    let input = format!("CA\n{state}\nVancouver\n{organization}\n\n{common_name}\n\n\n\n");
    let command = openssl
        .command()
        .folder(folder)
        .args(["req", "-new"])
        .args(algorithm)
        .args(["-keyout", "theirs.key", "-out", REQUEST])
        .stdin(input);
    Ok(vec![match spec.passphrase {
        None => command.arg("-nodes"),
        Some(passphrase) => command
            .args(["-passout", "env:KEY_PASSPHRASE"])
            .env("KEY_PASSPHRASE", passphrase),
    }])
}
