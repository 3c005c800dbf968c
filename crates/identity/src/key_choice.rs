//! The key that is meant, among several in one store.
//!
//! Leaves out the chain of its certificate.

use std::time::SystemTime;

use crate::chain::Link;
use crate::error::Error;
use crate::format::Format;
use crate::opener::{Opened, OpenedKeys};
use crate::pkcs12::RefusedKey;
use crate::store_problem::StoreProblem;
use crate::time::end_of;

/// The key that is meant.
pub(crate) struct Chosen {
    pub(crate) opened: Opened,
    /// Keys of which no one said that they are not meant.
    pub(crate) refused: Vec<RefusedKey>,
    /// When time alone may make another key the one that is meant, if there is one.
    pub(crate) rival_from: Option<SystemTime>,
}

/// Chooses the key of that name, or else the one with a certificate, of several the only one whose
/// certificate can be used.
///
/// If no key that can be used has one, the refusal of another is the error: the certificate most
/// likely belongs to that key.
pub(crate) fn choose(
    keys: OpenedKeys,
    links: &[Link],
    friendly_name: Option<&str>,
    now: SystemTime,
) -> Result<Chosen, Error> {
    let mut refused = keys.refused;
    let mut keys = keys.usable;
    let is_store = keys.iter().any(|it| it.format == Format::Pkcs12);
    if let Some(name) = friendly_name.filter(|_| is_store) {
        keys.retain_mut(|it| it.is_named(name));
        if keys.is_empty() {
            refused.retain(|it| it.attributes.friendly_name.as_deref() == Some(name));
            let refusal = refused.pop().map(|it| it.refusal);
            return Err(refusal.unwrap_or(Error::Store(StoreProblem::NoSuchName)));
        }
        refused.clear();
    }
    let has_certificate = |opened: &Opened| {
        links
            .iter()
            .any(|link| link.belongs_to(opened.key.public_key()))
    };
    if keys.iter().any(has_certificate) {
        keys.retain(has_certificate);
    } else if !refused.is_empty() {
        return Err(refused.swap_remove(0).refusal);
    } else {
        // The first one is as good as another: the error will be about the certificate.
        keys.truncate(1);
    }
    let rival_from = match keys.len() {
        0 | 1 => None,
        _ => next_change(&keys, links, now),
    };
    let count = keys.len();
    if count > 1 {
        let is_usable = |link: &Link| link.check_purpose().is_ok() && link.is_valid(now);
        keys.retain(|opened| {
            let mut own = links
                .iter()
                .filter(|link| link.belongs_to(opened.key.public_key()));
            own.any(is_usable)
        });
    }
    match keys.pop() {
        Some(opened) if keys.is_empty() => Ok(Chosen {
            opened,
            refused,
            rival_from,
        }),
        None if count == 0 => Err(Error::NoKey {
            found: vec![Format::Pkcs12],
        }),
        _ => Err(Error::Store(StoreProblem::SeveralKeys { count })),
    }
}

/// Refuses several keys of which neither a certificate nor a name tells one from another.
pub(crate) fn check_told(
    keys: &[Opened],
    links: &[Link],
    friendly_name: Option<&str>,
) -> Result<(), Error> {
    let count = keys.len();
    let is_told = |opened: &Opened| {
        links
            .iter()
            .any(|link| link.belongs_to(opened.key.public_key()))
    };
    match count > 1 && friendly_name.is_none() && !keys.iter().any(is_told) {
        true => Err(Error::Store(StoreProblem::SeveralKeys { count })),
        false => Ok(()),
    }
}

/// Returns the first instant after `now` at which a certificate of one of the keys starts or has
/// ended.
fn next_change(keys: &[Opened], links: &[Link], now: SystemTime) -> Option<SystemTime> {
    let of_keys = links
        .iter()
        .filter(|link| keys.iter().any(|it| link.belongs_to(it.key.public_key())));
    of_keys
        .flat_map(|link| [link.not_before(), end_of(link.not_after())])
        .filter(|instant| now < *instant)
        .min()
}
