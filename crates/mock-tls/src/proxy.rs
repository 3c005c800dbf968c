//! The forward proxy: CONNECT to ports of this machine and no other, as scripts have it.

mod request;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::event::{ConnectionEvent, ProxyCredentials};
use crate::fault::ending;
use crate::gate::Gates;
use crate::hex::fingerprint;
use crate::log::Recorder;
use crate::point::Point;
use crate::proxy::request::{ProxyRequest, Target};
use crate::script::Script;
use crate::script::client_auth::ClientAuth;
use crate::script::handshake::{Alpn, Tickets};
use crate::script::proxy::{
    ProxyAuthentication, ProxyDelivery, ProxyResponse, ProxyScript, ProxyTls, ProxyVersion,
};
use crate::scripted::Scripted;
use crate::server_certificate::ServerCertificate;
use crate::tls::front::TlsFront;

/// One connection to the proxy, with its script.
pub(crate) struct Proxied {
    script: ProxyScript,
    /// The gates and the log, and what TLS is to do.
    below: Scripted,
}

impl Proxied {
    /// Returns a connection with this script, or of a proxy that works; a script goes into the log.
    pub(crate) fn new(taken: Option<ProxyScript>, gates: &Arc<Gates>, log: Recorder) -> Self {
        if let Some(script) = &taken {
            log.record(ConnectionEvent::ProxyScriptTaken {
                script: Box::new(script.clone()),
            });
        }
        let script = taken.unwrap_or_default();
        let client_auth = match script.tls {
            ProxyTls::AsksForCertificate => ClientAuth::Unjudged,
            ProxyTls::RequiresCertificate => ClientAuth::Judged,
            ProxyTls::Plain | ProxyTls::Tls => ClientAuth::NotAsked,
        };
        // CONNECT is HTTP/1.1, whatever ALPN offers. The proxy keeps its good certificate when the
        // server's is changed, and without sessions each client has to present its own.
        let mut below = Script::new()
            .alpn(Alpn::Ignored)
            .client_auth(client_auth)
            .server_certificate(ServerCertificate::Valid)
            .tickets(Tickets::None);
        below.gates.clone_from(&script.gates);
        let below = Scripted::new(below, gates, log);
        Self { script, below }
    }

    /// Serves the connection until either side ends it.
    pub(crate) async fn serve(self, stream: TcpStream, tls: &TlsFront) {
        // Without delay, so that bytes that a script sends one at a time arrive so.
        let _unimportant = stream.set_nodelay(true);
        if self.script.tls == ProxyTls::Plain {
            return self.serve_on(stream, None).await;
        }
        let Some(stream) = tls.accept(stream, &self.below).await else {
            return;
        };
        self.below.gates.pass(Point::AfterHandshake).await;
        let chain = stream.get_ref().1.peer_certificates();
        let certificate = chain.and_then(|chain| chain.first()).map(fingerprint);
        self.serve_on(stream, certificate).await;
    }

    /// Takes requests until one is not answered by 407.
    async fn serve_on<S>(&self, mut stream: S, certificate: Option<String>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut left = Vec::new();
        loop {
            let Some(request) = ProxyRequest::read(&mut stream, left).await else {
                return;
            };
            let response = self.response(&request).await;
            self.below.log.record(ConnectionEvent::ProxyRequest {
                method: request.method.clone(),
                target: request.target.text().map(str::to_owned),
                credentials: request.credentials,
                client_certificate_sha256: certificate.clone(),
                status: response.status(),
            });
            self.below.gates.pass(Point::BeforeResponse).await;
            match response {
                // The connection stays for another try (RFC 9112, section 9.3), which HTTP/1.0 does
                // not have.
                Outcome::Status(407) if self.script.version == ProxyVersion::Http11 => {
                    if self.send(&mut stream, &self.head(407)).await.is_err() {
                        return;
                    }
                    // A client that did not wait has its next request in here.
                    left = request.rest;
                }
                Outcome::Status(status) => {
                    let _sent = self.send(&mut stream, &self.head(status)).await;
                    return ending::close(stream).await;
                }
                Outcome::Tunnel(target) => return self.tunnel(stream, target, &request.rest).await,
                Outcome::None => return self.refuse(stream).await,
            }
        }
    }

