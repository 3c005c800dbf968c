//! The heads of responses, seen below the client: each form is really another one on the wire, and
//! reads the same.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, Version, header};
use mock_napi::{BodyFraming, Compression, DateFormat, NullMembers, ServiceSettings};
use napi::{
    Client, HttpService, RequestBody,
    verifications::{FieldStatus, TransactionRecord},
};
use tower::ServiceExt;
use transport::{Alpn, MtlsClient, ResponseBody};

use super::{Environment, verifications::record_id};

/// The heads of all requests and answers of a client.
#[derive(Clone, Default)]
struct Heads {
    sent: Arc<Mutex<Vec<HeaderMap>>>,
    received: Arc<Mutex<Vec<(Version, HeaderMap)>>>,
}

impl Heads {
    /// Returns the head of the last response.
    fn last(&self) -> (Version, HeaderMap) {
        self.received.lock().unwrap().last().unwrap().clone()
    }
}

/// Makes a client that speaks one version of HTTP, and a record of the heads that it receives.
fn tapped(environment: &Environment, alpn: Alpn) -> (Client<impl HttpService>, Heads) {
    let identity = environment.customer.identity().unwrap();
    let settings = environment.mock.trusted().unwrap();
    let connector = settings.identity(&identity).alpn(alpn).build().unwrap();
    let heads = Heads::default();
    let (sent, received) = (Arc::clone(&heads.sent), Arc::clone(&heads.received));
    let transport = MtlsClient::new(connector)
        .map_request(move |request: Request<RequestBody>| {
            sent.lock().unwrap().push(request.headers().clone());
            request
        })
        .map_response(move |response: Response<ResponseBody>| {
            let head = (response.version(), response.headers().clone());
            received.lock().unwrap().push(head);
            response
        });
    let base_url = environment.mock.base_url().parse().unwrap();
    let credentials = environment.customer.credentials().unwrap();
    (Client::new(transport, base_url, credentials), heads)
}

/// Removes from a record what settings are meant to change: the form of dates, and whether sources
/// have a status.
fn normalised(mut record: TransactionRecord) -> TransactionRecord {
    record.uploaded_dt = None;
    record.completed_dt = None;
    for source in &mut record.record.as_mut().unwrap().datasource_results {
        source.datasource_status = None;
    }
    record
}

#[tokio::test]
async fn record_is_read_from_every_form_and_http_version() {
    let environment = Environment::new().await;
    let request = environment.first_person("CA").await;
    let id = record_id(&environment.verified(&request).await);
    let usual = environment.client.transaction_record(&id).await.unwrap();
    let usual_time = usual.uploaded_dt.as_ref().unwrap().time().unwrap();
    let usual = normalised(usual);

    for (alpn, version) in [
        (Alpn::Http11, Version::HTTP_11),
        (Alpn::Http2, Version::HTTP_2),
    ] {
        let (client, heads) = tapped(&environment, alpn);
        let new = ServiceSettings::new;
        for (settings, is_gzip, has_length, zone, digits) in [
            (new(), true, false, "", 0),
            (new().compression(Compression::Never), false, true, "", 0),
            (
                new()
                    .compression(Compression::Never)
                    .length(BodyFraming::Chunked),
                false,
                false,
                "",
                0,
            ),
            (new().length(BodyFraming::Chunked), true, false, "", 0),
            (new().dates(DateFormat::Fractions), true, false, "", 7),
            (new().dates(DateFormat::Zulu), true, false, "Z", 0),
            (
                new()
                    .nulls(NullMembers::Written)
                    .dates(DateFormat::WithoutZone),
                true,
                false,
                "",
                0,
            ),
        ] {
            environment.set(&settings).await;
            let record = client.transaction_record(&id).await.unwrap();
            let (spoken, head) = heads.last();
            assert_eq!(spoken, version);
            let encoding = head.get(header::CONTENT_ENCODING);
            assert_eq!(
                encoding.is_some_and(|it| it == "gzip"),
                is_gzip,
                "{settings:?}"
            );
            let length = head.get(header::CONTENT_LENGTH);
            assert_eq!(length.is_some(), has_length, "{settings:?}");

            let uploaded = record.uploaded_dt.clone().unwrap();
            let text = uploaded.as_str();
            let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
            assert_eq!((text.ends_with('Z'), fraction.len()), (zone == "Z", digits));
            let later = uploaded.time().unwrap().duration_since(usual_time).unwrap();
            assert_eq!(later.as_secs(), 0, "{settings:?}");
            let sources = &record.record.as_ref().unwrap().datasource_results;
            let statuses = sources
                .iter()
                .filter_map(|it| it.datasource_status.as_ref());
            let matching = statuses.filter(|it| **it == FieldStatus::MATCH).count();
            let has_nulls = settings == new().nulls(NullMembers::Written);
            assert_eq!(matching > 0, has_nulls, "{settings:?}");
            assert_eq!(normalised(record), usual, "{settings:?}");
        }
    }
}

#[tokio::test]
async fn cookies_are_set_by_the_service_and_never_sent_back() {
    let environment = Environment::new().await;
    let (client, heads) = tapped(&environment, Alpn::Http2AndHttp11);
    for _ in 0..2 {
        client.test_authentication().await.unwrap();
        let (_, head) = heads.last();
        assert_eq!(head.get_all(header::SET_COOKIE).iter().count(), 2);
    }
    let sent = heads.sent.lock().unwrap();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|head| !head.contains_key(header::COOKIE)));
    let authorization = |head: &HeaderMap| head[header::AUTHORIZATION].is_sensitive();
    assert!(sent.iter().all(authorization));
}
