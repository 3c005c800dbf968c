//! The configurations: TLS 1.3, HTTP/1.1 and kept connections to the server, whose certificate each
//! verifies; nothing is logged.

use std::fs;

use crate::{files::Files, proxy::Kind};

/// Writes the file of a proxy.
pub(super) fn write(kind: Kind, port: u16, upstream: u16, files: &Files) -> anyhow::Result<()> {
    let folder = files.folder.display();
    let text = match kind {
        Kind::Gateway => return Ok(()),
        Kind::Nginx => nginx(port, upstream, &folder.to_string()),
        Kind::Haproxy => haproxy(port, upstream, &folder.to_string()),
        Kind::Stunnel => stunnel(port, upstream, &folder.to_string()),
    };
    Ok(fs::write(files.folder.join("configuration"), text)?)
}

/// Returns the arguments of a proxy.
pub(super) fn arguments(kind: Kind, port: u16, upstream: u16, files: &Files) -> Vec<String> {
    let path = |name: &str| files.folder.join(name).display().to_string();
    match kind {
        Kind::Gateway => [
            "gateway",
            "--http1.1",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--base-url",
            &format!("https://localhost:{upstream}"),
            "--identities",
            &path("identities"),
            "--ca-file",
            &path("ca.pem"),
        ]
        .map(str::to_owned)
        .into(),
        Kind::Nginx => vec!["-c".to_owned(), path("configuration")],
        // With a master, as it is run by systemd: without one it cannot reload.
        Kind::Haproxy => ["-W", "-f"]
            .map(str::to_owned)
            .into_iter()
            .chain([path("configuration")])
            .collect(),
        Kind::Stunnel => vec![path("configuration")],
    }
}

/// Returns the configuration of nginx; bodies of 64 KiB fit into its buffers, and would by default
/// be files.
fn nginx(port: u16, upstream: u16, folder: &str) -> String {
    format!(
        "daemon off;
user root;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    fastcgi_temp_path {folder}/fastcgi;
    proxy_temp_path {folder}/proxy;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    keepalive_requests 1000000000;
    tcp_nodelay on;
    upstream server {{
        server 127.0.0.1:{upstream};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_body_buffer_size 128k;
        location / {{
            proxy_pass https://server;
            proxy_http_version 1.1;
            proxy_set_header Connection '';
            proxy_buffer_size 16k;
            proxy_buffers 8 16k;
            proxy_ssl_protocols TLSv1.3;
            proxy_ssl_certificate {folder}/identities/client.pem;
            proxy_ssl_certificate_key {folder}/identities/client.key;
            proxy_ssl_trusted_certificate {folder}/ca.pem;
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
            proxy_ssl_server_name on;
        }}
    }}
}}
"
    )
}

fn haproxy(port: u16, upstream: u16, folder: &str) -> String {
    format!(
        "global
    nbthread 1
    maxconn 1024
defaults
    mode http
    timeout client 60s
    timeout connect 10s
    timeout server 60s
    http-reuse always
frontend callers
    bind 127.0.0.1:{port}
    default_backend server
backend server
    server server 127.0.0.1:{upstream} ssl crt {folder}/client-both.pem ca-file {folder}/ca.pem verify required verifyhost localhost sni str(localhost) alpn http/1.1 ssl-min-ver TLSv1.3 pool-max-conn 64 pool-purge-delay 60s
"
    )
}

/// Returns the configuration of stunnel, which does not read HTTP, and as Debian builds it has a
/// thread for each connection.
fn stunnel(port: u16, upstream: u16, folder: &str) -> String {
    format!(
        "foreground = yes
pid =
debug = warning
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[server]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{upstream}
cert = {folder}/identities/client.pem
key = {folder}/identities/client.key
CAfile = {folder}/ca.pem
verifyChain = yes
checkHost = localhost
sni = localhost
sslVersionMin = TLSv1.3
"
    )
}
