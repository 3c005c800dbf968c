// Hello from NAPI over mutual TLS, with node-fetch 2.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... node node-fetch.js
'use strict';

const fs = require('fs');
const https = require('https');
const fetch = require('node-fetch');

const env = process.env;
const read = (path) => path && fs.readFileSync(path);

async function hello() {
  const agent = new https.Agent({
    cert: read(env.NAPI_CERTIFICATE),
    key: read(env.NAPI_KEY),
    passphrase: env.NAPI_KEY_PASSPHRASE, // leave it out for a key without one
    ca: read(env.NAPI_CA_FILE), // only for a local server; in place of the public authorities
  });
  const user = Buffer.from(`${env.NAPI_USER}:${env.NAPI_PASSWORD}`).toString('base64');
  const headers = { Accept: 'application/json', Authorization: `Basic ${user}` };
  const response = await fetch(`${env.NAPI_URL}/connection/v1/testauthentication`, { headers, agent });
  // An error has a text, not JSON: look at the status before the body is parsed.
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  console.log(await response.json());
}

hello().catch((error) => {
  console.error(`${error}`);
  process.exitCode = 1;
});
