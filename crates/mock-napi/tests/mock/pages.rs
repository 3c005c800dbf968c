//! Portal and control as web pages, as a browser without JavaScript sees them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use mock_napi::{Account, CertificateState, ConnectionEvent, EventKind, MockNapi};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::client::{Client, ClientResponse, Identity, browse, text, upload};
use crate::request::Request;

/// A browser with its one cookie.
struct Browser {
    mock: MockNapi,
    cookie: String,
}

impl Browser {
    async fn start() -> Self {
        Self {
            mock: MockNapi::builder().start().await.unwrap(),
            cookie: String::new(),
        }
    }

    async fn signed_in() -> Self {
        let mut browser = Self::start().await;
        let response = browser.sign_in(Account::ACME).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        browser
    }

    async fn sign_in(&mut self, account: &Account) -> ClientResponse {
        let (user, password) = (account.portal().user(), account.portal().secret_password());
        let form = [("user", user), ("password", password)];
        self.submit("/portal/sign-in", "/portal/sign-in", &form)
            .await
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> ClientResponse {
        let host = self.mock.portal_url().strip_prefix("http://").unwrap();
        let headers = [
            ("host", host),
            ("origin", self.mock.portal_url()),
            ("sec-fetch-site", "same-origin"),
            ("cookie", &self.cookie),
            ("content-type", content_type),
        ];
        let response = browse(&self.mock, method, path, &headers, body).await;
        if let Some(cookie) = header(&response, "set-cookie") {
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        response
    }

    async fn get(&mut self, path: &str) -> ClientResponse {
        self.send("GET", path, "", "").await
    }

    async fn page(&mut self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
        text(&response).to_owned()
    }

    /// Returns the token of the forms of a page.
    async fn token(&mut self, page: &str) -> String {
        let page = self.page(page).await;
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends a form of a page, with the token that the page has.
    async fn submit(&mut self, page: &str, to: &str, members: &[(&str, &str)]) -> ClientResponse {
        let token = self.token(page).await;
        self.post(to, &token, members).await
    }

    async fn post(&mut self, to: &str, token: &str, members: &[(&str, &str)]) -> ClientResponse {
        let members = [&[("form_token", token)], members].concat();
        let members = members.iter().map(|(name, value)| {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{name}={value}")
        });
        let body = members.collect::<Vec<_>>().join("&");
        let form = "application/x-www-form-urlencoded";
        self.send("POST", to, form, &body).await
    }

    /// Uploads a certification request as a file or as text.
    async fn upload(&mut self, file: &str, pasted: &str) -> ClientResponse {
        let token = self.token("/portal").await;
        let file_part = "file\"; filename=\"a.csr\"\r\ncontent-type: application/octet-stream";
        let parts = [
            ("form_token\"", &*token),
            (file_part, file),
            ("text\"", pasted),
        ];
        let parts = parts.map(|(head, body)| {
            format!("--limit\r\ncontent-disposition: form-data; name=\"{head}\r\n\r\n{body}\r\n")
        });
        let body = parts.concat() + "--limit--\r\n";
        let kind = "multipart/form-data; boundary=limit";
        self.send("POST", "/portal/certificates", kind, &body).await
    }

    fn live(&self) -> Vec<String> {
        let events = self.mock.events().into_iter();
        let issued = events.filter_map(|event| match event.kind {
            EventKind::CertificateIssued { serial, .. } => Some(serial),
            _ => None,
        });
        issued.collect()
    }
}

fn header<'a>(response: &'a ClientResponse, name: &str) -> Option<&'a str> {
    Some(response.headers().get(name)?.to_str().unwrap())
}

fn goes_to(response: &ClientResponse, path: &str) {
    assert_eq!(
        response.status(),
        StatusCode::SEE_OTHER,
        "{}",
        text(response)
    );
    assert_eq!(header(response, "location"), Some(path));
}

#[tokio::test]
async fn sign_in_opens_a_session_that_sign_out_ends() {
    let mut browser = Browser::start().await;
    goes_to(&browser.get("/").await, "/portal");
    goes_to(&browser.get("/portal").await, "/portal/sign-in");
    let response = browser.sign_in(Account::ACME).await;
    goes_to(&response, "/portal");
    let cookie = header(&response, "set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    assert!(
        browser
            .page("/portal")
            .await
            .contains("certificates of acme")
    );

    let cookie = browser.cookie.clone();
    let out = browser.submit("/portal", "/portal/sign-out", &[]).await;
    goes_to(&out, "/portal/sign-in");
    browser.cookie = cookie;
    goes_to(&browser.get("/portal").await, "/portal/sign-in");
}

#[tokio::test]
async fn wrong_password_and_unknown_user_look_alike() {
    let mut browser = Browser::start().await;
    let mut pages = Vec::new();
    for user in ["acme-portal", "unknown"] {
        let form = [("user", user), ("password", "wrong")];
        let page = "/portal/sign-in";
        let response = browser.submit(page, page, &form).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(header(&response, "set-cookie"), None);
        pages.push(text(&response).replace(user, "USER"));
    }
    assert!(pages[0].contains("user name or the password is wrong"));
    // Both pages list the users of the mock, and only one of the names is among them.
    let alert = |page: &str| {
        page.split_once("role=\"alert\"")
            .unwrap()
            .1
            .split_once('<')
            .unwrap()
            .0
            .to_owned()
    };
    assert_eq!(alert(&pages[0]), alert(&pages[1]));
    // A user of the API is none of the portal.
    let (user, password) = (
        Account::ACME.api().user(),
        Account::ACME.api().secret_password(),
    );
    let form = [("user", user), ("password", password)];
    let refused = browser
        .submit("/portal/sign-in", "/portal/sign-in", &form)
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn uploaded_and_pasted_requests_become_certificates() {
    let mut browser = Browser::signed_in().await;
    let request = Request::good().pem();
    goes_to(&browser.upload(&request, "").await, "/portal?done=issued");
    // A form sends line ends as CR and LF.
    let pasted = request.replace('\n', "\r\n");
    goes_to(&browser.upload("", &pasted).await, "/portal?done=issued");
    assert_eq!(browser.live().len(), 2);
    let page = browser.page("/portal?done=issued").await;
    assert!(page.contains("<strong>2</strong> of 5 live"), "{page}");
    assert!(page.contains("The certificate is issued"));
}

#[tokio::test]
async fn refused_request_shows_every_reason_and_what_was_pasted() {
    let mut browser = Browser::signed_in().await;
    let request = Request::good()
        .with(rcgen::DnType::CountryName, "ca")
        .with(rcgen::DnType::OrganizationName, "A & B")
        .pem();
    let response = browser.upload("", &request).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&response);
    assert!(page.contains("All 2 reasons"), "{page}");
    assert!(page.contains("Country (C)") && page.contains("Organization (O)"));
    assert!(
        page.contains("the character &#38; is not accepted"),
        "{page}"
    );
    assert!(page.contains("-----BEGIN CERTIFICATE REQUEST-----\n"));

    for (file, pasted, reason) in [
        ("", " \r\n", "Choose the file"),
        ("a", "b", "not both"),
        (&*"a".repeat(64 * 1024 + 1), "", "exceeds 64 KiB"),
        (&*"a".repeat(200 * 1024), "", "exceeds 64 KiB"),
        ("<script>", "", "One reason"),
    ] {
        let response = browser.upload(file, pasted).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&response).contains(reason), "{reason}");
    }
    assert!(browser.live().is_empty());
}

