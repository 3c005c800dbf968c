//! A secret that is asked for once, for keys that are loaded again while no one is there.

use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use identity::{Passphrase, PassphraseSource};
use zeroize::Zeroizing;

/// A source of a secret for now, and for later.
#[derive(Clone)]
pub(crate) struct KeptSecret {
    source: PassphraseSource,
    typed: Option<Typed>,
}

/// The answer, once it was given.
type Typed = Arc<OnceLock<Zeroizing<Vec<u8>>>>;

impl KeptSecret {
    /// Takes a source that can be read again.
    pub(super) fn of(source: PassphraseSource) -> Self {
        let typed = None;
        Self { source, typed }
    }

    /// Takes a question to a person.
    pub(super) fn typed(
        ask: impl Fn() -> io::Result<Zeroizing<String>> + Send + Sync + 'static,
    ) -> Self {
        let typed = Typed::default();
        let kept = Arc::clone(&typed);
        let source = PassphraseSource::prompt(move || {
            let answer = ask()?;
            let answer = kept.get_or_init(|| Zeroizing::new(answer.as_bytes().to_vec()));
            Ok(Passphrase::new(answer.to_vec()))
        });
        let typed = Some(typed);
        Self { source, typed }
    }

    /// Returns the source for now, which may ask.
    pub(crate) fn source(&self) -> PassphraseSource {
        self.source.clone()
    }

    /// Returns the source for later, which asks no one: `None` if a person was to be asked, and was
    /// not.
    pub(crate) fn later(&self) -> Option<PassphraseSource> {
        match &self.typed {
            None => Some(self.source()),
            Some(typed) => {
                let typed = typed.get()?;
                Some(Passphrase::new(typed.to_vec()).into())
            }
        }
    }
}

impl fmt::Debug for KeptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptSecret").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn answer_is_kept_and_no_one_is_asked_later() {
        let asked = Arc::new(AtomicU32::new(0));
        let secret = {
            let asked = Arc::clone(&asked);
            KeptSecret::typed(move || {
                asked.fetch_add(1, Ordering::Relaxed);
                Ok(Zeroizing::new("correct horse".to_owned()))
            })
        };
        assert!(secret.later().is_none());
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        secret.source().read().unwrap();
        let later = secret.later().unwrap().read().unwrap();
        assert_eq!(later.secret_bytes(), b"correct horse");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(!format!("{secret:?}").contains("correct"));
    }

    #[test]
    fn question_without_an_answer_leaves_nothing() {
        let secret = KeptSecret::typed(|| Err(io::Error::other("no terminal")));
        assert!(secret.source().read().is_err());
        assert!(secret.later().is_none());
    }
}
