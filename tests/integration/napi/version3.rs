//! Version 3: a token in place of the password, a package in place of a configuration.

use std::time::Duration;

use http::StatusCode;
use mock_napi::{Account, Denial, EventKind, MockNapi, Point, Script, ServiceSettings};
use napi::{
    Authentication, BaseUrl, Client, Credentials, Error, RequestBody,
    business::{BusinessSearch, BusinessSearchModel},
    configuration::{
        AllDatasources, BusinessRegistrationNumbers, Consents, CountryCodes, CountryJoi,
        CountrySubdivisions, Datasources, DetailedConsents, Fields, RecommendedFields,
        TestEntities,
    },
    connection::{SayHello, TestAuthentication},
    v3::{
        self, BusinessDataFields, BusinessSearchRequest, BusinessVerifyRequest, V3, VerifyRequest,
    },
    verifications::{
        DataFields, DocumentDownload, DocumentField, GetPartialResult, GetTransactionRecord,
        GetTransactionRecordDocument, GetTransactionStatus, Polling, RecordStatus, Verification,
    },
};

use transport::ErrorKind;

use super::{
    Environment, country,
    later::{PATIENCE, PAUSE, quick},
    verifications::record_id,
};

const PACKAGE: &str = MockNapi::PACKAGE_ID;
const UNUSED: &str = "https://api.trulioo.com/v3/connection/async-callback";

impl Environment {
    fn client3(&self, secret: &str) -> v3::Client {
        let identity = self.customer.identity().unwrap();
        let connector = self.mock.trusted().unwrap().identity(&identity);
        let base_url: BaseUrl = self.mock.base_url().parse().unwrap();
        let credentials = Credentials::client(Account::ACME.api().user(), secret).unwrap();
        let client = Client::over_mtls(connector.build().unwrap(), base_url.clone(), credentials);
        client.token_url(base_url)
    }

    fn version3(&self) -> v3::Client {
        self.client3(Account::ACME.api().secret_password())
    }

    /// Returns the requests that were answered, without their user.
    async fn lines(&self) -> Vec<String> {
        let log = self.requests().await;
        let lines = log.into_iter().map(|line| line.replace(" acme-api", ""));
        lines.collect()
    }

    /// Counts the tokens that were granted.
    async fn tokens(&self) -> usize {
        let lines = self.lines().await;
        let tokens = lines.iter().filter(|it| *it == "POST /connect/token 200");
        tokens.count()
    }
}

#[tokio::test]
async fn one_token_serves_sequential_and_concurrent_calls() {
    let environment = Environment::new().await;
    let client = environment.version3();
    let hello = V3::new(TestAuthentication::new());
    let at_once = (0..8).map(|_| {
        let (client, hello) = (client.clone(), hello.clone());
        tokio::spawn(async move { client.send(&hello).await })
    });
    for call in at_once.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "Hello acme-api");
    }
    client.send(&hello).await.unwrap();
    let lines = environment.lines().await;
    assert_eq!(lines[0], "POST /connect/token 200");
    let path = "GET /v3/connection/testauthentication 200";
    assert_eq!(lines[1..], [path; 9]);
}

#[tokio::test]
async fn expired_token_is_renewed_and_the_call_done_once() {
    let environment = Environment::new().await;
    let client = environment.version3();
    let hello = V3::new(TestAuthentication::new());
    client.send(&hello).await.unwrap();
    // By the service's clock half an hour has passed, by ours nothing.
    environment.portal.set_clock(1801).await.unwrap();
    let request = environment.first_person("CA").await;
    let request = VerifyRequest::new(PACKAGE, country("CA"), request.data_fields.unwrap());
    let verification = client.send(&request).await.unwrap();
    assert!(verification.completed().is_some());
    assert_eq!(environment.transactions().await.len(), 1);
    let lines = environment.lines().await;
    let verify = "POST /v3/verifications/verify";
    let expected = [
        format!("{verify} 401 -"),
        "POST /connect/token 200".to_owned(),
        format!("{verify} 200"),
    ];
    assert_eq!(lines[lines.len() - 3..], expected);
    let events = environment.portal.events().await.unwrap();
    let denials = events.iter().filter_map(|event| match &event.kind {
        EventKind::Request { denial, .. } => *denial,
        _ => None,
    });
    assert_eq!(denials.collect::<Vec<_>>(), [Denial::UnknownToken]);
    client.send(&hello).await.unwrap();
    assert_eq!(environment.tokens().await, 2);
}

