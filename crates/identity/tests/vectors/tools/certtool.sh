#!/bin/sh
# What certtool of GnuTLS 3.7 makes of the base keys, into the folder given.
#
# Its 600,000 iterations cannot be lowered, so there are few encrypted keys. The length of its salts
# is random, from 12 to 18 bytes.
set -eu
cd "$(dirname "$0")/.."
out=$1
pass="correct horse"
mkdir -p "$out/refused" "$out/stores"
to_p8() { certtool --to-p8 "$@" >/dev/null 2>&1; }

for key in rsa:key.pem p256:p256.key p384:p384.key ed25519:ed25519.key; do
    name=${key%:*} base=${key#*:}
    to_p8 --load-privkey "$base" --password "" --outfile "$out/$name-pkcs8.pem"
    to_p8 --load-privkey "$base" --password "" --outder --outfile "$out/$name-pkcs8.der"
done
for cipher in 3des 3des-pkcs12 aes-128 aes-192 aes-256; do
    to_p8 --load-privkey p256.key --pkcs-cipher $cipher --password "$pass" \
        --outfile "$out/p256-$cipher.pem" &
done
wait
to_p8 --load-privkey ed25519.key --pkcs-cipher aes-256 --password "$pass" --outder \
    --outfile "$out/ed25519-aes-256.der" &
to_p8 --load-privkey key.pem --pkcs-cipher aes-256 --password "$pass" --outder \
    --outfile "$out/rsa-aes-256.der" &
for cipher in arcfour rc2-40; do
    to_p8 --load-privkey p256.key --pkcs-cipher $cipher --password "$pass" \
        --outfile "$out/refused/$cipher.pem" &
done
wait

# With a description in front.
certtool --key-info --infile key.pem --outfile "$out/rsa-pkcs1-with-text.pem"
certtool --key-info --infile key.pem --outder --outfile "$out/rsa-pkcs1.der"
# Its numbers have a zero in front where their highest bit is set.
certtool --generate-privkey --key-type ecdsa --curve secp256r1 --no-text \
    --outfile "$out/generated-p256.pem" 2>/dev/null
certtool --generate-privkey --key-type ed25519 --no-text --outfile "$out/generated-ed25519.pem" \
    2>/dev/null
# It forgets the curve; openssl does not read it either.
certtool --key-info --infile p256.key --no-text --outfile "$out/refused/sec1-without-curve.pem"

certtool --to-p12 --load-privkey p256.key --load-certificate p256.crt --p12-name client \
    --password "$pass" --pkcs-cipher aes-256 --outder --outfile "$out/stores/store.p12" 2>/dev/null &
certtool --to-p12 --load-privkey p256.key --load-certificate p256.crt --p12-name client \
    --password "$pass" --pkcs-cipher aes-256 --outfile "$out/stores/store.pem" 2>/dev/null
wait
