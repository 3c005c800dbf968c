// Hello and a verification by way of `napi-mtls gateway`, with what Node brings along: no key, no certificate, no TLS.
//
//   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... node gateway.js request.json
//
// NAPI_GATEWAY may be a unix socket, such as unix:/run/napi-mtls/http.sock.
'use strict';

const fs = require('fs');
const http = require('http');

const env = process.env;
const gateway = env.NAPI_GATEWAY ?? 'http://127.0.0.1:8080';
const socketPath = gateway.startsWith('unix:') ? gateway.slice('unix:'.length) : undefined;
const base = socketPath === undefined ? gateway : 'http://localhost';
const agent = new http.Agent({ keepAlive: true });

function call(method, path, json) {
  return new Promise((resolve, reject) => {
    const headers = { Accept: 'application/json' };
    if (json !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = json.length;
    }
    const request = http.request(base + path, {
      method,
      agent,
      socketPath,
      headers,
      auth: `${env.NAPI_USER}:${env.NAPI_PASSWORD}`,
      timeout: 160_000, // the gateway gives up after 150 s, and says so
    });
    request.on('timeout', () => request.destroy(new Error('no response within 160 s')));
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        let body = '';
        response.setEncoding('utf8');
        for await (const part of response) body += part;
        // What the gateway answers itself is application/problem+json: type, detail, side, remedy.
        if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${body}`);
        resolve(body);
      } catch (error) {
        reject(error);
      }
    });
    request.end(json);
  });
}

async function main(file) {
  const hello = await call('GET', '/connection/v1/testauthentication');
  console.log(hello.replace(/^"|"$/g, ''));
  // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
  const result = JSON.parse(await call('POST', '/verifications/v1/verify', fs.readFileSync(file)));
  const record = result.Record ?? {};
  // Without a record id there is no result, whatever RecordStatus says.
  if (!record.TransactionRecordID) throw new Error(`no result; transaction ${result.TransactionID}`);
  console.log(`${record.RecordStatus} ${record.TransactionRecordID}`);
  agent.destroy();
}

main(process.argv[2]).catch((error) => {
  console.error(`${error}`);
  process.exitCode = 1;
  agent.destroy();
});