#[tokio::test]
async fn token_expired_on_arrival_is_used_once() {
    let environment = Environment::with(ServiceSettings::new().token_seconds(0)).await;
    let client = environment.version3();
    let hello = V3::new(TestAuthentication::new());
    // It has ended when it comes, so each call fetches one and renews it once, and none is used
    // twice.
    for _ in 0..2 {
        assert!(client.send(&hello).await.unwrap_err().is_authentication());
    }
    assert_eq!(environment.tokens().await, 4);
    environment.set(&ServiceSettings::new()).await;
    client.send(&hello).await.unwrap();
    client.send(&hello).await.unwrap();
    assert_eq!(environment.tokens().await, 5);
}

#[tokio::test]
async fn a_new_token_leaves_the_old_one_valid() {
    let environment = Environment::new().await;
    let (one, other) = (environment.version3(), environment.version3());
    let hello = V3::new(TestAuthentication::new());
    for client in [&one, &other, &one, &other] {
        client.send(&hello).await.unwrap();
    }
    assert_eq!(environment.tokens().await, 2);
    assert_eq!(environment.lines().await.len(), 6);
}

#[tokio::test]
async fn hanging_token_endpoint_times_out_per_call() {
    let environment = Environment::new().await;
    let held = Script::new().gate(Point::BeforeResponse, "token");
    environment.portal.enqueue(&[held]).await.unwrap();
    let client = environment.version3();
    let send = |client: v3::Client| {
        tokio::spawn(async move { client.send(&V3::new(TestAuthentication)).await })
    };
    let hasty = send(client.clone().call_timeout(Duration::from_millis(300)));
    let patient = [send(client.clone()), send(client.clone())];
    let error = hasty.await.unwrap().unwrap_err();
    assert!(
        matches!(&error, Error::Token { cause, .. } if matches!(**cause, Error::Timeout { .. })),
        "{error:?}"
    );
    environment.portal.open_gate("token").await.unwrap();
    for call in patient {
        assert_eq!(call.await.unwrap().unwrap(), "Hello acme-api");
    }
    assert_eq!(environment.tokens().await, 1);
}

#[tokio::test]
async fn unreachable_token_host_is_named() {
    let environment = Environment::new().await;
    let unreachable: BaseUrl = "https://localhost:1".parse().unwrap();
    let client = environment.version3().token_url(unreachable);
    let error = client.send(&V3::new(TestAuthentication)).await.unwrap_err();
    let Error::Token { host, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(host.as_str(), "https://localhost:1");
    assert_eq!(error.transport().unwrap().kind(), ErrorKind::Connect);
    let told = error.to_string();
    assert!(
        told.contains("https://localhost:1") && told.contains("Client::token_url"),
        "{told}"
    );
    assert!(environment.requests().await.is_empty());
}

#[tokio::test]
async fn packages_name_the_one_of_the_account() {
    let environment = Environment::new().await;
    let packages = environment.version3().packages().await.unwrap();
    let ids = packages
        .iter()
        .filter_map(|it| it.package_identifier.as_ref());
    assert_eq!(ids.map(|id| id.as_str()).collect::<Vec<_>>(), [PACKAGE]);
    assert_eq!(packages[0].is_approved, Some(true));
    let lines = environment.lines().await;
    assert_eq!(lines[1..], ["GET /v3/account/packages 200"]);
}

#[tokio::test]
async fn wrong_secret_gets_no_token_and_sends_nothing_else() {
    let environment = Environment::new().await;
    let client = environment.client3("acme-secret");
    let hello = V3::new(TestAuthentication::new());
    let error = client.send(&hello).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unauthorized { message: Some(said) } if said == "invalid_client"),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("acme-secret"));
    assert_eq!(
        environment.requests().await,
        ["POST /connect/token 400 acme-api"]
    );
}

