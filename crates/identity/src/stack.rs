//! The stack that work on a secret has used, overwritten.
//!
//! A cipher decrypts several blocks at once in an array of its own, curves keep a scalar in one: a
//! whole key lay on the stack after it was opened. So such work runs below one call, and another
//! call then writes over the same memory. Leaves out the heap.

use std::hint::black_box;

use zeroize::Zeroize;

/// Words of 64 bits that are overwritten: 64 KiB. `tests/integration/memory` finds nothing that lay
/// deeper.
const WORDS: usize = 8 * 1024;

/// Runs `work`, then overwrites what it has left on the stack of this thread.
///
/// The result should hold no secret by itself, only in memory that it owns.
#[inline(never)]
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let result = below(work);
    overwrite();
    result
}

/// Runs `work` in a frame of its own, which begins where that of [`overwrite`] will.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

#[inline(never)]
fn overwrite() {
    let mut room = [0_u64; WORDS];
    black_box(&mut room).zeroize();
}
