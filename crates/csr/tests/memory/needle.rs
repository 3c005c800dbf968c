//! The needles: a piece of each secret number of a key, and of its text.

use csr::RsaKey;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use rsa::pkcs1::RsaPrivateKeyRef;

/// A needle is kept in another form than it is looked for in, or it would find itself.
const MASK: u8 = 0xa5;

const PIECE: usize = 32;

pub(crate) const NAMES: [&str; 13] = [
    "d in DER",
    "d in limbs",
    "p in DER",
    "p in limbs",
    "q in DER",
    "q in limbs",
    "dp in DER",
    "dp in limbs",
    "dq in DER",
    "dq in limbs",
    "qinv in DER",
    "qinv in limbs",
    "PEM",
];

pub(crate) struct Needle {
    pub(crate) name: &'static str,
    masked: [u8; PIECE],
}

impl Needle {
    pub(crate) const LENGTH: usize = PIECE;

    pub(crate) fn first(&self) -> u8 {
        let [first, ..] = self.masked;
        first ^ MASK
    }

    pub(crate) fn begins(&self, memory: &[u8]) -> bool {
        let pairs = memory.iter().zip(&self.masked);
        memory.len() >= PIECE
            && pairs
                .into_iter()
                .all(|(byte, masked)| byte ^ MASK == *masked)
    }
}

/// Cuts needles from the middle of every number: big-endian as in DER, and little-endian as limbs
/// lie in memory.
pub(crate) fn of(key: &RsaKey) -> Vec<Needle> {
    let der = key.to_secret_pkcs8_der();
    let info = PrivateKeyInfoRef::from_der(&der).unwrap();
    let numbers = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
    let numbers = [
        numbers.private_exponent,
        numbers.prime1,
        numbers.prime2,
        numbers.exponent1,
        numbers.exponent2,
        numbers.coefficient,
    ];
    let mut pieces = Vec::new();
    for number in numbers {
        let bytes = number.as_bytes();
        let middle = bytes.len() / 2;
        let piece = bytes.get(middle..middle + PIECE).unwrap();
        pieces.push(masked(piece.iter()));
        pieces.push(masked(piece.iter().rev()));
    }
    let pem = key.to_secret_pkcs8_pem();
    // Of a line in which the primes stand.
    pieces.push(masked(pem.lines().nth(18).unwrap().as_bytes().iter()));
    let named = NAMES.into_iter().zip(pieces);
    named
        .map(|(name, masked)| Needle { name, masked })
        .collect()
}

fn masked<'a>(bytes: impl Iterator<Item = &'a u8>) -> [u8; PIECE] {
    let mut masked = [0; PIECE];
    for (masked, byte) in masked.iter_mut().zip(bytes) {
        *masked = byte ^ MASK;
    }
    masked
}
