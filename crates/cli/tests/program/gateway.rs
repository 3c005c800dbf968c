//! A gateway as a process: its signals, and what it and a service manager hand each other.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Child, ChildStderr, Command, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams,
    date_time_ymd,
};
use rustix::process::{Pid, Signal, kill_process};

use crate::{Folder, napi, run, stderr, stdout, vector};

/// Returns a folder with one pair, and the command of a gateway to a server that is not there.
fn gateway(folder: &Folder, more: &[&str]) -> Command {
    let identities = folder.path("identities");
    fs::create_dir(&identities).unwrap();
    for (from, to) in [("cert.pem", "napi.pem"), ("key.pem", "napi.key")] {
        fs::copy(vector(from), format!("{identities}/{to}")).unwrap();
    }
    let words = [
        "gateway",
        "--identities",
        &identities,
        "--base-url",
        "https://localhost:1",
        "--proxy",
        "none",
    ];
    napi(&[&words[..], more].concat())
}

/// A gateway that runs, and ends with its test however that ends.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stderr(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Returns a socket for what the program tells its service manager.
fn service_manager(folder: &Folder, command: &mut Command) -> UnixDatagram {
    let path = folder.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    command.env("NOTIFY_SOCKET", path);
    socket
}

fn told(service_manager: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = service_manager.recv(&mut buffer).unwrap();
    String::from_utf8_lossy(buffer.get(..length).unwrap())
        .trim()
        .to_owned()
}

fn get(mut stream: impl Read + Write, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Sends a signal, and returns exit code and standard error.
fn ended(mut running: Running, signal: Signal) -> (Option<i32>, String) {
    kill_process(Pid::from_child(&running.0), signal).unwrap();
    let mut shown = String::new();
    let mut stderr = running.0.stderr.take().unwrap();
    stderr.read_to_string(&mut shown).unwrap();
    (running.0.wait().unwrap().code(), shown)
}

#[test]
fn service_manager_is_told_and_signals_end_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = Folder::new();
        let (socket, admin) = (folder.path("http.sock"), folder.path("admin.sock"));
        let (listen, admin_listen) = (format!("unix:{socket}"), format!("unix:{admin}"));
        let more = ["--listen", &listen, "--admin-listen", &admin_listen];
        let mut command = gateway(&folder, &more);
        let service_manager = service_manager(&folder, &mut command);
        let running = Running::start(&mut command);
        assert_eq!(told(&service_manager), "READY=1");
        let text = get(UnixStream::connect(&admin).unwrap(), "/healthz");
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        let text = get(UnixStream::connect(&socket).unwrap(), "/");
        assert!(text.starts_with("HTTP/1.1 502"), "{text}");
        assert!(text.contains("urn:napi-mtls:gateway:connect"), "{text}");
        let (code, shown) = ended(running, signal);
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(told(&service_manager), "STOPPING=1");
        assert!(shown.contains(&listen), "{shown}");
        assert!(!folder.names().iter().any(|name| name.ends_with(".sock")));
    }
}

