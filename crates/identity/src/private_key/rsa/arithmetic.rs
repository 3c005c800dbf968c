//! Arithmetic on the numbers of a key, all of which are wiped.
//!
//! Leaves out which relations must hold.

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero};
use der::asn1::UintRef;
use zeroize::Zeroizing;

/// A number that is wiped on drop.
pub(super) type Secret = Zeroizing<BoxedUint>;

/// Returns a number of the key in as many bits as the modulus takes; `None` if it needs more.
pub(super) fn secret(number: UintRef<'_>, precision: u32) -> Option<Secret> {
    BoxedUint::from_be_slice(number.as_bytes(), precision)
        .ok()
        .map(Zeroizing::new)
}

pub(super) fn one() -> Secret {
    Zeroizing::new(BoxedUint::one())
}

pub(super) fn less_one(number: &Secret) -> Secret {
    Zeroizing::new(number.wrapping_sub(BoxedUint::one()))
}

pub(super) fn product(left: &Secret, right: &Secret) -> Secret {
    Zeroizing::new(left.concatenating_mul(&**right))
}

/// Returns whether `remainder` is what is left of `number` after division by `divisor`.
pub(super) fn is_remainder(number: &Secret, divisor: &Secret, remainder: &Secret) -> bool {
    let divisor: Option<NonZero<BoxedUint>> = divisor.to_nz().into();
    divisor
        .map(Zeroizing::new)
        .is_some_and(|divisor| *Zeroizing::new(number.rem(&*divisor)) == **remainder)
}
