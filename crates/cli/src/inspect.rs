//! `napi inspect`: whatever file somebody was handed, and a certificate request in full.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use csr::{Finding, InspectedRequest, Policy, Severity};
use identity::{Format, Inspected, Loader};
use zeroize::Zeroizing;

use crate::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A certificate request, key or certificate, in PEM or DER
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let content = read(&arguments.file)?;
    let parts = Loader::new().inspect(&content)?;
    match parts.as_slice() {
        [part] if part.format() == Format::CertificationRequest => {
            request(&content).with_context(|| arguments.file.display().to_string())
        }
        parts => Ok(listed(parts)),
    }
}

fn request(content: &[u8]) -> Result<Output> {
    let request = InspectedRequest::from_pem_or_der(content)?;
    let signature = request.verify();
    let verdict = if signature.is_ok() {
        "good"
    } else {
        "not verified"
    };
    let is_error = |finding: &Finding| finding.severity() == Severity::Error;
    let (problems, warnings): (Vec<_>, Vec<_>) = request
        .lint(Policy::Trulioo)
        .into_iter()
        .partition(is_error);

    let text = format!("{request}\nsignature        {verdict}");
    Ok(Output::new(text, warnings)
        .problems(signature.err())
        .problems(problems))
}

fn listed(parts: &[Inspected]) -> Output {
    let (problems, fine): (Vec<_>, Vec<_>) = parts.iter().partition(|part| is_of_no_use(part));
    let shown: Vec<String> = fine.into_iter().map(ToString::to_string).collect();
    Output::new(shown.join("\n"), None::<String>).problems(problems)
}

fn is_of_no_use(part: &Inspected) -> bool {
    part.problem().is_some()
        || matches!(
            part.format(),
            Format::Damaged | Format::Empty | Format::Html | Format::Unrecognised | Format::Utf16
        )
}

/// Reads a file from elsewhere, but never more than its parser could take.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    // Room for everything at once: a buffer that grows leaves copies of a key behind.
    let mut content = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| {
            let length = file.metadata()?.len().min(MAX_BYTES);
            content.reserve_exact(usize::try_from(length).unwrap_or(0) + 32);
            file.take(MAX_BYTES + 1).read_to_end(&mut content)
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    // Not cut: the rest would look damaged.
    ensure!(
        content.len() as u64 <= MAX_BYTES,
        "{} has more than {MAX_BYTES} bytes: is it the right file?",
        path.display()
    );
    Ok(content)
}

const MAX_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_of_a_mebibyte_is_read_whole_and_a_longer_one_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mebibyte = vec![b' '; 1 << 20];
        file.write_all(&mebibyte).unwrap();
        assert_eq!(read(file.path()).unwrap().len(), 1 << 20);
        file.write_all(b" ").unwrap();
        assert!(read(file.path()).is_err());
    }
}
