// A verification over mutual TLS, with what Node brings along. The request is a file of JSON.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... node node-verify.js request.json
'use strict';

const fs = require('fs');
const https = require('https');

const env = process.env;
const read = (path) => path && fs.readFileSync(path);

const agent = new https.Agent({
  cert: read(env.NAPI_CERTIFICATE),
  key: read(env.NAPI_KEY),
  passphrase: env.NAPI_KEY_PASSPHRASE,
  ca: read(env.NAPI_CA_FILE), // only for a local server; in place of the public authorities
});

function post(path, json) {
  return new Promise((resolve, reject) => {
    const request = https.request(`${env.NAPI_URL}${path}`, {
      method: 'POST',
      agent,
      auth: `${env.NAPI_USER}:${env.NAPI_PASSWORD}`,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      timeout: 130_000, // a verification may take the service 120 s
    });
    request.on('timeout', () => request.destroy(new Error('no response within 130 s')));
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        let body = '';
        response.setEncoding('utf8');
        for await (const part of response) body += part;
        // An error has a text or JSON of another form: look at the status first.
        if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${body}`);
        resolve(JSON.parse(body));
      } catch (error) {
        reject(error);
      }
    });
    request.end(json);
  });
}

async function verify(file) {
  // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
  const result = await post('/verifications/v1/verify', fs.readFileSync(file));
  const record = result.Record ?? {};
  for (const error of [...(result.Errors ?? []), ...(record.Errors ?? [])]) {
    console.error(`service error ${error.Code}: ${error.Message}`);
  }
  // Without a record id there is no result, whatever RecordStatus says.
  if (!record.TransactionRecordID) throw new Error(`no result; transaction ${result.TransactionID}`);
  console.log(`${record.RecordStatus} ${record.TransactionRecordID}`);
}

verify(process.argv[2]).catch((error) => {
  console.error(`${error}`);
  process.exitCode = 1;
});
