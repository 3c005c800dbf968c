// Node as a server of HTTP/1.1 and HTTP/2 that requires client certificates, one port for each version of TLS.
// Arguments: the folder of the certificates, and the two ports.
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { join } from "node:path";

const [folder, port12, port13] = process.argv.slice(2);
const file = (name) => readFileSync(join(folder, name));

function listen(version, port) {
  const server = http2.createSecureServer({
    key: file("server.key"),
    cert: file("server.pem"),
    ca: file("ca.pem"),
    crl: file("crl.pem"),
    minVersion: version,
    maxVersion: version,
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on("request", (request, response) => {
    const socket = request.stream?.session?.socket ?? request.socket;
    const { serialNumber = "", fingerprint256 = "" } = socket.getPeerCertificate();
    const seen = `serial=${serialNumber} sha256=${fingerprint256} tls=${socket.getProtocol()} http=${request.httpVersion}`;
    console.log(`answered 200 to serial=${serialNumber}`);
    response.writeHead(200, { "content-type": "text/plain" });
    response.end(seen);
  });
  server.on("tlsClientError", (error, socket) => {
    console.log(`refused: ${error.code} ${error.message}; certificate: ${socket.authorizationError ?? "not judged"}`);
  });
  server.listen(Number(port), "127.0.0.1");
}

listen("TLSv1.2", port12);
listen("TLSv1.3", port13);
