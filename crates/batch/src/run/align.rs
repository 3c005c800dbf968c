//! The list beside the journal: records that have moved are given their new numbers, and a line
//! that has changed is told from one that was put in.
//!
//! A record that is in the journal and no longer in the list was taken out, or its line has
//! changed: then a line that the journal does not know stands in its place, which is behind the
//! record that was before it. Where such a line stands need not say what it was, since lines are
//! sorted as well: its reference says it, and without one a list that has lost a record that was
//! sent may have no new line, now or later.

use crate::digest::InputDigest;
use crate::journal::Journal;
use crate::journal::error::JournalError;
use crate::journal::sqlite::digest_set::DigestSet;
use crate::list::Input;
use crate::list::error::{LineError, LineProblem};
use crate::record::{Position, Record, RecordState};

/// The most records that are compared in one step.
const CHUNK: usize = 1000;

/// The most changed lines that are named; all are counted.
const MOST_NAMED: usize = 1000;

/// The difference between a list and its journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// The number of lines that have changed, or may have.
    pub(super) changed: u64,
    /// The first of them.
    pub(super) changed_lines: Vec<LineError>,
    /// The number of records that are elsewhere in the list.
    pub(super) moved: u64,
    /// The number of records that the list no longer has.
    pub(super) missing: u64,
}

impl Difference {
    fn add(&mut self, line: u64, problem: LineProblem) {
        self.changed += 1;
        if self.changed_lines.len() < MOST_NAMED {
            self.changed_lines.push(LineError { line, problem });
        }
    }
}

/// The records of a list, as they are compared with the journal.
#[derive(Debug)]
pub(super) struct ListedRecords {
    digests: DigestSet,
    /// The first line that cannot be read as a request.
    unreadable: Option<u64>,
}

impl ListedRecords {
    pub(super) fn new() -> Result<Self, JournalError> {
        Ok(Self {
            digests: DigestSet::new()?,
            unreadable: None,
        })
    }

    /// Adds a record, and returns the number of the one that is the same.
    pub(super) fn add(
        &mut self,
        input: &Input,
        journal: &impl Journal,
    ) -> Result<Option<u64>, JournalError> {
        let Ok(request) = &input.request else {
            self.unreadable.get_or_insert(input.line);
            return Ok(None);
        };
        let reference = request.customer_reference_id.as_ref();
        let reference = reference.map(|it| journal.input_key().digest(it.as_bytes()));
        let (number, line) = (input.number, input.line);
        self.digests
            .add(&input.digest, number, line, reference.as_ref())
    }

    /// Notes that the record of this number is not to be sent.
    pub(super) fn leave_out(&mut self, number: u64) -> Result<(), JournalError> {
        self.digests.leave_out(number)
    }
}

/// Compares the journal with the records of its list. With `allows_removed`, only a line with the
/// reference of a record that was sent is taken for a change of that one.
pub(super) async fn compare(
    journal: &impl Journal,
    list: &mut ListedRecords,
    allows_removed: bool,
) -> Result<Difference, JournalError> {
    let listed = &mut list.digests;
    let mut difference = Difference::default();
    let mut records = Records::of(journal);
    let mut last_known = 0;
    while let Some(record) = records.next().await? {
        match listed.find(&record.digest)? {
            Some(number) => {
                listed.mark_known(number)?;
                last_known = last_known.max(number);
                difference.moved += u64::from(record.number != Some(number));
            }
            None => difference.missing += 1,
        }
    }
    if difference.missing == 0 {
        return Ok(difference);
    }
    // Once more, as only now it is known which lines the journal does not know.
    let mut records = Records::of(journal);
    let mut before = 0;
    let mut lost = Lost::default();
    while let Some(record) = records.next().await? {
        if let Some(number) = listed.find(&record.digest)? {
            before = number;
            continue;
        }
        let is_sent = record.state != RecordState::Waiting;
        if is_sent {
            let same = given_reference(&record, journal);
            let same = same.map(|it| listed.with_reference(&it)).transpose()?;
            match same {
                Some(Some(line)) if !line.is_known => {
                    listed.mark_known(line.number)?;
                    difference.add(line.line, LineProblem::Changed);
                    continue;
                }
                // Of its own, and in no line.
                Some(None) => lost.add(record.number, true),
                // None, or one that it shares, which tells it from no other.
                _ => lost.add(record.number, false),
            }
        }
        // One that was taken out before this run has no place to be looked at.
        if allows_removed || record.number.is_none() {
            continue;
        }
        let Some(line) = listed.after(before)?.filter(|line| !line.is_known) else {
            continue;
        };
        // All lines behind those that the journal knows may never have been read.
        if is_sent || line.number < last_known {
            before = line.number;
            listed.mark_known(line.number)?;
            difference.add(line.line, LineProblem::Changed);
        }
    }
    if difference.changed == 0 && !allows_removed && lost.is_any {
        let record = lost.first;

        let unknown = listed.first_unknown(lost.is_without_reference)?;
        let unreadable = list.unreadable.filter(|_| lost.is_without_reference);
        let line = unknown.into_iter().chain(unreadable).min();
        if let Some(line) = line {
            difference.add(line, LineProblem::MayHaveChanged { record });
        }
    }
    Ok(difference)
}

/// The records that may have been sent, and that the list no longer has: since this run, or since
/// an earlier one, as a line that was taken out may come back corrected.
#[derive(Debug, Default)]
struct Lost {
    is_any: bool,
    /// The place that the first of them had in the list as it was last read; `None` if that one had
    /// none of them either.
    first: Option<u64>,
    /// Whether one of them has no reference by which its line would be found.
    is_without_reference: bool,
}

impl Lost {
    fn add(&mut self, number: Option<u64>, has_reference: bool) {
        self.is_any = true;
        self.first = self.first.or(number);
        self.is_without_reference |= !has_reference;
    }
}

/// Returns the digest of a record's reference, if the list gave it.
fn given_reference(record: &Record, journal: &impl Journal) -> Option<InputDigest> {
    let own = record.reference.strip_prefix(journal.batch_name());
    let is_own = own.is_some_and(|rest| rest.starts_with('-'));
    (!is_own).then(|| journal.input_key().digest(record.reference.as_bytes()))
}

/// Gives the records of the journal the numbers that they have in the list.
pub(super) async fn renumber(
    journal: &impl Journal,
    list: &mut ListedRecords,
) -> Result<(), JournalError> {
    let listed = &mut list.digests;
    let mut records = Records::of(journal);
    let mut numbers = Vec::new();
    // One that moves back in the list is met again, and has its number by then.
    while let Some(record) = records.next().await? {
        let number = listed.find(&record.digest)?;
        if number != record.number {
            numbers.push((record.digest, number));
        }
        if numbers.len() >= CHUNK {
            journal.renumber(std::mem::take(&mut numbers)).await?;
        }
    }
    journal.renumber(numbers).await
}

/// All records of a journal, in parts.
struct Records<'a, J> {
    journal: &'a J,
    position: Position,
    part: std::vec::IntoIter<Record>,
}

impl<'a, J: Journal> Records<'a, J> {
    fn of(journal: &'a J) -> Self {
        Self {
            journal,
            position: Position::START,
            part: Vec::new().into_iter(),
        }
    }

    async fn next(&mut self) -> Result<Option<Record>, JournalError> {
        if self.part.as_slice().is_empty() {
            let part = self.journal.records_after(self.position, None, CHUNK);
            self.part = part.await?.into_iter();
        }
        let record = self.part.next();
        if let Some(record) = &record {
            self.position = record.position();
        }
        Ok(record)
    }
}
