//! Error responses: each form of a rejection, and that nothing was sent twice for it.

use http::StatusCode;
use mock_napi::{
    Account, ConnectionEvent, Delivery, Denial, EventKind, ProblemForm, Reply, Script,
    ServiceSettings, UnknownRecords,
};
use napi::{Client, Credentials, Error, ErrorCode, ServiceMessage, TransactionRecordId};
use transport::ErrorKind;

use super::{Environment, country, verifications::record_id};

impl Environment {
    /// Makes a client of this customer with other credentials.
    fn client_as(&self, credentials: Credentials) -> Client {
        let identity = self.customer.identity().unwrap();
        let connector = self.mock.trusted().unwrap().identity(&identity);
        let base_url = self.mock.base_url().parse().unwrap();
        Client::over_mtls(connector.build().unwrap(), base_url, credentials)
    }

    /// Returns the error of a verification that a scripted connection answers, which must have been
    /// sent once.
    async fn scripted(&self, script: Script) -> Error {
        let request = self.first_person("CA").await;
        let client = self.customer.client(&self.mock).unwrap(); // a new connection
        self.portal.enqueue(&[script]).await.unwrap();
        let error = client.verify(&request).await.unwrap_err();
        let events = self.portal.events().await.unwrap();
        let sent = events.iter().filter(|event| match &event.kind {
            EventKind::Connection(ConnectionEvent::RequestScripted { method, path, .. }) => {
                assert_eq!(method.as_deref(), Some("POST"));
                assert_eq!(path.as_deref(), Some("/verifications/v1/verify"));
                true
            }
            _ => false,
        });
        assert_eq!(sent.count(), 1);
        assert!(self.transactions().await.is_empty());
        error
    }
}

#[tokio::test]
async fn wrong_credentials_are_an_error_without_retry() {
    let environment = Environment::new().await;
    let user = Account::ACME.api();
    for (user, password, denial) in [
        (user.user(), "acme-passwore", Denial::WrongPassword),
        ("acme-apj", user.secret_password(), Denial::UnknownUser),
        ("acme-portal", "acme-portal-password", Denial::UnknownUser),
        (
            "globex-api",
            "globex-password",
            Denial::CertificateOfAnotherAccount,
        ),
    ] {
        let client = environment.client_as(Credentials::basic(user, password).unwrap());
        let error = client.country_codes().await.unwrap_err();
        assert!(
            matches!(&error, Error::Unauthorized { message: Some(said) } if said == "Access Denied"),
            "{error:?}"
        );
        assert!(error.is_authentication() && !error.is_retryable());
        assert!(!error.is_client_certificate_rejected());
        assert!(!format!("{error} {error:?}").contains(password));
        let events = environment.portal.events().await.unwrap();
        let last = events.into_iter().rev().find_map(|event| match event.kind {
            EventKind::Request { denial, status, .. } => Some((denial, status)),
            _ => None,
        });
        assert_eq!(last, Some((Some(denial), 401)));
    }
}

#[tokio::test]
async fn rejection_reads_the_same_in_each_form() {
    let environment = Environment::new().await;
    for form in [
        ProblemForm::BareString,
        ProblemForm::CodeAndMessage,
        ProblemForm::Message,
        ProblemForm::ProblemDetails,
    ] {
        environment
            .set(&ServiceSettings::new().problems(form))
            .await;
        let error = environment.client.fields(&country("ZZ")).await.unwrap_err();
        assert!(
            matches!(&error, Error::Status { status: StatusCode::BAD_REQUEST, message: Some(said), code: None, retry_after: None }
                if said == "Account not configured for this country"),
            "{form:?}: {error:?}"
        );
        assert!(!error.is_retryable() && !error.is_authentication());
    }
    let path = "/configuration/v1/fields/Identity%20Verification/ZZ";
    let expected = format!("GET {path} 400 acme-api");
    assert_eq!(environment.requests().await, [expected.as_str(); 4]);
}

#[tokio::test]
async fn missing_or_foreign_record_is_not_available() {
    let environment = Environment::new().await;
    let result = environment
        .verified(&environment.first_person("CA").await)
        .await;
    let own = record_id(&result);
    // The wrong one of the two numbers, as it happens where both are text.
    let confused: TransactionRecordId = result.transaction_id.unwrap().as_str().into();
    let globex = Account::GLOBEX;
    let theirs = test_support::Customer::enrolled(globex, &environment.portal).await;
    let theirs = theirs.unwrap().client(&environment.mock).unwrap();
    for (unknown_records, others_code) in [
        (UnknownRecords::BadRequest, None),
        (
            UnknownRecords::ServiceError,
            Some(ErrorCode::TRANSACTION_OF_ANOTHER_ACCOUNT),
        ),
    ] {
        let settings = ServiceSettings::new().unknown_records(unknown_records);
        environment.set(&settings).await;
        let read = environment.client.transaction_record(&own).await;
        assert!(read.unwrap().status().is_some());
        let confused = environment.client.transaction_record(&confused).await;
        let foreign = theirs.transaction_record(&own).await;
        match others_code {
            None => {
                for error in [confused.unwrap_err(), foreign.unwrap_err()] {
                    assert!(
                        matches!(&error, Error::Status { message: Some(said), .. }
                            if said == "Transaction not available"),
                        "{error:?}"
                    );
                }
            }
            Some(code) => {
                let code_of = |record: napi::verifications::TransactionRecord| {
                    assert_eq!(record.status(), None);
                    let code = record.service_errors().next().unwrap().1.code.clone();
                    code.unwrap()
                };
                let not_there = ErrorCode::TRANSACTION_NOT_AVAILABLE;
                assert_eq!(code_of(confused.unwrap()), not_there);
                assert_eq!(code_of(foreign.unwrap()), code);
            }
        }
    }
}

