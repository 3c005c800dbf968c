//! PBKDF2 and scrypt, each within a bound.
//!
//! [RFC 8018, section 5.2] and [RFC 7914, section 6]. Leaves out their encoding.
//!
//! [RFC 8018, section 5.2]: https://www.rfc-editor.org/rfc/rfc8018#section-5.2
//! [RFC 7914, section 6]: https://www.rfc-editor.org/rfc/rfc7914#section-6

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::encryption::{Encryption, KeyDerivation, Prf};
use crate::error::Error;
use crate::kdf_problem::KdfProblem;
use crate::limits::Limits;

/// Checks that deriving the key costs no more than the limits allow.
pub(super) fn check_cost(encryption: &Encryption, limits: &Limits) -> Result<(), Error> {
    let most_iterations = u64::from(limits.pbkdf2_iterations);
    match *encryption {
        Encryption::Pbes2 { key_derivation, .. } => match key_derivation {
            KeyDerivation::Pbkdf2 { iterations, .. } => {
                within("PBKDF2 iterations", iterations, most_iterations)
            }
            KeyDerivation::Scrypt { n, r, p } => {
                // RFC 7914, section 6: B has p blocks and V has N, of 128 * r octets each.
                let memory = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
                within("bytes of memory for scrypt", memory, limits.scrypt_memory)?;
                let what = "runs of scrypt (parallelization)";
                within(what, p, limits.scrypt_p.into())
            }
        },
        Encryption::Pkcs12Pbe { iterations } | Encryption::Pkcs12Rc2 { iterations } => {
            within("SHA-1 iterations", iterations, most_iterations)
        }
        // A single MD5.
        Encryption::Traditional { .. } => Ok(()),
    }
}

fn within(what: &'static str, asked: u64, limit: u64) -> Result<(), Error> {
    if asked > limit {
        Err(Error::KdfTooExpensive { what, asked, limit })
    } else {
        Ok(())
    }
}

/// Fills `key`.
pub(crate) fn derive(
    key_derivation: KeyDerivation,
    passphrase: &[u8],
    salt: &[u8],
    key: &mut [u8],
) -> Result<(), Error> {
    match key_derivation {
        KeyDerivation::Pbkdf2 { prf, iterations } => {
            let pbkdf2 = match prf {
                Prf::HmacSha1 => pbkdf2_hmac::<Sha1>,
                Prf::HmacSha224 => pbkdf2_hmac::<Sha224>,
                Prf::HmacSha256 => pbkdf2_hmac::<Sha256>,
                Prf::HmacSha384 => pbkdf2_hmac::<Sha384>,
                Prf::HmacSha512 => pbkdf2_hmac::<Sha512>,
            };
            let rounds = u32::try_from(iterations).map_err(|_| invalid_cost("PBKDF2"))?;
            pbkdf2(passphrase, salt, rounds, key);
            Ok(())
        }
        KeyDerivation::Scrypt { n, r, p } => {
            let params = scrypt_params(n, r, p).ok_or_else(|| invalid_cost("scrypt"))?;
            scrypt::scrypt(passphrase, salt, &params, key).map_err(|_| Error::KeyDamaged)
        }
    }
}

/// Returns the parameters as the library wants them; `None` if RFC 7914, section 2 forbids them.
fn scrypt_params(n: u64, r: u64, p: u64) -> Option<scrypt::Params> {
    // The library multiplies r and p in 32 bits.
    if n < 2 || !n.is_power_of_two() || r.checked_mul(p)? >= 1 << 30 {
        return None;
    }
    let log_n = u8::try_from(n.ilog2()).ok()?;
    scrypt::Params::new(log_n, u32::try_from(r).ok()?, u32::try_from(p).ok()?).ok()
}

/// Returns the error about a cost of zero, or beyond what can be computed.
pub(super) const fn invalid_cost(kdf: &'static str) -> Error {
    Error::Kdf {
        kdf,
        problem: KdfProblem::InvalidCost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::Cipher;

    fn scrypt(n: u64, r: u64, p: u64) -> Result<(), Error> {
        check(KeyDerivation::Scrypt { n, r, p })
    }

    fn check(key_derivation: KeyDerivation) -> Result<(), Error> {
        let cipher = Cipher::Aes256Cbc;
        let encryption = Encryption::Pbes2 {
            cipher,
            key_derivation,
        };
        check_cost(&encryption, &Limits::default())
    }

    #[test]
    fn ten_million_iterations_are_the_limit() {
        let prf = Prf::HmacSha256;
        let pbkdf2 = |iterations| check(KeyDerivation::Pbkdf2 { prf, iterations });
        assert!(pbkdf2(10_000_000).is_ok());
        let Err(Error::KdfTooExpensive { asked, limit, .. }) = pbkdf2(10_000_001) else {
            panic!("not refused")
        };
        assert_eq!((asked, limit), (10_000_001, 10_000_000));
        let pkcs12 =
            |iterations| check_cost(&Encryption::Pkcs12Pbe { iterations }, &Limits::default());
        assert!(pkcs12(10_000_000).is_ok());
        assert!(matches!(
            pkcs12(10_000_001),
            Err(Error::KdfTooExpensive { .. })
        ));
    }

    #[test]
    fn scrypt_is_limited_in_memory() {
        // 2^18 * 8 * 128 bytes are 256 MiB, and the p blocks come on top.
        assert!(scrypt(1 << 17, 8, 1).is_ok());
        assert!(matches!(
            scrypt(1 << 18, 8, 1),
            Err(Error::KdfTooExpensive { .. })
        ));
    }

    #[test]
    fn scrypt_is_limited_in_parallelization() {
        assert!(scrypt(64, 8, 16).is_ok());
        let Err(Error::KdfTooExpensive { asked, limit, .. }) = scrypt(64, 8, 17) else {
            panic!("not refused")
        };
        assert_eq!((asked, limit), (17, 16));
    }

    #[test]
    fn scrypt_costs_that_overflow_are_too_expensive() {
        for (n, r, p) in [
            (u64::MAX, u64::MAX, u64::MAX),
            (1 << 63, 1, 1),
            (2, u64::MAX, 1),
            (2, 1, u64::MAX),
        ] {
            assert!(matches!(
                scrypt(n, r, p),
                Err(Error::KdfTooExpensive { .. })
            ));
        }
    }

    #[test]
    fn scrypt_costs_beyond_library_range_do_not_panic() {
        for (n, r, p) in [
            (2, u64::MAX, u64::MAX),
            (1 << 63, u64::MAX, 1),
            (2, 1 << 15, 1 << 15),
            (3, 8, 1),
            (0, 8, 1),
            (1, 8, 1),
            (16, 0, 1),
            (16, 8, 0),
        ] {
            assert!(scrypt_params(n, r, p).is_none(), "{n} {r} {p}");
        }
        assert!(scrypt_params(16384, 8, 1).is_some());
    }

    #[test]
    fn a_raised_limit_admits_what_the_default_refuses() {
        let encryption = Encryption::Pkcs12Pbe {
            iterations: 1 << 24,
        };
        let raised = Limits::default().pbkdf2_iterations(1 << 24);
        assert!(check_cost(&encryption, &Limits::default()).is_err());
        assert!(check_cost(&encryption, &raised).is_ok());
    }
}
