//! The customers of the pretended vendor: parent accounts with their sub-accounts and users.
//!
//! Client certificates, and the switch that enforces mutual TLS, belong to the parent account; API
//! users belong to it or to one of its sub-accounts, and so do transactions. Where it differs from
//! the real thing: one "Manage mTLS" portal user for each parent account.

use std::borrow::Cow;

use mock_tls::Credentials;

/// The package of every account, what version 3 wants in the place of a configuration.
pub(crate) const PACKAGE_ID: &str = "00000000-0000-4000-8000-00000000ac3e";

/// A parent account, that is an organization: who may call the API, who may manage its
/// certificates, and its sub-accounts.
///
/// A certificate of the parent account works for the API users of the parent and of all its
/// sub-accounts, and for no one else's.
///
/// ```
/// use mock_napi::{Account, Credentials, SubAccount};
///
/// assert_eq!(Account::ACME.name(), "acme");
/// assert_eq!(Account::ACME.api().user(), "acme-api");
/// assert_eq!(Account::ACME.api().secret_password(), "acme-password");
/// assert_eq!(Account::ACME.portal().user(), "acme-portal");
/// assert_eq!(Account::ACME.portal().secret_password(), "acme-portal-password");
/// assert_eq!(Account::ACME.sub_accounts()[0].api().user(), "acme-eu-api");
///
/// let initech = Account::new(
///     "initech",
///     Credentials::new("initech-api", "one"),
///     Credentials::new("initech-portal", "two"),
/// )
/// .user(Credentials::new("initech-batch", "three"))
/// .sub_account(SubAccount::new("initrode", Credentials::new("initrode-api", "four")));
/// assert_eq!(initech.sub_accounts()[0].name(), "initrode");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    name: Cow<'static, str>,
    api: Credentials,
    further: Cow<'static, [Credentials]>,
    portal: Credentials,
    sub_accounts: Cow<'static, [SubAccount]>,
}

impl Account {
    /// The built-in account `acme`: API user `acme-api` / `acme-password`, portal user
    /// `acme-portal` / `acme-portal-password`, and a sub-account `acme-eu` with the API user
    /// `acme-eu-api` / `acme-eu-password`.
    pub const ACME: &'static Self = &Self {
        name: Cow::Borrowed("acme"),
        api: Credentials::from_static("acme-api", "acme-password"),
        further: Cow::Borrowed(&[]),
        portal: Credentials::from_static("acme-portal", "acme-portal-password"),
        sub_accounts: Cow::Borrowed(&[SubAccount {
            name: Cow::Borrowed("acme-eu"),
            api: Credentials::from_static("acme-eu-api", "acme-eu-password"),
            further: Cow::Borrowed(&[]),
        }]),
    };

    /// The built-in account `globex`: API user `globex-api` / `globex-password`, portal user
    /// `globex-portal` / `globex-portal-password`, no sub-account.
    pub const GLOBEX: &'static Self = &Self {
        name: Cow::Borrowed("globex"),
        api: Credentials::from_static("globex-api", "globex-password"),
        further: Cow::Borrowed(&[]),
        portal: Credentials::from_static("globex-portal", "globex-portal-password"),
        sub_accounts: Cow::Borrowed(&[]),
    };

    /// Returns a parent account with its API user and its "Manage mTLS" portal user, and no
    /// sub-accounts.
    pub fn new(name: impl Into<String>, api: Credentials, portal: Credentials) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            api,
            further: Cow::Borrowed(&[]),
            portal,
            sub_accounts: Cow::Borrowed(&[]),
        }
    }

    /// Adds an API user.
    #[must_use]
    pub fn user(mut self, user: Credentials) -> Self {
        self.further.to_mut().push(user);
        self
    }

    /// Adds a sub-account.
    #[must_use]
    pub fn sub_account(mut self, sub_account: SubAccount) -> Self {
        self.sub_accounts.to_mut().push(sub_account);
        self
    }

    /// Returns the account's name, as the event log shows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the first API user.
    #[must_use]
    pub fn api(&self) -> &Credentials {
        &self.api
    }

    /// Returns the user who manages the organization's certificates in the portal.
    #[must_use]
    pub fn portal(&self) -> &Credentials {
        &self.portal
    }

    /// Returns the sub-accounts, in the order in which they were added.
    #[must_use]
    pub fn sub_accounts(&self) -> &[SubAccount] {
        &self.sub_accounts
    }

    /// Returns every API user with the name of the account it belongs to: the parent's, then the
    /// sub-accounts'.
    pub(crate) fn api_users(&self) -> impl Iterator<Item = (&str, &Credentials)> {
        let own = std::iter::once(&self.api).chain(self.further.iter());
        let own = own.map(|user| (self.name(), user));
        own.chain(self.sub_accounts.iter().flat_map(SubAccount::api_users))
    }
}

/// An account below a parent account: API users and transactions of its own, the parent's
/// certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAccount {
    name: Cow<'static, str>,
    api: Credentials,
    further: Cow<'static, [Credentials]>,
}

impl SubAccount {
    /// Returns a sub-account with its API user.
    pub fn new(name: impl Into<String>, api: Credentials) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            api,
            further: Cow::Borrowed(&[]),
        }
    }

    /// Adds an API user.
    #[must_use]
    pub fn user(mut self, user: Credentials) -> Self {
        self.further.to_mut().push(user);
        self
    }

    /// Returns the sub-account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the first API user.
    #[must_use]
    pub fn api(&self) -> &Credentials {
        &self.api
    }

    fn api_users(&self) -> impl Iterator<Item = (&str, &Credentials)> {
        let users = std::iter::once(&self.api).chain(self.further.iter());
        users.map(|user| (self.name(), user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_password() {
        let text = format!("{:?}", Account::ACME);
        assert!(text.contains("acme-api"));
        assert!(text.contains("acme-eu-api"));
        assert!(!text.contains("password\""), "{text}");
    }

    #[test]
    fn every_user_is_found_with_the_account_it_belongs_to() {
        let user = |name: &str| Credentials::new(name, "secret");
        let sub_account = SubAccount::new("eu", user("eu-1")).user(user("eu-2"));
        let account = Account::new("all", user("all-1"), user("portal"))
            .user(user("all-2"))
            .sub_account(sub_account);
        let users: Vec<_> = account
            .api_users()
            .map(|(account, user)| (account, user.user()))
            .collect();
        let expected = [
            ("all", "all-1"),
            ("all", "all-2"),
            ("eu", "eu-1"),
            ("eu", "eu-2"),
        ];
        assert_eq!(users, expected);
    }
}
