//! One pair that is watched: its last good identity, and what became of its files since.
//!
//! Leaves out the set that it is a member of.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::digest::Digest;
use super::observation::{Observation, State};
use super::reported::Reported;
use crate::{Error, Identity, Loader, Report};

/// What is remembered of a pair between two polls; no file content, only digests.
#[derive(Default)]
pub(crate) struct Watched {
    good: Option<Good>,
    judged: Option<Judged>,
    /// What the last poll saw and left for the next one.
    seen: Option<Digest>,
    /// The key file, if what was judged last is that neither key nor certificate is there.
    gone: Option<PathBuf>,
    reported: Reported,
}

struct Good {
    digest: Digest,
    identity: Arc<Identity>,
}

/// The state that was judged last. It is not judged again while it stays.
struct Judged {
    digest: Digest,
    /// The instant from which time alone makes it good.
    good_from: Option<SystemTime>,
}

/// When what is new is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// In this poll, if two looks in a row agree: there is no identity to go on with.
    Now,
    /// In the second poll that sees it.
    Settled,
}

/// What a poll says of a pair.
pub(crate) enum Verdict {
    Failed(Error),
    Loaded(Report),
    Recovered,
    Unchanged,
    Waiting,
}

impl Watched {
    /// The last good identity.
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.good.as_ref().map(|good| &good.identity)
    }

    /// Are neither key nor certificate there, for good?
    pub(crate) const fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Was there a failure since the last success?
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
        let observation = look();
        if self.is_judged(&observation.digest, loader.now()) {
            self.seen = None;
            return Verdict::Unchanged;
        }
        if self.is_good(&observation.digest) {
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
                Verdict::Waiting
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
        judged.is_some_and(|judged| judged.good_from.is_none_or(|instant| now < instant))
    }

    fn is_good(&self, digest: &Digest) -> bool {
        self.good
            .as_ref()
            .is_some_and(|good| good.digest == *digest)
    }

    fn judge(&mut self, observation: Observation, loader: &Loader) -> Verdict {
        let Observation { digest, state } = observation;
        let result = match state {
            State::Read(files) => files.load(loader),
            State::Unreadable(error) => Err(error),
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
                let (identity, report) = loaded.into_parts();
                self.good = Some(Good {
                    digest: digest.clone(),
                    identity: Arc::new(identity),
                });
                self.succeed(digest);
                Verdict::Loaded(report)
            }
            Err(error) => {
                let good_from = match error {
                    Error::NotYetValid { not_before } => Some(not_before),
                    _ => None,
                };
                self.settle(digest, good_from);
                self.fail(error)
            }
        }
    }

    fn succeed(&mut self, digest: Digest) {
        self.settle(digest, None);
        self.reported.succeed();
    }

    /// Remembers what has been judged.
    fn settle(&mut self, digest: Digest, good_from: Option<SystemTime>) {
        self.judged = Some(Judged { digest, good_from });
        self.seen = None;
        self.gone = None;
    }
}
