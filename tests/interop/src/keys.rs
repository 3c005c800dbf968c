//! Private keys: ours opened by others, theirs opened by us, as far as an answer over mutual TLS.
//!
//! That a file opens says little by itself. Ours count as opened when the other program says the
//! same of the public half, theirs when the portal's certificate for them and our client get an
//! answer from the mock.

mod opener;
mod ours;
mod theirs;

use crate::{context::Context, report::Report, tool::Program};

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &[
    "openssl",
    "certtool",
    "keytool",
    "cryptography",
    "node",
    "ruby",
];

/// Node's own cryptography.
const NODE: Program = Program::new(
    "node",
    &[
        "-p",
        "`${process.version}, OpenSSL ${process.versions.openssl}`",
    ],
    "Debian: nodejs",
);

/// Ruby's OpenSSL, which reads keys here and makes none.
const RUBY: Program = Program::new("ruby", &["-ropenssl", "--version"], "Debian: ruby");

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    for witness in context.selection().of("keys") {
        ours::run(witness, context, report).await?;
        if witness != "ruby" {
            theirs::run(witness, context, report).await?;
        }
    }
    Ok(())
}
