//! Each server's own page is recognised; whatever an application can be made to quote is not.

use proptest::prelude::*;

use super::*;

const HTML: &[(&str, &str)] = &[("content-type", "text/html; charset=utf-8")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const PLAIN: &[(&str, &str)] = &[("content-type", "text/plain; charset=UTF-8")];
const PROBLEM: &str = "No required SSL certificate was sent";

fn recognise(
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
    client_auth: ClientAuth,
) -> Option<HttpRefusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    HttpRefusal::recognise(status, &map, body.as_bytes(), client_auth)
}

fn nginx(reason: &str, product: &str) -> String {
    format!(
        "<html>\r\n<head><title>400 {reason}</title></head>\r\n<body>\r\n\
         <center><h1>400 Bad Request</h1></center>\r\n<center>{reason}</center>\r\n\
         <hr><center>{product}</center>\r\n</body>\r\n</html>\r\n"
    )
}

fn iis_detailed(sub_status: u8) -> String {
    format!(
        "{}\r\n<head> \r\n<title>IIS 10.0 Detailed Error - 403.{sub_status} - Forbidden</title> \r\n\
         <style type=\"text/css\">h4{{margin:0}}</style>\r\n</head>\r\n<body>\r\n<div id=\"content\">\r\n\
         <h3>HTTP Error 403.{sub_status} - Forbidden</h3> \r\n<h4>A reason.</h4>\r\n",
        page_start()
    )
}

fn page_start() -> &'static str {
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \
     \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n<html xmlns=\"http://www.w3.org/1999/xhtml\">"
}

fn iis_file(title: &str) -> String {
    format!(
        "{}\r\n<head>\r\n<title>{title}</title>\r\n</head>\r\n<body>\r\n<div id=\"header\"><h1>Server Error</h1></div>\r\n\
         <div id=\"content\">\r\n <h2>{title}</h2>\r\n <h3>A reason.</h3>\r\n</div>\r\n</body>\r\n</html>\r\n",
        page_start()
    )
}

fn apache(signature: &str) -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 Forbidden</title>\n\
         </head><body>\n<h1>Forbidden</h1>\n<p>You don't have permission to access this resource.\
         Reason: Cannot perform Post-Handshake Authentication.<br />\n</p>\n{signature}</body></html>\n"
    )
}

#[test]
fn each_servers_own_page_is_recognised() {
    use ClientCertificateProblem::{Expired, Required, Revoked, Unknown, UnknownCa};
    let padded = nginx(PROBLEM, "nginx")
        + "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n";
    let old = nginx(PROBLEM, "nginx/1.14.0").replace("<body>", "<body bgcolor=\"white\">");
    let file = iis_file("403.7 - Forbidden: SSL client certificate is required.");
    let strict = apache("").replace(
        "-//IETF//DTD HTML 2.0//EN\"",
        "-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\"",
    );
    let signed =
        apache("<hr>\n<address>Apache/2.4.66 (Debian) Server at localhost Port 443</address>\n");
    for (status, headers, body, server, problem) in [
        (
            400,
            HTML,
            nginx(PROBLEM, "nginx"),
            HttpServer::Nginx,
            Required,
        ),
        (
            400,
            HTML,
            nginx(PROBLEM, "openresty/1.25.3.1"),
            HttpServer::Nginx,
            Required,
        ),
        (
            496,
            HTML,
            nginx(PROBLEM, "nginx/1.27.2"),
            HttpServer::Nginx,
            Required,
        ),
        (400, HTML, padded, HttpServer::Nginx, Required),
        (400, HTML, old, HttpServer::Nginx, Required),
        (
            400,
            HTML,
            nginx("The SSL certificate error", "nginx/1.27.2 (Ubuntu)"),
            HttpServer::Nginx,
            Unknown,
        ),
        (403, HTML, iis_detailed(7), HttpServer::Iis, Required),
        (403, HTML, iis_detailed(13), HttpServer::Iis, Revoked),
        (403, HTML, iis_detailed(16), HttpServer::Iis, UnknownCa),
        (403, HTML, iis_detailed(17), HttpServer::Iis, Expired),
        (403, HTML, file, HttpServer::Iis, Required),
        (403, HTML, apache(""), HttpServer::Apache, Required),
        (403, HTML, signed, HttpServer::Apache, Required),
        (403, HTML, strict, HttpServer::Apache, Required),
        (
            403,
            JSON,
            r#"{ "message": "Forbidden" }"#.to_owned(),
            HttpServer::ApiGateway,
            Unknown,
        ),
        (
            403,
            PLAIN,
            "error code: 1020\n".to_owned(),
            HttpServer::Cloudflare,
            Unknown,
        ),
    ] {
        let (right, wrong) = match problem {
            Required => (ClientAuth::NoneAvailable, ClientAuth::Presented),
            _ => (ClientAuth::Presented, ClientAuth::NoneAvailable),
        };
        let refusal = recognise(status, headers, &body, right).unwrap_or_else(|| panic!("{body}"));
        assert_eq!((refusal.server(), refusal.problem()), (server, problem));
        assert_eq!(refusal.status().as_u16(), status);
        let is_own_page = !matches!(server, HttpServer::ApiGateway | HttpServer::Cloudflare);
        assert_eq!(refusal.is_certain(), is_own_page, "{body}");
        assert!(refusal.to_string().contains(&status.to_string()));
        let refusal = recognise(status, headers, &body, wrong).unwrap();
        assert!(!refusal.is_certain(), "about another certificate: {body}");
    }
}

