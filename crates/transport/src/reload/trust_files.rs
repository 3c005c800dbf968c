//! Trust anchors and revocation lists from files that change while a program runs.
//!
//! Decides by content and looks twice, as [`identity::FileSource`] does. Leaves out the timer, and what becomes of
//! connections.

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

/// Trust anchors and revocation lists in files, which are looked at again and again.
///
/// [`load`](Self::load) reads them at the start, for the connector; given to an [`IdentityReloader`](crate::IdentityReloader), the client
/// goes by new content from then on.
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
/// **New content of any of the files is taken when two looks in a row see the same of all of them**, so that a file that
/// is being written is left alone, and anchors and lists that belong together are taken together. What takes longer to
/// write than the interval between two looks cannot be seen from outside: rename files into place.
///
/// Content is good if a verifier can be made of it by the
/// [preferred provider](crate::CryptoProvider::preferred). **Without one**, as in a build with
/// neither `aws-lc-rs` nor `ring`, [`TrustEvent::Loaded`] says no more than that the content was
/// read: trust anchors and lists that no verifier can be made of are told when a connector is
/// built, by [`build`](crate::MtlsConnectorBuilder::build) or as
/// [`ReloadEvent::Refused`](crate::ReloadEvent::Refused).
///
/// **The last good content stays** while a file is gone, unreadable, empty or damaged, also if only one block of many is,
/// or if a new revocation list is past its `nextUpdate`. (Before there is any, damaged blocks beside good ones are left out
/// and named by [`TrustAnchors::findings`].) A failure is told once, and again only after a success in between.
pub struct TrustFiles {
    base: TrustAnchors,
    anchors: Vec<PathBuf>,
    lists: Vec<PathBuf>,
    clock: Clock,
    current: Option<TrustAnchors>,
    good: Option<Fingerprint>,
    judged: Option<Judged>,
    /// What the last poll saw and left for the next one.
    seen: Option<Fingerprint>,
    /// Polls in a row that saw something else each.
    changes: u32,
    /// The text of the failure that was told last.
    told: Option<String>,
}

/// The content that was judged last. It is not judged again while it stays.
struct Judged {
    digest: Fingerprint,
    /// Before this instant it would be good: the clock that said otherwise may have been wrong.
    good_before: Option<SystemTime>,
}

/// One look at all files.
struct Look {
    digest: Fingerprint,
    contents: Result<Vec<Vec<u8>>, ConfigError>,
}

impl TrustFiles {
    /// Trusts only the certificates in a file of at most 4 MiB, read as by [`TrustAnchors::from_pem`].
    pub fn only(anchors: impl Into<PathBuf>) -> Self {
        Self::beside(TrustAnchors::empty()).anchors(anchors)
    }

    /// Trusts what files say beside `trust`, whose own pins and settings hold.
    pub fn beside(trust: TrustAnchors) -> Self {
        Self {
            base: trust,
            anchors: Vec::new(),
            lists: Vec::new(),
            clock: Clock::default(),
            current: None,
            good: None,
            judged: None,
            seen: None,
            changes: 0,
            told: None,
        }
    }

    /// Adds the certificates in another file of at most 4 MiB.
    #[must_use]
    pub fn anchors(mut self, path: impl Into<PathBuf>) -> Self {
        self.anchors.push(path.into());
        self
    }

    /// Adds the certificate revocation lists in a file of at most 32 MiB; see [`TrustAnchors::crl_pem`] for what they do.
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
    /// [`ConfigError::ReadTrustAnchors`] if a file cannot be read, [`ConfigError::InTrustFile`] if one has nothing of use, or
    /// lists of which one is damaged, [`ConfigError::RevocationListExpired`], [`ConfigError::TrustFilesChanging`] if they are
    /// exchanged all the time, and what building a connector with them would fail of.
    pub fn load(&mut self) -> Result<TrustAnchors, ConfigError> {
        let look = self.settled()?;
        self.judge(look)
    }

    /// Returns the last good content; `None` until some has been read.
    #[must_use]
    pub fn current(&self) -> Option<&TrustAnchors> {
        self.current.as_ref()
    }

    /// Looks until two looks in a row show the same.
    fn settled(&self) -> Result<Look, ConfigError> {
        let mut look = self.look();
        for _ in 0..MOST_LOOKS {
            let again = self.look();
            if again.digest == look.digest {
                return Ok(again);
            }
            look = again;
        }
        Err(ConfigError::TrustFilesChanging)
    }