/// Writes a certificate of this name, signed by itself, with its key.
fn write_server(folder: &Folder, name: &str) -> (String, String) {
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let paths = (
        folder.path(&format!("{name}.pem")),
        folder.path(&format!("{name}.key")),
    );
    fs::write(&paths.0, signed.cert.pem()).unwrap();
    fs::write(&paths.1, signed.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(&paths.1, fs::Permissions::from_mode(0o600)).unwrap();
    paths
}

/// Returns the first address that a gateway listens on.
fn listening(running: &mut Running) -> (String, BufReader<ChildStderr>) {
    let mut stderr = BufReader::new(running.0.stderr.take().unwrap());
    let mut shown = String::new();
    // Lines on the identities come before it.
    while !shown.contains("listening on ") {
        let length = stderr.read_line(&mut shown).unwrap();
        assert!(length > 0, "{shown}");
    }
    let address = shown.split("listening on ").nth(1).unwrap();
    let address = address.split(',').next().unwrap().to_owned();
    (address, stderr)
}

#[test]
fn callers_are_served_over_tls_alone_where_it_is_wanted() {
    let folder = Folder::new();
    let (certificate, key) = write_server(&folder, "gateway");
    let more = ["--listen", "127.0.0.1:0", "--tls-certificate", &certificate];
    let mut command = gateway(&folder, &[&more[..], &["--tls-key", &key]].concat());
    let mut running = Running::start(&mut command);
    let (address, _stderr) = listening(&mut running);
    let text = get(TcpStream::connect(&address).unwrap(), "/");
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");
    assert!(
        text.contains("urn:napi-mtls:gateway:tls-required"),
        "{text}"
    );
    let own = (vector("cert.pem"), vector("key.pem"));
    let shown = called(&folder, &address, &certificate, &own);
    assert!(shown.contains("TLSv1.3"), "{shown}");
    assert!(shown.contains("502 Bad Gateway"), "{shown}");
}

/// Calls a gateway by the program itself, with a certificate and its key, and returns what it says;
/// the server behind the gateway is not there.
fn called(folder: &Folder, address: &str, ca_file: &str, own: &(String, String)) -> String {
    let base_url = format!("https://{address}");
    let password = folder.file("password", b"password");
    let output = run(&[
        "connect",
        "--base-url",
        &base_url,
        "--proxy",
        "none",
        "--ca-file",
        ca_file,
        "--certificate",
        &own.0,
        "--key",
        &own.1,
        "--user",
        "user",
        "--password-file",
        &password,
    ]);
    stdout(&output) + &stderr(&output)
}

/// Returns a CA of callers.
fn ca_of_callers() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate of the CA with this serial number, with its key.
fn write_caller(
    folder: &Folder,
    ca: &CertifiedIssuer<'_, KeyPair>,
    serial: u64,
) -> (String, String) {
    let mut params = CertificateParams::default();
    params.serial_number = Some(serial.into());
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, ca).unwrap();
    let paths = (
        folder.file("caller.pem", certificate.pem().as_bytes()),
        folder.file("caller.key", key.serialize_pem().as_bytes()),
    );
    fs::set_permissions(&paths.1, fs::Permissions::from_mode(0o600)).unwrap();
    paths
}

/// Returns the revocation list of the CA, with this serial number.
fn revocation_list(ca: &CertifiedIssuer<'_, KeyPair>, serial: u64) -> String {
    let revoked = RevokedCertParams {
        serial_number: serial.into(),
        revocation_time: date_time_ymd(2020, 1, 2),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2020, 1, 2),
        next_update: date_time_ymd(2040, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(ca).unwrap().pem().unwrap()
}

#[test]
fn caller_on_a_revocation_list_is_refused() {
    let folder = Folder::new();
    let (certificate, key) = write_server(&folder, "gateway");
    let ca = ca_of_callers();
    let client_ca = folder.file("callers.pem", ca.pem().as_bytes());
    let caller = write_caller(&folder, &ca, 7);
    for (revoked, said) in [(8, "502 Bad Gateway"), (7, "revoked")] {
        let lists = folder.file("callers.crl", revocation_list(&ca, revoked).as_bytes());
        let more = [
            "--listen",
            "127.0.0.1:0",
            "--tls-certificate",
            &certificate,
            "--tls-key",
            &key,
            "--tls-client-ca",
            &client_ca,
            "--tls-client-crl",
            &lists,
        ];
        let identities = Folder::new();
        let mut running = Running::start(&mut gateway(&identities, &more));
        let (address, _stderr) = listening(&mut running);
        let shown = called(&folder, &address, &certificate, &caller);
        assert!(shown.contains(said), "{revoked}: {shown}");
    }
}

#[test]
fn public_address_needs_token_or_certificates_of_callers() {
    let folder = Folder::new();
    let (certificate, key) = write_server(&folder, "gateway");
    let token = folder.path("token");
    fs::write(&token, "0123456789abcdef").unwrap();
    let tls = ["--tls-certificate", &certificate, "--tls-key", &key];
    let public = ["--listen", "0.0.0.0:0", "--listen-public"];
    drop(gateway(&folder, &public)); // makes the folder of identities
    for (more, is_accepted) in [
        (&[][..], false),
        (&tls[..], false),
        (
            &[&tls[..], &["--tls-client-ca", &certificate]].concat(),
            true,
        ),
        (&[&tls[..], &["--token-file", &token]].concat(), true),
        (&["--token-file", &token], true),
    ] {
        let identities = folder.path("identities");
        let words = ["gateway", "--identities", &identities, "--proxy", "none"];
        let mut command = napi(&[&words[..], &public, more].concat());
        let mut running = Running::start(&mut command);
        if is_accepted {
            listening(&mut running);
            continue;
        }
        let mut shown = String::new();
        let mut stderr = running.0.stderr.take().unwrap();
        stderr.read_to_string(&mut shown).unwrap();
        assert!(shown.contains("--tls-client-ca"), "{more:?}: {shown}");
        assert_eq!(running.0.wait().unwrap().code(), Some(2), "{shown}");
    }
}

#[test]
fn certificate_for_clients_is_not_shown_to_callers() {
    let folder = Folder::new();
    let (certificate, key) = (vector("cert.pem"), vector("key.pem"));
    let tls = ["--tls-certificate", &certificate, "--tls-key", &key];
    let output = gateway(&folder, &tls).output().unwrap();
    let shown = stderr(&output);
    assert!(shown.contains("not for TLS servers"), "{shown}");
    assert!(shown.contains("cert.pem"), "{shown}");
    // Without the certificate, its other options have no meaning.
    let output = gateway(&Folder::new(), &["--tls-client-ca", &certificate]).output();
    assert!(stderr(&output.unwrap()).contains("--tls-certificate"));
}

/// Returns the resident memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn resident(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

/// Sends a request that the gateway answers by itself, and keeps the connection.
#[cfg(target_os = "linux")]
fn idle(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = b"HEAD / HTTP/1.1\r\nHost: another.example\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&read));
        read.extend(&bytes[..length]);
    }
    assert!(read.starts_with(b"HTTP/1.1 421"));
    stream
}