#[test]
fn quoted_page_is_a_response_of_the_application() {
    let page = nginx(PROBLEM, "nginx");
    let quoted = page.replace('<', "&lt;").replace('>', "&gt;");
    let utf16: String = page.chars().flat_map(|char| [char, '\0']).collect();
    let half = &page[..page.len() / 2];
    let json_page = serde_like(&page);
    for (status, headers, body) in [
        (
            400,
            JSON,
            format!(r#"{{"Message":"Invalid value '{PROBLEM}'"}}"#),
        ),
        (400, JSON, page.clone()),
        (400, JSON, json_page.clone()),
        (400, HTML, json_page),
        (400, HTML, format!(r#"{{"Message":"{PROBLEM}"}}"#)),
        (400, HTML, format!("\"{PROBLEM}\"")),
        (400, HTML, PROBLEM.to_owned()),
        (
            400,
            HTML,
            format!("<html><body>invalid name: {PROBLEM}</body></html>"),
        ),
        (
            400,
            HTML,
            format!("<html><body>invalid name: {page}</body></html>"),
        ),
        (400, HTML, format!("<p>invalid name:</p>{page}")),
        (400, HTML, format!("{page}<p>is no name</p>")),
        (
            400,
            HTML,
            page.replace("nginx", "nginx</center><p>John</p><center>"),
        ),
        (400, HTML, page.replace("nginx", "")),
        (400, HTML, quoted),
        (400, HTML, half.to_owned()),
        (400, HTML, utf16),
        (
            400,
            HTML,
            page.replace("400 Bad Request", "400 Invalid Input"),
        ),
        (400, PLAIN, page.clone()),
        (400, &[], page.clone()),
        (
            400,
            &[
                ("content-type", "text/html"),
                ("content-type", "application/json"),
            ],
            page.clone(),
        ),
        (
            400,
            &[("content-type", "text/html"), ("content-encoding", "gzip")],
            page.clone(),
        ),
        (200, HTML, page.clone()),
        (403, HTML, page.clone()),
        (404, HTML, page.clone()),
        (500, HTML, page),
        (403, HTML, "HTTP Error 403.7 - Forbidden".to_owned()),
        (
            403,
            HTML,
            "<h3>HTTP Error 403.7 - Forbidden</h3>".to_owned(),
        ),
        (403, HTML, iis_detailed(14)),
        (
            403,
            HTML,
            iis_detailed(7).replace("<h3>HTTP Error 403.7", "<h3>HTTP Error 403.14"),
        ),
        (
            403,
            HTML,
            iis_detailed(14).replace("A reason.", "HTTP Error 403.7 - Forbidden"),
        ),
        (403, HTML, iis_file("403.71 - Forbidden: see the manual")),
        (
            403,
            HTML,
            iis_file("403.14 - Forbidden: Directory listing denied."),
        ),
        (403, HTML, iis_file("John 403.7 - Forbidden: ")),
        (403, JSON, iis_detailed(7)),
        (400, HTML, iis_detailed(7)),
        (
            403,
            HTML,
            "Reason: Cannot perform Post-Handshake Authentication.".to_owned(),
        ),
        (403, HTML, apache("<p>John</p>")),
        (403, HTML, r#"{"message":"Forbidden"}"#.to_owned()),
        (
            403,
            JSON,
            r#"{"message":"Forbidden: your plan has no such product"}"#.to_owned(),
        ),
        (403, PLAIN, "name: error code: 1020".to_owned()),
        (403, HTML, String::new()),
    ] {
        for client_auth in [ClientAuth::Presented, ClientAuth::NoneAvailable] {
            let refusal = recognise(status, headers, &body, client_auth);
            assert_eq!(refusal, None, "{status} {headers:?} {body}");
        }
    }
    let other = [
        JSON[0],
        ("x-amzn-errortype", "MissingAuthenticationTokenException"),
    ];
    let forbidden = r#"{"message":"Forbidden"}"#;
    assert_eq!(
        recognise(403, &other, forbidden, ClientAuth::Presented),
        None
    );
}

/// Quotes the page as a JSON string.
fn serde_like(page: &str) -> String {
    format!(
        "\"{}\"",
        page.replace('"', "\\\"").replace("\r\n", "\\r\\n")
    )
}

#[test]
fn body_is_awaited_only_if_it_may_be_a_rejection() {
    let possible = |status: u16, headers: &[(&'static str, &str)]| {
        let headers = headers.iter().map(|(name, value)| {
            (
                name.parse::<http::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        });
        HttpRefusal::is_possible(StatusCode::from_u16(status).unwrap(), &headers.collect())
    };
    assert!(possible(400, HTML) && possible(403, HTML) && possible(403, JSON));
    assert!(!possible(400, JSON) && !possible(200, HTML) && !possible(400, &[]));
}

proptest! {
    #[test]
    fn no_input_in_an_applications_page_is_certain(input in "[ -~\\r\\n]{0,300}", status in prop::sample::select(vec![400_u16, 403, 495])) {
        for body in [
            format!("{{\"Message\":\"{input}\"}}"),
            format!("<html><head><title>{input}</title></head><body><h1>{input}</h1></body></html>"),
            format!("Invalid: {input}"),
        ] {
            for client_auth in [ClientAuth::Presented, ClientAuth::NoneAvailable] {
                prop_assert_eq!(recognise(status, HTML, &body, client_auth), None);
            }
        }
    }

    #[test]
    fn any_body_is_read_without_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let status = StatusCode::from_u16(status).unwrap();
        let html = HeaderMap::from_iter([(header::CONTENT_TYPE, "text/html".parse().unwrap())]);
        let _ = HttpRefusal::recognise(status, &html, &body, ClientAuth::Presented);
    }
}
