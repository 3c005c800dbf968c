//! Trust anchors and revocation lists from files that change while a program runs.
//!
//! Compares content, in two consecutive polls, as [`identity::FileSource`] does. Leaves out the
//! timer, and the change of connections.

use std::{
    error::Error as StdError,
    fmt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use identity::{Fingerprint, Format, IdentitySet, Input};

use crate::error::config_error::ConfigError;
use crate::reload::event::TrustEvent;
use crate::reload::source::{IdentitySource, SourceUpdate};
use crate::tls::client_config::Clock;
use crate::tls::trust_anchors::finding::TrustAnchorProblem;
use crate::tls::trust_anchors::{LONGEST_FILE, LONGEST_LIST, TrustAnchors, read_file};

/// Trust anchors and revocation lists in files that are polled for changes.
///
/// [`load`](Self::load) reads them at the start, for the connector; given to an
/// [`IdentityReloader`](crate::IdentityReloader), the client uses new content from then on.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use transport::{IdentityReloader, MtlsClient, MtlsConnector, TrustFiles};
///
/// let mut files = TrustFiles::only("/etc/napi/ca.pem").revocation_lists("/etc/napi/ca.crl");
/// let connector = MtlsConnector::builder(files.load()?).build()?;
/// let client: MtlsClient<http_body_util::Full<bytes::Bytes>> = MtlsClient::new(connector);
/// tokio::spawn(IdentityReloader::new(client.clone(), files).run());
/// # Ok(())
/// # }
/// ```
///
/// **New content is used when two consecutive polls read the same from all files**, so that a file
/// that is being written is left alone, and anchors and lists that belong together are used
/// together. A write that takes longer than the interval between two polls cannot be recognised:
/// rename files into place.
///
/// Content is good if a verifier can be built from it with the
/// [preferred provider](crate::CryptoProvider::preferred). **Without one**, as in a build with
/// neither `aws-lc-rs` nor `ring`, [`TrustEvent::Loaded`] only means that the content was read:
/// trust anchors and lists that no verifier can be built from are reported when a connector is, by
/// [`build`](crate::MtlsConnectorBuilder::build) or as
/// [`ReloadEvent::Refused`](crate::ReloadEvent::Refused).
///
/// **The last good content stays** while a file is absent, unreadable, empty or damaged, even if
/// only one of its blocks is, or if a new revocation list is past its `nextUpdate`. (Before there
/// is any, damaged blocks beside good ones are left out and reported by
/// [`TrustAnchors::findings`].) A failure is reported once, and again only after a success in
/// between.
pub struct TrustFiles {
    base: TrustAnchors,
    anchors: Vec<PathBuf>,
    lists: Vec<PathBuf>,
    clock: Clock,
    current: Option<TrustAnchors>,
    good: Option<Fingerprint>,
    verdict: Option<Verdict>,
    /// The content that the last poll read and left for the next one.
    candidate: Option<Fingerprint>,
    /// Consecutive polls that each read something else.
    changes: u32,
    /// The text of the failure that was reported last.
    reported: Option<String>,
}

/// The content that was checked last. It is not checked again while it stays.
struct Verdict {
    digest: Fingerprint,
    /// Before this instant the content would be good: the clock may have been wrong.
    good_before: Option<SystemTime>,
}

/// The content of all files at one moment.
struct Snapshot {
    digest: Fingerprint,
    contents: Result<Vec<Vec<u8>>, ConfigError>,
}

impl TrustFiles {
    /// Trusts only the certificates in a file of at most 4 MiB, read as by
    /// [`TrustAnchors::from_pem`].
    pub fn only(anchors: impl Into<PathBuf>) -> Self {
        Self::beside(TrustAnchors::empty()).anchors(anchors)
    }

    /// Trusts the content of files beside `trust`, whose own pins and settings apply.
    pub fn beside(trust: TrustAnchors) -> Self {
        Self {
            base: trust,
            anchors: Vec::new(),
            lists: Vec::new(),
            clock: Clock::default(),
            current: None,
            good: None,
            verdict: None,
            candidate: None,
            changes: 0,
            reported: None,
        }
    }

    /// Adds the certificates in another file of at most 4 MiB.
    #[must_use]
    pub fn anchors(mut self, path: impl Into<PathBuf>) -> Self {
        self.anchors.push(path.into());
        self
    }

    /// Adds the certificate revocation lists in a file of at most 32 MiB; see
    /// [`TrustAnchors::crl_pem`] for their effect.
    #[must_use]
    pub fn revocation_lists(mut self, path: impl Into<PathBuf>) -> Self {
        self.lists.push(path.into());
        self
    }

    /// Sets the clock by which a revocation list is out of date; the system's unless set.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Reads the files now, for the first connector; blocks as long as that takes.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ReadTrustAnchors`] if a file cannot be read, [`ConfigError::InTrustFile`] if
    /// one holds nothing usable or a damaged revocation list,
    /// [`ConfigError::RevocationListExpired`], [`ConfigError::TrustFilesChanging`] if they change
    /// all the time, and the errors of building a connector with them.
    pub fn load(&mut self) -> Result<TrustAnchors, ConfigError> {
        let snapshot = self.stable_snapshot()?;
        self.accept(snapshot)
    }

    /// Returns the last good content; `None` until some has been read.
    #[must_use]
    pub fn current(&self) -> Option<&TrustAnchors> {
        self.current.as_ref()
    }

    /// Reads until two consecutive snapshots are the same.
    fn stable_snapshot(&self) -> Result<Snapshot, ConfigError> {
        let mut snapshot = self.snapshot();
        for _ in 0..MOST_SNAPSHOTS {
            let again = self.snapshot();
            if again.digest == snapshot.digest {
                return Ok(again);
            }
            snapshot = again;
        }
        Err(ConfigError::TrustFilesChanging)
    }

    fn snapshot(&self) -> Snapshot {
        let anchors = self.anchors.iter();
        let anchors = anchors.map(|path| read(path, Input::TrustAnchors, LONGEST_FILE));
        let lists = self.lists.iter();
        let lists = lists.map(|path| read(path, Input::File, LONGEST_LIST));
        let contents: Result<Vec<_>, _> = anchors.chain(lists).collect();
        let digest = match &contents {
            // One digest for each file, so that bytes that move from one file to the next change
            // the result.
            Ok(contents) => {
                let digests = contents
                    .iter()
                    .map(|content| *Fingerprint::of(content).as_bytes());
                Fingerprint::of(&digests.collect::<Vec<_>>().concat())
            }
            Err(error) => Fingerprint::of(text(error).as_bytes()),
        };
        Snapshot { digest, contents }
    }

    /// Uses content or reports why not; either way it is not checked again.
    fn accept(&mut self, snapshot: Snapshot) -> Result<TrustAnchors, ConfigError> {
        let digest = snapshot.digest;
        let result = snapshot.contents.and_then(|contents| self.read(&contents));
        let good_before = match &result {
            Err(ConfigError::RevocationListExpired { next_update, .. }) => Some(*next_update),
            _ => None,
        };
        self.verdict = Some(Verdict {
            digest,
            good_before,
        });
        self.candidate = None;
        self.changes = 0;
        let trust = result?;
        self.good = Some(digest);
        self.current = Some(trust.clone());
        Ok(trust)
    }

    fn read(&self, contents: &[Vec<u8>]) -> Result<TrustAnchors, ConfigError> {
        let mut trust = self.base.clone();
        for (path, content) in self.anchors.iter().zip(contents) {
            let known = trust.findings().len();
            trust = trust.with_pem(content).map_err(in_file(path))?;
            let new = trust.findings().get(known..).unwrap_or_default();
            let damaged = new.iter().find(|finding| is_damage(finding.problem));
            // With no earlier content, the undamaged part is better than nothing.
            if let (Some(damaged), Some(_)) = (damaged, &self.current) {
                let position = damaged.position;
                return Err(in_file(path)(ConfigError::TrustAnchor { position }));
            }
        }
        let lists = contents.iter().skip(self.anchors.len());
        for (path, content) in self.lists.iter().zip(lists) {
            trust = trust.crl_pem(content).map_err(in_file(path))?;
        }
        trust.check()?;
        let expiring = trust.expiring_at(self.clock.now());
        // An expired list that is in use already refuses its CA's certificates, and must not hold
        // up the other lists.
        let expired = expiring.iter().find_map(|expiry| {
            let position = expiry.expired_list()?;
            let in_use = self.current.as_ref();
            let is_in_use = in_use.is_some_and(|now| now.has_list_of(&trust, position));
            (!is_in_use).then_some((position, expiry.end))
        });
        match expired {
            Some((position, next_update)) => Err(ConfigError::RevocationListExpired {
                position,
                next_update,
            }),
            None => Ok(trust),
        }
    }

    fn has_verdict(&self, digest: Fingerprint) -> bool {
        let verdict = self
            .verdict
            .as_ref()
            .filter(|verdict| verdict.digest == digest);
        verdict.is_some_and(|verdict| {
            verdict
                .good_before
                .is_none_or(|end| end <= self.clock.now())
        })
    }

    /// Makes an event of a failure, if it differs from the last one.
    fn fail(&mut self, error: ConfigError) -> Option<TrustEvent> {
        let text = text(&error);
        if self.reported.as_ref() == Some(&text) {
            return None;
        }
        self.reported = Some(text);
        Some(TrustEvent::Failed { error })
    }

    fn take(&mut self, snapshot: Snapshot) -> Option<TrustEvent> {
        match self.accept(snapshot) {
            Ok(trust) => {
                self.reported = None;
                Some(TrustEvent::loaded(&trust))
            }
            Err(error) => self.fail(error),
        }
    }

    /// Polls, and checks new content that is stable; returns whether it waits for the next poll as
    /// well.
    fn poll_once(&mut self) -> (Option<TrustEvent>, bool) {
        if self.current.is_none() {
            return match self.stable_snapshot() {
                Ok(snapshot) if self.has_verdict(snapshot.digest) => (None, false),
                Ok(snapshot) => (self.take(snapshot), false),
                Err(error) => (self.fail(error), false),
            };
        }
        let snapshot = self.snapshot();
        if self.good == Some(snapshot.digest) {
            // The good content is back, so the next change is checked again.
            self.verdict = None;
            self.candidate = None;
            self.changes = 0;
            let recovered = self.reported.take();
            return (recovered.map(|_| TrustEvent::Recovered), false);
        }
        if self.has_verdict(snapshot.digest) {
            self.candidate = None;
            return (None, false);
        }
        if self.candidate == Some(snapshot.digest) {
            return (self.take(snapshot), false);
        }
        self.candidate = Some(snapshot.digest);
        self.changes = self.changes.saturating_add(1);
        match self.changes < MOST_CHANGES {
            true => (None, true),
            false => (self.fail(ConfigError::TrustFilesChanging), false),
        }
    }
}

impl IdentitySource for TrustFiles {
    fn poll(&mut self) -> SourceUpdate {
        let (event, is_waiting) = self.poll_once();
        SourceUpdate::new(Vec::new(), is_waiting).with_trust_events(event)
    }

    fn current(&self) -> Option<&IdentitySet> {
        None
    }

    fn trust(&self) -> Option<&TrustAnchors> {
        Self::current(self)
    }
}

impl fmt::Debug for TrustFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustFiles")
            .field("anchors", &self.anchors)
            .field("lists", &self.lists)
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

fn read(path: &Path, input: Input, limit: u64) -> Result<Vec<u8>, ConfigError> {
    let content = read_file(path, input, limit)?;
    Ok(content.secret_bytes().to_vec())
}

fn in_file(path: &Path) -> impl Fn(ConfigError) -> ConfigError {
    move |source| ConfigError::InTrustFile {
        path: path.to_path_buf(),
        source: Box::new(source),
    }
}

/// Checks whether a part is cut or broken, unlike one that was put there on purpose.
fn is_damage(problem: TrustAnchorProblem) -> bool {
    matches!(
        problem,
        TrustAnchorProblem::NotACertificate(Format::Damaged | Format::DamagedDer)
    )
}

/// Returns the texts of an error and its sources.
fn text(error: &ConfigError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        text = format!("{text}: {deeper}");
        source = deeper.source();
    }
    text
}

/// The number of snapshots of changing files while there is no earlier content.
const MOST_SNAPSHOTS: usize = 4;
/// The number of consecutive polls that may differ before that is reported.
const MOST_CHANGES: u32 = 20;