#[tokio::test]
async fn each_version_takes_its_own_credentials_only() {
    let environment = Environment::new().await;
    let get = || {
        http::Request::get("/a")
            .body(RequestBody::default())
            .unwrap()
    };
    let basic = &environment.client;
    let error = basic.send_raw(get(), Authentication::Bearer).await;
    assert!(matches!(error, Err(Error::Credentials(_))), "{error:?}");
    let token = environment.version3();
    let error = token.send_raw(get(), Authentication::Basic).await;
    assert!(matches!(error, Err(Error::Credentials(_))), "{error:?}");
    assert!(environment.requests().await.is_empty());
}

#[tokio::test]
async fn version_3_lists_equal_those_of_version_1() {
    let environment = Environment::new().await;
    let (one, three) = (&environment.client, environment.version3());
    let code = || country("CA");
    let package = || PACKAGE.into();
    macro_rules! same {
        ($first:expr, $third:expr, $path:expr) => {
            let first = one.send(&$first).await.unwrap();
            let third = three.send(&V3::new($third)).await.unwrap();
            assert_eq!(first, third, "{}", $path);
            let last = environment.lines().await.pop().unwrap();
            assert_eq!(last, format!("GET /v3/{} 200", $path));
        };
    }
    let hello = || SayHello::new("Joe Napoli").unwrap();
    same!(hello(), hello(), "connection/sayhello/Joe%20Napoli");
    let conf = |rest: &str| format!("configuration/{}", rest.replace("{}", PACKAGE));
    same!(
        CountryCodes::default(),
        CountryCodes::new(package()),
        conf("countrycodes/{}")
    );
    same!(
        CountrySubdivisions::new(code()),
        CountrySubdivisions::new(code()),
        conf("countrysubdivisions/CA")
    );
    same!(
        Fields::new(code()),
        Fields::new(code()).configuration(package()),
        conf("fields/{}/CA")
    );
    same!(
        RecommendedFields::new(code()),
        RecommendedFields::new(code()).configuration(package()),
        conf("fields/{}/CA/recommended")
    );
    same!(
        Consents::new(code()),
        Consents::new(code()).configuration(package()),
        conf("consents/{}/CA")
    );
    same!(
        DetailedConsents::new(code()),
        DetailedConsents::new(code()).configuration(package()),
        conf("consents/{}/CA/detail")
    );
    same!(
        TestEntities::new(code()),
        TestEntities::new(code()).configuration(package()),
        conf("testentities/{}/CA")
    );
    same!(
        Datasources::new(code()),
        Datasources::new(code()).configuration(package()),
        conf("datasources/{}/CA")
    );
    same!(
        AllDatasources::default(),
        AllDatasources::new(package()),
        conf("alldatasources/{}")
    );
    same!(CountryJoi::all(), CountryJoi::all(), "business/countryJOI");
    same!(
        CountryJoi::of(code()),
        CountryJoi::of(code()),
        "business/countryJOI/CA"
    );
    let numbers = "business/businessregistrationnumbers";
    same!(
        BusinessRegistrationNumbers::all(),
        BusinessRegistrationNumbers::all(),
        numbers
    );
    same!(
        BusinessRegistrationNumbers::of(code()),
        BusinessRegistrationNumbers::of(code()),
        format!("{numbers}/CA")
    );
    same!(
        BusinessRegistrationNumbers::within(code(), "BC"),
        BusinessRegistrationNumbers::within(code(), "BC"),
        format!("{numbers}/CA/BC")
    );
}

#[tokio::test]
async fn another_package_is_refused_in_the_words_of_problem_details() {
    let environment = Environment::new().await;
    let client = environment.version3();
    let other = "00000000-0000-4000-8000-000000000000";
    let fields = Fields::new(country("CA")).configuration(other.into());
    let request = environment.first_person("CA").await;
    let inputs = request.data_fields.unwrap();
    let request = VerifyRequest::new(other, country("CA"), inputs);
    let errors = [
        client.send(&V3::new(fields)).await.unwrap_err(),
        client.send(&request).await.unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(&error, Error::Status { status: StatusCode::BAD_REQUEST, message: Some(said), .. }
                if said == "Account not configured for this product"),
            "{error:?}"
        );
    }
    assert!(environment.transactions().await.is_empty());
}

