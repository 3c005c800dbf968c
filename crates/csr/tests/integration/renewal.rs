//! The next request from the certificate that is about to expire.

use csr::{
    AlternativeName, CertificationRequest, Error, Field, FileKind, InspectedRequest, Policy,
    Problem, Subject, SubjectBuilder,
};

use crate::{KEY, acme};

const CERTIFICATE: &[u8] = include_bytes!("../vectors/certificate.pem");

#[test]
fn the_names_of_the_certificate_are_asked_for_again() {
    let subject = Subject::from_certificate(CERTIFICATE, Policy::Trulioo).unwrap();
    let expected = acme()
        .dns_name("napi.acme.example")
        .dns_name("backup.acme.example")
        .build()
        .unwrap();
    assert_eq!(subject, expected);

    let (_, pem) = x509_parser::pem::parse_x509_pem(CERTIFICATE).unwrap();
    let from_der = Subject::from_certificate(&pem.contents, Policy::Trulioo).unwrap();
    assert_eq!(from_der, expected);
}

#[test]
fn request_for_old_key_is_the_same_each_time() {
    let subject = Subject::from_certificate(CERTIFICATE, Policy::Trulioo).unwrap();
    let again = || CertificationRequest::builder(&subject).sign(&KEY).unwrap();
    assert_eq!(again(), again());
    assert_eq!(again().public_key_sha256(), KEY.public_key_sha256());
    let inspected = InspectedRequest::from_der(again().to_der()).unwrap();
    inspected.verify().unwrap();
}

#[test]
fn changed_field_of_renewal_is_checked_again() {
    let builder = || SubjectBuilder::from_certificate(CERTIFICATE).unwrap();
    let moved = builder().locality("Burnaby").build().unwrap();
    assert_eq!(moved.locality(), Some("Burnaby"));
    assert_eq!(
        moved.alternative_names()[1],
        AlternativeName::Dns("backup.acme.example".to_owned())
    );

    let refused = builder().locality("Burnaby & New Westminster").build();
    let [problem] = refused.as_ref().unwrap_err().problems() else {
        panic!("{refused:?}")
    };
    assert_eq!(problem.field, Field::Locality);
    assert!(matches!(
        problem.problem,
        Problem::ForbiddenCharacter { .. }
    ));
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    let request = include_bytes!("../vectors/foreign/rsa-sha256.pem");
    let key = include_bytes!("../vectors/key.pem");
    for (file, kind) in [
        (request.as_slice(), FileKind::CertificationRequest),
        (key, FileKind::PrivateKey),
        (b"Hello", FileKind::Unknown),
        (b"", FileKind::Unknown),
    ] {
        let refused = Subject::from_certificate(file, Policy::Trulioo);
        assert!(
            matches!(refused, Err(Error::WrongFile { wanted: FileKind::Certificate, found }) if found == kind),
            "{refused:?}"
        );
    }
    let cut = &CERTIFICATE[..CERTIFICATE.len() / 2];
    let refused = Subject::from_certificate(cut, Policy::Trulioo);
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
}