#[tokio::test]
async fn pasted_markup_is_shown_as_text() {
    let mut browser = Browser::signed_in().await;
    let response = browser.upload("", "</textarea><script>x</script>").await;
    let page = text(&response);
    assert!(!page.contains("<script>x"), "{page}");
    assert!(
        page.contains("&#60;/textarea&#62;&#60;script&#62;x"),
        "{page}"
    );
}

#[tokio::test]
async fn sixth_live_certificate_is_refused_until_one_is_revoked() {
    let mut browser = Browser::signed_in().await;
    let request = Request::good().pem();
    for _ in 0..5 {
        goes_to(&browser.upload(&request, "").await, "/portal?done=issued");
    }
    let sixth = browser.upload(&request, "").await;
    assert_eq!(sixth.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&sixth).contains("five live certificates"));

    let revoke = format!("/portal/certificates/{}/revoke", browser.live()[0]);
    assert!(
        browser
            .page(&revoke)
            .await
            .contains("Revoke this certificate?")
    );
    goes_to(
        &browser.submit(&revoke, &revoke, &[]).await,
        "/portal?done=revoked",
    );
    // Asked again, there is nothing left to revoke.
    assert_eq!(browser.get(&revoke).await.status(), StatusCode::NOT_FOUND);
    goes_to(&browser.upload(&request, "").await, "/portal?done=issued");
    let events = browser.mock.events();
    let revoked = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::CertificateRevoked { .. }));
    assert_eq!(revoked.count(), 1);
}

