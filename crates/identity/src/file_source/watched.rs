//! One pair that is watched: its last good identity, and what became of its files since.
//!
//! Leaves out the set that it is a member of.

use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Error;
use crate::file_source::reported::Reported;
use crate::identity::Identity;
use crate::loader::Loader;
use crate::pair::{Digest, Observation, State};
use crate::report::Report;
use crate::signer_error::SignerProblem;
use crate::time::end_of;

/// The state of a pair between two polls; no file content, only digests.
#[derive(Default)]
pub(crate) struct Watched {
    good: Option<Good>,
    judged: Option<Judged>,
    /// The content that the last poll saw and left for the next one.
    seen: Option<Digest>,
    /// Polls in a row that saw something else each.
    changes: u32,
    /// The key file, if what was judged last is that neither key nor certificate is there.
    gone: Option<PathBuf>,
    reported: Reported,
}

struct Good {
    digest: Digest,
    identity: Arc<Identity>,
    /// The instant from which the same content may give another identity.
    rival_from: Option<SystemTime>,
}

/// The state that was judged last. It is not judged again while it stays.
struct Judged {
    digest: Digest,
    /// When it may be good although it stays the same, if it ever is.
    good: Option<GoodWhen>,
}

/// When what was refused for its validity, or for a device, is worth another look. The clock that
/// refused it may have been wrong.
enum GoodWhen {
    /// The device that has the key may be back at any time.
    Always,
    Before(SystemTime),
    From(SystemTime),
}

impl GoodWhen {
    fn after(refusal: &Error) -> Option<Self> {
        match refusal {
            Error::Expired { not_after } => Some(Self::Before(end_of(*not_after))),
            Error::NotYetValid { not_before } => Some(Self::From(*not_before)),
            // Not for a wrong PIN: devices lock.
            Error::Signer { source } if source.problem() == SignerProblem::DeviceGone => {
                Some(Self::Always)
            }
            _ => None,
        }
    }

    fn is_at(&self, now: SystemTime) -> bool {
        match self {
            Self::Always => true,
            Self::Before(instant) => now < *instant,
            Self::From(instant) => now >= *instant,
        }
    }
}

/// When what is new is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// In this poll, if two looks in a row agree: there is no identity to go on with.
    Now,
    /// In the second poll that sees it.
    Settled,
}

/// The verdict of a poll on a pair.
pub(crate) enum Verdict {
    Failed(Error),
    Loaded(Report),
    Recovered,
    Unchanged,
    Waiting,
}

impl Watched {
    /// Returns the last good identity.
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.good.as_ref().map(|good| &good.identity)
    }

    /// Returns whether both key and certificate are gone, for good.
    pub(crate) const fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Returns whether there was a failure since the last success.
    pub(crate) const fn is_failing(&self) -> bool {
        self.reported.is_failing()
    }

    /// Looks, and judges what is new and has settled.
    pub(crate) fn poll(
        &mut self,
        loader: &Loader,
        haste: Haste,
        look: impl Fn() -> Observation,
    ) -> Verdict {
        // One instant for the whole poll: a clock that moves meanwhile would contradict itself.
        let (observation, now) = (look(), loader.now());
        if self.is_judged(&observation.digest, now) {
            self.seen = None;
            let changes = mem::take(&mut self.changes);
            // That they change was reported, so that they are well again is told too.
            if changes >= MOST_CHANGES && self.is_good(&observation.digest, now) {
                self.reported.succeed();
                return Verdict::Recovered;
            }
            return Verdict::Unchanged;
        }
        // The last good files are back, as after a deployment that was undone: nothing is decrypted
        // again.
        if self.is_good(&observation.digest, now) {
            self.succeed(observation.digest);
            return Verdict::Recovered;
        }
        match haste {
            Haste::Now => match observation.settled(look) {
                Ok(settled) => self.judge(settled, loader),
                Err(changing) => self.fail(changing),
            },
            Haste::Settled if self.seen.as_ref() == Some(&observation.digest) => {
                self.judge(observation, loader)
            }
            Haste::Settled => {
                self.seen = Some(observation.digest);
                self.changes = self.changes.saturating_add(1);
                match self.changes < MOST_CHANGES {
                    true => Verdict::Waiting,
                    false => self.fail(Error::FilesChanging),
                }
            }
        }
    }

    /// Reports that it is gone, if that is new.
    pub(crate) fn miss(&mut self) -> Verdict {
        let Some(path) = self.gone.clone() else {
            return Verdict::Unchanged;
        };
        let source = io::ErrorKind::NotFound.into();
        self.fail(Error::Read { path, source })
    }

    /// Reports an error, if that is new.
    fn fail(&mut self, error: Error) -> Verdict {
        match self.reported.is_new(&error) {
            true => Verdict::Failed(error),
            false => Verdict::Unchanged,
        }
    }

    fn is_judged(&self, digest: &Digest, now: SystemTime) -> bool {
        let same = |judged: &&Judged| judged.digest == *digest;
        let judged = self.judged.as_ref().filter(same);
        judged.is_some_and(|judged| !judged.good.as_ref().is_some_and(|when| when.is_at(now)))
            && !self.has_rival(digest, now)
    }

    fn is_good(&self, digest: &Digest, now: SystemTime) -> bool {
        let good = self.good.as_ref();
        good.is_some_and(|good| good.digest == *digest) && !self.has_rival(digest, now)
    }

    /// Returns whether this content, which is good, may give another identity by now.
    fn has_rival(&self, digest: &Digest, now: SystemTime) -> bool {
        let good = self.good.as_ref().filter(|good| good.digest == *digest);
        let rival_from = good.and_then(|good| good.rival_from);
        rival_from.is_some_and(|instant| instant <= now)
    }

    fn judge(&mut self, observation: Observation, loader: &Loader) -> Verdict {
        let Observation { digest, state } = observation;
        if let Some(good) = self.good.as_mut().filter(|good| good.digest == digest) {
            good.rival_from = None; // Once, whatever comes of it.
        }
        let result = match state {
            State::Read(files) => files.load(loader),
            State::Unreadable(error) => Err(error),
            // It had one before, so it was lost.
            State::AwaitsCertificate { key } if self.good.is_some() => {
                Err(Error::CertificateMissing { key })
            }
            State::AwaitsCertificate { .. } => {
                self.succeed(digest);
                return Verdict::Unchanged;
            }
            State::Gone { key } => {
                self.settle(digest, None);
                self.gone = Some(key);
                return Verdict::Unchanged;
            }
        };
        match result {
            Ok(loaded) => {
                let rival_from = loaded.rival_from;
                let (identity, report) = loaded.into_parts();
                self.good = Some(Good {
                    digest: digest.clone(),
                    identity: Arc::new(identity),
                    rival_from,
                });
                self.succeed(digest);
                Verdict::Loaded(report)
            }
            Err(error) => {
                self.settle(digest, GoodWhen::after(&error));
                self.fail(error)
            }
        }
    }

    fn succeed(&mut self, digest: Digest) {
        self.settle(digest, None);
        self.reported.succeed();
    }

    /// Remembers what has been judged.
    fn settle(&mut self, digest: Digest, good: Option<GoodWhen>) {
        self.judged = Some(Judged { digest, good });
        self.seen = None;
        self.changes = 0;
        self.gone = None;
    }
}

/// Polls in a row that may each see something else before that is reported: nothing that is written
/// once takes as long.
const MOST_CHANGES: u32 = 20;
