// Hello from NAPI over mutual TLS, with what Node brings along.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... node node-https.js
'use strict';

const fs = require('fs');
const https = require('https');

const env = process.env;
const read = (path) => path && fs.readFileSync(path);

const agent = new https.Agent({
  cert: read(env.NAPI_CERTIFICATE),
  key: read(env.NAPI_KEY),
  passphrase: env.NAPI_KEY_PASSPHRASE, // leave it out for a key without one
  ca: read(env.NAPI_CA_FILE), // only for a local server; in place of the public authorities
});

const request = https.get(`${env.NAPI_URL}/connection/v1/testauthentication`, {
  agent,
  auth: `${env.NAPI_USER}:${env.NAPI_PASSWORD}`,
  headers: { Accept: 'application/json' },
});

request.on('response', async (response) => {
  let body = '';
  for await (const part of response) body += part;
  if (response.statusCode === 200) {
    console.log(JSON.parse(body));
  } else {
    console.error(`HTTP ${response.statusCode}: ${body}`);
    process.exitCode = 1;
  }
});

// The certificate may be refused after the handshake (TLS 1.3), so this is where it shows.
request.on('error', (error) => {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
});
