//! Python's cryptography, by the pages of code in `requests`, for users to copy.

use std::path::Path;

use super::{REQUEST, RequestProgram};
use crate::{
    requests::wanted::{KeyKind, Wanted},
    tool::{Invocation, Program, Tool},
};

pub(crate) const PYTHON: Program = Program::new(
    "python3",
    &[
        "-c",
        "import platform, cryptography; \
         print('Python', platform.python_version() + ', cryptography', cryptography.__version__)",
    ],
    "Debian: python3, python3-pip; pip: cryptography",
);

pub(super) const PROGRAM: RequestProgram = RequestProgram {
    name: "cryptography",
    program: PYTHON,
    read: |python, request| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/requests/read_request.py");
        python.command().arg(script).arg(request)
    },
    verified: "the signature verifies",
    damaged: "the signature does not verify",
    make,
};

fn make(python: &Tool, wanted: &Wanted, folder: &Path) -> anyhow::Result<Vec<Invocation>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/requests/make_request.py");
    let mut command = python
        .command()
        .folder(folder)
        .args([script, "theirs.key", REQUEST])
        .args((wanted.key == KeyKind::P256).then_some("ec"));
    for (label, value) in wanted.subject() {
        command = command.env(label, value);
    }
    if let Some(passphrase) = wanted.passphrase {
        command = command.env("KEY_PASSPHRASE", passphrase);
    }
    Ok(vec![command])
}