    /// Returns what the request gets.
    async fn response(&self, request: &ProxyRequest) -> Outcome {
        let is_let_in = match self.script.authentication {
            ProxyAuthentication::Basic => request.credentials == ProxyCredentials::Right,
            ProxyAuthentication::Negotiate => false,
            ProxyAuthentication::NotAsked => true,
        };
        match self.script.response {
            ProxyResponse::Close
            | ProxyResponse::CutHead
            | ProxyResponse::Garbage
            | ProxyResponse::Silence => Outcome::None,
            // Behind the faults: a proxy that breaks does not ask for credentials first.
            _ if !is_let_in => Outcome::Status(407),
            ProxyResponse::Status { code } => Outcome::Status(code),
            ProxyResponse::HeadTooLarge { .. } | ProxyResponse::Tunnel => connect(request).await,
        }
    }

    /// Answers 200, then copies bytes between client and target, in both directions.
    async fn tunnel<S>(&self, mut stream: S, mut target: TcpStream, rest: &[u8])
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let pass = async {
            self.send(&mut stream, &self.head(200)).await?;
            target.write_all(rest).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut target).await
        };
        // A tunnel that breaks is the affair of those at its ends.
        let _ended = pass.await;
    }

    /// Sends anything but a response, and ends the connection.
    async fn refuse<S>(&self, mut stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self.script.response {
            ProxyResponse::CutHead => {
                let line = format!("{} 200 {ESTABLISHED}\r\n", self.version());
                let _sent = self.send(&mut stream, line.as_bytes()).await;
            }
            ProxyResponse::Garbage => {
                let _sent = self.send(&mut stream, GARBAGE).await;
            }
            ProxyResponse::Silence => return ending::stay_silent(stream).await,
            _ => {}
        }
        ending::close(stream).await;
    }

    fn head(&self, status: u16) -> Vec<u8> {
        let version = self.version();
        if status == 200 {
            let mut head = format!("{version} 200 {ESTABLISHED}\r\n");
            if let ProxyResponse::HeadTooLarge { bytes } = self.script.response {
                let length = usize::try_from(bytes).unwrap_or(usize::MAX);
                head.push_str(&format!("x-large: {}\r\n", "x".repeat(length)));
            }
            head.push_str("\r\n");
            return head.into_bytes();
        }
        let mut head = format!("{version} {status} \r\ncontent-length: 0\r\n");
        match (status, self.script.authentication) {
            (407, ProxyAuthentication::Basic) => {
                head.push_str("proxy-authenticate: Basic realm=\"mock\"\r\n");
            }
            (407, ProxyAuthentication::Negotiate) => {
                head.push_str("proxy-authenticate: Negotiate\r\n");
            }
            _ => head.push_str("connection: close\r\n"),
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn version(&self) -> &'static str {
        match self.script.version {
            ProxyVersion::Http10 => "HTTP/1.0",
            ProxyVersion::Http11 => "HTTP/1.1",
        }
    }

    async fn send<S>(&self, stream: &mut S, bytes: &[u8]) -> io::Result<()>
    where
        S: AsyncWrite + Unpin,
    {
        let longest = match self.script.delivery {
            ProxyDelivery::OneByteAtATime => 1,
            ProxyDelivery::Whole => bytes.len().max(1),
        };
        for part in bytes.chunks(longest) {
            stream.write_all(part).await?;
            stream.flush().await?;
        }
        Ok(())
    }
}

/// The outcome of a request.
enum Outcome {
    None,
    Status(u16),
    Tunnel(TcpStream),
}

impl Outcome {
    fn status(&self) -> Option<u16> {
        match self {
            Self::None => None,
            Self::Status(status) => Some(*status),
            Self::Tunnel(_) => Some(200),
        }
    }
}

/// Returns the tunnel's far end, or why there is none.
async fn connect(request: &ProxyRequest) -> Outcome {
    if request.method.as_deref() != Some("CONNECT") {
        return Outcome::Status(405);
    }
    let address = match &request.target {
        // Never beyond this machine, or every mock would be an open proxy.
        Target::Elsewhere(_) => return Outcome::Status(403),
        Target::Loopback(_, address) => *address,
        Target::Unreadable => return Outcome::Status(400),
    };
    match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
        Ok(Ok(target)) => {
            let _unimportant = target.set_nodelay(true);
            Outcome::Tunnel(target)
        }
        Ok(Err(_)) | Err(_) => Outcome::Status(502),
    }
}

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ESTABLISHED: &str = "Connection established";
const GARBAGE: &[u8] = b"\x00\x01\x02 not HTTP \xff\xfe\r\n\r\n";
