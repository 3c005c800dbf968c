// SHA-256 of the public half of a private key, with what Node brings along.
//
//   KEY_PASSPHRASE=... node read_key.js napi.key
'use strict';

const { createHash, createPrivateKey, createPublicKey } = require('crypto');
const fs = require('fs');

const key = createPrivateKey({
  key: fs.readFileSync(process.argv[2]),
  passphrase: process.env.KEY_PASSPHRASE,
});
const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
console.log(createHash('sha256').update(publicKey).digest('hex'));
