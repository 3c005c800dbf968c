//! The chain of a leaf, found among the certificates of an input and put in order.
//!
//! [RFC 8446, section 4.4.2]: the sender's certificate comes first, and each following one should
//! certify the one before it. Issuers are found by name and key identifier ([RFC 5280, section
//! 4.2.1.1]). Leaves out signatures: whether to trust the chain is for the peer.
//!
//! [RFC 8446, section 4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
//! [RFC 5280, section 4.2.1.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1

mod link;
mod name;

use std::iter;
use std::time::SystemTime;

use crate::error::Error;
use crate::public_key::PublicKey;
use crate::report::Finding;
use crate::time::end_of;

pub(crate) use link::{Link, Purpose};

/// A leaf and what leads from it towards a root.
pub(crate) struct Chain {
    pub(crate) leaf: Link,
    /// Each issued the one before it, the first one the leaf; without the root.
    pub(crate) issuers: Vec<Link>,
    /// When time alone may make another certificate of the same key the leaf, if there is one.
    pub(crate) rival_from: Option<SystemTime>,
}

impl Chain {
    /// Returns the certificates as they are sent.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        iter::once(&self.leaf).chain(&self.issuers)
    }

    fn is_as_in_input(&self) -> bool {
        self.links().is_sorted_by_key(|link| link.position)
    }
}

/// Returns the chain that belongs to a key; `None` if no certificate has that key.
///
/// It is the same whatever the order of the input. Where several certificates have the key (a
/// renewal that kept it), the one that can be used now, is issued by another one and is valid
/// for longest is the leaf. What is left over is reported.
pub(crate) fn order(
    mut links: Vec<Link>,
    key: &PublicKey,
    now: SystemTime,
    findings: &mut Vec<Finding>,
) -> Option<Chain> {
    // Among equals the choice must not depend on where they stand.
    links.sort_by(|a, b| (&*a.der, a.position).cmp(&(&*b.der, b.position)));
    let mut dropped = take_duplicates(&mut links);
    let leaf = take_best(
        &mut links,
        |link| link.belongs_to(key),
        |link| {
            let purpose = link.check_purpose();
            let is_usable = purpose.is_ok() && link.is_valid(now);
            let is_beyond_doubt = matches!(purpose, Ok(None));
            (is_usable, !link.is_self_signed(), is_beyond_doubt)
        },
    )?;
    // Before the issuers leave the list, as a rival may be among them.
    let rival_from = rival_from(&leaf, &links, key, now);
    let mut issuers = issuers(&leaf, &mut links, now);
    // The server has the root, or trusts nothing that we send (RFC 8446, section 4.4.2).
    if issuers.last().is_some_and(Link::is_self_signed) {
        links.extend(issuers.pop());
    }
    let chain = Chain {
        leaf,
        issuers,
        rival_from,
    };
    if !chain.is_as_in_input() {
        findings.push(Finding::ChainReordered);
    }
    findings.extend(chain.issuers.iter().filter_map(|issuer| doubt(issuer, now)));
    dropped.extend(links.iter().map(left_over));
    dropped.sort_by_key(|(position, _)| *position);
    findings.extend(dropped.into_iter().map(|(_, finding)| finding));
    Some(chain)
}

/// Returns the first instant after `now` at which another certificate of the key starts or the leaf
/// has ended.
fn rival_from(
    leaf: &Link,
    others: &[Link],
    key: &PublicKey,
    now: SystemTime,
) -> Option<SystemTime> {
    let rivals = others.iter().filter(|link| link.belongs_to(key));
    rivals
        .flat_map(|rival| [rival.not_before(), end_of(leaf.not_after())])
        .filter(|instant| now < *instant)
        .min()
}

/// Takes out every copy but the first; the links are sorted by content, then by position.
fn take_duplicates(links: &mut Vec<Link>) -> Vec<(usize, Finding)> {
    let mut copies = Vec::new();
    links.dedup_by(|copy, first| {
        let is_copy = copy.der == first.der;
        let position = copy.position;
        if is_copy {
            copies.push((position, Finding::DuplicateCertificate { position }));
        }
        is_copy
    });
    copies
}

/// Takes the issuer of the leaf, its issuer and so on, as far as they are there; of several with
/// one name the one whose key identifier is the right one, that is valid now and for longest.
///
/// Each step uses up a certificate, so CAs that certify each other end it too.
fn issuers(leaf: &Link, links: &mut Vec<Link>, now: SystemTime) -> Vec<Link> {
    let mut issuers: Vec<Link> = Vec::new();
    loop {
        let last = issuers.last().unwrap_or(leaf);
        if last.is_self_signed() {
            return issuers;
        }
        let issuer = take_best(
            links,
            |link| link.issued(last),
            |link| (link.has_key_that_signed(last), link.is_valid(now)),
        );
        match issuer {
            Some(issuer) => issuers.push(issuer),
            None => return issuers,
        }
    }
}

/// Takes the candidate of the highest rank, of several the one that is valid for longest.
fn take_best<R: Ord>(
    links: &mut Vec<Link>,
    is_candidate: impl Fn(&Link) -> bool,
    rank: impl Fn(&Link) -> R,
) -> Option<Link> {
    let candidates = links.iter().enumerate();
    let (index, _) = candidates
        .filter(|(_, link)| is_candidate(link))
        .max_by_key(|(_, link)| (rank(link), link.not_after()))?;
    Some(links.remove(index))
}

/// Returns the finding about an issuer that is sent, if any.
fn doubt(issuer: &Link, now: SystemTime) -> Option<Finding> {
    let position = issuer.position;
    match issuer.check_validity(now) {
        Err(Error::Expired { not_after }) => Some(Finding::IssuerExpired {
            position,
            not_after,
        }),
        Err(Error::NotYetValid { not_before }) => Some(Finding::IssuerNotYetValid {
            position,
            not_before,
        }),
        _ => None,
    }
}

fn left_over(link: &Link) -> (usize, Finding) {
    let position = link.position;
    let finding = if link.is_self_signed() {
        Finding::RootDropped { position }
    } else {
        Finding::UnrelatedCertificate { position }
    };
    (position, finding)
}
