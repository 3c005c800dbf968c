//! Where random bytes come from.
//!
//! Everything random in this crate is drawn through one function type, so that a caller with a
//! hardware generator, or a test, can put its own in place. This module leaves out generators:
//! the prime search stretches what it draws here with one of its own.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use zeroize::Zeroizing;

/// A source of random bytes: fills the whole slice with unpredictable bytes, or fails.
///
/// `&mut |bytes| ...` is one. Its output must be secret: the private key follows from it.
pub type Randomness<'a> = dyn FnMut(&mut [u8]) -> Result<(), RandomnessUnavailable> + 'a;

/// The source of randomness could not deliver; nothing was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes are to be had from the given source")]
pub struct RandomnessUnavailable;

/// Fills `bytes` from the operating system.
pub(crate) fn system(bytes: &mut [u8]) -> Result<(), RandomnessUnavailable> {
    getrandom::fill(bytes).map_err(|_| RandomnessUnavailable)
}

/// Returns a generator that starts from 32 bytes of `randomness` and is wiped when dropped.
pub(crate) fn seeded(
    randomness: &mut Randomness<'_>,
) -> Result<ChaCha20Rng, RandomnessUnavailable> {
    let mut seed = Zeroizing::new([0; 32]);
    randomness(seed.as_mut_slice())?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
