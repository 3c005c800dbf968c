//! The file of results: one line for each record that is done or has failed, made of the journal.

mod line;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::folder;
use crate::journal::Journal;
use crate::journal::error::JournalError;
use crate::record::{Position, RecordState, Settlement};

pub use line::ResultsFormat;

/// The most records that are read from the journal in one step.
const CHUNK: usize = 1000;

/// The most bytes of a line: a reference has up to 128 characters, each of which may be escaped.
const LONGEST_LINE: u64 = 64 << 10;

/// The file of the results of a batch.
///
/// It has one line for each record that is done or has failed, and no half line. What is in it
/// follows from the journal alone, so a file that is lost or was cut short is made anew:
/// [`open`](Self::open) and [`finish`](Self::finish) write it in the order of the list;
/// in between, [`append`](Self::append) adds lines in the order in which they come. It is readable
/// and writable by its user alone.
///
/// # Examples
///
/// ```
/// use batch::{ResultsFile, ResultsFormat, SqliteJournal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = |name: &str| folder.path().join(name);
/// let journal = SqliteJournal::open(path("people.journal")).await?;
/// let results = ResultsFile::open(path("results.ndjson"), ResultsFormat::Ndjson, &journal).await?;
/// // Give each `Settlement` of a run to `append`; then:
/// assert_eq!(results.finish(&journal).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ResultsFile {
    path: PathBuf,
    format: ResultsFormat,
    file: File,
}

/// A file of results that cannot be written. The journal has what it should have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The file is there and has something else in it, such as the list or the results of another
    /// batch.
    #[error(
        "{} is there and has no results of this batch: give another path, or move it away", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot write the results to {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl ResultsFile {
    /// Makes the file, or makes it anew with all that the journal knows by now.
    ///
    /// # Errors
    ///
    /// [`ResultsError::Foreign`] for a file that has no results of this batch, which is left as it
    /// is; [`ResultsError::Io`] and [`ResultsError::Journal`].
    pub async fn open(
        path: impl Into<PathBuf>,
        format: ResultsFormat,
        journal: &impl Journal,
    ) -> Result<Self, ResultsError> {
        let path = path.into();
        if !is_ours(&path, format, journal).await? {
            return Err(ResultsError::Foreign { path });
        }
        write_all(&path, format, journal).await?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(io_error(&path))?;
        Ok(Self { path, format, file })
    }

    /// Adds the line of a record if it is done or has failed.
    ///
    /// # Errors
    ///
    /// [`ResultsError::Io`].
    pub fn append(&mut self, settlement: &Settlement) -> Result<(), ResultsError> {
        if !is_end(settlement.state) {
            return Ok(());
        }
        // In one piece: a process that is killed leaves all of the line or nothing.
        let line = self.format.line(settlement);
        self.file.write_all(&line).map_err(io_error(&self.path))
    }

    /// Makes the file anew in the order of the list, durably, and returns the number of records in
    /// it.
    ///
    /// # Errors
    ///
    /// [`ResultsError::Io`] and [`ResultsError::Journal`]; then the file is as it was.
    pub async fn finish(self, journal: &impl Journal) -> Result<u64, ResultsError> {
        write_all(&self.path, self.format, journal).await
    }
}

/// Writes all results beside the file and puts them in its place, so that there is at any time
/// either the old file or the new one.
async fn write_all(
    path: &Path,
    format: ResultsFormat,
    journal: &impl Journal,
) -> Result<u64, ResultsError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    if !is_ours(&part, format, journal).await? {
        return Err(ResultsError::Foreign { path: part });
    }
    let mut file = BufWriter::new(private(&part).map_err(io_error(&part))?);
    file.write_all(&format.head()).map_err(io_error(&part))?;
    let (mut position, mut count) = (Position::START, 0);
    loop {
        let records = journal.records_after(position, None, CHUNK).await?;
        let Some(last) = records.last() else {
            break;
        };
        position = last.position();
        for record in records.into_iter().filter(|it| is_end(it.state)) {
            let line = format.line(&record.into());
            file.write_all(&line).map_err(io_error(&part))?;
            count += 1;
        }
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error);
    let synced = file.and_then(|file| file.sync_all());
    synced.map_err(io_error(&part))?;
    fs::rename(&part, path).map_err(io_error(path))?;
    folder::sync_around(path).map_err(io_error(path))?;
    Ok(count)
}

/// Makes a file that its user alone can read, in place of what a killed process left there.
fn private(path: &Path) -> io::Result<File> {
    // A file or link that someone else has put there would keep its mode, or be followed.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Returns whether there is nothing in the file yet, or results of this batch: by the first line,
/// since all of it is made anew.
async fn is_ours(
    path: &Path,
    format: ResultsFormat,
    journal: &impl Journal,
) -> Result<bool, ResultsError> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        metadata => metadata.map_err(io_error(path))?,
    };
    if !metadata.is_file() {
        return Ok(false);
    }
    let file = File::open(path).map_err(io_error(path))?;
    let mut content = Vec::new();
    let read = file.take(LONGEST_LINE).read_to_end(&mut content);
    read.map_err(io_error(path))?;
    let head = format.head();
    let Some(lines) = content.strip_prefix(&*head) else {
        return Ok(head.starts_with(&content)); // cut short, or something else
    };
    let Some(end) = lines.iter().position(|byte| *byte == b'\n') else {
        return is_cut_short(lines, format, journal).await;
    };
    let line = lines.get(..=end).unwrap_or(lines);
    // Not by its number, which is another if the list has changed; nor by its reference alone,
    // which another batch may give as well.
    match format.result(line) {
        Some([reference, id, record_id]) => {
            Ok(journal.has_result(&reference, &id, &record_id).await?)
        }
        None => Ok(false),
    }
}

/// Returns whether these bytes are the beginning of a record's line: a lost power or a full disk
/// may leave that of the first.
async fn is_cut_short(
    bytes: &[u8],
    format: ResultsFormat,
    journal: &impl Journal,
) -> Result<bool, ResultsError> {
    let mut position = Position::START;
    while !bytes.is_empty() {
        let records = journal.records_after(position, None, CHUNK).await?;
        let Some(last) = records.last() else {
            return Ok(false);
        };
        position = last.position();
        let mut lines = records.into_iter().map(|it| format.line(&it.into()));
        if lines.any(|line| line.starts_with(bytes)) {
            return Ok(true);
        }
    }
    Ok(true)
}

fn is_end(state: RecordState) -> bool {
    matches!(state, RecordState::Done | RecordState::Failed)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ResultsError {
    let path = path.to_owned();
    |source| ResultsError::Io { path, source }
}