/// Measures 10,000 with `NAPI_TEST_IDLE_CONNECTIONS=10000` and `--nocapture`.
#[cfg(target_os = "linux")]
#[test]
fn idle_connections_cost_little_and_others_are_served() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = std::env::var("NAPI_TEST_IDLE_CONNECTIONS");
    let wanted: u64 = wanted.map_or(500, |wanted| wanted.parse().unwrap());
    // For this end and, inherited, for the other.
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.current.map(|current| current.max(wanted + 256));
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: raised,
            ..limit
        },
    )
    .unwrap();
    let folder = Folder::new();
    // Of which one machine may have three quarters.
    let most = (wanted * 4 / 3 + 4).to_string();
    let more = ["--listen", "127.0.0.1:0", "--max-connections", &most];
    let mut running = Running::start(&mut gateway(&folder, &more));
    let (address, _stderr) = listening(&mut running);
    let first = idle(&address);
    let before = resident(&running.0);
    let connections: Vec<_> = (1..wanted).map(|_| idle(&address)).collect();
    let after = resident(&running.0);
    let each = (after - before) as f64 / connections.len() as f64;
    eprintln!(
        "{wanted} idle connections: {before} KiB before, {after} KiB after, {each:.1} KiB each"
    );
    assert!(each < MOST_KIB, "{each} KiB each");
    // All are open, and one more is served.
    drop(idle(&address));
    for connection in connections.iter().chain([&first]) {
        connection.set_nonblocking(true).unwrap();
        let peeked = connection.peek(&mut [0]).unwrap_err();
        assert_eq!(peeked.kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// More than an idle connection needs, in a build without optimisation too.
#[cfg(target_os = "linux")]
const MOST_KIB: f64 = 64.0;

#[test]
fn socket_of_systemd_is_served() {
    let folder = Folder::new();
    let program = gateway(&folder, &[]);
    // As systemd does it (sd_listen_fds(3)): from descriptor 3 on, for this process alone.
    let script = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]);
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    command.stdin(Stdio::from(OwnedFd::from(listener)));
    let service_manager = service_manager(&folder, &mut command);
    let running = Running::start(&mut command);
    assert_eq!(told(&service_manager), "READY=1");
    let text = get(TcpStream::connect(addr).unwrap(), "/");
    assert!(text.starts_with("HTTP/1.1 502"), "{text}");
    assert_eq!(ended(running, Signal::TERM).0, Some(0));
}
