//! The way from the plain endpoint to mutual TLS: credentials first, both in parallel, enforced,
//! and back.

use std::fs;

use clap::Parser;
use cli::{Arguments, Exit, Format, Rendered};
use mock_napi::{Account, Denial, EventKind, PlainRejection, ServiceSettings};
use napi::{Client, Credentials};
use tempfile::TempDir;
use test_support::{Customer, Mock};

use crate::kinds;

/// Runs `napi-mtls hello` with these arguments.
async fn hello(mock: &Mock, base_url: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let folder = TempDir::new()?;
    let (ca, password) = (folder.path().join("ca.pem"), folder.path().join("password"));
    fs::write(&ca, mock.ca_pem())?;
    fs::write(&password, Account::ACME.api().secret_password())?;
    let (ca, password) = (ca.to_str().unwrap(), password.to_str().unwrap());
    let line = [
        "napi-mtls",
        "hello",
        "--base-url",
        base_url,
        "--ca-file",
        ca,
    ];
    let user = [
        "--user",
        "acme-api",
        "--password-file",
        password,
        "--proxy",
        "none",
    ];
    let line = line.iter().chain(&user).chain(arguments);
    Ok(Arguments::try_parse_from(line)?.run().await?.text)
}

async fn hello_plain(mock: &Mock) -> anyhow::Result<String> {
    hello(mock, mock.plain_base_url(), &["--plain"]).await
}

async fn hello_mtls(mock: &Mock, customer: &Customer) -> anyhow::Result<String> {
    let certificate = customer.certificate_path();
    let key = customer.key_path()?;
    let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    let identity = ["--certificate", files[0], "--key", files[1]];
    hello(mock, mock.base_url(), &identity).await
}

/// Status and denial of each request so far.
async fn statuses(mock: &Mock) -> Vec<(u16, Option<Denial>)> {
    let events = mock.portal().events().await.unwrap();
    let statuses = kinds(&events).into_iter().filter_map(|kind| match kind {
        EventKind::Request { status, denial, .. } => Some((*status, *denial)),
        _ => None,
    });
    statuses.collect()
}

#[tokio::test]
async fn hello_plain_needs_no_certificate_and_is_rejected_once_enforced() {
    let mock = Mock::start().await.unwrap();
    let portal = mock.portal();
    assert_eq!(hello_plain(&mock).await.unwrap(), "Hello acme-api");

    let customer = Customer::enrolled(Account::ACME, &portal).await.unwrap();
    assert_eq!(
        hello_mtls(&mock, &customer).await.unwrap(),
        "Hello acme-api"
    );
    assert_eq!(hello_plain(&mock).await.unwrap(), "Hello acme-api");

    portal.set_enforced(Account::ACME, true).await.unwrap();
    let rejected = format!("{:#}", hello_plain(&mock).await.unwrap_err());
    assert!(rejected.contains("enforces mutual TLS"), "{rejected}");
    assert_eq!(
        hello_mtls(&mock, &customer).await.unwrap(),
        "Hello acme-api"
    );

    portal.set_enforced(Account::ACME, false).await.unwrap();
    assert_eq!(hello_plain(&mock).await.unwrap(), "Hello acme-api");

    let enforced = (403, Some(Denial::MutualTlsEnforced));
    let ok = (200, None);
    assert_eq!(statuses(&mock).await, [ok, ok, ok, enforced, ok, ok]);
}

#[tokio::test]
async fn hello_plain_at_the_mutual_tls_endpoint_names_the_certificate() {
    let mock = Mock::start().await.unwrap();
    let error = hello(&mock, mock.base_url(), &["--plain"])
        .await
        .unwrap_err();
    let shown = Rendered::of(&Err(error), Format::Json);
    assert_eq!(shown.exit, Exit::Rejected);
    assert!(
        shown.err.contains("\"client_certificate_required\""),
        "{shown:?}"
    );
    assert!(statuses(&mock).await.is_empty());
}

#[tokio::test]
async fn hello_takes_a_certificate_or_plain_and_not_both() {
    for arguments in [
        &["--plain", "--certificate", "a", "--key", "a"][..],
        &["--plain", "--key", "a"],
        &["--plain", "--passphrase-file", "a"],
    ] {
        let line = ["napi-mtls", "hello", "--user", "acme-api"]
            .iter()
            .chain(arguments);
        let refused = Arguments::try_parse_from(line).unwrap_err();
        assert_eq!(refused.exit_code(), 2, "{arguments:?}");
    }
    // What is missing may stand in the environment or in a profile.
    for arguments in [&[][..], &["--certificate", "a"], &["--key", "a"]] {
        let line = ["napi-mtls", "hello", "--user", "acme-api"];
        let line = line.iter().chain(arguments);
        let refused = Arguments::try_parse_from(line).unwrap().run().await;
        let shown = Rendered::of(&refused, Format::Human);
        assert_eq!(shown.exit, Exit::Usage, "{arguments:?}: {shown:?}");
        assert!(shown.err.contains("give --"), "{shown:?}");
    }
    let plain = ["napi-mtls", "hello", "--user", "acme-api", "--plain"];
    assert!(Arguments::try_parse_from(plain).is_ok());
}

#[tokio::test]
async fn each_way_of_rejection_is_an_error_of_the_client() {
    let mock = Mock::start().await.unwrap();
    mock.portal()
        .set_enforced(Account::ACME, true)
        .await
        .unwrap();
    let user = Account::ACME.api();
    let credentials = Credentials::basic(user.user(), user.secret_password()).unwrap();
    let connector = mock.trusted().unwrap().build().unwrap();
    let base_url = mock.plain_base_url().parse().unwrap();
    let client: Client = Client::over_mtls(connector, base_url, credentials);
    for rejection in [
        PlainRejection::Closed,
        PlainRejection::Forbidden,
        PlainRejection::ProblemDetails,
        PlainRejection::Unauthorized,
    ] {
        let settings = ServiceSettings::new().plain_rejection(rejection);
        mock.portal().set_service(&settings).await.unwrap();
        let error = client.test_authentication().await.unwrap_err();
        // It is no verdict on a certificate: none was asked for.
        assert!(
            !error.is_client_certificate_rejected(),
            "{rejection:?}: {error:?}"
        );
        assert_eq!(
            error.transport().is_some(),
            rejection == PlainRejection::Closed
        );
    }
}

#[tokio::test]
async fn sub_account_user_calls_with_the_parents_certificate() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let below = Account::ACME.sub_accounts()[0].api();
    let credentials = Credentials::basic(below.user(), below.secret_password()).unwrap();
    let identity = customer.identity().unwrap();
    let connector = mock.trusted().unwrap().identity(&identity).build().unwrap();
    let base_url = mock.base_url().parse().unwrap();
    let client: Client = Client::over_mtls(connector, base_url, credentials);
    assert_eq!(
        client.test_authentication().await.unwrap(),
        "Hello acme-eu-api"
    );
    assert_eq!(statuses(&mock).await, [(200, None)]);
}
