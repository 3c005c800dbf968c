//! Errors while the mock starts, or in a call of the library.
//!
//! What goes wrong with a client is a response on the wire and an [`Event`](crate::Event), never an
//! error here.

use std::io;
use std::path::PathBuf;

use crate::problem::Problem;

/// Why the mock did not start, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data of a country cannot be read; a fault of this crate.
    #[error("the mock cannot read its own data of {country}")]
    Data {
        /// The country's code.
        country: String,
        /// The error of the reader.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file of the state is none, or is damaged. It was left as it is.
    #[error(
        "{path} cannot be used as a mock's state, and was left as it is: restore it, or name another folder",
        path = path.display()
    )]
    DamagedState {
        /// The file.
        path: PathBuf,
        /// The reason; has nothing of what was read.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Two accounts, parents or sub-accounts, have this name; the caller's fault.
    #[error(
        "the mock has two accounts {account:?}; names of accounts and sub-accounts must differ"
    )]
    DuplicateAccount {
        /// The name that stands twice.
        account: String,
    },
    /// Two accounts have a user of this name; the caller's fault.
    #[error("two accounts of the mock have a user {user:?}; user names must differ")]
    DuplicateUser {
        /// The name that stands twice.
        user: String,
    },
    /// A file that an option names does not say what it should.
    #[error("{path} has no {wanted}", path = path.display())]
    ParseFile {
        /// The file.
        path: PathBuf,
        /// The content that it should have.
        wanted: &'static str,
        /// The error of the reader.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file that an option names cannot be read.
    #[error("cannot read {path}", path = path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The portal refuses the certification request.
    #[error(
        "the mock's portal refuses the certification request: {}",
        listed(problems)
    )]
    Refused {
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
    /// A name of the server is neither of DNS nor an IP address; the caller's fault.
    #[error("{name:?} is no name of a server: give a DNS name or an IP address, without a port")]
    ServerName {
        /// The name that was given.
        name: String,
    },
    /// The TLS side did not start: a port is taken, or certificates or configuration could not be
    /// made.
    #[error(transparent)]
    Server(#[from] mock_tls::Error),
    /// Another mock uses the folder of the state.
    #[error(
        "another mock uses the state in {folder}: stop it first, or name another folder",
        folder = folder.display()
    )]
    StateInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no parent account of this name; the caller's fault.
    #[error("the mock has no parent account {account:?}")]
    UnknownAccount {
        /// The name that was asked for.
        account: String,
    },
    /// The state could not be written. On the disk is the one of before.
    #[error("cannot write the mock's state to {path}", path = path.display())]
    WriteState {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

fn listed(problems: &[Problem]) -> String {
    let messages: Vec<_> = problems.iter().map(|it| it.message.as_str()).collect();
    messages.join("; ")
}
