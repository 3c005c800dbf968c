// What Node 20 makes of the base keys, into the folder given. It fixes the iterations at 2048.
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const base = new URL('../', import.meta.url);
const out = process.argv[2];
const passphrase = 'correct horse';
const ciphers = ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'];
mkdirSync(out, { recursive: true });

for (const [name, file, type] of [
  ['rsa', 'key.pem', 'pkcs1'],
  ['p256', 'p256.key', 'sec1'],
  ['p384', 'p384.key', 'sec1'],
  ['ed25519', 'ed25519.key', null],
]) {
  const key = createPrivateKey(readFileSync(new URL(file, base)));
  const write = (suffix, options) => writeFileSync(`${out}/${name}-${suffix}`, key.export(options));
  for (const format of ['pem', 'der']) {
    write(`pkcs8.${format}`, { type: 'pkcs8', format });
    if (type) write(`${type}.${format}`, { type, format });
    for (const cipher of ciphers) {
      write(`${cipher}.${format}`, { type: 'pkcs8', format, cipher, passphrase });
    }
  }
  for (const cipher of type ? ciphers : []) {
    write(`traditional-${cipher}.pem`, { type, format: 'pem', cipher, passphrase });
  }
}
