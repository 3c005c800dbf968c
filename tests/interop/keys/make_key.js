// A private key in PKCS#8, with what Node brings along; with a passphrase if there is one.
//
//   KEY_PASSPHRASE=... node make_key.js napi.key
'use strict';

const { generateKeyPairSync } = require('crypto');
const fs = require('fs');

const passphrase = process.env.KEY_PASSPHRASE;
const encryption = passphrase && { cipher: 'aes-256-cbc', passphrase };
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...encryption },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
fs.writeFileSync(process.argv[2], privateKey, { mode: 0o600, flag: 'wx' });
