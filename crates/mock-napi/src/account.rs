//! The customers of the pretended vendor: accounts with their API and portal users.
//!
//! An account is what a client certificate is bound to. Where it differs from the real thing: one
//! API user and one portal user for each account, and no parent accounts.

use std::borrow::Cow;
use std::fmt;

/// One user's name and password.
///
/// `Debug` shows the name only. The passwords here are made up, but tests copy habits along with
/// code.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Cow<'static, str>,
    password: Cow<'static, str>,
}

impl Credentials {
    /// What the proxy takes where it asks: `proxy-user` / `proxy-password`.
    pub const PROXY: Self = Self::built_in("proxy-user", "proxy-password");

    /// A user name, which must not contain a colon (RFC 7617, section 2), and its password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: Cow::Owned(user.into()),
            password: Cow::Owned(password.into()),
        }
    }

    const fn built_in(user: &'static str, password: &'static str) -> Self {
        Self {
            user: Cow::Borrowed(user),
            password: Cow::Borrowed(password),
        }
    }

    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password, in clear.
    #[must_use]
    pub fn secret_password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// One customer account: who may call the API, and who may manage its certificates.
///
/// ```
/// use mock_napi::Account;
///
/// assert_eq!(Account::ACME.name(), "acme");
/// assert_eq!(Account::ACME.api().user(), "acme-api");
/// assert_eq!(Account::ACME.api().secret_password(), "acme-password");
/// assert_eq!(Account::ACME.portal().user(), "acme-portal");
/// assert_eq!(Account::ACME.portal().secret_password(), "acme-portal-password");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    name: Cow<'static, str>,
    api: Credentials,
    portal: Credentials,
}

impl Account {
    /// The built-in account `acme`: API user `acme-api` / `acme-password`, portal user
    /// `acme-portal` / `acme-portal-password`.
    pub const ACME: &'static Self = &Self {
        name: Cow::Borrowed("acme"),
        api: Credentials::built_in("acme-api", "acme-password"),
        portal: Credentials::built_in("acme-portal", "acme-portal-password"),
    };

    /// The built-in account `globex`: API user `globex-api` / `globex-password`, portal user
    /// `globex-portal` / `globex-portal-password`.
    pub const GLOBEX: &'static Self = &Self {
        name: Cow::Borrowed("globex"),
        api: Credentials::built_in("globex-api", "globex-password"),
        portal: Credentials::built_in("globex-portal", "globex-portal-password"),
    };

    /// An account with its API user and its "Manage mTLS" portal user.
    pub fn new(name: impl Into<String>, api: Credentials, portal: Credentials) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            api,
            portal,
        }
    }

    /// The account's name, as the event log shows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user who calls the API.
    #[must_use]
    pub fn api(&self) -> &Credentials {
        &self.api
    }

    /// The user who manages the account's certificates in the portal.
    #[must_use]
    pub fn portal(&self) -> &Credentials {
        &self.portal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_password() {
        let text = format!("{:?}", Account::ACME);
        assert!(text.contains("acme-api"));
        assert!(!text.contains("password\""), "{text}");
    }
}
