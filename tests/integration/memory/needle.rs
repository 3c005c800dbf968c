//! The needles: a piece of each secret number of a key, and of its text.

use std::ops::Range;

/// A needle is kept in another form than it is looked for in, or it would find itself.
const MASK: u8 = 0xa5;

const PIECE: usize = 32;

pub(crate) struct Needle {
    /// The number of the key that it is of, and the order of its bytes.
    pub(crate) name: String,
    masked: [u8; PIECE],
}

impl Needle {
    pub(crate) const LENGTH: usize = PIECE;

    /// Cuts a needle from the beginning of some bytes.
    pub(crate) fn new<'a>(
        name: impl Into<String>,
        bytes: impl IntoIterator<Item = &'a u8>,
    ) -> Self {
        let mut masked = [0; PIECE];
        for (masked, byte) in masked.iter_mut().zip(bytes) {
            *masked = byte ^ MASK;
        }
        let name = name.into();
        Self { name, masked }
    }

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

/// Cuts needles from the middle of every secret number: big-endian as in DER, and little-endian as
/// in limbs.
pub(crate) fn of(pkcs8: &[u8]) -> Vec<Needle> {
    let names = ["d", "p", "q", "dP", "dQ", "qInv"].into_iter();
    let pieces = numbers(pkcs8).into_iter().map(|number| {
        let start = number.start + (number.len() - PIECE) / 2;
        &pkcs8[start..start + PIECE]
    });
    let both = names.zip(pieces).map(|(name, piece)| {
        [
            Needle::new(format!("{name} in DER"), piece),
            Needle::new(format!("{name} in limbs"), piece.iter().rev()),
        ]
    });
    both.flatten().collect()
}

/// Finds the numbers in a `PrivateKeyInfo`: d, p, q, dP, dQ and qInv of RSA, the one of a curve.
fn numbers(pkcs8: &[u8]) -> Vec<Range<usize>> {
    let version = element(pkcs8, element(pkcs8, 0).start);
    let algorithm = element(pkcs8, version.end);
    let key = element(pkcs8, algorithm.end);
    let key = match pkcs8[key.start] {
        OCTET_STRING => return vec![element(pkcs8, key.start)], // Ed25519
        _ => element(pkcs8, key.start),
    };
    let mut at = element(pkcs8, key.start).end;
    if pkcs8[at] == OCTET_STRING {
        return vec![element(pkcs8, at)];
    }
    let mut numbers = Vec::new();
    while at < key.end {
        let number = element(pkcs8, at);
        at = number.end;
        numbers.push(number);
    }
    numbers.split_off(2) // n and e are public
}

const OCTET_STRING: u8 = 4;

/// Returns the content of the element that begins there.
fn element(der: &[u8], at: usize) -> Range<usize> {
    let (start, length) = match der[at + 1] {
        short @ ..=0x7f => (at + 2, usize::from(short)),
        0x81 => (at + 3, usize::from(der[at + 2])),
        _ => {
            let digits = [der[at + 2], der[at + 3]];
            (at + 4, usize::from(u16::from_be_bytes(digits)))
        }
    };
    start..start + length
}