#[tokio::test]
async fn body_over_the_limit_is_rejected() {
    let environment = Environment::new().await;
    let request = environment.first_person("AU").await;
    let length = serde_json::to_vec(&request).unwrap().len();
    let settings = |limit| ServiceSettings::new().longest_body(limit);
    environment.set(&settings(length)).await;
    environment.verified(&request).await;
    environment.set(&settings(length - 1)).await;
    let error = environment.client.verify(&request).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Status {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                message: None,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!error.is_retryable());
    let log = environment.requests().await;
    let path = "POST /verifications/v1/verify";
    let expected = [
        format!("{path} 200 acme-api"),
        format!("{path} 413 acme-api"),
    ];
    assert_eq!(log[log.len() - 2..], expected);
    assert_eq!(environment.transactions().await.len(), 1);
}

#[tokio::test]
async fn every_status_has_its_advice_after_one_attempt() {
    let environment = Environment::new().await;
    for (reply, status, message, is_retryable) in [
        (Reply::request_timeout(), 408, None, true),
        (Reply::new(409).body("\"Quota\""), 409, Some("Quota"), false),
        (Reply::new(403).body("no"), 403, Some("no"), false),
        (Reply::new(415), 415, None, false),
        (Reply::too_many_requests("7"), 429, None, true),
        (Reply::internal_server_error(), 500, None, true),
        (Reply::service_unavailable_page(), 503, None, true),
    ] {
        let environment = Environment::new().await;
        let error = environment.scripted(Script::new().response(reply)).await;
        let Error::Status {
            status: found,
            message: said,
            ..
        } = &error
        else {
            panic!("{status}: {error:?}");
        };
        assert_eq!(found.as_u16(), status);
        assert_eq!(
            said.as_ref().map(ServiceMessage::unredacted),
            message,
            "{status}"
        );
        assert_eq!(error.is_retryable(), is_retryable, "{status}");
        assert_eq!(error.retry_after().is_some(), status == 429);
        assert!(!error.is_authentication() && !error.is_client_certificate_rejected());
    }
    assert!(environment.transactions().await.is_empty());
}

#[tokio::test]
async fn malformed_response_names_the_place_and_quotes_nothing() {
    for (body, expected) in [
        (
            r#"{"Record":{"DatasourceResults":[{"Errors":"Secret Name"}]}}"#,
            "TransactionID",
        ),
        (
            r#"{"TransactionID":"1","Record":{"Secret Name":"#,
            "Record.?",
        ),
        ("", "."),
        ("[]", "."),
        ("Secret Name", "."),
    ] {
        let environment = Environment::new().await;
        let reply = Reply::new(200)
            .header("content-type", "application/json")
            .body(body);
        let error = environment.scripted(Script::new().response(reply)).await;
        let Error::Decode { path, .. } = &error else {
            panic!("{body}: {error:?}");
        };
        assert_eq!(path, expected, "{body}");
        assert!(!format!("{error} {error:?}").contains("Secret"));
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn html_page_in_place_of_a_response_is_named() {
    let environment = Environment::new().await;
    let page = "<html><head><title>Sign in</title></head></html>";
    let reply = Reply::new(200)
        .header("content-type", "text/html")
        .body(page);
    let error = environment.scripted(Script::new().response(reply)).await;
    assert!(
        matches!(&error, Error::UnexpectedHtml { title: Some(title) } if title == "Sign in"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    for delivery in [
        Delivery::HalfThenClose,
        Delivery::HalfThenCut,
        Delivery::HalfThenReset,
    ] {
        let environment = Environment::new().await;
        let reply = Reply::new(200).body("{\"TransactionID\":\"1\",\"Errors\":[]}");
        let script = Script::new().response(reply.delivery(delivery));
        let error = environment.scripted(script).await;
        let transport = error.transport().unwrap();
        assert_eq!(transport.kind(), ErrorKind::Closed, "{delivery:?}");
    }
}

#[tokio::test]
async fn an_unknown_configuration_lasts_with_status_400_and_500() {
    let reply = |status, body: &str| Script::new().response(Reply::new(status).body(body));
    for status in [400, 500] {
        for body in [
            "\"Configuration name not valid\"",
            "{\"Message\":\"Configuration name not valid.\"}",
        ] {
            let environment = Environment::new().await;
            let error = environment.scripted(reply(status, body)).await;
            assert!(matches!(&error, Error::Status { status: found, .. } if *found == status));
            assert!(!error.is_retryable(), "{error:?}");
            assert!(
                error.to_string().contains("Configuration name not valid"),
                "{error}"
            );
        }
    }
    // The nearest that may pass.
    let environment = Environment::new().await;
    let other = environment
        .scripted(reply(500, "\"Configuration not loaded\""))
        .await;
    assert!(other.is_retryable());
}
