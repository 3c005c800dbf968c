//! Key files that name a key in a device, followed by a reloader.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use identity::{FileSource, Loader, SignatureScheme, SignerProblem};
use mock_tls::{Ca, Leaf};
use rcgen::KeyPair;
use transport::{Generation, IdentityReloader};

use crate::{
    Client,
    certificates::new_ca,
    client,
    device::{Behaviour, Device},
    get, info,
    reload::replace,
    server::{Seen, Server, Settings},
    trusting,
};

/// Makes a device, and a certificate of its key in PEM.
fn device(ca: &Ca) -> (Arc<Device>, impl Fn(&str) -> String) {
    let pair = KeyPair::generate().unwrap();
    let schemes = [SignatureScheme::EcdsaP256Sha256];
    let device = Device::new(&pair.serialize_pem(), &schemes, Behaviour::Signs);
    let issue = move |name: &str| {
        let issued = ca.issue(&Leaf::client(name), &pair);
        issued.unwrap().chain_pem()
    };
    (device, issue)
}

/// Watches a folder, whose URIs are the places of these devices.
fn reloader(
    client: &Client,
    folder: &Path,
    devices: Vec<Arc<Device>>,
) -> IdentityReloader<crate::Body> {
    let loader = Loader::new().signers(move |uri, _| {
        let place = uri.strip_prefix("device:").and_then(|it| it.parse().ok());
        let device = place.and_then(|place: usize| devices.get(place));
        let device = device.ok_or(SignerProblem::KeyNotFound)?;
        Ok(Arc::clone(device) as _)
    });
    let source = FileSource::directory(loader, folder);
    IdentityReloader::new(client.clone(), source)
}

/// Polls as often as it takes to see what is new twice.
async fn settle(reloader: &mut IdentityReloader<crate::Body>) {
    reloader.poll_once().await;
    reloader.poll_once().await;
}

/// Asks, and returns the common name of the certificate that the server has verified.
async fn shown(client: &Client, server: &Server, connections: usize) -> (Generation, String) {
    let response = get(client, &server.uri("/")).await.unwrap();
    let info = info(&response);
    let seen = server.seen(connections).await;
    let Some(Seen::Connected {
        client: Some(certificate),
        ..
    }) = seen.last()
    else {
        panic!("{seen:?}");
    };
    let parts = Loader::new().inspect(certificate).unwrap();
    let certificate = parts[0].certificate().unwrap();
    assert_eq!(info.identity(), Some(certificate.sha256()));
    let name = certificate.common_name().unwrap().to_owned();
    (info.generation(), name)
}

#[tokio::test]
async fn renewed_certificate_of_a_device_is_presented() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let ((first, of_first), (second, of_second)) = (device(&ca), device(&ca));
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| replace(&folder.path().join(name), content);
    let client = client(trusting(&ca));
    let devices = vec![Arc::clone(&first), Arc::clone(&second)];
    let mut reloader = reloader(&client, folder.path(), devices);
    write("a.key", "device:0\n");
    write("a.crt", &of_first("first"));
    settle(&mut reloader).await;
    let (generation, name) = shown(&client, &server, 1).await;
    assert_eq!(name, "first");

    // The key stays.
    write("a.crt", &of_first("renewed"));
    settle(&mut reloader).await;
    let (later, name) = shown(&client, &server, 2).await;
    assert_eq!(name, "renewed");
    assert!(generation < later);

    // Another key; its certificate comes later, and the one in use goes on.
    write("a.key", "device:1\n");
    settle(&mut reloader).await;
    assert_eq!(client.generation(), later);
    write("a.crt", &of_second("second"));
    settle(&mut reloader).await;
    let (_, name) = shown(&client, &server, 3).await;
    assert_eq!(name, "second");
    assert_eq!((first.most_at_once(), second.most_at_once()), (1, 1));
}

#[tokio::test]
async fn uri_of_no_device_is_told_and_changes_nothing() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (device, issue) = device(&ca);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.key"), "device:0").unwrap();
    fs::write(folder.path().join("a.crt"), issue("first")).unwrap();
    let (client, said) = (client(trusting(&ca)), Arc::new(Mutex::new(Vec::new())));
    let mut reloader = reloader(&client, folder.path(), vec![device]).on_event({
        let said = Arc::clone(&said);
        move |event| said.lock().unwrap().push(event.to_string())
    });
    settle(&mut reloader).await;
    said.lock().unwrap().clear();
    fs::write(folder.path().join("a.key"), "device:7").unwrap();
    settle(&mut reloader).await;
    let said = said.lock().unwrap().join("; ");
    assert!(said.contains("does not hold the key"), "{said}");
    assert_eq!(shown(&client, &server, 1).await.1, "first");
}
