//! The objects of a key in a token: the private one that is named, and the public one beside it.
//!
//! Leaves out certificates, which come from files.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::device_failure::DeviceFailure;
use crate::error::Error;
use crate::public_key::{self, KeyKind, UnusableKey};
use crate::uri::Pkcs11Uri;

/// Finds the only private key that matches.
pub(crate) fn private_key(session: &Session, uri: &Pkcs11Uri) -> Result<ObjectHandle, Error> {
    let found = session.find_objects(&template(ObjectClass::PRIVATE_KEY, uri));
    match *found.map_err(DeviceFailure::from)? {
        [] => Err(Error::KeyNotFound),
        [key] => Ok(key),
        [_, ref others @ ..] => Err(Error::SeveralKeys {
            count: others.len() + 1,
        }),
    }
}

/// Returns the attributes by which objects of this name are found.
fn template(class: ObjectClass, uri: &Pkcs11Uri) -> Vec<Attribute> {
    let label = uri.object().map(|label| Attribute::Label(label.into()));
    let id = uri.id().map(|id| Attribute::Id(id.into()));
    [Some(Attribute::Class(class)), label, id]
        .into_iter()
        .flatten()
        .collect()
}

/// Checks that no key has the label, and none the id.
pub(crate) fn check_unused(session: &Session, label: &str, id: &[u8]) -> Result<(), Error> {
    let names = [Attribute::Label(label.into()), Attribute::Id(id.to_vec())];
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        for name in &names {
            let template = [Attribute::Class(class), name.clone()];
            let found = session.find_objects(&template);
            if !found.map_err(DeviceFailure::from)?.is_empty() {
                return Err(Error::KeyExists);
            }
        }
    }
    Ok(())
}

/// Reads kind and public key of a private key that may sign.
pub(crate) fn public_half(
    session: &Session,
    key: ObjectHandle,
) -> Result<(KeyKind, Vec<u8>), Error> {
    let private = Attributes::read(session, key)?;
    if private.sign == Some(false) {
        return Err(Error::Unusable(UnusableKey::NotForSigning));
    }
    if private.always_authenticate == Some(true) {
        return Err(Error::Unusable(UnusableKey::AlwaysAuthenticate));
    }
    let public = private.public_object(session)?;
    let public = public.map(|object| Attributes::read(session, object));
    let public = public.transpose()?.unwrap_or_default();
    let both = |get: fn(&Attributes) -> &Vec<u8>| {
        let found = [get(&private), get(&public)].into_iter();
        let mut found = found.filter(|value| !value.is_empty());
        found.next().ok_or(UnusableKey::NoPublicKey)
    };
    let half = match private.kind {
        Some(KeyType::RSA) => both(|it| &it.modulus).and_then(|modulus| {
            let exponent = both(|it| &it.public_exponent)?;
            let key = public_key::rsa(modulus, exponent);
            Ok((KeyKind::Rsa, key.ok_or(UnusableKey::NoPublicKey)?))
        }),
        Some(KeyType::EC) => both(|it| &it.ec_params)
            .and_then(|params| public_key::ec(params, both(|it| &it.ec_point)?)),
        _ => Err(UnusableKey::Kind),
    };
    half.map_err(Error::Unusable)
}

/// Returns whether a key can be taken out of its token.
pub(crate) fn is_exposed(session: &Session, key: ObjectHandle) -> Result<bool, DeviceFailure> {
    let attributes = [AttributeType::Extractable, AttributeType::Sensitive];
    let found = session.get_attributes(key, &attributes)?;
    let is_closed = found.contains(&Attribute::Extractable(false))
        && found.contains(&Attribute::Sensitive(true));
    Ok(!is_closed)
}

/// The attributes of an object, as far as it has them.
#[derive(Default)]
struct Attributes {
    kind: Option<KeyType>,
    sign: Option<bool>,
    always_authenticate: Option<bool>,
    label: Vec<u8>,
    id: Vec<u8>,
    modulus: Vec<u8>,
    public_exponent: Vec<u8>,
    ec_params: Vec<u8>,
    ec_point: Vec<u8>,
}

impl Attributes {
    fn read(session: &Session, object: ObjectHandle) -> Result<Self, DeviceFailure> {
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Sign,
            AttributeType::AlwaysAuthenticate,
            AttributeType::Label,
            AttributeType::Id,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
            AttributeType::EcParams,
            AttributeType::EcPoint,
        ];
        let mut read = Self::default();
        for attribute in session.get_attributes(object, &wanted)? {
            match attribute {
                Attribute::KeyType(kind) => read.kind = Some(kind),
                Attribute::Sign(sign) => read.sign = Some(sign),
                Attribute::AlwaysAuthenticate(always) => read.always_authenticate = Some(always),
                Attribute::Label(label) => read.label = label,
                Attribute::Id(id) => read.id = id,
                Attribute::Modulus(modulus) => read.modulus = modulus,
                Attribute::PublicExponent(exponent) => read.public_exponent = exponent,
                Attribute::EcParams(params) => read.ec_params = params,
                Attribute::EcPoint(point) => read.ec_point = point,
                _ => {}
            }
        }
        Ok(read)
    }

    /// Returns the public object of a private key: the first with its id, or with its label if it
    /// has no id.
    fn public_object(&self, session: &Session) -> Result<Option<ObjectHandle>, DeviceFailure> {
        let name = match (&*self.id, &*self.label) {
            ([], []) => return Ok(None),
            ([], label) => Attribute::Label(label.to_vec()),
            (id, _) => Attribute::Id(id.to_vec()),
        };
        let class = Attribute::Class(ObjectClass::PUBLIC_KEY);
        let kind = self.kind.map(Attribute::KeyType);
        let template: Vec<_> = [Some(class), Some(name), kind]
            .into_iter()
            .flatten()
            .collect();
        Ok(session.find_objects(&template)?.first().copied())
    }
}