#[tokio::test]
async fn a_person_is_verified_and_everything_about_it_read() {
    let environment = Environment::new().await;
    let client = environment.version3();
    let first = environment.first_person("CA").await;
    let inputs = first.data_fields.clone().unwrap();
    let sent = inputs.document.clone().unwrap().document_front_image;
    let request = VerifyRequest::new(PACKAGE, country("CA"), inputs)
        .consent_for_data_sources(first.consent_for_data_sources.clone());
    let verification = client.send(&request).await.unwrap();
    let result = verification.completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    assert!(environment.last_transaction().await.is_match);
    let id = record_id(&result);
    let record = client
        .send(&V3::new(GetTransactionRecord::new(id.clone())))
        .await;
    assert_eq!(record.unwrap().record, result.record);
    let image = GetTransactionRecordDocument::new(id.clone(), DocumentField::FRONT_IMAGE);
    let image = client.send(&V3::new(image)).await.unwrap();
    assert_eq!(image, sent.unwrap().decode().unwrap());
    let transaction = result.transaction_id.clone().unwrap();
    let status = GetTransactionStatus::new(transaction.clone());
    let status = client.send(&V3::new(status)).await.unwrap();
    assert_eq!(status.transaction_record_id, Some(id.clone()));
    let partial = GetPartialResult::new(transaction.clone());
    let partial = client.send(&V3::new(partial)).await.unwrap();
    assert_eq!(partial.completed().unwrap().record, result.record);
    let lines = environment.lines().await;
    let (id, transaction) = (id.as_str(), transaction.as_str());
    let expected = [
        "POST /v3/verifications/verify 200".to_owned(),
        format!("GET /v3/verifications/transactionrecord/{id} 200"),
        format!("GET /v3/verifications/transactionrecord/{id}/DocumentFrontImage 200"),
        format!("GET /v3/verifications/transaction/{transaction}/status 200"),
        format!("GET /v3/verifications/transaction/{transaction}/partialresult 200"),
    ];
    assert_eq!(lines[lines.len() - 5..], expected);
}

#[tokio::test]
async fn a_person_is_verified_later_and_waited_for() {
    let environment = Environment::with(quick(1)).await;
    let client = environment.version3();
    let first = environment.first_person("IT").await;
    let inputs: DataFields = first.data_fields.clone().unwrap();
    let request = VerifyRequest::new(PACKAGE, country("IT"), inputs)
        .consent_for_data_sources(first.consent_for_data_sources)
        .callback_url(UNUSED);
    let Verification::Pending(pending) = client.send(&request).await.unwrap() else {
        panic!("not pending");
    };
    let polling = Polling::new(PATIENCE)
        .first_pause(PAUSE)
        .longest_pause(PAUSE);
    let id = client.wait(&pending, &polling).await.unwrap();
    let record = client.send(&V3::new(GetTransactionRecord::new(id))).await;
    assert_eq!(record.unwrap().status(), Some(&RecordStatus::MATCH));
}

#[tokio::test]
async fn a_company_is_verified_with_its_file_and_searched_for() {
    let environment = Environment::new().await;
    let client = environment.version3();
    let code = country("GB");
    let entities = environment.client.test_entities(&code).await.unwrap();
    let company = entities.into_iter().find_map(|it| it.business).unwrap();
    let name = company.business_name.clone().unwrap();
    let fields = BusinessDataFields::named(&name)
        .business_registration_number(company.business_registration_number.unwrap())
        .annual_report(true);
    let request = BusinessVerifyRequest::new(PACKAGE, code.clone(), fields);
    let result = client.send(&request).await.unwrap().completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    let file = DocumentDownload::new(record_id(&result), "AnnualReport");
    let file = client.send(&V3::new(file)).await.unwrap();
    assert!(file.bytes.starts_with(b"%PDF-"));
    let search = BusinessSearchRequest::new(PACKAGE, code, BusinessSearchModel::named(&name));
    let BusinessSearch::Completed(found) = client.send(&search).await.unwrap() else {
        panic!("not found");
    };
    let results = &found.record.unwrap().datasource_results[0].results;
    assert_eq!(results[0].business_name, Some(name));
    let lines = environment.lines().await;
    assert!(lines.contains(&"POST /v3/business/verify 200".to_owned()));
    assert!(lines.contains(&"POST /v3/business/search 200".to_owned()));
}
