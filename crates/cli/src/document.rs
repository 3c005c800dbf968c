//! `napi-mtls document`: an image or a file of a record.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use csr::{FileAccess, write_new_file};
use napi::TransactionRecordId;
use napi::verifications::{DocumentDownload, DocumentField};
use serde_json::json;
use vocabulary::Escaped;

use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::refusal::Refusal;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls document 22222222-2222-4222-8222-222222222222 DocumentFrontImage
  napi-mtls document 22222222-2222-4222-8222-222222222222 LivePhoto --out - > photo.jpg")]
pub(crate) struct Arguments {
    /// Identifier of the record
    record: TransactionRecordId,

    /// DocumentFrontImage, DocumentBackImage or LivePhoto; or the name of a file, such as
    /// ShareholderListDocument, as an appended field has it
    name: String,

    /// File to write, which must not exist; `-` is standard output. By default the name that the
    /// service gives it, in this folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let is_standard_output = arguments.out.as_deref() == Some(Path::new("-"));
    if is_standard_output && io::stdout().is_terminal() {
        let text = "a file is not written to a terminal: give --out FILE, or redirect it";
        return Err(Refusal::command_line(text).into());
    }
    let call = async |client: &ServiceClient| download(client, arguments).await;
    let (document, warnings) = arguments.client.call(global, &[], call).await?;
    if is_standard_output {
        let mut output = Output::new(String::new(), json!(null), warnings);
        output.raw = document.bytes.to_vec();
        return Ok(output);
    }
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => PathBuf::from(&document.name),
    };
    // It shows a person: no one else may read it.
    write_new_file(&path, FileAccess::OwnerOnly, &document.bytes)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let shown = path.to_string_lossy();
    let data = json!({
        "file": shown,
        "bytes": document.bytes.len(),
        "content_type": document.content_type,
    });
    let text = format!("file     {}", Escaped::line(&shown));
    Ok(Output::new(text, data, warnings))
}

async fn download(client: &ServiceClient, arguments: &Arguments) -> Result<File, napi::Error> {
    let images = [
        DocumentField::FRONT_IMAGE,
        DocumentField::BACK_IMAGE,
        DocumentField::LIVE_PHOTO,
    ];
    let field = DocumentField::from(&*arguments.name);
    if !images.contains(&field) {
        let file = DocumentDownload::new(arguments.record.clone(), &*arguments.name);
        let file = client.send(&file).await?;
        return Ok(File {
            name: file.file_name,
            content_type: file.content_type,
            bytes: file.bytes,
        });
    }
    let image = client.transaction_record_document(&arguments.record, field);
    let bytes = image.await?;
    Ok(File {
        name: format!("{}.{}", arguments.name, ending(&bytes)),
        content_type: None,
        bytes,
    })
}

/// A file of a record, with a name that is safe to create in this folder.
struct File {
    name: String,
    content_type: Option<String>,
    bytes: bytes::Bytes,
}

/// Returns the ending of an image's file by its first bytes: JPEG or PNG.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        _ => "bin",
    }
}
