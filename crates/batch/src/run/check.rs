//! The check of a list before anything of it is sent.

use std::collections::HashMap;

use napi::configuration::{FieldSchema, Fields};
use napi::verifications::VerifyRequest;
use napi::{Client, Error, HttpService};

use crate::journal::Journal;
use crate::list::Input;
use crate::list::error::{LineError, LineProblem};
use crate::run::align::{ListedRecords, compare};
use crate::run::end::{BatchError, ListReport};

/// The most problems of a list that are named; all are counted.
const MOST_PROBLEMS: usize = 1000;

/// The most descriptions that are kept: there are 249 countries.
const MOST_SCHEMAS: usize = 1000;

/// The check of a list, record by record.
#[derive(Debug)]
pub(super) struct Check {
    seen: ListedRecords,
    report: ListReport,
}

impl Check {
    pub(super) fn new() -> Result<Self, BatchError> {
        Ok(Self {
            seen: ListedRecords::new()?,
            report: ListReport::default(),
        })
    }

    /// Takes one record, and returns its request if nothing is wrong with it by itself.
    pub(super) fn take(
        &mut self,
        input: Input,
        journal: &impl Journal,
    ) -> Result<Option<VerifyRequest>, BatchError> {
        self.report.records += 1;
        let line = input.line;
        let seen = self.seen.add(&input, journal)?;
        match (input.request, seen) {
            (Err(problem), _) => self.add(line, problem),
            (Ok(request), None) => return Ok(Some(request)),
            (Ok(_), Some(record)) => self.add(line, LineProblem::Repeated { record }),
        }
        Ok(None)
    }

    /// Notes that the last record that was taken does not fit its country.
    pub(super) fn add_unfit(&mut self, line: u64, problem: LineProblem) -> Result<(), BatchError> {
        self.seen.leave_out(self.report.records)?;
        self.add(line, problem);
        Ok(())
    }

    fn add(&mut self, line: u64, problem: LineProblem) {
        self.report.unsendable += 1;
        if self.report.problems.len() < MOST_PROBLEMS {
            self.report.problems.push(LineError { line, problem });
        }
    }

    /// Ends the check by a look at the journal: lines that have changed since the batch began are
    /// problems too.
    pub(super) async fn into_report(
        mut self,
        journal: &impl Journal,
        allows_removed: bool,
    ) -> Result<ListReport, BatchError> {
        let difference = compare(journal, &mut self.seen, allows_removed).await?;
        let mut report = self.report;
        report.unsendable += difference.changed;
        report.problems.extend(difference.changed_lines);
        report.problems.sort_by_key(|problem| problem.line);
        report.problems.truncate(MOST_PROBLEMS);
        Ok(report)
    }
}

/// The fields of countries, each asked for once. To ask is free.
#[derive(Debug)]
pub(super) struct Schemas<S> {
    client: Client<S>,
    /// By country and configuration; `None` if the service has none.
    known: HashMap<(String, Option<String>), Option<FieldSchema>>,
}

impl<S: HttpService + Sync> Schemas<S>
where
    S::Body: Sync,
{
    pub(super) fn new(client: Client<S>) -> Self {
        let known = HashMap::new();
        Self { client, known }
    }

    /// Returns what is wrong with a request by the fields of its country.
    pub(super) async fn problem(
        &mut self,
        request: &VerifyRequest,
    ) -> Result<Option<LineProblem>, BatchError> {
        let Some(country) = request.country_code.clone() else {
            return Ok(Some(LineProblem::NoCountry));
        };
        let name = request.configuration_name.clone();
        let key = (
            country.as_str().to_owned(),
            name.as_ref().map(|name| name.as_str().to_owned()),
        );
        if !self.known.contains_key(&key) {
            let fields = Fields::new(country);
            let fields = match name {
                Some(name) => fields.configuration(name),
                None => fields,
            };
            let schema = self.fetch(&fields).await?;
            if self.known.len() >= MOST_SCHEMAS {
                self.known.clear();
            }
            self.known.insert(key.clone(), schema);
        }
        Ok(match self.known.get(&key) {
            Some(Some(schema)) => {
                let error = schema.check(request).err();
                error.map(|error| LineProblem::Fields(error.to_string()))
            }
            _ => Some(LineProblem::CountryRejected),
        })
    }

    async fn fetch(&self, fields: &Fields) -> Result<Option<FieldSchema>, BatchError> {
        match self.client.send(fields).await {
            Ok(schema) => Ok(Some(schema)),
            // `Account not configured for this country` is this status.
            Err(Error::Status { status, .. }) if matches!(status.as_u16(), 400 | 404) => Ok(None),
            Err(error) => Err(BatchError::Fields(error)),
        }
    }
}
