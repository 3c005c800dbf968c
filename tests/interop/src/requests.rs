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
mod our_request;
mod request_program;
mod request_spec;
mod verdict;

pub(crate) use self::{
    keytool::STORE_PASSPHRASE, request_program::REQUEST, request_spec::RequestSpec,
};

use crate::{context::Context, report::Report, requests::request_program::RequestProgram};

/// The peer tools of this group.
pub(crate) const PEER_TOOLS: &[&str] = &["openssl", "certtool", "keytool", "cryptography"];

const PROGRAMS: &[RequestProgram] = &[
    openssl::PROGRAM,
    certtool::PROGRAM,
    keytool::PROGRAM,
    cryptography::PROGRAM,
];

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("requests");
    if asked.is_empty() {
        return Ok(());
    }
    let ours = our_request::write_all(&context.new_folder("requests")?)?;
    for program in PROGRAMS.iter().filter(|it| asked.contains(&it.name)) {
        match program.program.find().await {
            Err(error) => report.add_missing("requests", program.name, &error),
            Ok(tool) => {
                for request in &ours {
                    report.add(program.reads(&tool, request).await?);
                }
                for spec in RequestSpec::all() {
                    report.add(program.makes(&tool, spec, context).await?);
                }
            }
        }
    }
    Ok(())
}

/// Returns the program of this name.
pub(crate) fn program(name: &str) -> Option<&'static RequestProgram> {
    PROGRAMS.iter().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_tool_has_a_program() {
        let names: Vec<_> = PROGRAMS.iter().map(|it| it.name).collect();
        assert_eq!(names, PEER_TOOLS);
    }
}
