//! The certificate of a key, found in its folder under another name.
//!
//! Browsers save `napi-2027 (1).pem`, CAs send `.p7b`. Which key it belongs to shows by its
//! public key, which the request beside the key states too. Leaves out renaming it.

use std::fs;
use std::path::{Path, PathBuf};

use der::asn1::AnyRef;
use der::{Decode, Encode};
use vocabulary::Fingerprint;

use crate::asn1::components;
use crate::chain::Link;
use crate::document::{self, Document};
use crate::format::Format;
use crate::identity_directory::inventory::{PairEntry, PairState};
use crate::identity_directory::misnamed_certificate::MisnamedCertificate;
use crate::input::Input;
use crate::input_file::InputFile;
use crate::loader::Loader;
use crate::pair::PairFiles;
use crate::passphrase_source::PassphraseSource;
use crate::pkcs7;

/// Looks for the certificates of those keys that await theirs.
pub(super) fn find(folder: &Path, entries: &mut [PairEntry], loader: &Loader) {
    let awaits = |entry: &PairEntry| matches!(entry.state, PairState::AwaitsCertificate);
    // Each file is read below, so not without a reason.
    if !entries.iter().any(awaits) {
        return;
    }
    let taken: Vec<PathBuf> = entries
        .iter()
        .flat_map(|entry| [Some(entry.files.key()), entry.files.certificate()])
        .flatten()
        .map(Path::to_path_buf)
        .collect();
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    let mut files: Vec<PathBuf> = files.filter(|path| !taken.contains(path)).collect();
    // The order of a folder is that of its file system, and the report should not depend on it.
    files.sort();
    let found: Vec<(PathBuf, Format, Vec<Fingerprint>)> = files
        .into_iter()
        .take(MOST_FILES)
        .filter_map(|path| {
            let (format, keys) = public_keys(&path)?;
            Some((path, format, keys))
        })
        .collect();
    for entry in entries.iter_mut().filter(|entry| awaits(entry)) {
        let Some(key) = public_key(&entry.files, loader) else {
            continue;
        };
        let of_key = found.iter().find(|(_, _, keys)| keys.contains(&key));
        entry.misnamed_certificate = of_key.map(|(path, format, _)| MisnamedCertificate {
            path: path.clone(),
            format: *format,
            should_be: entry.files.key().with_extension("crt"),
        });
    }
}

/// Returns the digests of the public keys of the certificates in a file.
fn public_keys(path: &Path) -> Option<(Format, Vec<Fingerprint>)> {
    let content = InputFile::new(path, Input::File).read().ok()?;
    let mut format = None;
    let mut keys = Vec::new();
    for document in document::recognise(&content.bytes) {
        let digest = |der: &[u8]| {
            Link::new(1, der)
                .and_then(|link| link.public_key_sha256())
                .ok()
        };
        match document.format {
            Format::Certificate => keys.extend(digest(&document.der)),
            Format::Pkcs7 => {
                let certificates = pkcs7::certificates(&document.der);
                keys.extend(certificates.iter().filter_map(|it| digest(&it.der)));
            }
            _ => continue,
        }
        format = format.or(Some(document.format));
    }
    Some((format?, keys))
}

/// Returns the digest of the public key that belongs to a key: of its request, or if it opens
/// without a prompt.
fn public_key(files: &PairFiles, loader: &Loader) -> Option<Fingerprint> {
    let of_request = || {
        let content = InputFile::new(files.request()?, Input::Request)
            .read()
            .ok()?;
        let documents = document::recognise(&content.bytes);
        documents.iter().find_map(public_key_of_request)
    };
    let of_key = || {
        let loader = match files.passphrase() {
            Some(path) => loader.clone().passphrase(PassphraseSource::file(path)),
            None => loader.clone().without_prompt(),
        };
        let key = loader.open_key_file(files.key()).ok()?;
        Some(key.public_key_sha256())
    };
    of_request().or_else(of_key)
}

/// Returns the third component of what is signed ([RFC 2986, section 4.1]).
///
/// [RFC 2986, section 4.1]: https://www.rfc-editor.org/rfc/rfc2986#section-4.1
fn public_key_of_request(document: &Document) -> Option<Fingerprint> {
    if document.format != Format::CertificationRequest {
        return None;
    }
    let request = AnyRef::from_der(&document.der).ok()?;
    let info = components(request).next()?;
    let key = components(info).nth(2)?;
    Some(Fingerprint::of(&key.to_der().ok()?))
}

/// Many times as many as lie in such a folder; each is read.
const MOST_FILES: usize = 200;
