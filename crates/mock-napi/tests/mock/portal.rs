//! The portal: what it grants, what it refuses, and the limit of five.

use hyper::StatusCode;
use mock_napi::{
    Account, CertificateState, Credentials, EventKind, Field, IssuedCertificate, MockNapi,
    ProblemCode,
};
use rcgen::{DnType, KeyPair, SanType};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use crate::client::{ClientResponse, header, portal, problems, text, upload};
use crate::request::{KEY, Request};

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

async fn accepts(request: impl Into<hyper::body::Bytes>) {
    let mock = start().await;
    let response = upload(&mock, Account::ACME, "", request).await;
    assert_eq!(
        response.status(),
        StatusCode::CREATED,
        "{}",
        text(&response)
    );
}

async fn refuses(
    request: impl Into<hyper::body::Bytes>,
    expected: impl IntoIterator<Item = (Field, ProblemCode)>,
) {
    let mock = start().await;
    let response = upload(&mock, Account::ACME, "", request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let found: Vec<_> = problems(&response)
        .iter()
        .map(|problem| (problem.field, problem.code))
        .collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
}

fn certificate(response: &ClientResponse) -> CertificateDer<'static> {
    assert_eq!(response.status(), StatusCode::CREATED, "{}", text(response));
    CertificateDer::from_pem_slice(response.body()).unwrap()
}

async fn listed(mock: &MockNapi, account: &Account) -> Vec<IssuedCertificate> {
    let path = "/portal/v1/certificates";
    let response = portal(mock, "GET", path, Some(account.portal()), "").await;
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn a_certificate_says_what_the_request_said() {
    let mock = start().await;
    let address = SanType::IpAddress("192.0.2.1".parse().unwrap());
    let request = Request::good()
        .dns("api.example.com")
        .dns("api2.example.com")
        .name(address);
    let der = request.der();
    let response = upload(&mock, Account::ACME, "", der.clone()).await;
    let issued = certificate(&response);
    let (_, issued) = X509Certificate::from_der(&issued).unwrap();
    let (_, request) = X509CertificationRequest::from_der(&der).unwrap();

    let info = &request.certification_request_info;
    assert_eq!(issued.subject().as_raw(), info.subject.as_raw());
    assert_eq!(issued.public_key().raw, info.subject_pki.raw);
    let requested = request
        .requested_extensions()
        .unwrap()
        .find_map(|extension| match extension {
            ParsedExtension::SubjectAlternativeName(names) => Some(names.general_names.clone()),
            _ => None,
        });
    let names = &issued
        .subject_alternative_name()
        .unwrap()
        .unwrap()
        .value
        .general_names;
    assert_eq!(Some(names), requested.as_ref());
    assert_eq!(names[0], GeneralName::DNSName("api.example.com"));
}

#[tokio::test]
async fn certificate_is_for_client_authentication_and_one_year() {
    let mock = start().await;
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    assert_eq!(header(&response, "content-type"), "application/x-pem-file");
    let issued = certificate(&response);
    let (_, issued) = X509Certificate::from_der(&issued).unwrap();

    assert!(!issued.is_ca());
    let usage = issued.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && !usage.key_cert_sign() && !usage.key_encipherment());
    let extended = issued.extended_key_usage().unwrap().unwrap().value;
    assert!(extended.client_auth && !extended.server_auth && !extended.any);
    let validity = issued.validity();
    let seconds = validity.not_after.timestamp() - validity.not_before.timestamp();
    assert_eq!(seconds, 60 + 365 * 86_400);
    assert_eq!(
        issued.raw_serial_as_string().replace(':', ""),
        header(&response, "x-serial")
    );
}

#[tokio::test]
async fn the_request_of_the_vendors_openssl_command_is_granted() {
    accepts(include_str!("../vectors/rsa2048.csr")).await;
}

#[tokio::test]
async fn text_around_the_request_does_not_matter() {
    accepts(format!(
        "Certificate Request:\n    Data:\n{}\n",
        Request::good().pem()
    ))
    .await;
}

#[tokio::test]
async fn the_older_label_of_a_request_is_read_too() {
    accepts(
        Request::good()
            .pem()
            .replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    )
    .await;
}

#[tokio::test]
async fn another_label_is_not_read() {
    let request = Request::good()
        .pem()
        .replace("CERTIFICATE REQUEST", "CERTIFICATE");
    refuses(request, [(Field::Request, ProblemCode::NotARequest)]).await;
}

#[tokio::test]
async fn a_private_key_is_not_a_request() {
    refuses(
        KEY.serialize_pem(),
        [(Field::Request, ProblemCode::NotARequest)],
    )
    .await;
}

