//! GnuTLS's `certtool`, with a template of the names.

use std::{fs, path::Path};

use crate::{
    programs::CERTTOOL,
    requests::{
        request_program::{REQUEST, RequestProgram},
        request_spec::{KeyKind, RequestSpec},
    },
    tool::{Invocation, Tool},
};

pub(super) const PROGRAM: RequestProgram = RequestProgram {
    name: "certtool",
    program: CERTTOOL,
    read: |certtool, request| {
        certtool
            .command()
            .args(["--crq-info", "--infile"])
            .arg(request)
    },
    verified: "Self signature: verified",
    damaged: "Self signature: FAILED",
    make,
};

fn make(certtool: &Tool, spec: &RequestSpec, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let mut template = String::new();
    for (label, value) in spec.subject() {
        let name = match label {
            "C" => "country",
            "ST" => "state",
            "L" => "locality",
            "O" => "organization",
            _ => "cn",
        };
        template += &format!("{name} = \"{value}\"\n");
    }
    fs::write(folder.join("template"), template)?;
    let algorithm: &[&str] = match spec.key {
        KeyKind::Rsa => &["--key-type", "rsa", "--bits", "2048"],
        KeyKind::P256 => &["--key-type", "ecdsa", "--curve", "secp256r1"],
    };
    let make_key = certtool
        .command()
        .folder(folder)
        .arg("--generate-privkey")
        .args(algorithm)
        .args(["--outfile", "theirs.key"]);
    let make_request = certtool
        .command()
        .folder(folder)
        .args(["--generate-request", "--load-privkey", "theirs.key"])
        .args(["--template", "template", "--outfile", REQUEST]);
    Ok(match spec.passphrase {
        None => vec![make_key, make_request],
        Some(passphrase) => {
            let passphrase = ["--password", passphrase]; // it takes it there, or asks
            let options = ["--pkcs8", "--pkcs-cipher", "aes-256"];
            vec![
                make_key.args(options).args(passphrase),
                make_request.args(passphrase),
            ]
        }
    })
}