    fn look(&self) -> Look {
        let anchors = self.anchors.iter();
        let anchors = anchors.map(|path| read(path, Input::TrustAnchors, LONGEST_FILE));
        let lists = self.lists.iter();
        let lists = lists.map(|path| read(path, Input::File, LONGEST_LIST));
        let contents: Result<Vec<_>, _> = anchors.chain(lists).collect();
        let digest = match &contents {
            // One digest for each file, so that no byte can move from one to the next unseen.
            Ok(contents) => {
                let digests = contents.iter().map(|it| *Fingerprint::of(it).as_bytes());
                Fingerprint::of(&digests.collect::<Vec<_>>().concat())
            }
            Err(error) => Fingerprint::of(text(error).as_bytes()),
        };
        Look { digest, contents }
    }

    /// Takes content, or says why not; either way it is not judged again.
    fn judge(&mut self, look: Look) -> Result<TrustAnchors, ConfigError> {
        let digest = look.digest;
        let judgement = look.contents.and_then(|contents| self.read(&contents));
        let good_before = match &judgement {
            Err(ConfigError::RevocationListExpired { next_update, .. }) => Some(*next_update),
            _ => None,
        };
        self.judged = Some(Judged {
            digest,
            good_before,
        });
        self.seen = None;
        self.changes = 0;
        let trust = judgement?;
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
            let damaged = new.iter().find(|it| is_damage(it.problem));
            // Without anything to go on with, what is left is better than nothing.
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
        // One that is in use already has its CA's certificates refused, and must not hold up the other lists.
        let expired = expiring.iter().find_map(|it| {
            let position = it.expired_list()?;
            let in_use = self.current.as_ref();
            let is_in_use = in_use.is_some_and(|now| now.has_list_of(&trust, position));
            (!is_in_use).then_some((position, it.end))
        });
        match expired {
            Some((position, next_update)) => Err(ConfigError::RevocationListExpired {
                position,
                next_update,
            }),
            None => Ok(trust),
        }
    }

    fn is_judged(&self, digest: Fingerprint) -> bool {
        let judged = self.judged.as_ref().filter(|it| it.digest == digest);
        judged.is_some_and(|it| it.good_before.is_none_or(|end| end <= self.clock.now()))
    }

    /// Makes an event of a failure, if it is another than the one before.
    fn fail(&mut self, error: ConfigError) -> Option<TrustEvent> {
        let text = text(&error);
        if self.told.as_ref() == Some(&text) {
            return None;
        }
        self.told = Some(text);
        Some(TrustEvent::Failed { error })
    }

    fn take(&mut self, look: Look) -> Option<TrustEvent> {
        match self.judge(look) {
            Ok(trust) => {
                self.told = None;
                Some(TrustEvent::loaded(&trust))
            }
            Err(error) => self.fail(error),
        }
    }

    /// Looks, and judges what is new and has settled; returns whether it waits for the next look as well.
    fn poll_once(&mut self) -> (Option<TrustEvent>, bool) {
        if self.current.is_none() {
            return match self.settled() {
                Ok(look) if self.is_judged(look.digest) => (None, false),
                Ok(look) => (self.take(look), false),
                Err(error) => (self.fail(error), false),
            };
        }
        let look = self.look();
        if self.good == Some(look.digest) {
            self.judged = None;
            self.seen = None;
            self.changes = 0;
            let recovered = self.told.take();
            return (recovered.map(|_| TrustEvent::Recovered), false);
        }
        if self.is_judged(look.digest) {
            self.seen = None;
            return (None, false);
        }
        if self.seen == Some(look.digest) {
            return (self.take(look), false);
        }
        self.seen = Some(look.digest);
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

/// Tells a part that is cut or broken from one that was put there on purpose.
fn is_damage(problem: TrustAnchorProblem) -> bool {
    matches!(
        problem,
        TrustAnchorProblem::NotACertificate(Format::Damaged | Format::DamagedDer)
    )
}

/// An error with its sources.
fn text(error: &ConfigError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        text = format!("{text}: {deeper}");
        source = deeper.source();
    }
    text
}

/// Looks at files that keep changing while there is nothing to go on with.
const MOST_LOOKS: usize = 4;
/// Polls in a row that may each see something else before that is told.
const MOST_CHANGES: u32 = 20;
