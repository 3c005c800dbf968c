//! The body of a successful response, to each kind of operation, and the header that names a
//! download.

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
        GetTransactionStatus, PersonInfo, Verification, VerifyRequest,
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
    let strict = verify.response(answer());
    // A zero after the end is taken by the lenient parser alone. What the strict one takes, both
    // read alike.
    let mut odd = body.to_vec();
    odd.push(0);
    let lenient = verify.response(Response::new(Bytes::from(odd)));
    if let (Ok(Verification::Completed(strict)), true) = (strict, is_json(body)) {
        let Ok(Verification::Completed(lenient)) = lenient else {
            panic!("the lenient parser refuses what the strict one takes");
        };
        assert!(strict == lenient || !strict.unread().is_empty());
    }
    for charset in ["utf-16", "iso-8859-1", "shift_jis"] {
        let mut named = answer();
        let content_type = format!("application/json; charset={charset}");
        let content_type = HeaderValue::from_str(&content_type).unwrap();
        named.headers_mut().insert(header::CONTENT_TYPE, content_type);
        let _ = verify.response(named);
    }
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

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok()
}
