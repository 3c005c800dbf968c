//! Python's cryptography, by the scripts in `requests`.

use std::path::Path;

use crate::{
    programs::CRYPTOGRAPHY,
    requests::{
        request_program::{REQUEST, RequestProgram},
        request_spec::{KeyKind, RequestSpec},
    },
    tool::{Invocation, Tool},
};

pub(super) const PROGRAM: RequestProgram = RequestProgram {
    name: "cryptography",
    program: CRYPTOGRAPHY,
    read: |python, request| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/requests/read_request.py");
        python.command().arg(script).arg(request)
    },
    verified: "the signature verifies",
    damaged: "the signature does not verify",
    make,
};

fn make(python: &Tool, spec: &RequestSpec, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/requests/make_request.py");
    let mut command = python
        .command()
        .folder(folder)
        .args([script, "theirs.key", REQUEST])
        .args((spec.key == KeyKind::P256).then_some("ec"));
    for (label, value) in spec.subject() {
        command = command.env(label, value);
    }
    if let Some(passphrase) = spec.passphrase {
        command = command.env("KEY_PASSPHRASE", passphrase);
    }
    Ok(vec![command])
}