#[tokio::test]
async fn certificate_is_downloaded_in_each_form() {
    let mut browser = Browser::signed_in().await;
    browser.upload(&Request::good().pem(), "").await;
    let serial = browser.live()[0].clone();
    let mut files = Vec::new();
    for (form, ending, kind) in [
        ("pem", ".pem", "application/x-pem-file"),
        ("der", ".cer", "application/pkix-cert"),
        ("chain", "-chain.pem", "application/x-pem-file"),
        ("pkcs7", ".p7b", "application/x-pkcs7-certificates"),
    ] {
        let path = format!("/portal/certificates/{serial}/{form}");
        let response = browser.get(&path).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "content-type"), Some(kind));
        let name = format!("attachment; filename=\"client-{serial}{ending}\"");
        assert_eq!(header(&response, "content-disposition"), Some(&*name));
        files.push(response.body().to_vec());
    }
    let pem = CertificateDer::from_pem_slice(&files[0]).unwrap();
    assert_eq!(&*pem, &*files[1]);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&files[2])
        .collect::<Result<_, _>>()
        .unwrap();
    let (_, own) = X509Certificate::from_der(&chain[0]).unwrap();
    let (_, issuer) = X509Certificate::from_der(&chain[1]).unwrap();
    own.verify_signature(Some(issuer.public_key())).unwrap();
    assert_eq!(chain.len(), 2);
    // Both certificates whole in one file, between what RFC 2315 has around them.
    let text = String::from_utf8(files[3].clone()).unwrap();
    assert!(text.starts_with("-----BEGIN PKCS7-----\n") && text.ends_with("-----END PKCS7-----\n"));
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(base64).unwrap();
    for certificate in &chain {
        assert!(
            der.windows(certificate.len())
                .any(|it| it == &**certificate)
        );
    }

    let unknown = browser
        .get(&format!("/portal/certificates/{serial}/zip"))
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_accounts_certificates_are_neither_shown_nor_revoked() {
    let mut browser = Browser::start().await;
    upload(&browser.mock, Account::ACME, "", Request::good().pem()).await;
    browser.sign_in(Account::GLOBEX).await;
    let serial = browser.live()[0].clone();
    assert!(!browser.page("/portal").await.contains(&serial));
    let certificate = format!("/portal/certificates/{serial}");
    for path in ["/pem", "/revoke"] {
        let response = browser.get(&format!("{certificate}{path}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    let revoke = format!("{certificate}/revoke");
    let refused = browser.submit("/portal", &revoke, &[]).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let list = crate::client::portal(
        &browser.mock,
        "GET",
        "/portal/v1/certificates",
        Some(Account::ACME.portal()),
        "",
    )
    .await;
    let list: Vec<mock_napi::IssuedCertificate> = serde_json::from_slice(list.body()).unwrap();
    assert_eq!(list[0].state, CertificateState::Live);
}

#[tokio::test]
async fn enforcement_is_switched_on_and_off() {
    let mut browser = Browser::signed_in().await;
    for (enforced, done) in [("true", "enforced"), ("false", "optional")] {
        let form = [("enforced", enforced)];
        let response = browser
            .submit("/portal", "/portal/enforcement", &form)
            .await;
        goes_to(&response, &format!("/portal?done={done}"));
    }
    let events = browser.mock.events().into_iter();
    let switched: Vec<_> = events
        .filter_map(|event| match event.kind {
            EventKind::EnforcementChanged { enforced, .. } => Some(enforced),
            _ => None,
        })
        .collect();
    assert_eq!(switched, [true, false]);
}

#[tokio::test]
async fn form_without_the_pages_token_changes_nothing() {
    let mut browser = Browser::signed_in().await;
    browser.upload(&Request::good().pem(), "").await;
    let open = browser.token("/control/faults").await;
    let own = browser.token("/portal").await;
    let revoke = format!("/portal/certificates/{}/revoke", browser.live()[0]);
    let before = browser.mock.events().len();
    for (path, members, token) in [
        ("/portal/enforcement", &[("enforced", "true")][..], &*open),
        (&revoke, &[], ""),
        ("/portal/sign-out", &[], &open),
        ("/control/clock", &[("offset_seconds", "600")], &own),
        ("/control/service", &[("json", "{\"polls\":9}")], ""),
        (
            "/control/faults",
            &[("name", "iis-revoked"), ("times", "every")],
            &own,
        ),
    ] {
        let response = browser.post(path, token, members).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        assert!(text(&response).contains("out of date"), "{path}");
    }
    assert_eq!(browser.mock.events().len(), before);
    assert!(
        browser
            .page("/control/faults")
            .await
            .contains("None: connections")
    );
    assert!(
        browser
            .page("/control/settings")
            .await
            .contains("value=\"0\"")
    );
    assert!(
        browser
            .page("/portal")
            .await
            .contains("<strong>1</strong> of 5")
    );
}

#[tokio::test]
async fn pages_forbid_scripts_frames_and_copies() {
    let mut browser = Browser::signed_in().await;
    for path in [
        "/portal",
        "/control",
        "/portal/sign-in",
        "/assets/style.css",
    ] {
        let response = browser.get(path).await;
        let policy = header(&response, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"));
        let body = text(&response);
        assert!(
            !body.contains("style=\"") && !body.contains(" onclick"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn fault_is_switched_on_by_its_name_and_cleared() {
    let mut browser = Browser::start().await;
    let page = "/control/faults";
    let unknown = browser
        .submit(page, page, &[("name", "<b>"), ("times", "next")])
        .await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(&unknown).contains("“&#60;b&#62;”"),
        "{}",
        text(&unknown)
    );
    let name = mock_napi::fault_names()[0];
    for times in ["next", "every"] {
        let response = browser
            .submit(page, page, &[("name", name), ("times", times)])
            .await;
        goes_to(&response, page);
    }
    let shown = browser.page(page).await;
    assert!(
        shown.contains(&format!("<code>{name}</code> – the next connection")),
        "{shown}"
    );
    assert!(shown.contains(&format!(
        "<code>{name}</code> – every connection after those"
    )));
    goes_to(
        &browser.submit(page, "/control/faults/clear", &[]).await,
        page,
    );
    assert!(
        browser
            .page(page)
            .await
            .contains("None: connections get the normal service")
    );
}

#[tokio::test]
async fn clock_and_service_are_set_and_mistakes_are_shown() {
    let mut browser = Browser::start().await;
    let page = "/control/settings";
    let clock = [("offset_seconds", "-600")];
    goes_to(&browser.submit(page, "/control/clock", &clock).await, page);
    assert!(browser.page(page).await.contains("value=\"-600\""));
    let wrong = [("offset_seconds", "soon")];
    let refused = browser.submit(page, "/control/clock", &wrong).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let service = [("json", "{\"polls\":7}")];
    goes_to(
        &browser.submit(page, "/control/service", &service).await,
        page,
    );
    assert!(browser.page(page).await.contains("&#34;polls&#34;: 7"));
    let wrong = [("json", "{\"poll\":8}")];
    let refused = browser.submit(page, "/control/service", &wrong).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused).contains("unknown field `poll`"));
    assert!(text(&refused).contains("{&#34;poll&#34;:8}"));
    assert!(browser.page(page).await.contains("&#34;polls&#34;: 7"));
}

#[tokio::test]
async fn events_are_shown_newest_first_and_by_connection() {
    let mut browser = Browser::start().await;
    let client = Client::new(browser.mock.ca_certificate_pem(), &Identity::NONE);
    client.refused(browser.mock.mtls_addr()).await;
    let closed = EventKind::Connection(ConnectionEvent::Closed);
    let last = browser.mock.wait_for(|event| event.kind == closed).await;
    let page = browser.page("/control").await;
    let failed = page.find("handshake failed").unwrap();
    assert!(page.find("<td>closed</td>").unwrap() < failed);
    assert!(failed < page.find("<td>accepted</td>").unwrap());
    assert!(page.contains("class=\"refused\""));

    let later = browser
        .page(&format!("/control/events?after={}", last.sequence))
        .await;
    assert!(!later.contains("closed"), "{later}");
    let earlier = browser
        .page(&format!("/control/events?after={}", last.sequence - 1))
        .await;
    assert!(earlier.contains("<td>closed</td>") && !earlier.contains("accepted"));
    let other = browser.page("/control?connection=999").await;
    assert!(other.contains("Nothing has happened yet"), "{other}");
}

#[tokio::test]
async fn entities_of_each_country_are_shown() {
    let mut browser = Browser::start().await;
    goes_to(
        &browser.get("/control/entities").await,
        "/control/entities/AU",
    );
    for country in ["AU", "CA", "GB", "IT", "US"] {
        let page = browser.page(&format!("/control/entities/{country}")).await;
        let names = page.matches("<section class=\"card\"").count();
        assert_eq!(names, 3, "{country}");
        assert!(page.contains("PersonInfo.FirstGivenName"), "{country}");
        assert!(
            page.contains("&#34;ConsentForDataSources&#34;"),
            "{country}"
        );
    }
    let none = browser.get("/control/entities/XX").await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
}
