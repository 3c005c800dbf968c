//! The stack that work on secret numbers has used, overwritten.
//!
//! Numbers of the search are values of a fixed size: every function that hands one on leaves a copy
//! in its frame, ours and the library's alike, and none of these can be reached once it has
//! returned. So the whole work runs below one call, and another call then writes over the same
//! memory. Leaves out the heap.

use std::hint::black_box;

use zeroize::Zeroize;

/// Words of 64 bits that are overwritten: 64 KiB. `tests/integration/memory` finds nothing that lay
/// deeper.
const WORDS: usize = 8 * 1024;

/// Runs `work`, then overwrites what it has left on the stack of this thread.
///
/// The result should hold no secret by itself, only in memory that it owns.
#[inline(never)]
pub(super) fn wiped<T>(work: impl FnOnce() -> T) -> T {
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
