//! `napi-mtls watch`: what happens to the pairs of a folder, line by line as it happens.
//!
//! Prints what a service that follows the same files would log: it runs the same loop, over a
//! client that connects to nothing.

pub(crate) mod event;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use identity::{FileSource, IdentityDirectory};
use napi::RequestBody;
use tokio::sync::mpsc::unbounded_channel;
use transport::{IdentityReloader, MtlsClient, MtlsConnector, TrustAnchors};

use crate::exit::Exit;
use crate::format::Format;
use crate::global_arguments::GlobalArguments;
use crate::identity_files::IdentityArguments;
use crate::interrupts::Interrupts;
use crate::output::Output;
use crate::standard_output::{print_line, reader_gone};
use crate::watch::event::Describer;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls watch identities                         # until Ctrl-C: exit code 130
  napi-mtls watch --output json --interval 60 \\
      --certificate napi.pem --key napi.key --passphrase-file passphrase  # until Ctrl-C: exit code 130")]
pub(crate) struct Arguments {
    /// Folder with pairs of NAME.key and NAME.crt, .pem or .cer; NAME.passphrase has the passphrase
    /// of the key, or its PIN where NAME.key holds the URI of a key in a token. Without a folder,
    /// the files of --certificate and --key are followed
    #[arg(conflicts_with_all = ["certificate", "key"])]
    folder: Option<PathBuf>,

    #[command(flatten)]
    identity: IdentityArguments,

    /// Seconds between two looks at the files; what is new is taken when a second look, a second
    /// later, finds the same
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    interval: u64,
}

/// Prints until it is interrupted, or no one reads any more. A file that cannot be used is an
/// event and no end.
pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let mut interrupts = Interrupts::listen()?;
    let (source, name) = arguments.source(global)?;
    let client: MtlsClient<RequestBody> = MtlsClient::new(unconnected()?);
    let (sender, mut events) = unbounded_channel();
    let mut describer = Describer::of(name);
    let reloader = IdentityReloader::new(client, source)
        .interval(Duration::from_secs(arguments.interval))
        .on_event(move |event| {
            // It is read until this command ends, and then there is no one to tell.
            let _ = sender.send(describer.describe(event, SystemTime::now()));
        });
    let mut following = pin!(reloader.run());
    let mut gone = pin!(reader_gone());
    loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => {
                let line = match global.output {
                    Format::Json => event.json(),
                    _ => event.line(),
                };
                match print_line(&line) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
                    Err(error) => return Err(error).context("cannot write to standard output"),
                }
            }
            () = interrupts.next() => return Ok(Output::default().exit(Exit::Interrupted)),
            () = &mut gone => break,
            () = &mut following => break, // it runs until it is dropped
        }
    }
    Ok(Output::default())
}

impl Arguments {
    /// Returns the files to follow, and what to call them where a pair has no name of its own.
    fn source(&self, global: &GlobalArguments) -> Result<(FileSource, String)> {
        let Some(folder) = &self.folder else {
            return Ok(self.identity.files(&global.settings()?)?.source()?);
        };
        // A mistyped name is an error now, and no event after which nothing comes.
        IdentityDirectory::new(folder).pairs()?;
        let name = folder.display().to_string();
        Ok((self.identity.source_of(folder), name))
    }
}

/// Returns a connector that is never used to connect, so its trust anchors play no part.
fn unconnected() -> Result<MtlsConnector> {
    Ok(MtlsConnector::builder(TrustAnchors::webpki()).build()?)
}
