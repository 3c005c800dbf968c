//! Certification requests: ours read by others, theirs read by us and by the mock's portal.
//!
//! Ours have to be read with their names and found signed, and one with a changed signature has to
//! be refused. Theirs have to be accepted by our inspection and by the portal where the subject is
//! good; where it is not, both have to say the same about it, though the portal shares no code with
//! us.

mod certtool;
mod cryptography;
mod keytool;
mod openssl;
mod ours;
mod verdict;
pub(crate) mod wanted;

pub(crate) use self::{
    certtool::CERTTOOL,
    cryptography::PYTHON,
    keytool::{KEYTOOL, STORE_PASSPHRASE},
    openssl::OPENSSL,
};

use std::{fs, path::Path};

use mock_napi::Account;

use crate::{
    context::Context,
    report::{Report, Row},
    requests::{ours::Ours, verdict::Verdict, wanted::Wanted},
    tool::{Invocation, Program, Tool, in_turn},
};

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &["openssl", "certtool", "keytool", "cryptography"];

const PROGRAMS: &[RequestProgram] = &[
    openssl::PROGRAM,
    certtool::PROGRAM,
    keytool::PROGRAM,
    cryptography::PROGRAM,
];

/// A program that reads and makes certification requests.
#[derive(Clone, Copy)]
pub(crate) struct RequestProgram {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// Shows a request in PEM and verifies its signature.
    read: fn(&Tool, &Path) -> Invocation,
    /// What it says of a signature that verifies.
    verified: &'static str,
    /// What it says of one that does not. Some end with success even so, and only the words tell.
    damaged: &'static str,
    /// The commands, one after the other, that leave a key and a request in the folder.
    pub(crate) make: fn(&Tool, &Wanted, &Path) -> anyhow::Result<Vec<Invocation>>,
}

/// The name of the file that [`RequestProgram::make`] leaves.
pub(crate) const REQUEST: &str = "theirs.csr";

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("requests");
    if asked.is_empty() {
        return Ok(());
    }
    let ours = ours::all(&context.new_folder("requests")?)?;
    for program in PROGRAMS.iter().filter(|it| asked.contains(&it.name)) {
        match program.program.find().await {
            Err(error) => report.add_missing("requests", program.name, &error),
            Ok(tool) => {
                for request in &ours {
                    report.add(program.reads(&tool, request).await?);
                }
                for wanted in Wanted::requests() {
                    report.add(program.makes(&tool, wanted, context).await?);
                }
            }
        }
    }
    Ok(())
}

impl RequestProgram {
    /// One of the programs.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PROGRAMS.iter().find(|it| it.name == name)
    }

    async fn reads(&self, tool: &Tool, request: &Ours) -> anyhow::Result<Row> {
        let output = (self.read)(tool, &request.path).run().await?;
        let printed = output.both().replace(", ", ",");
        let words = if request.is_intact {
            self.verified
        } else {
            self.damaged
        };
        let is_refusal = output.code != Some(0) || !printed.contains(self.verified);
        let expected: Vec<_> = [words]
            .into_iter()
            .chain(request.names.iter().copied())
            .collect();
        let missing: Vec<_> = expected
            .iter()
            .filter(|it| !printed.contains(**it))
            .collect();
        let ok = missing.is_empty() && is_refusal != request.is_intact;
        let row = Row {
            group: "requests",
            witness: self.name.to_owned(),
            version: tool.version().to_owned(),
            what: format!("reads {}", request.what),
            expected: format!("{expected:?}"),
            client_saw: match missing.is_empty() {
                true => format!("{output}, `{words}`"),
                false => format!("{output}, without {missing:?}"),
            },
            ok,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }

    async fn makes(&self, tool: &Tool, wanted: &Wanted, context: &Context) -> anyhow::Result<Row> {
        let folder = context.new_folder(&format!("{} {}", self.name, wanted.what))?;
        let output = in_turn((self.make)(tool, wanted, &folder)?).await?;
        let bytes = fs::read(folder.join(REQUEST)).unwrap_or_default();
        let ours = Verdict::ours(&bytes, &wanted.subject());
        let text = String::from_utf8_lossy(&bytes);
        let portal = context.portal().certificate(Account::GLOBEX, &text).await?;
        let portal = Verdict::of_portal(portal, context).await?;
        let expected = Verdict::expected(wanted.problem);
        let row = Row {
            group: "requests",
            witness: self.name.to_owned(),
            version: tool.version().to_owned(),
            what: format!("makes {}", wanted.what),
            expected: format!("it is made; we and the portal: {expected}"),
            client_saw: format!("{output}; we: {ours}"),
            server_saw: format!("portal: {portal}"),
            ok: output.code == Some(0) && ours == expected && portal == expected,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_witness_has_a_program() {
        let names: Vec<_> = PROGRAMS.iter().map(|it| it.name).collect();
        assert_eq!(names, WITNESSES);
    }
}
