//! A program that reads and makes certification requests.

use std::{fs, path::Path};

use mock_napi::Account;

use crate::{
    context::Context,
    report::Row,
    requests::{our_request::OurRequest, request_spec::RequestSpec, verdict::Verdict},
    tool::{Invocation, Program, Tool, in_turn},
};

/// A program that reads and makes certification requests.
#[derive(Clone, Copy)]
pub(crate) struct RequestProgram {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    /// Shows a request in PEM and verifies its signature.
    pub(crate) read: fn(&Tool, &Path) -> Invocation,
    /// The words for a signature that verifies.
    pub(crate) verified: &'static str,
    /// The words for one that does not. Some programs end with success even so.
    pub(crate) damaged: &'static str,
    /// The commands, one after the other, that leave a key and a request in the folder.
    pub(crate) make: fn(&Tool, &RequestSpec, &Path) -> anyhow::Result<Vec<Invocation>>,
}

/// The name of the file that [`RequestProgram::make`] leaves.
pub(crate) const REQUEST: &str = "theirs.csr";

impl RequestProgram {
    /// Lets the program read a request of ours.
    pub(crate) async fn reads(&self, tool: &Tool, request: &OurRequest) -> anyhow::Result<Row> {
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
            peer_tool: self.name.to_owned(),
            version: tool.version().to_owned(),
            case: format!("reads {}", request.title),
            expected: format!("{expected:?}"),
            client_outcome: match missing.is_empty() {
                true => format!("{output}, `{words}`"),
                false => format!("{output}, without {missing:?}"),
            },
            ok,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }

    /// Lets the program make a request, which we and the portal read.
    pub(crate) async fn makes(
        &self,
        tool: &Tool,
        spec: &RequestSpec,
        context: &Context,
    ) -> anyhow::Result<Row> {
        let folder = context.new_folder(&format!("{} {}", self.name, spec.title))?;
        let output = in_turn((self.make)(tool, spec, &folder)?).await?;
        let bytes = fs::read(folder.join(REQUEST)).unwrap_or_default();
        let ours = Verdict::ours(&bytes, &spec.subject());
        let text = String::from_utf8_lossy(&bytes);
        let portal = context.portal().certificate(Account::GLOBEX, &text).await?;
        let portal = Verdict::of_portal(portal, context).await?;
        let expected = Verdict::expected(spec.problem);
        let row = Row {
            group: "requests",
            peer_tool: self.name.to_owned(),
            version: tool.version().to_owned(),
            case: format!("makes {}", spec.title),
            expected: format!("it is made; we and the portal: {expected}"),
            client_outcome: format!("{output}; we: {ours}"),
            server_events: format!("portal: {portal}"),
            ok: output.code == Some(0) && ours == expected && portal == expected,
            ..Row::default()
        };
        Ok(row.with_output(&output))
    }
}
