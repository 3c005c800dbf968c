//! The tokens of version 3 (RFC 6749, section 4.4).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

/// The tokens that were given out; the oldest go first.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<VecDeque<Token>>);

struct Token {
    token: String,
    user: String,
    ends: OffsetDateTime,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn add(&self, token: String, user: String, ends: OffsetDateTime) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() == MOST {
            tokens.pop_front();
        }
        tokens.push_back(Token { token, user, ends });
    }

    /// Returns the user that a token was granted to, if it has not ended.
    pub(crate) fn user(&self, token: &str, now: OffsetDateTime) -> Option<String> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens
            .iter()
            .find(|known| known.token == token && now < known.ends)
            .map(|known| known.user.clone())
    }
}

const MOST: usize = 1_000;

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn a_token_is_good_until_it_ends() {
        let tokens = Tokens::default();
        let ends = OffsetDateTime::UNIX_EPOCH;
        tokens.add("a".into(), "acme-api".into(), ends);
        let before = ends - Duration::SECOND;
        assert_eq!(tokens.user("a", before).as_deref(), Some("acme-api"));
        assert_eq!(tokens.user("a", ends), None);
        assert_eq!(tokens.user("b", before), None);
    }
}
