//! The numbers of an RSA key that its file leaves out, from those that it has.
//!
//! Hardware, smart cards and some libraries keep n, e and d alone; openssl opens such keys. The
//! primes come from [SP 800-56B, appendix C], with small bases in order in place of random ones;
//! what follows from them from [RFC 8017, section 3.2]. Leaves out whether the numbers fit: that is
//! checked behind.
//!
//! [SP 800-56B, appendix C]: https://doi.org/10.6028/NIST.SP.800-56Br2
//! [RFC 8017, section 3.2]: https://www.rfc-editor.org/rfc/rfc8017#section-3.2

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Gcd, NonZero, Odd, Resize};
use der::Encode;
use der::asn1::UintRef;
use pkcs1::RsaPrivateKeyRef;
use zeroize::Zeroizing;

use crate::private_key::rsa::arithmetic::{Secret, less_one, product, secret};

/// The numbers that a file has at least.
pub(super) struct Given<'a> {
    pub(super) modulus: UintRef<'a>,
    pub(super) public_exponent: UintRef<'a>,
    pub(super) private_exponent: UintRef<'a>,
    /// Both or none.
    pub(super) primes: Option<[UintRef<'a>; 2]>,
}

impl Given<'_> {
    /// Returns a whole `RSAPrivateKey`; `None` if there is none with these numbers.
    ///
    /// The work is bounded: a modulus has been refused before if it is too long, and the number of
    /// bases is small.
    pub(super) fn complete(&self) -> Option<Zeroizing<Vec<u8>>> {
        let precision = u32::try_from(self.modulus.as_bytes().len() * 8).ok()?;
        let number = |number| secret(number, precision);
        let (n, e) = (number(self.modulus)?, number(self.public_exponent)?);
        let d = number(self.private_exponent)?;
        let (p, q) = match self.primes {
            Some([p, q]) => (number(p)?, number(q)?),
            None => primes(&n, &e, &d)?,
        };
        let d_p = remainder(&d, &less_one(&p))?;
        let d_q = remainder(&d, &less_one(&q))?;
        let divisor: Option<NonZero<BoxedUint>> = p.to_nz().into();
        let divisor = Zeroizing::new(divisor?);
        let q_inverse = remainder(&q, &p)?.invert_mod(&divisor);
        let q_inverse = Zeroizing::new(Option::<BoxedUint>::from(q_inverse)?);
        let [p, q, d_p, d_q, q_inverse] =
            [p, q, d_p, d_q, q_inverse].map(|it| Zeroizing::new(it.to_be_bytes().into_vec()));
        let key = RsaPrivateKeyRef {
            modulus: self.modulus,
            public_exponent: self.public_exponent,
            private_exponent: self.private_exponent,
            prime1: UintRef::new(&p).ok()?,
            prime2: UintRef::new(&q).ok()?,
            exponent1: UintRef::new(&d_p).ok()?,
            exponent2: UintRef::new(&d_q).ok()?,
            coefficient: UintRef::new(&q_inverse).ok()?,
            other_prime_infos: None,
        };
        key.to_der().ok().map(Zeroizing::new)
    }
}

/// Returns the two primes of a modulus, the larger one first.
///
/// `e d - 1` is a multiple of the order of every number below `n`. Halved until it is odd, it gives
/// a root of one; half of the bases or more lead to one that is neither `1` nor `-1` and shares a
/// factor with `n`.
fn primes(n: &Secret, e: &Secret, d: &Secret) -> Option<(Secret, Secret)> {
    if e.bit_width() > LONGEST_EXPONENT || n.bit_width() < SHORTEST_MODULUS {
        return None;
    }
    let multiple = less_one(&product(e, d));
    let halvings = multiple.trailing_zeros_vartime();
    if halvings == 0 || halvings >= multiple.bit_width() {
        return None;
    }
    let odd = Zeroizing::new(multiple.shr(halvings));
    let modulus: Odd<BoxedUint> = Option::from(n.to_odd())?;
    let params = BoxedMontyParams::new_vartime(modulus.clone()); // the modulus is public
    let one = BoxedMontyForm::one(&params);
    let minus_one = -&one;
    let bases = match n.bit_width() {
        ..=4096 => BASES.as_slice(),
        _ => BASES.get(..16)?,
    };
    for base in bases {
        let base = BoxedUint::from(*base).resize(n.bits_precision());
        let base = BoxedMontyForm::new(base, &params);
        let mut root = Zeroizing::new(base.pow_bounded_exp(&odd, odd.bit_width()));
        if *root == one || *root == minus_one {
            continue;
        }
        let mut is_minus_one = false;
        for _ in 0..halvings {
            let square = Zeroizing::new(root.square());
            if *square == one {
                return split(n, &modulus, &root);
            }
            is_minus_one = *square == minus_one;
            if is_minus_one {
                break;
            }
            root = square;
        }
        if !is_minus_one {
            return None; // not a multiple of its order: the numbers do not belong together
        }
    }
    None
}

/// Returns the primes of `n`, given a root of one that is neither `1` nor `-1`.
fn split(n: &Secret, modulus: &Odd<BoxedUint>, root: &BoxedMontyForm) -> Option<(Secret, Secret)> {
    let root = Zeroizing::new(root.retrieve());
    let factor = modulus
        .gcd(&less_one(&root))
        .get()
        .resize(n.bits_precision());
    let factor = Zeroizing::new(factor);
    let divisor: Option<NonZero<BoxedUint>> = factor.to_nz().into();
    let divisor = Zeroizing::new(divisor?);
    let (quotient, rest) = n.div_rem(&*divisor);
    let (quotient, rest) = (Zeroizing::new(quotient), Zeroizing::new(rest));
    if !bool::from(rest.is_zero()) {
        return None;
    }
    Some(match *factor > *quotient {
        true => (factor, quotient),
        false => (quotient, factor),
    })
}

fn remainder(number: &Secret, divisor: &Secret) -> Option<Secret> {
    let nonzero: Option<NonZero<BoxedUint>> = divisor.to_nz().into();
    let nonzero = Zeroizing::new(nonzero?);
    Some(Zeroizing::new(number.rem(&*nonzero)))
}

/// Each finds the primes of a sound key with a probability of at least a half, independently.
const BASES: [u32; 40] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173,
];
/// In bits; above it, FIPS 186-5 allows none.
const LONGEST_EXPONENT: u32 = 256;
/// In bits: every base is below it.
const SHORTEST_MODULUS: u32 = 64;
