//! A new key, made in the token and never outside of it.
//!
//! Leaves out other kinds than RSA with 2048 bits: the portal takes this one.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use sha2::{Digest, Sha256};

use crate::device_failure::DeviceFailure;
use crate::error::Error;
use crate::key_objects;
use crate::uri::Pkcs11Uri;

/// Makes a key of the label and id that the URI names, unless there is one of either.
pub(crate) fn make(session: &Session, uri: &Pkcs11Uri) -> Result<(), Error> {
    let (label, id) = names(uri)?;
    key_objects::check_unused(session, &label, &id)?;
    let shared = [
        Attribute::Token(true),
        Attribute::Label(label.into_bytes()),
        Attribute::Id(id),
    ];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::ModulusBits(Ulong::from(2048)),
        Attribute::PublicExponent(vec![1, 0, 1]),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let pair = session.generate_key_pair(
        &Mechanism::RsaPkcsKeyPairGen,
        &[&shared[..], &public].concat(),
        &[&shared[..], &private].concat(),
    );
    let (public, private) = pair.map_err(DeviceFailure::from)?;
    // Some tokens pass over what they are asked for.
    if key_objects::is_exposed(session, private)? {
        for object in [private, public] {
            session
                .destroy_object(object)
                .map_err(DeviceFailure::from)?;
        }
        return Err(Error::KeyExposed);
    }
    Ok(())
}

/// Returns label and id of the new key, the id from the label unless the URI has one.
fn names(uri: &Pkcs11Uri) -> Result<(String, Vec<u8>), Error> {
    let label = uri.object().ok_or(Error::KeyUnnamed)?;
    let id = match uri.id() {
        Some(id) => id.to_vec(),
        // As long as those that other tools make of a public key. No two keys share a label here.
        None => Sha256::digest(label).iter().copied().take(20).collect(),
    };
    Ok((label.to_owned(), id))
}
