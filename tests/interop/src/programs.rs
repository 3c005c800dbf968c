//! The programs that more than one group asks.

use crate::tool::Program;

/// GnuTLS's tool.
pub(crate) const CERTTOOL: Program = Program::new("certtool", &["--version"], "Debian: gnutls-bin");

/// Python with the package `cryptography`.
pub(crate) const CRYPTOGRAPHY: Program = Program::new(
    "python3",
    &[
        "-c",
        "import platform, cryptography; \
         print('Python', platform.python_version() + ', cryptography', cryptography.__version__)",
    ],
    "Debian: python3, python3-pip; pip: cryptography",
);

/// The key and certificate tool of Java.
pub(crate) const KEYTOOL: Program =
    Program::new("keytool", &["-J-version"], "Debian: default-jre-headless");

/// Our own program, which lies beside this one.
pub(crate) const NAPI: Program = Program::new(
    "napi-mtls",
    &["--version"],
    "ours: cargo build --bin napi-mtls, which cargo xtask interop does",
);

/// Node with the OpenSSL that it links.
pub(crate) const NODE: Program = Program::new(
    "node",
    &[
        "-p",
        "`${process.version}, OpenSSL ${process.versions.openssl}`",
    ],
    "Debian: nodejs",
);

/// The command-line tool of OpenSSL.
pub(crate) const OPENSSL: Program = Program::new("openssl", &["version"], "Debian: openssl");

/// Ruby with its OpenSSL.
pub(crate) const RUBY: Program = Program::new("ruby", &["-ropenssl", "--version"], "Debian: ruby");