#[tokio::test]
async fn an_empty_body_is_not_a_request() {
    refuses("", [(Field::Request, ProblemCode::NotARequest)]).await;
}

#[tokio::test]
async fn bytes_after_the_request_are_refused() {
    let mut request = Request::good().der();
    request.push(0);
    refuses(request, [(Field::Request, ProblemCode::NotARequest)]).await;
}

#[tokio::test]
async fn every_missing_attribute_is_named() {
    let request = Request::good()
        .without(DnType::CountryName)
        .without(DnType::StateOrProvinceName)
        .without(DnType::LocalityName)
        .without(DnType::OrganizationName)
        .without(DnType::CommonName)
        .with(DnType::OrganizationalUnitName, "Identity");
    let fields = [
        Field::Country,
        Field::State,
        Field::Locality,
        Field::Organization,
        Field::CommonName,
    ];
    refuses(
        request.pem(),
        fields.map(|field| (field, ProblemCode::Missing)),
    )
    .await;
}

#[tokio::test]
async fn an_empty_attribute_is_missing() {
    let request = Request::good().with(DnType::LocalityName, " ");
    refuses(request.pem(), [(Field::Locality, ProblemCode::Missing)]).await;
}

#[tokio::test]
async fn further_attributes_are_granted() {
    accepts(
        Request::good()
            .with(DnType::OrganizationalUnitName, "Identity")
            .pem(),
    )
    .await;
}

#[tokio::test]
async fn a_repeated_attribute_is_refused() {
    let request = include_str!("../vectors/repeated-unit.csr");
    refuses(request, [(Field::OtherSubject, ProblemCode::Repeated)]).await;
}

#[tokio::test]
async fn each_forbidden_character_is_refused() {
    let mock = start().await;
    for character in r"<>~!@#$%^*/\()?,&".chars() {
        let name = format!("Example {character} Ltd");
        let request = Request::good().with(DnType::OrganizationName, &name).pem();
        let response = upload(&mock, Account::ACME, "", request).await;
        let problems = problems(&response);
        assert_eq!(problems.len(), 1, "{character}");
        assert_eq!(problems[0].field, Field::Organization);
        assert_eq!(problems[0].code, ProblemCode::ForbiddenCharacter);
    }
}

#[tokio::test]
async fn characters_that_look_alike_are_granted() {
    accepts(
        Request::good()
            .with(DnType::OrganizationName, "Société d'Exemple-Test. + 1: ;=")
            .pem(),
    )
    .await;
}

#[tokio::test]
async fn a_forbidden_character_in_an_alternative_name_is_refused() {
    let name = SanType::URI("https://example.com".try_into().unwrap());
    let problem = (Field::SubjectAltName, ProblemCode::ForbiddenCharacter);
    refuses(Request::good().name(name).pem(), [problem]).await;
}

