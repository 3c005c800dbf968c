// Hello from NAPI with a PKCS#12 store, with what Node brings along.
//
//   STORE_PASSPHRASE=... NAPI_USER=... NAPI_PASSWORD=... NAPI_CA_FILE=... \
//     node hello_pfx.js napi.p12 https://...
'use strict';

const fs = require('fs');
const https = require('https');

const [store, baseUrl] = process.argv.slice(2);
const { STORE_PASSPHRASE, NAPI_USER, NAPI_PASSWORD, NAPI_CA_FILE } = process.env;
const options = {
  pfx: fs.readFileSync(store),
  passphrase: STORE_PASSPHRASE,
  ca: fs.readFileSync(NAPI_CA_FILE),
  auth: `${NAPI_USER}:${NAPI_PASSWORD}`,
};
https
  .get(`${baseUrl}/connection/v1/testauthentication`, options, (response) => {
    response.pipe(process.stdout);
    process.exitCode = response.statusCode === 200 ? 0 : 1;
  })
  .on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
