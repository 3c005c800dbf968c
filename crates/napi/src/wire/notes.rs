//! Notes of the lenient reading about a document.

use std::cell::{Cell, RefCell};

pub(crate) use crate::wire::unread::Segment;
use crate::wire::unread::{UnreadCause, UnreadValue, shown};

/// The longest value that is kept, in bytes.
const LONGEST_KEPT: usize = 64 * 1024;
/// The most that is kept of all values of a response, in bytes.
const MOST_KEPT: usize = 1024 * 1024;
/// The most values that are noted of a response. One note more, of the whole, says that there are
/// others.
const MOST_NOTES: usize = 1000;

/// A part of the document, from one byte to before another.
pub(crate) type Span = (usize, usize);

/// State shared by the parser and the models in the lenient reading.
pub(crate) struct Notes<'a> {
    source: &'a [u8],
    /// The value that was read or passed over last.
    span: Cell<Span>,
    /// The number that was read last, as it is written.
    number: Cell<Span>,
    /// Whether the string that was read last had to be mended.
    is_damaged: Cell<bool>,
    /// Whether damaged text was taken since this was last asked.
    is_replaced: Cell<bool>,
    /// Whether a list or an object goes on in a way that is not JSON; until it was passed over as a
    /// whole.
    is_broken: Cell<bool>,
    path: RefCell<Vec<Segment>>,
    unread: RefCell<Vec<UnreadValue>>,
    kept: Cell<usize>,
    noted: Cell<usize>,
    failure: RefCell<Option<Failure>>,
}

/// A state of the notes.
pub(crate) struct Mark {
    path: usize,
    unread: usize,
    noted: usize,
    kept: usize,
}

/// Where the document cannot be followed any more.
#[derive(Clone)]
pub(crate) struct Failure {
    /// The path of what was being read, as it may be shown.
    pub(crate) path: String,
    /// The place in the source.
    pub(crate) at: usize,
}

impl<'a> Notes<'a> {
    /// Starts without notes.
    pub(crate) fn new(source: &'a [u8]) -> Self {
        Self {
            source,
            span: Cell::default(),
            number: Cell::default(),
            is_damaged: Cell::default(),
            is_replaced: Cell::default(),
            is_broken: Cell::default(),
            path: RefCell::default(),
            unread: RefCell::default(),
            kept: Cell::default(),
            noted: Cell::default(),
            failure: RefCell::default(),
        }
    }

    /// Returns the document.
    pub(crate) fn source(&self) -> &'a [u8] {
        self.source
    }

    /// Returns a part of the document.
    pub(crate) fn text(&self, (start, end): Span) -> &'a [u8] {
        self.source.get(start..end).unwrap_or_default()
    }

    /// Returns the value that was read or passed over last.
    pub(crate) fn span(&self) -> Span {
        self.span.get()
    }

    pub(crate) fn set_span(&self, span: Span) {
        self.span.set(span);
    }

    /// Returns the number that was read last, as it is written; numbers are ASCII.
    pub(crate) fn number(&self) -> &'a str {
        std::str::from_utf8(self.text(self.number.get())).unwrap_or_default()
    }

    pub(crate) fn set_number(&self, span: Span) {
        self.number.set(span);
    }

    /// Returns whether the string that was read last had to be mended.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged.get()
    }

    pub(crate) fn set_damaged(&self, is_damaged: bool) {
        self.is_damaged.set(is_damaged);
    }

    /// Notes that damaged text is taken as it was mended; the reader of the member keeps the
    /// original.
    pub(crate) fn replaced(&self) {
        self.is_replaced.set(true);
    }

    pub(crate) fn take_replaced(&self) -> bool {
        self.is_replaced.take()
    }

    pub(crate) fn enter(&self, segment: Segment) {
        self.path.borrow_mut().push(segment);
    }

    pub(crate) fn leave(&self) {
        self.path.borrow_mut().pop();
    }

    /// Keeps the value that was read or passed over last.
    pub(crate) fn keep(&self, cause: UnreadCause) {
        self.keep_span(self.span(), cause);
    }

    /// Keeps a value of the member that is being read.
    pub(crate) fn keep_span(&self, span: Span, cause: UnreadCause) {
        let mut unread = self.unread.borrow_mut();
        let noted = self.noted.replace(self.noted.get().saturating_add(1));
        if noted >= MOST_NOTES {
            if noted == MOST_NOTES {
                unread.push(UnreadValue::new(Vec::new(), &[], UnreadCause::TooMuch));
            }
            return;
        }
        let json = self.text(span);
        let kept = self.kept.get().saturating_add(json.len());
        // One value that is too long does not use up the room of those after it.
        let is_kept = json.len() <= LONGEST_KEPT && kept <= MOST_KEPT;
        if is_kept {
            self.kept.set(kept);
        }
        let json = if is_kept { json } else { &[] };
        unread.push(UnreadValue::new(self.path.borrow().clone(), json, cause));
    }

    /// Returns the state of the notes, to come back to if what follows cannot be read.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            path: self.path.borrow().len(),
            unread: self.len(),
            noted: self.noted.get(),
            kept: self.kept.get(),
        }
    }

    /// Forgets what was noted within a value that could not be read as a whole.
    pub(crate) fn rewind(&self, mark: &Mark) {
        self.path.borrow_mut().truncate(mark.path);
        self.unread.borrow_mut().truncate(mark.unread);
        self.noted.set(mark.noted);
        self.kept.set(mark.kept);
        self.is_replaced.set(false);
        self.is_broken.set(false);
    }

    /// Returns the path of the first note, as it may be shown.
    pub(crate) fn first_path(&self) -> Option<String> {
        self.unread.borrow().first().map(UnreadValue::shown_path)
    }

    /// Returns how many notes there are.
    pub(crate) fn len(&self) -> usize {
        self.unread.borrow().len()
    }

    /// Returns the notes from one on; a model takes those of its own members.
    pub(crate) fn take_from(&self, start: usize) -> Vec<UnreadValue> {
        let mut unread = self.unread.borrow_mut();
        let start = start.min(unread.len());
        unread.split_off(start)
    }

    /// Notes that the document cannot be followed any more.
    pub(crate) fn fail(&self, at: usize) {
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            let path = shown(&self.path.borrow());
            *failure = Some(Failure { path, at });
        }
    }

    pub(crate) fn set_broken(&self, is_broken: bool) {
        self.is_broken.set(is_broken);
    }

    /// Returns whether nothing can be read any more of what is being read: its end, or the
    /// document's, is not known.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_broken.get() || self.failure.borrow().is_some()
    }

    /// Returns the place of the failure.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }
}