#[tokio::test]
async fn a_forbidden_character_in_a_further_attribute_is_refused() {
    let email = DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1]);
    let request = Request::good().with(email, "someone@example.com");
    refuses(
        request.pem(),
        [
            (Field::OtherSubject, ProblemCode::WrongStringType), // of UTF8String, where IA5String belongs
            (Field::OtherSubject, ProblemCode::ForbiddenCharacter),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_country_in_lower_case_is_refused() {
    let request = Request::good().with(DnType::CountryName, "ca");
    refuses(request.pem(), [(Field::Country, ProblemCode::CountryCode)]).await;
}

#[tokio::test]
async fn a_country_of_three_letters_is_refused() {
    let request = Request::good().with(DnType::CountryName, "CAN");
    refuses(request.pem(), [(Field::Country, ProblemCode::CountryCode)]).await;
}

#[tokio::test]
async fn a_wildcard_common_name_is_refused() {
    let request = Request::good().with(DnType::CommonName, "*.example.com");
    refuses(request.pem(), [(Field::CommonName, ProblemCode::Wildcard)]).await;
}

#[tokio::test]
async fn a_wildcard_alternative_name_is_refused() {
    let request = Request::good().dns("api.example.com").dns("*.example.com");
    refuses(
        request.pem(),
        [(Field::SubjectAltName, ProblemCode::Wildcard)],
    )
    .await;
}

#[tokio::test]
async fn a_common_name_of_one_label_is_refused() {
    let request = Request::good().with(DnType::CommonName, "server");
    refuses(
        request.pem(),
        [(Field::CommonName, ProblemCode::NotFullyQualified)],
    )
    .await;
}

#[tokio::test]
async fn an_alternative_name_with_a_blank_is_refused() {
    let request = Request::good().dns("my host.example.com");
    refuses(
        request.pem(),
        [(Field::SubjectAltName, ProblemCode::NotADomainName)],
    )
    .await;
}

#[tokio::test]
async fn a_small_rsa_key_is_refused() {
    let request = include_str!("../vectors/rsa1024.csr");
    refuses(request, [(Field::Key, ProblemCode::KeyTooSmall)]).await;
}

#[tokio::test]
async fn an_elliptic_key_is_refused() {
    let key = KeyPair::generate().unwrap();
    refuses(
        Request::good().signed_by(&key),
        [(Field::Key, ProblemCode::NotRsa)],
    )
    .await;
}

#[tokio::test]
async fn a_changed_request_is_refused_for_its_signature() {
    let mut request = Request::good().der();
    let at = request
        .windows(9)
        .position(|bytes| bytes == b"Vancouver")
        .unwrap();
    request[at] = b'W';
    refuses(request, [(Field::Signature, ProblemCode::BadSignature)]).await;
}

#[tokio::test]
async fn requests_signed_over_a_weak_hash_are_refused() {
    for request in [
        include_str!("../vectors/sha1.csr"),
        include_str!("../vectors/md5.csr"),
        include_str!("../vectors/pss-sha1.csr"),
    ] {
        refuses(request, [(Field::Signature, ProblemCode::WeakHash)]).await;
    }
    let elliptic = [
        (Field::Key, ProblemCode::NotRsa),
        (Field::Signature, ProblemCode::WeakHash),
    ];
    refuses(include_str!("../vectors/ec-sha1.csr"), elliptic).await;
}

#[tokio::test]
async fn hash_that_the_portal_cannot_verify_is_unsupported() {
    let request = include_str!("../vectors/sha224.csr");
    refuses(request, [(Field::Signature, ProblemCode::Unsupported)]).await;
}

#[tokio::test]
async fn requests_signed_over_sha2_are_granted() {
    let mock = MockNapi::builder().start().await.unwrap();
    for request in [
        include_str!("../vectors/sha384.csr"),
        include_str!("../vectors/pss-sha256.csr"),
    ] {
        mock.issue("acme", request.as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn weak_hash_hides_no_bad_signature() {
    let request = include_str!("../vectors/sha1.csr");
    let pem = x509_parser::pem::Pem::iter_from_buffer(request.as_bytes()).next();
    let mut der = pem.unwrap().unwrap().contents;
    *der.last_mut().unwrap() ^= 1;
    let expected = [
        (Field::Signature, ProblemCode::WeakHash),
        (Field::Signature, ProblemCode::BadSignature),
    ];
    refuses(der, expected).await;
}

#[tokio::test]
async fn all_problems_come_at_once() {
    let request = Request::good()
        .with(DnType::CountryName, "can")
        .with(DnType::OrganizationName, "A & B (C)")
        .without(DnType::LocalityName)
        .dns("*.example.com");
    let key = KeyPair::generate().unwrap();
    let expected = [
        (Field::Country, ProblemCode::CountryCode),
        (Field::Organization, ProblemCode::ForbiddenCharacter),
        (Field::Organization, ProblemCode::ForbiddenCharacter),
        (Field::Organization, ProblemCode::ForbiddenCharacter),
        (Field::Locality, ProblemCode::Missing),
        (Field::SubjectAltName, ProblemCode::Wildcard),
        (Field::Key, ProblemCode::NotRsa),
    ];
    refuses(request.signed_by(&key), expected).await;
}

#[tokio::test]
async fn a_body_above_64_kib_is_refused() {
    let mock = start().await;
    let filler = " ".repeat(64 * 1024 - Request::good().pem().len());
    let fits = upload(&mock, Account::ACME, "", Request::good().pem() + &filler).await;
    assert_eq!(fits.status(), StatusCode::CREATED);
    let exceeds = upload(
        &mock,
        Account::ACME,
        "",
        Request::good().pem() + &filler + " ",
    )
    .await;
    assert_eq!(exceeds.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problems(&exceeds)[0].code, ProblemCode::TooLarge);
}

#[tokio::test]
async fn a_usage_or_issuer_that_there_is_not_is_refused() {
    let mock = start().await;
    for query in ["?usage=servers", "?issuer="] {
        let response = upload(&mock, Account::ACME, query, Request::good().pem()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let codes: Vec<_> = problems(&response)
            .iter()
            .map(|problem| problem.code)
            .collect();
        assert_eq!(codes, [ProblemCode::InvalidQuery]);
    }
}

#[tokio::test]
async fn a_validity_that_is_no_number_is_refused() {
    let mock = start().await;
    let request = Request::good().pem();
    let response = upload(&mock, Account::ACME, "?valid_to=tomorrow", request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(problems(&response)[0].code, ProblemCode::InvalidValidity);
}

#[tokio::test]
async fn a_wrong_portal_login_is_refused() {
    let mock = start().await;
    let portal_user = Account::ACME.portal().user();
    let wrong = Credentials::new(portal_user, "guess");
    for credentials in [None, Some(&wrong), Some(Account::ACME.api())] {
        for (method, path) in [
            ("POST", "/portal/v1/certificates"),
            ("GET", "/portal/v1/certificates"),
            ("DELETE", "/portal/v1/certificates/00"),
        ] {
            let response = portal(&mock, method, path, credentials, Request::good().pem()).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method}");
        }
    }
    assert!(listed(&mock, Account::ACME).await.is_empty());
}

#[tokio::test]
async fn the_sixth_live_certificate_is_refused() {
    let mock = start().await;
    for _ in 0..5 {
        certificate(&upload(&mock, Account::ACME, "", Request::good().pem()).await);
    }
    let sixth = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    assert_eq!(sixth.status(), StatusCode::CONFLICT);
    assert_eq!(problems(&sixth)[0].code, ProblemCode::TooManyCertificates);
    certificate(&upload(&mock, Account::GLOBEX, "", Request::good().pem()).await);
}

#[tokio::test]
async fn an_expired_certificate_makes_room_for_a_sixth() {
    let mock = start().await;
    for query in ["", "", "", "", "?valid_to=-1"] {
        certificate(&upload(&mock, Account::ACME, query, Request::good().pem()).await);
    }
    certificate(&upload(&mock, Account::ACME, "", Request::good().pem()).await);
}

#[tokio::test]
async fn a_revoked_certificate_makes_room_for_a_sixth() {
    let mock = start().await;
    let first = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    for _ in 0..4 {
        certificate(&upload(&mock, Account::ACME, "", Request::good().pem()).await);
    }
    let path = format!("/portal/v1/certificates/{}", header(&first, "x-serial"));
    let revoked = portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
    assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    certificate(&upload(&mock, Account::ACME, "", Request::good().pem()).await);
}

#[tokio::test]
async fn future_certificate_is_live_and_takes_a_place() {
    let mock = start().await;
    for _ in 0..5 {
        let query = "?valid_from=1000&valid_to=2000";
        certificate(&upload(&mock, Account::ACME, query, Request::good().pem()).await);
    }
    let sixth = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    assert_eq!(sixth.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn one_account_cannot_revoke_the_certificate_of_another() {
    let mock = start().await;
    let first = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let path = format!("/portal/v1/certificates/{}", header(&first, "x-serial"));
    let response = portal(&mock, "DELETE", &path, Some(Account::GLOBEX.portal()), "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        listed(&mock, Account::ACME).await[0].state,
        CertificateState::Live
    );
}

#[tokio::test]
async fn the_list_shows_the_accounts_certificates_and_their_state() {
    let mock = start().await;
    let live = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    upload(&mock, Account::ACME, "?valid_to=-1", Request::good().pem()).await;
    let revoked = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    upload(&mock, Account::GLOBEX, "", Request::good().pem()).await;
    let path = format!("/portal/v1/certificates/{}", header(&revoked, "x-serial"));
    portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;

    let listed = listed(&mock, Account::ACME).await;
    let states: Vec<_> = listed.iter().map(|entry| entry.state).collect();
    assert_eq!(
        states,
        [
            CertificateState::Live,
            CertificateState::Expired,
            CertificateState::Revoked
        ]
    );
    assert_eq!(listed[0].serial, header(&live, "x-serial"));
    assert_eq!(
        listed[0].subject,
        "C=CA, ST=British Columbia, L=Vancouver, O=Example Ltd, CN=api.example.com"
    );
    assert!(listed[0].not_before < listed[0].not_after);
}

#[tokio::test]
async fn the_portal_writes_to_the_event_log() {
    let mock = start().await;
    let issued = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    upload(&mock, Account::ACME, "", "not a request").await;
    let path = format!("/portal/v1/certificates/{}", header(&issued, "x-serial"));
    portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;

    let kinds: Vec<_> = mock.events().into_iter().map(|event| event.kind).collect();
    let [
        EventKind::CertificateIssued {
            account,
            serial,
            sha256,
            ..
        },
        EventKind::CertificateRefused { problems, .. },
        EventKind::CertificateRevoked {
            serial: revoked,
            sha256: revoked_sha256,
            ..
        },
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}");
    };
    assert_eq!(account, "acme");
    assert_eq!(serial, header(&issued, "x-serial"));
    assert_eq!(problems, &[ProblemCode::NotARequest]);
    assert_eq!((revoked, revoked_sha256), (serial, sha256));
}
