#!/bin/sh
# What ssh-keygen of OpenSSH 9.2 makes of the base keys, into the folder given.
#
# It has no Ed25519 outside its own format, so that key is a new one.
set -eu
cd "$(dirname "$0")/.."
out=$1
pass="correct horse"
mkdir -p "$out/refused"
umask 077
# Takes a base key, a format, a passphrase and a file.
convert() {
    cp "$1" "$out/$4"
    chmod 600 "$out/$4"
    ssh-keygen -q -p -m "$2" -P '' -N "$3" -f "$out/$4" >/dev/null
}
for key in rsa:key.pem:pkcs1 p256:p256.key:sec1 p384:p384.key:sec1; do
    name=${key%%:*} container=${key##*:} base=${key#*:}
    base=${base%:*}
    convert "$base" PEM '' "$name-$container.pem"
    convert "$base" PEM "$pass" "$name-traditional.pem"
    convert "$base" PKCS8 '' "$name-pkcs8.pem"
    convert "$base" PKCS8 "$pass" "$name-encrypted.pem"
done
convert key.pem RFC4716 '' refused/rsa
convert p256.key RFC4716 "$pass" refused/p256-encrypted
rm -f "$out/refused/ed25519"
ssh-keygen -q -t ed25519 -N '' -C test -f "$out/refused/ed25519"
rm "$out/refused/ed25519.pub"
