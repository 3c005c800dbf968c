//! Keys of the elliptic curves P-256 and P-384.
//!
//! `ECPrivateKey` of [RFC 5915, section 3], alone (SEC1) or inside PKCS#8. Leaves out curves whose
//! parameters are written out, and those that not every TLS library signs with.
//!
//! [RFC 5915, section 3]: https://www.rfc-editor.org/rfc/rfc5915#section-3

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use p256::NistP256;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize};
use p256::elliptic_curve::{PublicKey, SecretKey};
use p384::NistP384;
use zeroize::Zeroizing;

use crate::algorithm::{self, unsupported_key};
use crate::error::Error;
use crate::key_algorithm::KeyAlgorithm;
use crate::private_key::checked::Checked;

/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version        INTEGER { ecPrivkeyVer1(1) } (ecPrivkeyVer1),
///   privateKey     OCTET STRING,
///   parameters [0] ECParameters {{ NamedCurve }} OPTIONAL,
///   publicKey  [1] BIT STRING OPTIONAL }
/// ```
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// Reads an `ECPrivateKey`; `outer` are the parameters of the PKCS#8 around it.
pub(super) fn read(der: &[u8], outer: Option<AnyRef<'_>>) -> Result<Checked, Error> {
    let key = EcPrivateKey::from_der(der).map_err(|_| Error::KeyDamaged)?;
    let [outer, inner] = [outer, key.parameters].map(|parameters| parameters.map(named));
    let curve = match (outer.transpose()?, inner.transpose()?) {
        (Some(outer), Some(inner)) if outer != inner => return Err(Error::KeyDamaged),
        (Some(curve), _) | (None, Some(curve)) => curve,
        (None, None) => None,
    };
    let (algorithm, point) = match curve {
        Some(algorithm::P256) => (KeyAlgorithm::EcP256, point::<NistP256>(&key)),
        Some(algorithm::P384) => (KeyAlgorithm::EcP384, point::<NistP384>(&key)),
        Some(other) => return Err(unsupported_key(other)),
        None => return Err(unsupported_key(algorithm::EC_PUBLIC_KEY)),
    };
    let (scalar, public_key) = point.ok_or(Error::KeyDamaged)?;
    // With the public key, which ring asks for, and without parameters, which it refuses.
    let encoded = OctetStringRef::new(&scalar).and_then(|private_key| {
        EcPrivateKey {
            version: VERSION,
            private_key,
            parameters: None,
            public_key: Some(BitStringRef::from_bytes(&public_key)?),
        }
        .to_der()
    });
    Ok(Checked {
        algorithm,
        private_key: Zeroizing::new(encoded.map_err(|_| Error::KeyDamaged)?),
        public_key,
    })
}

/// Returns the name of a curve; `None` if its parameters are written out or left to the reader.
fn named(parameters: AnyRef<'_>) -> Result<Option<ObjectIdentifier>, Error> {
    match parameters.tag() {
        Tag::Null | Tag::Sequence => Ok(None),
        _ => match parameters.decode_as() {
            Ok(curve) => Ok(Some(curve)),
            Err(_) => Err(Error::KeyDamaged),
        },
    }
}

/// Returns the private number in its full length and the public point that belongs to it; `None` if
/// the number is none of the curve's or the file states another point.
fn point<C>(key: &EcPrivateKey<'_>) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let stated = key.private_key.as_bytes();
    let mut scalar = Zeroizing::new(FieldBytes::<C>::default().to_vec());
    // Some tools leave out zeros in front, some write one too many.
    let digits = stated.iter().rev();
    let surplus = digits.clone().skip(scalar.len()).any(|digit| *digit != 0);
    scalar
        .iter_mut()
        .rev()
        .zip(digits)
        .for_each(|(to, from)| *to = *from);
    if key.version != VERSION || surplus {
        return None;
    }
    let secret = SecretKey::<C>::from_slice(&scalar).ok()?;
    let public = secret.public_key();
    if let Some(bits) = key.public_key {
        let stated = PublicKey::<C>::from_sec1_bytes(bits.as_bytes()?).ok()?;
        if stated != public {
            return None;
        }
    }
    Some((scalar, public.to_sec1_point(false).as_bytes().to_vec()))
}

const VERSION: u8 = 1;
