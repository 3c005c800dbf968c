//! The state of one reading: how much it may still allocate and, in the lenient reading, its notes.

use std::cell::Cell;

use serde::de::Error;

use crate::wire::Notes;
use crate::wire::notes::Segment;
use crate::wire::unread::UnreadCause;

/// The memory that a response may take for each byte of its body: strings and models of real ones
/// take four.
const PER_BYTE: usize = 4;
/// The memory that any response may take, in bytes.
const AT_LEAST: usize = 32 * 1024 * 1024;
/// The memory that is allowed to JSON that a caller hands to serde: as much as to the longest body
/// that a client reads by default.
const BY_HAND: usize = AT_LEAST + PER_BYTE * 32 * 1024 * 1024;

/// The state of one reading.
///
/// A few kilobytes of gzip can be millions of empty objects, and each can be a model of kilobytes.
/// So whatever a reading allocates is charged before, and past the limit nothing more is read.
pub(crate) struct Context<'a> {
    left: Cell<usize>,
    notes: Option<&'a Notes<'a>>,
}

impl<'a> Context<'a> {
    /// Makes the strict reading of a body: whatever is odd is an error.
    pub(crate) fn strict(body: &[u8]) -> Self {
        Self {
            left: Cell::new(limit(body)),
            notes: None,
        }
    }

    /// Makes the strict reading of whatever a caller hands to serde.
    pub(crate) fn by_hand() -> Self {
        Self {
            left: Cell::new(BY_HAND),
            notes: None,
        }
    }

    /// Makes the lenient reading: what cannot be read becomes a note.
    pub(crate) fn lenient(notes: &'a Notes<'a>) -> Self {
        Self {
            left: Cell::new(limit(notes.source())),
            notes: Some(notes),
        }
    }

    /// Returns the notes, in the lenient reading.
    pub(crate) fn notes(&self) -> Option<&'a Notes<'a>> {
        self.notes
    }

    /// Takes bytes off what may still be allocated; an error once nothing is left.
    pub(crate) fn charge<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match self.affords(bytes) {
            true => Ok(()),
            false => Err(E::custom("more than is read of a response")),
        }
    }

    /// Charges as [`charge`](Self::charge) does, for what is left out past the limit.
    pub(crate) fn affords(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes);
        // Nothing is left from then on, by which `attempt` tells too much from a wrong form.
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Charges for the growth of a list that is about to take one more.
    pub(crate) fn charge_push<T, E: Error>(&self, list: &Vec<T>) -> Result<(), E> {
        if list.len() < list.capacity() {
            return Ok(());
        }
        let grown = list.capacity().max(4); // as `Vec` grows
        self.charge(grown.saturating_mul(size_of::<T>()))
    }

    /// Notes in the lenient reading which part of the document is read now.
    pub(crate) fn enter(&self, segment: impl FnOnce() -> Segment) {
        if let Some(notes) = self.notes {
            notes.enter(segment());
        }
    }

    /// Returns the end of what [`enter`](Self::enter) began.
    pub(crate) fn leave(&self) {
        if let Some(notes) = self.notes {
            notes.leave();
        }
    }

    /// Turns an error into a note in the lenient reading, and takes nothing in its place.
    ///
    /// A document that breaks off stays an error: nothing after that can be known.
    pub(crate) fn absorb<T: Default, E>(&self, read: Result<T, E>) -> Result<T, E> {
        Ok(self.attempt(read)?.unwrap_or_default())
    }

    /// Reads as [`absorb`](Self::absorb) does, with `None` in the place of what cannot be read.
    pub(crate) fn attempt<T, E>(&self, read: Result<T, E>) -> Result<Option<T>, E> {
        let Some(notes) = self.notes else {
            return read.map(Some);
        };
        let replaced = notes.take_replaced();
        match read {
            Ok(value) => {
                if replaced {
                    notes.keep(UnreadCause::Damaged);
                }
                Ok(Some(value))
            }
            // Where the value ends is not known, so nothing behind it can be read either.
            Err(error) if notes.is_lost() => Err(error),
            Err(_) => {
                notes.keep(match self.left.get() {
                    0 => UnreadCause::TooMuch,
                    _ => UnreadCause::Form,
                });
                Ok(None)
            }
        }
    }
}

fn limit(body: &[u8]) -> usize {
    body.len().saturating_mul(PER_BYTE).saturating_add(AT_LEAST)
}
