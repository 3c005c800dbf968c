//! Sessions of those who signed in to the portal's page, and the tokens of forms.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use mock_tls::hex;
use tokio::time::Instant;

use crate::error::Error;

/// The open sessions.
pub(crate) struct Sessions {
    /// Cookies are shared by all ports of a host: a name of its own keeps one mock from ending the
    /// sessions of another.
    cookie: String,
    /// The token of forms that need no session.
    form_token: String,
    open: Mutex<HashMap<String, Session>>,
}

/// One session.
#[derive(Clone)]
pub(crate) struct Session {
    /// The parent account whose portal user signed in.
    pub(crate) account: String,
    /// The token that each form of this session carries.
    pub(crate) form_token: String,
    used: Instant,
}

impl Sessions {
    pub(crate) fn new() -> Result<Self, Error> {
        let name: String = random()?.chars().take(8).collect();
        Ok(Self {
            cookie: format!("mock_portal_{name}"),
            form_token: random()?,
            open: Mutex::default(),
        })
    }

    /// Returns the token of forms that need no session.
    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Opens a session and returns the cookie's header.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub(crate) fn open(&self, account: &str) -> Result<String, Error> {
        let id = random()?;
        let session = Session {
            account: account.to_owned(),
            form_token: random()?,
            used: Instant::now(),
        };
        let mut open = self.sessions();
        if open.len() >= LIMIT
            && let Some(oldest) = oldest(&open)
        {
            open.remove(&oldest);
        }
        open.insert(id.clone(), session);
        // No `Secure`: this is plain HTTP, on loopback. Without `Max-Age` the browser's end is its
        // end too.
        let name = &self.cookie;
        Ok(format!("{name}={id}; Path=/; HttpOnly; SameSite=Strict"))
    }

    /// Returns the session of a request, and counts as its use.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<Session> {
        let id = self.id(headers)?;
        let mut open = self.sessions();
        let session = open.get_mut(id)?;
        session.used = Instant::now();
        Some(session.clone())
    }

    /// Ends the session of a request and returns the header that removes the cookie.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = self.id(headers) {
            self.sessions().remove(id);
        }
        format!(
            "{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0",
            self.cookie
        )
    }

    fn id<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter();
        let cookies = cookies.filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';'));
        pairs.find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == self.cookie).then_some(value)
        })
    }

    /// Returns the sessions that have not ended.
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.used.elapsed() < IDLE_LIMIT);
        open
    }
}

fn oldest(open: &HashMap<String, Session>) -> Option<String> {
    let oldest = open.iter().min_by_key(|(_, session)| session.used);
    oldest.map(|(id, _)| id.clone())
}

/// Returns 128 random bits as text.
fn random() -> Result<String, Error> {
    Ok(hex(&mock_tls::random::<16>()?))
}

/// Without a request for so long, a session is over.
const IDLE_LIMIT: Duration = Duration::from_secs(30 * 60);

/// The number of sessions at once; one more ends the one that was used least recently.
const LIMIT: usize = 100;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn sessions() -> Sessions {
        Sessions::new().unwrap()
    }

    /// Returns the header of a browser that got this cookie, beside another one.
    fn with_cookie(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        let both = format!("other=1; {pair}");
        headers.insert(COOKIE, HeaderValue::from_str(&both).unwrap());
        headers
    }

    #[tokio::test(start_paused = true)]
    async fn session_ends_after_half_an_hour_without_use() {
        let sessions = sessions();
        let headers = with_cookie(&sessions.open("acme").unwrap());
        for _ in 0..2 {
            tokio::time::advance(IDLE_LIMIT - Duration::from_secs(1)).await;
            assert_eq!(sessions.of(&headers).unwrap().account, "acme");
        }
        tokio::time::advance(IDLE_LIMIT).await;
        assert!(sessions.of(&headers).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_session_too_many_ends_the_least_recently_used() {
        let sessions = sessions();
        let open = |_| with_cookie(&sessions.open("acme").unwrap());
        let first = open(0);
        tokio::time::advance(Duration::from_secs(1)).await;
        let others: Vec<_> = (1..LIMIT).map(open).collect();
        assert!(others.iter().all(|it| sessions.of(it).is_some()));
        open(LIMIT);
        assert!(sessions.of(&first).is_none());
        assert!(others.iter().all(|it| sessions.of(it).is_some()));
    }

    #[tokio::test]
    async fn cookie_of_another_mock_or_an_ended_session_opens_nothing() {
        let sessions = sessions();
        let headers = with_cookie(&sessions.open("acme").unwrap());
        assert!(self::sessions().of(&headers).is_none());
        assert!(sessions.of(&HeaderMap::new()).is_none());
        sessions.end(&headers);
        assert!(sessions.of(&headers).is_none());
    }
}
