//! The mocks of this group, the caller's files, and the description with numbers of transactions.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Full};
use mock_napi::{Account, Event};
use serde_json::Value;
use test_support::{Customer, Mock};
use tower::ServiceExt as _;
use transport::MtlsClient;

use crate::{
    context::Context,
    openapi::{
        description::Description,
        part::{CHECKS, Caller, Part, Place},
    },
    programs::NAPI,
    tool::{Invocation, Place as ToolPlace, Tool},
};

/// Two mocks, and a customer of one of them.
pub(super) struct Testbed {
    mock: Mock,
    control: Mock,
    customer: Customer,
    client: MtlsClient<Full<Bytes>>,
    basic: String,
    token: String,
    folder: PathBuf,
    description: Description,
}

/// A version of NAPI, and the paths of its transactions.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) number: u8,
    verify: &'static str,
    search: &'static str,
    /// By the number of a transaction.
    of_transaction: &'static [&'static str],
    /// By the number of a record.
    of_record: &'static [&'static str],
    /// By that of a search; version 3 has no path of its own for it.
    of_search: &'static [&'static str],
}

/// Both versions.
pub(super) const VERSIONS: &[Version] = &[
    Version {
        number: 1,
        verify: "/verifications/v1/verify",
        search: "/business/v1/search",
        of_transaction: &[
            "/verifications/v1/transaction/{id}/status",
            "/verifications/v1/transaction/{id}/partialresult",
        ],
        of_record: &[
            "/verifications/v1/transactionrecord/{id}",
            "/verifications/v1/transactionrecord/{id}/{field}",
            "/verifications/v1/documentdownload/{id}/{field}",
        ],
        of_search: &["/business/v1/search/transactionrecord/{id}"],
    },
    Version {
        number: 3,
        verify: "/v3/verifications/verify",
        search: "/v3/business/search",
        of_transaction: &[
            "/v3/verifications/transaction/{id}/status",
            "/v3/verifications/transaction/{id}/partialresult",
        ],
        of_record: &[
            "/v3/verifications/transactionrecord/{id}",
            "/v3/verifications/transactionrecord/{id}/{field}",
            "/v3/verifications/documentdownload/{id}/{field}",
        ],
        of_search: &[],
    },
];

impl Testbed {
    pub(super) async fn new(context: &Context) -> anyhow::Result<Self> {
        let mock = Mock::start().await?;
        let customer = Customer::enrolled(Account::ACME, &mock.portal()).await?;
        let connector = mock.trusted()?.identity(&customer.identity()?).build()?;
        let folder = context.new_folder("openapi")?;
        fs::write(folder.join("ca.pem"), mock.ca_pem())?;
        let napi = NAPI.find_in(ToolPlace::Beside).await?;
        let printed = napi.command().args(["mock", "--openapi"]).run().await?;
        let description = Description::read(&printed.stdout).with_context(|| printed.words())?;
        let user = Account::ACME.api();
        let (user, password) = (user.user(), user.secret_password());
        let mut testbed = Self {
            client: MtlsClient::new(connector),
            control: Mock::start().await?,
            basic: format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
            token: String::new(),
            mock,
            customer,
            folder,
            description,
        };
        let form =
            format!("grant_type=client_credentials&client_id={user}&client_secret={password}");
        let form = Some(("application/x-www-form-urlencoded", form));
        let (_, granted) = testbed.send("/connect/token", "", form).await?;
        testbed.token = text_at(&granted, "/access_token")?;
        Ok(testbed)
    }

    /// Makes a verification and a search, and asks for each part of them; returns the paths and
    /// their statuses.
    pub(super) async fn transact(
        &mut self,
        version: &Version,
    ) -> anyhow::Result<Vec<(&'static str, u16)>> {
        let verified = self.example(version, version.verify).await?;
        let found = self.example(version, version.search).await?;
        let transaction = text_at(&verified, "/TransactionID")?;
        let record = text_at(&verified, "/Record/TransactionRecordID")?;
        let search = text_at(&found, "/Record/TransactionRecordID")?;
        let mut statuses = Vec::new();
        for (paths, id) in [
            (version.of_transaction, transaction),
            (version.of_record, record),
            (version.of_search, search),
        ] {
            for path in paths {
                self.description.set_id(path, &id)?;
                let sent = self.description.filled_in(path)?;
                let authorization = self.authorization(version);
                let (status, _) = self.send(&sent, &authorization, None).await?;
                statuses.push((*path, status));
            }
        }
        Ok(statuses)
    }

