//! Those who judge candidates. Each divides by the library's small primes first, as the candidates
//! of the list were not sieved; the last row shows what that part takes.

use std::sync::LazyLock;

use chacha20::ChaCha20Rng;
use crypto_bigint::U1024;
use crypto_primes::Flavor;
use crypto_primes::fips::{self, FipsOptions};

use crate::{Work, primality, screen};

/// 708 candidates, of which the 354th and the last are prime; see `tests/vectors/README.md`.
static CANDIDATES: LazyLock<Vec<U1024>> = LazyLock::new(|| {
    include_str!("../../tests/vectors/cctv-rsa.bench.2048.txt")
        .lines()
        .map(U1024::from_be_hex)
        .collect()
});

/// Returns each contestant: its name, and its way through the list.
pub(crate) fn all() -> Vec<(String, Work)> {
    vec![
        (
            "`csr`: screen, then the library's tests".to_owned(),
            |generator| {
                judge(generator, 2, |candidate, generator| {
                    screen::may_be_prime(candidate) && is_prime(candidate, generator)
                })
            },
        ),
        (
            "the library's tests of `csr` alone".to_owned(),
            |generator| judge(generator, 2, is_prime),
        ),
        (
            "`crypto_primes::is_prime`, as in `rsa` 0.10".to_owned(),
            |generator| {
                judge(generator, 2, |candidate, _| {
                    crypto_primes::is_prime(Flavor::Any, candidate)
                })
            },
        ),
        ("the division alone".to_owned(), |generator| {
            judge(generator, 80, |_, _| true)
        }),
    ]
}

fn is_prime(candidate: &U1024, generator: &mut ChaCha20Rng) -> bool {
    primality::is_prime(candidate, generator, || false)
}

/// Fails unless as many pass as ought to.
fn judge(
    generator: &mut ChaCha20Rng,
    expected: usize,
    mut is_prime: impl FnMut(&U1024, &mut ChaCha20Rng) -> bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let division = FipsOptions::with_mr_iterations(0).with_trial_division_test();
    let passed = CANDIDATES.iter().filter(|candidate| {
        fips::is_prime(generator, Flavor::Any, *candidate, division)
            && is_prime(candidate, generator)
    });
    let passed = passed.count();
    if passed != expected {
        return Err(format!("{passed} candidates passed instead of {expected}").into());
    }
    Ok(())
}
