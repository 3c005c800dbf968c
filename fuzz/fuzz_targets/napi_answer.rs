//! The body of a successful answer, to each kind of operation; and the header that names a download.

#![no_main]

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use libfuzzer_sys::fuzz_target;
use napi::{
    Endpoint,
    business::GetBusinessSearchResult,
    configuration::{CountryCodes, DocumentTypes, Fields, TestEntities},
    connection::{SayHello, TestAuthentication},
    verifications::{
        DocumentDownload, GetPartialResult, GetTransactionRecord, GetTransactionRecordDocument,
        GetTransactionStatus, PersonInfo, VerifyRequest,
    },
};

fuzz_target!(|body: &[u8]| {
    let answer = || Response::new(Bytes::copy_from_slice(body));
    let tested = TestAuthentication::new()
        .response(answer())
        .map_err(|it| it.to_string());
    let said = SayHello::new("Joe")
        .unwrap()
        .response(answer())
        .map_err(|it| it.to_string());
    assert_eq!(tested, said);

    let country = || "AU".parse().unwrap();
    let verify = VerifyRequest::new(country(), PersonInfo::new());
    let _ = verify.response(answer());
    let _ = GetTransactionRecordDocument::new("1".into(), "a".into()).response(answer());
    let _ = GetTransactionStatus::new("1".into()).response(answer());
    let _ = GetPartialResult::new("1".into()).response(answer());
    let _ = GetBusinessSearchResult::new("1".into()).response(answer());
    let _ = CountryCodes::default().response(answer());
    let _ = DocumentTypes::all().response(answer());
    let _ = TestEntities::new(country()).response(answer());
    if let Ok(fields) = Fields::new(country()).response(answer()) {
        let _ = fields.problems(&verify);
    }
    if let Ok(record) = GetTransactionRecord::new("1".into()).response(answer()) {
        for source in record.record.iter().flat_map(|it| &it.datasource_results) {
            let _ = (
                source.watchlist_data(),
                source.watchlist_hit_details(),
                source.authenticity_details(),
            );
        }
    }
    if let Ok(name) = HeaderValue::from_bytes(body) {
        let mut named = answer();
        named.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        let file = DocumentDownload::new("1".into(), "a").response(named);
        assert!(file.is_ok_and(|file| !file.file_name.contains(['/', '\\', '\0'])));
    }
});
