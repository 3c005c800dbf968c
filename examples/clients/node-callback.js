// A verification whose result comes later, by a callback, with what Node brings along.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... \
//   CALLBACK_URL=https://... CALLBACK_PORT=8081 node node-callback.js request.json
//
// CALLBACK_URL is the public address of what forwards to CALLBACK_PORT. Without it this machine calls itself, for which
// the service has to be a local one.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');

const env = process.env;
const read = (path) => path && fs.readFileSync(path);

const agent = new https.Agent({
  cert: read(env.NAPI_CERTIFICATE),
  key: read(env.NAPI_KEY),
  passphrase: env.NAPI_KEY_PASSPHRASE,
  ca: read(env.NAPI_CA_FILE), // only for a local server; in place of the public authorities
});

function call(method, path, json) {
  return new Promise((resolve, reject) => {
    const request = https.request(`${env.NAPI_URL}${path}`, {
      method,
      agent,
      auth: `${env.NAPI_USER}:${env.NAPI_PASSWORD}`,
      headers: { Accept: 'application/json', ...(json && { 'Content-Type': 'application/json' }) },
      timeout: 30_000,
    });
    request.on('timeout', () => request.destroy(new Error('no response within 30 s')));
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        let body = '';
        response.setEncoding('utf8');
        for await (const part of response) body += part;
        if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${body}`);
        resolve(JSON.parse(body));
      } catch (error) {
        reject(error);
      }
    });
    request.end(json);
  });
}

const FINAL = ['completed', 'complete', 'failed', 'canceled', 'timeoutcanceled'];

// Callbacks are not signed, come before the end and more than once: each is a hint to ask, and nothing else.
const receiver = http.createServer(async (request, response) => {
  let body = '';
  for await (const part of request) {
    body += part;
    if (body.length > 65_536) return request.destroy();
  }
  response.writeHead(request.method === 'POST' ? 204 : 405).end();
  try {
    const { TransactionId } = JSON.parse(body);
    receiver.emit('hint', String(TransactionId));
  } catch {
    // Not from the service.
  }
});

async function verify(file) {
  await new Promise((listening) => receiver.listen(Number(env.CALLBACK_PORT ?? 0), '127.0.0.1', listening));
  const url = env.CALLBACK_URL ?? `http://127.0.0.1:${receiver.address().port}/napi`;
  const hints = [];
  receiver.on('hint', (id) => hints.push(id)); // one may come before the id is known
  const request = { ...JSON.parse(read(file)), CallBackUrl: url };
  const accepted = await call('POST', '/verifications/v1/verify', JSON.stringify(request));
  const id = accepted.TransactionID;
  for (;;) {
    while (!hints.includes(id)) await new Promise((hint) => receiver.once('hint', hint));
    hints.length = 0;
    const status = await call('GET', `/verifications/v1/transaction/${encodeURIComponent(id)}/status`);
    if (!FINAL.includes(status.Status.toLowerCase())) continue;
    if (!status.TransactionRecordId) throw new Error(`${status.Status}, without a record; transaction ${id}`);
    const path = `/verifications/v1/transactionrecord/${encodeURIComponent(status.TransactionRecordId)}`;
    const { Record: record } = await call('GET', path);
    console.log(`${record.RecordStatus} ${record.TransactionRecordID}`);
    return;
  }
}

verify(process.argv[2])
  .catch((error) => {
    console.error(`${error}`);
    process.exitCode = 1;
  })
  .finally(() => {
    receiver.close();
    receiver.closeAllConnections();
    agent.destroy();
  });