    /// Writes the description for schemathesis.
    pub(super) fn write_description(&self) -> anyhow::Result<()> {
        Ok(fs::write(
            self.folder.join("openapi.json"),
            self.description.to_string(),
        )?)
    }

    /// Returns the events so far of the mock that a part is of.
    pub(super) async fn events(&self, part: &Part) -> anyhow::Result<Vec<Event>> {
        self.mock_of(part).portal().events().await
    }

    /// Returns the number of operations that the run of a part asks for.
    pub(super) fn operations(&self, part: &Part) -> anyhow::Result<usize> {
        self.description.operations(part.tag, LEFT_OUT)
    }

    /// Returns the run for a part.
    pub(super) fn command(&self, schemathesis: &Tool, part: &Part) -> Invocation {
        let mock = self.mock_of(part);
        let portal = mock.portal();
        let url = match part.place {
            Place::MutualTls => mock.base_url(),
            Place::Plain => mock.plain_base_url(),
            Place::Portal | Place::Control => portal.url(),
        };
        let mut run = schemathesis
            .command()
            .folder(&self.folder)
            .args(["run", "openapi.json", "--url", url])
            .args(["--include-tag", part.tag, "--checks", CHECKS])
            .args(["--exclude-path", LEFT_OUT])
            .args([
                "--phases",
                part.phases(),
                "--max-examples",
                "5",
                "--seed",
                "1",
            ])
            .args([
                "--generation-database",
                "none",
                "--warnings",
                "missing_auth",
            ])
            .env("NO_COLOR", "1");
        if part.place == Place::MutualTls {
            run = run
                .arg("--request-cert")
                .arg(self.customer.certificate_path());
            if let Ok(key) = self.customer.key_path() {
                run = run.arg("--request-cert-key").arg(key);
            }
        }
        if url.starts_with("https:") {
            run = run.arg("--tls-verify").arg(self.folder.join("ca.pem"));
        }
        let user = match part.caller {
            Caller::ApiUser => Account::ACME.api(),
            Caller::PortalUser => Account::ACME.portal(),
            Caller::NoOne => return run,
            Caller::Token => {
                let token = format!("Authorization: Bearer {}", self.token);
                return run.args(["--header", &token]);
            }
        };
        let user = format!("{}:{}", user.user(), user.secret_password());
        run.args(["--auth", &user])
    }

    fn mock_of(&self, part: &Part) -> &Mock {
        match part.place {
            Place::Control => &self.control,
            Place::MutualTls | Place::Plain | Place::Portal => &self.mock,
        }
    }

    /// Posts the described example.
    async fn example(&self, version: &Version, path: &str) -> anyhow::Result<Value> {
        let body = self.description.example(path)?.to_string();
        let body = Some(("application/json", body));
        let authorization = self.authorization(version);
        let (status, response) = self.send(path, &authorization, body).await?;
        anyhow::ensure!(status == 200, "{path} responded with {status}");
        Ok(response)
    }

    fn authorization(&self, version: &Version) -> String {
        match version.number {
            1 => self.basic.clone(),
            _ => format!("Bearer {}", self.token),
        }
    }

    /// Sends a request over mutual TLS: a POST, if there is a body. Returns the JSON of the
    /// response, if it is some.
    async fn send(
        &self,
        path: &str,
        authorization: &str,
        body: Option<(&str, String)>,
    ) -> anyhow::Result<(u16, Value)> {
        let uri = format!("{}{path}", self.mock.base_url());
        let mut request = Request::builder().uri(uri);
        if !authorization.is_empty() {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = match body {
            None => request.body(Full::default()),
            Some((content_type, body)) => request
                .method(Method::POST)
                .header(CONTENT_TYPE, content_type)
                .body(Full::from(body)),
        };
        let response = self.client.clone().oneshot(request?).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

/// Whoever asks for a gate waits for ten seconds, for a connection that no one makes.
const LEFT_OUT: &str = "/mock/v1/gates/{name}";

fn text_at(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    Ok(text.with_context(|| format!("no {pointer}"))?.to_owned())
}
